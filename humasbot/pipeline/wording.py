"""Wording for a fleet: what each agency says, from a mould where that is right, else composed on all cores."""

import os
import secrets
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from humasbot.config import CampaignTable, duration
from humasbot.logs import Quiet
from humasbot.models import Account, Agency, Campaign, Quota, columns
from humasbot.models.among import among
from humasbot.pipeline import quotas, staging
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.compose import Composer, Draft, Matter, Rule, scatter
from humasbot.pipeline.crew import Crew
from humasbot.pipeline.mould import Mould, Words, mould, words_of
from humasbot.pipeline.office import Office
from humasbot.pipeline.seen import Said
from humasbot.pipeline.standins import StandIns, shape
from humasbot.platforms.base import Publisher
from humasbot.platforms.registry import platform

log = Quiet("humasbot.plan")
COLOURS = ("primary", "accent", "pattern")
"""What of the head's brand stands in on the cards of an agency that gives none of its own."""
THREADS = max(1, min(4, os.cpu_count() or 1))
"""That draw cards: not so many that what else the process does would wait for its turn."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be said for everybody: the campaign, its occasion, the matter, and how it is worded.

    ``fields`` are those of each of its Posts.
    """

    campaign: Campaign
    table: CampaignTable
    key: str
    priority: int
    matter: Matter
    rule: Rule
    head: Agency
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tone(self) -> str:
        """The occasion's tone, which mourning and silence ask for."""
        return str(self.fields.get("tone", "neutral"))


class Wording:
    """The words of one chunk of accounts, those of an agency next to each other."""

    def __init__(self, office: Office, order: Order, rows: Sequence[Any]) -> None:
        self._office = office
        self._order = order
        self._rows = rows
        self._due = order.matter.due.astimezone(office.zone)
        self._spread = duration(order.table.spread)
        self._words = {row.agency_id: words_of(row.title, row.brand) for row in rows}
        self._moulds: dict[tuple[Any, ...], Mould | None] = {}
        self._stand_ins = StandIns(office)
        self._limited = _limited(office, [row.id for row in rows])

    def staged(self) -> Iterator[staging.Row]:
        """What is to be queued, in the order of the rows; no more than a few agencies' cards are held at a time."""
        crew = Crew(THREADS, "humasbot-drawing")
        coming: deque[tuple[list[Any], Future[list[Draft]]]] = deque()
        try:
            for _, group in groupby(self._rows, key=lambda row: row.agency_id):
                rows = list(group)
                coming.append((rows, self._begun(crew, rows)))
                if len(coming) > 2 * THREADS:
                    yield from self._finished(*coming.popleft())
            while coming:
                yield from self._finished(*coming.popleft())
        finally:
            crew.shutdown()

    def _begun(self, crew: Crew, rows: list[Any]) -> Future[list[Draft]]:
        """What the accounts of one agency will say: known at once from moulds, or being composed."""
        words = self._words[rows[0].agency_id]
        moulds = [self._mould(row) for row in rows]
        moulded = [form.filled(words) for form in moulds if form is not None and form.fits(words)]
        if len(moulded) < len(rows):
            return crew.submit(self._composed, rows)
        known: Future[list[Draft]] = Future()
        known.set_result(moulded)
        return known

    def _composed(self, rows: list[Any]) -> list[Draft]:
        """By one composer: an agency's accounts share its card."""
        composer = self._composer(_agency(self._order, rows[0]))
        return [composer.draft(_account(row)) for row in rows]

    def _composer(self, agency: Agency) -> Composer:
        # Quota and cost are asked for all of them at once.
        rule = replace(self._order.rule, counts=False)
        return Composer(self._office, agency, self._order.matter, rule, self._stand_ins.of)

    def _mould(self, row: Any) -> Mould | None:
        mine = self._words[row.agency_id]
        like = (row.platform, shape(row.platform, row.settings), row.name, row.language, *_given(mine))
        if like not in self._moulds:
            alike = [other for other in self._words.values() if _given(other) == _given(mine)]
            head = self._order.head.model_copy(update={"language": row.language})
            self._moulds[like] = mould(self._composer, _account(row), head, alike)
        return self._moulds[like]

    def _finished(self, rows: list[Any], drafts: Future[list[Draft]]) -> Iterator[staging.Row]:
        for row, draft in zip(rows, drafts.result(), strict=True):
            staged = self._placed(row, draft)
            if staged is not None:
                yield staged

    def _placed(self, row: Any, draft: Draft) -> staging.Row | None:
        """With its moment and its cost; ``None``, and told, where it cannot go out."""
        # The same hour by each agency's own clock.
        due = self._due.replace(tzinfo=ZoneInfo(row.timezone)) + scatter(
            self._spread, self._order.key, row.id
        )
        not_after = due + (draft.not_after - draft.due) if draft.not_after else None
        limited = row.id in self._limited
        placed = quotas.placed(self._office, row.id, due, not_after) if limited else quotas.Terms(due)
        if placed.problem or draft.problems or not draft.text:
            reason = "; ".join((*draft.problems, *filter(None, [placed.problem])))
            log.error("blocked", account=row.id, agency=row.agency_id, reason=reason)
            return None
        options = {**draft.options, **self._price(row, draft)}
        media = [self._office.media.keep(each) for each in draft.media]
        said = Said(
            draft.title, draft.text, draft.link, draft.language, media, options, placed.due, not_after
        )
        return staging.Row(row.agency_id, row.id, said, hash_of(said, row), secrets.token_hex(16))

    def _price(self, row: Any, draft: Draft) -> dict[str, str]:
        if platform(row.platform).cost is Publisher.cost:
            return {}
        price = self._stand_ins.of(_account(row)).cost(draft.outgoing())
        return {quotas.COST: str(price)} if price else {}


def _given(words: Words) -> tuple[bool, ...]:
    """Which of an agency's words there are at all."""
    return tuple(bool(words[name]) for name in sorted(words))


def _limited(office: Office, accounts: Sequence[int]) -> set[int]:
    """Those of the accounts whose platform told of a quota: the others need not be asked about one by one."""
    query = sa.select(columns(Quota).account_id).where(
        columns(Quota).what == quotas.POSTS, among(columns(Quota).account_id, "b_accounts")
    )
    with office.database.read() as session:
        return set(session.execute(query, {"b_accounts": list(accounts)}).scalars())


def _account(row: Any) -> Account:
    return Account(
        id=row.id, agency_id=row.agency_id, name=row.name, platform=row.platform, settings=row.settings
    )


def _agency(order: Order, row: Any) -> Agency:
    """The agency of *row*, for composing alone; colours that it does not give are the head's."""
    colours = {name: order.head.brand[name] for name in COLOURS if name in order.head.brand}
    return Agency(
        id=row.agency_id,
        name="",
        title=row.title,
        timezone=row.timezone,
        language=row.language,
        brand={**colours, **row.brand},
    )
