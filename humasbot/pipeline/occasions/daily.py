"""``occasion = "daily"``: a greeting every day, from the stock; on an observance it follows the day."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from humasbot.config import DAYS, CampaignTable, Config, duration
from humasbot.models import Campaign
from humasbot.occasions.stock import load_stock
from humasbot.pipeline.almanac import Almanac, almanac
from humasbot.pipeline.choice import Choice, choose, stocked
from humasbot.pipeline.occasions.base import Fault, Kind, Occasion, needed
from humasbot.pipeline.office import Office

LOOK_BACK = timedelta(days=1)


class Daily(Kind):
    """One greeting a day, at one time."""

    name: ClassVar[str] = "daily"
    template: ClassVar[str] = "greeting"

    def due(
        self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime
    ) -> Iterable[Occasion]:
        """The greeting of every day from yesterday to the planning horizon."""
        start = max(now - LOOK_BACK, campaign.created_at)
        end = now + duration(office.config.humasbot.plan_ahead)
        zone = office.zone
        book = almanac(office)
        for moment in daily_moments(table, zone, start.astimezone(zone).date(), end.astimezone(zone).date()):
            if start <= moment <= end:
                yield greeting_at(book, table, moment)

    def on(self, office: Office, name: str, table: CampaignTable, day: date) -> list[Occasion]:
        """The greeting of that day, as it will go out."""
        book = almanac(office, tolerant=True)
        return [greeting_at(book, table, moment) for moment in daily_moments(table, office.zone, day, day)]

    def sample(self, office: Office, name: str, table: CampaignTable, now: datetime) -> Occasion:
        """The greeting of this very day."""
        return greeting_at(almanac(office, tolerant=True), table, now.astimezone(office.zone))

    def cards(self, config: Config, table: CampaignTable) -> Iterable[str]:
        """The usual one, and every other of the stock that the office has drawn anew."""
        if table.picture != "card":
            return super().cards(config, table)
        look = load_stock().look
        own = config.path(config.humasbot.templates) / "cards"
        drawn = [name for name in dict.fromkeys(look.values()) if (own / f"{name}.toml").is_file()]
        return dict.fromkeys([*super().cards(config, table), look["neutral"], *drawn])

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """A time of day."""
        yield from needed(table, "at")


def daily_moments(table: CampaignTable, zone: ZoneInfo, first: date, last: date) -> Iterator[datetime]:
    """Every moment (aware, in *zone*) at which a daily campaign speaks, from the day *first* to *last*."""
    hour, minute = (int(part) for part in (table.at or "00:00").split(":"))
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if not table.days or DAYS[day.weekday()] in table.days:
            yield datetime.combine(day, time(hour, minute), tzinfo=zone)


def greeting_at(book: Almanac, table: CampaignTable, moment: datetime) -> Occasion:
    """The daily greeting at *moment* (in the office's zone)."""
    return said(book, choose(book, table, moment.date()), table, f"day:{moment:%Y-%m-%d}", moment)


def said(book: Almanac, choice: Choice, table: CampaignTable, key: str, moment: datetime) -> Occasion:
    """A choice as an Occasion: what it says, and what keeps it back."""
    greeting, occurrence = choice.greeting, choice.occurrence
    ours = stocked(book, table)
    about = {} if occurrence is None else {"observance": occurrence.key, "on": occurrence.day.isoformat()}
    return Occasion(
        key=key,
        due=moment,
        title=greeting.head,
        # What the gates call cheerful: the everyday greeting, and a festive observance's.
        tone="festive" if occurrence is None else greeting.tone,
        skip=choice.skip,
        hold=choice.hold(ours),
        card=card_of(choice, table, ours),
        fields={"day": moment.date().isoformat(), "greeting": list(greeting.used), **about},
        data={"greeting": greeting, "day": greeting.day},
    )


def card_of(choice: Choice, table: CampaignTable, ours: bool) -> str:
    """The card: the campaign's own on an everyday or with words of its own, what fits the tone of an observance."""
    if table.picture != "card" or not ours or (table.card and choice.occurrence is None):
        return table.card
    return choice.greeting.card
