"""What a claim is, and the statements that claim or move many at once, for SQLite and PostgreSQL alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from humasbot.content import Receipt
from humasbot.models import (
    Account,
    Agency,
    Attempt,
    Delivery,
    Freeze,
    Throttle,
    UtcDateTime,
    columns,
    utc_now,
)
from humasbot.models.among import among, none_of
from humasbot.states import CLOCK_STEP, LONGEST_WAIT, Decision

ALERT = 10
"""From this priority on a delivery is an alert: it goes ahead of everything, and no freeze stops it."""


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
    priority: int = 0
    claimed_at: datetime = field(default_factory=utc_now)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one claim: the decision, the receipt when it is out, and what the platform answered.

    ``hangs``: the call has not come back, so its Attempt stays open. ``approved``: the hash of what was sent.
    """

    claim: Claim
    decision: Decision
    receipt: Receipt | None = None
    status: int | None = None
    hangs: bool = False
    approved: str = ""


@cache
def claim_statement(of_agency: bool, skipping: bool) -> sa.Update:
    """Claim those of :func:`asked`'s *only* that may leave now: each the first in line of its account.

    This and what follows are built once; ``worker`` and ``lease`` are given besides what :func:`asked` gives.
    """
    row = columns(Delivery)
    mine, account = _aliased("mine"), columns(Account)
    query = (
        sa.select(mine.id)
        .join(account.id.table, account.id == mine.account_id)
        .where(
            among(mine.id, "b_only"),
            *_due(mine),
            *_may_speak(account, of_agency, skipping),
            *_turn(mine, account),
        )
        .order_by(mine.priority.desc(), mine.due_at, mine.id)
        .limit(_LIMIT)
        .with_for_update(skip_locked=True, of=mine.id.table)
    )
    return (
        sa.update(row.id.table)
        .where(row.id.in_(sa.select(query.cte("chosen").c.id)), _queued(row))
        .values(
            state="sending",
            claimed_by=sa.bindparam("b_worker"),
            lease_until=sa.bindparam("b_lease", type_=UtcDateTime),
            attempts=row.attempts + 1,
            needs_person=False,
            changed_at=_NOW,
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
            row.priority,
        )
    )


@cache
def attempts_statement() -> sa.Insert:
    """The Attempts of what was just claimed; gives each Delivery's number and its Attempt's."""
    row, table = columns(Delivery), columns(Attempt)
    claimed = sa.select(
        row.id, row.attempts, sa.bindparam("b_worker", type_=sa.String), _NOW, sa.literal_column("''"),
        sa.literal_column("''"),
    ).where(among(row.id, "b_only"))  # fmt: skip
    names = ["delivery_id", "number", "worker", "started_at", "outcome", "message"]
    return (
        sa.insert(table.id.table)
        .from_select(names, claimed, include_defaults=False)
        .returning(table.delivery_id, table.id)
    )


@cache
def highest_statement() -> sa.Select[Any]:
    """The highest priority that waits in the queue, of those under ``b_below``."""
    row = columns(Delivery)
    return sa.select(sa.func.max(row.priority)).where(_queued(row), row.priority < sa.bindparam("b_below"))


@cache
def page_statement(of_agency: bool, skipping: bool) -> sa.Select[Any]:
    """A page of the queue of the priority ``b_priority``, in order, after a place; ``ready`` what may leave now.

    Those of ``b_without`` are left out, before anything is asked of them.

    The page itself is a plain walk along one index, and what makes a row ready is asked of each of its rows by index:
    PostgreSQL would else estimate that hardly any is ready, and look at the whole backlog for each claim.
    """
    mine, account = _aliased("mine"), columns(Account)
    after = sa.tuple_(sa.bindparam("b_due", type_=UtcDateTime), sa.bindparam("b_id"))
    walk = (
        sa.select(mine.id, mine.account_id, account.agency_id, mine.priority, mine.due_at)
        .join(account.id.table, account.id == mine.account_id)
        .where(
            mine.priority == sa.bindparam("b_priority"),
            sa.tuple_(mine.due_at, mine.id) > after,
            none_of(mine.id, "b_without"),
            *_due(mine),
        )
        .where(*_may_speak(account, of_agency, skipping))
        .order_by(mine.due_at, mine.id)
        .limit(_LIMIT)
    )
    page = walk.cte("page").prefix_with("MATERIALIZED", dialect="postgresql")
    ready = sa.and_(*_turn(page.c, page.c))
    return sa.select(page.c.id, page.c.agency_id, page.c.due_at, ready.label("ready")).order_by(
        page.c.due_at, page.c.id
    )


@cache
def ready_statement(of_agency: bool, skipping: bool) -> sa.Select[Any]:
    """Which of *only* may leave now, in order."""
    mine, account = _aliased("mine"), columns(Account)
    return (
        sa.select(mine.id)
        .join(account.id.table, account.id == mine.account_id)
        .where(
            among(mine.id, "b_only"),
            *_due(mine),
            *_may_speak(account, of_agency, skipping),
            *_turn(mine, account),
        )
        .order_by(mine.priority.desc(), mine.due_at, mine.id)
    )


_NOW = sa.bindparam("b_now", type_=UtcDateTime)
_LIMIT = sa.bindparam("b_limit", type_=sa.Integer)
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
"""Before every place in the queue."""


def asked(now: datetime, agency: str | None, skip: Sequence[int], **more: Any) -> dict[str, Any]:
    """The values of a statement: the moment, whose accounts, which accounts to leave alone, and *more*."""
    values = {
        "now": now,
        **({} if agency is None else {"agency": agency}),
        **({"skip": list(skip)} if skip else {}),
    }
    return {f"b_{name}": value for name, value in {**values, **more}.items()}


