"""Line icons of our own, on a grid of 24: paths of lines, curves and circles, stroked with round ends.

The path language is the part of SVG's that they need: M, L, H, V, C, Q, A (circular), Z, absolute, and ``O x y r`` for
a circle, ``D x y r`` for a filled dot.
"""

import math
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from humasbot.cards.shapes import smooth_mask
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_PIECE = re.compile(r"([MLHVCQAZOD])|(-?\d+(?:\.\d+)?)")
Point = tuple[float, float]


@lru_cache(maxsize=1)
def paths() -> dict[str, str]:
    """The path of each icon by name."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return {name: str(path) for name, path in tomllib.loads(text).items()}


@lru_cache(maxsize=128)
def mask(name: str, side: int, stroke: float = 2.0) -> "Image":
    """The mask (mode L) of the icon *name*, *side* px square, lines *stroke* of 24 thick. InputError: no such icon."""
    if name not in paths():
        raise InputError(
            t(
                'Ikon "{n}" tidak ada; pilih: {a}.',
                'There is no icon "{n}"; choose: {a}.',
                n=name,
                a=", ".join(paths()),
            )
        )

    def draw(surface: "ImageDraw", fine: int) -> None:
        scale = side * fine / 24
        thick = stroke * scale
        for points, solid in _lines(paths()[name]):
            scaled = [(x * scale, y * scale) for x, y in points]
            if solid:
                surface.polygon(scaled, fill=255)
                continue
            surface.line(scaled, fill=255, width=max(1, round(thick)))
            r = thick / 2
            for x, y in scaled:
                surface.ellipse((x - r, y - r, x + r, y + r), fill=255)

    return smooth_mask((side, side), draw)


def _lines(path: str) -> list[tuple[list[Point], bool]]:
    """The path as polylines, and whether each is filled."""
    found: list[tuple[list[Point], bool]] = []
    pieces = [(m[1], m[2]) for m in _PIECE.finditer(path)]
    at = 0

    def numbers(count: int) -> list[float]:
        nonlocal at
        taken = [float(n) for _, n in pieces[at : at + count]]
        at += count
        return taken

    command, points = "", [(0.0, 0.0)]
    while at < len(pieces):
        if pieces[at][0]:
            command = pieces[at][0]
            at += 1
        x, y = points[-1]
        if command == "M":
            px, py = numbers(2)
            points = [(px, py)]
            found.append((points, False))
            command = "L"
        elif command in "OD":
            cx, cy, r = numbers(3)
            ring = [
                (cx + r * math.cos(k * math.pi / 24), cy + r * math.sin(k * math.pi / 24)) for k in range(49)
            ]
            found.append((ring, command == "D"))
        elif command == "Z":
            points.append(points[0])
        else:
            points += _step(
                command, (x, y), numbers({"L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "A": 7}[command])
            )
    return found


def _step(command: str, start: Point, n: list[float]) -> list[Point]:
    x, y = start
    if command == "L":
        return [(n[0], n[1])]
    if command == "H":
        return [(n[0], y)]
    if command == "V":
        return [(x, n[0])]
    if command == "A":
        return _arc(start, n[0], bool(n[3]), bool(n[4]), (n[5], n[6]))
    if command == "Q":
        n = [
            x + 2 / 3 * (n[0] - x),
            y + 2 / 3 * (n[1] - y),
            n[2] + 2 / 3 * (n[0] - n[2]),
            n[3] + 2 / 3 * (n[1] - n[3]),
            n[2],
            n[3],
        ]
    curve = []
    for i in range(1, 17):
        s = i / 16
        a, b, c, d = (1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s * s * (1 - s), s**3
        curve.append((a * x + b * n[0] + c * n[2] + d * n[4], a * y + b * n[1] + c * n[3] + d * n[5]))
    return curve


def _arc(start: Point, radius: float, large: bool, sweep: bool, end: Point) -> list[Point]:
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    apart = math.hypot(dx, dy)
    if apart == 0:
        return []
    r = max(radius, apart / 2)
    off = math.sqrt(max(0.0, r * r - apart * apart / 4)) * (1 if large != sweep else -1)
    cx, cy = (x0 + x1) / 2 - dy / apart * -off * -1, (y0 + y1) / 2 + dx / apart * -off * -1
    a0, a1 = math.atan2(y0 - cy, x0 - cx), math.atan2(y1 - cy, x1 - cx)
    if sweep and a1 < a0:
        a1 += 2 * math.pi
    if not sweep and a1 > a0:
        a1 -= 2 * math.pi
    return [
        (cx + r * math.cos(a0 + (a1 - a0) * i / 16), cy + r * math.sin(a0 + (a1 - a0) * i / 16))
        for i in range(1, 17)
    ]
