"""What the tests of subscribers share: an office's lists on a database of their own, and people on them."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from humasbot.app import Humasbot
from humasbot.database import Database
from humasbot.models import Recipient
from humasbot.subscribers import (
    Ledger,
    Register,
    members,
    vouch,
)

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime.now(UTC)
LETTER = f"<{'a' * 24}.{'b' * 12}@contoh.go.id>"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office's database as it is on the first day, to be copied."""
    folder = tmp_path_factory.mktemp("kantor")
    config = {"humasbot": {"database": f"sqlite:///{folder / 'test.db'}"}, "agency": {"name": "Kantor"}}
    Humasbot(config, folder=folder).close()
    return folder / "test.db"


@pytest.fixture
def register(
    database_url: str, prepared: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Register]:
    if not database_url.startswith("sqlite"):
        yield request.getfixturevalue("bot").office.register
        return
    shutil.copy(prepared, tmp_path / "test.db")
    database = Database(database_url)
    yield Register(database, "utama", tmp_path / "data" / "subscribers.key")
    database.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, but for what is marked ``both``."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))


both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


def leave_token(register: Register, name: str = "utama") -> str:
    return next(iter(Ledger(register, "email").active(name))).leave


def known(register: Register) -> list[tuple[str, str]]:
    return [(row.address, row.state) for row in members(register)]


def paper(register: Register, address: str = "+628111222333", **more: Any) -> Recipient:
    kind = "email" if "@" in address else "whatsapp"
    given = {"at": NOW - timedelta(days=1), "how": "formulir loket", "evidence": "map 7, nomor 12"}
    return vouch(register, kind, address, **{**given, **more})
