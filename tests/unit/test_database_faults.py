"""A database that cannot be used: one sentence that says what, where and how to mend it."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from humasbot import database as module
from humasbot.database import Database, DatabaseError, explained
from humasbot.errors import ConfigError
from humasbot.models import Agency

URL = "sqlite:////srv/humas.db"


@pytest.fixture(autouse=True)
def indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of this version with one row, to be copied."""
    file = tmp_path_factory.mktemp("awal") / "humas.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    change(database)
    database.close()
    return file


@pytest.fixture
def file(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(migrated, tmp_path / "humas.db"))


def change(database: Database) -> None:
    with database.write() as session:
        session.add(Agency(name=os.urandom(4).hex()))


def read(database: Database) -> None:
    with database.read() as session:
        session.execute(sa.text("SELECT * FROM humasbot_agency")).all()


USES = (Database.migrate, Database.version, Database.ready, read, change)


def fault(file: Path, use: Callable[[Database], object]) -> str:
    database = Database(f"sqlite:///{file}")
    try:
        with pytest.raises(DatabaseError) as caught:
            use(database)
    finally:
        database.close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("use", USES)
def test_what_is_no_database(tmp_path: Path, use: Callable[[Database], object]) -> None:
    file = tmp_path / "surat.docx"
    file.write_bytes(b"PK\x03\x04 bukan basis data " * 99)
    before = file.read_bytes()
    assert fault(file, use) == (f"{file} bukan basis data humasbot; pilih berkas lain di [humasbot] database")
    assert file.read_bytes() == before


@pytest.mark.parametrize("use", USES)
def test_a_folder_in_its_place(tmp_path: Path, use: Callable[[Database], object]) -> None:
    assert (
        fault(tmp_path, use) == f"basis data {tmp_path} tidak dapat dibuka; periksa folder dan hak tulisnya"
    )


@pytest.mark.parametrize("use", [Database.migrate, read, change])
def test_a_damaged_file(file: Path, use: Callable[[Database], object]) -> None:
    data = bytearray(file.read_bytes())
    data[4096:] = b"\x5a" * (len(data) - 4096)
    file.write_bytes(data)
    assert fault(file, use) == f"basis data {file} rusak; pulihkan dari cadangan"


def test_a_file_that_was_cut_off(file: Path) -> None:
    os.truncate(file, 5000)
    assert fault(file, Database.migrate) == f"basis data {file} rusak; pulihkan dari cadangan"


def test_a_database_that_another_holds(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0)
    locked = f"basis data {file} sedang dipakai proses lain lebih dari 0 detik; tunggu lalu ulangi"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert fault(file, change) == locked
        database = Database(f"sqlite:///{file}")
        database.ready()
        read(database)
        database.close()
        other.execute("COMMIT")
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        for use in USES:
            assert fault(file, use) == locked


@contextmanager
def nobody(*paths: Path) -> Iterator[None]:
    """Act as a user who owns nothing here; root may write even what is read-only."""
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def protected(migrated: Path) -> Iterator[Path]:
    """A database in a folder that everyone may read and nobody may write."""
    folder = Path(tempfile.mkdtemp(prefix="humasbot-"))
    with closing(sqlite3.connect(migrated)) as whole:
        whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = Path(shutil.copyfile(migrated, folder / "humas.db"))
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")
    file.chmod(0o444)
    folder.chmod(0o555)
    yield file
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_file_that_may_only_be_read(protected: Path) -> None:
    with nobody():
        for use in USES:
            assert fault(protected, use) == (
                f"basis data {protected} hanya dapat dibaca; periksa hak tulis berkas dan foldernya, "
                "atau apakah diskanya menjadi hanya-baca; lalu mulai ulang humasbot"
            )


def test_a_folder_that_may_not_be_written(protected: Path) -> None:
    with nobody():
        file = protected.parent / "baru.db"
        assert fault(file, Database.migrate) == (
            f"basis data {file} tidak dapat dibuka; periksa folder dan hak tulisnya"
        )
        with pytest.raises(ConfigError) as caught:
            Database(f"sqlite:///{protected.parent}/dalam/baru.db")
    assert str(caught.value) == (
        f"database: folder {protected.parent}/dalam tidak dapat dibuat (tidak ada izin); "
        "periksa namanya dan hak tulisnya"
    )


