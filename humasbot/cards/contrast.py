"""Contrast measured on the pixels truly beneath a text, and how opaque a scrim must be to reach what is wanted."""

from typing import TYPE_CHECKING

from humasbot.cards.colour import RGB, channel_of, luminance, mix, worst
from humasbot.cards.nodes import Rect

if TYPE_CHECKING:
    from PIL.Image import Image

STRIP = 80  # px: a zone is measured in strips of this height, so that colours of different places are not mixed up
MARGIN = 1.01  # a little more than wanted, for rounding
Bounds = tuple[RGB, RGB]
"""Two colours that every pixel lies between, channel by channel: a strict bound, no average."""


Range = tuple[float, float, RGB]
"""The darkest and the brightest relative luminance of a place, and a colour between."""


def bounds(image: "Image", zone: Rect) -> Bounds:
    """The bounds of the pixels of *zone*. (One histogram is three times as fast as Pillow's ``getextrema`` of RGB.)"""
    counts = image.crop(_inside(zone, image.size)).histogram()
    low: list[int] = []
    high: list[int] = []
    for start in (0, 256, 512):
        first, last = start, start + 255
        while not counts[first]:
            first += 1
        while not counts[last]:
            last -= 1
        low.append(first - start)
        high.append(last - start)
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def strips(image: "Image", zone: Rect) -> list[Bounds]:
    """:func:`bounds` of each strip of *zone*, from the top."""
    left, top, right, bottom = _inside(zone, image.size)
    return [
        bounds(image, (left, y, right - 1, min(y + STRIP, bottom) - 1)) for y in range(top, bottom, STRIP)
    ]


def luminance_range(image: "Image", zone: Rect) -> Range:
    """The range of *zone*, bounded strip by strip."""
    return range_of(strips(image, zone))


def range_of(pairs: list[Bounds]) -> Range:
    """The range of the strips with the bounds *pairs*."""
    low, high = min(luminance(low) for low, _ in pairs), max(luminance(high) for _, high in pairs)
    middle = pairs[len(pairs) // 2]
    return low, high, mix(*middle, 0.5)


def _inside(zone: Rect, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top = max(0, min(int(zone[0]), size[0] - 1)), max(0, min(int(zone[1]), size[1] - 1))
    right, bottom = min(size[0], int(zone[2]) + 1), min(size[1], int(zone[3]) + 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def needed_alpha(text: RGB, scrim: RGB, ground: Bounds, wanted: float) -> float | None:
    """How opaque *scrim* must be over *ground* for *text* to reach *wanted*; ``None``: it never does.

    For a black scrim under light text this is closed: a grey of luminance L shows L' = ((1-α)·g)^2.4, so
    α = 1 - g'/g, with g and g' the grey levels of L and of the highest luminance that still gives *wanted*. Other
    pairs go by the same step and are checked on the true mixture, then raised by 1/255 until it holds.
    """
    light, veil = luminance(text), luminance(scrim)
    edge, target = ground[1], (light + 0.05) / (wanted * MARGIN) - 0.05
    if light < veil:
        edge, target = ground[0], (light + 0.05) * wanted * MARGIN - 0.05
    if reaches(light, scrim, ground, 0.0, wanted):
        return 0.0
    if not reaches(light, scrim, ground, 1.0, wanted):
        return None
    now, goal, end = channel_of(luminance(edge)), channel_of(max(0.0, min(target, 1.0))), channel_of(veil)
    alpha = 0.0 if now == end else max(0.0, min(1.0, (now - goal) / (now - end)))
    while not reaches(light, scrim, ground, alpha, wanted):
        alpha = min(1.0, alpha + 1 / 255)
    return alpha


def reaches(light: float, scrim: RGB, ground: Bounds, alpha: float, wanted: float) -> bool:
    """Whether text of luminance *light* has the contrast *wanted* over *ground* under a scrim of opacity *alpha*."""
    seen = luminance(mix(ground[0], scrim, alpha)), luminance(mix(ground[1], scrim, alpha))
    return worst(light, min(seen), max(seen)) >= wanted * MARGIN


def scrim_alpha(
    ground: list[Bounds], text: RGB, scrim: RGB, wanted: float, least: float = 0.0
) -> float | None:
    """The opacity, at least *least*, that makes *text* readable on all of *ground*; ``None``: no opacity does."""
    light, found = luminance(text), least
    for pair in ground:
        if not reaches(light, scrim, pair, found, wanted):
            alpha = needed_alpha(text, scrim, pair, wanted)
            if alpha is None:
                return None
            found = max(found, alpha)
    return found
