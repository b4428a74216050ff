"""The office's calendar: which observances fall on a day, under what name, how sure, and what meets there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from humasbot.occasions import rules, tables
from humasbot.occasions.catalogue import load
from humasbot.occasions.cycles import eras, hijri_year, pasaran, pawukon, weton
from humasbot.occasions.observance import Observance, Period
from humasbot.occasions.regions import BALI, code_of, covers
from humasbot.occasions.spans import Mourning, Window
from humasbot.occasions.tables import Dated
from humasbot.words import language, t

__all__ = ["Calendar", "Occurrence", "Undetermined", "pasaran", "pawukon", "weton"]

# A decision moves a computed day by one or two days, never by a week.
_NEAR = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One observance on one day (a day of the office's own zone).

    ``name`` is ready to be said (``HUT ke-81 Republik Indonesia``), ``n`` its ordinal or ``None``. ``provisional``: the
    day is an estimate that a person has to confirm. ``joint_leave``: offices are closed by joint leave.
    ``holiday``: a public holiday of that year. ``note``: a sentence for the table, may be empty. ``turn`` counts on
    from one occurrence of the observance to the next.
    """

    day: date
    observance: Observance
    name: str
    en: str
    n: int | None = None
    provisional: bool = False
    joint_leave: bool = False
    holiday: bool = False
    note: str = ""
    turn: int = 0

    @property
    def key(self) -> str:
        """The observance's key."""
        return self.observance.key

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.en if language() == "en" else self.name

    @property
    def greetable(self) -> bool:
        """Whether the day gets a greeting by itself: nothing unverified does."""
        return self.observance.greet and self.observance.confidence != "unverified"


@dataclass(frozen=True, slots=True)
class Undetermined:
    """An observance that has no day in a year yet: "belum ditetapkan"."""

    observance: Observance
    year: int
    reason: str

    @property
    def name(self) -> str:
        """The observance's name without the numbers that nobody can know yet."""
        return re.sub(r" (?:ke-)?\{\w+\}(?: (?:H|BE|Kongzili)\b)?", "", self.observance.name)


@dataclass(frozen=True, slots=True)
class _Found:
    day: date
    estimated: bool
    computed: date


