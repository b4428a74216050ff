"""Placing: every member of a unit gets its box, every text its size and lines."""

from dataclasses import dataclass
from typing import TypeAlias

from humasbot.cards.cells import AnyCell, Cell, TextCell, Values
from humasbot.cards.fit import Block, Span
from humasbot.cards.measure import gaps, grid, height_of, largest, list_gap, own_width, row_widths, size_of
from humasbot.cards.nodes import ListNode, Node, PictureNode, Rect, StackNode, TextNode, Unit


@dataclass(slots=True)
class TextItem:
    """A text with its final size, lines and place (the box around it, padding excluded)."""

    node: TextNode
    block: Block
    px: float
    lines: list[Span]
    box: Rect
    ground: tuple[str, ...]  # backgrounds beneath it that belong to its unit, the lowest first

    @property
    def pitch(self) -> float:
        """From one baseline to the next, in px."""
        return self.block.pitch * self.px


@dataclass(slots=True)
class BoxItem:
    """A filled, perhaps rounded, box behind what follows."""

    colour: str
    box: Rect
    radius: float


@dataclass(slots=True)
class PictureItem:
    """A picture to draw into its box."""

    node: PictureNode
    box: Rect
    values: Values
    ground: tuple[str, ...]


Item: TypeAlias = TextItem | BoxItem | PictureItem


def place(cell: AnyCell, box: Rect, part: float, ground: tuple[str, ...], out: list[Item]) -> None:
    """Put *cell* into *box* (its outer box) at *part*, adding what is to be drawn to *out*."""
    pad = cell.node.pad
    if cell.node.background:
        out.append(BoxItem(cell.node.background, box, cell.node.radius))
        ground = (*ground, cell.node.background)
    inner = (box[0] + pad.left, box[1] + pad.top, box[2] - pad.right, box[3] - pad.bottom)
    if isinstance(cell, TextCell):
        px, _ = size_of(cell, inner[2] - inner[0], part)
        out.append(
            TextItem(
                cell.node, cell.block, px, cell.block.balanced((inner[2] - inner[0]) / px), inner, ground
            )
        )
        return
    node = cell.node
    if isinstance(node, PictureNode):
        out.append(PictureItem(node, inner, cell.values, ground))
    elif isinstance(node, ListNode):
        _place_list(cell, node, inner, part, ground, out)
    elif node.row:
        _place_row(cell, node, inner, part, ground, out)
    else:
        _place_column(cell, node, inner, part, ground, out)


def _place_column(
    cell: Cell, node: StackNode, inner: Rect, part: float, ground: tuple[str, ...], out: list[Item]
) -> None:
    room = inner[2] - inner[0]
    widths = [own_width(c, room, part) for c in cell.cells]
    heights = [height_of(c, w, part) for c, w in zip(cell.cells, widths, strict=True)]
    between = [0.0, *gaps(cell, part)]
    spare = max(0.0, inner[3] - inner[1] - sum(heights) - sum(between))
    growing = [i for i, c in enumerate(cell.cells) if c.node.grow]
    y = inner[1]
    if growing:
        for i in growing:
            heights[i] += spare / len(growing)
    elif node.valign == "spread" and len(cell.cells) > 1:
        between = [0.0, *(g + spare / (len(cell.cells) - 1) for g in between[1:])]
    else:
        y += spare * {"top": 0.0, "spread": 0.0, "middle": 0.5, "bottom": 1.0}[node.valign]
    for c, wide, high, gap in zip(cell.cells, widths, heights, between, strict=True):
        y += gap
        x = _aligned(inner[0], room, wide, node)
        place(c, (x, y, x + wide, y + high), part, ground, out)
        y += high


def _place_row(
    cell: Cell, node: StackNode, inner: Rect, part: float, ground: tuple[str, ...], out: list[Item]
) -> None:
    room = inner[2] - inner[0]
    widths = row_widths(cell, room, part)
    between = [0.0, *gaps(cell, part)]
    x = _aligned(inner[0], room, sum(widths) + sum(between), node)
    for c, wide, gap in zip(cell.cells, widths, between, strict=True):
        x += gap
        high = height_of(c, wide, part)
        spare = max(0.0, inner[3] - inner[1] - high)
        if c.node.grow:
            high, spare = inner[3] - inner[1], 0.0
        y = inner[1] + spare * {"top": 0.0, "spread": 0.0, "middle": 0.5, "bottom": 1.0}[node.valign]
        place(c, (x, y, x + wide, y + high), part, ground, out)
        x += wide


def _place_list(
    cell: Cell, node: ListNode, inner: Rect, part: float, ground: tuple[str, ...], out: list[Item]
) -> None:
    lines = grid(cell, inner[2] - inner[0])
    gap = list_gap(node, part)
    heights = [max(height_of(c, w, part) for c, w in line) for line in lines]
    spare = max(0.0, inner[3] - inner[1] - sum(heights) - gap * (len(lines) - 1)) if node.grow else 0.0
    heights = [h + spare / len(lines) for h in heights]
    y = inner[1]
    for number, (line, high) in enumerate(zip(lines, heights, strict=True)):
        if number:
            if node.divider:
                middle = y + gap / 2
                half = node.divider_width / 2
                out.append(BoxItem(node.divider, (inner[0], middle - half, inner[2], middle + half), 0))
            y += gap
        x = inner[0]
        for c, wide in line:
            place(c, (x, y, x + wide, y + high), part, ground, out)
            x += wide + node.column_gap
        y += high


def _aligned(left: float, room: float, wide: float, node: Node) -> float:
    return left + (room - wide) * {"left": 0.0, "center": 0.5, "right": 1.0}[node.align]


def lay_out(unit: Unit, cell: AnyCell) -> tuple[list[Item], Rect] | None:
    """Everything of *unit* placed, and the box it truly takes; ``None`` where it cannot fit."""
    left, top, right, bottom = unit.box
    part = largest(cell, right - left, bottom - top)
    if part is None:
        return None
    wide = own_width(cell, right - left, part)
    high = height_of(cell, wide, part)
    if cell.node.grow:
        high = bottom - top
    x = left + (right - left - wide) * {"left": 0.0, "center": 0.5, "right": 1.0}[cell.node.align]
    y = top + (bottom - top - high) * {"top": 0.0, "spread": 0.0, "middle": 0.5, "bottom": 1.0}[unit.valign]
    if unit.valign == "spread":
        high = bottom - top
    out: list[Item] = []
    box = (x, y, x + wide, y + high)
    place(cell, box, part, (), out)
    return out, box
