"""What the attempts came to since this process began: counters that cost the same however many attempts there are.

Each scrape reads only the attempts that are new, by their number. What was still open then is asked again by number.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from humasbot.models import Account, Attempt, Delivery, columns
from humasbot.models.among import among

BOUNDS = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
"""Seconds between the moment something was due and its first attempt."""
SETTLE_SECONDS = 30.0
"""A number may become visible later than a higher one, by as long as a transaction lasts."""
MOST_OPEN = 20_000
"""Open attempts that are remembered; an attempt whose process died stays open for ever."""


@dataclass(slots=True)
class Tally:
    """Counts that only grow: by (platform, outcome), and how late the first attempts were."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    late: Counter[float] = field(default_factory=Counter)
    count: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.outcomes + other.outcomes, self.late + other.late, self.count + other.count,
                     self.seconds + other.seconds)  # fmt: skip


class Results:
    """Keeps the tally of one process."""

    def __init__(self) -> None:
        self._base = Tally()
        self._through: int | None = None
        self._open: list[int] = []
        self._marks: list[tuple[float, int]] = []

    def read(self, session: Session) -> Tally:
        """The tally as it is now."""
        row = columns(Attempt)
        newest = int(session.execute(sa.select(sa.func.max(row.id))).scalar() or 0)
        now = time.monotonic()
        if self._through is None:
            self._through = newest
        self._marks.append((now, newest))
        settled = [number for at, number in self._marks if at <= now - SETTLE_SECONDS]
        if settled and settled[-1] > self._through:
            self._advance(session, settled[-1])
        self._marks = [mark for mark in self._marks if mark[0] > now - 2 * SETTLE_SECONDS]
        if self._open:
            self._revisit(session)
        return self._base + _tally(session, [row.id > self._through], {})

    def _advance(self, session: Session, until: int) -> None:
        """What stands up to *until* will not change, but for what is open."""
        row = columns(Attempt)
        span = [row.id > self._through, row.id <= until]
        fresh = sa.select(row.id).where(*span, row.outcome == "").order_by(row.id).limit(MOST_OPEN)
        still = list(session.execute(fresh).scalars())
        self._base = self._base + _tally(session, span, {})
        self._open = [*self._open, *still][-MOST_OPEN:]
        self._through = until

    def _revisit(self, session: Session) -> None:
        """Count those that were open and are not any more; how late they were has been counted already."""
        row = columns(Attempt)
        done = _tally(session, [among(row.id, "b_open")], {"b_open": self._open})
        self._base.outcomes += done.outcomes
        still = sa.select(row.id).where(among(row.id, "b_open"), row.outcome == "")
        self._open = list(session.execute(still, {"b_open": self._open}).scalars())


def _tally(session: Session, where: Sequence[Any], values: dict[str, Any]) -> Tally:
    row, delivery, account = columns(Attempt), columns(Delivery), columns(Account)
    late = _seconds(session, row.started_at, delivery.due_at)
    first = row.number == 1
    sums = [sa.func.sum(sa.case((sa.and_(first, late <= bound), 1), else_=0)) for bound in BOUNDS]
    query = (
        sa.select(
            account.platform, row.outcome, sa.func.count(), sa.func.sum(sa.case((first, 1), else_=0)),
            sa.func.sum(sa.case((first, late), else_=0.0)), *sums,
        )
        .join(delivery.id.table, delivery.id == row.delivery_id)
        .join(account.id.table, account.id == delivery.account_id)
        .where(*where)
        .group_by(account.platform, row.outcome)
    )  # fmt: skip
    found = Tally()
    for platform, outcome, count, tries, seconds, *buckets in session.execute(query, values):
        if outcome:
            found.outcomes[(platform, outcome)] += count
        found.count += int(tries)
        found.seconds += max(0.0, float(seconds))
        found.late.update({bound: int(number) for bound, number in zip(BOUNDS, buckets, strict=True)})
    return found


def _seconds(session: Session, later: Any, earlier: Any) -> Any:
    """How many seconds lie between two columns."""
    if session.get_bind().dialect.name == "sqlite":
        return (sa.func.julianday(later) - sa.func.julianday(earlier)) * 86400.0
    return sa.func.extract("epoch", later - earlier)
