"""The promise under attack by the machine: clocks, disks, connections, threads, forks, and what is read and planned."""
# ruff: noqa: F811

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import played
import pytest
import sqlalchemy as sa
import structlog
import time_machine
from promised import (  # noqa: F401
    LEASE,
    bot,
    in_thread,
    lost_after,
    office,
    on_postgresql,
    on_sqlite,
    once,
    raises,
    stage,
    until,
)
from sqlmodel import select
from test_outbox import rows, say, states
from test_reconcile import due_now

from humasbot import outbox
from humasbot.app import Humasbot
from humasbot.content import Item
from humasbot.daemon import Daemon
from humasbot.database import DatabaseError
from humasbot.errors import RateLimited, Retryable, Uncertain
from humasbot.holders import is_dead, worker_name
from humasbot.models import Article, Attempt, Source, utc_now
from humasbot.pipeline import publish as publishing
from humasbot.pipeline import recording

# The clock


def test_waits_written_while_the_clock_ran_ahead_are_forgotten(bot: Humasbot, stage: Any) -> None:
    start = utc_now()
    with time_machine.travel(start, tick=True) as clock:
        stage("satu").publish = once(raises(Retryable("putus")))
        stage("dua").publish = once(raises(RateLimited("banyak", retry_after=timedelta(hours=1))))
        say(bot, "Pertama hari ini")
        clock.shift(timedelta(days=1))
        bot.publish()
        clock.move_to(start + timedelta(minutes=1))
        bot.reconcile()
        bot.publish()
    assert states(bot) == ["sent", "sent"]


def test_sent_while_the_clock_ran_ahead_is_found_not_sent_again(bot: Humasbot, stage: Any) -> None:
    start = utc_now()

    def find_since(stage: played.Stage, _: Any, since: datetime) -> Any:
        """The platform's own clock is right."""
        return played.receipt_of(stage.posts[0]) if start >= since else None

    stage("satu").find = find_since
    with time_machine.travel(start, tick=True) as clock:
        stage("satu").publish = once(lost_after)
        say(bot, "Pertama hari ini", to=["satu"])
        clock.shift(timedelta(days=1))
        bot.publish()
        clock.move_to(start + timedelta(minutes=5))
        bot.reconcile()
        bot.publish()
    assert states(bot) == ["sent"]
    assert len(stage("satu").posts) == 1


@on_sqlite
def test_sent_again_not_before_its_moment(bot: Humasbot, stage: Any) -> None:
    start = utc_now()
    with time_machine.travel(start, tick=True) as clock:
        stage("satu").publish = once(raises(Uncertain("tidak sampai")))
        say(bot, "Pertama hari ini", to=["satu"], at=start + timedelta(hours=1))
        clock.shift(timedelta(hours=1, seconds=1))
        bot.publish()
        clock.move_to(start)
        due_now(bot)
        bot.reconcile()
        assert bot.publish() == 0
        clock.move_to(start + timedelta(hours=1, minutes=1))
        assert bot.publish() == 1


@on_sqlite
@pytest.mark.slow
def test_daemon_goes_on_when_the_clock_is_set_back(bot: Humasbot, stage: Any) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    daemon = Daemon(bot)

    def meddle(clock: Any) -> None:
        try:
            until(lambda: daemon.heartbeat.exists())
            clock.shift(timedelta(hours=-1))
            say(bot, "Pertama hari ini", to=["satu"])
            until(lambda: states(bot) == ["sent"], seconds=10)
        finally:
            daemon.stop.set()

    try:
        with time_machine.travel(utc_now(), tick=True) as clock:
            thread, outcome = in_thread(lambda: meddle(clock))
            daemon.run()
            thread.join()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert outcome == [None]
    assert len(stage("satu").posts) == 1


# The machine


