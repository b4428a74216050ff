"""Colours: reading, mixing, and how well one can be read on another (WCAG 2.2, relative luminance)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from humasbot.errors import InputError
from humasbot.words import t

RGB: TypeAlias = tuple[int, int, int]
RGBA: TypeAlias = tuple[int, int, int, int]

WHITE: RGB = (255, 255, 255)
BLACK: RGB = (0, 0, 0)
NORMAL, LARGE = 4.5, 3.0
"""WCAG 2.2 success criterion 1.4.3 (AA), https://www.w3.org/TR/WCAG22/#contrast-minimum, read 2026-11-22."""

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")
_EXPRESSION = re.compile(
    r"(?P<on>on )?(?P<name>#[0-9a-fA-F]+|[a-z][a-z0-9_]*)(?P<shift>[+-]\d+)?(?P<alpha>/\d+)?\Z"
)


def parse(text: str) -> RGB:
    """The colour ``#RGB`` or ``#RRGGBB``; InputError where it is neither."""
    if not _HEX.match(text):
        raise InputError(
            t(
                'Warna "{x}" tidak dikenal: tulis seperti #0B3D91.',
                'The colour "{x}" is not one: write it like #0B3D91.',
                x=text,
            )
        )
    digits = text[1:] if len(text) == 7 else "".join(c * 2 for c in text[1:])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def to_hex(colour: RGB) -> str:
    """``#RRGGBB``."""
    return "#{:02X}{:02X}{:02X}".format(*colour)


def mix(one: RGB, other: RGB, part: float) -> RGB:
    """*one* with *part* (0 to 1) of *other*, mixed as a display mixes (in sRGB)."""
    return tuple(round(a + (b - a) * part) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]  # three in, three out


def linear(channel: float) -> float:
    """The light of one sRGB channel (0 to 255) as 0 to 1."""
    v = channel / 255
    return v / 12.92 if v <= 0.04045 else float(((v + 0.055) / 1.055) ** 2.4)


def channel_of(light: float) -> float:
    """The sRGB channel (0 to 255) of a grey whose light is *light*: the inverse of :func:`linear`."""
    v = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return v * 255


@lru_cache(maxsize=4096)
def luminance(colour: RGB) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])


def ratio(one: float, other: float) -> float:
    """The contrast of two luminances, 1 to 21."""
    low, high = sorted((one, other))
    return (high + 0.05) / (low + 0.05)


def contrast(one: RGB, other: RGB) -> float:
    """The contrast of two colours, 1 to 21."""
    return ratio(luminance(one), luminance(other))


def readable_on(ground: RGB, ink: RGB = BLACK) -> RGB:
    """White or *ink* (or black where *ink* is too pale), whichever reads better on *ground*: always 4.5:1 or more."""
    best = max((WHITE, ink), key=lambda c: contrast(c, ground))
    return (
        best if contrast(best, ground) >= NORMAL else max((WHITE, BLACK), key=lambda c: contrast(c, ground))
    )


def mended(colour: RGB, low: float, high: float, wanted: float) -> RGB | None:
    """*colour*, moved towards white or black as little as needed to read on every ground from *low* to *high*.

    *low* and *high* are luminances; ``None`` where neither white nor black reaches *wanted*.
    """
    if worst(luminance(colour), low, high) >= wanted:
        return colour
    found: list[tuple[int, RGB]] = []
    for end in (WHITE, BLACK):
        if worst(luminance(end), low, high) < wanted:
            continue
        for step in range(1, 33):
            tried = mix(colour, end, step / 32)
            if worst(luminance(tried), low, high) >= wanted:
                found.append((step, tried))
                break
    return min(found)[1] if found else None


def worst(text: float, low: float, high: float) -> float:
    """The least contrast of the luminance *text* with any ground between *low* and *high*."""
    if low <= text <= high:
        return 1.0
    return ratio(text, high) if text > high else ratio(text, low)


def evaluate(expression: str, names: Mapping[str, str | RGB], depth: int = 0) -> RGBA:
    """The colour of an expression: ``NAME``, ``#hex``, ``NAME+20`` (lighter), ``NAME-20`` (darker), ``NAME/60``
    (60 % opaque), ``on NAME`` (white or dark, whichever reads on NAME). Names may stand for expressions.

    InputError names what is not understood.
    """
    match = _EXPRESSION.match(expression.strip())
    if match is None or depth > 8:
        raise InputError(
            t(
                'Warna "{x}" tidak dipahami: pakai nama warna, #RRGGBB, nama+20, nama-20, nama/60 atau "on nama".',
                'The colour "{x}" is not understood: use a name, #RRGGBB, name+20, name-20, name/60 or "on name".',
                x=expression,
            )
        )
    name, alpha = match["name"], 255
    if name.startswith("#"):
        colour: RGB = parse(name)
    elif name in names:
        value = names[name]
        if isinstance(value, str):
            r, g, b, alpha = evaluate(value, names, depth + 1)
            colour = (r, g, b)
        else:
            colour = value
    else:
        raise InputError(
            t(
                'Nama warna "{x}" tidak ada; yang ada: {all}.',
                'There is no colour named "{x}"; there are: {all}.',
                x=name,
                all=", ".join(sorted(names)),
            )
        )
    if match["on"]:
        ink = names.get("ink", BLACK)
        colour = readable_on(colour, ink if not isinstance(ink, str) else BLACK)
    if match["shift"]:
        shift = int(match["shift"])
        colour = mix(colour, WHITE if shift > 0 else BLACK, min(abs(shift), 100) / 100)
    if match["alpha"]:
        alpha = round(alpha * min(int(match["alpha"][1:]), 100) / 100)
    return (*colour, alpha)


def text_colour(
    name: str, colours: Mapping[str, str | RGB], low: float, high: float, middle: RGB, wanted: float
) -> RGB | None:
    """The colour *name* as it is drawn on a ground between the luminances *low* and *high*: mended if it must be.

    ``auto`` is white or the dark ink, whichever reads better; a half transparent colour is mixed with *middle*.
    ``None``: nothing reads there.
    """
    if name == "auto":
        ink = evaluate("ink", colours)[:3]
        start = max(((255, 255, 255), ink, readable_on(middle)), key=lambda c: worst(luminance(c), low, high))
    else:
        r, g, b, a = evaluate(name, colours)
        start = mix(middle, (r, g, b), a / 255) if a < 255 else (r, g, b)
    return mended(start, low, high, wanted)