class Calendar:
    """The observances of one place.

    *extra* is the office's own file (docs/CALENDAR.md), *province* a code, a name or a short form (``51``, ``Bali``,
    ``33.05``); none shows what the whole country keeps, ``"*"`` shows every region. *settled* are days that a person
    fixed, by the observance's key: each takes the place of the computed day near it, and what leans on that day
    follows. Raises :class:`~humasbot.errors.ConfigError` for a faulty file, and
    :class:`~humasbot.errors.InputError` for a place nobody knows.
    """

    def __init__(
        self,
        extra: Path | None = None,
        province: str | None = None,
        *,
        settled: Mapping[str, Sequence[date]] | None = None,
    ) -> None:
        self.catalogue = load(extra)
        self.place = code_of(province)
        self._settled = settled or {}
        self._days: dict[tuple[str, int], list[_Found]] = {}
        self._years: dict[int, tuple[Occurrence, ...]] = {}

    def on(self, day: date) -> list[Occurrence]:
        """What falls on *day*, the most weighty first."""
        return [occurrence for occurrence in self._year(day.year) if occurrence.day == day]

    def year(self, year: int) -> list[Occurrence]:
        """Every occurrence of *year* in this place, by day, the most weighty first."""
        return list(self._year(year))

    def dates(self, key: str, year: int) -> list[date]:
        """The days of one observance in *year*; none where it is not kept or not determined."""
        return [found.day for found in self._found(key, year)]

    def undetermined(self, year: int) -> list[Undetermined]:
        """What is kept in *year* but has no known day yet."""
        tabled = (rules.Holidays, rules.Ramadan, rules.JointLeave, rules.Offset, rules.Listed)
        gaps = []
        for observance in self._here():
            period = observance.period(year)
            if period is None or not observance.yearly or not isinstance(period.rule, tabled):
                continue
            leave = isinstance(period.rule, rules.JointLeave) and self.joint_leave(year)
            if not leave and not self._found(observance.key, year):
                gaps.append(Undetermined(observance, year, _why(period, year)))
        return gaps

    def joint_leave(self, year: int) -> dict[date, str]:
        """The joint leave of *year*: the tables', and what the office's file adds. Empty where none is fixed yet."""
        days = {entry.day: _spelled(entry.name) for entry in tables.joint_leave(year)}
        days |= {day: name for day, name in self.catalogue.joint_leave.items() if day.year == year}
        return dict(sorted(days.items()))

    def clashes(self, year: int) -> dict[date, list[Occurrence]]:
        """Days on which more than one observance wants a greeting; the first of each has the right of way."""
        days: dict[date, list[Occurrence]] = {}
        for occurrence in self._year(year):
            if occurrence.greetable:
                days.setdefault(occurrence.day, []).append(occurrence)
        return {day: found for day, found in days.items() if len(found) > 1}

    def pending(self, today: date, days: int = 14) -> list[Occurrence]:
        """What in the next *days* days waits for a person to confirm its day, so that it can be said in time."""
        last = today + timedelta(days=days)
        return [
            occurrence
            for year in range(today.year, last.year + 1)
            for occurrence in self._year(year)
            if occurrence.provisional and occurrence.greetable and today <= occurrence.day <= last
        ]

    def windows(self, year: int) -> list[Window]:
        """The election windows that touch *year*, the silence of Nyepi in Bali, and the days of joint leave."""
        silent = [
            Window(
                t("Hari Suci Nyepi di Bali", "Nyepi in Bali"),
                day,
                day,
                "silent",
                (BALI,),
                "Catur Brata Penyepian",
            )
            for day in self.dates("nyepi", year)
        ]
        leave = [Window(name, day, day, "approved_stock") for day, name in self.joint_leave(year).items()]
        return [w for w in self.catalogue.windows if w.first.year <= year <= w.last.year] + silent + leave

    def mourning(self, year: int) -> list[Mourning]:
        """The days of mourning that the calendar itself knows: its mourning observances and the office's file."""
        own = [m for m in self.catalogue.mourning if m.first.year <= year <= m.last.year]
        return own + [
            Mourning(o.name, o.day, o.day, o.observance.scope, o.observance.basis)
            for o in self._year(year)
            if o.observance.kind == "mourning"
        ]

    def _here(self) -> Iterator[Observance]:
        for observance in self.catalogue.observances.values():
            if covers(observance.scope, self.place):
                yield observance

    def _year(self, year: int) -> tuple[Occurrence, ...]:
        if year not in self._years:
            leave = self.joint_leave(year)
            found = [
                occurrence
                for observance in self._here()
                for occurrence in self._occurrences(observance, year, leave)
            ]
            # The sort is stable: days of equal weight keep the order of the data.
            found.sort(key=lambda o: (o.day, -o.observance.rank))
            self._years[year] = tuple(found)
        return self._years[year]

    def _occurrences(
        self, observance: Observance, year: int, leave: Mapping[date, str]
    ) -> Iterator[Occurrence]:
        period = observance.period(year)
        if period is None:
            return
        if isinstance(period.rule, rules.JointLeave):
            for day, name in leave.items():
                yield Occurrence(day, observance, name, period.en, joint_leave=True, note=observance.note)
            return
        off = {entry.day for entry in tables.public_days(year)}
        for index, found in enumerate(self._found(observance.key, year)):
            numbers = eras(found.day)
            n = year - period.epoch if period.epoch is not None else None
            yield Occurrence(
                day=found.day,
                observance=observance,
                name=_filled(period.name, n, numbers),
                en=_filled(period.en, n, numbers),
                n=n,
                provisional=found.estimated,
                joint_leave=found.day in leave,
                holiday=observance.kind == "public_holiday" and (not off or found.computed in off),
                note=_note(observance, found.estimated),
                turn=_turn(period, found.day, index),
            )

    def _found(self, key: str, year: int) -> list[_Found]:
        """The days of an observance in *year*, each decision put in the place of the computed day near it."""
        if (key, year) not in self._days:
            observance = self.catalogue.observances[key]
            fixed = [*observance.settled, *self._settled.get(key, ())]
            years = (year - 1, year, year + 1) if fixed else (year,)
            days = [_Found(d.day, d.estimated, d.day) for y in years for d in self._computed(observance, y)]
            for day in fixed:
                near = _nearest(days, day)
                if near is not None:
                    days.remove(near)
                days.append(_Found(day, False, near.computed if near else day))
            days += [_Found(day, False, day) for day in observance.listed]
            self._days[key, year] = sorted(
                (d for d in days if d.day.year == year), key=lambda found: found.day
            )
        return self._days[key, year]

    def _computed(self, observance: Observance, year: int) -> Sequence[Dated]:
        period = observance.period(year)
        return period.rule.dates(year, self._lookup) if period else ()

    def _lookup(self, key: str, year: int) -> Sequence[Dated]:
        return [Dated(found.day, found.estimated) for found in self._found(key, year)]


def _nearest(days: Sequence[_Found], day: date) -> _Found | None:
    """The computed day that a decision about *day* speaks of."""
    near = [found for found in days if abs(found.computed - day) <= _NEAR]
    return min(near, key=lambda found: abs(found.computed - day)) if near else None


def _filled(name: str, n: int | None, numbers: Mapping[str, int]) -> str:
    """The name with its places filled; where nobody knows the year it counts from, without its ordinal."""
    if n is None or n < 1:
        name = name.replace(" ke-{n}", "").replace("{n}th ", "")
    else:
        name = name.replace("{n}th", _english(n))
    return name.format(n=n, **numbers)


def _english(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _spelled(name: str) -> str:
    """The tables write Idul Fitri and Idul Adha; KBBI writes one word."""
    return name.replace("Idul Fitri", "Idulfitri").replace("Idul Adha", "Iduladha")


def _note(observance: Observance, estimated: bool) -> str:
    if not estimated:
        return observance.note
    waits = (
        t("Perkiraan, menunggu sidang isbat.", "An estimate, waits for the sidang isbat.")
        if observance.isbat
        else t(
            "Perkiraan, menunggu ketetapan pemerintah.", "An estimate, waits for the government's decision."
        )
    )
    return f"{waits} {observance.note}".strip()


def _turn(period: Period, day: date, index: int) -> int:
    if "{hijri}" in period.name:
        return hijri_year(day)
    if isinstance(period.rule, rules.Pawukon):
        return (day.toordinal() - 91) // 210
    return day.year + index


def _why(period: Period, year: int) -> str:
    if isinstance(period.rule, rules.JointLeave):
        return t(
            "SKB 3 Menteri untuk {year} belum ada di data",
            "the decree for {year} is not in the data",
            year=year,
        )
    if isinstance(period.rule, rules.Listed):
        return t(
            "kantor belum mengisi tanggal {year}", "the office has not filled in its day of {year}", year=year
        )
    return t("tabel belum memuat {year}", "the tables do not reach {year}", year=year)
