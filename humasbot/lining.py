"""The line: who may leave now, in order, read page by page; nothing here writes."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from humasbot import claiming
from humasbot.database import Database
from humasbot.models import utc_now

ABOVE_ALL = 1000
"""Higher than any priority."""
PAGE = 500
"""How many rows of the queue are read at a time."""


def line(
    database: Database,
    limit: int,
    *,
    now: datetime | None = None,
    only: Sequence[int] | None = None,
    without: Collection[int] = (),
    agency: str | None = None,
    skip: Sequence[int] = (),
    least: int | None = None,
) -> list[int]:
    """The first *limit* deliveries that may leave now, in order; at equal priority the agencies take turns.

    *only* restricts them to those ids, *least* to that priority and above; of *without* none is named. It reads one
    page of the queue at a time, so that it costs the same however long the queue is; a claim asks everything again.
    """
    now = now or utc_now()
    asking = (agency is not None, bool(skip))
    with database.read() as session:
        if only is not None:
            chunks = [list(only[start : start + PAGE]) for start in range(0, len(only), PAGE)]
            values = [claiming.asked(now, agency, skip, only=chunk) for chunk in chunks]
            found = [session.execute(claiming.ready_statement(*asking), each).all() for each in values]
            return [row.id for rows in found for row in rows][:limit]
        taken: list[int] = []
        level = session.execute(claiming.highest_statement(), {"b_below": ABOVE_ALL}).scalar_one_or_none()
        while level is not None and (least is None or level >= least) and len(taken) < limit:
            values_ = claiming.asked(now, agency, skip, priority=level, without=without)
            taken += _level(session, claiming.page_statement(*asking), values_, limit - len(taken))
            level = session.execute(claiming.highest_statement(), {"b_below": level}).scalar_one_or_none()
    return taken


def _level(session: Session, statement: Any, values: dict[str, Any], limit: int) -> list[int]:
    """The first of one priority."""
    after = {"b_due": claiming.BEGINNING, "b_id": 0}
    ready: list[Any] = []
    size = max(limit, PAGE)
    while len(ready) < limit:
        rows = session.execute(statement, {**values, **after, "b_limit": size}).all()
        ready += [row for row in rows if row.ready]
        if len(rows) < size:
            break
        after = {"b_due": rows[-1].due_at, "b_id": rows[-1].id}
    return claiming.in_turns(ready)[:limit]


def agency_named(name: str) -> Any:
    """The number of the agency of that name, for a condition."""
    return claiming.agency_named(name)


def next_due(
    database: Database, within: timedelta, agency: str | None = None, now: datetime | None = None
) -> datetime | None:
    """When, in the time *within* which we ask again, the next Delivery (of one agency) comes due; UTC, or ``None``."""
    now = now or utc_now()
    with database.read() as session:
        statement = claiming.next_due_statement(now, now + within, agency)
        return session.execute(statement).scalar_one_or_none()
