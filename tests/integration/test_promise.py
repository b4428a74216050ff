"""The promise under attack: never twice, never lost, never unapproved, and plainly told when nobody knows.

The platform is a stranger's that misbehaves as the test says; database, threads and clock are the real ones.
"""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import played
import pytest
import sqlalchemy as sa
import structlog
import time_machine
from sqlmodel import Session, select
from test_outbox import rows, say, states
from test_reconcile import due_now

from humasbot import outbox
from humasbot.app import Humasbot
from humasbot.content import Item, Receipt
from humasbot.daemon import Daemon
from humasbot.database import Database, DatabaseError
from humasbot.errors import AuthExpired, RateLimited, Rejected, Retryable, StateError, Uncertain
from humasbot.holders import is_dead, worker_name
from humasbot.models import Account, Approval, Article, Attempt, Delivery, Post, Source, Variant, utc_now
from humasbot.models import Receipt as Known
from humasbot.pipeline import announce as announcing
from humasbot.pipeline import ingest
from humasbot.pipeline import publish as publishing
from humasbot.pipeline import reconcile as reconciling
from humasbot.pipeline.approve import approve, approve_post, cancel_post
from humasbot.pipeline.crew import Stop
from humasbot.states import Decision

LEASE = timedelta(minutes=5)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what does not depend on the database, or is about SQLite's file."""
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For two writes at the same moment, which SQLite does not allow."""


@pytest.fixture
def stage(tmp_path: Path) -> Callable[[str], played.Stage]:
    return lambda name: played.STAGES.setdefault(f"{tmp_path}/{name}", played.Stage())


@pytest.fixture
def office(settings: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """Two accounts on stages of the test."""
    settings["accounts"] = {
        name: {"platform": "played", "stage": f"{tmp_path}/{name}"} for name in ("satu", "dua")
    }
    return settings


@pytest.fixture
def bot(office: dict[str, Any], open_bot: Any) -> Humasbot:
    made: Humasbot = open_bot(office)
    return made


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a hanging call waits for; opened at the end, so that no thread stays behind."""
    event = threading.Event()
    yield event
    event.set()


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came true")


def by_account(bot: Humasbot) -> dict[str, Any]:
    names = {row.id: row.name for row in rows(bot, Account)}
    return {names[row.account_id]: row for row in rows(bot, Delivery)}


def account(bot: Humasbot, name: str) -> Any:
    return next(row for row in rows(bot, Account) if row.name == name)


def raises(fault: BaseException) -> Callable[..., Any]:
    def call(*_: Any) -> Any:
        raise fault

    return call


def once(*turns: Callable[..., Any]) -> Callable[..., Any]:
    """Each call takes the next turn; then the platform is well again."""
    left = list(turns)

    def call(stage: played.Stage, outgoing: Any, checkpoint: Any) -> Any:
        return left.pop(0)(stage, outgoing, checkpoint) if left else stage.accept(outgoing)

    return call


def hang(gate: threading.Event, then: Callable[..., Any] = played.Stage.accept) -> Callable[..., Any]:
    def call(stage: played.Stage, outgoing: Any, _: Any) -> Any:
        gate.wait()
        return then(stage, outgoing)

    return call


def lost_after(stage: played.Stage, outgoing: Any, _: Any) -> Any:
    stage.accept(outgoing)
    raise Uncertain("jawaban tidak sampai")


# A publisher that hangs


@on_sqlite
def test_one_that_hangs_keeps_nobody_else_waiting(office: Any, open_bot: Any, stage: Any, gate: Any) -> None:
    office["humasbot"]["lease"] = "3s"
    bot = open_bot(office)
    stage("satu").publish = hang(gate)
    say(bot, "Pertama hari ini")
    worker = threading.Thread(target=bot.publish)
    worker.start()
    until(lambda: len(stage("dua").posts) == 1)
    say(bot, "Kedua hari ini", to=["dua"])
    until(lambda: len(stage("dua").posts) == 2)
    assert worker.is_alive()
    worker.join(timeout=20)
    assert not worker.is_alive()
    hanging = by_account(bot)["satu"]
    assert hanging.state == "uncertain"
    assert "belum menjawab" in hanging.reason


