"""The fonts that ship with humasbot, the emoji of the system, and loaded sizes of both, kept within bounds."""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from humasbot.cards.cache import Bounded
from humasbot.cards.cmap import coverage
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FOLDER = Path(__file__).parent / "fonts"
WEIGHTS = {400: "Regular", 500: "Medium", 700: "Bold", 800: "ExtraBold"}
CAP_HEIGHT = 0.745  # of Plus Jakarta Sans, in em (OS/2.sCapHeight)
EMOJI_SIZE = 109  # the one size at which the bitmaps of Noto Color Emoji load
KEPT_SIZES = 160

# script: (regular, bold); where the second is None the first serves every weight
_SCRIPT_FILES = {
    "javanese": ("NotoSansJavanese-Regular", "NotoSansJavanese-Bold"),
    "balinese": ("NotoSansBalinese-Regular", "NotoSansBalinese-Bold"),
    "sundanese": ("NotoSansSundanese-Regular", "NotoSansSundanese-Bold"),
    "buginese": ("NotoSansBuginese-Regular", None),
    "batak": ("NotoSansBatak-Regular", None),
    "arabic": ("NotoNaskhArabic-Regular", "NotoNaskhArabic-Bold"),
    "symbol": ("NotoSansSymbols2-Cards", None),
}
_EMOJI_PLACES = (
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",
    "/usr/share/fonts/noto/NotoColorEmoji.ttf",
    "/usr/share/fonts/google-noto-emoji/NotoColorEmoji.ttf",
    "/usr/share/fonts/noto-emoji/NotoColorEmoji.ttf",
)


@dataclass(frozen=True, slots=True)
class Face:
    """One font file."""

    path: Path

    def has(self, text: str) -> bool:
        """Whether the font has every character of *text*."""
        known = coverage(self.path)
        return all(ord(c) in known for c in text)


_sizes: Bounded["FreeTypeFont"] = Bounded(KEPT_SIZES)


@lru_cache(maxsize=1)
def shaping_works() -> bool:
    """Whether Raqm is truly there: Pillow's wheel has it, but it needs the system's ``libfribidi.so.0``."""
    from PIL import features

    return bool(features.check("raqm"))


def require_shaping(text: str) -> None:
    """Raise InputError where *text* needs shaping that this machine cannot do."""
    if not shaping_works():
        raise InputError(
            t(
                'Aksara pada "{x}" tidak dapat dibentuk di mesin ini: pasang paket libfribidi0 '
                "(apt install libfribidi0), lalu ulangi.",
                'The script of "{x}" cannot be shaped on this machine: install the package libfribidi0 '
                "(apt install libfribidi0), then try again.",
                x=text[:30],
            )
        )


@lru_cache(maxsize=64)
def sans(weight: int) -> Face:
    """Plus Jakarta Sans in the nearest of the weights that ship (400, 500, 700, 800)."""
    nearest = min(WEIGHTS, key=lambda w: (abs(w - weight), -w))
    return Face(FOLDER / f"PlusJakartaSans-{WEIGHTS[nearest]}.ttf")


@lru_cache(maxsize=64)
def of_script(script: str, weight: int) -> Face:
    """The font of a script other than Latin, bold from weight 600."""
    regular, bold = _SCRIPT_FILES[script]
    return Face(FOLDER / f"{bold if bold and weight >= 600 else regular}.ttf")


@lru_cache(maxsize=1)
def emoji() -> Face | None:
    """The colour emoji font of this machine, or ``None``.

    The environment variable HUMASBOT_EMOJI_FONT names a file; else the places where distributions put it.
    """
    for place in (os.environ.get("HUMASBOT_EMOJI_FONT", ""), *_EMOJI_PLACES):
        if place and Path(place).is_file():
            return Face(Path(place))
    return None


def load(face: Face, px: float) -> "FreeTypeFont":
    """*face* at *px* pixels; about the last ``KEPT_SIZES`` are kept."""
    key = (face.path, px)
    font = _sizes.get(key)
    if font is None:
        from PIL import ImageFont

        engine = ImageFont.Layout.RAQM if shaping_works() else ImageFont.Layout.BASIC
        font = ImageFont.truetype(str(face.path), px, layout_engine=engine)
        _sizes.put(key, font)
    return font
