"""The database: SQLite by default, PostgreSQL where an office outgrows it; migrations, sessions, clear faults."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlmodel import Session

from humasbot.errors import ConfigError, HumasbotError
from humasbot.models import utc_now
from humasbot.snapshot import copy_sqlite
from humasbot.ticking import clock
from humasbot.words import reason, t

BUSY_SECONDS = 30
ASK_TIME_SECONDS = 60.0
"""How long the server's time is reckoned on before it is asked again: no clock drifts by a second in that."""
SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "humasbot_migration"
APPLICATION = "humasbot"
"""How PostgreSQL's list of connections names ours."""
PATIENCE: dict[str, Any] = {
    "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}  # fmt: skip
"""A server that says nothing any more is given up (seconds, the last in milliseconds; postgresql.org/docs/15,
libpq-connect, read 2026-11-22). What the office writes into the address itself goes before."""


class DatabaseError(HumasbotError):
    """The database cannot be used; the message says why and how to mend it."""


class Database:
    """An engine of humasbot's own, beside whatever the host uses; opened lazily, closed by :meth:`close`.

    *url* is an SQLAlchemy address: ``sqlite:///file.db`` or ``postgresql+psycopg://user@host/name``. A session of
    :meth:`write` takes SQLite's write lock at its beginning, so that it never fails half way for want of it.
    *redact* strikes secrets out of what the audit trail keeps.
    """

    def __init__(self, url: str, *, redact: Callable[[str], str] = str) -> None:
        self.url = url
        self._info: dict[str, Any] = {"redact": redact, "owners": dict[int, tuple[str, str, str]]()}
        self._moment = float("-inf"), datetime.min.replace(tzinfo=UTC)
        self.engine = _create_engine(url)
        sa.event.listen(self.engine, "connect", _mark_process)
        sa.event.listen(self.engine, "checkout", _same_process)
        self._writer = self.engine.execution_options(humasbot_write=True)

    def __repr__(self) -> str:
        return f"Database({make_url(self.url).render_as_string(hide_password=True)!r})"

    @property
    def owners(self) -> dict[int, tuple[str, str, str]]:
        """Of the accounts that were written about: the name, the agency's key and the platform, by number."""
        found: dict[int, tuple[str, str, str]] = self._info["owners"]
        return found

    def now(self) -> datetime:
        """The moment (UTC) by a clock that all who share this database have in common; for leases.

        On PostgreSQL it is the server's, carried on by a clock that nobody can set: machines of a fleet agree on it
        though their own clocks are wrong or jump. With SQLite all share one machine, and its clock.
        """
        if self.is_sqlite:
            return utc_now()
        asked, moment = self._moment
        if clock() > asked + ASK_TIME_SECONDS:
            with explained(self.url), self.engine.connect() as connection:
                moment = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
            self._moment = asked, moment = clock(), moment.astimezone(UTC)
        return moment + timedelta(seconds=clock() - asked)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; nothing it does is committed."""
        with explained(self.url), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session for one transaction: committed at the end, rolled back on any error."""
        with explained(self.url), self._session() as session, session.begin():
            yield session

    def _session(self) -> Session:
        return Session(self._writer, expire_on_commit=False, info=dict(self._info))

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database, unless it is in memory only."""
        name = self.engine.url.database or ":memory:"
        return Path(name) if self.is_sqlite and name != ":memory:" else None

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def migrate(self) -> None:
        """Bring the tables to this program's version; refuses a database written by a newer one."""
        current, needed = self.version()
        if current == needed:
            return
        from alembic import command

        config = _alembic()
        with explained(self.url), self._writer.connect() as connection:
            if not self.is_sqlite:
                connection.execute(
                    sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": VERSION_TABLE}
                )
            current = _revision(connection)  # asked again: another process may have done it meanwhile
            if current == needed:
                return
            if current is not None and not _known(config, current):
                raise _newer()
            if current is not None and self.is_sqlite and (path := self.file) is not None:
                # Whatever command comes first after an update migrates, so it is here that the way back is kept.
                _keep_copy(path, path.with_name(f"{path.name}.before-{needed}-from-{current}"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def version(self) -> tuple[str | None, str]:
        """The migration the database has (``None`` when empty), and the one this program needs."""
        with explained(self.url), self.engine.connect() as connection:
            return _revision(connection), newest()

    def ready(self) -> None:
        """Raise :class:`DatabaseError` unless the tables are exactly those that this program needs."""
        current, needed = self.version()
        if current == needed:
            return
        if current is None or _known(_alembic(), current):
            raise DatabaseError(
                t(
                    "basis data belum disiapkan untuk versi ini; jalankan: humasbot upgrade",
                    "the database is not prepared for this version; run: humasbot upgrade",
                )
            )
        raise _newer()


def _keep_copy(path: Path, target: Path) -> None:
    try:
        copy_sqlite(path, target)
    except (sqlite3.Error, OSError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise DatabaseError(
            t("salinan sebelum migrasi tidak dapat dibuat di {f} ({why}); tidak ada yang diubah",
              "the copy before the migration cannot be made at {f} ({why}); nothing was changed", f=target, why=why)
        ) from None  # fmt: skip


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return str(found) if found is not None else None


def newest() -> str:
    """The newest migration that this program brings, by its file's name; every command asks, so without Alembic."""
    return max(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py*"))


def knows(revision: str) -> bool:
    """Whether this program has that migration, or a database of it was written by a newer one."""
    return _known(_alembic(), revision)


def missing(current: str | None) -> list[tuple[str, str]]:
    """The migrations that a database at *current* still needs, in order: the number and what it does.

    Raises :class:`DatabaseError` when *current* is a newer program's.
    """
    from alembic.script import ScriptDirectory

    config = _alembic()
    if current is not None and not _known(config, current):
        raise _newer()
    steps = ScriptDirectory.from_config(config).iterate_revisions("head", current or "base")
    return [(script.revision, (script.doc or "").strip()) for script in steps][::-1]


def _known(config: Any, revision: str) -> bool:
    from alembic.script import ScriptDirectory

    return revision in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _newer() -> DatabaseError:
    return DatabaseError(
        t(
            "basis data ini ditulis oleh humasbot yang lebih baru; perbarui program ini (pip install -U humasbot)",
            "this database was written by a newer humasbot; update this program (pip install -U humasbot)",
        )
    )


def _alembic() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def _create_engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
            return engine
        if parsed.drivername in ("postgres", "postgresql"):  # as hosting providers write it
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "postgresql":
            named = {"fallback_application_name": APPLICATION, **PATIENCE}
            return sa.create_engine(
                parsed, pool_pre_ping=True, pool_size=10, max_overflow=10, connect_args=named
            )
    except (sa.exc.ArgumentError, ValueError) as error:
        why = type(error).__name__
        raise ConfigError(
            t("database: alamat tidak sah ({why})", "database: not a valid address ({why})", why=why)
        ) from None
    except OSError as error:
        raise ConfigError(
            t("database: folder {f} tidak dapat dibuat ({why}); periksa namanya dan hak tulisnya",
              "database: the folder {f} cannot be made ({why}); check its name and rights", f=error.filename,
              why=reason(error))
        ) from None  # fmt: skip
    except ModuleNotFoundError:
        raise ConfigError(
            t(
                'database: PostgreSQL perlu penggerak; jalankan: pip install "humasbot[postgresql]"',
                'database: PostgreSQL needs a driver; run: pip install "humasbot[postgresql]"',
            )
        ) from None
    raise ConfigError(
        t(
            "database: hanya sqlite:/// atau postgresql+psycopg:// yang dikenal",
            "database: only sqlite:/// or postgresql+psycopg:// are known",
        )
    )


def _mark_process(_connection: object, record: Any) -> None:
    record.info["pid"] = os.getpid()


def _same_process(_connection: object, record: Any, proxy: Any) -> None:
    """A connection that a fork took along is its parent's: the child opens its own."""
    if record.info["pid"] != os.getpid():
        record.dbapi_connection = proxy.dbapi_connection = None
        raise sa.exc.DisconnectionError


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Our own BEGIN (below) replaces the driver's, which starts a transaction too late.
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")
    _to_wal(connection)
    # A claim that a power cut could undo would be a post sent twice: every commit waits for the disk.
    connection.execute("PRAGMA synchronous=FULL")


def _to_wal(connection: sqlite3.Connection) -> None:
    """Change to the write-ahead log; while others do the same SQLite says "locked" at once, without waiting."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("humasbot_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn the driver's faults into one sentence that says what to do."""
    try:
        yield
    except (IntegrityError, DataError):
        raise  # these are about a row, and their words may be the row's own
    except DBAPIError as error:
        words = str(error.orig).lower()
        known = next((said for mark, said in _known_faults(url) if mark in words), None)
        if known is None and not isinstance(error, OperationalError):
            raise
        raise DatabaseError(known or _unknown_fault(error, url)) from error


def _known_faults(url: str) -> tuple[tuple[str, str], ...]:
    where = make_url(url).database or ""
    unprepared = t("basis data {w} belum disiapkan; jalankan: humasbot upgrade",
                   "the database {w} is not prepared; run: humasbot upgrade", w=where)  # fmt: skip
    full = t("diska penuh: {w} tidak dapat ditulis; kosongkan ruang lalu ulangi",
             "the disk is full: {w} cannot be written; make room and try again", w=where)  # fmt: skip
    return (
        ("locked", t("basis data {w} sedang dipakai proses lain lebih dari {s} detik; tunggu lalu ulangi",
                     "the database {w} was held by another process for more than {s} seconds; wait and try again",
                     w=where, s=BUSY_SECONDS)),
        ("disk is full", full),
        ("no space left", full),
        ("readonly", t("basis data {w} hanya dapat dibaca; periksa hak tulis berkas dan foldernya, atau apakah "
                       "diskanya menjadi hanya-baca; lalu mulai ulang humasbot",
                       "the database {w} is read-only; check the rights of the file and its folder, or whether its "
                       "disk has become read-only; then restart humasbot", w=where)),
        ("disk i/o error", t("basis data {w} tidak dapat dipakai: diskanya rusak atau menjadi hanya dapat dibaca; "
                             "lihat dmesg, perbaiki diska itu, lalu mulai ulang humasbot",
                             "the database {w} cannot be used: its disk has a fault or has become read-only; "
                             "see dmesg, mend the disk, then restart humasbot", w=where)),
        ("unable to open", t("basis data {w} tidak dapat dibuka; periksa folder dan hak tulisnya",
                             "the database {w} cannot be opened; check the folder and its rights", w=where)),
        ("not a database", t("{w} bukan basis data humasbot; pilih berkas lain di [humasbot] database",
                             "{w} is not a humasbot database; choose another file in [humasbot] database", w=where)),
        ("malformed", t("basis data {w} rusak; pulihkan dari cadangan", "the database {w} is damaged; restore a backup",
                        w=where)),
        ("no such table", unprepared),
        ('relation "humasbot_', unprepared),
    )  # fmt: skip


def _unknown_fault(error: DBAPIError, url: str) -> str:
    words = " ".join(str(error.orig).split())[:200] or type(error.orig).__name__
    if isinstance(error.orig, sqlite3.Error):
        return t("basis data {w} tidak dapat dipakai ({why}); periksa berkas itu dan ruang diska",
                 "the database {w} cannot be used ({why}); check that file and the disk's space",
                 w=make_url(url).database or "", why=words)  # fmt: skip
    return t(
        "basis data tidak menjawab ({why}); periksa alamat, kata sandi, dan apakah servernya hidup",
        "the database does not answer ({why}); check address, password and whether its server runs",
        why=words,
    )
