"""A folder of Markdown files with front matter: news written by hand, or the matter of a static site."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from humasbot.content import Found, Item
from humasbot.errors import FetchError, InputError
from humasbot.net import Http
from humasbot.sources.address import canonical_url
from humasbot.sources.base import TIMEZONE, Option, Source, read_settings
from humasbot.sources.markdown import read_markdown
from humasbot.words import reason, t

MOST_FILES = 2000
LARGEST = 1_000_000
SETTLED_SECONDS = 2.0
"""A file that was written less than this ago may not be whole yet."""
_DRAFT = re.compile(r"^(?:draft|konsep)\s*:\s*(?:true|yes|ya|1)\s*$", re.IGNORECASE | re.MULTILINE)


class Folder(Source):
    """Every ``*.md`` in a folder and the folders in it; names that begin with ``.`` or ``_`` are left alone."""

    kind = "folder"
    firm_ids = True
    settings: ClassVar[tuple[Option, ...]] = (
        Option("folder", "folder berkas Markdown", "a folder of Markdown files", path=True),
        Option("link", "bentuk alamat berita, misalnya https://contoh.go.id/berita/{name}",
               "an article's address, for example https://example.go.id/news/{name}", required=False),
        TIMEZONE,
    )  # fmt: skip

    def __init__(self, folder: Path, http: Http, *, link: str = "", zone: str = "Asia/Jakarta") -> None:
        self.folder = folder
        self.http = http
        self.link = link
        self.zone = ZoneInfo(zone)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; the folder is not opened yet."""
        values = read_settings(cls, settings)
        return cls(Path(values["folder"]), http, link=values["link"], zone=values["timezone"])

    def check(self) -> str:
        """List the folder once."""
        return t(
            "{f}: {n} berkas Markdown",
            "{f}: {n} Markdown files",
            f=self.folder.name,
            n=len(list(self._files())),
        )

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """Every file's announcement, or nothing where no file is new or changed."""
        files = [(path, stat) for path, stat in self._files() if now.timestamp() - stat.st_mtime >= SETTLED_SECONDS
                 or stat.st_mtime > now.timestamp()]  # fmt: skip
        listing = "\n".join(f"{path}\t{stat.st_mtime_ns}\t{stat.st_size}" for path, stat in files)
        mark = sha256(f"{self.link}\n{listing}".encode("utf-8", "surrogateescape")).hexdigest()
        if state.get("files") == mark:
            return Found(state=dict(state), unchanged=True)
        items, warnings = [], []
        for path, _ in files:
            try:
                item = self._item(path)
            except InputError as error:
                warnings.append(str(error))
                continue
            if item is not None:
                items.append(item)
        items.sort(key=lambda item: item.published or now, reverse=True)
        return Found(tuple(items), {"files": mark}, warnings=tuple(warnings))

    def still(self, keys: Sequence[str]) -> Mapping[str, bool]:
        """Whether each file is there."""
        there = {self._name(path) for path, _ in self._files()}
        return {key: key in there for key in keys}

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder.resolve()).as_posix().encode("utf-8", "replace").decode()

    def _item(self, path: Path) -> Item | None:
        name = self._name(path)
        try:
            raw = path.read_bytes()
            text = raw.decode("utf-8-sig")
        except OSError as error:
            raise InputError(
                t("{f}: tidak terbaca ({why})", "{f}: cannot be read ({why})", f=name, why=reason(error))
            ) from None
        except UnicodeDecodeError:
            raise InputError(
                t("{f}: harus disimpan sebagai UTF-8", "{f}: must be saved as UTF-8", f=name)
            ) from None
        if text.startswith("---") and _DRAFT.search(text.split("\n---", 1)[0]):
            return None
        item = read_markdown(text, name, self.zone)
        url = item.url
        if not url and self.link:
            url = canonical_url(self.link.replace("{name}", name.removesuffix(".md")))
        return replace(item, key=name, url=url)

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Every file, in the order of names; nothing outside the folder, whatever links lead there."""
        try:
            root = self.folder.resolve(strict=True)
            found = sorted(path for path in root.rglob("*.md"))
        except (OSError, RuntimeError) as error:
            why = reason(error) if isinstance(error, OSError) else "?"
            raise FetchError(
                t(
                    "{f}: folder tidak terbaca ({why})",
                    "{f}: the folder cannot be read ({why})",
                    f=self.folder,
                    why=why,
                ),
                temporary=False,
            ) from None
        count = 0
        for path in found:
            if any(part[0] in "._" for part in path.relative_to(root).parts):
                continue
            try:
                stat = path.stat()
                inside = path.resolve().is_relative_to(root)
            except (OSError, RuntimeError):
                continue
            if inside and path.is_file() and stat.st_size <= LARGEST and (count := count + 1) <= MOST_FILES:
                yield path, stat
