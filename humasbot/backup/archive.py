"""The file: a ZIP with a manifest that names every other file in it, its length and its SHA-256."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from humasbot.errors import HumasbotError
from humasbot.words import reason, t

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, POSTGRESQL = "database.sqlite", "database.pgdump"
PIECE = 1 << 20
LARGEST_MANIFEST = 512 << 20
"""A manifest names every picture, about 120 bytes each: more than this is not one of ours."""
_SAFE = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[^/\\\0:]+(?:/[^/\\\0:]+)*")


class BackupError(HumasbotError):
    """A backup cannot be made or used; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``made_at`` (UTC) is before the first row was read: nothing later is in it."""

    made_at: datetime
    program: str
    schema: str
    database: str
    agency: str
    counts: dict[str, int]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    space: str = ""
    """The schema of PostgreSQL in which the tables stood."""
    damaged: list[str] = field(default_factory=list)
    """Pictures that were lost or damaged already when the backup was made."""
    format: int = FORMAT

    def dump(self) -> bytes:
        """As JSON."""
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}, indent=1).encode()

    @classmethod
    def load(cls, data: bytes) -> "Manifest":
        """Read it. Raises :class:`BackupError` for what is none, or a newer one."""
        try:
            found = json.loads(data)
            if found["format"] != FORMAT:
                raise BackupError(
                    t("cadangan ini dibuat oleh humasbot yang lebih baru; perbarui program ini",
                      "this backup was made by a newer humasbot; update this program")
                )  # fmt: skip
            made_at = datetime.fromisoformat(found["made_at"]).astimezone(UTC)
            known = {one.name for one in fields(cls)}
            manifest = cls(**{**{name: found[name] for name in found if name in known}, "made_at": made_at})
            for name, entry in manifest.files.items():
                if not (
                    _SAFE.fullmatch(name) and isinstance(entry["bytes"], int) and len(entry["sha256"]) == 64
                ):
                    raise ValueError(name)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise damaged(t("daftar isinya tidak terbaca", "its list of contents cannot be read")) from None
        return manifest


def damaged(why: str) -> BackupError:
    """The file is not whole."""
    return BackupError(
        t("berkas cadangan rusak ({why}); pakai cadangan lain, tidak ada yang diubah",
          "the backup is damaged ({why}); use another one, nothing was changed", why=why)
    )  # fmt: skip


class Writer:
    """Puts files into a backup and remembers their hashes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, dict[str, Any]] = {}

    def put(self, name: str, source: IO[bytes], *, packed: bool = True) -> str:
        """Copy *source* into the archive as *name*; its SHA-256."""
        digest, length = sha256(), 0
        info = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        with self._archive.open(info, "w", force_zip64=True) as target:
            while piece := source.read(PIECE):
                digest.update(piece)
                length += len(piece)
                target.write(piece)
        self.files[name] = {"bytes": length, "sha256": digest.hexdigest()}
        return digest.hexdigest()


class Archive:
    """A backup that is read. Raises :class:`BackupError` for everything that is not a whole one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            why = t("bukan cadangan humasbot, atau terpotong", "not a backup of humasbot, or cut off")
            raise damaged(why) from None
        except OSError as error:
            raise BackupError(
                t("{p} tidak terbaca ({why})", "{p} cannot be read ({why})", p=path, why=reason(error))
            ) from None
        try:
            if self._zip.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
                raise KeyError(MANIFEST)
            with self._reading():
                data = self._zip.read(MANIFEST)
        except KeyError:
            self.close()
            raise damaged(t("tidak ada daftar isi", "there is no list of contents")) from None
        self.digest = sha256(data).hexdigest()
        self.manifest = Manifest.load(data)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def verify(self) -> None:
        """Read everything and compare lengths and hashes, before anything is believed."""
        names = set(self._zip.namelist()) - {MANIFEST}
        if names != set(self.manifest.files) or len(self._zip.namelist()) != len(names) + 1:
            raise damaged(t("isinya bukan yang tercatat", "it does not hold what its list says"))
        for name in self.manifest.files:
            self._copy(name, None)

    def extract(self, name: str, target: Path) -> None:
        """Write one file to *target*, checked once more. Raises :class:`OSError`."""
        with target.open("wb") as file:
            self._copy(name, file)

    def read(self, name: str) -> bytes:
        """One small file, checked."""
        with self._reading():
            data = self._zip.read(name)
        if sha256(data).hexdigest() != self.manifest.files[name]["sha256"]:
            raise damaged(name)
        return data

    def _copy(self, name: str, target: IO[bytes] | None) -> None:
        entry, digest, length = self.manifest.files[name], sha256(), 0
        with self._reading(), self._zip.open(name) as source:
            while piece := source.read(PIECE):
                digest.update(piece)
                length += len(piece)
                if target is not None:
                    target.write(piece)
        if (length, digest.hexdigest()) != (entry["bytes"], entry["sha256"]):
            raise damaged(name)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        import zlib

        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise damaged(" ".join(str(error).split())[:100] or type(error).__name__) from None


def room(folder: Path, wanted: int) -> None:
    """Raise :class:`BackupError` unless *folder* has room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise BackupError(
            t("ruang di {f} kurang: perlu sekitar {w} MB, tersedia {a} MB", "{f} lacks room: about {w} MB are needed, "
              "{a} MB are free", f=folder, w=wanted // 1_000_000 + 1, a=free // 1_000_000)
        )  # fmt: skip
