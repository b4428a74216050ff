"""The promise under attack: never twice, never lost, never unapproved, and plainly told when nobody knows.

Here by the platforms: they hang, lie, and break. The database, the threads and the clock are the real ones.
"""
# ruff: noqa: F811

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import played
import pytest
from promised import (  # noqa: F401
    LEASE,
    account,
    bot,
    by_account,
    gate,
    hang,
    lost_after,
    many,
    office,
    on_sqlite,
    once,
    raises,
    stage,
    states_of,
    until,
)
from sqlmodel import select
from test_outbox import rows, say, states
from test_reconcile import due_now

from humasbot import outbox
from humasbot.app import Humasbot
from humasbot.content import Receipt
from humasbot.errors import AuthExpired, RateLimited, Rejected, Retryable, Uncertain
from humasbot.models import Attempt, Delivery, Post, Variant
from humasbot.models import Receipt as Known
from humasbot.pipeline import publish as publishing
from humasbot.pipeline import reconcile as reconciling
from humasbot.pipeline.crew import Stop
from humasbot.states import Decision

# A publisher that hangs


@on_sqlite
@pytest.mark.slow
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


@pytest.mark.slow
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
        Receipt("1", None, datetime(2026, 12, 1)),  # type: ignore[arg-type]  # strangers may
        Receipt(17, "https://x.example/17", "kemarin"),  # type: ignore[arg-type]  # strangers may
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
        (Retryable("nanti", retry_after=5), "queued"),  # type: ignore[arg-type]  # strangers give seconds
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
