"""Writing the finished picture: format, quality and the byte budget of a platform; same pixels, same bytes."""

import os
import threading
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, cast

from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
QUALITIES = (90, 86, 82, 78, 72, 66, 58, 50, 40)
_MEMFD = hasattr(os, "memfd_create")
_local = threading.local()


def encode(image: "Image", mime: str, max_bytes: int | None) -> bytes:
    """*image* as a file of type *mime* within *max_bytes* bytes (``None``: no bound).

    Quality goes down until the budget is met; the picture is never scaled. InputError: an unknown type, or a budget
    that even the lowest quality exceeds.
    """
    if mime not in FORMATS:
        raise InputError(
            t(
                'Jenis gambar "{m}" tidak didukung; pilih: {a}.',
                'The picture type "{m}" is not supported; choose: {a}.',
                m=mime,
                a=", ".join(FORMATS),
            )
        )
    data = b""
    for options in _ladder(mime):
        data = write(
            _reduced(image, options), FORMATS[mime], **{k: v for k, v in options.items() if k != "colours"}
        )
        if max_bytes is None or len(data) <= max_bytes:
            return data
    raise InputError(
        t(
            "Kartu {w}×{h} tidak muat dalam {n} byte sebagai {m} (paling kecil {b}); "
            "naikkan batasnya atau pakai image/jpeg.",
            "The card of {w}×{h} does not fit into {n} bytes as {m} (at least {b}); raise the bound or use image/jpeg.",
            w=image.width,
            h=image.height,
            n=max_bytes,
            m=mime,
            b=len(data),
        )
    )


def _ladder(mime: str) -> list[dict[str, Any]]:
    if mime == "image/png":
        return [{"compress_level": 4}, {"compress_level": 9}, {"compress_level": 9, "colours": 256}]
    if mime == "image/webp":
        return [{"quality": q - 8, "method": 2} for q in QUALITIES]
    return [{"quality": q, "subsampling": 2} for q in QUALITIES]


def _reduced(image: "Image", options: dict[str, Any]) -> "Image":
    return image.quantize(options["colours"]) if "colours" in options else image


class _MemoryFile:
    """A file that touches no disk, written over and over by one thread."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.descriptor = os.memfd_create("card")

    def __del__(self) -> None:
        os.close(self.descriptor)

    def fileno(self) -> int:
        return self.descriptor

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        while view:
            view = view[os.write(self.descriptor, view) :]
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def saved(self, image: "Image", kind: str, options: dict[str, Any]) -> bytes:
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        image.save(cast(IO[bytes], self), kind, **options)
        return os.pread(self.descriptor, os.lseek(self.descriptor, 0, os.SEEK_CUR), 0)


def write(image: "Image", kind: str, **options: Any) -> bytes:
    """The bytes of *image* saved as *kind*.

    A true file descriptor lets Pillow encode without the interpreter's lock (two threads: 1.98 times as fast, with
    BytesIO 0.86 times; measured 2026-11-22). Each thread keeps its own, for pages that are there already cost nothing.
    """
    if not _MEMFD:
        buffer = BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()
    file: _MemoryFile | None = getattr(_local, "file", None)
    if file is None or file.process != os.getpid():  # a forked child must not write into its parent's
        file = _local.file = _MemoryFile()
    return file.saved(image, kind, options)
