"""Fleetwide: what a campaign of all agencies has queued is held back, let go or dropped for every agency at once.

A person decides once for an occasion, not 75,000 times: its hold stands at the head's own Post of that occasion. Every
agency's Post says why it waits; its Approvals are taken back and its Deliveries cancelled, thousands in a transaction.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from humasbot import audit, stilling
from humasbot.config import duration
from humasbot.logs import Quiet
from humasbot.models import (
    Agency,
    Approval,
    Campaign,
    Delivery,
    Held,
    Post,
    UtcDateTime,
    Variant,
    columns,
)
from humasbot.models.among import among
from humasbot.occasions.gates import Verdict
from humasbot.pipeline.almanac import Almanac
from humasbot.pipeline.holding import GONE
from humasbot.pipeline.office import Office
from humasbot.pipeline.public import UNDECIDED
from humasbot.pipeline.setup import agency_of

log = Quiet("humasbot.hold")
CHUNK = 2000
"""Deliveries looked at, and taken out of the queue or put back, in one transaction."""
ALERT = 10
WHOLE, PARTIAL = "whole", "partial"
"""What ``Post.fields["fleet"]`` of the head's Post says: whether every agency had its Post when it was held."""
PLANNED = "deliveries"
"""The key of the head's ``Post.fields`` that says that an occasion was planned for everybody, and how many."""
_DAY = timedelta(days=1)
_BACK = timedelta(days=7)
"""How long a person's decision about an occasion is asked for: nothing queued is older."""


