"""Workers as processes of their own, on PostgreSQL with the real engine: killed, and taken over from."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from promised import on_postgresql, until
from sqlmodel import select
from warm import Warm, hurried

from humasbot.app import Humasbot
from humasbot.checking.served import served
from humasbot.fleet import health
from humasbot.fleet.engine import Engine
from humasbot.fleet.offering import CHUNK, offer
from humasbot.models import Account, Agency, utc_now
from humasbot.pipeline import staging
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.seen import Said

pytestmark = [on_postgresql, pytest.mark.slow]
VILLAGES = 150


@pytest.fixture
def fleet(tmp_path: Path, database_url: str) -> Iterator[Humasbot]:
    """Villages with one delivery each, on a platform that takes 50 ms and keeps a record on disk."""
    (tmp_path / "humasbot.toml").write_text(
        f'[humasbot]\ndatabase = "{database_url}"\nfleet = true\nthreads = 8\nsettle = "0s"\nlease = "15s"\n'
        '[agency]\nname = "Kementerian"\n'
    )
    with Humasbot(tmp_path / "humasbot.toml") as bot:
        now = utc_now()
        with bot.office.database.write() as session:
            campaign = session.execute(sa.text("SELECT min(id) FROM humasbot_campaign")).scalar() or 0
            rows = []
            for number in range(VILLAGES):
                agency = Agency(name=f"desa{number}", title=f"Desa {number}")
                session.add(agency)
                session.flush()
                settings = {"folder": f"desa{number}", "delay": "0.05"}
                account = Account(agency_id=agency.id or 0, name="a", platform="scripted", settings=settings)
                session.add(account)
                session.flush()
                said = Said("Kabar", f"Kabar desa {number}", "", "id", [], {}, now, None)
                rows.append(
                    staging.Row(
                        agency.id or 0, account.id or 0, said, hash_of(said, account), f"kunci-{number}"
                    )
                )
            staging.queue(session, campaign, "uji", 0, rows, now)
        yield bot


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Warm]]:
    started: list[Warm] = []

    def make(role: str) -> Warm:
        words = ["daemon"] if role == "daemon" else ["worker", role]
        log = tmp_path / f"{role}.log"
        started.append(Warm(hurried, *words, "--json-logs", "--level", "error", folder=tmp_path, err=log))
        return started[-1]

    yield make
    for process in started:
        process.kill()
        process.wait()


def sent(bot: Humasbot) -> int:
    with bot.office.database.read() as session:
        statement = sa.text("SELECT count(*) FROM humasbot_delivery WHERE state = 'sent'")
        return int(session.execute(statement).scalar() or 0)


def record(folder: Path) -> Counter[str]:
    """How often each key stands on the platform."""
    lines = [line for path in folder.glob("desa*/record.jsonl") for line in path.read_text().splitlines()]
    return Counter(json.loads(line)["key"] for line in lines)


def test_every_row_is_sent_once_though_workers_are_killed(fleet: Any, start: Any, tmp_path: Path) -> None:
    start("schedule")
    publishers = [start("publish"), start("publish")]
    for _ in range(3):
        before = sent(fleet)
        until(lambda before=before: sent(fleet) >= min(before + 20, VILLAGES), 60)
        publishers[0].kill()
        publishers[0].wait()
        publishers = [publishers[1], start("publish")]
    until(lambda: sent(fleet) == VILLAGES, 120)
    assert record(tmp_path) == Counter({f"kunci-{n}": 1 for n in range(VILLAGES)})


def test_another_schedules_once_the_leader_is_gone(fleet: Any, start: Any) -> None:
    leader = start("schedule")
    until(lambda: leading(fleet), 30)
    first = leading(fleet)
    start("schedule")
    start("publish")
    leader.kill()
    until(lambda: leading(fleet) not in ("", first), 30)
    until(lambda: sent(fleet) == VILLAGES, 60)


def leading(bot: Humasbot) -> str:
    with bot.office.database.read() as session:
        statement = sa.text("SELECT holder FROM humasbot_lease WHERE name = 'schedule' AND until > now()")
        return str(session.execute(statement).scalar() or "")


def test_a_stop_loses_nothing_and_ends(fleet: Any, start: Any, tmp_path: Path) -> None:
    leader, publisher = start("schedule"), start("publish")
    until(lambda: sent(fleet) > 0, 60)
    for process in (publisher, leader):
        process.send_signal(signal.SIGTERM)
    assert [process.wait(timeout=60) for process in (publisher, leader)] == [0, 0]
    with fleet.office.database.read() as session:
        states = dict(
            session.execute(sa.text("SELECT state, count(*) FROM humasbot_delivery GROUP BY state")).all()
        )
    assert set(states) <= {"sent", "queued"}
    assert states.get("sent") == sum(record(tmp_path).values())


def test_a_chunk_that_is_lost_is_offered_again(fleet: Any) -> None:
    engine = Engine(fleet.office.database)
    engine.prepare()
    try:
        assert offer(fleet.office, engine, 1) == VILLAGES
        assert offer(fleet.office, engine, 1) == 0
        with fleet.office.database.write() as session:
            session.execute(sa.text("DELETE FROM procrastinate_jobs"))
        assert offer(fleet.office, engine, 1) == VILLAGES
        with fleet.office.database.write() as session:
            session.execute(sa.text("UPDATE procrastinate_jobs SET status = 'doing'"))
        assert engine.forget_lost() == -(-VILLAGES // CHUNK)
        assert offer(fleet.office, engine, 1) == VILLAGES
    finally:
        engine.close()


def test_a_freeze_stops_every_publisher_within_a_second(fleet: Any, start: Any, tmp_path: Path) -> None:
    with fleet.office.database.write() as session:
        for account in session.exec(select(Account)).all():
            account.settings = {**account.settings, "delay": "0.4"}
    for role in ("schedule", "publish", "publish"):
        start(role)
    until(lambda: record(tmp_path).total() > 20, 60)
    fleet.freeze(reason="gempa bumi", actor="ani", everything=True)
    time.sleep(1 + 0.4)  # a second, and what was on the wire then
    still = record(tmp_path)
    time.sleep(2)
    assert record(tmp_path) == still
    assert still.total() < VILLAGES
    fleet.unfreeze(actor="ani", everything=True)
    until(lambda: sent(fleet) == VILLAGES, 60)
    assert record(tmp_path) == Counter({f"kunci-{n}": 1 for n in range(VILLAGES)})


def test_health_on_any_machine_tells_who_is_missing_and_what_to_do(
    fleet: Any, start: Any, tmp_path: Path
) -> None:
    """Nothing of a worker is on this machine but the configuration: what is told stands in the database."""
    elsewhere = tmp_path / "mesin-lain"
    elsewhere.mkdir()
    (elsewhere / "humasbot.toml").write_text((tmp_path / "humasbot.toml").read_text())

    def missing() -> list[str]:
        with Humasbot(elsewhere / "humasbot.toml", migrate=False) as bot:
            told = health.problems(bot)
        return [
            role for role in ("schedule", "ingest", "publish") for line in told if f"worker {role}" in line
        ]

    def later(seconds: int) -> None:
        """Let time pass for the leases, not for us."""
        with fleet.office.database.write() as session:
            session.execute(
                sa.text(f"UPDATE humasbot_lease SET until = until - interval '{seconds} seconds'")
            )

    assert missing() == ["schedule", "ingest", "publish"]
    told = [found.message for found in served(fleet.office)]
    assert [
        role for role in ("schedule", "ingest", "publish") for line in told if f"worker {role}" in line
    ] == missing()
    running = {role: start(role) for role in ("schedule", "ingest", "publish")}
    until(lambda: missing() == [], 60)
    ended = subprocess.run(
        [sys.executable, "-m", "humasbot", "health", "--json"],
        cwd=elsewhere, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout
    assert json.loads(ended.stdout)["lives"] == {
        "daemon": False, "schedule": True, "ingest": True, "publishers": 1,
    }  # fmt: skip
    running["schedule"].kill()
    running["schedule"].wait()
    later(29)
    until(lambda: missing() == ["schedule"], 15)
    with Humasbot(elsewhere / "humasbot.toml", migrate=False) as bot:
        assert " sejak " in health.problems(bot)[0]
    running["publish"].send_signal(signal.SIGTERM)
    until(lambda: missing() == ["schedule", "publish"], 30)
    start("daemon")
    until(lambda: missing() == [], 30)


def test_a_worker_for_one_office_alone_is_refused(fleet: Any, start: Any, tmp_path: Path) -> None:
    settings = tmp_path / "humasbot.toml"
    settings.write_text(settings.read_text().replace("fleet = true", "fleet = false"))
    assert start("publish").wait(timeout=60) == 2
    assert "fleet = true" in (tmp_path / "publish.log").read_text()
