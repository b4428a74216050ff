"""The card sizes and their names, the unit of length, and the part of a story that its buttons leave free."""

from typing import Final

from humasbot.cards.nodes import Rect
from humasbot.errors import InputError
from humasbot.words import t

SIZES: Final[dict[str, tuple[int, int]]] = {
    "square": (1080, 1080),
    "tall": (1080, 1350),
    "wide": (1200, 675),
    "link": (1200, 630),
    "story": (1080, 1920),
}
GROUPS: Final[dict[str, tuple[str, ...]]] = {"landscape": ("wide", "link"), "upright": ("tall", "story")}
SMALLEST, BIGGEST = 320, 4096
# Instagram and Facebook stories: about 14 % above and 20 % below are covered by the account's name and the answer
# field (Meta Business Help Centre, "Safe zones for stories and reels ads", read 2026-11-22).
STORY_TOP, STORY_BOTTOM = 250 / 1920, 340 / 1920
# A card 1080 px wide is seen about 390 px wide on a phone: below 22 px its letters are under 8 px there.
LEGIBLE = 22 / 1080
_ON_PHONE = 390


def name_of(size: tuple[int, int]) -> str:
    """The named size closest in shape to *size* (width, height, in px); InputError where it is out of reason."""
    width, height = size
    if (
        not (SMALLEST <= width <= BIGGEST and SMALLEST <= height <= BIGGEST)
        or not 0.4 <= width / height <= 2.5
    ):
        raise InputError(
            t(
                "Ukuran kartu {w}×{h} tidak dapat dipakai: sisi {a}–{b} piksel, panjang paling banyak 2,5 × lebar.",
                "A card of {w}×{h} cannot be drawn: sides of {a} to {b} px, the longer at most 2.5 times the other.",
                w=width, h=height, a=SMALLEST, b=BIGGEST,
            )
        )  # fmt: skip
    return min(SIZES, key=lambda n: abs(SIZES[n][0] / SIZES[n][1] - width / height))


def unit_of(size: tuple[int, int]) -> float:
    """The px of one unit: 1 on a card 1080 px wide (square or taller); less on a flat one, so that margins shrink."""
    width, height = size
    return float(min((width * height) ** 0.5, width) / 1080)


def safe_area(size: tuple[int, int]) -> Rect:
    """Where nothing is covered: the whole card, but for a story its middle."""
    width, height = size
    if name_of(size) == "story":
        return (0.0, round(height * STORY_TOP), float(width), round(height * (1 - STORY_BOTTOM)))
    return (0.0, 0.0, float(width), float(height))


def is_large(px: float, weight: int, width: int) -> bool:
    """Whether text counts as large (24 px, or 18.66 px bold; WCAG 2.2) on a card *width* px wide seen on a phone."""
    seen = px * _ON_PHONE / width
    return seen >= 24 or (weight >= 700 and seen >= 18.66)
