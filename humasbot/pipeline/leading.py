"""Leading: what one machine alone should do is done by whoever holds the lease; another takes over when it ends.

The database's own clock decides, so that it does not matter whose clock is wrong. Two leaders for a moment would do no
harm: planning and reading are made harmless by unique keys.
"""

from datetime import timedelta

import sqlalchemy as sa

from humasbot.database import Database

LEASE = timedelta(seconds=20)
"""After this another takes over; the holder renews it at least every third of it."""

_TAKE = sa.text(
    "INSERT INTO humasbot_lease (name, holder, until) VALUES (:name, :holder, now() + :length) "
    "ON CONFLICT (name) DO UPDATE SET holder = :holder, until = now() + :length "
    "WHERE humasbot_lease.holder = :holder OR humasbot_lease.until < now() RETURNING name"
)


def lead(database: Database, name: str, holder: str, length: timedelta = LEASE) -> bool:
    """Take or renew the lease *name*; whether it is ours now. On SQLite there is one machine, which leads."""
    if database.is_sqlite:
        return True
    with database.write() as session:
        values = {"name": name, "holder": holder, "length": length}
        return session.execute(_TAKE, values).first() is not None


def daemon_lease(only: str | None) -> str:
    """The name of the lease by which every machine sees that a daemon lives, for all agencies or for one."""
    return "daemon" if only is None else f"daemon/{only}"


def step_down(database: Database, name: str, holder: str) -> None:
    """Give the lease back at a clean stop, so that nobody has to wait for its end."""
    if not database.is_sqlite:
        with database.write() as session:
            statement = sa.text("DELETE FROM humasbot_lease WHERE name = :name AND holder = :holder")
            session.execute(statement, {"name": name, "holder": holder})