def full_disk_at(bot: Humasbot, table: str) -> Callable[[], None]:
    """From now on each row of *table* finds the disk full; returns what makes room again."""
    with bot.office.database.write() as session:
        session.execute(sa.text("CREATE TABLE IF NOT EXISTS filler (data BLOB)"))
        session.execute(
            sa.text(
                f"CREATE TRIGGER fill AFTER INSERT ON {table} BEGIN INSERT INTO filler VALUES (zeroblob(9000000)); END"
            )
        )
    bot.office.database.engine.dispose()

    def limit(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1000")

    sa.event.listen(bot.office.database.engine, "checkout", limit)

    def room() -> None:
        sa.event.remove(bot.office.database.engine, "checkout", limit)
        bot.office.database.engine.dispose()
        with bot.office.database.write() as session:
            session.execute(sa.text("DROP TRIGGER fill"))

    return room


@on_sqlite
def test_disk_full_at_the_claim_sends_nothing(bot: Humasbot, stage: Any) -> None:
    say(bot, "Pertama hari ini")
    room = full_disk_at(bot, "humasbot_attempt")
    with pytest.raises(DatabaseError, match="penuh"):
        bot.publish()
    assert stage("satu").posts == []
    room()
    assert states(bot) == ["queued", "queued"]
    assert bot.publish() == 2


@on_sqlite
def test_disk_full_at_the_receipt_is_remembered_until_there_is_room(
    bot: Humasbot, stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "WRITE_AGAIN_SECONDS", (0.1,))
    say(bot, "Pertama hari ini")
    room = full_disk_at(bot, "humasbot_receipt")
    with pytest.raises(DatabaseError, match="penuh"):
        bot.publish()
    assert states(bot) == ["sending", "sending"]
    with pytest.raises(DatabaseError, match="penuh"):
        bot.publish()
    room()
    assert bot.publish() == 0
    assert states(bot) == ["sent", "sent"]
    assert (len(stage("satu").posts), len(stage("dua").posts)) == (1, 1)


@on_sqlite
@pytest.mark.slow
def test_fault_of_the_database_loses_no_answer_that_is_under_way(bot: Humasbot, stage: Any) -> None:
    """A claim fails while another call is still out: its answer is written all the same."""
    first = threading.Event()
    rooms: list[Callable[[], None]] = []

    def slow(stage: played.Stage, outgoing: Any, _: Any) -> Any:
        say(bot, "Kedua hari ini", to=["dua"])
        rooms.append(full_disk_at(bot, "humasbot_attempt"))
        first.wait(timeout=2)  # long enough for the claim of the second to fail
        return stage.accept(outgoing)

    stage("satu").publish = slow
    say(bot, "Pertama hari ini", to=["satu"])
    with pytest.raises(DatabaseError, match="penuh"):
        bot.publish()
    rooms[0]()
    assert states(bot) == ["sent", "queued"]
    assert bot.publish() == 1


@on_postgresql
def test_connection_cut_in_the_middle_of_a_claim(bot: Humasbot, stage: Any) -> None:
    say(bot, "Pertama hari ini")
    with bot.office.database.write() as session:
        session.execute(
            sa.text(
                "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS "
                "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'"
            )
        )
        session.execute(
            sa.text("CREATE TRIGGER cut AFTER INSERT ON humasbot_attempt FOR EACH ROW EXECUTE FUNCTION cut()")
        )
    with pytest.raises(DatabaseError):
        bot.publish()
    with bot.office.database.write() as session:
        session.execute(sa.text("DROP TRIGGER cut ON humasbot_attempt"))
    assert states(bot) == ["queued", "queued"]
    assert bot.publish() == 2
    assert (len(stage("satu").posts), len(stage("dua").posts)) == (1, 1)


def test_claim_in_doubt_is_undone(bot: Humasbot, stage: Any) -> None:
    """The connection broke while the commit of a claim was answered: nobody got it, so nobody sent it."""
    say(bot, "Pertama hari ini", to=["satu"])
    token = bot.office.token()
    outbox.claim(bot.office.database, token, limit=1, lease=LEASE)
    bot.office.debts.undo(token)
    assert bot.publish() == 1
    assert states(bot) == ["sent"]
    assert [row.outcome for row in rows(bot, Attempt)] == ["queued", "sent"]
    assert len(stage("satu").posts) == 1


@on_sqlite
def test_no_thread_to_be_had_sends_nothing_and_loses_nothing(bot: Humasbot, stage: Any) -> None:
    say(bot, "Pertama hari ini")
    before = threading.stack_size(2**46)
    try:
        bot.publish()
    finally:
        threading.stack_size(before)
    assert states(bot) == ["queued", "queued"]
    assert stage("satu").posts == []
    due_now(bot)
    assert bot.publish() == 2


@on_sqlite
def test_interrupt_still_writes_what_was_begun(bot: Humasbot, stage: Any) -> None:
    begun = threading.Event()

    def slow(stage: played.Stage, outgoing: Any, _: Any) -> Any:
        begun.set()
        time.sleep(0.3)
        return stage.accept(outgoing)

    def interrupted() -> bool:
        if begun.is_set():
            raise KeyboardInterrupt
        return False

    stage("satu").publish = slow
    say(bot, "Pertama hari ini", to=["satu"])
    with pytest.raises(KeyboardInterrupt):
        bot.publish(stop=interrupted)
    assert states(bot) == ["sent"]


@on_sqlite
def test_a_log_that_cannot_be_written_stops_nothing(bot: Humasbot, tmp_path: Path) -> None:
    closed = (tmp_path / "log").open("w")
    closed.close()
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(closed))
    try:
        say(bot, "Pertama hari ini")
        assert bot.publish() == 2
    finally:
        structlog.configure(**before)
    assert states(bot) == ["sent", "sent"]


