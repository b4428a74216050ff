"""Lengths of a template in px: units, percentages, boxes by their edges, padding."""

from collections.abc import Mapping
from typing import Any

from humasbot.cards.nodes import Pad, Rect
from humasbot.cards.sizes import safe_area, unit_of


class Lengths:
    """Turns what a template says into px for a card of *size*."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.unit = unit_of(size)

    def px(self, value: Any, side: float | None = None) -> float:
        """Units, or a percentage of *side* (default: the card's width), in px."""
        if isinstance(value, str):
            return float(value.rstrip("%")) / 100 * (self.size[0] if side is None else side)
        return float(value) * self.unit

    def pad(self, value: Any) -> Pad:
        """Padding from one number, [top-bottom, left-right] or [top, right, bottom, left]."""
        sides = value if isinstance(value, list) else [value] * 4
        if len(sides) == 2:
            sides = [*sides, *sides]
        top, right, bottom, left = (float(v) * self.unit for v in sides)
        return Pad(left, top, right, bottom)

    def box(self, edges: Mapping[str, Any], area: str) -> Rect:
        """A box in *area* (``canvas`` or ``safe``). Edges not given: it fills the area, or is centred where a side's
        length is."""
        left, top, right, bottom = (
            safe_area(self.size) if area == "safe" else (0.0, 0.0, *map(float, self.size))
        )
        x0, x1 = self._span(edges, ("left", "right", "width"), left, right)
        y0, y1 = self._span(edges, ("top", "bottom", "height"), top, bottom)
        return x0, y0, x1, y1

    def outside(self, box: Rect) -> bool:
        """Whether *box* is empty or leaves the card."""
        x0, y0, x1, y1 = box
        empty = x1 - x0 < 1 or y1 - y0 < 1
        return empty or x0 < -1 or y0 < -1 or x1 > self.size[0] + 1 or y1 > self.size[1] + 1

    def _span(
        self, edges: Mapping[str, Any], names: tuple[str, str, str], low: float, high: float
    ) -> tuple[float, float]:
        near, far, length = names
        side = high - low
        first = low + self.px(edges[near], side) if near in edges else None
        last = high - self.px(edges[far], side) if far in edges else None
        long = self.px(edges[length], side) if length in edges else None
        if long is None:
            return (low if first is None else first), (high if last is None else last)
        if first is not None:
            return first, first + long
        if last is not None:
            return last - long, last
        return low + (side - long) / 2, low + (side + long) / 2
