"""Fitting a text into a width: where its lines break at a size, and how high it is then. All in em until asked in px.

Every word is measured once; a line's width is a difference of two prefix sums, so a trial at another size costs a few
bisections. Breaks are as :mod:`humasbot.cards.breaking` allows.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

from humasbot.cards import evenness, shaping
from humasbot.cards.breaking import HARD, SOFT, WEAK, bonds, kind
from humasbot.cards.cache import Bounded
from humasbot.cards.fonts import CAP_HEIGHT
from humasbot.cards.phrases import Tags
from humasbot.cards.shaping import Word

DESCENT = 0.21  # room kept below a last line, in em, so that blocks sit alike whether or not they have a "g"
AIR = 0.06  # least room between the ink of two lines, in em
NO_BREAK = "\u00a0"
_SLACK = 1e-6
_SPLIT = re.compile(r"[ \t\u2009\u200a\u3000]+")


@dataclass(frozen=True, slots=True)
class Style:
    """How a stretch of text looks, but for its size: weight, colour by name, size relative to the text's, struck.

    ``key`` stands for the style in caches.
    """

    weight: int
    colour: str
    scale: float = 1.0
    tracking: float = 0.0
    struck: bool = False
    key: int = field(default_factory=count().__next__, compare=False, repr=False)


Atom: TypeAlias = tuple[Word, Style, float]
"""A word, its style, and its start in em within its token."""


@dataclass(slots=True)
class Token:
    """What no line break may part: one word, or several bound together. Shared between texts: never changed."""

    atoms: list[Atom]
    width: float
    space: float  # of the space that parts it from the next
    top: float
    bottom: float
    kind: int = 0


Span: TypeAlias = tuple[int, int]
"""The first token of a line, and the one after its last."""


class Block:
    """One text, measured and ready to be broken at any size."""

    __slots__ = (
        "_ends",
        "_starts",
        "bottom",
        "leading",
        "length",
        "longest",
        "paragraphs",
        "pitch",
        "tokens",
        "top",
    )

    def __init__(self, tokens: list[list[Token]], leading: float, length: int) -> None:
        self.length = length
        self.leading = leading
        self.tokens: list[Token] = []
        self.paragraphs: list[Span] = []
        self._starts: list[float] = []
        self._ends: list[float] = []
        x = 0.0
        self.longest = self.top = self.bottom = 0.0
        for paragraph in tokens:
            first = len(self.tokens)
            for token in paragraph:
                self.tokens.append(token)
                self._starts.append(x)
                self._ends.append(x + token.width)
                x += token.width + token.space
                if token.width > self.longest:
                    self.longest = token.width
                if token.top > self.top:
                    self.top = token.top
                if token.bottom > self.bottom:
                    self.bottom = token.bottom
            self.paragraphs.append((first, len(self.tokens)))
        self.top = max(self.top, CAP_HEIGHT)
        self.pitch = max(leading, self.top + self.bottom + AIR)

    def count(self, width: float) -> int:
        """How many lines the text takes at *width* em; 0 where one token is wider than that."""
        if self.longest > width + _SLACK:
            return 0
        starts, ends, lines = self._starts, self._ends, 0
        for at, stop in self.paragraphs:
            while at < stop:
                at = bisect_right(ends, starts[at] + width + _SLACK, at, stop)
                lines += 1
        return lines

    def height(self, lines: int, descent: float = DESCENT) -> float:
        """From the top of the first line's capitals (or higher ink) to below the last line, in em; at least *descent*
        is kept there."""
        return self.top + (lines - 1) * self.pitch + max(self.bottom, descent) if lines else 0.0

    def balanced(self, width: float) -> list[Span]:
        """The lines at *width* em, made as even as they can be without adding a line; small words are kept off the
        ends of a short text's lines."""
        found: list[Span] = []
        for first, stop in self.paragraphs:
            lines = self._broken(first, stop, width)
            if len(lines) > 1:
                low = max(
                    self.longest_of(first, stop), (self._ends[stop - 1] - self._starts[first]) / len(lines)
                )
                high = width
                for _ in range(9):
                    middle = (low + high) / 2
                    tried = self._broken(first, stop, middle)
                    if len(tried) <= len(lines):
                        high, lines = middle, tried
                    else:
                        low = middle
                lines = self._evened(lines, width) or lines
            found += lines
        return found

    def _evened(self, lines: list[Span], width: float) -> list[Span]:
        first, stop = lines[0][0], lines[-1][1]
        if stop - first > evenness.MOST_WORDS and not evenness.ragged(lines, self._starts, self._ends):
            return []
        weak = [bool(token.kind & WEAK) for token in self.tokens]
        return evenness.even(first, stop, len(lines), width + _SLACK, self._starts, self._ends, weak)

    def longest_of(self, first: int, stop: int) -> float:
        """The widest token from *first* to before *stop*, in em."""
        return max(token.width for token in self.tokens[first:stop])

    def width_of(self, line: Span) -> float:
        """The width of one line, in em."""
        return self._ends[line[1] - 1] - self._starts[line[0]]

    def natural(self) -> float:
        """The width of the widest paragraph on one line, in em."""
        return max((self.width_of(p) for p in self.paragraphs if p[1] > p[0]), default=0.0)

    def _broken(self, at: int, stop: int, width: float) -> list[Span]:
        starts, ends = self._starts, self._ends
        lines: list[Span] = []
        while at < stop:
            after = max(bisect_right(ends, starts[at] + width + _SLACK, at, stop), at + 1)
            lines.append((at, after))
            at = after
        return lines


