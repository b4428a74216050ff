"""An extractive summary: sentences of the source as they stand, in their order; nothing is ever written anew.

No network, no model, no chance: the same text gives the same summary. News tells the most important first, so an early
place counts; besides, words of the title, numbers and dates do. A sentence that leans on the one before it
("Selain itu", "Ia") is taken only together with that one, and what stands in quotes is never parted from its end.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from humasbot.platforms.text import balanced, split

SHORTEST = 5
"""Words: what has fewer is a heading, a label or a signature."""
MOST_JOINED = 6
"""So many pieces at most are put together to close a quote; one that never closes is a slip of the typist."""
MOST_READ = 400
_WORD = re.compile(r"[^\W\d_]{3,}")
_LEANING = re.compile(
    r"[“\"'(]*(?:namun|tetapi|sedangkan|sementara itu|selain itu|selanjutnya|kemudian|lalu|adapun|"
    r"oleh (?:karena|sebab) itu|karena itu|dengan demikian|hal (?:ini|itu|tersebut|senada|serupa)|ia|dia|beliau|mereka|"
    r"menurutnya|katanya|ujarnya|lebih lanjut|di sisi lain|sebaliknya|akibatnya|tambahnya|ini|itu)\b",
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"\W*(?:baca juga|lihat juga|foto|sumber|penulis|editor|reporter|pewarta|ilustrasi|dok(?:umentasi)?\b|"
    r"bagikan|tag(?:s|ar)?\s*:|selengkapnya|berita terkait|artikel terkait|copyright|hak cipta|kontributor)\b[\s:.]?|"
    r"https?://|#\w",
    re.IGNORECASE,
)
_FACT = re.compile(r"\d|\b(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu)\b", re.IGNORECASE)
_SMALL = (
    "yang dan untuk dari pada dengan ini itu adalah akan tidak dalam oleh atau juga sudah telah para bagi agar serta "
    "karena saat hari secara kepada tersebut sebagai lebih dapat ada kami kita mereka bahwa tahun"
)
_COMMON = frozenset(_SMALL.split())


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence; ``place`` counts all of the source, ``rank`` only those that may be taken."""

    text: str
    place: int
    rank: int
    leans: bool


def summarise(text: str, count: int = 2, title: str = "") -> str:
    """At most *count* sentences of *text* on one line, each verbatim but for its white space, in their order.

    *title* says what it is about. A text without any sentence of its own gives ``""``.
    """
    units = _units(text)
    wanted = _words(title)
    order = sorted(units, key=lambda unit: (-_weight(unit, wanted), unit.place))
    chosen: set[int] = set()
    while len(chosen) < count:
        # A sentence that leans becomes free once the one before it is in.
        free = (
            unit
            for unit in order
            if unit.place not in chosen and (not unit.leans or unit.place - 1 in chosen)
        )
        best = next(free, None)
        if best is None:
            break
        chosen.add(best.place)
    return " ".join(unit.text for unit in units if unit.place in chosen)


def _units(text: str) -> list[_Unit]:
    """What may be taken: whole sentences, a quote with its end, without headings and what a website adds around."""
    found: list[_Unit] = []
    for place, sentence in enumerate(_whole(split(text)[:MOST_READ])):
        line = " ".join(sentence.split())
        if len(line.split()) < SHORTEST or _NOISE.match(line) or not re.search(r"[.!?…][”’\"'»)\]]*$", line):
            continue
        found.append(_Unit(line, place, len(found), bool(_LEANING.match(line))))
    return found


def _whole(pieces: Sequence[str]) -> list[str]:
    """Sentences, those of one quote or bracket together."""
    found: list[str] = []
    position = 0
    while position < len(pieces):
        last = position
        while (
            not balanced(" ".join(pieces[position : last + 1]))
            and last + 1 < len(pieces)
            and last - position < MOST_JOINED
        ):
            last += 1
        if not balanced(" ".join(pieces[position : last + 1])):
            last = position
        found.append(" ".join(pieces[position : last + 1]))
        position = last + 1
    return found


def _weight(unit: _Unit, wanted: frozenset[str]) -> float:
    words = _words(unit.text)
    about = len(words & wanted) / len(wanted) if wanted else 0.0
    return (
        2.0 / (1 + unit.rank)
        + about
        + (0.3 if _FACT.search(unit.text) else 0.0)
        - (0.4 if unit.leans else 0.0)
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text)) - _COMMON
