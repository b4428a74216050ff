"""Why a unit does not fit, told as the one field to shorten and how much of it would fit."""

from humasbot.cards.cells import AnyCell, TextCell, texts
from humasbot.cards.fit import Block
from humasbot.cards.measure import grid, height_of, own_width, row_widths
from humasbot.cards.nodes import ListNode, StackNode, Unit
from humasbot.cards.results import FitError

MOST = 99.0  # times too much, where nothing fits at all


def blame(unit: Unit, cell: AnyCell, size: tuple[int, int]) -> FitError:
    """The error for *unit*, whose *cell* does not fit at the smallest sizes on a card of *size*."""
    left, top, right, bottom = unit.box
    width, height = right - left, bottom - top
    found = list(texts(cell))
    for text in found:
        room = _room_of(cell, text, width) - text.node.pad.left - text.node.pad.right
        needed = text.block.longest * text.node.px(0.0)
        if needed > room > 0 and not (_of_brand(text) and any(not _of_brand(other) for other in found)):
            return FitError(text.node.field_name, text.block.length, 0, needed / room - 1, size)
    over = min(height_of(cell, width, 0.0) / height - 1, MOST)
    for text in sorted(found, key=lambda c: (_of_brand(c), -c.block.length)):
        part = _part_that_fits(cell, text, width, height)
        if part > 0:
            over = over if over < MOST else 1 / part - 1
            return FitError(
                text.node.field_name, text.block.length, int(text.block.length * part), over, size
            )
    rows = _rows_that_fit(cell, cell, width, height)
    if rows is not None:
        return FitError(rows[0], rows[2], rows[1], over, size, rows=True)
    longest = max(found, key=lambda c: (not _of_brand(c), c.block.length))
    return FitError(longest.node.field_name, longest.block.length, 0, over, size)


def _of_brand(text: TextCell) -> bool:
    """Whether *text* shows the brand: what the writer of a card cannot shorten, so the last to be blamed."""
    return text.node.field_name.startswith("brand.")


def _part_that_fits(root: AnyCell, text: TextCell, width: float, height: float) -> float:
    """What part of *text* would let *root* fit, all else as it is; 0: not even without it."""
    whole = text.block
    low, most = 0, len(whole.tokens)
    while low < most:
        middle = (low + most + 1) // 2
        text.block = Block([whole.tokens[:middle]], whole.leading, whole.length)
        fits = height_of(root, width, 0.0) <= height
        low, most = (middle, most) if fits else (low, middle - 1)
    text.block = whole
    total = sum(t.width + t.space for t in whole.tokens)
    return sum(t.width + t.space for t in whole.tokens[:low]) / total if total else 0.0


def _rows_that_fit(root: AnyCell, cell: AnyCell, width: float, height: float) -> tuple[str, int, int] | None:
    """The first list within *cell*: its field, how many of its rows fit, how many it has."""
    if isinstance(cell, TextCell):
        return None
    if isinstance(cell.node, ListNode):
        rows, kept = cell.cells, len(cell.cells)
        while kept > 1 and height_of(root, width, 0.0) > height:
            kept -= 1
            cell.cells = rows[:kept]
        fits = height_of(root, width, 0.0) <= height
        cell.cells = rows
        return (cell.node.source, kept if fits else 0, len(rows)) if len(rows) > 1 else None
    return next((f for c in cell.cells if (f := _rows_that_fit(root, c, width, height)) is not None), None)


def _room_of(root: AnyCell, wanted: TextCell, width: float) -> float:
    """The width in px that *wanted* has within *root* at the smallest sizes; 0 where it is not in it."""
    if root is wanted:
        return width
    if isinstance(root, TextCell):
        return 0.0
    inner = width - root.node.pad.left - root.node.pad.right
    if isinstance(root.node, ListNode):
        shares = [w for line in grid(root, inner) for _, w in line]
    elif isinstance(root.node, StackNode) and root.node.row:
        shares = row_widths(root, inner, 0.0)
    else:
        shares = [own_width(c, inner, 0.0) for c in root.cells]
    return next((r for c, w in zip(root.cells, shares, strict=True) if (r := _room_of(c, wanted, w))), 0.0)
