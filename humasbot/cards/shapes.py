"""Plain shapes, drawn four times as large and scaled down so that their edges are smooth."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from humasbot.cards.colour import RGBA

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

STRAIGHT = 1e-9
"""What of a direction is none: cosine and sine of right angles are not quite 0."""
FINE = 4


def smooth_mask(size: tuple[int, int], draw: Callable[["ImageDraw", int], None], fine: int = FINE) -> "Image":
    """A mask (mode L) of *size*; *draw* paints white on a surface *fine* times as large, whose factor it is told."""
    from PIL import Image, ImageDraw

    width, height = max(1, size[0]), max(1, size[1])
    big = Image.new("L", (width * fine, height * fine), 0)
    draw(ImageDraw.Draw(big), fine)
    return big.reduce(fine) if fine > 1 else big


@lru_cache(maxsize=64)
def rounded(size: tuple[int, int], radius: float) -> "Image":
    """The mask of a box with rounded corners. Only the corners are drawn large; the rest is filled."""
    from PIL import Image

    width, height = max(1, size[0]), max(1, size[1])
    radius = min(radius, width / 2, height / 2)
    mask = Image.new("L", (width, height), 255)
    if radius < 0.5:
        return mask
    side = math.ceil(radius)

    def quarter(draw: "ImageDraw", fine: int) -> None:
        r = radius * fine
        draw.ellipse((0, 0, 2 * r - 1, 2 * r - 1), fill=255)

    corner = smooth_mask((side, side), quarter)
    for x, y, turn in (
        (0, 0, None),
        (width - side, 0, Image.Transpose.FLIP_LEFT_RIGHT),
        (0, height - side, Image.Transpose.FLIP_TOP_BOTTOM),
        (width - side, height - side, Image.Transpose.ROTATE_180),
    ):
        mask.paste(corner if turn is None else corner.transpose(turn), (x, y))
    return mask


def circle(size: tuple[int, int]) -> "Image":
    """The mask of the ellipse that fills *size*."""
    return smooth_mask(size, lambda d, f: d.ellipse((0, 0, size[0] * f - 1, size[1] * f - 1), fill=255))


def ramp(size: tuple[int, int], angle: float) -> "Image":
    """A mask that rises from 0 to 255 across *size*; *angle* in degrees: 0 to the right, 90 downwards."""
    from PIL import Image

    width, height = max(1, size[0]), max(1, size[1])
    dx, dy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    reach = abs(dx) * width + abs(dy) * height
    a, b = 255 * dx / reach, 255 * dy / reach
    start = 0.5 - a * (width if dx < 0 else 0) - b * (height if dy < 0 else 0)
    source = Image.linear_gradient("L")
    coefficients = (0.0, 0.0, 128.0, a, b, start)
    # Straight along an edge every line is the same: one is reckoned, and repeated.
    strip = (width, 1) if abs(dy) < STRAIGHT else (1, height) if abs(dx) < STRAIGHT else (width, height)
    mask = source.transform(strip, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)
    return mask if strip == (width, height) else mask.resize((width, height), Image.Resampling.NEAREST)


def filled(size: tuple[int, int], colour: RGBA, to: RGBA | None = None, angle: float = 90) -> "Image":
    """An RGBA picture of one colour, or of a gradient from *colour* to *to*."""
    from PIL import Image

    picture = Image.new("RGBA", (max(1, size[0]), max(1, size[1])), colour)
    if to is not None and to != colour:
        picture = Image.composite(Image.new("RGBA", picture.size, to), picture, ramp(picture.size, angle))
    return picture


def with_mask(picture: "Image", mask: "Image") -> "Image":
    """*picture* (RGBA) shown only where *mask* is, its own transparency kept."""
    from PIL import ImageChops

    picture.putalpha(ImageChops.multiply(picture.getchannel("A"), mask))
    return picture


def shape(size: tuple[int, int], keys: dict[str, Any], colour: RGBA, to: RGBA | None) -> "Image":
    """A shape layer as an RGBA picture of *size*."""
    picture = filled(size, colour, to, float(keys.get("angle", 90)))
    kind, stroke = keys.get("kind", "rect"), max(1.0, float(keys.get("stroke", 4)))
    if kind in ("rect", "line"):
        return (
            with_mask(picture, rounded(size, float(keys.get("radius", 0)))) if keys.get("radius") else picture
        )
    width, height = size
    if kind == "dots":
        return with_mask(picture, _dots(size, stroke))

    def draw(surface: "ImageDraw", f: int) -> None:
        w, h, s = width * f - 1, height * f - 1, stroke * f
        if kind == "circle":
            surface.ellipse((0, 0, w, h), fill=255)
        elif kind == "ring":
            surface.ellipse((0, 0, w, h), outline=255, width=max(1, round(s)))
        elif kind == "triangle":
            surface.polygon([(w / 2, 0), (w, h), (0, h)], fill=255)
        elif kind == "arc":
            surface.pieslice((-w, 0, w, 2 * h), -90, 0, fill=255)
        elif kind == "quote":
            _quote(surface, w, h)

    return with_mask(picture, smooth_mask(size, draw))


def _quote(surface: "ImageDraw", w: float, h: float) -> None:
    """Opening quotation marks: two drops."""
    for left in (0.0, w * 0.54):
        d = w * 0.44
        surface.ellipse((left, h - d, left + d, h), fill=255)
        surface.polygon([(left, h - d / 2), (left + d * 0.2, h * 0.32), (left + d * 0.82, 0), (left + d, h * 0.14),
                         (left + d * 0.52, h - d * 0.98)], fill=255)  # fmt: skip


def _dots(size: tuple[int, int], step: float) -> "Image":
    dot = max(2.0, step)
    gap = dot * 3.2

    def draw(surface: "ImageDraw", f: int) -> None:
        y = 0.0
        while y + dot <= size[1] + 0.5:
            x = 0.0
            while x + dot <= size[0] + 0.5:
                surface.ellipse((x * f, y * f, (x + dot) * f - 1, (y + dot) * f - 1), fill=255)
                x += gap
            y += gap

    return smooth_mask(size, draw)
