"""How heavy a text is, by a measure anybody can check by counting: words, words a sentence, the share of long words.

The bounds of each audience are this project's own choice, not a finding of science; a text beyond them gets a note.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from humasbot.occasions.findings import Finding
from humasbot.occasions.lint_words import SERVICE
from humasbot.platforms.text import split
from humasbot.reading.plain import plain_findings
from humasbot.words import t

LONG_WORD = 11
"""Letters from which a word counts as long: most Indonesian words with both a prefix and a suffix reach it."""
FEWEST = 8
"""Words below which nothing is measured."""
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[#@]\S+")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Level:
    """What was counted. ``per_sentence`` are words, ``long_share`` is between 0 and 1."""

    words: int
    sentences: int
    per_sentence: float
    long_share: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an audience is spared: more words altogether, more words a sentence, a greater share of long words."""

    words: int
    per_sentence: float
    long_share: float
    name_id: str
    name_en: str
    plain: bool = False


AUDIENCES: Final[Mapping[str, Bounds]] = {
    "warga": Bounds(150, 16, 0.20, "warga", "citizens", plain=True),
    "desa": Bounds(120, 14, 0.18, "pemerintah desa", "village governments", plain=True),
    "opd": Bounds(400, 24, 0.35, "perangkat daerah", "agencies"),
    "pimpinan": Bounds(120, 22, 0.35, "pimpinan", "leaders"),
}
"""The names that ``audience`` may have, with their bounds."""


def level(text: str) -> Level:
    """Count a text; addresses, hashtags and mentions are no words, and a name's capital does not make it short."""
    pieces = [words for line in split(_ADDRESS.sub(" ", text)) if (words := _WORD.findall(line))]
    words = [word for piece in pieces for word in piece]
    if not words:
        return Level(0, 0, 0.0, 0.0)
    long = sum(len(re.sub(r"[-'’]", "", word)) >= LONG_WORD and "-" not in word for word in words)
    return Level(len(words), len(pieces), len(words) / len(pieces), long / len(words))


def audience_findings(text: str, audience: str) -> Iterator[Finding]:
    """Where *text* is heavier than its *audience* should have to read, and plain words for officialese: notes only."""
    bounds = AUDIENCES.get(audience)
    counted = level(text)
    if bounds is None:
        return
    for rule, message in _heavy(counted, bounds) if counted.words >= FEWEST else ():
        yield Finding("", 0, 0, rule, message, SERVICE, severity="warn")
    if bounds.plain:
        yield from plain_findings(text)


def _heavy(counted: Level, bounds: Bounds) -> Iterator[tuple[str, str]]:
    who = t(bounds.name_id, bounds.name_en)
    if counted.words > bounds.words:
        yield (
            "level-length",
            t("panjangnya {n} kata; untuk {a} sebaiknya paling banyak {m}.",
              "{n} words long; for {a} better at most {m}.",
              n=counted.words, a=who, m=bounds.words),
        )  # fmt: skip
    if counted.per_sentence > bounds.per_sentence:
        yield (
            "level-sentences",
            t("rata-rata {n} kata sekalimat; untuk {a} sebaiknya paling banyak {m}: pecah kalimat yang panjang.",
              "{n} words a sentence on average; for {a} better at most {m}: part the long ones.",
              n=round(counted.per_sentence), a=who, m=round(bounds.per_sentence)),
        )  # fmt: skip
    if counted.long_share > bounds.long_share:
        yield (
            "level-words",
            t("{n}% katanya panjang ({l} huruf atau lebih); untuk {a} sebaiknya paling banyak {m}%.",
              "{n}% of its words are long ({l} letters or more); for {a} better at most {m}%.",
              n=round(100 * counted.long_share), l=LONG_WORD, a=who, m=round(100 * bounds.long_share)),
        )  # fmt: skip
