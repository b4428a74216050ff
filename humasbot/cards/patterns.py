"""Patterns that ship with humasbot, after motifs of Indonesian cloth; each drawn as one tile and repeated."""

import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from humasbot.cards.shapes import ramp, smooth_mask
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Draw = Callable[["ImageDraw", float], None]


def _lens(
    surface: "ImageDraw", x: float, y: float, long: float, wide: float, angle: float, fill: int
) -> None:
    """A leaf: two arcs that meet in points, centred on (x, y)."""
    points = []
    for i in range(33):
        s = i / 16 - 1 if i <= 16 else 1 - (i - 16) / 16
        side = 1 if i <= 16 else -1
        u, v = s * long / 2, side * wide / 2 * (1 - s * s) ** 0.72
        points.append(
            (x + u * math.cos(angle) - v * math.sin(angle), y + u * math.sin(angle) + v * math.cos(angle))
        )
    surface.polygon(points, fill=fill)


def _disc(surface: "ImageDraw", x: float, y: float, r: float, fill: int) -> None:
    surface.ellipse((x - r, y - r, x + r, y + r), fill=fill)


def _kawung(surface: "ImageDraw", n: float) -> None:
    for cx, cy in ((n / 2, n / 2), (0, 0), (n, 0), (0, n), (n, n)):
        for k in range(4):
            angle = math.pi / 4 + k * math.pi / 2
            x, y = cx + math.cos(angle) * n * 0.178, cy + math.sin(angle) * n * 0.178
            _lens(surface, x, y, n * 0.315, n * 0.2, angle, 255)
            _lens(surface, x, y, n * 0.17, n * 0.075, angle, 0)
        _disc(surface, cx, cy, n * 0.022, 255)
    for cx, cy in ((n / 2, 0), (0, n / 2), (n, n / 2), (n / 2, n)):
        _disc(surface, cx, cy, n * 0.028, 255)


def _parang(surface: "ImageDraw", n: float) -> None:
    for k in range(-2, 4):
        at = k * n / 2
        surface.line([(at, 0), (at + n, n)], fill=255, width=max(1, round(n * 0.028)))
        for j in range(-1, 5):
            x, y = at + n * 0.25 + j * n / 4, j * n / 4
            _lens(surface, x, y, n * 0.3, n * 0.13, -math.pi / 16, 255)
            _disc(surface, x + n * 0.135, y - n * 0.055, n * 0.042, 255)


def _ceplok(surface: "ImageDraw", n: float) -> None:
    for cx, cy in ((n / 2, n / 2), (0, 0), (n, 0), (0, n), (n, n)):
        for k in range(8):
            angle = k * math.pi / 4
            reach = 0.15 if k % 2 else 0.165
            _lens(
                surface,
                cx + math.cos(angle) * n * reach,
                cy + math.sin(angle) * n * reach,
                n * 0.2,
                n * 0.075,
                angle,
                255,
            )
        _disc(surface, cx, cy, n * 0.05, 255)
        _disc(surface, cx, cy, n * 0.025, 0)
    for cx, cy in ((n / 2, 0), (0, n / 2), (n, n / 2), (n / 2, n)):
        surface.polygon(
            [(cx, cy - n * 0.09), (cx + n * 0.09, cy), (cx, cy + n * 0.09), (cx - n * 0.09, cy)], fill=255
        )
        surface.polygon(
            [(cx, cy - n * 0.05), (cx + n * 0.05, cy), (cx, cy + n * 0.05), (cx - n * 0.05, cy)], fill=0
        )


def _tumpal(surface: "ImageDraw", n: float) -> None:
    for i, fill in ((0.0, 255), (0.13, 0), (0.22, 255), (0.5, 0)):
        w = n / 2 * (1 - i)
        surface.polygon([(n / 2 - w, n), (n / 2, n * i * 1.05), (n / 2 + w, n)], fill=fill)
    _lens(surface, n / 2, n * 0.83, n * 0.22, n * 0.1, math.pi / 2, 255)