def in_turns(rows: Sequence[Any]) -> list[int]:
    """Their ids, the agencies in turns: one agency's thousands keep no other waiting."""
    seen: dict[int, int] = {}
    turns = []
    for row in rows:
        seen[row.agency_id] = seen.get(row.agency_id, 0) + 1
        turns.append((row.due_at, seen[row.agency_id], row.id))
    return [number for _, _, number in sorted(turns)]


def _aliased(name: str) -> Any:
    return columns(Delivery).id.table.alias(name).c


def _queued(row: Any) -> Any:
    """Written out, not bound: only so is a partial index seen to fit."""
    return row.state == sa.literal_column("'queued'")


def _due(mine: Any) -> Iterator[Any]:
    yield _queued(mine)
    yield mine.next_at <= _NOW
    yield mine.due_at <= _NOW
    yield sa.or_(mine.not_after.is_(None), mine.not_after >= _NOW)


def _may_speak(account: Any, of_agency: bool, skipping: bool) -> Iterator[Any]:
    """What an account needs to send at all."""
    yield account.paused_at.is_(None)
    yield account.active.is_(True)
    yield account.dry_run.is_(False)
    yield sa.or_(account.held_until.is_(None), account.held_until <= _NOW)
    throttle = columns(Throttle)
    yield sa.or_(
        account.quota == "",
        ~sa.exists().where(throttle.key == account.quota, throttle.held_until > _NOW),
    )
    if of_agency:
        yield account.agency_id.in_(agency_named(sa.bindparam("b_agency")))
    if skipping:
        yield ~among(account.id, "b_skip")


def _turn(mine: Any, account: Any) -> Iterator[Any]:
    """Nothing of the account is in flight or goes before *mine*, and no freeze stops it."""
    flying, above, before = (_aliased(name) for name in ("flying", "above", "before"))
    yield _none(flying, flying.account_id == mine.account_id, flying.state == sa.literal_column("'sending'"))
    yield _none(
        above,
        above.account_id == mine.account_id,
        _queued(above),
        above.priority > mine.priority,
        above.due_at <= _NOW,
    )
    yield _none(
        before,
        before.account_id == mine.account_id,
        _queued(before),
        before.priority == mine.priority,
        sa.tuple_(before.due_at, before.id) < sa.tuple_(mine.due_at, mine.id),
    )
    yield sa.or_(mine.priority >= ALERT, ~frozen(account.agency_id))


def _none(row: Any, *conditions: Any) -> Any:
    """No such row. A sub-select with a limit stays a look-up by index, where NOT EXISTS may become a join of all."""
    found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(row.id.table).where(*conditions)
    return found.limit(sa.literal_column("1")).scalar_subquery().is_(None)


def frozen(agency_id: Any) -> Any:
    """Whether a freeze of that agency, or of all, holds now."""
    freeze = columns(Freeze)
    return sa.exists().where(
        freeze.lifted_at.is_(None), sa.or_(freeze.agency_id.is_(None), freeze.agency_id == agency_id)
    )


def agency_named(name: Any) -> sa.Select[Any]:
    """The number of the agency of that name, as a sub-select."""
    return sa.select(columns(Agency).id).where(columns(Agency).name == name)


@cache
def any_late_statement() -> sa.Select[Any]:
    """Whether there is anything for :func:`late_statement`, asked without a lock."""
    row = columns(Delivery)
    return sa.select(row.id).where(_queued(row), row.not_after < _NOW).limit(1)


def late_statement(now: datetime, reason: str) -> sa.Update:
    """Cancel every queued delivery whose time to be said has passed."""
    row = columns(Delivery)
    return (
        sa.update(row.id.table)
        .where(_queued(row), row.not_after < now)
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


def wrong_clock_statements(now: datetime) -> Iterator[sa.Update]:
    """Forget every wait that was written while the clock ran ahead: of deliveries, and of accounts on hold."""
    row, account = columns(Delivery), columns(Account)
    for state in ("'queued'", "'uncertain'"):
        yield (
            sa.update(row.id.table)
            .where(
                row.state == sa.literal_column(state),
                row.next_at > now,
                row.due_at <= now,
                row.changed_at > now + CLOCK_STEP,
            )
            .values(next_at=now, changed_at=now)
        )
    yield (
        sa.update(account.id.table)
        .where(account.held_until > now + LONGEST_WAIT + CLOCK_STEP)
        .values(held_until=None)
    )


def stranded_statement(now: datetime, reason: str) -> sa.Update:
    """Mark for a person what is due on an account that the configuration no longer has, or has as a dry run."""
    row, account = columns(Delivery), columns(Account)
    gone = sa.select(account.id).where(
        sa.literal_column("(NOT humasbot_account.active OR humasbot_account.dry_run)")
    )
    return (
        sa.update(row.id.table)
        .where(_queued(row), row.next_at <= now, row.needs_person.is_(False), row.account_id.in_(gone))
        .values(needs_person=True, reason=reason)
        .returning(row.id, row.account_id)
    )


def next_due_statement(now: datetime, until: datetime, agency: str | None = None) -> sa.Select[Any]:
    """The first moment from *now* to *until* at which a queued delivery of a sending account may be tried."""
    row, account = columns(Delivery), columns(Account)
    query = (
        sa.select(row.next_at)
        .join(account.id.table, account.id == row.account_id)
        .where(
            _queued(row),
            row.next_at > now,
            row.next_at <= until,
            account.paused_at.is_(None),
            account.active.is_(True),
            account.dry_run.is_(False),
        )
        .order_by(row.next_at)
        .limit(1)
    )
    return query if agency is None else query.where(account.agency_id.in_(agency_named(agency)))
