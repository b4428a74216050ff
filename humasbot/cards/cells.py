"""A card's content hung on the nodes of its plan: texts measured, rows counted, what is empty left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from humasbot.cards.fit import Block, Measured, measure
from humasbot.cards.nodes import AnyNode, ListNode, PictureNode, StackNode, TextNode

Values: TypeAlias = Mapping[str, str]
Rows: TypeAlias = Mapping[str, Sequence[Values]]


@dataclass(slots=True)
class Cell:
    """A node (no text) with this card's content; *values* are the row's within a list."""

    node: PictureNode | StackNode | ListNode
    cells: list["AnyCell"] = field(default_factory=list)
    values: Values = field(default_factory=dict)
    columns: int = 1


@dataclass(slots=True)
class TextCell:
    """A text with its measures."""

    node: TextNode
    measured: Measured
    block: Block
    steady: bool = False  # within a list, whose rows keep one size
    widest: float = 0.0  # em, of this text and those below it in its column


AnyCell: TypeAlias = Cell | TextCell


def build(node: AnyNode, values: Values, rows: Rows, logo: bool, steady: bool = False) -> AnyCell | None:
    """The cell of *node*, or ``None`` where there is nothing to show. Raises MissingGlyph."""
    if node.when and not node.shown(values):
        return None
    if isinstance(node, TextNode):
        spans = node.phrase.spans(values)
        if node.upper:
            spans = [(text.upper(), tags) for text, tags in spans]
        if not any(text.strip() for text, _ in spans):
            return None
        measured = measure(spans, node.look, node.leading)
        return TextCell(node, measured, measured.bound(), steady)
    if isinstance(node, PictureNode):
        if (node.source and not values.get(node.source)) or (node.kind == "logo" and not logo):
            return None
        return Cell(node, values=values)
    if isinstance(node, ListNode):
        items = (build(node.item, {**values, **row}, rows, logo, True) for row in rows.get(node.source, ()))
        cells = [cell for cell in items if cell is not None]
        _set_columns(cells)
        return Cell(node, cells, columns=min(node.columns, len(cells))) if cells else None
    cells = [c for child in node.children if (c := build(child, values, rows, logo, steady)) is not None]
    return Cell(node, cells) if cells or node.background or node.grow else None


def _set_columns(rows: Sequence[AnyCell]) -> None:
    """Tell each text of *rows* that stands in a column how wide the widest in it is."""
    columns: dict[str, list[TextCell]] = {}
    for row in rows:
        for cell in row.cells if isinstance(row, Cell) else ():
            if isinstance(cell, TextCell) and cell.node.width == "column":
                columns.setdefault(cell.node.name, []).append(cell)
    for column in columns.values():
        widest = max(cell.block.natural() for cell in column)
        for cell in column:
            cell.widest = widest


def texts(cell: AnyCell) -> Iterator[TextCell]:
    """Every text in *cell*, in order."""
    if isinstance(cell, TextCell):
        yield cell
    else:
        for inside in cell.cells:
            yield from texts(inside)
