"""What a kind of occasion is: it says which Posts a campaign owes, and what each of them has to say.

To add a kind: a file beside this one with a subclass of :class:`Kind`, a line in ``registry.py``, its name in
``CampaignTable.occasion`` and whatever keys of its own there. The planner does the rest: one Post per (campaign, key),
composing, lateness, the standing approval, holding back and telling.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar

from humasbot.config import CampaignTable, Config
from humasbot.models import Article, Campaign
from humasbot.pipeline.compose import Matter, Rule
from humasbot.pipeline.office import Office
from humasbot.words import t

Fault = tuple[str, str]
"""A key of the campaign's table (or ``""``) and a sentence about what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a Post may not go out: a code of :data:`humasbot.models.calendar.HOLD_CODES`, and the key it waits for."""

    code: str
    reason: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One reason to say something.

    ``key`` is unique within the campaign; ``due`` is aware, ``not_after`` (aware) when it is too late whatever the
    campaign's ``late`` says. ``skip``: nothing is made of it, for this reason, which is recorded. ``hold``: its Post is
    made and listed, but waits. ``tone`` decides what mourning and elections stop. ``template``, ``card`` and
    ``priority`` stand before the campaign's own where given. ``fields`` are kept with the Post; ``data`` is the kind's
    own, and the template's: its keys are variables there.
    """

    key: str
    due: datetime
    article: Article | None = None
    title: str = ""
    tone: str = "neutral"
    skip: str = ""
    hold: Hold | None = None
    template: str = ""
    card: str = ""
    priority: int | None = None
    not_after: datetime | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)


class Kind(ABC):
    """One kind of occasion. It holds no state: whatever it must remember stands in the database."""

    name: ClassVar[str]
    template: ClassVar[str] = "announcement"
    """The text template of a campaign that names none."""

    @abstractmethod
    def due(
        self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime
    ) -> Iterable[Occasion]:
        """Every occasion from a little before *now* to the planning horizon, also those that have their Post."""

    def matter(self, office: Office, table: CampaignTable, occasion: Occasion) -> Matter:
        """What an occasion gives to say."""
        return Matter(
            title=occasion.title,
            due=occasion.due,
            not_after=occasion.not_after,
            tone=occasion.tone,
            extra=occasion.data,
        )

    def rule(self, table: CampaignTable, occasion: Occasion) -> Rule:
        """How it is worded and pictured."""
        rule = Rule.of(table, self.template)
        return replace(rule, template=occasion.template or rule.template, card=occasion.card or rule.card)

    def review(self, office: Office, campaign: Campaign, table: CampaignTable, now: datetime) -> None:
        """Judge anew what is planned already, before :meth:`due` is asked: what it is about may have changed."""
        return

    def standing(self, office: Office, table: CampaignTable, occasion: Occasion) -> bool:
        """Whether a Post of the campaign is approved by its policy, without a person."""
        return table.approval == "policy"

    def on(self, office: Office, name: str, table: CampaignTable, day: date) -> list[Occasion]:
        """What the campaign *name* says on a day of the office's zone (preview); nothing where that cannot be known."""
        return []

    def sample(self, office: Office, name: str, table: CampaignTable, now: datetime) -> Occasion | None:
        """An occasion to try the templates with; ``None`` where an announcement's sample does."""
        return None

    def cards(self, config: Config, table: CampaignTable) -> Iterable[str]:
        """The card templates to be checked before an office speaks."""
        return [name for name in (table.card, table.photo_card) if name]

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """What is wrong with a campaign's table, beyond its types."""
        yield from ()


def needed(table: CampaignTable, key: str) -> Iterator[Fault]:
    """The fault of a key that this kind cannot do without."""
    if getattr(table, key) in (None, "", []):
        yield (
            key,
            t('wajib diisi untuk occasion = "{o}"', 'is required for occasion = "{o}"', o=table.occasion),
        )
