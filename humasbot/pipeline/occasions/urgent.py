"""What BMKG's two kinds of alert have in common: the alert lane, an end, and a standing approval for one template."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from humasbot.config import CampaignTable, Config
from humasbot.globe import Point
from humasbot.models import Campaign, Happening, Post
from humasbot.pipeline.compose import Matter, Rule
from humasbot.pipeline.happenings import current
from humasbot.pipeline.occasions.base import Fault, Kind, Occasion, needed
from humasbot.pipeline.office import Office
from humasbot.pipeline.pinning import print_of
from humasbot.pipeline.revising import revise
from humasbot.words import t

ALERT = 10
"""The lane that goes ahead of everything and is stopped by no gate."""
SITE = "bmkg.go.id"
AHEAD = timedelta(minutes=15)
"""Clocks differ; what is dated further ahead is not believed."""


class Urgent(Kind):
    """An alert: relayed as its source says it, never after its end."""

    tells: ClassVar[str]
    """The kind of happening, and the end of the kind of source."""
    card: ClassVar[str]

    @abstractmethod
    def matters(self, office: Office, table: CampaignTable, facts: Mapping[str, Any]) -> bool:
        """Whether it is worth a Post of this office."""

    @abstractmethod
    def ends(self, table: CampaignTable, row: Happening) -> datetime:
        """After when it must not be said (aware)."""

    @abstractmethod
    def words(self, office: Office, facts: Mapping[str, Any]) -> dict[str, str]:
        """What of it a reader would want corrected, in plain words: ``title`` and ``text``."""

    @abstractmethod
    def data(self, office: Office, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What the template sees; ``link`` is the Post's."""

    def due(
        self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime
    ) -> Iterable[Occasion]:
        """What matters and has not ended, or ended so lately that it is to be told why nothing was said."""
        for row in current(office, table.source or "", self.tells, now - timedelta(days=1), now + AHEAD):
            ends = self.ends(table, row)
            if row.over_at is None and ends > campaign.created_at and self.matters(office, table, row.facts):
                yield self.occasion(office, row.key, row.begins_at, ends, row.facts)

    def occasion(
        self, office: Office, key: str, begins: datetime, ends: datetime, facts: Mapping[str, Any]
    ) -> Occasion:
        """The occasion of one alert."""
        words = self.words(office, facts)
        return Occasion(
            key, begins, title=words["title"], priority=ALERT, not_after=ends,
            fields={"happening": key, "words": words}, data=self.data(office, facts),
        )  # fmt: skip

    def matter(self, office: Office, table: CampaignTable, occasion: Occasion) -> Matter:
        """As BMKG says it."""
        data = dict(occasion.data)
        link = str(data.pop("link", ""))
        return Matter(
            title=occasion.title, due=occasion.due, not_after=occasion.not_after, link=link, extra=data
        )

    def rule(self, table: CampaignTable, occasion: Occasion) -> Rule:
        """With the card of its kind, unless the campaign names one."""
        rule = super().rule(table, occasion)
        return replace(rule, card=rule.card or self.card)

    def review(self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime) -> None:
        """A revision: what has not left is composed anew, what is out becomes a proposal."""

        def words_of(_post: Post, row: Happening) -> dict[str, str]:
            return self.words(office, row.facts)

        revise(office, campaign, table.source or "", now, words_of)

    def pin(self, config: Config, table: CampaignTable) -> str:
        """The print of what the campaign would say and show now."""
        return print_of(config, table, table.template or self.template, table.card or self.card)

    def standing(self, office: Office, table: CampaignTable, occasion: Occasion) -> bool:
        """A standing approval holds for the very template that a person read; a changed one waits for a person."""
        return (
            table.approval == "policy"
            and bool(table.pinned)
            and table.pinned == self.pin(office.config, table)
        )

    def cards(self, config: Config, table: CampaignTable) -> Iterable[str]:
        """Its own card."""
        return [table.card or self.card] if table.picture == "card" else []

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """A source of BMKG's, a template that is pinned, an office of its own, a link that may be set."""
        yield from needed(table, "source")
        wanted = f"bmkg_{self.tells}"
        source = config.sources.get(table.source or "")
        if table.source and (source is None or source.kind != wanted):
            yield (
                "source",
                t('harus nama sumber dengan kind = "{k}"', 'must name a source with kind = "{k}"', k=wanted),
            )
        if table.agencies == "all":
            yield (
                "agencies",
                t('harus "own": peringatan menurut tempat kantor', 'must be "own": alerts go by place'),
            )
        if table.approval == "policy" and not table.pinned:
            yield (
                "pinned",
                t('baca dahulu templat {n} dan kartunya (berkasnya: humasbot templates), lalu tulis: pinned = "{p}"',
                  'read the template {n} and its card first (its file: humasbot templates), then write: pinned = "{p}"',
                  n=table.template or self.template, p=self.pin(config, table)),
            )  # fmt: skip
        if config.lint.domains and not any(
            each == SITE or SITE.endswith(f".{each}") for each in config.lint.domains
        ):
            yield (
                "",
                t('kiriman ini menaut ke BMKG; tambahkan "{s}" ke [lint] domains',
                  'these posts link to BMKG; add "{s}" to [lint] domains', s=SITE),
            )  # fmt: skip


def point_of(config: Config) -> Point | None:
    """Where the office is."""
    agency = config.agency
    if agency.latitude is None or agency.longitude is None:
        return None
    return agency.latitude, agency.longitude
