"""Which greeting a day has: its weightiest observance that the office keeps, else the everyday one, after the gates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from humasbot.config import CampaignTable
from humasbot.occasions.calendar import Occurrence
from humasbot.occasions.gates import Verdict
from humasbot.occasions.greeting import Greeting
from humasbot.pipeline.almanac import Almanac
from humasbot.pipeline.occasions.base import Hold
from humasbot.words import t

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Choice:
    """A greeting and the gates' verdict on it. ``skip``: nothing goes out on that day at all, for this reason."""

    greeting: Greeting
    occurrence: Occurrence | None
    verdict: Verdict
    skip: str = ""

    def hold(self, from_stock: bool) -> Hold | None:
        """What keeps the Post back, or ``None``. Under joint leave only what is *from_stock* goes out by itself."""
        if not self.verdict.allowed:
            key = self.occurrence.key if self.occurrence else ""
            return Hold(self.verdict.code, self.verdict.reason, key)
        if "approved_stock" in self.verdict.conditions and not from_stock:
            return Hold("stock", self.verdict.reason)
        return None


def choose(book: Almanac, table: CampaignTable, day: date) -> Choice:
    """The daily greeting of *day*."""
    silent = book.judge(None, day)
    found = sorted(_candidates(book, table, day), key=lambda each: -each[0].observance.rank)
    if silent.code == "silent":
        reason = next((verdict.reason for _, verdict in found), silent.reason)
        return Choice(book.greeting(table, None, day, silent), None, silent, skip=reason)
    for occurrence, verdict in found:
        other = _said_by(book, table, occurrence)
        skip = t("disapa oleh kampanye {c}", "greeted by the campaign {c}", c=other) if other else ""
        return Choice(book.greeting(table, occurrence, day, verdict), occurrence, verdict, skip)
    return Choice(book.greeting(table, None, day, silent), None, silent)


def _candidates(book: Almanac, table: CampaignTable, day: date) -> Iterator[tuple[Occurrence, Verdict]]:
    """What the day's greeting may be about: its own observances, and those that moved here from a silent morrow."""
    if not table.follow:
        return
    for occurrence in book.calendar.on(day):
        if wanted(table, occurrence) and _sure(occurrence):
            yield occurrence, book.judge(occurrence, day)
    for occurrence in book.calendar.on(day + _DAY):
        if (
            wanted(table, occurrence)
            and _sure(occurrence)
            and book.judge(occurrence, day + _DAY).shift == day
        ):
            yield occurrence, book.judge(occurrence, day)


def _sure(occurrence: Occurrence) -> bool:
    """Whether the day's greeting reckons with it: an estimated holiday holds it back, a lesser estimate does not."""
    return not occurrence.provisional or occurrence.observance.kind == "public_holiday"


def stocked(book: Almanac, table: CampaignTable) -> bool:
    """Whether a campaign's words are the stock's: neither a template of its own, nor ours rewritten by the office."""
    own = book.config.path(book.config.humasbot.templates) / "text"
    return table.template in ("", "greeting", "builtin/greeting") and not (own / "greeting.j2").exists()


def _said_by(book: Almanac, table: CampaignTable, occurrence: Occurrence) -> str:
    """The observance campaign that greets this day on every account of a daily one, so that nobody is greeted twice."""
    everybody = set(book.config.accounts)
    mine = everybody if "*" in table.accounts else set(table.accounts)
    for name, other in book.config.campaigns.items():
        theirs = everybody if "*" in other.accounts else set(other.accounts)
        if (
            other.occasion == "observance"
            and not other.before
            and wanted(other, occurrence)
            and mine <= theirs
        ):
            return name
    return ""


def wanted(table: CampaignTable, occurrence: Occurrence) -> bool:
    """Whether a campaign keeps an observance: by its key, or by kind, scope and weight."""
    observance = occurrence.observance
    if not occurrence.greetable:
        return False
    if observance.key in table.keys:
        return True
    if table.keys and not table.kinds and not table.scope:
        return False
    if table.kinds and observance.kind not in table.kinds:
        return False
    if table.scope and _scope(occurrence) not in table.scope:
        return False
    return bool(table.kinds) or observance.rank >= table.least


def _scope(occurrence: Occurrence) -> str:
    if occurrence.observance.kind == "office":
        return "office"
    return "region" if occurrence.observance.scope else "national"


def yields(occurrence: Occurrence, to: Occurrence) -> str:
    """The sentence about a clash that was lost."""
    return t(
        "bentrok: {a} mengalah kepada {b} pada hari yang sama",
        "clash: {a} yields to {b} on the same day",
        a=occurrence.label,
        b=to.label,
    )
