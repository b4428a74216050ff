"""Finishing: what a decision makes of a Delivery; the successes of a chunk are written in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from humasbot import audit, evidence, queueing
from humasbot.claiming import Result
from humasbot.content import Receipt as Published
from humasbot.logs import Quiet
from humasbot.models import Account, Attempt, Delivery, Receipt, UtcDateTime, columns
from humasbot.models.among import among
from humasbot.states import Decision

log = Quiet("humasbot.outbox")
SENT = Decision("sent")


@dataclass(frozen=True, slots=True)
class Succeeded:
    """An Attempt that was written in bulk, for the evidence."""

    delivery_id: int
    number: int
    started_at: datetime
    finished_at: datetime
    outcome: str = "sent"
    status: None = None
    message: str = ""


def is_plain(result: Result) -> bool:
    """Whether nothing but the success itself has to be written."""
    return (
        result.decision == SENT and result.receipt is not None and not result.hangs and result.status is None
    )


def sent(session: Session, results: Sequence[Result], now: datetime) -> list[Result]:
    """Write the successes among *results* whose claims are still theirs, and return those."""
    groups: dict[tuple[str, int], dict[int, Result]] = {}
    for result in results:
        claim = result.claim
        groups.setdefault((claim.token, claim.attempts), {})[claim.delivery_id] = result
    ours = [result for key, mine in groups.items() for result in _settled(session, key, mine, now)]
    if not ours:
        return []
    numbers = [result.claim.attempt_id for result in ours]
    session.execute(_attempts_end(), {"b_numbers": numbers, "b_now": now})
    session.execute(_receipts(), [_receipt(result, now) for result in ours])
    for result in ours:
        claim = result.claim
        tried = Succeeded(claim.delivery_id, claim.attempts, claim.claimed_at, now)
        evidence.attempted(session, tried, result)
    return ours


def _settled(session: Session, key: tuple[str, int], mine: dict[int, Result], now: datetime) -> list[Result]:
    """Those of one claim that were still on their way under its token and number of attempts; ``sent`` now."""
    values = {"b_numbers": list(mine), "b_token": key[0], "b_attempts": key[1], "b_now": now}
    return [mine[number] for number in session.execute(_deliveries_end(), values).scalars()]


@cache
def _deliveries_end() -> sa.Update:
    row, now = columns(Delivery), sa.bindparam("b_now", type_=UtcDateTime)
    return (
        sa.update(row.id.table)
        .where(
            among(row.id, "b_numbers"),
            row.state == sa.literal_column("'sending'"),
            row.claimed_by == sa.bindparam("b_token"),
            row.attempts == sa.bindparam("b_attempts"),
        )
        .values(
            state="sent", reason="", next_at=now, changed_at=now, lease_until=None, claimed_by="",
            needs_person=False,
        )
        .returning(row.id)
    )  # fmt: skip


@cache
def _attempts_end() -> sa.Update:
    row, now = columns(Attempt), sa.bindparam("b_now", type_=UtcDateTime)
    return (
        sa.update(row.id.table)
        .where(among(row.id, "b_numbers"))
        .values(finished_at=now, outcome="sent", message="", status=None)
    )


@cache
def _receipts() -> sa.Insert:
    return sa.insert(columns(Receipt).id.table)


def _receipt(result: Result, now: datetime) -> dict[str, Any]:
    receipt = result.receipt
    assert receipt is not None  # noqa: S101 - :func:`is_plain` said so
    return {
        "delivery_id": result.claim.delivery_id,
        "remote_id": receipt.remote_id,
        "url": receipt.url,
        "found_by": "publish",
        "published_at": receipt.published_at or now,
    }


def apply(
    session: Session,
    delivery: Delivery,
    decision: Decision,
    receipt: Published | None,
    found_by: str,
    now: datetime,
    unsure_at: datetime | None = None,
) -> None:
    """Make *delivery*, which is locked, what *decision* says; *found_by* is who brought the receipt.

    *unsure_at* is the moment by the clock of :meth:`~humasbot.database.Database.now`, by default *now*.
    """
    if decision.state == "uncertain" and delivery.state != "uncertain":
        delivery.unsure_at, delivery.looks = unsure_at or now, 0
    delivery.state, delivery.reason, delivery.changed_at = decision.state, decision.reason, now
    delivery.next_at = now + decision.delay
    if decision.state == "queued":  # a clock that was set back must not send it before its moment
        delivery.next_at = max(delivery.next_at, delivery.due_at)
    delivery.lease_until, delivery.claimed_by = None, ""
    delivery.needs_person = decision.person
    if not decision.counts:
        delivery.attempts = max(0, delivery.attempts - 1)
    if receipt is not None:
        session.add(
            Receipt(delivery_id=delivery.id or 0, remote_id=receipt.remote_id, url=receipt.url, found_by=found_by,
                    published_at=receipt.published_at or now)
        )  # fmt: skip
    if decision.pause:
        _pause(session, delivery.account_id, decision.reason, now)
    if decision.hold is not None:
        _hold(session, delivery.account_id, now + decision.hold, shared=decision.shared)


def _pause(session: Session, account_id: int, reason: str, now: datetime) -> None:
    account = session.get_one(Account, account_id, with_for_update=True)
    if account.paused_at is None:
        account.paused_at, account.paused_why = now, reason
        audit.record(session, "paused", f"account:{account_id}", account=account_id, reason=reason)
        log.error("account_paused", account=account_id, reason=reason)


def _hold(session: Session, account_id: int, until: datetime, *, shared: bool) -> None:
    account = session.get_one(Account, account_id, with_for_update=True)
    account.held_until = max(until, account.held_until or until)
    if shared and account.quota:
        queueing.throttle(session, account.quota, until)
