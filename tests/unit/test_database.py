"""The database: its tables are the models', what it promises is switched on, and each fault is one sentence."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from humasbot import database as module
from humasbot.database import VERSION_TABLE, Database, DatabaseError
from humasbot.models import Agency, Source, Table, UtcDateTime


@pytest.fixture(autouse=True)
def indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of this version, to be copied."""
    file = tmp_path_factory.mktemp("awal") / "humas.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    with database.write() as session:
        session.connection().exec_driver_sql("PRAGMA user_version = 1")
    database.close()
    return file


@pytest.fixture
def file(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(migrated, tmp_path / "humas.db"))


@contextmanager
def opened(file: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{file}")
    try:
        yield database
    finally:
        database.close()


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    with opened(file) as found:
        yield found


def fault(act: Any) -> str:
    with pytest.raises(DatabaseError) as caught:
        act()
    assert "\n" not in str(caught.value)
    assert "SELECT" not in str(caught.value)
    return str(caught.value)


def say(database: Database, statement: str = "SELECT 1") -> Any:
    with database.read() as session:
        return session.execute(sa.text(statement)).scalar()


def change(database: Database, name: str = "utama") -> None:
    with database.write() as session:
        session.add(Agency(name=name))


# --- tables ----------------------------------------------------------------------------------------------------


def test_migrations_from_nothing_give_the_tables_of_the_models(tmp_path: Path) -> None:
    with opened(tmp_path / "baru.db") as database:
        assert database.version()[0] is None
        database.migrate()
        current, needed = database.version()
        assert current == needed
        database.ready()
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, Table.metadata) == []
            assert structure(connection) == structure_of_the_models()


def structure(connection: sa.Connection) -> dict[str, Any]:
    """What compare_metadata does not compare: checks, the conditions of partial indexes, what may be NULL."""
    look = sa.inspect(connection)
    tables = [name for name in look.get_table_names() if name != VERSION_TABLE]
    return {name: sorted(_parts_of(look, name)) for name in tables}


def _parts_of(look: sa.Inspector, table: str) -> Iterator[str]:
    for check in look.get_check_constraints(table):
        yield f"check {check['name']} {check['sqltext']}"
    for index in look.get_indexes(table):
        conditions = {key: str(value) for key, value in index["dialect_options"].items()}
        yield f"index {index['name']} {index['column_names']} {index['unique']} {conditions}"
    for unique in look.get_unique_constraints(table):
        yield f"unique {unique['column_names']}"
    for column in look.get_columns(table):
        yield f"column {column['name']} {column['type']} {column['nullable']}"
    for key in look.get_foreign_keys(table):
        yield f"key {key['constrained_columns']} {key['referred_table']}"


def structure_of_the_models() -> dict[str, Any]:
    engine = sa.create_engine("sqlite://")
    Table.metadata.create_all(engine)
    try:
        with engine.connect() as connection:
            return structure(connection)
    finally:
        engine.dispose()


def test_migrating_again_changes_nothing_and_waits_for_nobody(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        database.migrate()
    assert database.version()[0] == database.version()[1]


def test_many_processes_may_migrate_at_once(tmp_path: Path) -> None:
    def migrate(_: int) -> tuple[str | None, str]:
        with opened(tmp_path / "bersama.db") as database:
            gate.wait()
            database.migrate()
            return database.version()

    gate = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        versions = set(pool.map(migrate, range(4)))
    assert len(versions) == 1
    with opened(tmp_path / "bersama.db") as database:
        change(database)


def test_a_migration_that_fails_leaves_nothing_of_itself(tmp_path: Path) -> None:
    file = tmp_path / "asing.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE humasbot_delivery (isi TEXT)")
        other.commit()
    with opened(file) as database:
        assert fault(database.migrate) == (
            f"basis data {file} tidak dapat dipakai (table humasbot_delivery already exists); "
            "periksa berkas itu dan ruang diska"
        )
        assert sa.inspect(database.engine).get_table_names() == ["humasbot_delivery"]


def test_a_newer_database_is_refused_and_untouched(database: Database) -> None:
    with database.write() as session:
        session.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    newer = (
        "basis data ini ditulis oleh humasbot yang lebih baru; perbarui program ini (pip install -U humasbot)"
    )
    assert fault(database.migrate) == newer
    assert fault(database.ready) == newer
    assert say(database, f"SELECT version_num FROM {VERSION_TABLE}") == "9999"


def test_an_unprepared_database_says_what_to_run(tmp_path: Path) -> None:
    with opened(tmp_path / "kosong.db") as database:
        assert (
            fault(database.ready) == "basis data belum disiapkan untuk versi ini; jalankan: humasbot upgrade"
        )
        assert fault(lambda: change(database)) == (
            f"basis data {tmp_path}/kosong.db belum disiapkan; jalankan: humasbot upgrade"
        )


