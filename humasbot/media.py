"""Pictures that Variants refer to, kept by the hash of their bytes: what was approved is what is sent."""

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from humasbot.content import Media
from humasbot.errors import HumasbotError, InputError
from humasbot.words import reason, t


class MediaLost(HumasbotError):
    """A picture that a Variant refers to is gone or damaged: nothing may be sent without it."""


class MediaStore:
    """A folder of pictures, each named by its SHA-256; several machines share it as a mounted folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Where the picture of that hash is or would be."""
        return self.folder / digest[:2] / digest

    def put(self, data: bytes) -> str:
        """Keep *data* and return its hash; durable on return, and never half there."""
        digest = sha256(data).hexdigest()
        target = self.path(digest)
        try:
            # One that a fault of the disk damaged is written anew, or it would stay lost for ever.
            if not (target.exists() and target.read_bytes() == data):
                _write(target, data)
        except OSError as error:
            raise InputError(
                t("gambar tidak dapat disimpan di {p} ({why}); periksa ruang diska dan hak tulis",
                  "the picture cannot be kept in {p} ({why}); check disk space and rights", p=self.folder,
                  why=reason(error))
            ) from None  # fmt: skip
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of that hash.

        Raises :class:`MediaLost` when they are gone or no longer match, :class:`~humasbot.errors.InputError` when they
        cannot be read for now (a folder that is not mounted, too many open files).
        """
        try:
            data = self.path(digest).read_bytes()
        except OSError as error:
            gone = isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError)
            if not gone or not self.folder.is_dir():
                raise InputError(
                    t("gambar tidak terbaca di {p} ({why}); periksa folder itu",
                      "the picture cannot be read in {p} ({why}); check that folder", p=self.folder, why=reason(error))
                ) from None  # fmt: skip
            data = b""
        if sha256(data).hexdigest() != digest:
            raise MediaLost(
                t("gambar {d} hilang atau rusak di {p}; susun ulang kirimannya",
                  "the picture {d} is lost or damaged in {p}; compose the post again", d=digest[:12], p=self.folder)
            )  # fmt: skip
        return data

    def keep(self, media: Media) -> dict[str, Any]:
        """Keep a picture and return how a Variant refers to it."""
        return {
            "digest": self.put(media.data),
            "mime": media.mime,
            "alt": media.alt,
            "width": media.width,
            "height": media.height,
        }

    def load(self, reference: dict[str, Any]) -> Media:
        """The picture that a Variant refers to. Raises :class:`MediaLost`."""
        return Media(
            self.get(reference["digest"]),
            reference["mime"],
            reference["alt"],
            reference["width"],
            reference["height"],
        )


def _write(target: Path, data: bytes) -> None:
    """Write a file whole or not at all; it outlives a power cut once this returns."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(descriptor, 0o644)  # other machines read it as other users
            os.fsync(descriptor)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    for folder in (target.parent, target.parent.parent):
        _sync(folder)


def _sync(folder: Path) -> None:
    """Make the names in *folder* durable; a system that cannot do so keeps them its own way."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
