"""The office's almanac: its calendar with what people decided, its times of mourning, its windows, its voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sqlmodel import Session, col, select

from humasbot.config import CampaignTable, Config
from humasbot.database import DatabaseError
from humasbot.models import Agency, DayDecision, Happening, MourningTime, Source, utc_now
from humasbot.occasions.calendar import Calendar, Occurrence
from humasbot.occasions.gates import Verdict, gate
from humasbot.occasions.greeting import Greeting, Voice, Weather, everyday, greet_for
from humasbot.occasions.regions import code_of
from humasbot.occasions.spans import Mourning, Window
from humasbot.occasions.stock import Stock, load_stock
from humasbot.pipeline.office import Office
from humasbot.words import t

Settled = tuple[tuple[str, date], ...]
_DAY = timedelta(days=1)
FRESH = timedelta(hours=36)
"""BMKG renews its forecast twice a day."""


@dataclass(frozen=True, slots=True)
class Almanac:
    """Everything the gates and the greetings want to know about a day.

    ``recorded`` are the times of mourning that a person began; ``forecast`` is the weather of the days for which it is
    known.
    """

    config: Config
    calendar: Calendar
    recorded: tuple[Mourning, ...] = ()
    stock: Stock = field(default_factory=load_stock, repr=False)
    forecast: Mapping[date, Weather] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where the office is."""
        return self.config.calendar.province

    def mourning(self, day: date) -> list[Mourning]:
        """The times of mourning of that year: the calendar's, and those a person recorded."""
        return [*self.recorded, *self.calendar.mourning(day.year)]

    def windows(self, day: date) -> list[Window]:
        """The windows of that year."""
        return self.calendar.windows(day.year)

    def judge(self, occurrence: Occurrence | None, day: date) -> Verdict:
        """Whether an observance, or with ``None`` the everyday greeting, may go out on *day*."""
        return gate(occurrence, day, self.place, self.mourning(day), self.windows(day))

    def frozen(self, tone: str, day: date) -> Verdict | None:
        """What stops a Post of that tone on *day* whatever it is about: silence, or mourning; else ``None``."""
        verdict = self.judge(None, day)
        if verdict.code == "silent":
            return verdict
        if verdict.code != "mourning" or tone != "festive":
            return None
        place = code_of(self.place)
        name = next(span.name for span in self.mourning(day) if span.holds(day, place))
        why = t("{name}: yang meriah dibekukan selama berkabung.",
                "{name}: what is festive is frozen while the place mourns.", name=name)  # fmt: skip
        return replace(verdict, reason=why)

    def voice(self, table: CampaignTable, conditions: Sequence[str] = ()) -> Voice:
        """Who speaks in a campaign: the leader only where that is wanted and allowed."""
        given, agency = self.config.calendar, self.config.agency
        hour = hour_of(table.at or "06:00")
        return Voice(
            office=agency.name,
            audience=given.audience,
            leader=given.leader if table.voice == "leader" and "no_leader" not in conditions else "",
            place=given.province,
            languages=tuple(given.languages),
            reviewed=tuple(given.reviewed),
            hour=hour,
            # Two campaigns of one day must not say the same sentence.
            seed=agency.name if hour == "pagi" else f"{agency.name}:{hour}",
        )

    def greeting(
        self, table: CampaignTable, occurrence: Occurrence | None, day: date, verdict: Verdict
    ) -> Greeting:
        """The greeting of an observance, or the everyday one, as it goes out on *day*."""
        voice = self.voice(table, verdict.conditions)
        if occurrence is None:
            return everyday(day, voice, stock=self.stock, weather=self.forecast.get(day))
        return greet_for(occurrence, voice, on=day, stock=self.stock)


def hour_of(clock: str) -> Literal["pagi", "siang", "sore", "malam"]:
    """The part of the day in which a time of day (``06:00``) lies."""
    if not "03:00" <= clock < "18:30":
        return "malam"
    return "pagi" if clock < "10:30" else "siang" if clock < "15:00" else "sore"


def almanac(office: Office, *, tolerant: bool = False) -> Almanac:
    """The office's almanac of this moment; where *tolerant*, a database that is not there has decided nothing.

    Raises :class:`~humasbot.errors.ConfigError` for a faulty file of the office.
    """
    settled: Settled = ()
    recorded: tuple[Mourning, ...] = ()
    forecast: Mapping[date, Weather] = {}
    try:
        if not tolerant or _there(office):
            with office.database.read() as session:
                agency = session.exec(select(Agency).where(Agency.name == office.config.agency.key)).first()
                if agency is not None:
                    settled, recorded = settled_days(session, agency), mourning_times(session, agency)
                    forecast = forecasts(session, agency, utc_now())
    except DatabaseError:
        if not tolerant:
            raise
    return replace(of(office.config, settled, recorded), forecast=forecast)


def forecasts(session: Session, agency: Agency, now: datetime) -> dict[date, Weather]:
    """BMKG's forecast by day, as far as it was read lately: an old one is worse than none."""
    query = (
        select(Happening)
        .join(Source, col(Source.id) == col(Happening.source_id))
        .where(
            Source.agency_id == agency.id, Source.active, col(Source.read_at) > now - FRESH,
            Happening.kind == "forecast", col(Happening.ends_at) > now,
        )
    )  # fmt: skip
    found = {}
    for row in session.exec(query).all():
        facts = row.facts
        day = date.fromisoformat(facts["day"])
        found[day] = Weather(facts["words"], int(facts["low"]), int(facts["high"]), bool(facts["rain"]))
    return found


def of(config: Config, settled: Settled = (), recorded: tuple[Mourning, ...] = ()) -> Almanac:
    """The almanac of a configuration, with decisions and times of mourning handed in."""
    given = config.calendar
    days = config.path(given.days) if given.days else None
    stock = config.path(given.stock) if given.stock else None
    book = _calendar(days, _changed(days), given.province, settled)
    return Almanac(config, book, recorded, _stock(stock, _changed(stock)))


def settled_days(session: Session, agency: Agency) -> Settled:
    """The days that people decided, the latest decision last."""
    query = select(DayDecision).where(DayDecision.agency_id == agency.id).order_by(col(DayDecision.id))
    return tuple((row.observance, row.day) for row in session.exec(query).all())


def mourning_times(session: Session, agency: Agency) -> tuple[Mourning, ...]:
    """The times of mourning that people recorded, each as long as it was not ended before."""
    query = select(MourningTime).where(MourningTime.agency_id == agency.id).order_by(col(MourningTime.id))
    return tuple(
        Mourning(row.reason, row.first, row.last, tuple(row.scope)) for row in session.exec(query).all()
    )


def _there(office: Office) -> bool:
    """Whether the database exists; looking must not make one."""
    url = office.database.engine.url
    if not office.database.is_sqlite or (url.database or ":memory:") == ":memory:":
        return True
    return Path(url.database or "").exists()


def _changed(path: Path | None) -> int:
    """When a file was last changed, so that an edited one is read anew."""
    try:
        return path.stat().st_mtime_ns if path else 0
    except OSError:
        return 0


@lru_cache(maxsize=8)
def _calendar(days: Path | None, changed: int, province: str, settled: Settled) -> Calendar:
    chosen: dict[str, list[date]] = {}
    for key, day in settled:
        chosen.setdefault(key, []).append(day)
    return Calendar(days, province or None, settled=chosen)


@lru_cache(maxsize=8)
def _stock(path: Path | None, changed: int) -> Stock:
    # Past load_stock's own memory, which does not notice that a file was changed.
    return load_stock.__wrapped__(path) if path else load_stock()
