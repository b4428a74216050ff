"""An office on a real database: SQLite always, PostgreSQL where its binaries are (under CI they must be)."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.base import Missing
from servers.postgresql import PostgreSQL

from humasbot.app import Humasbot
from humasbot.database import Database


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    """A PostgreSQL of our own; skipped where it is not installed, but under CI it must be."""
    try:
        pytest.importorskip("psycopg")
        with PostgreSQL() as server:
            url = server.new_database()
            _migrate(url)
            server.template = url.rpartition("/")[2]
            yield server
    except Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"under CI nothing may be missing: {missing}", pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with our tables and nothing in them: to copy it takes less time than to make them."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated: Path) -> str:
    """A new SQLite database with our tables."""
    shutil.copyfile(migrated, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def postgresql_url(postgres: PostgreSQL) -> str:
    """A new PostgreSQL database with our tables."""
    return postgres.new_database()


# Everything runs on both; on PostgreSQL with the slow ones, so that the everyday suite stays short and needs no server.
@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> dict[str, Any]:
    """A configuration as a mapping, to be changed by the test before it opens the office."""
    return {
        "humasbot": {"database": database_url, "settle": "0s", "threads": 4},
        "agency": {"name": "Dinas Kominfo Kota Contoh", "short": "Diskominfo", "sign_off": "— Diskominfo"},
        "sources": {},
        "accounts": {
            "satu": {"platform": "scripted", "folder": "satu"},
            "dua": {"platform": "scripted", "folder": "dua"},
        },
        "campaigns": {},
    }


@pytest.fixture
def open_bot(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], Humasbot]]:
    opened: list[Humasbot] = []

    def make(settings: dict[str, Any]) -> Humasbot:
        opened.append(Humasbot(settings, folder=tmp_path))
        return opened[-1]

    yield make
    for bot in opened:
        bot.close()


@pytest.fixture
def bot(settings: dict[str, Any], open_bot: Callable[[dict[str, Any]], Humasbot]) -> Humasbot:
    return open_bot(settings)


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """A short announcement as a Markdown file."""
    path = tmp_path / "kabar.md"
    path.write_text(
        "# Layanan KTP buka hari Sabtu\n\n"
        "Kantor Dukcapil melayani perekaman KTP pada Sabtu pukul 08.00 sampai 12.00 WIB.\n"
    )
    return path


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., None]:
    """Steer what an account's platform answers next."""

    def write(account: str, *steps: str) -> None:
        (tmp_path / account).mkdir(exist_ok=True)
        (tmp_path / account / "script").write_text("\n".join(steps))

    return write


@pytest.fixture
def public(tmp_path: Path) -> Callable[[str], list[dict[str, Any]]]:
    """What an account's platform publicly holds."""

    def read(account: str) -> list[dict[str, Any]]:
        record = tmp_path / account / "record.jsonl"
        return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []

    return read
