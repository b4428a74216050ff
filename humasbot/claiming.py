"""What a claim is, and the statements that claim or move many at once, for SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from humasbot.content import Receipt
from humasbot.models import Account, Agency, Delivery, columns
from humasbot.states import CLOCK_STEP, LONGEST_WAIT, Decision


@dataclass(frozen=True, slots=True)
class Claim:
    """A Delivery that this worker alone may send now. ``token`` proves it when the result is written."""

    delivery_id: int
    account_id: int
    variant_id: int
    approval_id: int
    attempt_id: int
    key: str
    due_at: datetime
    attempts: int
    token: str
    checkpoint: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one claim: the decision, the receipt when it is out, and what the platform answered.

    ``hangs``: the call has not come back, so its Attempt stays open.
    """

    claim: Claim
    decision: Decision
    receipt: Receipt | None = None
    status: int | None = None
    hangs: bool = False


def claim_statement(
    worker: str,
    limit: int,
    now: datetime,
    lease_until: datetime,
    only: Sequence[int] | None,
    agency: str | None = None,
    skip: Sequence[int] = (),
) -> sa.Update:
    """Claim up to *limit* due deliveries: the first in line of each account that has none in flight.

    *only* are delivery ids, *agency* is whose accounts, *skip* are accounts to leave alone.
    """
    row = columns(Delivery)
    chosen = _first_in_line(now, only, agency, skip).limit(limit).cte("chosen")
    return (
        sa.update(row.id.table)
        .where(row.id.in_(sa.select(chosen.c.id)), row.state == "queued")
        .values(
            state="sending",
            claimed_by=worker,
            lease_until=lease_until,
            attempts=row.attempts + 1,
            needs_person=False,
            changed_at=now,
        )
        .returning(
            row.id,
            row.account_id,
            row.variant_id,
            row.approval_id,
            row.key,
            row.due_at,
            row.attempts,
            row.checkpoint,
        )
    )


def _first_in_line(
    now: datetime, only: Sequence[int] | None, agency: str | None, skip: Sequence[int]
) -> sa.Select[Any]:
    mine = columns(Delivery).id.table.alias("mine").c
    flying = columns(Delivery).id.table.alias("flying").c
    account = columns(Account)
    query = (
        sa.select(mine.id)
        .join(account.id.table, account.id == mine.account_id)
        .where(
            mine.state == "queued",
            mine.next_at <= now,
            account.paused_at.is_(None),
            account.active.is_(True),
            account.dry_run.is_(False),
            sa.or_(account.held_until.is_(None), account.held_until <= now),
            ~sa.exists().where(flying.account_id == mine.account_id, flying.state == "sending"),
            ~sa.exists().where(_ahead_of(mine, now)),
        )
        .order_by(mine.priority.desc(), mine.due_at, mine.id)
        .with_for_update(skip_locked=True, of=mine.id.table)
    )
    if only is not None:
        query = query.where(mine.id.in_(only))
    if agency is not None:
        query = query.where(account.agency_id.in_(_agency(agency)))
    return query.where(mine.account_id.not_in(skip)) if skip else query


def _agency(name: str) -> sa.Select[Any]:
    return sa.select(columns(Agency).id).where(columns(Agency).name == name)


def _ahead_of(mine: Any, now: datetime) -> Any:
    """Another due delivery of the same account goes before *mine*: higher priority, else earlier, else older."""
    other = columns(Delivery).id.table.alias("other").c
    return sa.and_(
        other.account_id == mine.account_id,
        other.state == "queued",
        other.due_at <= now,
        sa.or_(
            other.priority > mine.priority,
            sa.and_(
                other.priority == mine.priority,
                sa.or_(other.due_at < mine.due_at, sa.and_(other.due_at == mine.due_at, other.id < mine.id)),
            ),
        ),
    )


def late_statement(now: datetime, reason: str) -> sa.Update:
    """Cancel every queued delivery whose time to be said has passed."""
    row = columns(Delivery)
    return (
        sa.update(row.id.table)
        .where(row.state == "queued", row.not_after < now)
        .values(state="cancelled", reason=reason, changed_at=now)
        .returning(row.id, row.account_id)
    )


def cancel_statement(delivery_id: int, now: datetime, reason: str) -> sa.Update:
    """Cancel one delivery if it is still queued."""
    row = columns(Delivery)
    return (
        sa.update(row.id.table)
        .where(row.id == delivery_id, row.state == "queued")
        .values(state="cancelled", reason=reason, changed_at=now)
        .returning(row.id)
    )


def take_back_statement(tokens: Sequence[str], now: datetime) -> sa.Update:
    """Queue again what was claimed under *tokens*, none of which was ever handed out."""
    row = columns(Delivery)
    return (
        sa.update(row.id.table)
        .where(row.state == "sending", row.claimed_by.in_(tokens))
        .values(state="queued", claimed_by="", lease_until=None, attempts=row.attempts - 1, changed_at=now)
        .returning(row.id, row.account_id)
    )


def wrong_clock_statements(now: datetime) -> tuple[sa.Update, sa.Update]:
    """Forget every wait that was written while the clock ran ahead: of deliveries, and of accounts on hold."""
    row, account = columns(Delivery), columns(Account)
    return (
        sa.update(row.id.table)
        .where(
            row.state.in_(("queued", "uncertain")),
            row.next_at > now,
            row.due_at <= now,
            row.changed_at > now + CLOCK_STEP,
        )
        .values(next_at=now, changed_at=now),
        sa.update(account.id.table)
        .where(account.held_until > now + LONGEST_WAIT + CLOCK_STEP)
        .values(held_until=None),
    )


def stranded_statement(now: datetime, reason: str) -> sa.Update:
    """Mark for a person what is due on an account that the configuration no longer has, or has as a dry run."""
    row, account = columns(Delivery), columns(Account)
    gone = sa.select(account.id).where(sa.or_(account.active.is_(False), account.dry_run.is_(True)))
    return (
        sa.update(row.id.table)
        .where(
            row.state == "queued",
            row.next_at <= now,
            row.needs_person.is_(False),
            row.account_id.in_(gone),
        )
        .values(needs_person=True, reason=reason)
        .returning(row.id, row.account_id)
    )


def next_due_statement(agency: str | None = None) -> sa.Select[Any]:
    """When the next queued delivery of a sending account may be tried."""
    row, account = columns(Delivery), columns(Account)
    query = (
        sa.select(sa.func.min(row.next_at))
        .join(account.id.table, account.id == row.account_id)
        .where(
            row.state == "queued",
            account.paused_at.is_(None),
            account.active.is_(True),
            account.dry_run.is_(False),
        )
    )
    return query if agency is None else query.where(account.agency_id.in_(_agency(agency)))