@on_sqlite
def test_an_account_that_hangs_gets_no_second_call(office: Any, open_bot: Any, stage: Any, gate: Any) -> None:
    office["humasbot"]["lease"] = "1s"
    bot = open_bot(office)
    stage("satu").publish = hang(gate)
    say(bot, "Pertama hari ini", to=["satu"])
    assert bot.publish() == 1
    say(bot, "Kedua hari ini", to=["satu"])
    assert bot.publish() == 0
    assert states(bot) == ["uncertain", "queued"]
    gate.set()
    until(lambda: states(bot)[0] == "sent")
    until(lambda: bot.office.hanging.ids("account") == [])
    assert bot.publish() == 1
    assert [post.text.splitlines()[0] for post in stage("satu").posts] == [
        "Pertama hari ini",
        "Kedua hari ini",
    ]


def test_absence_is_not_believed_while_the_call_still_hangs(
    office: Any, open_bot: Any, stage: Any, gate: Any
) -> None:
    office["humasbot"]["lease"] = "1s"
    bot = open_bot(office)
    other = open_bot(office)
    stage("satu").publish = once(hang(gate))
    say(bot, "Pertama hari ini", to=["satu"])
    bot.publish()
    for one in (other, bot, other):
        due_now(bot)
        one.reconcile()
        one.publish()
    assert states(bot) == ["uncertain"]
    gate.set()
    until(lambda: states(bot) == ["sent"])
    other.publish()
    assert len(stage("satu").posts) == 1


@on_sqlite
def test_a_call_that_came_back_with_nothing_can_be_looked_for(
    office: Any, open_bot: Any, stage: Any, gate: Any
) -> None:
    office["humasbot"]["lease"] = "1s"
    bot = open_bot(office)
    stage("satu").publish = once(hang(gate, raises(Retryable("putus"))))
    say(bot, "Pertama hari ini", to=["satu"])
    bot.publish()
    gate.set()
    until(lambda: rows(bot, Attempt)[0].finished_at)
    due_now(bot)
    bot.reconcile()
    bot.publish()
    assert states(bot) == ["sent"]
    assert len(stage("satu").posts) == 1


@on_sqlite
def test_a_look_that_hangs_has_an_end(
    bot: Humasbot, stage: Any, gate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "LOOK_SECONDS", 0.3)
    for name in ("satu", "dua"):
        stage(name).publish = once(lost_after)
    stage("satu").find = lambda *_: gate.wait()
    say(bot, "Pertama hari ini")
    bot.publish()
    started = time.monotonic()
    bot.reconcile()
    assert time.monotonic() - started < 5
    found = by_account(bot)
    assert (found["satu"].state, found["dua"].state) == ("uncertain", "sent")
    due_now(bot)
    assert bot.reconcile() == 0


@on_sqlite
def test_a_stop_waits_for_what_hangs_only_so_long(
    bot: Humasbot, stage: Any, gate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "STOP_SECONDS", 0.5)
    stage("satu").publish = hang(gate)
    say(bot, "Pertama hari ini")
    stop = Stop()
    worker = threading.Thread(target=lambda: bot.publish(stop=stop))
    worker.start()
    until(lambda: by_account(bot)["dua"].state == "sent")
    stop.set()
    worker.join(timeout=10)
    assert not worker.is_alive()
    assert by_account(bot)["satu"].state == "uncertain"


