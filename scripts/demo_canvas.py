"""A canvas for illustrated scenes: gradients, soft shapes, ridges, clouds, trees and mirrored water.

Used by ``make_demo_photos.py``; measured in final pixels, drawn larger and scaled down.
"""

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1600, 1000
FINE = 2
"""Everything is drawn this much larger and scaled down, which smooths the edges."""
MAX_BYTES = 120_000

Colour = tuple[int, int, int]
Point = tuple[float, float]


def colour(text: str) -> Colour:
    """``#rrggbb`` as three numbers."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mix(one: str, other: str, part: float) -> Colour:
    """The colour *part* of the way from *one* to *other*."""
    a, b = colour(one), colour(other)
    red, green, blue = (round(x + (y - x) * part) for x, y in zip(a, b, strict=True))
    return red, green, blue


class Scene:
    """A canvas measured in final pixels; every shape may be see-through."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE))

    def gradient(self, top: float, bottom: float, stops: Sequence[str]) -> None:
        """A vertical gradient over the whole width."""
        rows = round((bottom - top) * FINE)
        column = Image.new("RGB", (1, rows))
        for y in range(rows):
            place = y / max(1, rows - 1) * (len(stops) - 1)
            left = min(int(place), len(stops) - 2)
            column.putpixel((0, y), mix(stops[left], stops[left + 1], place - left))
        self.image.paste(column.resize((WIDTH * FINE, rows)), (0, round(top * FINE)))

    def shape(self, points: Sequence[Point], fill: str, alpha: float = 1.0, blur: float = 0) -> None:
        """A polygon."""
        self._blend(
            lambda draw: draw.polygon([(x * FINE, y * FINE) for x, y in points], fill=255), fill, alpha, blur
        )

    def box(
        self, x: float, y: float, w: float, h: float, fill: str, alpha: float = 1.0, radius: float = 0
    ) -> None:
        """A rectangle with rounded corners."""
        area = (x * FINE, y * FINE, (x + w) * FINE, (y + h) * FINE)
        self._blend(lambda draw: draw.rounded_rectangle(area, radius * FINE, fill=255), fill, alpha, 0)

    def disc(
        self, x: float, y: float, r: float, fill: str, alpha: float = 1.0, blur: float = 0, tall: float = 1
    ) -> None:
        """A circle, or an ellipse *tall* times as high as wide."""
        area = ((x - r) * FINE, (y - r * tall) * FINE, (x + r) * FINE, (y + r * tall) * FINE)
        self._blend(lambda draw: draw.ellipse(area, fill=255), fill, alpha, blur)

    def line(self, points: Sequence[Point], fill: str, width: float, alpha: float = 1.0) -> None:
        """A line through *points*."""
        path = [(x * FINE, y * FINE) for x, y in points]
        self._blend(
            lambda draw: draw.line(path, fill=255, width=round(width * FINE), joint="curve"), fill, alpha, 0
        )

    def _blend(
        self, paint: Callable[[ImageDraw.ImageDraw], None], fill: str, alpha: float, blur: float
    ) -> None:
        mask = Image.new("L", self.image.size)
        paint(ImageDraw.Draw(mask))
        if blur:
            small = mask.resize((WIDTH // 2, HEIGHT // 2)).filter(ImageFilter.GaussianBlur(blur / 2))
            mask = small.resize(self.image.size, Image.Resampling.BICUBIC)
        if alpha < 1:
            mask = mask.point(lambda value: round(value * alpha))
        box = mask.getbbox()
        if box:
            self.image.paste(colour(fill), box, mask.crop(box))

    def ridge(self, base: float, rise: float, steps: int = 9) -> list[Point]:
        """A mountain line from the left edge to the right, closed at the bottom."""
        heights = [0.0, 0.0]
        spread = rise
        for _ in range(steps):
            finer: list[float] = []
            for a, b in pairwise(heights):
                finer += [a, (a + b) / 2 + self.random.uniform(-spread, spread)]
            heights = [*finer, heights[-1]]
            spread *= 0.52
        step = WIDTH / (len(heights) - 1)
        line = [(number * step, base - height) for number, height in enumerate(heights)]
        return [*line, (WIDTH, HEIGHT), (0, HEIGHT)]

    def clouds(self, top: float, bottom: float, count: int, fill: str, alpha: float) -> None:
        """Soft clouds of a few puffs each."""
        for _ in range(count):
            x, y = self.random.uniform(-100, WIDTH + 100), self.random.uniform(top, bottom)
            size = self.random.uniform(35, 85)
            for number in range(6):
                self.disc(x + (number - 2.5) * size * 0.75, y + self.random.uniform(-0.25, 0.25) * size,
                          size * self.random.uniform(0.6, 1.1), fill, alpha, blur=22, tall=0.5)  # fmt: skip

    def palm(self, x: float, foot: float, tall: float, fill: str) -> None:
        """A coconut palm."""
        lean = self.random.uniform(-0.16, 0.16) * tall
        top = (x + lean, foot - tall)
        self.line([(x, foot), (x + lean * 0.35, foot - tall * 0.55), top], fill, tall * 0.035)
        for number in range(9):
            angle = math.pi * (0.02 + number / 8 * 0.96) + self.random.uniform(-0.12, 0.12)
            reach = tall * self.random.uniform(0.3, 0.4)
            tip = (top[0] + math.cos(angle) * reach, top[1] - math.sin(angle) * reach * 0.55 + reach * 0.34)
            bend = (top[0] + math.cos(angle) * reach * 0.5, top[1] - math.sin(angle) * reach * 0.62)
            low = (bend[0], bend[1] + tall * 0.05)
            self.shape([top, bend, tip, low], fill)

    def tree(self, x: float, foot: float, size: float, fills: Sequence[str]) -> None:
        """A round, leafy tree."""
        self.box(x - size * 0.05, foot - size * 0.5, size * 0.1, size * 0.5, "#5a4636")
        for fill, high in zip(fills, (0.62, 0.78, 0.92), strict=False):
            for _ in range(5):
                aside, lift = self.random.uniform(-0.26, 0.26), high + self.random.uniform(-0.08, 0.08)
                self.disc(x + aside * size, foot - lift * size, size * self.random.uniform(0.14, 0.24), fill)

    def ripples(self, top: float, fill: str, count: int, alpha: float) -> None:
        """Light on water: more and thinner towards the horizon."""
        for _ in range(count):
            depth = self.random.random() ** 1.6
            y = top + depth * (HEIGHT - top)
            long = 14 + depth * 130 * self.random.random()
            x = self.random.uniform(0, WIDTH)
            self.box(x, y, long, 1.2 + depth * 3.2, fill, alpha * self.random.uniform(0.4, 1), radius=2)

    def mirror(self, horizon: float, height: float, strength: float) -> None:
        """What stands above the *horizon* mirrored in the water below it."""
        top = round((horizon - height) * FINE)
        part = self.image.crop((0, top, WIDTH * FINE, round(horizon * FINE)))
        part = part.transpose(Image.Transpose.FLIP_TOP_BOTTOM).filter(ImageFilter.GaussianBlur(7))
        fade = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(part.size)
        self.image.paste(part, (0, round(horizon * FINE)), fade.point(lambda value: round(value * strength)))

    def save(self, path: Path) -> None:
        """Write a JPEG below the size that the demo allows itself."""
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        path.parent.mkdir(parents=True, exist_ok=True)
        for quality in range(90, 50, -3):
            small.save(path, "JPEG", quality=quality, optimize=True, progressive=True)
            if path.stat().st_size <= MAX_BYTES:
                return
        raise SystemExit(f"{path} cannot be made small enough")
