"""``occasion = "observance"``: each chosen observance becomes a Post, on its day or some days before it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from humasbot.config import CampaignTable, Config, duration
from humasbot.errors import HumasbotError
from humasbot.models import Campaign
from humasbot.occasions.calendar import Occurrence
from humasbot.occasions.observance import KINDS
from humasbot.pipeline.almanac import Almanac, almanac, of
from humasbot.pipeline.choice import Choice, wanted, yields
from humasbot.pipeline.occasions.base import Fault, Occasion, needed
from humasbot.pipeline.occasions.daily import LOOK_BACK, Daily, said
from humasbot.pipeline.office import Office
from humasbot.words import t


class Observances(Daily):
    """The observances that a campaign chose."""

    name: ClassVar[str] = "observance"

    def due(
        self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime
    ) -> Iterable[Occasion]:
        """What falls due from yesterday to the planning horizon."""
        start = max(now - LOOK_BACK, campaign.created_at)
        end = now + duration(office.config.humasbot.plan_ahead)
        first, last = (moment.astimezone(office.zone).date() for moment in (start, end))
        for occasion in between(almanac(office), table, first, last):
            if start <= occasion.due <= end:
                yield occasion

    def on(self, office: Office, name: str, table: CampaignTable, day: date) -> list[Occasion]:
        """What goes out on that day."""
        return between(almanac(office, tolerant=True), table, day, day)

    def sample(self, office: Office, name: str, table: CampaignTable, now: datetime) -> Occasion:
        """The next observance that the campaign keeps; an everyday greeting where there is none within a year."""
        book = almanac(office, tolerant=True)
        today = now.astimezone(office.zone).date()
        found = between(book, table, today, today + timedelta(days=366))
        return found[0] if found else super().sample(office, name, table, now)

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """A time of day, and kinds that exist."""
        yield from needed(table, "at")
        if unknown := [kind for kind in table.kinds if kind not in KINDS]:
            yield (
                "kinds",
                t("jenis {k} tidak dikenal; yang ada: {all}", "no kind {k} is known; there are: {all}",
                  k=", ".join(unknown), all=", ".join(KINDS)),
            )  # fmt: skip
        if table.keys and (missing := _unknown(config, table.keys)):
            yield (
                "keys",
                t("tidak ada hari {k}; kuncinya terlihat di: humasbot calendar TAHUN --json",
                  "there is no observance {k}; see the keys in: humasbot calendar YEAR --json", k=", ".join(missing)),
            )  # fmt: skip


def _unknown(config: Config, keys: list[str]) -> list[str]:
    try:
        known = of(config).calendar.catalogue.observances
    except HumasbotError:  # the file of days has faults of its own, which are told where it is named
        return []
    return [key for key in keys if key not in known]


def between(book: Almanac, table: CampaignTable, first: date, last: date) -> list[Occasion]:
    """Every observance that goes out from the day *first* to *last*, in order; a day's weightiest first."""
    found = []
    ahead = timedelta(days=table.before)
    # A day longer, since what falls on a silent day goes out on the day before.
    for offset in range((last - first).days + 2):
        day = first + timedelta(days=offset) + ahead
        chosen = [each for each in book.calendar.on(day) if wanted(table, each)]
        found += [_occasion(book, table, each, chosen[0]) for each in chosen]
    zone = book.config.zone
    return [each for each in found if first <= each.due.astimezone(zone).date() <= last]


def _occasion(
    book: Almanac, table: CampaignTable, occurrence: Occurrence, before_all: Occurrence
) -> Occasion:
    day = occurrence.day - timedelta(days=table.before)
    verdict = book.judge(occurrence, day)
    if verdict.shift is not None:
        day = verdict.shift
        verdict = book.judge(occurrence, day)
    lost = table.clash == "first" and before_all is not occurrence
    choice = Choice(
        greeting=book.greeting(table, occurrence, day, verdict),
        occurrence=occurrence,
        verdict=verdict,
        skip=yields(occurrence, before_all) if lost else "",
    )
    hour, minute = (int(part) for part in (table.at or "06:00").split(":"))
    moment = datetime.combine(day, time(hour, minute), tzinfo=book.config.zone)
    return said(book, choice, table, f"observance:{occurrence.key}:{occurrence.day}", moment)