@dataclass(slots=True)
class Measured:
    """The words of a text, measured, with the bonds between them."""

    words: list[list[Token]]
    bonds: list[list[int]]
    leading: float
    length: int

    @property
    def has_soft(self) -> bool:
        """Whether it has bonds that may be undone."""
        return any(SOFT in kinds for kinds in self.bonds)

    def bound(self) -> Block:
        """The text with all its bonds."""
        return self._block(SOFT)

    def loose(self) -> Block:
        """The text with its firm bonds only."""
        return self._block(HARD)

    def _block(self, least: int) -> Block:
        lines = [_joined(words, kinds, least) for words, kinds in zip(self.words, self.bonds, strict=True)]
        return Block(lines, self.leading, self.length)


def measure(spans: Sequence[tuple[str, Tags]], style: Callable[[Tags], Style], leading: float) -> Measured:
    """Measure a text given as stretches with their tags. Raises MissingGlyph; see :func:`shaping.word`."""
    if len(spans) == 1:
        text, tags = spans[0]
        look = style(tags)
        paragraphs = [[_word(part, look) for part in _SPLIT.split(line) if part] for line in text.split("\n")]
    else:
        paragraphs = [[_token(pieces) for pieces in words] for words in _paragraphs(spans, style)]
    words = [paragraph for paragraph in paragraphs if paragraph]
    kinds = [bonds([token.kind for token in paragraph]) for paragraph in words]
    return Measured(words, kinds, leading, sum(len(text) for text, _ in spans))


_Pieces: TypeAlias = list[tuple[str, Style]]
_tokens: Bounded[Token] = Bounded(12_000)


def _word(text: str, look: Style) -> Token:
    key = (text, look.key)
    found = _tokens.get(key)
    if found is None:
        found = _token([(text, look)])
        _tokens.put(key, found)
    return found


def _paragraphs(spans: Sequence[tuple[str, Tags]], style: Callable[[Tags], Style]) -> list[list[_Pieces]]:
    """The words of each paragraph; a word is a list of pieces, for its style may change within it."""
    found: list[list[_Pieces]] = [[]]
    open_word = False
    for text, tags in spans:
        look = style(tags)
        for number, line in enumerate(text.split("\n")):
            if number:
                found.append([])
                open_word = False
            for i, part in enumerate(_SPLIT.split(line)):
                if i:
                    open_word = False
                if not part:
                    continue
                if open_word:
                    found[-1][-1].append((part, look))
                else:
                    found[-1].append([(part, look)])
                open_word = True
    return found


def _token(pieces: _Pieces) -> Token:
    """One word measured; a no-break space in it is a space that is never broken at."""
    atoms: list[Atom] = []
    x = width = top = bottom = 0.0
    for text, look in pieces:
        for i, part in enumerate(text.split(NO_BREAK)):
            if i:
                x += shaping.space(look.weight) * look.scale
            if part:
                measured = shaping.word(part, look.weight, look.tracking)
                atoms.append((measured, look, x))
                width = x + measured.advance * look.scale
                x = width + look.tracking * look.scale
                top, bottom = max(top, measured.top * look.scale), max(bottom, measured.bottom * look.scale)
    space = (shaping.space(look.weight) + 2 * max(0.0, look.tracking)) * look.scale
    return Token(atoms, width, space, top, bottom, kind("".join(text for text, _ in pieces)))


def _joined(words: list[Token], kinds: list[int], least: int) -> list[Token]:
    """*words* with those bound at *least* so firmly made one token."""
    if max(kinds, default=0) < least:
        return words
    found: list[Token] = []
    for word, bond in zip(words, kinds, strict=True):
        if bond >= least and found:
            last = found[-1]
            x = last.width + last.space
            atoms = [*last.atoms, *((measured, look, x + at) for measured, look, at in word.atoms)]
            high, low = max(last.top, word.top), max(last.bottom, word.bottom)
            found[-1] = Token(atoms, x + word.width, word.space, high, low, word.kind)
        else:
            found.append(word)
    return found
