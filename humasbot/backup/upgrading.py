"""Upgrading the database on purpose: what would run, tried out where that is safe."""

import contextlib
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from humasbot.database import Database, missing
from humasbot.snapshot import aside, copy_sqlite


@dataclass(frozen=True, slots=True)
class Plan:
    """What stands between a database and this program: each migration's number and sentence, in order.

    ``statements`` are those that ran on a copy of an SQLite database; on PostgreSQL a try would lock tables in use.
    """

    current: str | None
    needed: str
    steps: list[tuple[str, str]]
    statements: list[str] = field(default_factory=list)


def look(database: Database) -> Plan:
    """What :meth:`~humasbot.database.Database.migrate` would do; changes nothing.

    Raises :class:`~humasbot.database.DatabaseError` when a newer program wrote the database, or a migration fails on
    the copy.
    """
    current, needed = (None, "") if _is_absent(database) else database.version()
    steps = missing(current)
    needed = needed or steps[-1][0]
    tried = _tried(database) if steps and current is not None and database.file is not None else []
    return Plan(current, needed, steps, tried)


def _is_absent(database: Database) -> bool:
    """Whether there is no file yet: to open it would make one."""
    return database.file is not None and not database.file.exists()


def _tried(database: Database) -> list[str]:
    """Run the migrations on a copy, and tell what they did."""
    path = database.file
    assert path is not None  # noqa: S101 - asked before
    with aside(path.parent) as folder:
        copy = folder / "copy.db"
        copy_sqlite(path, copy)
        found: list[str] = []
        with contextlib.closing(Database(f"sqlite:///{copy}")) as rehearsal:

            def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
                words = " ".join(statement.split())
                if not words.upper().startswith(("SELECT", "PRAGMA", "BEGIN")):
                    found.append(words)

            sa.event.listen(rehearsal.engine, "before_cursor_execute", note)
            rehearsal.migrate()
    return found
