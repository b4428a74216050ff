"""``occasion = "recurring"``: whatever returns by a rule (RFC 5545), such as every last Friday of a month."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from humasbot.config import CampaignTable, Config, duration
from humasbot.models import Campaign
from humasbot.pipeline.occasions.base import Fault, Kind, Occasion, needed
from humasbot.pipeline.occasions.daily import LOOK_BACK
from humasbot.pipeline.office import Office
from humasbot.words import t

ANCHOR = date(2024, 1, 1)
"""A Monday: where "every second week" counts from, unless the campaign says ``since``."""
OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")


class Recurring(Kind):
    """A text of the office's own, again and again."""

    name: ClassVar[str] = "recurring"
    template: ClassVar[str] = ""

    def due(
        self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime
    ) -> Iterable[Occasion]:
        """Every time of the rule from yesterday to the planning horizon."""
        start = max(now - LOOK_BACK, campaign.created_at)
        end = now + duration(office.config.humasbot.plan_ahead)
        return [self.at(campaign.name, table, moment) for moment in times(table, office.zone, start, end)]

    def on(self, office: Office, name: str, table: CampaignTable, day: date) -> list[Occasion]:
        """The times of that day."""
        start = datetime.combine(day, time(), tzinfo=office.zone)
        end = start + timedelta(days=1, microseconds=-1)
        return [self.at(name, table, moment) for moment in times(table, office.zone, start, end)]

    def sample(self, office: Office, name: str, table: CampaignTable, now: datetime) -> Occasion | None:
        """Now."""
        return self.at(name, table, now.astimezone(office.zone))

    def at(self, name: str, table: CampaignTable, moment: datetime) -> Occasion:
        """The occasion of one time."""
        key = f"time:{moment:%Y-%m-%dT%H:%M}"
        return Occasion(key, moment, title=name, tone=table.tone, fields={"day": moment.date().isoformat()})

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """A rule that can be read, a time, words of its own."""
        yield from (fault for key in ("rule", "at", "template") for fault in needed(table, key))
        yield from rule_faults(table)


def rule_faults(table: CampaignTable) -> Iterator[Fault]:
    """What is wrong with a campaign's rule, if it has one."""
    if not table.rule:
        return
    try:
        if any(f"FREQ={often}" in table.rule.upper() for often in OFTEN):
            raise ValueError
        _rule(table)
    except (ValueError, TypeError, KeyError, AttributeError):
        yield (
            "rule",
            t('"{r}" bukan aturan RFC 5545 harian atau lebih jarang; misalnya "FREQ=MONTHLY;BYDAY=-1FR"',
              '"{r}" is no rule of RFC 5545, daily or rarer; write for example "FREQ=MONTHLY;BYDAY=-1FR"',
              r=table.rule[:60]),
        )  # fmt: skip


def times(table: CampaignTable, zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """Every time (aware, in *zone*) at which a rule speaks from *start* to *end*; without a rule, every day."""
    # In local time without a zone: a rule means the clock on the wall.
    first, last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (start, end))
    return [moment.replace(tzinfo=zone) for moment in _rule(table).between(first, last, inc=True)]


def _rule(table: CampaignTable) -> Any:
    from dateutil.rrule import rrulestr

    hour, minute = (int(part) for part in (table.at or "00:00").split(":"))
    begin = datetime.combine(table.since or ANCHOR, time(hour, minute))  # see times()
    return rrulestr(table.rule or "FREQ=DAILY", dtstart=begin)
