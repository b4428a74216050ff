"""``/metrics`` and ``/healthz``, read as Prometheus reads them, on SQLite and PostgreSQL."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from promised import on_postgresql, on_sqlite, until

from humasbot.app import Humasbot
from humasbot.errors import InputError
from humasbot.fleet.engine import EngineHealth
from humasbot.fleet.worker import Worker
from humasbot.listening import Listener, Work, address
from humasbot.listening.exposition import Family, text
from humasbot.listening.figures import Figures
from humasbot.models import Audit, Secret, utc_now
from humasbot.pipeline.leading import daemon_lease, lead

PLUGINS = str(Path(__file__).parents[1] / "plugins")


def samples(page: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels' values."""
    found = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found[(sample.name, *(sample.labels[key] for key in sorted(sample.labels)))] = sample.value
    return found


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def listener(bot: Humasbot) -> Iterator[Listener]:
    one = Listener(
        ("127.0.0.1", 0), bot.office.database, Work(), zone="Asia/Jakarta", redact=bot.office.vault.redact
    )
    yield one
    one.close()


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_a_label_holds_it_is_read_back(label: str, value: float) -> None:
    label = label.replace("\r", "").encode("utf-8", "replace").decode()
    page = text([Family("humasbot_a", "gauge", "Help\nwith \\ two lines").add(value, label=label)])
    # Lines are parted by LF alone; the parser at hand, unlike Prometheus, breaks them at no other character either.
    assert samples(page) == {("humasbot_a", label): value}


def test_the_figures_are_those_of_the_database(
    bot: Humasbot, note: Path, tmp_path: Path, script: Any
) -> None:
    figures = Figures(bot.office.database, Work())
    first = samples(figures.page())
    assert first[("humasbot_deliveries", "queued")] == 0
    bot.announce(str(note), actor="budi")
    script("dua", "refused")
    bot.publish()
    for number in range(3):
        page = tmp_path / f"n{number}.md"
        page.write_text(f"# Kabar {number}\n\nIsi kabar nomor {number} untuk warga.\n")
        bot.announce(str(page), actor="budi", at=utc_now() + timedelta(hours=number))
    bot.pause("dua", actor="budi")
    bot.trail.seal()
    with bot.office.database.write() as session:
        end = utc_now() + timedelta(days=3)
        session.add(Secret(agency_id=1, account="satu", name="token", ciphertext="RAHASIA", expires_at=end))
        session.add(Secret(agency_id=1, account="satu", name="other", ciphertext="RAHASIA", expires_at=None))
    figures._page = (float("-inf"), "")
    page = figures.page()
    now = samples(page)
    assert now[("humasbot_deliveries", "queued")] == 6
    assert now[("humasbot_deliveries_due",)] == 2
    assert now[("humasbot_waiting_for_person", "delivery")] == 1
    assert 0 < now[("humasbot_lateness_seconds",)] < 60
    assert now[("humasbot_attempts_total", "sent", "scripted")] == 1
    assert now[("humasbot_attempts_total", "failed", "scripted")] == 1
    assert now[("humasbot_first_attempt_delay_seconds_count",)] == 2
    assert now[("humasbot_first_attempt_delay_seconds_bucket", "60")] == 2
    assert now[("humasbot_accounts_paused", "scripted")] == 1
    assert now[("humasbot_audit_sealed_rows",)] > 0
    assert now[("humasbot_token_expires_timestamp_seconds", "satu", "utama")] == pytest.approx(
        end.timestamp(), abs=1
    )
    assert "RAHASIA" not in page


@pytest.mark.slow
def test_results_are_counted_once_whenever_they_are_read(bot: Humasbot, note: Path, monkeypatch: Any) -> None:
    from humasbot.listening import results

    seconds = [0.0]
    monkeypatch.setattr(results.time, "monotonic", lambda: seconds[0])
    counter = results.Results()

    def read() -> dict[tuple[str, str], int]:
        seconds[0] += 20
        with bot.office.database.read() as session:
            return dict(counter.read(session).outcomes)

    assert read() == {}
    bot.announce(str(note), actor="budi")
    with (
        bot.office.database.write() as session
    ):  # two that are under way, with higher and lower numbers than the rest
        begin = sa.text(
            "INSERT INTO humasbot_attempt (id, delivery_id, number, worker, started_at, outcome, message) "
            "VALUES (:id, 1, :id, '', :at, '', '')"
        ).bindparams(sa.bindparam("at", type_=Audit.__table__.c.at.type))
        for number in (1, 2, 3):
            session.execute(begin, {"id": number, "at": utc_now()})
    assert [read() for _ in range(5)] == [{}] * 5, "they are passed over, and remembered"
    for number, outcome in ((1, "sent"), (3, "failed")):
        with bot.office.database.write() as session:
            end = sa.text("UPDATE humasbot_attempt SET outcome = :outcome WHERE id = :id")
            session.execute(end, {"id": number, "outcome": outcome})
        last = read()
    assert last == {("scripted", "sent"): 1, ("scripted", "failed"): 1}
    assert [read() for _ in range(4)] == [last] * 4


