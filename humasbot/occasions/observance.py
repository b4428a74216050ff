"""What an observance is: a day worth a word, as data."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from humasbot.occasions.rules import Rule
from humasbot.words import t

Tone = Literal["festive", "reverent", "solemn", "neutral"]
Confidence = Literal["checked", "public list", "unverified"]
TONES: tuple[str, ...] = get_args(Tone)
CONFIDENCES: tuple[str, ...] = get_args(Confidence)
# The weight of a kind decides whose greeting a day is, where several days meet.
KINDS = {
    "office": 95,
    "public_holiday": 90,
    "mourning": 85,
    "religious": 70,
    "region": 65,
    "national": 60,
    "ministry": 45,
    "institution": 40,
    "international": 35,
    "history": 32,
    "profession": 30,
    "culture": 20,
    "popular": 10,
    "joint_leave": 1,
}
_KIND_NAMES = {
    "office": ("hari kantor", "office"),
    "public_holiday": ("libur nasional", "public holiday"),
    "mourning": ("hari duka", "mourning"),
    "religious": ("keagamaan", "religious"),
    "region": ("hari jadi daerah", "region"),
    "national": ("hari nasional", "national"),
    "ministry": ("kementerian", "ministry"),
    "institution": ("lembaga", "institution"),
    "international": ("internasional", "international"),
    "history": ("sejarah", "history"),
    "profession": ("profesi", "profession"),
    "culture": ("budaya", "culture"),
    "popular": ("populer", "popular"),
    "joint_leave": ("cuti bersama", "joint leave"),
}
_TONE_NAMES = {
    "festive": ("meriah", "festive"),
    "reverent": ("takzim", "reverent"),
    "solemn": ("khidmat", "solemn"),
    "neutral": ("biasa", "neutral"),
}


def kind_name(kind: str) -> str:
    """A kind in the reader's language."""
    return t(*_KIND_NAMES[kind])


def tone_name(tone: str) -> str:
    """A tone in the reader's language."""
    return t(*_TONE_NAMES[tone])


@dataclass(frozen=True, slots=True)
class Period:
    """How an observance was kept in the years ``first`` to ``last``: its rule, its name, where "ke-n" counts from."""

    rule: Rule
    name: str
    en: str
    epoch: int | None = None
    first: int = 1
    last: int = 9999


@dataclass(frozen=True, slots=True)
class Observance:
    """A day worth a word. ``scope`` holds codes of provinces or regencies; none means the whole country.

    ``isbat``: its day is fixed by sidang isbat. ``greet``: whether it gets a greeting by itself. ``yearly``: whether a
    year without a known day is a gap in knowledge. ``varied``: a solemn day for which some do say "Selamat".
    ``settled``: days that a decision fixed. ``listed``: days under the rule ``listed``.
    """

    key: str
    periods: tuple[Period, ...]
    kind: str
    tone: Tone
    confidence: Confidence
    source: str
    basis: str = ""
    scope: tuple[str, ...] = ()
    note: str = ""
    aliases: tuple[str, ...] = ()
    priority: int = 0
    isbat: bool = False
    greet: bool = True
    yearly: bool = True
    varied: bool = False
    settled: tuple[date, ...] = field(default=())
    listed: tuple[date, ...] = field(default=())

    def period(self, year: int) -> Period | None:
        """How the day is kept in *year*; ``None`` where it is not."""
        return next((p for p in self.periods if p.first <= year <= p.last), None)

    @property
    def name(self) -> str:
        """The Indonesian name of today, with its places unfilled."""
        return self.periods[0].name

    @property
    def rank(self) -> int:
        """Higher stands before lower where days meet."""
        return self.priority or KINDS[self.kind]
