"""How large: the height of a cell at a trial size, how rows share their width, and the largest size at which all fit.

All texts of one unit shrink together, each between its own largest and smallest size, so that their hierarchy stays.
"""

from math import inf

from humasbot.cards.cells import AnyCell, Cell, TextCell, texts
from humasbot.cards.nodes import ListNode, PictureNode, StackNode

TRIALS = 8
CLOSE = 0.02  # of the range of sizes: about a pixel
HEADLINE = 44  # px from which a text counts as a headline
COLUMN = 0.5  # of a row: more a column of it never takes
KEEP_BONDS = 0.8
"""Soft bonds (no word alone on a last line, a title with its name) are kept while they cost less of size."""


def height_of(cell: AnyCell, width: float, part: float) -> float:
    """The height in px of *cell* in *width* px at *part* of its sizes; infinite where it cannot be laid out."""
    inner = width - cell.node.pad.left - cell.node.pad.right
    if inner <= 0:
        return inf
    around = cell.node.pad.top + cell.node.pad.bottom
    if isinstance(cell, TextCell):
        px, lines = size_of(cell, inner, part)
        if lines == 0 or (cell.node.max_lines and lines > cell.node.max_lines):
            return inf
        # On a chip the ink itself is centred; elsewhere room for a descender is kept, so that lines sit alike.
        return (
            around
            + (cell.block.height(lines, 0.0) if cell.node.background else cell.block.height(lines)) * px
        )
    node = cell.node
    if isinstance(node, PictureNode):
        return inf if isinstance(node.width, float) and node.width > width + 0.5 else around + node.height
    if isinstance(node, ListNode):
        heights = [max(height_of(c, w, part) for c, w in line) for line in grid(cell, inner)]
        return around + sum(heights) + list_gap(node, part) * (len(heights) - 1)
    if node.row:
        shares = row_widths(cell, inner, part)
        tallest = max((height_of(c, w, part) for c, w in zip(cell.cells, shares, strict=True)), default=0.0)
        return max(around + tallest, node.height)
    total = sum(height_of(c, own_width(c, inner, part), part) for c in cell.cells)
    return max(around + total + sum(gaps(cell, part)), node.height)


def size_of(cell: TextCell, width: float, part: float) -> tuple[float, int]:
    """The size in px of a text in *width* px at *part*, and its lines; 0 lines where a word is too wide.

    A headline that a slightly smaller size sets in fewer lines takes that size: it is better balanced so. A label of
    at most two lines stands on one if it can. Texts in the rows of a list keep one size.
    """
    px = cell.node.px(part)
    lines = cell.block.count(width / px)
    if lines > 1 and px >= HEADLINE and not cell.steady:
        smaller = max(cell.node.small, float(int(px * 0.92)))
        fewer = cell.block.count(width / smaller)
        if fewer and fewer < lines:
            return smaller, fewer
    if lines == 2 and cell.node.max_lines == 2 and not cell.steady:
        one = int(2 * width / max(cell.block.natural(), 0.01)) / 2
        if cell.node.small <= one <= px:
            return one, 1
    return px, lines


def gaps(cell: Cell, part: float) -> list[float]:
    """The gap before each member but the first, in px; smaller where the texts are smaller."""
    node = cell.node
    own = node.gap if isinstance(node, StackNode) else 0.0
    tight = 0.6 + 0.4 * part
    return [(own if c.node.before is None else c.node.before) * tight for c in cell.cells[1:]]


def list_gap(node: ListNode, part: float) -> float:
    """The gap between the rows of a list at *part*, in px."""
    return node.gap * (0.45 + 0.55 * part)


def own_width(cell: AnyCell, room: float, part: float) -> float:
    """How wide *cell* wants to be where *room* px are to be had."""
    node = cell.node
    if isinstance(node.width, float):
        return min(node.width, room) if not isinstance(node, PictureNode) else node.width
    if node.width == "fill":
        return room
    around = node.pad.left + node.pad.right
    if isinstance(cell, TextCell):
        most = room * COLUMN if node.width == "column" else room
        return min(most, max(cell.block.natural(), cell.widest) * cell.node.px(part) + around + 0.01)
    if isinstance(node, StackNode) and isinstance(cell, Cell):
        inner = room - around
        wide = [own_width(c, inner, part) for c in cell.cells]
        content = sum(wide) + sum(gaps(cell, part)) if node.row else max(wide, default=0.0)
        return min(room, content + around)
    return room


def row_widths(cell: Cell, room: float, part: float) -> list[float]:
    """The widths of a row's members: fixed and hugging ones first, the rest shared by those that fill."""
    left = room - sum(gaps(cell, part))
    widths = [0.0] * len(cell.cells)
    filling = [i for i, c in enumerate(cell.cells) if c.node.width == "fill"]
    for i, c in enumerate(cell.cells):
        if i not in filling:
            widths[i] = own_width(c, max(left, 1.0), part)
            left -= widths[i]
    for i in filling:
        widths[i] = max(left, 0.0) / len(filling)
    return widths


def grid(cell: Cell, inner: float) -> list[list[tuple[AnyCell, float]]]:
    """The items of a list in lines, each with its width in px, where *inner* px are to be had."""
    node = cell.node
    if not isinstance(node, ListNode):
        return []
    n = cell.columns
    wide = (inner - node.column_gap * (n - 1)) / n
    return [[(c, wide) for c in cell.cells[i : i + n]] for i in range(0, len(cell.cells), n)]


def largest(cell: AnyCell, width: float, height: float) -> float | None:
    """The largest part (0 to 1) at which *cell* fits into *width* × *height* px, or ``None``; soft bonds are undone
    where they would make the texts much smaller."""
    bound = _largest(cell, width, height)
    soft = [c for c in texts(cell) if c.measured.has_soft] if bound != 1.0 else []
    if not soft or (bound is not None and _keeps(soft, bound, 1.0)):
        return bound
    kept = [c.block for c in soft]
    for c in soft:
        c.block = c.measured.loose()
    free = _largest(cell, width, height)
    if bound is not None and (free is None or _keeps(soft, bound, free)):
        for c, block in zip(soft, kept, strict=True):
            c.block = block
        return bound
    return free


def _keeps(cells: list[TextCell], bound: float, free: float) -> bool:
    return all(c.node.px(bound) >= KEEP_BONDS * c.node.px(free) for c in cells)


def _largest(cell: AnyCell, width: float, height: float) -> float | None:
    """The search itself. A text's height goes with the square of its size, so each trial is well guessed: three or
    four are enough where halving takes seven, and layout is most of what a card costs beyond its pixels."""
    high, above = 1.0, height_of(cell, width, 1.0)
    if above <= height:
        return 1.0
    low, below = 0.0, 0.0
    guess = 1 - 2 * (1 - (height / above) ** 0.5)
    for _ in range(TRIALS):
        edge = (high - low) * 0.06
        middle = min(max(guess, low + edge), high - edge) if above < inf else (low + high) / 2
        reached = height_of(cell, width, middle)
        if reached <= height:
            low, below = middle, reached
        else:
            high, above = middle, reached
        if high - low < CLOSE or (low and below > height * 0.985):
            break
        known = below if low else height * 0.5
        spread = above**0.5 - known**0.5
        guess = (
            low + (high - low) * (height**0.5 - known**0.5) / spread if 0 < spread < inf else (low + high) / 2
        )
    if low or height_of(cell, width, 0.0) <= height:
        return low
    return None