@on_sqlite
def test_the_statements_of_the_queue_use_the_small_indexes(bot: Humasbot) -> None:
    # PostgreSQL plans by what stands in the tables, and here is next to nothing.
    seen: list[str] = []
    sa.event.listen(bot.office.database.engine, "before_cursor_execute",
                    lambda _c, _k, statement, values, *_: seen.append((statement, values)))  # fmt: skip
    Figures(bot.office.database, Work()).page()
    with bot.office.database.engine.connect() as connection:
        for statement, values in [
            one for one in seen if "humasbot_delivery" in one[0] and "attempt" not in one[0]
        ]:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            assert "ix_humasbot_delivery" in str(plan) or "uq_humasbot_delivery_in_flight" in str(plan), (
                statement
            )


def test_healthz_tells_every_fault_as_a_sentence(bot: Humasbot, listener: Listener, note: Path) -> None:
    assert get(listener.port, "/healthz") == (200, '{"healthy": true, "problems": []}\n')
    assert get(listener.port, "/metrics")[0] == 200
    assert get(listener.port, "/")[0] == 404
    bot.announce(str(note), actor="budi")
    with time_machine.travel(utc_now() - timedelta(hours=1)):
        code, body = get(listener.port, "/healthz")
    assert code == 503
    assert any("jam" in sentence for sentence in json.loads(body)["problems"])


@pytest.mark.slow
def test_healthz_fails_with_a_job_and_with_the_database(bot: Humasbot) -> None:
    work = Work()
    listener = Listener(("127.0.0.1", 0), bot.office.database, work, zone="Mars/Olympus")
    try:
        work.ended("publish", "diska penuh")
        problems = json.loads(get(listener.port, "/healthz")[1])["problems"]
        assert any("publish" in sentence and "diska penuh" in sentence for sentence in problems)
        assert any("Mars/Olympus" in sentence for sentence in problems)
        work.ended("publish", "")
        assert "publish" not in get(listener.port, "/healthz")[1]
        with bot.office.database.write() as session:
            session.execute(sa.text("ALTER TABLE humasbot_audit RENAME TO gone"))
        code, body = get(listener.port, "/healthz")
        assert (code, len(json.loads(body)["problems"])) == (503, 2)
        assert get(listener.port, "/metrics")[0] == 503
    finally:
        listener.close()


@pytest.mark.slow
@on_postgresql
def test_healthz_tells_that_nobody_publishes(bot: Humasbot) -> None:
    assert "worker publish" in EngineHealth(bot.office.database).fault()
    from humasbot.fleet.engine import Engine

    engine = Engine(bot.office.database)
    engine.prepare()
    engine.close()
    assert "worker publish" in EngineHealth(bot.office.database).fault()


@pytest.mark.slow
@on_postgresql
def test_healthz_of_any_worker_tells_which_role_nobody_fills(settings: dict[str, Any], open_bot: Any) -> None:
    settings["humasbot"]["fleet"] = True
    bot: Humasbot = open_bot(settings)
    listener = Worker(bot, ("127.0.0.1", 0))._listener("ingest")
    assert listener is not None
    try:
        lead(bot.office.database, "ingest", bot.office.worker)
        code, body = get(listener.port, "/healthz")
        assert code == 503
        assert [role for role in ("schedule", "ingest", "publish") if f"worker {role}" in body] == [
            "schedule",
            "publish",
        ]
        lead(bot.office.database, daemon_lease(None), bot.office.worker)
        assert get(listener.port, "/healthz")[0] == 200
    finally:
        listener.close()


@pytest.mark.parametrize("wrong", ["9108x", "host:", "host:70000", "1.2.3.4:-1"])
def test_a_wrong_address_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="HOST:PORT"):
        address(wrong)


@on_sqlite
def test_a_port_in_use_is_told(bot: Humasbot) -> None:
    assert address("9108") == ("127.0.0.1", 9108)
    assert address("[::1]:9108") == ("::1", 9108)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="--listen"):
            Listener(taken.getsockname(), bot.office.database, Work(), zone="Asia/Jakarta")


@pytest.mark.slow
def test_the_daemon_serves_both_and_logs_delivery_account_and_platform(
    database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "humasbot.toml").write_text(
        f'[humasbot]\ndatabase = "{database_url}"\n[agency]\nname = "Dinas"\n'
        '[accounts.satu]\nplatform = "scripted"\nfolder = "satu"\ntoken = { env = "KUNCI" }\n'
    )
    (tmp_path / "kabar.md").write_text("# Jalan ditutup\n\nJalan Merdeka ditutup Minggu pukul 06.00 WIB.\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {"PYTHONPATH": PLUGINS, "KUNCI": "sangat-rahasia-123"}
    with (tmp_path / "log").open("wb") as log, Humasbot(tmp_path / "humasbot.toml") as bot:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "humasbot", "daemon", "--json-logs", "--listen", f"127.0.0.1:{port}"],
            cwd=tmp_path, env=env, stderr=log,
        )  # fmt: skip
        try:
            until(lambda: "listening" in (tmp_path / "log").read_text(), 30)
            bot.announce(str(tmp_path / "kabar.md"), actor="budi")
            until(lambda: bot.views.deliveries()[0]["state"] == "sent", 30)
            until(
                lambda: samples(get(port, "/metrics")[1]).get(
                    ("humasbot_attempts_total", "sent", "scripted")
                ),
                30,
            )
            page = get(port, "/metrics")[1]
            assert ("humasbot_task_last_success_timestamp_seconds", "publish") in samples(page)
            assert get(port, "/healthz")[0] == 200
            assert "sangat-rahasia" not in page
        finally:
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(timeout=30) == 0
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    (sent,) = [event for event in events if event["event"] == "sent"]
    assert (sent["delivery"], sent["name"], sent["platform"]) == (1, "satu", "scripted")
