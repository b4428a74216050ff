"""Deaths outside the daemon's commits: amid a migration, amid a look at the platform, amid the planning of a fleet."""

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import felled
import pytest
import sqlalchemy as sa
import time_machine
import warm
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from test_deaths import Rig, Website, rig, until, website
from warm import Warm

from humasbot.app import Humasbot
from humasbot.database import VERSION_TABLE, Database, _alembic
from humasbot.models import Account, Agency
from humasbot.models.base import Table
from humasbot.testing.standin import Reply, Request
from humasbot.testing.standin_mastodon import MastodonStandIn

__all__ = ["rig", "website"]
pytestmark = pytest.mark.slow
OLD = "0002"
"""The revision from which the upgrade begins."""


# Migration


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kosong.db'}"
    return str(request.getfixturevalue("postgres").new_database(empty=True))


def at(url: str, look: Callable[[Database], Any]) -> Any:
    database = Database(url)
    try:
        return look(database)
    finally:
        database.close()


def written_by_an_older_program(database: Database) -> None:
    config = _alembic()
    with database._writer.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
        connection.execute(
            sa.text("INSERT INTO humasbot_agency (name, title, timezone, language, brand, created_at) "
                    "VALUES ('desa', 'Desa Lama', 'Asia/Jakarta', 'id', '{}', '2026-01-01 00:00:00+00:00')")
        )  # fmt: skip
        connection.commit()


def titles(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.execute(sa.text("SELECT title FROM humasbot_agency")).scalars())


def differences(database: Database) -> list[Any]:
    options = {"version_table": VERSION_TABLE, "compare_type": True}
    with database.engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        found = compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata)
    assert tables >= set(Table.metadata.tables)
    return [each for each in found if each[0] != "remove_table"]


@pytest.mark.parametrize("old", [False, True], ids=["from nothing", "from an older version"])
def test_killed_in_the_middle_of_a_migration_it_is_wholly_old_or_wholly_new(
    empty: str, old: bool, tmp_path: Path
) -> None:
    (tmp_path / "humasbot.toml").write_text(
        f'[humasbot]\ndatabase = "{empty}"\n[agency]\nname = "Dinas Kominfo Kota Contoh"\nkey = "desa"\n'
    )
    if old:
        at(empty, written_by_an_older_program)
    before = at(empty, Database.version)[0]
    died = 0
    for number in (1, 2, 9, 30, 31, 55, 90):
        life = Warm(felled.migrating, number, folder=tmp_path, err=tmp_path / "log")
        if life.wait(60) == 0:
            break
        assert life.returncode == -signal.SIGKILL, (tmp_path / "log").read_text()
        died += 1
        found, needed = at(empty, Database.version)
        assert found in (before, needed)
        if old:
            assert at(empty, titles) in (["Desa Lama"], ["Dinas Kominfo Kota Contoh"])
    assert died >= 3
    life = Warm(warm.humasbot, "upgrade", folder=tmp_path, err=tmp_path / "log")
    assert life.wait(60) == 0, (tmp_path / "log").read_text()
    at(empty, Database.ready)
    assert at(empty, differences) == []
    assert at(empty, titles) == ["Dinas Kominfo Kota Contoh"]


# Reconciliation


class Lookout(MastodonStandIn):
    """Kills the newest life: after it has accepted the post, then whenever it is asked about the account's posts."""

    def __init__(self, lives: list[Warm]) -> None:
        super().__init__()
        self.lives = lives
        self.kill_at = "post"
        self.looks = 0

    def handle(self, request: Request) -> Reply:
        reply = super().handle(request)
        looks = request.method == "GET" and request.path.partition("?")[0].endswith("/statuses")
        self.looks += looks
        posts = request.at("POST", "/api/v1/statuses")
        if (self.kill_at == "post" and posts) or (self.kill_at == "look" and looks):
            self.kill_at = ""
            self.lives[-1].kill()
            self.lives[-1].wait()
        return reply


def test_killed_while_it_looks_it_looks_again_and_sends_nothing(rig: Rig, website: Website) -> None:
    with Lookout(rig.lives) as server:
        (rig.folder / ".env").write_text(f"TOKEN={server.token}\n")
        rig.write(
            [f'[accounts.masto]\nplatform = "mastodon"\nserver = "{server.url}"\ntoken = {{ env = "TOKEN" }}']
        )
        website.articles = 1
        for what in ("post", "look", "look"):
            server.kill_at = what
            life = rig.start()
            until(lambda life=life: life.poll() is not None, 60, rig.log)
        rig.settle(1, accounts=1)
        assert (len(server.accepted), server.looks) == (1, 3)
        (row,) = rig.rows()
        assert [each["outcome"] for each in rig.bot.views.delivery(row["id"])["tries"]] == [""]


# Planning a fleet


EVENING = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


@pytest.fixture
def villages(tmp_path: Path, database_url: str) -> Iterator[Humasbot]:
    folder = tmp_path / "templates" / "text"
    folder.mkdir(parents=True)
    (folder / "pagi.j2").write_text("{% block body %}Layanan {{ agency.name }} buka.{% endblock %}")
    (tmp_path / "humasbot.toml").write_text(
        f'[humasbot]\ndatabase = "{database_url}"\nfleet = true\n[agency]\nname = "Kementerian"\nkey = "pusat"\n'
        '[campaigns.pagi]\noccasion = "daily"\nat = "00:01"\nagencies = "all"\napproval = "policy"\n'
        'template = "pagi"\npicture = "none"\nlate = "send"\n'
    )
    with time_machine.travel(EVENING):
        bot = Humasbot(tmp_path / "humasbot.toml")
        with bot.office.database.write() as session:
            for number in range(6):
                agency = Agency(name=f"desa{number}", title=f"Desa {number}")
                session.add(agency)
                session.flush()
                settings = {"folder": f"desa{number}"}
                session.add(
                    Account(agency_id=agency.id or 0, name="a", platform="scripted", settings=settings)
                )
    with bot:
        yield bot


@pytest.mark.parametrize("phase", ["before", "after"])
def test_killed_while_a_fleets_day_is_planned(villages: Humasbot, tmp_path: Path, phase: str) -> None:
    """Two agencies a chunk: whatever was planned stands once, what was not is planned by the next."""
    for number in (1, 2, 3):
        life = Warm(felled.planning, 2, phase, number, EVENING, folder=tmp_path, err=tmp_path / "log")
        assert life.wait(60) in (0, -signal.SIGKILL), (tmp_path / "log").read_text()
    with time_machine.travel(EVENING, tick=True):
        villages.plan()
    with time_machine.travel(EVENING + timedelta(hours=5), tick=True):
        villages.publish()
    lines = [line for path in tmp_path.glob("desa*/record.jsonl") for line in path.read_text().splitlines()]
    said = Counter(json.loads(line)["text"] for line in lines)
    assert said == Counter({f"Layanan Desa {number} buka.": 1 for number in range(6)})
    assert len({json.loads(line)["key"] for line in lines}) == 6
