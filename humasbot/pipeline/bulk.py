"""Planning for a whole fleet: one occasion becomes the posts of every agency, in statements over thousands of rows.

Memory is bounded by one chunk of agencies; each chunk is one transaction, and planning again adds what is missing.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from humasbot import audit
from humasbot.config import CampaignTable, duration
from humasbot.content import Media
from humasbot.errors import HumasbotError
from humasbot.logs import Quiet
from humasbot.models import Account, Agency, Campaign, Post, columns
from humasbot.pipeline import staging
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.compose import Composer, Draft, Matter, Rule, scatter
from humasbot.pipeline.mould import Mould, Words, mould, words_of
from humasbot.pipeline.office import Office
from humasbot.pipeline.seen import Said
from humasbot.queueing import refresh_statistics
from humasbot.words import t

log = Quiet("humasbot.plan")
CHUNK = 2000
"""Agencies a transaction."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be said for everybody: the campaign, its occasion, the matter, and how it is worded."""

    campaign: Campaign
    table: CampaignTable
    key: str
    priority: int
    matter: Matter
    rule: Rule
    head: Agency


def plan_all(office: Office, order: Order, now: datetime) -> int:
    """Make the Posts of every agency, approved by policy and queued; how many deliveries.

    Raises :class:`~humasbot.errors.HumasbotError` for a campaign that waits for a person: nobody approves 75,000.
    """
    if order.table.approval != "policy":
        raise HumasbotError(
            t('agencies = "all" perlu approval = "policy"', 'agencies = "all" needs approval = "policy"')
        )
    made, last = 0, 0
    while True:
        with office.database.read() as session:
            rows = session.execute(_chunk(order, last)).all()
        if not rows:
            break
        last = rows[-1].agency_id
        staged = list(_staged(office, order, rows))
        with office.database.write() as session:
            queued = staging.queue(session, order.campaign.id or 0, order.key, order.priority, staged, now)
            _record(session, order, queued)
        made += queued[0]
        log.info("planned_chunk", campaign=order.campaign.name, occasion=order.key, deliveries=queued[0])
    with office.database.write() as session:
        _done(session, order, made)
    if made:
        refresh_statistics(office.database)
    return made


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
            agency.language, agency.brand,
        )
        .join(agency.id.table, agency.id == account.agency_id)
        .where(agency.id.in_(sa.select(some.c.id)), account.active.is_(True), account.dry_run.is_(False))
        .order_by(account.agency_id, account.id)
    )  # fmt: skip
    names = order.table.accounts
    return query if "*" in names else query.where(account.name.in_(names))


def _staged(office: Office, order: Order, rows: Sequence[Any]) -> Iterator[staging.Row]:
    """Each account's words, from a mould where that is right."""
    words = {row.agency_id: words_of(row.title, row.brand) for row in rows}
    moulds: dict[tuple[Any, ...], Mould | None] = {}
    zone, spread = office.zone, duration(order.table.spread)
    for row in rows:
        mine = words[row.agency_id]
        # The same hour by each agency's own clock.
        due = order.matter.due.astimezone(zone).replace(tzinfo=ZoneInfo(row.timezone))
        due += scatter(spread, order.key, row.id)
        kind = (row.platform, row.name, row.language, *(bool(mine[name]) for name in sorted(mine)))
        if kind not in moulds:
            alike = [other for other in words.values() if _shape(other) == _shape(mine)]
            moulds[kind] = _mould(office, order, row, alike)
        draft = _draft(office, order, row, moulds[kind], mine)
        if draft.problems or not draft.text:
            log.error("blocked", account=row.id, agency=row.agency_id, reason="; ".join(draft.problems))
            continue
        yield _row(office, row, draft, due)


def _shape(words: Words) -> tuple[bool, ...]:
    return tuple(bool(words[name]) for name in sorted(words))


def _account(row: Any) -> Account:
    # Composed as for an account that is not connected: only its platform's limits matter here.
    return Account(id=row.id, agency_id=row.agency_id, name=row.name, platform=row.platform, dry_run=True)


def _mould(office: Office, order: Order, row: Any, alike: Sequence[Words]) -> Mould | None:
    head = order.head.model_copy(update={"language": row.language})
    return mould(office, order.matter, order.rule, _account(row), head, alike)


def _draft(office: Office, order: Order, row: Any, form: Mould | None, words: Words) -> Draft:
    if form is not None and form.fits(words):
        title, text = form.filled(words)
        return replace(form.draft, title=title, text=text)
    agency = Agency(
        id=row.agency_id,
        name="",
        title=row.title,
        timezone=row.timezone,
        language=row.language,
        brand=row.brand,
    )
    return Composer(office, agency, order.matter, order.rule).draft(_account(row))


def _row(office: Office, row: Any, draft: Draft, due: datetime) -> staging.Row:
    late = draft.not_after - draft.due if draft.not_after else None
    media = [_kept(office, each) for each in draft.media]
    not_after = due + late if late is not None else None
    said = Said(draft.title, draft.text, draft.link, draft.language, media, {}, due, not_after)
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


def _done(session: Session, order: Order, made: int) -> None:
    """The occasion has its Post: planning does not come back to it."""
    words = t("disusun untuk semua instansi: {n} kiriman", "planned for all agencies: {n} deliveries", n=made)
    session.add(
        Post(
            agency_id=order.head.id or 0, campaign_id=order.campaign.id or 0, occasion=order.key,
            title=order.matter.title or order.campaign.name, due_at=order.matter.due, skipped=words,
        )
    )  # fmt: skip
