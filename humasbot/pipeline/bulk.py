"""Planning for a whole fleet: one occasion becomes the posts of every agency, in statements over thousands of rows.

Memory is bounded by one chunk of agencies; each chunk is one transaction, and planning again adds what is missing.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from humasbot import audit
from humasbot.errors import HumasbotError, StateError
from humasbot.logs import Quiet
from humasbot.models import Account, Agency, Delivery, Post, Variant, columns
from humasbot.pipeline import staging
from humasbot.pipeline.crew import Crew
from humasbot.pipeline.fleetwide import PLANNED
from humasbot.pipeline.occasions.digest import ONLY, Digest
from humasbot.pipeline.office import Office
from humasbot.pipeline.reviewing import stopped_surely
from humasbot.pipeline.wording import Order, Wording
from humasbot.queueing import refresh_statistics
from humasbot.words import t

log = Quiet("humasbot.plan")
CHUNK = 2000
"""Agencies a transaction."""


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
        yield list(Wording(office, order, rows).staged())


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
