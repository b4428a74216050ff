"""``occasion = "agenda"``: each public event of a calendar has up to three Posts: before, during and after it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, get_args

from humasbot.config import CampaignTable, Config, duration
from humasbot.database import DatabaseError
from humasbot.indonesian import clock, long_date
from humasbot.models import Campaign, Happening, Post
from humasbot.occasions.agenda import REPORT, Stage, slot
from humasbot.pipeline.compose import Matter, Rule
from humasbot.pipeline.happenings import current
from humasbot.pipeline.occasions.base import Fault, Kind, Occasion, needed
from humasbot.pipeline.office import Office
from humasbot.pipeline.revising import revise
from humasbot.words import t

STAGES: tuple[Stage, ...] = get_args(Stage)
MORNING = time(8)


@dataclass(frozen=True, slots=True)
class Event:
    """An event as its Posts tell it; times in the office's zone."""

    key: str
    title: str
    begins: datetime
    ends: datetime
    whole_day: bool = False
    place: str = ""
    text: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Happening, office: Office) -> "Event":
        """The event that a row keeps."""
        facts = row.facts
        return cls(
            row.key, str(facts["title"]), row.begins_at.astimezone(office.zone), row.ends_at.astimezone(office.zone),
            bool(facts.get("whole_day")), str(facts.get("place", "")), str(facts.get("text", "")),
            str(facts.get("url", "")), tuple(facts.get("categories", ())),
        )  # fmt: skip

    @property
    def when(self) -> str:
        """``Senin, 23 November 2026, pukul 09.00–11.00 WIB``."""
        last = self.ends - timedelta(microseconds=1)
        if self.whole_day and last.date() > self.begins.date():
            return f"{long_date(self.begins)} sampai {long_date(last)}"
        if self.whole_day:
            return long_date(self.begins)
        if self.ends.date() != self.begins.date():
            first, end = (f"{long_date(each)} pukul {clock(each)}" for each in (self.begins, self.ends))
            return f"{first} sampai {end}"
        return f"{long_date(self.begins)}, pukul {self.begins:%H.%M}–{clock(self.ends)}"


class Agenda(Kind):
    """The linked set of each event: moved and stopped together."""

    name: ClassVar[str] = "agenda"
    template: ClassVar[str] = "agenda"

    def due(
        self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime
    ) -> Iterable[Occasion]:
        """Every stage that is due until the planning horizon, and can still be said."""
        until = now + duration(office.config.humasbot.plan_ahead)
        since = campaign.created_at
        for row in current(office, table.source or "", "agenda", now - REPORT, now + timedelta(days=61)):
            for occasion in self._occasions(office, table, row):
                if occasion.due <= until and max(now, since) < (occasion.not_after or now):
                    yield occasion

    def _occasions(self, office: Office, table: CampaignTable, row: Happening) -> Iterator[Occasion]:
        if row.over_at is not None or not row.facts:
            return
        event = Event.of(row, office)
        if table.categories and not set(table.categories) & set(event.categories):
            return
        at = time.fromisoformat(table.at) if table.at else MORNING
        for stage in table.stages:
            when = slot(
                stage, event.begins, event.ends, whole_day=event.whole_day, zone=office.zone, ahead=table.before or 1,
                at=at, since=row.first_seen_at,
            )  # fmt: skip
            if when is None:
                continue
            words = words_of(event, stage, row.filled)
            yield Occasion(
                f"{event.key}:{stage}", when.due, title=event.title, tone=table.tone, not_after=when.not_after,
                template=f"{table.template or self.template}-{stage}", card=table.card or f"event-{stage}",
                fields={"happening": event.key, "stage": stage, "words": words, "event": event.key},
                data={"event": event, "stage": stage, "filled": dict(row.filled), "link": event.url},
            )  # fmt: skip

    def matter(self, office: Office, table: CampaignTable, occasion: Occasion) -> Matter:
        """The event."""
        data = dict(occasion.data)
        link = str(data.pop("link", ""))
        return Matter(title=occasion.title, due=occasion.due, not_after=occasion.not_after, link=link,
                      tone=occasion.tone, extra=data)  # fmt: skip

    def rule(self, table: CampaignTable, occasion: Occasion) -> Rule:
        """Each stage has its own template and card; how late is bounded by the event itself."""
        return Rule(occasion.template, occasion.card, table.photo_card, table.picture, None)

    def review(self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime) -> None:
        """A moved or cancelled event moves or stops its set; what is out becomes a proposal."""

        def now_says(post: Post, row: Happening) -> dict[str, str]:
            return words_of(Event.of(row, office), post.fields.get("stage", "before"), row.filled)

        revise(office, campaign, table.source or "", now, now_says)

    def standing(self, office: Office, table: CampaignTable, occasion: Occasion) -> bool:
        """A report always waits for a person."""
        return table.approval == "policy" and occasion.fields.get("stage") != "after"

    def on(self, office: Office, name: str, table: CampaignTable, day: date) -> list[Occasion]:
        """What is due on that day, as the calendar stands."""
        start = datetime.combine(day, time(), tzinfo=office.zone)
        try:
            rows = current(office, table.source or "", "agenda", start - REPORT, start + timedelta(days=61))
        except DatabaseError:
            return []
        found = [each for row in rows for each in self._occasions(office, table, row)]
        return [each for each in found if each.due.astimezone(office.zone).date() == day]

    def sample(self, office: Office, name: str, table: CampaignTable, now: datetime) -> Occasion | None:
        """The invitation to an event that nobody holds."""
        begins = now + timedelta(days=2)
        facts = {"title": "Contoh acara", "place": "Balai Kota", "text": "Terbuka untuk umum.", "url": ""}
        row = Happening(source_id=0, kind="agenda", key="agenda:sample", facts=facts, begins_at=begins,
                        ends_at=begins + timedelta(hours=2), first_seen_at=now)  # fmt: skip
        return next(self._occasions(office, table.model_copy(update={"categories": []}), row), None)

    def cards(self, config: Config, table: CampaignTable) -> Iterable[str]:
        """One for each stage, or the campaign's."""
        if table.picture != "card":
            return []
        return [table.card] if table.card else [f"event-{stage}" for stage in table.stages]

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """A calendar, and stages."""
        yield from needed(table, "source")
        yield from needed(table, "stages")
        source = config.sources.get(table.source or "")
        if table.source and (source is None or source.kind != "ics"):
            yield "source", t('harus nama sumber dengan kind = "ics"', 'must name a source with kind = "ics"')
        if table.agencies == "all":
            yield (
                "agencies",
                t('harus "own": agenda milik satu kantor', 'must be "own": an agenda is one office\'s'),
            )


def words_of(event: Event, stage: str, filled: Mapping[str, Any]) -> dict[str, str]:
    """What of an event a reader would want corrected; of a report also what a person filled in."""
    lines = [f"Waktu: {event.when}.", f"Tempat: {event.place}." if event.place else ""]
    if stage == "after":
        lines += [f"{name}: {value}" for name, value in sorted(filled.items())]
    return {
        "title": event.title, "text": "\n".join(filter(None, lines)), "summary": "", "url": event.url,
    }  # fmt: skip
