"""Posts that one account would say within minutes of each other, whoever planned them: told, never forbidden."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from humasbot.config import duration
from humasbot.indonesian import clock
from humasbot.models import Account, Campaign, Delivery, Post, Variant, columns, utc_now
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import agency_of
from humasbot.words import t

HORIZON = timedelta(days=62)
"""How far ahead the list of posts looks for neighbours."""
OFF = ("cancelled", "failed")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another Post on the same account; ``due`` is aware, UTC."""

    post_id: int
    account: str
    campaign: str
    title: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Posts of which each is close to the next on one of the accounts; in order of time, ``first`` is aware, UTC."""

    posts: tuple[int, ...]
    accounts: tuple[str, ...]
    first: datetime


def span(office: Office) -> timedelta:
    """Posts closer than this are told of; nothing where it is zero."""
    return duration(office.config.humasbot.apart)


def note(session: Session, office: Office, variants: Sequence[Variant]) -> None:
    """Add to the notes of new Variants which other Posts their accounts say at nearly the same time."""
    apart = span(office)
    if not apart:
        return
    for variant in variants:
        query = (
            select(Post, Campaign.name, Variant.due_at)
            .join(Variant, col(Variant.post_id) == col(Post.id))
            .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
            .join(Delivery, col(Delivery.variant_id) == col(Variant.id), isouter=True)
            .where(
                Variant.account_id == variant.account_id,
                col(Variant.due_at) > variant.due_at - apart,
                col(Variant.due_at) < variant.due_at + apart,
                Variant.post_id != variant.post_id,
                Post.skipped == "",
                col(Delivery.state).is_(None) | col(Delivery.state).not_in(OFF),
            )
            .order_by(col(Variant.due_at), col(Post.id))
            .limit(3)
        )
        lines = [
            sentence(office, post.id or 0, name, post.title, due)
            for post, name, due in session.exec(query).all()
        ]
        if lines:
            variant.notes = [*variant.notes, *(line for line in lines if line not in variant.notes)]


def sentence(office: Office, number: int, campaign: str, title: str, due: datetime) -> str:
    """What is told of a neighbour."""
    return t(
        "berdekatan dengan kiriman {n} ({c}, {w}): {title}",
        "close to post {n} ({c}, {w}): {title}",
        n=number, c=campaign, w=clock(due.astimezone(office.zone)), title=title[:80],
    )  # fmt: skip


def upcoming(office: Office, now: datetime | None = None) -> dict[int, list[Neighbour]]:
    """The neighbours of every Post that is still to come, by the Post's number."""
    apart, now = span(office), now or utc_now()
    if not apart:
        return {}
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        rows = session.execute(_to_come(agency.id or 0, now - apart, now + HORIZON)).all()
    found: dict[int, list[Neighbour]] = {}
    for index, one in enumerate(rows):
        for other in rows[index + 1 :]:
            if other.account_id != one.account_id or other.due_at - one.due_at >= apart:
                break
            for this, that in ((one, other), (other, one)):
                found.setdefault(this.post_id, []).append(
                    Neighbour(that.post_id, that.account, that.campaign, that.title, that.due_at)
                )
    return found


def groups(near: Mapping[int, Sequence[Neighbour]], shown: Iterable[int]) -> list[Group]:
    """The Posts of *shown* with their neighbours, each group once, the next to come first.

    *near* is of :func:`upcoming`; a neighbour that is not shown is named, but its own neighbours are not.
    """
    due: dict[int, datetime] = {}
    for each in chain.from_iterable(near.values()):
        due[each.post_id] = min(each.due, due.get(each.post_id, each.due))
    left = {number for number in shown if number in near}
    found: list[Group] = []
    while left:
        ways = [left.pop()]
        posts, accounts = set(ways), set()
        while ways:
            for each in near[ways.pop()]:
                posts.add(each.post_id)
                accounts.add(each.account)
                if each.post_id in left:
                    left.discard(each.post_id)
                    ways.append(each.post_id)
        ordered = sorted(posts, key=lambda number: (due[number], number))
        found.append(Group(tuple(ordered), tuple(sorted(accounts)), due[ordered[0]]))
    return sorted(found, key=lambda group: (group.first, group.posts))


def _to_come(agency_id: int, first: datetime, last: datetime) -> sa.Select[Any]:
    """What the accounts of an agency are still to say between two moments, account by account, in order."""
    variant, post, account = columns(Variant), columns(Post), columns(Account)
    campaign, delivery = columns(Campaign), columns(Delivery)
    return (
        sa.select(
            variant.account_id, variant.due_at, variant.post_id, post.title,
            account.name.label("account"), campaign.name.label("campaign"),
        )
        .join(post.id.table, post.id == variant.post_id)
        .join(account.id.table, account.id == variant.account_id)
        .join(campaign.id.table, campaign.id == post.campaign_id)
        .join(delivery.id.table, delivery.variant_id == variant.id, isouter=True)
        .where(
            account.agency_id == agency_id,
            account.active.is_(True),
            variant.due_at > first,
            variant.due_at < last,
            post.skipped == "",
            delivery.state.is_(None) | delivery.state.not_in((*OFF, "sent")),
        )
        .order_by(variant.account_id, variant.due_at, variant.post_id)
    )  # fmt: skip
