"""Which script a text is in: runs of one script and one font, and the order of words that run right to left."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from humasbot.cards import fonts
from humasbot.cards.fonts import Face

_BLOCKS = (
    ("arabic", 0x0600, 0x06FF), ("arabic", 0x0750, 0x077F), ("arabic", 0x08A0, 0x08FF),
    ("buginese", 0x1A00, 0x1A1F), ("balinese", 0x1B00, 0x1B7F), ("sundanese", 0x1B80, 0x1BBF),
    ("batak", 0x1BC0, 0x1BFF), ("sundanese", 0x1CC0, 0x1CCF), ("javanese", 0xA980, 0xA9DF),
    ("arabic", 0xFB50, 0xFDFF), ("arabic", 0xFE70, 0xFEFE),
)  # fmt: skip
COMPLEX = frozenset(name for name, _, _ in _BLOCKS)
_JOINERS = {0x200C, 0x200D, 0xFE0E, 0xFE0F}

# Emoji: flags, keycaps, tag sequences, and joined sequences with skin tones (UTS #51, 17.0, read 2026-11-22).
_BMP_EMOJI = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757"
    "\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
)
_BASE = (
    f"(?:[\U0001f000-\U0001faff]|[{_BMP_EMOJI}]|[\u00a9\u00ae\u203c-\u3299](?=\ufe0f|\U0001f3fb|\U0001f3ff))"
)
_UNIT = f"{_BASE}(?:[\U0001f3fb-\U0001f3ff]|\ufe0f)?"
EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    f"{_BASE}[\U000e0020-\U000e007e]+\U000e007f|{_UNIT}(?:\u200d(?:{_UNIT}|[\u2640\u2642\u2695-\u2764]\ufe0f?))*"
)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one script, drawn with one font; *missing* are characters that no font of ours has."""

    text: str
    script: str
    face: Face | None
    missing: str = ""


def script_of(char: str) -> str:
    """``latin`` (and everything else that needs no shaping), ``common``, or the name of a script in COMPLEX."""
    code = ord(char)
    if code < 0x0600:
        return "latin"
    for name, first, last in _BLOCKS:
        if first <= code <= last:
            return name
    if code in _JOINERS or unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return "common"
    return "latin"


@lru_cache(maxsize=4096)
def runs(text: str, weight: int) -> tuple[Run, ...]:
    """*text* (one word, no space) in runs. Where nothing has a character, the run's ``missing`` names it."""
    found: list[Run] = []
    at = 0
    for match in EMOJI.finditer(text):
        face = fonts.emoji()
        plain = match.group().replace("\ufe0f", "")
        if face is None and _text_face(plain, "latin", weight) is not None:
            continue  # drawn as a plain symbol: better than nothing, and no box
        found += _plain_runs(text[at : match.start()], weight)
        found.append(Run(match.group(), "emoji", face, "" if face else match.group()))
        at = match.end()
    found += _plain_runs(text[at:], weight)
    return tuple(found)


def _plain_runs(text: str, weight: int) -> list[Run]:
    found: list[Run] = []
    for char in text:
        if ord(char) in (0xFE0E, 0xFE0F) or (ord(char) == 0x200D and not found):
            continue
        script = script_of(char)
        last = found[-1] if found else None
        if last is not None and (script in ("common", last.script) or not char.isalnum()):
            joined = last.text + char
            if last.face is not None and last.face.has(joined.replace("\u200d", "").replace("\u200c", "")):
                found[-1] = Run(joined, last.script, last.face)
                continue
        face = _text_face(char, "latin" if script == "common" else script, weight)
        if face is None and last is not None and last.missing:
            found[-1] = Run(last.text + char, last.script, None, last.missing + char)
        elif last is not None and last.face == face and last.script == script:
            found[-1] = Run(last.text + char, script, face)
        else:
            found.append(Run(char, script, face, "" if face else char))
    return found


def _text_face(text: str, script: str, weight: int) -> Face | None:
    own = [fonts.of_script(script, weight)] if script in COMPLEX else []
    for face in (
        *own,
        fonts.sans(weight),
        fonts.of_script("symbol", weight),
        fonts.of_script("arabic", weight),
    ):
        if face.has(text):
            return face
    return None


def direction(word: str) -> str:
    """``rtl``, ``ltr``, or ``""`` for a word of digits and signs only, which follows its neighbours."""
    for char in word:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return ""


def visual_order(directions: Sequence[str]) -> list[int]:
    """The order, left to right, in which the words of one line are drawn (the word-level part of UAX #9, rule L2).

    The line's own direction is that of its first word that has one. Digits amid words that run right to left keep
    their place among them.
    """
    base = next((d for d in directions if d), "ltr")
    levels: list[int] = []
    for i, d in enumerate(directions):
        if not d:
            before = next((x for x in reversed(directions[:i]) if x), base)
            after = next((x for x in directions[i + 1 :] if x), base)
            d = before if before == after else base
        levels.append(1 if d == "rtl" else (2 if base == "rtl" else 0))
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        i = 0
        while i < len(order):
            if levels[order[i]] >= level:
                j = i
                while j < len(order) and levels[order[j]] >= level:
                    j += 1
                order[i:j] = reversed(order[i:j])
                i = j
            else:
                i += 1
    return order
