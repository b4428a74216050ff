"""What a template becomes for one size: every number in pixels, every phrase parsed, every colour a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

from humasbot.cards.fit import Style
from humasbot.cards.phrases import Phrase, Tags

Align: TypeAlias = Literal["left", "center", "right"]
Valign: TypeAlias = Literal["top", "middle", "bottom", "spread"]
Width: TypeAlias = float | Literal["fill", "hug", "column"]
Rect: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom edges, in pixels from the card's upper left corner."""


def touch(one: Rect, other: Rect) -> bool:
    """Whether the two have a place in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@dataclass(frozen=True, slots=True)
class Pad:
    """Room inside a box's edges, in px."""

    left: float = 0
    top: float = 0
    right: float = 0
    bottom: float = 0


def _holds(wanted: str, values: Mapping[str, str]) -> bool:
    name, _, other = wanted.partition("=")
    found = values.get(name)
    return bool(found) and (not other or found == values.get(other))


@dataclass(frozen=True)
class Node:
    """What every member of a stack has. ``before`` is the gap above (or left of) it, ``None``: the stack's own."""

    name: str
    when: tuple[str, ...] = ()
    before: float | None = None
    width: Width = "fill"
    pad: Pad = field(default=Pad())
    background: str | None = None
    radius: float = 0
    align: Align = "left"
    grow: bool = False

    def shown(self, values: Mapping[str, str]) -> bool:
        """Whether every condition holds: ``field`` (has a value), ``field=other`` (both have the same), and with ``!``
        before it the contrary."""
        return all(_holds(wanted.removeprefix("!"), values) != wanted.startswith("!") for wanted in self.when)


@dataclass(frozen=True)
class TextNode(Node):
    """A text to fit: the largest size up to ``big`` px, never below ``small`` px."""

    phrase: Phrase = field(default=Phrase("", ()))
    styles: Mapping[Tags, Style] = field(default_factory=dict)
    style: Style = field(default=Style(400, "ink"))
    big: float = 40
    small: float = 24
    leading: float = 1.2
    max_lines: int = 0
    upper: bool = False

    def px(self, part: float) -> float:
        """The size at *part* (0: the smallest, 1: the largest), in steps of 1 to 4 px, so that caches are hit."""
        size = self.small + (self.big - self.small) * part
        if part in (0.0, 1.0):
            return max(int(size * 2) / 2, self.small)  # never below what is legible
        step = 1 if size < 64 else 2 if size < 80 else 4
        return max(self.small, float(size // step * step))

    def look(self, tags: Tags) -> Style:
        """The style of a run under *tags*."""
        return self.styles.get(tags, self.style)

    @cached_property
    def looks(self) -> frozenset[Style]:
        """Every style that its runs have."""
        return frozenset(self.styles.values()) or frozenset((self.style,))

    @property
    def field_name(self) -> str:
        """The field a person would shorten (one of the card before one of the brand), or the layer's name."""
        names = sorted(self.phrase.names, key=lambda name: (name.startswith("brand."), name))
        return names[0] if names else self.name

    @property
    def fixed(self) -> bool:
        """Whether it is the same on every card of the brand."""
        return not self.when and all(n.startswith("brand.") for n in self.phrase.names)


@dataclass(frozen=True)
class PictureNode(Node):
    """A picture of fixed height (logo, icon, shape, portrait, code, chart, photo): ``keys`` are the layer's own."""

    kind: str = "shape"
    height: float = 0
    keys: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""  # the field it shows, where it shows one

    @property
    def fixed(self) -> bool:
        """Whether it is the same on every card of the brand."""
        return not self.when and not self.source


@dataclass(frozen=True)
class StackNode(Node):
    """Members below or beside one another, parted by ``gap`` px."""

    children: tuple["AnyNode", ...] = ()
    row: bool = False
    gap: float = 0
    valign: Valign = "top"
    height: float = 0  # least height

    @property
    def fixed(self) -> bool:
        """Whether it is the same on every card of the brand."""
        return not self.when and all(child.fixed for child in self.children)


@dataclass(frozen=True)
class ListNode(Node):
    """One stack repeated for each row of a field, in ``columns`` columns."""

    source: str = ""
    item: StackNode = field(default=StackNode(""))
    columns: int = 1
    gap: float = 0
    column_gap: float = 0
    divider: str | None = None
    divider_width: float = 2

    @property
    def fixed(self) -> bool:
        """Never: it shows a field."""
        return False


AnyNode: TypeAlias = TextNode | PictureNode | StackNode | ListNode


@dataclass(frozen=True)
class Unit:
    """A layer that is laid out per card: its root and the box that it must stay in."""

    root: AnyNode
    box: Rect
    valign: Valign = "top"


@dataclass(frozen=True)
class GroundLayer:
    """A layer beneath the texts: photo, scrim, colour, band, pattern, or a picture at a fixed place."""

    name: str
    kind: str
    box: Rect
    keys: Mapping[str, Any]
    when: tuple[str, ...] = ()
    source: str = ""

    def shown(self, values: Mapping[str, str]) -> bool:
        """Whether every condition holds (see :meth:`Node.shown`)."""
        return Node(self.name, self.when).shown(values)