@on_sqlite
def test_a_claim_that_was_held_up_beyond_its_lease_is_not_sent(bot: Humasbot, stage: Any) -> None:
    """The machine slept between claim and call: another may have given the claim up and sent it."""
    say(bot, "Pertama hari ini", to=["satu"])
    (claim,) = outbox.claim(bot.office.database, bot.office.token(), limit=1, lease=LEASE)
    asleep = publishing.Steps(bot.office, claim, taken=-1e9)
    result = publishing.send(bot.office, claim, asleep)
    assert (result.decision.state, stage("satu").posts) == ("queued", [])
    outbox.finish(bot.office.database, [result])
    assert bot.publish() == 1


def test_a_claim_given_up_before_the_call_is_not_sent(bot: Humasbot, stage: Any) -> None:
    say(bot, "Pertama hari ini", to=["satu"])
    (claim,) = outbox.claim(bot.office.database, "slow", limit=1, lease=timedelta(seconds=-1))
    outbox.give_up_lost(bot.office.database)
    steps = publishing.Steps(bot.office, claim, taken=1e12)
    outbox.finish(bot.office.database, [publishing.send(bot.office, claim, steps)])
    assert stage("satu").posts == []
    assert states(bot) == ["uncertain"]


# Strangers' faults


@pytest.fixture
def many(office: dict[str, Any], open_bot: Any, tmp_path: Path) -> Callable[[int], Humasbot]:
    """An office of the accounts ``a0``, ``a1`` …, each on its stage."""

    def make(count: int) -> Humasbot:
        office["accounts"] = {
            f"a{n}": {"platform": "played", "stage": f"{tmp_path}/a{n}"} for n in range(count)
        }
        bot: Humasbot = open_bot(office)
        return bot

    return make


def states_of(bot: Humasbot, count: int) -> list[str]:
    found = by_account(bot)
    return [found[f"a{number}"].state for number in range(count)]


@on_sqlite
def test_a_platform_that_cannot_be_built_stops_its_account_alone(many: Any, stage: Any) -> None:
    faults = [KeyError("secret"), SystemExit(3), ImportError("no module")]
    bot = many(4)
    say(bot, "Pertama hari ini")
    for number, fault in enumerate(faults):
        bot.office.forget(account(bot, f"a{number}").id)
        stage(f"a{number}").build = raises(fault)
    bot.publish()
    assert states_of(bot, 4) == ["queued", "queued", "queued", "sent"]
    for number in range(3):
        stage(f"a{number}").build = None
        bot.resume(f"a{number}")
    due_now(bot)
    bot.publish()
    assert states_of(bot, 4) == ["sent"] * 4


@on_sqlite
def test_an_answer_that_names_no_post_is_uncertain_and_looked_for(many: Any, stage: Any) -> None:
    def nameless(answer: Any) -> Callable[..., Any]:
        def publish(stage: played.Stage, outgoing: Any, _: Any) -> Any:
            stage.accept(outgoing)
            return answer

        return once(publish)

    answers = [None, "12", {"id": 1}, Receipt("", ""), Receipt("  ", "https://x.example/1")]
    bot = many(len(answers) + 1)
    for number, answer in enumerate(answers):
        stage(f"a{number}").publish = nameless(answer)
    say(bot, "Pertama hari ini")
    bot.publish()
    assert states_of(bot, 6) == ["uncertain"] * 5 + ["sent"]
    bot.reconcile()
    bot.publish()
    assert states_of(bot, 6) == ["sent"] * 6
    assert [len(stage(f"a{number}").posts) for number in range(6)] == [1] * 6


def test_an_odd_receipt_takes_no_other_with_it(many: Any, stage: Any) -> None:
    answers: list[Any] = [
        Receipt("a\x00b\ud800", "https://x.example/\x00"),
        Receipt("1", None, datetime(2026, 12, 1)),  # type: ignore[arg-type]  # a stranger's
        Receipt(17, "https://x.example/17", "kemarin"),  # type: ignore[arg-type]  # a stranger's
    ]
    bot = many(4)
    for number, answer in enumerate(answers):
        stage(f"a{number}").publish = lambda *_, answer=answer: answer
    say(bot, "Pertama hari ini")
    bot.publish()
    assert states_of(bot, 4) == ["sent"] * 4
    assert {row.remote_id for row in rows(bot, Known)} >= {"ab?", "1", "17"}


