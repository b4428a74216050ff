"""The promise under attack by many at once: workers, people and configurations that meet on one row."""
# ruff: noqa: F811

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from promised import (  # noqa: F401
    LEASE,
    account,
    bot,
    by_account,
    in_thread,
    lost_after,
    office,
    on_postgresql,
    on_sqlite,
    once,
    stage,
    until,
)
from sqlmodel import Session, select
from test_outbox import rows, say, states

from humasbot import outbox
from humasbot.app import Humasbot
from humasbot.content import Item, Receipt
from humasbot.database import Database
from humasbot.errors import StateError
from humasbot.models import Account, Approval, Delivery, Post, Variant, utc_now
from humasbot.models import Receipt as Known
from humasbot.pipeline import announce as announcing
from humasbot.pipeline import publish as publishing
from humasbot.pipeline.approve import approve, approve_post, cancel_post
from humasbot.states import Decision

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


def test_two_start_at_once_on_an_empty_database(
    office: Any, open_bot: Any, request: pytest.FixtureRequest
) -> None:
    if office["humasbot"]["database"].startswith("sqlite"):
        office["humasbot"]["database"] += ".empty"
    else:
        office["humasbot"]["database"] = request.getfixturevalue("postgres").new_database(empty=True)
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


@on_postgresql
@pytest.mark.slow
def test_the_leases_of_a_fleet_go_by_the_servers_clock(bot: Humasbot) -> None:
    """A machine whose own clock is wrong must not take another's living call for lost, nor hold a claim for days."""
    say(bot, "Listrik padam sore")
    outbox.claim(bot.office.database, "sini", limit=1, lease=LEASE)
    elsewhere = Database(bot.office.database.url)
    with time_machine.travel(utc_now() + timedelta(days=1)):
        assert outbox.give_up_lost(elsewhere) == []
        assert len(outbox.claim(elsewhere, "sana", limit=1, lease=LEASE)) == 1
    elsewhere.close()
    assert states(bot) == ["sending", "sending"]
    assert all(row.lease_until < utc_now() + 2 * LEASE for row in rows(bot, Delivery))
