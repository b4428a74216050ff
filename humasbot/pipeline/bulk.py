"""Planning for a whole fleet: one occasion becomes the posts of every agency, in statements over thousands of rows.

Memory is bounded by one chunk of agencies; each chunk is one transaction, and planning again adds what is missing.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from humasbot import audit
from humasbot.config import CampaignTable, duration
from humasbot.content import Media
from humasbot.errors import HumasbotError, StateError
from humasbot.logs import Quiet
from humasbot.models import Account, Agency, Campaign, Delivery, Post, Quota, Variant, columns
from humasbot.models.among import among
from humasbot.pipeline import quotas, staging
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.compose import Composer, Draft, Matter, Rule, scatter
from humasbot.pipeline.crew import Crew
from humasbot.pipeline.fleetwide import PLANNED
from humasbot.pipeline.mould import Mould, Words, mould, words_of
from humasbot.pipeline.occasions.digest import ONLY, Digest
from humasbot.pipeline.office import Office
from humasbot.pipeline.reviewing import stopped_surely
from humasbot.pipeline.seen import Said
from humasbot.pipeline.standins import StandIns, shape
from humasbot.queueing import refresh_statistics
from humasbot.words import t

log = Quiet("humasbot.plan")
CHUNK = 2000
"""Agencies a transaction."""
Composing = Callable[[Agency], Composer]
COLOURS = ("primary", "accent", "pattern")
"""What of the head's brand stands in on the cards of an agency that gives none of its own."""


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


def plan_all(office: Office, order: Order, now: datetime) -> int:
    """Make the Posts of every agency, approved by policy and queued; how many deliveries.

    Raises :class:`~humasbot.errors.HumasbotError` for a campaign that waits for a person: nobody approves 75,000; and
    :class:`~humasbot.errors.StateError` where mourning begins meanwhile.
    """
    if order.table.approval != "policy":
        raise HumasbotError(
            t('agencies = "all" perlu approval = "policy"', 'agencies = "all" needs approval = "policy"')
        )
    made = 0
    for staged in _ahead(_chunks(office, order)):
        with office.database.write() as session:
            _still_allowed(office, session, order, now)
            queued = staging.queue(
                session, order.campaign.id or 0, order.key, order.priority, staged, now, order.fields,
                f"campaign:{order.campaign.name}",
            )  # fmt: skip
            _record(session, order, queued)
        made += queued[0]
        log.info("planned_chunk", campaign=order.campaign.name, occasion=order.key, deliveries=queued[0])
    with office.database.write() as session:
        _done(session, order)
    if made:
        refresh_statistics(office.database)
    return made


def _chunks(office: Office, order: Order) -> Iterator[list[staging.Row]]:
    """What each chunk of agencies says."""
    last = 0
    while True:
        with office.database.read() as session:
            rows = session.execute(_chunk(order, last)).all()
        if not rows:
            return
        last = rows[-1].agency_id
        yield list(_staged(office, order, rows))


def _ahead(chunks: Iterator[list[staging.Row]]) -> Iterator[list[staging.Row]]:
    """*chunks*, each worded by another thread while the database takes in the one before it."""
    crew = Crew(1, "humasbot-wording")
    try:
        coming = crew.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = crew.submit(next, chunks, None)
            yield chunk
    finally:
        crew.shutdown()


def _still_allowed(office: Office, session: Session, order: Order, now: datetime) -> None:
    """Raise :class:`~humasbot.errors.StateError` where the place has begun to mourn since the occasion was planned."""
    due = max(order.matter.due, now)
    stop = stopped_surely(office, session, order.head, order.tone, order.priority, due)
    if stop is not None:
        raise StateError(stop.reason)


def _chunk(order: Order, last: int) -> sa.Select[Any]:
    """The accounts of the next agencies that have not said it yet."""
    agency, account, post = columns(Agency), columns(Account), columns(Post)
    said = sa.exists().where(
        post.campaign_id == order.campaign.id,
        post.occasion == sa.literal(f"{order.key}@").concat(sa.cast(agency.id, sa.String)),
    )
    some = (
        sa.select(agency.id)
        .where(agency.id > last, agency.id != order.head.id, ~said)
        .order_by(agency.id)
        .limit(CHUNK)
        .cte("some")
    )
    query = (
        sa.select(
            account.id, account.name, account.platform, account.agency_id, agency.title, agency.timezone,
            agency.language, agency.brand, account.settings,
        )
        .join(agency.id.table, agency.id == account.agency_id)
        .where(agency.id.in_(sa.select(some.c.id)), account.active.is_(True), account.dry_run.is_(False))
        .order_by(account.agency_id, account.id)
    )  # fmt: skip
    names = order.table.accounts
    named = account.name.in_(names)
    if order.table.occasion != Digest.name:  # the same rule as audience() has
        said_all = sa.func.coalesce(account.settings["digest"].as_string(), "") != ONLY
        query = query.where(sa.or_(named, said_all))
    return query if "*" in names else query.where(named)


