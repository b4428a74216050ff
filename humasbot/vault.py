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


class Vault:
    """Resolves ``{ env = "NAME" }`` and ``{ file = "PATH" }`` and remembers what to strike out.

    ``folder`` is where relative files start. Safe to share between threads.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: set[str] = set()
        self._shapes: set[str] = set()
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
            self._known.add(secret)
            self._shapes.update(shape for shape in _shapes(secret) if len(shape) >= SHORTEST)

    def redact(self, text: str) -> str:
        """*text* with every known secret struck out, in each shape it takes in addresses, JSON and messages."""
        with self._lock:
            shapes = tuple(self._shapes)
        spans = sorted(span for shape in shapes for span in _found(shape, text))
        if not spans:
            return text
        kept: list[str] = []
        end = 0
        for start, stop in spans:
            if start > end or not kept:
                kept += [text[end:start], HIDDEN]
            end = max(end, stop)
        return "".join((*kept, text[end:]))

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


def _shapes(secret: str) -> Iterable[str]:
    """*secret* as it stands, in an address, in JSON, in a ``repr``, on one line, and line by line."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret), " ".join(secret.split()))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])
    yield from (line for line in map(str.strip, secret.splitlines()) if len(line) >= 2 * SHORTEST)


def _found(shape: str, text: str) -> Iterable[tuple[int, int]]:
    """Where *shape* stands in *text*; also its beginning at the very end, where a message was cut short."""
    start = text.find(shape)
    while start >= 0:
        yield start, start + len(shape)
        start = text.find(shape, start + 1)
    end = len(text.rstrip("…"))
    for length in range(min(len(shape) - 1, end), 2 * SHORTEST - 1, -1):
        if text.endswith(shape[:length], 0, end):
            yield end - length, end
            return


def is_reference(value: Any) -> bool:
    """Whether *value* has the shape of a reference to a secret."""
    return (
        isinstance(value, Mapping)
        and set(value) in ({"env"}, {"file"})
        and all(isinstance(v, str) for v in value.values())
    )
