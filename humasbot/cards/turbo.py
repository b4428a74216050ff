"""Big JPEG photos read by simplejpeg where it is installed: at any eighth of their size; Pillow knows only halves.

A 12-megapixel photo for a card of 1080 px is then read at 3/8 (1500×1125) and cut, instead of read at 1/2 and scaled:
15 of 48 ms less (2026-11-22). Nothing needs it; a photo normalised on ingest is read in 5 ms either way.
"""

from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


@lru_cache(maxsize=1)
def _simplejpeg() -> ModuleType | None:
    try:
        return import_module("simplejpeg")
    except ImportError:
        return None


def decode(data: bytes, size: tuple[int, int], least: tuple[int, int]) -> "Image | None":
    """The JPEG in *data*, of *size* px, at the smallest eighth that is at least *least* (width, height), RGB, as stored
    (not turned upright). ``None``: not to be had, or nothing to gain; the caller reads it with Pillow then.
    """
    eighth = max(-(-8 * wanted // there) for wanted, there in zip(least, size, strict=True))
    if eighth not in (3, 5, 6, 7) or size[0] * size[1] < 4_000_000:
        return None  # at 1/8, 2/8, 4/8 and 8/8 Pillow reads the same
    turbo = _simplejpeg()
    if turbo is None:
        return None
    from PIL import Image

    try:
        pixels = turbo.decode_jpeg(data, "RGBX", min_width=least[0], min_height=least[1])
    except ValueError:
        return None  # Pillow says what is wrong with it
    height, width = pixels.shape[:2]
    return Image.frombuffer("RGB", (width, height), pixels, "raw", "RGBX", 0, 1)