def test_holder_that_cannot_be_seen_is_not_dead() -> None:
    boot, namespace, pid, _started, word = worker_name().split("/")
    assert not is_dead("/".join((boot, namespace, pid, "", word)))
    assert is_dead("/".join((boot, namespace, pid, "1", word)))
    assert is_dead("/".join((boot, namespace, "4194301", "1", word)))
    assert not is_dead("/".join(("another-machine", namespace, "4194301", "1", word)))


def test_holder_that_nobody_buried_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "print(1, flush=True); input()"], stdin=-1, stdout=-1)
    assert child.stdout is not None
    child.stdout.readline()
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    boot, namespace, *_ = worker_name().split("/")
    name = "/".join((boot, namespace, str(child.pid), fields[19], "x"))
    assert not is_dead(name)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(name)
    child.communicate()


FORKED = """
import os, sys
from datetime import timedelta
from humasbot import outbox
from humasbot.app import Humasbot
from humasbot.models import Delivery
bot = Humasbot({config!r}, folder=__import__("pathlib").Path({folder!r}))
name = bot.office.worker
if os.fork() == 0:
    bot.publish()
    os._exit(0 if bot.office.worker != name else 1)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]) or (len(bot.views.deliveries(state="sent")) != 2))
"""


@pytest.mark.slow
def test_fork_claims_under_its_own_name(bot: Humasbot, office: Any, tmp_path: Path) -> None:
    say(bot, "Pertama hari ini")
    env = os.environ | {"PYTHONPATH": str(Path(played.__file__).parent)}
    code = FORKED.format(config=office, folder=str(tmp_path))
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False, timeout=60).returncode == 0
    assert states(bot) == ["sent", "sent"]


# Planning and ingesting


@on_sqlite
def test_one_campaign_that_trips_does_not_silence_the_others(office: Any, open_bot: Any, stage: Any) -> None:
    for name, to in (("a-rusak", "satu"), ("baik", "dua")):
        office["campaigns"][name] = {
            "occasion": "daily", "at": "06:00", "template": "greeting", "picture": "none", "approval": "policy",
            "accounts": [to],
        }  # fmt: skip
    start = datetime(2026, 12, 1, 21, 30, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        bot = open_bot(office)
        stage("satu").build = raises(KeyError("surprise"))
        clock.shift(timedelta(minutes=5))
        bot.plan()
        clock.shift(timedelta(hours=2))
        bot.plan()
        bot.publish()
        assert len(stage("dua").posts) == 1
        stage("satu").build = None
        bot.plan()
        bot.publish()
        assert len(stage("satu").posts) == 1


def test_item_that_no_index_takes_is_left_out_alone(office: Any, open_bot: Any) -> None:
    office["sources"]["situs"] = {"kind": "feed", "url": "https://contoh.go.id/feed"}
    bot = open_bot(office)
    long = "https://contoh.go.id/" + secrets.token_hex(4000)
    now = utc_now()
    words = "Warga diminta mengikuti petunjuk petugas di lapangan."
    items = (
        Item(key=long, url="https://contoh.go.id/1", title="Jembatan baru dibuka", text=words, published=now),
        Item(key="2", url=long, title="Jalan baru dibuka", text=words, published=now),
        Item(
            key="3\x00",
            url="https://contoh.go.id/3",
            title="Pasar\x00 pindah \ud800",
            text=words,
            published=now,
        ),
        Item(key="4", url="", title="Besok lusa", text=words, published=now + timedelta(days=3)),
    )
    with bot.office.database.write() as session:
        source = session.exec(select(Source)).one()
        new = [recording.record(session, source, item, now - timedelta(days=1), now) for item in items]
    assert new == [False, False, True, False]
    assert [(row.title, row.state) for row in rows(bot, Article)] == [
        ("Pasar pindah ?", "new"),
        ("Besok lusa", "held"),
    ]
