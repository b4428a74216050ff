"""Queueing many at once: the Deliveries of thousands of approved Variants in one statement."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from humasbot.database import Database
from humasbot.models import Delivery, Throttle, columns
from humasbot.models.unless import insert_from

COLUMNS = ("variant_id", "account_id", "approval_id", "key", "priority", "due_at", "next_at", "not_after")
"""What the SELECT of :func:`enqueue_many` gives, in this order."""
MOST_USED = tuple(
    f"humasbot_{name}" for name in ("agency", "account", "post", "variant", "approval", "delivery")
)


def enqueue_many(session: Session, approved: sa.Select[Any], now: datetime) -> list[int]:
    """Queue what *approved* gives, unless it has its Delivery already; the numbers of the new ones."""
    table = columns(Delivery).id.table
    values = {name: value for name, value in defaults_of(Delivery, now).items() if name not in COLUMNS}
    connection = session.connection()
    query = approved.add_columns(*values.values())
    statement = insert_from(connection, table, [*COLUMNS, *values], query)
    return list(connection.execute(statement.on_conflict_do_nothing().returning(table.c.id)).scalars())


def defaults_of(model: type[SQLModel], now: datetime) -> dict[str, Any]:
    """What a new row of *model* has in every column that a statement does not name; times are *now*."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        column = columns(model)[name]
        if column.primary_key or field.is_required():
            continue
        value = field.get_default(call_default_factory=True)
        value = now if isinstance(value, datetime) else value
        found[name] = sa.literal(value, column.type) if value is not None else sa.cast(sa.null(), column.type)
    return found


def refresh_statistics(database: Database) -> None:
    """Let PostgreSQL look at what has just grown by thousands, rather than plan by what it knew before."""
    if database.is_sqlite:
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in MOST_USED:
            connection.execute(sa.text(f"ANALYZE {name}"))


def throttle(session: Session, key: str, until: datetime) -> None:
    """Let every account of that quota wait until then, on every machine."""
    row = session.get(Throttle, key, with_for_update=True)
    if row is None:
        session.add(Throttle(key=key, held_until=until))
        session.flush()
    else:
        row.held_until = max(row.held_until, until)
