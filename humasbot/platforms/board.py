"""The office's own public page: a folder of plain files that any web server can serve."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from humasbot.content import Checkpoint, Limits, Outgoing, Receipt
from humasbot.errors import ConfigError, Problem, PublishError, Rejected, Retryable, Uncertain
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.board_look import slug
from humasbot.platforms.board_pages import Face, Pages
from humasbot.platforms.board_site import Site
from humasbot.platforms.board_store import (
    DATA,
    BrokenPost,
    Folder,
    Stored,
    identity,
    picture_path,
    stored_from,
)
from humasbot.words import reason, t

ROOM_BYTES = 50_000_000
"""Less free space than this is reported by ``verify``, before it is felt."""


class Board(Publisher):
    """Publishes into a folder: a front page, a page for each post, pictures, and Atom and JSON feeds.

    The same ``Outgoing.key`` is the same post, whoever publishes it and however often.
    """

    name: ClassVar[str] = "board"
    title: ClassVar[str] = "Papan"
    proof: ClassVar[str] = "real server"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("folder", "folder halaman", "the pages' folder", path=True),
        Setting("base_url", "alamat publik folder itu", "the folder's public address"),
        Setting(
            "title",
            "judul halaman (tanpa ini: nama instansi)",
            "the page's title (else the agency's name)",
            required=False,
        ),
        Setting("agency", "nama instansi", "the agency's name"),
        Setting("colour", "warna, #rrggbb", "colour, #rrggbb", required=False, default="#0b5394"),
        Setting("zone", "zona waktu", "time zone", required=False, default="Asia/Jakarta"),
    )
    limits = Limits(
        max_text=20_000,
        source="humasbot/platforms/board.py (our own choice)",
        as_of=date(2026, 11, 22),
        max_media=10,
        max_media_bytes=10_000_000,
        media_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
        max_alt=2_000,
    )

    def __init__(self, folder: Path, face: Face) -> None:
        self.face = face
        self.folder = Folder(folder)
        self.site = Site(self.folder, _pages(face))

    def __repr__(self) -> str:
        return f"Board({str(self.folder.path)!r}, {self.face.address!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build one; raises :class:`~humasbot.errors.ConfigError` with every fault."""
        values = read_settings(cls, settings)
        folder = Path(values["folder"]).expanduser()
        problems = _faults(folder, values)
        if problems:
            raise ConfigError(*problems)
        address = values["base_url"].rstrip("/") + "/"
        title = values["title"] or values["agency"]
        return cls(folder, Face(address, title, values["agency"], values["colour"], values["zone"]))

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Store the post, then draw the pages. Until its file is renamed into place nothing is public."""
        try:
            with self.folder.lock():
                name = self.folder.find(identity(outgoing.key))
                if name is None:
                    return self._add(outgoing)
                return self._again(name)
        except OSError as error:
            raise self._later(error) from None

    def _add(self, outgoing: Outgoing) -> Receipt:
        for media in outgoing.media:
            self.folder.write(picture_path(media), media.data)
        address = slug(outgoing.title, outgoing.text, identity(outgoing.key))
        post = stored_from(outgoing, address, datetime.now(UTC))
        place = f"{DATA}/{post.name}"
        self.folder.show(self.folder.stage(place, post.to_json()), place)
        try:
            self.folder.settle(place)
            self.site.refresh(post)
        except OSError as error:
            raise self._unsure(error) from None
        return self._receipt(post)

    def _again(self, name: str) -> Receipt:
        """The receipt of a post that is stored already; draws what an interruption left undrawn."""
        try:
            post = self.folder.read(name)
            if not self.site.fresh(self.folder.names()):
                self.site.refresh()
        except (OSError, BrokenPost) as error:
            raise self._unsure(error) from None
        return self._receipt(post)

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """The post with the same key, whenever it was published; exact, since the key is the post's identity."""
        try:
            name = self.folder.find(identity(outgoing.key))
            if name is None:
                return None
            if self.site.fresh(self.folder.names()):
                return self._receipt(self.folder.read(name))
            with self.folder.lock():
                return self._again(name)
        except (OSError, BrokenPost) as error:
            raise self._unsure(error) from None

    def verify(self) -> str:
        """Check that the folder can be written and has room; draws the pages if they are out of date.

        Returns the page's title and address, with the number of broken post files if there are any.
        """
        try:
            with self.folder.lock():
                broken = self.site.refresh(mend=True)
                self.folder.write(f"{DATA}/.periksa", datetime.now(UTC).isoformat().encode())
            free = shutil.disk_usage(self.folder.path).free
        except OSError as error:
            raise self._later(error) from None
        if free < ROOM_BYTES:
            raise Retryable(
                t(
                    "{p}: sisa ruang di {folder} hanya {mb} MB; kosongkan dulu",
                    "{p}: only {mb} MB are free in {folder}; make room",
                    p=self.title,
                    folder=self.folder.path,
                    mb=free // 1_000_000,
                )
            )
        name = f"{self.face.title} ({self.face.address})"
        return name + t("; {n} berkas rusak", "; {n} broken files", n=broken) if broken else name

    def delete(self, receipt: Receipt) -> None:
        """Take the post, its page and its pictures out of the folder."""
        try:
            with self.folder.lock():
                name = self.folder.find(receipt.remote_id)
                if name is not None:
                    self.folder.remove(f"{DATA}/{name}")
                if not self.site.fresh(self.folder.names()):
                    self.site.refresh()
        except OSError as error:
            raise self._later(error) from None

    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """See :meth:`Publisher.edit`; address, time and pictures stay."""
        try:
            with self.folder.lock():
                name = self.folder.find(receipt.remote_id)
                if name is None:
                    raise Rejected(
                        t("Papan: kiriman itu tidak ada lagi", "Papan: that post is no longer there")
                    )
                old = self.folder.read(name)
                post = replace(old, title=outgoing.title, text=outgoing.text, link=outgoing.link)
                self.site.distrust()
                self.folder.write(f"{DATA}/{name}", post.to_json())
                self.site.refresh()
        except OSError as error:  # an edit may simply be made again
            raise self._later(error) from None
        except BrokenPost as error:
            raise self._unsure(error) from None
        return self._receipt(post)

    def _receipt(self, post: Stored) -> Receipt:
        return Receipt(post.id, self.face.address + post.path, post.published_at)

    def _later(self, error: OSError) -> PublishError:
        return Retryable(
            t(
                "{p}: folder {folder} tidak dapat ditulis ({why}); periksa izin, ruang, dan sambungannya",
                "{p}: the folder {folder} cannot be written ({why}); check rights, room and mount",
                p=self.title,
                folder=self.folder.path,
                why=reason(error),
            )
        )

    def _unsure(self, error: OSError | BrokenPost) -> PublishError:
        why = str(error) if isinstance(error, BrokenPost) else reason(error)
        return Uncertain(
            t(
                "{p}: kiriman mungkin sudah tersimpan di {folder}, tetapi belum dapat dipastikan ({why})",
                "{p}: the post may be stored in {folder} already, which could not be made sure ({why})",
                p=self.title,
                folder=self.folder.path,
                why=why,
            )
        )


@lru_cache(maxsize=64)
def _pages(face: Face) -> Pages:
    """The compiled templates of one face, shared by every publisher of it."""
    return Pages(face)


def _faults(folder: Path, values: Mapping[str, str]) -> list[Problem]:
    problems = []
    if not folder.is_absolute():
        sentence = t("harus alamat lengkap, diawali /", "must be an absolute path")
        problems.append(Problem("folder", sentence))
    try:
        parts = urlsplit(values["base_url"])
        sound = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query + parts.fragment
        )
        sound = sound and not (parts.username or parts.password)
    except ValueError:
        sound = False
    if not sound:
        sentence = t("harus seperti https://contoh.go.id/papan", "must look like https://contoh.go.id/papan")
        problems.append(Problem("base_url", sentence))
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", values["colour"]):
        problems.append(Problem("colour", t("harus seperti #0b5394", "must look like #0b5394")))
    try:
        ZoneInfo(values["zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        sentence = t("harus seperti Asia/Jakarta", "must look like Asia/Jakarta")
        problems.append(Problem("zone", sentence))
    return problems
