"""The rules by which a day finds its date. Each is a small frozen value; ``parse`` reads it from one line of text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from humasbot.indonesian import DAYS
from humasbot.occasions import cycles, tables
from humasbot.occasions.tables import Dated
from humasbot.words import t

# Gives the days of another observance in a year, for rules that lean on one.
Lookup = Callable[[str, int], Sequence[Dated]]


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same day of the same month every year; 29 February in leap years only."""

    month: int
    day: int

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """Its day in *year*."""
        try:
            return [Dated(date(year, self.month, self.day))]
        except ValueError:
            return []


@dataclass(frozen=True, slots=True)
class Holidays:
    """A moving national day, by the beginning of its name in the tables of ``holidays``."""

    name: str

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """Its days in *year*: one, or two where the Hijri year is short."""
        return [Dated(e.day, e.estimated) for e in tables.public_days(year) if e.name.startswith(self.name)]


@dataclass(frozen=True, slots=True)
class JointLeave:
    """Every day of joint leave."""

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """Its days in *year*; none where no decree is known."""
        return [Dated(entry.day) for entry in tables.joint_leave(year)]


@dataclass(frozen=True, slots=True)
class Ramadan:
    """1 Ramadan by the MABIMS criteria: an estimate until the sidang isbat."""

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """Its days in *year*."""
        return [Dated(day, estimated=True) for day in tables.ramadan_starts(year)]


@dataclass(frozen=True, slots=True)
class Easter:
    """So many days after (or before) Easter Sunday."""

    days: int

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """Its day in *year*."""
        return [Dated(cycles.easter(year) + timedelta(days=self.days))]


@dataclass(frozen=True, slots=True)
class Pawukon:
    """A day of the 210-day Balinese cycle."""

    number: int

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """Its one or two days in *year*."""
        return [Dated(day) for day in cycles.pawukon_days(self.number, year)]


@dataclass(frozen=True, slots=True)
class Weton:
    """A weekday (Monday is 0) that meets a pasaran (Legi is 0), one day in 35."""

    weekday: int
    market: int

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """Its ten or eleven days in *year*."""
        return [Dated(day) for day in cycles.weton_days(self.weekday, self.market, year)]


@dataclass(frozen=True, slots=True)
class Nth:
    """The first, second … or last (-1) such weekday of a month."""

    nth: int
    weekday: int
    month: int

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """Its day in *year*."""
        day = cycles.nth_weekday(self.nth, self.weekday, self.month, year)
        return [Dated(day)] if day else []


@dataclass(frozen=True, slots=True)
class Offset:
    """So many days after (or before) another observance; as uncertain as that one."""

    key: str
    days: int

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """Its days in *year*, also where the other day lies in the year before or after."""
        found = [
            Dated(base.day + timedelta(days=self.days), base.estimated)
            for near in (year - 1, year, year + 1)
            for base in lookup(self.key, near)
        ]
        return [dated for dated in found if dated.day.year == year]


@dataclass(frozen=True, slots=True)
class Listed:
    """Only the days that the data lists; another year is not determined yet."""

    def dates(self, year: int, lookup: Lookup) -> list[Dated]:
        """None: the calendar adds the listed days itself."""
        return []


Rule = Fixed | Holidays | JointLeave | Ramadan | Easter | Pawukon | Weton | Nth | Offset | Listed


def parse(text: str) -> Rule:
    """Read a rule, ``fixed:08-17`` or ``offset:nyepi-1``. Raises :class:`ValueError` with a sentence for people."""
    name, _, rest = text.strip().partition(":")
    reader = _READERS.get(name.strip())
    rule = reader(rest.strip()) if reader else None
    if rule is None:
        raise ValueError(
            t(
                "aturan “{text}” tidak terbaca; contoh: fixed:08-17, easter:-2, pawukon:73, weton:Jumat Kliwon, "
                "nth:1 Senin 10, offset:nyepi-1, holidays:Hari Raya Waisak, listed",
                "the rule “{text}” cannot be read; examples: fixed:08-17, easter:-2, pawukon:73, "
                "weton:Jumat Kliwon, nth:1 Senin 10, offset:nyepi-1, holidays:Hari Raya Waisak, listed",
                text=text,
            )
        )
    return rule


def _fixed(rest: str) -> Rule | None:
    found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", rest)
    if not found:
        return None
    rule = Fixed(int(found[1]), int(found[2]))
    # 2024 is a leap year, so that 29 February is a day.
    return rule if rule.dates(2024, _nobody) else None


def _easter(rest: str) -> Rule | None:
    return Easter(int(rest)) if re.fullmatch(r"[+-]?\d{1,3}", rest) else None


def _pawukon(rest: str) -> Rule | None:
    return Pawukon(int(rest)) if rest.isdecimal() and int(rest) < 210 else None


def _weton(rest: str) -> Rule | None:
    weekday, _, market = rest.partition(" ")
    if weekday not in DAYS or market not in cycles.PASARAN:
        return None
    return Weton(DAYS.index(weekday), cycles.PASARAN.index(market))


def _nth(rest: str) -> Rule | None:
    found = re.fullmatch(r"(-1|[1-5])\s+([A-Z][a-z]+)\s+(0?[1-9]|1[0-2])", rest)
    if not found or found[2] not in DAYS:
        return None
    return Nth(int(found[1]), DAYS.index(found[2]), int(found[3]))


def _offset(rest: str) -> Rule | None:
    found = re.fullmatch(r"(\w+)\s*([+-]\s*\d{1,3})", rest)
    return Offset(found[1], int(found[2].replace(" ", ""))) if found else None


def _nobody(key: str, year: int) -> Sequence[Dated]:
    return ()


_READERS: dict[str, Callable[[str], Rule | None]] = {
    "fixed": _fixed,
    "holidays": lambda rest: Holidays(rest) if rest else None,
    "joint_leave": lambda rest: JointLeave() if not rest else None,
    "ramadan": lambda rest: Ramadan() if not rest else None,
    "easter": _easter,
    "pawukon": _pawukon,
    "weton": _weton,
    "nth": _nth,
    "offset": _offset,
    "listed": lambda rest: Listed() if not rest else None,
}
