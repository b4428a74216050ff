"""Putting words on the card: each word's mask is made once per size and quarter pixel, kept, and pasted in a colour."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from humasbot.cards import fonts
from humasbot.cards.cache import Bounded
from humasbot.cards.colour import RGB
from humasbot.cards.fit import Style, Token
from humasbot.cards.flow import TextItem
from humasbot.cards.nodes import Rect
from humasbot.cards.scripts import visual_order
from humasbot.cards.shaping import EMOJI_SCALE, Piece

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

MASK_BYTES = 36_000_000
FINE = 26  # px below which words are put to a quarter of a pixel, above it to a half
LARGE = 48  # px from which half a pixel is not seen: words are put on whole pixels, and one mask serves
_masks: Bounded[tuple[Any, int, int]] = Bounded(MASK_BYTES)
_solids: Bounded[Any] = Bounded(16)
_emojis: Bounded["Image"] = Bounded(4_000_000)


def text(canvas: "Image", item: TextItem, colours: dict[str, RGB]) -> None:
    """Draw the lines of *item*; *colours* holds the colour of each name that its styles use."""
    block, px = item.block, item.px
    left, top, right, _ = item.box
    baseline = top + block.top * px
    for line in item.lines:
        tokens = block.tokens[line[0] : line[1]]
        if line is not item.lines[-1]:
            tokens = _without_separator(tokens)
        room = (right - left) - block.width_of(line) * px
        x = left + room * _share(item, tokens[0].atoms[0][0].direction)
        atoms = _in_order(tokens)
        for word, style, at in atoms:
            colour = colours[style.colour]
            size = px * style.scale
            for piece in word.pieces:
                _piece(canvas, piece, size, x + at * px + piece.x * size, baseline, colour)
        if any(style.struck for _, style, _ in atoms):
            _strike(canvas, atoms, x, baseline, px, colours)
        baseline += item.pitch


def _without_separator(tokens: list[Token]) -> list[Token]:
    """*tokens* without a separator at the end of a line, where it parts nothing."""
    last = tokens[-1]
    word = last.atoms[-1][0]
    if len(word.pieces) != 1 or word.pieces[0].text not in ("·", "•", "|"):
        return tokens
    if len(last.atoms) == 1:
        return tokens[:-1] or tokens
    return [*tokens[:-1], replace(last, atoms=last.atoms[:-1])]


def _share(item: TextItem, direction: str) -> float:
    align = item.node.align
    if direction == "rtl" and align != "center":
        align = "right" if align == "left" else "left"
    return {"left": 0.0, "center": 0.5, "right": 1.0}[align]


def _in_order(tokens: list[Any]) -> list[tuple[Any, Style, float]]:
    """The words of a line with their starts in em, in the order in which they are seen."""
    found: list[tuple[Any, Style, float]] = []
    x = 0.0
    mixed = False
    for token in tokens:
        for word, style, at in token.atoms:
            found.append((word, style, x + at))
            mixed = mixed or word.direction == "rtl"
        x += token.width + token.space
    if not mixed:
        return found
    order = visual_order([word.direction for word, _, _ in found])
    ends = [x + word.advance * style.scale for word, style, x in found]
    spaces = [max(0.0, b[2] - a) for a, b in zip(ends, found[1:], strict=False)]
    placed, x = [], 0.0
    for number, i in enumerate(order):
        word, style, _ = found[i]
        placed.append((word, style, x))
        x += word.advance * style.scale
        if number + 1 < len(order):
            x += spaces[min(i, order[number + 1])]
    return placed


def _piece(canvas: "Image", piece: Piece, px: float, x: float, baseline: float, colour: RGB) -> None:
    y = round(baseline)
    if piece.kind == "emoji":
        picture = _emoji(piece, px)
        canvas.paste(picture, (round(x), y - round(0.93 * EMOJI_SCALE * px)), picture)
        return
    if px >= LARGE:
        whole, phase = round(x), 0
    else:
        whole = int(x // 1)
        phase = int((x - whole) * 4) if px < FINE else int((x - whole) * 2) * 2
    key = (piece.key, px, phase)
    mask, dx, dy = _masks.get(key) or _mask(piece, px, phase, key)
    width, height = mask.size
    if width and height:
        left, top = whole + dx, y + dy
        # What Image.paste does, without its checks, which cost half as much as the work itself; and from a picture of
        # one colour, which Pillow pastes nearly twice as fast as a bare colour (2.0 and 3.6 ns a pixel).
        canvas.im.paste(_solid(colour, width, height), (left, top, left + width, top + height), mask)


def _solid(colour: RGB, width: int, height: int) -> Any:
    """A picture of one colour."""
    found = _solids.get(colour)
    if found is None or found.size[0] < width or found.size[1] < height:
        from PIL import Image

        old = found.size if found is not None else (0, 0)
        found = Image.new("RGB", (max(width, old[0], 640), max(height, old[1], 96)), colour).im
        _solids.put(colour, found)
    return found.crop((0, 0, width, height))


def _mask(piece: Piece, px: float, phase: int, key: tuple[int, float, int]) -> tuple[Any, int, int]:
    """The mask of a piece that starts *phase* quarters of a pixel into a pixel, and its place from there."""
    font = fonts.load(piece.face, px)
    if piece.steps:
        found = _tracked_mask(piece, font, px, phase)
    else:
        direction = "rtl" if piece.kind == "rtl" else None
        core, (dx, dy) = font.getmask2(
            piece.text, "L", direction=direction, anchor="ls", start=(phase / 4, 0)
        )
        found = (core, dx, dy)
    _masks.put(key, found, found[0].size[0] * found[0].size[1] + 400)
    return found


def _tracked_mask(piece: Piece, font: "FreeTypeFont", px: float, phase: int) -> tuple[Any, int, int]:
    """The letters of a tracked text in one mask."""
    from PIL import Image

    letters = []
    for char, start in zip(piece.text, piece.steps, strict=True):
        x = phase / 4 + start * px
        core, (dx, dy) = font.getmask2(char, "L", anchor="ls", start=(x % 1, 0))
        if core.size[0] and core.size[1]:
            letters.append((core, int(x // 1) + dx, dy))
    if not letters:
        return Image.new("L", (0, 0)).im, 0, 0
    left, top = min(x for _, x, _ in letters), min(y for _, _, y in letters)
    right = max(x + core.size[0] for core, x, _ in letters)
    bottom = max(y + core.size[1] for core, _, y in letters)
    whole = Image.new("L", (right - left, bottom - top), 0).im
    for core, x, y in letters:
        whole.paste(255, (x - left, y - top, x - left + core.size[0], y - top + core.size[1]), core)
    return whole, left, top


def _emoji(piece: Piece, px: float) -> "Image":
    key = (piece.key, px)
    found = _emojis.get(key)
    if found is None:
        from PIL import Image, ImageDraw

        font = fonts.load(piece.face, fonts.EMOJI_SIZE)
        wide = max(1, round(font.getlength(piece.text)))
        picture = Image.new("RGBA", (wide, 136), (0, 0, 0, 0))
        ImageDraw.Draw(picture).text((0, 102), piece.text, font=font, embedded_color=True, anchor="ls")
        scale = px * EMOJI_SCALE / fonts.EMOJI_SIZE
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        found = picture.resize(size, Image.Resampling.LANCZOS)
        _emojis.put(key, found, size[0] * size[1] * 4)
    return found


def _strike(
    canvas: "Image",
    atoms: list[tuple[Any, Style, float]],
    x: float,
    baseline: float,
    px: float,
    colours: dict[str, RGB],
) -> None:
    """A line through each stretch of struck words."""
    start: float | None = None
    last = 0.0
    colour: RGB = (0, 0, 0)
    for word, style, at in [*atoms, (None, Style(400, ""), 0.0)]:
        if word is not None and style.struck:
            start = at if start is None else start
            last, colour = at + word.advance * style.scale, colours[style.colour]
        elif start is not None:
            middle, half = baseline - 0.27 * px, max(1.0, 0.035 * px)
            canvas.paste(
                colour,
                (round(x + start * px), round(middle - half), round(x + last * px), round(middle + half)),
            )
            start = None


def ink_box(item: TextItem) -> Rect:
    """The box in px that the lines of *item* take, from the left of the widest to its right, ink included."""
    block, px = item.block, item.px
    wide = max((block.width_of(line) for line in item.lines), default=0.0) * px
    left, top, right, _ = item.box
    x = left + (right - left - wide) * _share(item, item.block.tokens[0].atoms[0][0].direction)
    high = (block.top + (len(item.lines) - 1) * block.pitch + block.bottom) * px
    return x, top, x + wide, top + high
