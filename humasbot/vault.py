"""Secrets: given only by reference, known only in memory, struck out of everything that is written."""

import json
import os
import re
import threading
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from humasbot.errors import Problem
from humasbot.words import reason, t

HIDDEN = "•••"
SHORTEST = 4
"""A secret of fewer characters cannot be struck out: it would take half of every text with it."""


FEW = 24


class Vault:
    """Resolves ``{ env = "NAME" }`` and ``{ file = "PATH" }`` and remembers what to strike out.

    ``folder`` is where relative files start. Safe to share between threads.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: set[str] = set()
        self._heads: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Vault({len(self._known)} secrets)"

    def resolve(self, value: Any, where: str) -> str | Problem:
        """The secret that a reference stands for, or the problem with it; *where* names the key."""
        if not is_reference(value):
            return Problem(
                where,
                t(
                    'rahasia tidak boleh ditulis di sini; pakai { env = "NAMA" } atau { file = "berkas" }',
                    'a secret must not stand here; use { env = "NAME" } or { file = "path" }',
                ),
            )
        found = (
            self._from_env(value["env"], where) if "env" in value else self._from_file(value["file"], where)
        )
        if isinstance(found, str):
            self.remember(found)
        return found

    def remember(self, secret: str) -> None:
        """Strike *secret* out of everything from now on (a token that the platform just gave, say)."""
        with self._lock:
            if secret in self._known:
                return
            self._known.add(secret)
            for shape in _shapes(secret):
                head = shape[:SHORTEST]
                if len(shape) >= SHORTEST and shape not in self._heads.get(head, ()):
                    self._heads[head] = (*self._heads.get(head, ()), shape)

    def redact(self, text: str) -> str:
        """*text* with every known secret struck out, in each shape it takes in addresses, JSON and messages."""
        spans = sorted(span for start in self._places(text) for span in self._found(text, start))
        if not spans:
            return text
        kept: list[str] = []
        end = 0
        for start, stop in spans:
            if start > end or not kept:
                kept += [text[end:start], HIDDEN]
            end = max(end, stop)
        return "".join((*kept, text[end:]))

    def _places(self, text: str) -> Iterable[int]:
        """Where the first characters of any secret stand: a fleet's thousands must not each be looked for."""
        heads = self._heads
        if len(heads) > FEW:
            return (place for place in range(len(text)) if text[place : place + SHORTEST] in heads)
        return (place for head in list(heads) for place in _all(head, text))

    def _found(self, text: str, start: int) -> Iterable[tuple[int, int]]:
        """The secrets that begin there; also where only the beginning of one is left at the very end."""
        end = len(text.rstrip("…"))
        for shape in self._heads.get(text[start : start + SHORTEST], ()):
            if text.startswith(shape, start):
                yield start, start + len(shape)
            elif 2 * SHORTEST <= end - start < len(shape) and shape.startswith(text[start:end]):
                yield start, end

    def processor(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """A structlog processor that strikes secrets out of every value, however deep it is."""
        for key, value in event.items():
            event[key] = self._clean(value)
        return event

    def _clean(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self.redact(str(key)): self._clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(inner) for inner in value]
        text = str(value)
        clean = self.redact(text)
        return value if clean == text and isinstance(value, str | int | float | None) else clean

    def _from_env(self, name: Any, where: str) -> str | Problem:
        secret = os.environ.get(str(name), "").strip()
        if secret:
            return secret
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,49}", str(name)):
            # Perhaps the secret itself, put into the wrong place: it must not be repeated in a message.
            return Problem(
                where,
                t("yang ditulis di env = bukan nama variabel; tulis namanya saja, misalnya HUMAS_TOKEN",
                  "what env = says is no variable's name; write its name only, for example HUMAS_TOKEN"),
            )  # fmt: skip
        return Problem(
            where,
            t(
                "variabel lingkungan {n} kosong; isi di .env atau di layanan",
                "the environment variable {n} is empty; set it in .env or in the service",
                n=name,
            ),
        )

    def _from_file(self, path: Any, where: str) -> str | Problem:
        try:
            secret = (self.folder / str(path)).read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError) as error:  # ValueError: not UTF-8, or no path at all
            why = reason(error)
            return Problem(
                where,
                t("berkas {p} tidak terbaca ({why})", "the file {p} cannot be read ({why})", p=path, why=why),
            )
        return secret or Problem(where, t("berkas {p} kosong", "the file {p} is empty", p=path))


def _all(part: str, text: str) -> Iterable[int]:
    """Every place of *part* in *text*."""
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)


def _shapes(secret: str) -> Iterable[str]:
    """*secret* as it stands, in an address, in JSON, in a ``repr``, on one line, and line by line."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret), " ".join(secret.split()))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])
    yield from (line for line in map(str.strip, secret.splitlines()) if len(line) >= 2 * SHORTEST)


def is_stored(value: Any) -> bool:
    """Whether *value* is ``{ stored = true }``: the secret is in the encrypted store, put there by ``connect``."""
    return isinstance(value, Mapping) and set(value) == {"stored"} and value["stored"] is True


def is_reference(value: Any) -> bool:
    """Whether *value* has the shape of a reference to a secret."""
    return (
        isinstance(value, Mapping)
        and set(value) in ({"env"}, {"file"})
        and all(isinstance(v, str) for v in value.values())
    )
