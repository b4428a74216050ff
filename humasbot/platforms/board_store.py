"""The board's folder: one JSON file per post is the truth, everything else is drawn from those files.

Files appear whole or not at all: written beside their place, flushed to the disk, then renamed. One writer at a time
holds the lock file. File names of posts begin with their moment, so that their order is known without opening them.
"""

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from humasbot.content import Media, Outgoing
from humasbot.words import t

DATA = "data"
LOCK_SECONDS = 30.0
_NAME = re.compile(r"\d{8}T\d{12}-([0-9a-f]{16})\.json")
_PICTURE = re.compile(r"gambar/[0-9a-f]{64}\.(jpg|png|webp|gif)")


class BrokenPost(ValueError):
    """A post's JSON file cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a post: ``file`` is its path in the folder, sizes are in pixels."""

    file: str
    mime: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Stored:
    """One post as kept: ``id`` comes from the outgoing key alone, ``slug`` from title and key."""

    id: str
    key: str
    slug: str
    title: str
    text: str
    link: str
    language: str
    published_at: datetime
    pictures: tuple[Picture, ...]

    @property
    def path(self) -> str:
        """The permalink page, relative to the folder."""
        return f"kiriman/{self.slug}.html"

    @property
    def name(self) -> str:
        """The name of its JSON file."""
        return f"{self.published_at:%Y%m%dT%H%M%S%f}-{self.id}.json"

    def to_json(self) -> bytes:
        """The file's content."""
        fields = {**asdict(self), "published_at": self.published_at.isoformat()}
        return json.dumps(fields, ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, name: str, content: bytes) -> "Stored":
        """The post in a file called *name*; raises :class:`BrokenPost`."""
        try:
            fields = json.loads(content)
            pictures = tuple(Picture(**picture) for picture in fields.pop("pictures"))
            moment = datetime.fromisoformat(fields.pop("published_at"))
            stored = cls(**fields, published_at=moment.astimezone(UTC), pictures=pictures)
            sound = (
                stored.name == name
                and re.fullmatch(r"[a-z0-9-]+", stored.slug)
                and all(_PICTURE.fullmatch(p.file) for p in pictures)
                and all(isinstance(v, str) for v in (stored.key, stored.title, stored.text, stored.link))
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BrokenPost(_broken(name, type(error).__name__)) from None
        if not sound:
            raise BrokenPost(_broken(name, t("isinya tidak cocok", "its content does not fit")))
        return stored


def identity(key: str) -> str:
    """The post's id: the same for every attempt of one delivery."""
    return sha256(key.encode()).hexdigest()[:16]


def stored_from(outgoing: Outgoing, slug: str, moment: datetime) -> Stored:
    """What is kept of *outgoing*, published at *moment* (aware)."""
    pictures = tuple(Picture(picture_path(m), m.mime, m.alt, m.width, m.height) for m in outgoing.media)
    return Stored(
        id=identity(outgoing.key),
        key=outgoing.key,
        slug=slug,
        title=outgoing.title,
        text=outgoing.text,
        link=outgoing.link,
        language=outgoing.language,
        published_at=moment.astimezone(UTC),
        pictures=pictures,
    )


def picture_path(media: Media) -> str:
    """Where a picture lies in the folder: named after its own bytes."""
    return f"gambar/{media.digest}{media.suffix}"


class Folder:
    """The files; every ``OSError`` passes through, the caller knows what it means."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """The JSON files' names, oldest post first."""
        try:
            found = os.listdir(self.path / DATA)
        except FileNotFoundError:
            os.stat(self.path)
            return []
        return sorted(name for name in found if _NAME.fullmatch(name))

    def find(self, post_id: str) -> str | None:
        """The name of the file that holds the post *post_id*."""
        return next((name for name in self.names() if name.endswith(f"-{post_id}.json")), None)

    def read(self, name: str) -> Stored:
        """The post in the file *name*; raises :class:`BrokenPost`."""
        return Stored.from_json(name, (self.path / DATA / name).read_bytes())

    def stage(self, relative: str, content: bytes) -> Path:
        """Write *content* durably beside its place; nothing is visible before it is renamed."""
        target = self.path / relative
        target.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".tmp-", dir=target.parent)
        try:
            with open(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)  # the web server runs as another user and has to read it
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
        return Path(name)

    def show(self, staged: Path, relative: str) -> None:
        """Rename a staged file to its place."""
        try:
            os.replace(staged, self.path / relative)
        except BaseException:
            with suppress(OSError):
                staged.unlink()
            raise

    def settle(self, relative: str) -> None:
        """Make the renames in the folder of *relative* survive a power cut."""
        if sys.platform != "win32":
            handle = os.open((self.path / relative).parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def write(self, relative: str, content: bytes) -> None:
        """Write a file whole; leaves it alone when it has this content already."""
        try:
            if (self.path / relative).read_bytes() == content:
                return
        except FileNotFoundError:
            pass
        self.show(self.stage(relative, content), relative)
        self.settle(relative)

    def remove(self, relative: str) -> None:
        """Delete a file; already gone counts as done."""
        (self.path / relative).unlink(missing_ok=True)

    def keep_only(self, folder: str, wanted: Iterable[str]) -> None:
        """Delete every file of *folder* that is not *wanted* (paths relative to the board)."""
        with suppress(FileNotFoundError):
            for name in set(os.listdir(self.path / folder)) - {Path(w).name for w in wanted}:
                self.remove(f"{folder}/{name}")

    def tidy(self) -> None:
        """Delete what a killed writer left half written; call it under the lock."""
        for folder in (self.path, self.path / DATA):
            for leftover in folder.glob(".tmp-*"):
                leftover.unlink(missing_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only writer, among threads and processes; raises ``TimeoutError`` after LOCK_SECONDS."""
        self.path.mkdir(exist_ok=True)
        handle = os.open(self.path / ".kunci", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            deadline = time.monotonic() + LOCK_SECONDS
            while not _try_lock(handle):
                if time.monotonic() > deadline:
                    raise TimeoutError(t("folder dikunci proses lain", "another process holds the lock"))
                time.sleep(0.01)
            yield
        finally:
            os.close(handle)


def _try_lock(handle: int) -> bool:
    """Take the lock on an open file; closing the file gives it back."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _broken(name: str, why: str) -> str:
    return t(
        "berkas kiriman data/{name} rusak ({why}); perbaiki atau hapus berkas itu",
        "the post file data/{name} is broken ({why}); mend or delete it",
        name=name,
        why=why,
    )