def _truntum(surface: "ImageDraw", n: float) -> None:
    for cx, cy, size in ((n / 2, n / 2, 1.0), (0, 0, 0.62), (n, 0, 0.62), (0, n, 0.62), (n, n, 0.62)):
        for k in range(8):
            angle = k * math.pi / 4
            r = n * 0.13 * size
            _lens(
                surface,
                cx + math.cos(angle) * r,
                cy + math.sin(angle) * r,
                n * 0.16 * size,
                n * 0.05 * size,
                angle,
                255,
            )
        _disc(surface, cx, cy, n * 0.035 * size, 255)
    for cx, cy in ((n / 2, 0), (0, n / 2), (n, n / 2), (n / 2, n)):
        _disc(surface, cx, cy, n * 0.018, 255)


def _songket(surface: "ImageDraw", n: float) -> None:
    for i, fill in ((1.0, 255), (0.86, 0), (0.66, 255), (0.42, 0), (0.24, 255)):
        r = n / 2 * i
        surface.polygon(
            [(n / 2, n / 2 - r), (n / 2 + r, n / 2), (n / 2, n / 2 + r), (n / 2 - r, n / 2)], fill=fill
        )
    for cx, cy in ((0, 0), (n, 0), (0, n), (n, n)):
        r = n * 0.11
        surface.polygon([(cx, cy - r), (cx + r, cy), (cx, cy + r), (cx - r, cy)], fill=255)


def _garis(surface: "ImageDraw", n: float) -> None:
    for k in range(-2, 4):
        at = k * n / 2
        surface.line([(at, n), (at + n, 0)], fill=255, width=max(1, round(n * 0.07)))


# name: how its tile is drawn, and the tile's side in units at scale 1
MOTIFS: dict[str, tuple[Draw, float]] = {
    "kawung": (_kawung, 120),
    "parang": (_parang, 128),
    "ceplok": (_ceplok, 132),
    "tumpal": (_tumpal, 72),
    "truntum": (_truntum, 104),
    "songket": (_songket, 84),
    "garis": (_garis, 36),
}


@lru_cache(maxsize=16)
def _tile(name: str, side: int) -> "Image":
    draw = MOTIFS[name][0]
    return smooth_mask((side, side), lambda surface, fine: draw(surface, float(side * fine)))


def mask(pattern: str | Path, size: tuple[int, int], unit: float, fade: str = "none") -> "Image":
    """A mask (mode L) of *size* filled with *pattern*: a motif's name, or a picture whose opaque parts count.

    *unit* is the px of one unit times the wanted scale. InputError: there is no such motif or file.
    """
    from PIL import Image, ImageChops

    if isinstance(pattern, Path):
        tile = _picture_tile(pattern, max(8, round(120 * unit)))
    elif pattern in MOTIFS:
        tile = _tile(pattern, max(8, round(MOTIFS[pattern][1] * unit)))
    else:
        raise InputError(
            t(
                'Pola "{p}" tidak ada; pilih: {a}.',
                'There is no pattern "{p}"; choose: {a}.',
                p=pattern,
                a=", ".join(MOTIFS),
            )
        )
    whole = Image.new("L", size, 0)
    for y in range(0, size[1], tile.height):
        for x in range(0, size[0], tile.width):
            whole.paste(tile, (x, y))
    for edge in fade.split("-") if fade != "none" else ():
        whole = ImageChops.multiply(
            whole, ramp(size, {"left": 0, "top": 90, "right": 180, "bottom": 270}[edge])
        )
    return whole


def _picture_tile(path: Path, height: int) -> "Image":
    from PIL import ImageOps

    from humasbot.cards.photo import open_photo, read

    picture = open_photo(read(path), flatten=False)
    shape = picture.getchannel("A") if picture.mode == "RGBA" else ImageOps.invert(picture.convert("L"))
    return shape.resize((max(8, round(shape.width * height / shape.height)), height))