def test_an_odd_fault_takes_no_other_with_it(many: Any, stage: Any) -> None:
    faults: list[tuple[BaseException, str]] = [
        (Rejected("tidak\x00boleh \ud800", status=422), "failed"),
        (Rejected("tidak boleh", status=10**12), "failed"),
        (Retryable("nanti", retry_after=5), "queued"),  # type: ignore[arg-type]  # a stranger's seconds
        (RateLimited("nanti", retry_after=timedelta(days=10**6)), "queued"),
        (Uncertain("\ud800"), "uncertain"),
        (KeyboardInterrupt(), "uncertain"),
    ]
    bot = many(len(faults) + 1)
    for number, (fault, _) in enumerate(faults):
        stage(f"a{number}").publish = raises(fault)
    say(bot, "Pertama hari ini")
    bot.publish()
    assert states_of(bot, 7) == [state for _, state in faults] + ["sent"]


def test_what_the_database_refuses_is_uncertain_and_its_neighbours_are_written(bot: Humasbot) -> None:
    say(bot, "Pertama hari ini")
    claims = outbox.claim(bot.office.database, bot.office.token(), limit=9, lease=LEASE)
    good = Receipt("1", "https://x.example/1")
    bad = Receipt(object(), "https://x.example/2")  # type: ignore[arg-type]  # no database takes this
    outbox.finish(
        bot.office.database,
        [
            outbox.Result(claim, Decision("sent"), receipt)
            for claim, receipt in zip(claims, (bad, good), strict=True)
        ],
    )
    assert states(bot) == ["uncertain", "sent"]


# Who else writes at the same moment


def test_a_late_success_settles_what_was_queued_again(bot: Humasbot) -> None:
    """It was given up, looked for too early, and queued: the answer that comes at last must stop the second sending."""
    say(bot, "Pertama hari ini", to=["satu"])
    (claim,) = outbox.claim(bot.office.database, "slow", limit=1, lease=timedelta(seconds=-1))
    outbox.give_up_lost(bot.office.database)
    outbox.looked(bot.office.database, rows(bot, Delivery)[0], Decision("queued"), None)
    outbox.finish(bot.office.database, [outbox.Result(claim, Decision("sent"), Receipt("1", "https://x"))])
    assert states(bot) == ["sent"]
    assert bot.publish() == 0


def test_two_successes_of_one_delivery_are_told(bot: Humasbot) -> None:
    (number,) = say(bot, "Pertama hari ini", to=["satu"])
    (claim,) = outbox.claim(bot.office.database, "slow", limit=1, lease=timedelta(seconds=-1))
    outbox.give_up_lost(bot.office.database)
    bot.resolve(number, actor="ani", resend=True)
    bot.publish()
    outbox.finish(bot.office.database, [outbox.Result(claim, Decision("sent"), Receipt("9", "https://x/9"))])
    (row,) = rows(bot, Delivery)
    assert (row.state, row.needs_person) == ("sent", True)
    assert "https://x/9" in row.reason


def test_a_result_written_twice_is_one_result(bot: Humasbot) -> None:
    """The connection broke while the commit was answered: it is written again."""
    say(bot, "Pertama hari ini", to=["satu"])
    (claim,) = outbox.claim(bot.office.database, bot.office.token(), limit=1, lease=LEASE)
    result = outbox.Result(claim, Decision("sent"), Receipt("1", "https://x"))
    outbox.finish(bot.office.database, [result])
    outbox.finish(bot.office.database, [result])
    (row,) = rows(bot, Delivery)
    assert (row.state, row.needs_person, len(rows(bot, Known))) == ("sent", False, 1)


