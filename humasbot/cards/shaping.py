"""One word, measured once: how wide it is and how far its ink reaches, in em, so that any size follows by scaling."""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from humasbot.cards import fonts
from humasbot.cards.cache import Bounded
from humasbot.cards.scripts import COMPLEX, direction, runs
from humasbot.errors import InputError
from humasbot.words import t

REFERENCE = (
    100  # px at which words are measured; scaling from there errs by less than 1e-4 (facts, 2026-11-22)
)
KEPT = 20_000
EMOJI_SCALE = 0.9  # of the emoji font's own size: level with capitals
_EMOJI_WIDE, _EMOJI_UP, _EMOJI_DOWN = 1.245 * EMOJI_SCALE, 0.95 * EMOJI_SCALE, 0.25 * EMOJI_SCALE


class MissingGlyph(InputError):
    """No font at hand has these characters; ``text`` holds them."""

    def __init__(self, text: str) -> None:
        self.text = text
        if any(ord(c) > 0x1F000 or ord(c) in (0xFE0F, 0x20E3) for c in text):
            how = t(
                "pasang paket fonts-noto-color-emoji, atau hapus emoji itu",
                "install the package fonts-noto-color-emoji, or remove the emoji",
            )
        else:
            how = t("ganti atau hapus huruf itu", "replace or remove it")
        codes = " ".join(f"U+{ord(c):04X}" for c in text[:4])
        super().__init__(
            t(
                'Tidak ada fon yang memiliki huruf "{x}" ({codes}): {how}.',
                'No font has the character "{x}" ({codes}): {how}.',
                x=text[:8], codes=codes, how=how,
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a word in one font: *x* em from the word's start. ``key`` stands for font, text and tracking."""

    face: fonts.Face
    text: str
    x: float
    kind: str = ""  # "" (text), "rtl" or "emoji"
    steps: tuple[float, ...] = ()  # where each letter of a tracked text starts, in em
    key: int = field(default_factory=count().__next__)


@dataclass(frozen=True, slots=True)
class Word:
    """A measured word, in em: its advance, and how far its ink rises above and falls below the baseline."""

    pieces: tuple[Piece, ...]
    advance: float
    top: float
    bottom: float
    direction: str


_words: Bounded[Word] = Bounded(KEPT)


def word(text: str, weight: int, tracking: float = 0.0) -> Word:
    """The measures of *text* (no spaces) at *weight* with *tracking* em between letters.

    Raises MissingGlyph, or InputError where shaping is needed and cannot be done here.
    """
    key = (text, weight, tracking)
    found = _words.get(key)
    if found is None:
        found = _measure(text, weight, tracking)
        _words.put(key, found)
    return found


@lru_cache(maxsize=32)
def space(weight: int) -> float:
    """The advance of a space, in em: the font's own (0.17, made for headlines) and a little, more where it is light."""
    own = fonts.load(fonts.sans(weight), REFERENCE).getlength(" ") / REFERENCE
    return own + (0.055 if weight < 600 else 0.035 if weight < 800 else 0.02)


def _measure(text: str, weight: int, tracking: float) -> Word:
    pieces: list[Piece] = []
    x, top, bottom = 0.0, 0.0, 0.0
    way = direction(text)
    parts = runs(text, weight)
    missing = "".join(run.missing for run in parts)
    if missing:
        raise MissingGlyph(missing)
    if way == "rtl" and len(parts) > 1:
        parts = parts[::-1]
    for run in parts:
        if run.face is None:
            continue
        if run.script in COMPLEX:
            fonts.require_shaping(run.text)
        if run.script == "emoji":
            pieces.append(Piece(run.face, run.text, x, "emoji"))
            x, top, bottom = x + _EMOJI_WIDE + 0.04, max(top, _EMOJI_UP), max(bottom, _EMOJI_DOWN)
            continue
        spread = tracking if run.script == "latin" else 0.0
        font = fonts.load(run.face, REFERENCE)
        kind = "rtl" if run.script == "arabic" else ""
        _, up, right, down = font.getbbox(run.text, anchor="ls", direction=kind or None)
        top, bottom = max(top, -up / REFERENCE), max(bottom, down / REFERENCE)
        if spread:
            starts, end = _tracked(run.face, run.text, spread)
            pieces.append(Piece(run.face, run.text, x, kind, starts))
            x += end
        else:
            pieces.append(Piece(run.face, run.text, x, kind))
            wide = font.getlength(run.text, direction=kind or None)
            # A last vowel sign of Javanese, Balinese and their kin stands out beyond its letter's advance.
            x += (max(wide, right) if run.script in COMPLEX else wide) / REFERENCE
    return Word(tuple(pieces), x, top, bottom, way)


def _tracked(face: fonts.Face, text: str, tracking: float) -> tuple[tuple[float, ...], float]:
    """Where each letter of *text* starts with *tracking* em between them, kerning kept, and where the last ends."""
    starts: list[float] = []
    x = 0.0
    for i, char in enumerate(text):
        starts.append(x)
        following = text[i + 1 : i + 2]
        x += _step(face, char, following) + (tracking if following else 0.0)
    return tuple(starts), x


@lru_cache(maxsize=8192)
def _step(face: fonts.Face, char: str, following: str) -> float:
    """From the start of *char* to the start of the letter *following* it (``""``: to its own end), in em."""
    font = fonts.load(face, REFERENCE)
    long = font.getlength(char + following) - (font.getlength(following) if following else 0.0)
    return long / REFERENCE
