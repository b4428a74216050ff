"""INSERT … ON CONFLICT: PostgreSQL and SQLite both have it, SQLAlchemy in a dialect of its own for each."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert(bind: sa.Connection | sa.Engine, table: Any) -> Any:
    """An INSERT into *table* that can be told what to do where the row is there already."""
    return sqlite.insert(table) if bind.dialect.name == "sqlite" else postgresql.insert(table)


def insert_from(
    bind: sa.Connection | sa.Engine, table: Any, names: Sequence[str], query: sa.Select[Any]
) -> Any:
    """The same for what *query* gives; *names* are its columns, in their order."""
    if bind.dialect.name == "sqlite":
        # SQLite would take ON CONFLICT for the condition of a join, without a WHERE before it.
        query = query.where(sa.true())
    return insert(bind, table).from_select(list(names), query, include_defaults=False)
