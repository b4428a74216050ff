"""Charts of few numbers: a bar, columns, a ring or a line. Shapes only; their words are texts of the template."""

import math
import re
from typing import TYPE_CHECKING

from humasbot.cards.colour import RGBA
from humasbot.cards.shapes import filled, rounded, smooth_mask, with_mask
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_NUMBER = re.compile(r"-?\d[\d.,]*")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:\.\d{3})+\Z")
_SCALES = {"ribu": 1e3, "juta": 1e6, "miliar": 1e9, "milyar": 1e9, "triliun": 1e12}


def number(text: str) -> float:
    """The number in *text*, written the Indonesian way (``1.234,5``; ``2,5 juta``). InputError: there is none."""
    match = _NUMBER.search(text)
    if match is None:
        raise InputError(t('"{x}" bukan angka untuk grafik.', '"{x}" is no number for a chart.', x=text[:40]))
    digits = match.group().rstrip(".,")
    if "," in digits or _THOUSANDS.match(digits):
        digits = digits.replace(".", "").replace(",", ".", 1)
    try:
        value = float(digits)
    except ValueError as error:
        raise InputError(
            t('"{x}" bukan angka untuk grafik.', '"{x}" is no number for a chart.', x=text[:40])
        ) from error
    word = text[match.end() :].split()
    return value * _SCALES.get(word[0].lower().strip(".,") if word else "", 1.0)


def share(text: str, highest: float | None) -> float:
    """How full a bar or ring is, 0 to 1: a percentage of 100, else the part of *highest*."""
    value = number(text)
    top = 100.0 if "%" in text or "persen" in text or not highest else highest
    return max(0.0, min(1.0, value / top)) if top else 0.0


def bar(size: tuple[int, int], part: float, colour: RGBA, track: RGBA) -> "Image":
    """A lying bar, filled for *part* of its length, with round ends."""
    radius = size[1] / 2
    picture = with_mask(filled(size, track), rounded(size, radius))
    wide = max(size[1], round(size[0] * part)) if part > 0 else 0
    if wide:
        inner = with_mask(filled((wide, size[1]), colour), rounded((wide, size[1]), radius))
        picture.alpha_composite(inner)
    return picture


def donut(size: tuple[int, int], part: float, colour: RGBA, track: RGBA) -> "Image":
    """A ring, filled clockwise from the top for *part* of its round."""
    side = min(size)
    thick = side * 0.15

    def ring(surface: "ImageDraw", f: int, share: float) -> None:
        box = (0, 0, side * f - 1, side * f - 1)
        surface.arc(box, -90, -90 + 360 * share, fill=255, width=max(1, round(thick * f)))
        r, middle = thick * f / 2, side * f / 2
        if 0 < share < 1:
            for angle in (-math.pi / 2, -math.pi / 2 + 2 * math.pi * share):
                x, y = middle + (middle - r) * math.cos(angle), middle + (middle - r) * math.sin(angle)
                surface.ellipse((x - r, y - r, x + r, y + r), fill=255)

    picture = with_mask(filled((side, side), track), smooth_mask((side, side), lambda d, f: ring(d, f, 1.0)))
    if part > 0:
        picture.alpha_composite(
            with_mask(filled((side, side), colour), smooth_mask((side, side), lambda d, f: ring(d, f, part)))
        )
    return picture


def columns(size: tuple[int, int], values: list[float], colour: RGBA, highlight: RGBA) -> "Image":
    """Standing columns on one base line; the highest in *highlight*."""
    picture = filled(size, (0, 0, 0, 0))
    highest = max([*values, 0.0]) or 1.0
    each = size[0] / max(1, len(values))
    wide = max(2, round(each * 0.56))
    for i, value in enumerate(values):
        high = max(3, round(size[1] * max(0.0, value) / highest))
        shown = highlight if value == max(values) else colour
        column = with_mask(filled((wide, high), shown), rounded((wide, high), min(wide / 4, 16)))
        picture.alpha_composite(column, (round(each * i + (each - wide) / 2), size[1] - high))
    return picture


def line(size: tuple[int, int], values: list[float], colour: RGBA, highlight: RGBA) -> "Image":
    """A line through the values, from left to right, the last marked with a dot in *highlight*."""
    low, high = min([*values, 0.0]), max(values, default=1.0)
    spread = (high - low) or 1.0
    dot = max(4.0, size[1] * 0.045)
    step = (size[0] - 2 * dot) / max(1, len(values) - 1)
    points = [
        (dot + i * step, dot + (size[1] - 2 * dot) * (1 - (v - low) / spread)) for i, v in enumerate(values)
    ]

    def stroke(surface: "ImageDraw", f: int) -> None:
        surface.line(
            [(x * f, y * f) for x, y in points], fill=255, width=max(1, round(dot * 0.7 * f)), joint="curve"
        )

    def mark(surface: "ImageDraw", f: int) -> None:
        x, y = points[-1]
        surface.ellipse(((x - dot) * f, (y - dot) * f, (x + dot) * f, (y + dot) * f), fill=255)

    picture = with_mask(filled(size, colour), smooth_mask(size, stroke))
    if points:
        picture.alpha_composite(with_mask(filled(size, highlight), smooth_mask(size, mark)))
    return picture