def test_a_lease_renewed_meanwhile_is_not_given_up(bot: Humasbot, monkeypatch: pytest.MonkeyPatch) -> None:
    say(bot, "Pertama hari ini", to=["satu"])
    (claim,) = outbox.claim(bot.office.database, bot.office.token(), limit=1, lease=timedelta(seconds=-1))
    write = Database.write

    def renewed_first(database: Database) -> Any:
        monkeypatch.setattr(Database, "write", write)
        outbox.save_step(database, claim, "media:0", "1", LEASE)
        return write(database)

    monkeypatch.setattr(Database, "write", renewed_first)
    assert outbox.give_up_lost(bot.office.database) == []
    assert states(bot) == ["sending"]


def in_thread(call: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(call())
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            outcome.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def waits_for_lock(bot: Humasbot) -> bool:
    with bot.office.database.read() as session:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return bool(session.execute(sa.text(query)).scalar_one())


def propose(bot: Humasbot, words: str = "Jalan ditutup") -> Any:
    item = Item(key="", url="https://contoh.go.id/1", title=words, text=f"{words} untuk seluruh warga kota.")
    return announcing.propose(bot.office, item)


def draft_post(bot: Humasbot) -> int:
    """A Post whose Variants wait for approval."""
    proposal = propose(bot)
    with bot.office.database.write() as session:
        agency = announcing.agency_of(session, bot.config)
        return announcing._add(bot.office, session, agency, proposal)[1]


@on_postgresql
def test_approving_twice_at_once_queues_once(bot: Humasbot, stage: Any) -> None:
    number = draft_post(bot)
    with bot.office.database.write() as session:
        approve_post(session, number, actor="ani")
        thread, outcome = in_thread(lambda: bot.approve(number, actor="budi"))
        until(lambda: waits_for_lock(bot))
    thread.join()
    assert isinstance(outcome[0], StateError)
    bot.publish()
    assert (len(stage("satu").posts), len(stage("dua").posts)) == (1, 1)
    assert len(rows(bot, Approval)) == 2


@on_postgresql
def test_approving_anew_cannot_undo_a_claim(bot: Humasbot) -> None:
    say(bot, "Pertama hari ini", to=["satu"])
    with bot.office.database.write() as session:
        outbox.cancel(session, session.exec(select(Delivery)).one(), "batal")

    def again(session: Session) -> None:
        approve(session, session.exec(select(Variant)).one(), actor="ani")

    def second() -> None:
        with bot.office.database.write() as session:
            again(session)

    with bot.office.database.write() as session:
        again(session)
        thread, outcome = in_thread(second)
        until(lambda: waits_for_lock(bot))
    thread.join()
    assert isinstance(outcome[0], StateError)


@on_postgresql
def test_cancelling_while_another_approves_leaves_nothing_queued(bot: Humasbot, stage: Any) -> None:
    number = draft_post(bot)
    with bot.office.database.write() as session:
        approve_post(session, number, actor="ani")
        thread, outcome = in_thread(lambda: cancel_post(bot.office.database, number, actor="kepala"))
        until(lambda: waits_for_lock(bot))
    thread.join()
    assert outcome == [2]
    bot.publish()
    assert stage("satu").posts == stage("dua").posts == []


@on_postgresql
def test_one_account_taken_meanwhile_does_not_lose_the_others(bot: Humasbot, stage: Any) -> None:
    """A campaign says the page on one account at the very moment a person announces it on all."""
    proposal = propose(bot)
    with bot.office.database.write() as session:
        agency = announcing.agency_of(session, bot.config)
        campaign = rows(bot, announcing.Campaign)[0]
        post = Post(
            agency_id=agency.id, campaign_id=campaign.id, occasion="lain", subject=proposal.matter.subject
        )
        session.add(post)
        session.flush()
        one = account(bot, "satu").id
        session.add(Variant(post_id=post.id, account_id=one, subject=post.subject, text="Jalan ditutup"))
        session.flush()
        thread, outcome = in_thread(lambda: bot.commit(proposal, actor="budi"))
        until(lambda: waits_for_lock(bot))
    thread.join()
    assert len(outcome[0].deliveries) == 1
    bot.publish()
    assert (len(stage("satu").posts), len(stage("dua").posts)) == (0, 1)


def test_two_start_at_once_on_an_empty_database(office: Any, open_bot: Any) -> None:
    barrier = threading.Barrier(3)

    def start() -> Humasbot:
        barrier.wait()
        bot: Humasbot = open_bot(office)
        return bot

    started = [in_thread(start) for _ in range(3)]
    for thread, _ in started:
        thread.join()
    assert all(isinstance(outcome[0], Humasbot) for _, outcome in started)
    assert len(rows(started[0][1][0], Account)) == 2


# What was approved, and nothing else


@on_sqlite
def test_cancelling_stops_what_can_be_stopped_and_every_further_try(bot: Humasbot, stage: Any) -> None:
    say(bot, "Pertama hari ini")
    (claim,) = outbox.claim(bot.office.database, bot.office.token(), limit=1, lease=LEASE)
    assert bot.cancel(rows(bot, Post)[0].id, actor="kepala") == 1
    assert sorted(states(bot)) == ["cancelled", "sending"]
    outbox.finish(bot.office.database, [outbox.Result(claim, Decision("queued", "tidak terhubung"))])
    bot.publish()
    assert stage("satu").posts == stage("dua").posts == []
    assert sorted(states(bot)) == ["cancelled", "failed"]


@on_sqlite
def test_approved_for_one_platform_never_leaves_on_another(
    office: Any, open_bot: Any, public: Any, tmp_path: Path
) -> None:
    say(open_bot(office), "Pertama hari ini")
    office["accounts"]["satu"] = {"platform": "scripted", "folder": "satu"}
    bot = open_bot(office)
    bot.publish()
    assert public("satu") == []
    assert by_account(bot)["satu"].state == "failed"


@on_sqlite
def test_dry_run_switched_on_after_approval_holds_and_is_told(office: Any, open_bot: Any, stage: Any) -> None:
    say(open_bot(office), "Pertama hari ini")
    office["accounts"]["satu"]["dry_run"] = True
    bot = open_bot(office)
    bot.publish()
    bot.reconcile()
    assert stage("satu").posts == []
    held = by_account(bot)["satu"]
    assert (held.state, held.needs_person) == ("queued", True)
    del office["accounts"]["satu"]["dry_run"]
    bot = open_bot(office)
    bot.publish()
    assert len(stage("satu").posts) == 1
    assert not by_account(bot)["satu"].needs_person


@on_sqlite
def test_account_removed_is_told(office: Any, open_bot: Any) -> None:
    say(open_bot(office), "Pertama hari ini")
    del office["accounts"]["satu"]
    bot = open_bot(office)
    bot.publish()
    bot.reconcile()
    left = by_account(bot)["satu"]
    assert (left.state, left.needs_person) == ("queued", True)
    assert "konfigurasi" in left.reason


@on_sqlite
@pytest.mark.parametrize("change", ["active", "dry_run", "paused_at"])
def test_account_stopped_between_claim_and_call(bot: Humasbot, stage: Any, change: str) -> None:
    say(bot, "Pertama hari ini", to=["satu"])
    (claim,) = outbox.claim(bot.office.database, bot.office.token(), limit=1, lease=LEASE)
    with bot.office.database.write() as session:
        row = session.get_one(Account, claim.account_id)
        setattr(row, change, {"active": False, "dry_run": True, "paused_at": utc_now()}[change])
    steps = publishing.Steps(bot.office, claim, taken=1e12)
    outbox.finish(bot.office.database, [publishing.send(bot.office, claim, steps)])
    assert stage("satu").posts == []
    (row,) = rows(bot, Delivery)
    assert (row.state, row.attempts) == ("queued", 0)


@on_sqlite
def test_approved_in_another_zone_is_the_same_approval(bot: Humasbot, stage: Any) -> None:
    from zoneinfo import ZoneInfo

    at = utc_now().astimezone(ZoneInfo("Asia/Jayapura")) + timedelta(seconds=1)
    say(bot, "Pertama hari ini", at=at)
    until(lambda: bot.publish() + len(stage("satu").posts) + len(stage("dua").posts) >= 2)
    assert states(bot) == ["sent", "sent"]


def test_another_office_on_the_same_database_is_left_alone(
    office: Any, open_bot: Any, stage: Any, tmp_path: Path
) -> None:
    other = {**office, "agency": {"name": "Dinas Lain", "key": "lain"}, "humasbot": dict(office["humasbot"])}
    other["accounts"] = {"tiga": {"platform": "played", "stage": f"{tmp_path}/tiga"}}
    stage("tiga").publish = once(lost_after)
    ours, theirs = open_bot(office), open_bot(other)
    say(theirs, "Pertama hari ini")
    assert (ours.publish(), ours.reconcile()) == (0, 0)
    assert theirs.publish() == 1
    assert (ours.reconcile(), ours.measure()) == (0, 0)
    assert theirs.reconcile() == 1
    assert (ours.measure(), theirs.measure()) == (0, 1)


# Looking


@on_sqlite
def test_the_same_words_elsewhere_are_not_ours(bot: Humasbot, stage: Any) -> None:
    """Two greetings of the same words: the first one's post must not settle the second."""

    def find_words(stage: played.Stage, outgoing: Any, _: Any) -> Any:
        return next((played.receipt_of(p) for p in stage.posts if p.text == outgoing.text), None)

    stage("satu").find = find_words
    say(bot, "Selamat pagi warga", to=["satu"])
    bot.publish()
    with bot.office.database.write() as session:
        session.exec(select(Variant)).one().subject = "kemarin"
    stage("satu").publish = once(raises(Uncertain("tidak sampai")))
    with bot.office.database.write() as session:
        session.exec(select(Post)).one().occasion = "kemarin"
    say(bot, "Selamat pagi warga", to=["satu"])
    bot.publish()
    bot.reconcile()
    second = rows(bot, Delivery)[1]
    assert second.state == "uncertain"
    assert "periksa sendiri" in second.reason


@on_sqlite
def test_only_tries_in_doubt_count_against_sending_again(bot: Humasbot, stage: Any) -> None:
    stage("satu").publish = once(*[raises(Retryable("putus"))] * 5, raises(Uncertain("tidak sampai")))
    say(bot, "Pertama hari ini", to=["satu"])
    for _ in range(7):
        bot.publish()
        due_now(bot)
        bot.reconcile()
    assert states(bot) == ["sent"]
    assert len(stage("satu").posts) == 1


@on_sqlite
def test_a_renewed_secret_is_used_after_resuming(
    office: Any, open_bot: Any, stage: Any, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("lama-sekali")
    office["accounts"]["satu"]["token"] = {"file": "token"}
    bot = open_bot(office)
    stage("satu").publish = once(raises(AuthExpired("mati", status=401)))
    say(bot, "Pertama hari ini", to=["satu"])
    bot.publish()
    (tmp_path / "token").write_text("baru-sekali")
    bot.resume("satu")
    bot.publish()
    assert states(bot) == ["sent"]
    assert stage("satu").token == "baru-sekali"


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
        new = [ingest.record(session, source, item, now - timedelta(days=1), now) for item in items]
    assert new == [False, False, True, False]
    assert [(row.title, row.state) for row in rows(bot, Article)] == [
        ("Pasar pindah ?", "new"),
        ("Besok lusa", "held"),
    ]