def _staged(office: Office, order: Order, rows: Sequence[Any]) -> Iterator[staging.Row]:
    """Each account's words, from a mould where that is right."""
    words = {row.agency_id: words_of(row.title, row.brand) for row in rows}
    moulds: dict[tuple[Any, ...], Mould | None] = {}
    zone, spread = office.zone, duration(order.table.spread)
    limited = _limited(office, [row.id for row in rows])
    stand_ins = StandIns(office)
    compose = partial(_compose, office, order, stand_ins)
    composers: dict[int, Composer] = {}
    for row in rows:
        mine = words[row.agency_id]
        # The same hour by each agency's own clock.
        due = order.matter.due.astimezone(zone).replace(tzinfo=ZoneInfo(row.timezone))
        due += scatter(spread, order.key, row.id)
        like = (row.platform, shape(row.platform, row.settings), row.name, row.language)
        kind = (*like, *(bool(mine[name]) for name in sorted(mine)))
        if kind not in moulds:
            alike = [other for other in words.values() if _shape(other) == _shape(mine)]
            moulds[kind] = _mould(compose, order, row, alike)
        draft = _draft(compose, order, row, moulds[kind], mine, composers)
        late = draft.not_after - draft.due if draft.not_after else None
        not_after = due + late if late is not None else None
        placed = quotas.placed(office, row.id, due, not_after) if row.id in limited else quotas.Terms(due)
        if placed.problem or draft.problems or not draft.text:
            reason = "; ".join((*draft.problems, *filter(None, [placed.problem])))
            log.error("blocked", account=row.id, agency=row.agency_id, reason=reason)
            continue
        price = stand_ins.of(_account(row)).cost(draft.outgoing())
        said = replace(draft, options={**draft.options, quotas.COST: str(price)}) if price else draft
        yield _row(office, row, said, placed.due, not_after)


def _limited(office: Office, accounts: Sequence[int]) -> set[int]:
    """Those of the accounts whose platform told of a quota: the others need not be asked about one by one."""
    query = sa.select(columns(Quota).account_id).where(
        columns(Quota).what == quotas.POSTS, among(columns(Quota).account_id, "b_accounts")
    )
    with office.database.read() as session:
        return set(session.execute(query, {"b_accounts": list(accounts)}).scalars())


def _shape(words: Words) -> tuple[bool, ...]:
    return tuple(bool(words[name]) for name in sorted(words))


def _account(row: Any) -> Account:
    return Account(
        id=row.id, agency_id=row.agency_id, name=row.name, platform=row.platform, settings=row.settings
    )


def _compose(office: Office, order: Order, stand_ins: StandIns, agency: Agency) -> Composer:
    # Quota and cost are asked for all of them at once.
    return Composer(office, agency, order.matter, replace(order.rule, counts=False), stand_ins.of)


def _mould(compose: Composing, order: Order, row: Any, alike: Sequence[Words]) -> Mould | None:
    return mould(compose, _account(row), order.head.model_copy(update={"language": row.language}), alike)


def _draft(
    compose: Composing,
    order: Order,
    row: Any,
    form: Mould | None,
    words: Words,
    composers: dict[int, Composer],
) -> Draft:
    """What one account says; *composers* holds that of the agency in hand, whose accounts share a card."""
    if form is not None and form.fits(words):
        title, text = form.filled(words)
        return replace(form.draft, title=title, text=text)
    if row.agency_id not in composers:  # an agency's accounts follow one another: no other is kept
        composers.clear()
        composers[row.agency_id] = compose(_agency(order, row))
    return composers[row.agency_id].draft(_account(row))


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


def _row(office: Office, row: Any, draft: Draft, due: datetime, not_after: datetime | None) -> staging.Row:
    media = [_kept(office, each) for each in draft.media]
    options = dict(draft.options)
    said = Said(draft.title, draft.text, draft.link, draft.language, media, options, due, not_after)
    return staging.Row(row.agency_id, row.id, said, hash_of(said, row), secrets.token_hex(16))


def _kept(office: Office, media: Media) -> dict[str, Any]:
    return office.media.keep(media)


def _record(session: Session, order: Order, queued: tuple[int, int, int, str]) -> None:
    """One act for the chunk: how many, from which delivery to which, and the hash over all that was approved."""
    count, first, last, digest = queued
    if count:
        audit.record(
            session, "approved", f"campaign:{order.campaign.id}", policy=f"campaign:{order.campaign.name}",
            occasion=order.key, deliveries=count, first=first, last=last, hash=digest, text=order.matter.title,
        )  # fmt: skip


def _done(session: Session, order: Order) -> None:
    """The occasion has its Post, with what stands for everybody now: planning does not come back to it.

    Whoever holds something of it meanwhile makes that Post too, under the same lock; then ``IntegrityError`` is raised.
    """
    session.get(Agency, order.head.id, with_for_update={"key_share": True})
    post, variant, delivery = columns(Post), columns(Variant), columns(Delivery)
    planned = sa.select(sa.func.count()).select_from(
        delivery.id.table.join(variant.id.table, variant.id == delivery.variant_id).join(
            post.id.table, post.id == variant.post_id
        )
    )
    mine = post.occasion.startswith(f"{order.key}@", autoescape=True)
    made = int(session.execute(planned.where(post.campaign_id == order.campaign.id, mine)).scalar_one())
    words = t("disusun untuk semua instansi: {n} kiriman", "planned for all agencies: {n} deliveries", n=made)
    session.add(
        Post(
            agency_id=order.head.id or 0, campaign_id=order.campaign.id or 0, occasion=order.key,
            title=order.matter.title or order.campaign.name, due_at=order.matter.due, skipped=words,
            fields={**order.fields, PLANNED: made},
        )
    )  # fmt: skip