def hold_all(office: Office, book: Almanac, now: datetime) -> list[int]:
    """Hold back what mourning or silence stops in the whole fleet, the soonest first; the head's Posts of it.

    Each agency's day is that of its own clock.
    """
    campaigns = campaigns_of(office)
    if not campaigns:
        return []
    touched: list[int] = []
    for day, verdict in _stopped_days(office, book, now):
        with office.database.read() as session:
            zones = session.exec(select(Agency.timezone).distinct()).all()
        when = _when(day, zones, now)
        if when is None:
            continue
        # One walk for all of it, read as it goes: memory does not grow with the fleet, and nothing is sorted twice.
        with office.database.read() as session:
            query = _stopped(session, agency_of(session, office.config), list(campaigns), verdict, when, now)
            found = session.execute(query, execution_options={"yield_per": CHUNK // 4})
            for rows in found.partitions():
                touched += _hold_some(office, rows, verdict, now)
    return list(dict.fromkeys(touched))


def is_fleets(post: Post) -> bool:
    """Whether a Post stands for those of every agency."""
    return post.fields.get("fleet") in (WHOLE, PARTIAL)


def campaigns_of(office: Office) -> dict[int, Campaign]:
    """The campaigns that speak for every agency, by their numbers."""
    names = [name for name, table in office.config.campaigns.items() if table.agencies == "all"]
    if not names:
        return {}
    with office.database.read() as session:
        head = agency_of(session, office.config)
        mine = select(Campaign).where(Campaign.agency_id == head.id, col(Campaign.name).in_(names))
        return {campaign.id or 0: campaign for campaign in session.exec(mine).all()}


def _stopped_days(office: Office, book: Almanac, now: datetime) -> list[tuple[date, Verdict]]:
    """The days on which something is stopped; a day more at either end, for other zones than the head's."""
    first = now.astimezone(office.zone).date() - _DAY
    last = (now + duration(office.config.humasbot.plan_ahead)).astimezone(office.zone).date() + _DAY
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [(day, verdict) for day in days if (verdict := book.frozen("festive", day)) is not None]


def _when(day: date, zones: Sequence[str], now: datetime) -> Any:
    """Whether a Delivery would leave on *day* by its agency's clock; ``None`` where that day is over everywhere."""
    due, zone_of = columns(Delivery).due_at, columns(Agency).timezone
    parts = []
    for name in zones:
        zone = ZoneInfo(name)
        start = datetime.combine(day, datetime.min.time(), tzinfo=zone)
        today = now.astimezone(zone).date()
        if day < today:
            continue
        before = [due < start + _DAY, *([due >= start] if day > today else [])]
        parts.append(sa.and_(zone_of == name, *before))
    return sa.or_(*parts) if parts else None


def _hold_some(office: Office, rows: Sequence[Any], verdict: Verdict, now: datetime) -> list[int]:
    """Hold these Posts; the head's Posts of them."""
    groups: dict[tuple[int, str], list[int]] = {}
    for row in rows:
        groups.setdefault((row.campaign_id, row.occasion.rpartition("@")[0]), []).append(row.id)
    with office.database.write() as session:
        head = agency_of(session, office.config)
        # Planning, which makes the head's Post at its end, and whoever else holds wait for us: none makes it twice.
        session.refresh(head, with_for_update={"key_share": True})
        return [
            _hold(
                session, _head_post(session, head, campaign, key, verdict, now), sorted(numbers), verdict, now
            )
            for (campaign, key), numbers in groups.items()
        ]


def _stopped(
    session: Session, head: Agency, campaigns: Sequence[int], verdict: Verdict, when: Any, now: datetime
) -> sa.Select[Any]:
    """The agencies' Posts that *verdict* stops, the soonest first."""
    post, delivery, variant, agency = (columns(model) for model in (Post, Delivery, Variant, Agency))
    query = (
        sa.select(post.id, post.campaign_id, post.occasion)
        .join(variant.id.table, variant.post_id == post.id)
        .join(delivery.id.table, delivery.variant_id == variant.id)
        .join(agency.id.table, agency.id == post.agency_id)
        .where(
            post.campaign_id.in_(campaigns), post.agency_id != head.id, post.skipped == "",
            delivery.state.in_(UNDECIDED), delivery.priority < ALERT, when,
        )
        .group_by(post.id, post.campaign_id, post.occasion)
        .order_by(sa.func.min(delivery.due_at), post.id)
    )  # fmt: skip
    if verdict.code != "silent":
        # What says nothing of its tone was planned before that was written down.
        query = query.where(sa.func.coalesce(post.fields["tone"].as_string(), "festive") == "festive")
    let_go = (
        select(Post.campaign_id, Post.occasion)
        .join(Held, col(Held.post_id) == col(Post.id))
        .where(
            Post.agency_id == head.id, Held.code == verdict.code, Held.decision == "released",
            col(Post.campaign_id).in_(campaigns), col(Post.due_at) > now - _BACK,
        )
    )  # fmt: skip
    for campaign, occasion in session.exec(let_go).all():
        mine = post.occasion.startswith(f"{occasion.partition('~')[0]}@", autoescape=True)
        query = query.where(~sa.and_(post.campaign_id == campaign, mine))
    return query


def _head_post(
    session: Session, head: Agency, campaign: int, key: str, verdict: Verdict, now: datetime
) -> tuple[Post, Held]:
    """The head's Post of an occasion and what holds it; made where planning was not done with it yet."""
    found = select(Post).where(Post.campaign_id == campaign, Post.occasion == key, Post.agency_id == head.id)
    post = session.exec(found.with_for_update()).one_or_none()
    if post is None:
        pattern = col(Post.occasion).startswith(f"{key}@", autoescape=True)
        one = session.exec(select(Post).where(Post.campaign_id == campaign, pattern).limit(1)).one()
        post = Post(agency_id=head.id or 0, campaign_id=campaign, occasion=key, title=one.title, due_at=one.due_at,
                    fields={**one.fields, "fleet": PARTIAL})  # fmt: skip
        session.add(post)
        session.flush()
    post.fields = {"fleet": WHOLE, **post.fields}
    open_ = select(Held).where(Held.post_id == post.id, col(Held.settled_at).is_(None))
    held = session.exec(open_.order_by(col(Held.id).desc())).first()
    if held is None:
        held = Held(agency_id=head.id or 0, post_id=post.id or 0, code=verdict.code, reason=verdict.reason,
                    standing=True, held_at=now)  # fmt: skip
        session.add(held)
        post.skipped = verdict.reason
    return post, held


def _hold(
    session: Session, head: tuple[Post, Held], numbers: list[int], verdict: Verdict, now: datetime
) -> int:
    post, held = head
    stopped = take_back(session, numbers, held.reason, now)
    audit.record(session, "held", f"post:{post.id}", code=verdict.code, reason=held.reason, posts=len(numbers),
                 deliveries=stopped)  # fmt: skip
    log.warning(
        "held", post=post.id, code=verdict.code, reason=held.reason, posts=len(numbers), deliveries=stopped
    )
    return post.id or 0


def take_back(session: Session, posts: Sequence[int], why: str, now: datetime) -> int:
    """Take the approvals of these Posts back and their Deliveries out of the queue; how many Deliveries."""
    post, variant, delivery, approval = (columns(model) for model in (Post, Variant, Delivery, Approval))
    chosen = {"b_posts": list(posts)}
    unskipped = sa.and_(
        among(post.id, "b_posts"), post.skipped == ""
    )  # what a person stopped keeps that reason
    session.execute(sa.update(post.id.table).where(unskipped).values(skipped=why), chosen)
    query = (
        sa.select(variant.id)
        .join(delivery.id.table, delivery.variant_id == variant.id)
        .where(among(variant.post_id, "b_posts"), delivery.state.in_(UNDECIDED))
    )
    variants = list(session.execute(query, chosen).scalars())
    session.execute(
        sa.update(approval.id.table)
        .where(among(approval.variant_id, "b_variants"), approval.voided_at.is_(None))
        .values(voided_at=sa.literal(now, UtcDateTime), voided_why=why),
        {"b_variants": variants},
    )
    return stilling.cancel_many(session, variants, why, now)


def retire_all(office: Office, post_id: int, why: str, now: datetime) -> bool:
    """Take an occasion of the whole fleet back that is no longer right, so that it is composed anew.

    Whether that was possible: what is out somewhere, or may be, keeps all of it in place.
    """
    with office.database.read() as session:
        post = session.get_one(Post, post_id)
        gone = (
            select(Delivery.id)
            .join(Variant, col(Variant.id) == col(Delivery.variant_id))
            .join(Post, col(Post.id) == col(Variant.post_id))
            .where(*agencies_posts(post), col(Delivery.state).in_(GONE))
        )
        if session.exec(gone.limit(1)).first() is not None:
            return False
    key, away = post.occasion, f"{post.occasion}~{post.id}"
    while True:
        with office.database.write() as session:
            mine = select(Post.id).where(*agencies_posts(post)).order_by(col(Post.id)).limit(CHUNK // 4)
            numbers = [number or 0 for number in session.exec(mine).all()]
            if not numbers:
                break
            stopped = take_back(session, numbers, why, now)
            row = columns(Post)
            session.execute(
                sa.update(row.id.table)
                .where(among(row.id, "b_posts"))
                .values(occasion=sa.func.replace(row.occasion, f"{key}@", f"{away}@")),
                {"b_posts": numbers},
            )
            audit.record(
                session, "retired", f"post:{post_id}", reason=why, posts=len(numbers), deliveries=stopped
            )
    with office.database.write() as session:  # last, so that one that is broken off is found again
        post = session.get_one(Post, post_id, with_for_update=True)
        post.occasion, post.skipped = away, why
    log.warning("retired", post=post_id, reason=why)
    return True


def agencies_posts(post: Post) -> tuple[Any, ...]:
    """The Posts of the agencies that the head's *post* stands for."""
    return (
        col(Post.campaign_id) == post.campaign_id,
        col(Post.occasion).startswith(f"{post.occasion}@", autoescape=True),
    )