# --- what is switched on ---------------------------------------------------------------------------------------


def test_every_connection_keeps_our_promises(database: Database) -> None:
    wanted = {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}
    with database.engine.connect() as first, database.engine.connect() as second, database.write() as session:
        for connection in (first, second, session.connection()):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="FOREIGN KEY"), database.write() as session:
        session.add(Source(agency_id=4711, name="situs", kind="feed"))
    with database.read() as session:
        assert session.exec(select(Source)).all() == []


def test_a_breach_of_uniqueness_stays_what_it_is(database: Database) -> None:
    change(database, "utama")
    with pytest.raises(sa.exc.IntegrityError, match="UNIQUE"):
        change(database, "utama")


def test_what_is_written_is_there_and_what_fails_is_not(database: Database) -> None:
    def half() -> None:
        with database.write() as session:
            session.add(Agency(name="setengah"))
            session.flush()
            raise RuntimeError("di tengah")

    with pytest.raises(RuntimeError, match="di tengah"):
        half()
    change(database, "utuh")
    with database.read() as session:
        session.add(Agency(name="hanya baca"))
        session.flush()
    with database.read() as session:
        assert [agency.name for agency in session.exec(select(Agency)).all()] == ["utuh"]


def test_a_writer_takes_the_lock_before_it_reads(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that read first and write then would both fail half-way; so the second waits at its beginning."""
    monkeypatch.setattr(module, "BUSY_SECONDS", 0)
    with database.write() as session:
        session.exec(select(Agency)).all()
        with opened(Path(str(database.engine.url.database))) as other:
            words = fault(lambda: change(other))
            assert say(other) == 1
    assert words == (
        f"basis data {database.engine.url.database} sedang dipakai proses lain lebih dari 0 detik; "
        "tunggu lalu ulangi"
    )
    change(database)


def test_writers_of_many_threads_wait_for_each_other(database: Database) -> None:
    change(database)

    def add(_: int) -> None:
        with database.write() as session:
            agency = session.exec(select(Agency)).one()
            agency.title = str(int(agency.title or "0") + 1)
            session.add(agency)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(80)))
    with database.read() as session:
        assert session.exec(select(Agency)).one().title == "80"


# --- times -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Jayapura", "UTC", "America/New_York"])
def test_a_moment_comes_back_in_utc(database: Database, zone: str) -> None:
    moment = datetime(2026, 11, 22, 1, 30, 59, 123456, tzinfo=ZoneInfo(zone))
    with database.write() as session:
        session.add(Agency(name="utama", created_at=moment))
    with database.read() as session:
        kept = session.exec(select(Agency)).one().created_at
        later = session.exec(select(Agency).where(Agency.created_at > moment - timedelta(seconds=1))).all()
        earlier = session.exec(select(Agency).where(Agency.created_at > moment)).all()
    assert kept == moment
    assert kept.tzinfo is UTC
    assert (len(later), len(earlier)) == (1, 0)


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_comes_twice_stays_the_one_it_was(database: Database, fold: int) -> None:
    moment = datetime(2026, 11, 1, 1, 30, fold=fold, tzinfo=ZoneInfo("America/New_York"))
    with database.write() as session:
        session.add(Agency(name="utama", created_at=moment))
    with database.read() as session:
        kept = session.exec(select(Agency)).one().created_at
    assert kept.hour == 5 + fold


MOMENTS = st.datetimes(
    datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.timezones() | st.builds(timezone, st.timedeltas(
        timedelta(hours=-23), timedelta(hours=23)))
)  # fmt: skip


@given(MOMENTS, st.sampled_from(["sqlite", "postgresql"]))
def test_every_moment_survives_the_way_there_and_back(moment: datetime, name: str) -> None:
    dialect = (
        sa.create_engine(f"{name}://").dialect if name == "sqlite" else sa.dialects.registry.load(name)()
    )
    kept = UtcDateTime().process_bind_param(moment, dialect)
    assert kept is not None
    assert (kept.tzinfo is None) == (name == "sqlite")
    back = UtcDateTime().process_result_value(kept, dialect)
    assert back == moment.astimezone(UTC)
    assert back is not None
    assert back.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 22, 6, 0)

    def write() -> None:
        with database.write() as session:
            session.add(Agency(name="utama", created_at=naive))

    with pytest.raises(sa.exc.StatementError, match="waktu tanpa zona ditolak: 2026-11-22 06:00:00"):
        write()
    with pytest.raises(sa.exc.StatementError, match="waktu tanpa zona ditolak"), database.read() as session:
        session.exec(select(Agency).where(Agency.created_at > naive)).all()
    with database.read() as session:
        assert session.exec(select(Agency)).all() == []
