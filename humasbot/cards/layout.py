"""A card laid out: every unit of its plan fitted and placed, the zones they take, and no text upon another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from humasbot.cards import paint
from humasbot.cards.blame import blame
from humasbot.cards.cells import Rows, Values, build
from humasbot.cards.flow import Item, TextItem, lay_out
from humasbot.cards.nodes import Rect, Unit
from humasbot.cards.plan import Plan
from humasbot.errors import TemplateError
from humasbot.words import t

STEP = 1 / 12  # of a side: zones are rounded outwards to it, so that cards alike share one flattened ground


@dataclass(frozen=True)
class Zone:
    """Where a unit's texts stand, and the names of the colours of those that stand on the ground itself."""

    name: str
    box: Rect
    colours: tuple[str, ...]


@dataclass
class Drawing:
    """What is to be drawn over the ground, in order, each with the number of its zone in *zones*."""

    items: list[tuple[Item, int]] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    texts: list[tuple[TextItem, int, Rect]] = field(default_factory=list)

    def add(self, unit: Unit, items: Sequence[Item], box: Rect, size: tuple[int, int]) -> None:
        """Take in a placed unit."""
        number = len(self.zones)
        self.zones.append(_zone(unit, items, box, size))
        for item in items:
            self.items.append((item, number))
            if isinstance(item, TextItem):
                self.texts.append((item, number, paint.ink_box(item)))


def lay(
    plan: Plan, units: Sequence[Unit], values: Values, rows: Rows, logo: bool, besides: Drawing | None = None
) -> Drawing:
    """Fit and place *units* of *plan*; *besides* is what is already placed. Where the agency's name is too long for a
    unit, its short name stands there.

    Raises FitError (a text does not fit), MissingGlyph, TemplateError (two units lie upon one another).
    """
    drawing = Drawing()
    for unit in units:
        cell = build(unit.root, values, rows, logo)
        if cell is None:
            continue
        laid = lay_out(unit, cell)
        if laid is None and values.get("brand.short") != values.get("brand.name"):
            short = build(unit.root, {**values, "brand.name": values["brand.short"]}, rows, logo)
            laid = lay_out(unit, short) if short is not None else None
        if laid is None:
            raise blame(unit, cell, plan.size)
        drawing.add(unit, *laid, plan.size)
    _no_overlaps(plan, drawing, besides)
    return drawing


def _zone(unit: Unit, items: Sequence[Item], box: Rect, size: tuple[int, int]) -> Zone:
    """The unit's place rounded outwards within its box, and its colours."""
    wide, high = size[0] * STEP, size[1] * STEP
    colours = {
        style.colour
        for item in items
        if isinstance(item, TextItem) and not item.ground
        for style in (item.node.style, *item.node.styles.values())
    }
    left, top, right, bottom = unit.box
    rounded = (
        max(box[0] // wide * wide, left),
        max(box[1] // high * high, top),
        min(-(-box[2] // wide) * wide, right),
        min(-(-box[3] // high) * high, bottom),
    )
    return Zone(unit.root.name, rounded, tuple(sorted(colours)))


def _no_overlaps(plan: Plan, drawing: Drawing, besides: Drawing | None) -> None:
    others = [(item, -1 - number, box) for item, number, box in besides.texts] if besides else []
    for i, (item, number, one) in enumerate(drawing.texts):
        for other_item, other_number, other in (*drawing.texts[i + 1 :], *others):
            if (
                number != other_number
                and one[0] < other[2] - 1
                and other[0] < one[2] - 1
                and one[1] < other[3] - 1
                and other[1] < one[3] - 1
            ):
                raise TemplateError(
                    t(
                        'Templat {f}: lapisan "{a}" dan "{b}" bertumpuk pada ukuran {w}×{h}; jauhkan kotaknya.',
                        'Template {f}: the layers "{a}" and "{b}" overlap at {w}×{h}; move their boxes apart.',
                        f=plan.template.name, a=item.node.name, b=other_item.node.name,
                        w=plan.size[0], h=plan.size[1],
                    )
                )  # fmt: skip