def test_a_full_disk(file: Path) -> None:
    database = Database(f"sqlite:///{file}")

    def fill() -> None:
        with database.write() as session:
            session.connection().exec_driver_sql("PRAGMA max_page_count = 1")
            session.add(Agency(name="besar", title="x" * 500_000))

    try:
        with pytest.raises(DatabaseError) as caught:
            fill()
        assert str(caught.value) == f"diska penuh: {file} tidak dapat ditulis; kosongkan ruang lalu ulangi"
    finally:
        database.close()
    again = Database(f"sqlite:///{file}")
    change(again)
    again.close()


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/a/b/humas.db")
    database.migrate()
    database.close()
    assert (tmp_path / "a/b/humas.db").is_file()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "database: alamat tidak sah (ArgumentError)"),
        ("humas.db", "database: alamat tidak sah (ArgumentError)"),
        ("sqlite+apa:///humas.db", "database: alamat tidak sah (NoSuchModuleError)"),
        ("postgresql+psycopg://humas:s3cret@db:lima/humas", "database: alamat tidak sah (ValueError)"),
        (
            "mysql://humas:s3cret@db/humas",
            "database: hanya sqlite:/// atau postgresql+psycopg:// yang dikenal",
        ),
        ("redis://:s3cret@db", "database: hanya sqlite:/// atau postgresql+psycopg:// yang dikenal"),
    ],
)
def test_an_address_that_cannot_be_used(url: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Database(url)
    assert str(caught.value) == words


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_a_postgresql_that_does_not_answer_and_no_password_in_sight(scheme: str) -> None:
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is an extra")
    database = Database(f"{scheme}://humas:s3cret@127.0.0.1:1/humas")
    assert database.engine.url.drivername == "postgresql+psycopg"
    assert not database.is_sqlite
    assert "s3cret" not in repr(database)
    with pytest.raises(DatabaseError) as caught:
        database.migrate()
    assert str(caught.value).startswith("basis data tidak menjawab (")
    assert str(caught.value).endswith("); periksa alamat, kata sandi, dan apakah servernya hidup")
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "words", "said"),
    [
        (
            sa.exc.OperationalError,
            "could not extend file: No space left on device",
            "diska penuh: /srv/humas.db",
        ),
        (
            sa.exc.OperationalError,
            "disk I/O error",
            "/srv/humas.db tidak dapat dipakai: diskanya rusak atau menjadi hanya dapat dibaca; lihat dmesg, ",
        ),
        (sa.exc.ProgrammingError, 'relation "humasbot_agency" does not exist', "belum disiapkan; jalankan"),
        (sa.exc.OperationalError, "kata\n yang  baru\n", "basis data tidak menjawab (kata yang baru); "),
        (sa.exc.OperationalError, "", "basis data tidak menjawab (Exception); "),
    ],
)
def test_what_other_drivers_say(kind: type[sa.exc.DBAPIError], words: str, said: str) -> None:
    with pytest.raises(DatabaseError) as caught, explained(URL):
        raise kind("SELECT 1", {}, Exception(words))
    assert said in str(caught.value)
    assert isinstance(caught.value.__cause__, kind)


@pytest.mark.parametrize("kind", [sa.exc.IntegrityError, sa.exc.DataError])
def test_a_fault_of_a_row_is_not_explained_away(kind: type[sa.exc.DBAPIError]) -> None:
    words = "duplicate key value: Key (key)=(database is locked) already exists"
    with pytest.raises(kind), explained(URL):
        raise kind("INSERT", {}, Exception(words))


@pytest.mark.parametrize(
    "error", [sa.exc.ProgrammingError("SELECT", {}, Exception("syntax error")), KeyError("x")]
)
def test_a_fault_of_ours_stays_one(error: Exception) -> None:
    with pytest.raises(type(error)), explained(URL):
        raise error
