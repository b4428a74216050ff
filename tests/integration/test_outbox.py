"""The promise: once, in order, and never silently; on SQLite and on PostgreSQL alike."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from humasbot import outbox
from humasbot.app import Humasbot
from humasbot.content import Item
from humasbot.errors import StateError
from humasbot.models import Account, Attempt, Delivery, Receipt, Variant, utc_now
from humasbot.pipeline import announce as announcing
from humasbot.pipeline.approve import void

LEASE = timedelta(minutes=5)


def say(bot: Humasbot, words: str, **options: Any) -> tuple[int, ...]:
    """Announce *words* without publishing; the delivery ids."""
    item = Item(key="", url="", title=words, text=f"{words}, untuk seluruh warga kota.")
    proposal = announcing.propose(bot.office, item, **options)
    return bot.commit(proposal, actor="budi").deliveries


def rows(bot: Humasbot, model: Any) -> list[Any]:
    with bot.office.database.read() as session:
        return list(session.exec(select(model).order_by(model.id)).all())


def states(bot: Humasbot) -> list[str]:
    return [row.state for row in rows(bot, Delivery)]


def test_everything_approved_goes_out_once(bot: Humasbot, public: Callable[[str], list[Any]]) -> None:
    say(bot, "Pelayanan buka Sabtu")
    assert bot.publish() == 2
    assert states(bot) == ["sent", "sent"]
    assert [len(public(name)) for name in ("satu", "dua")] == [1, 1]
    receipts = rows(bot, Receipt)
    assert {r.url for r in receipts} == {public("satu")[0]["url"], public("dua")[0]["url"]}
    assert bot.publish() == 0
    assert len(public("satu")) == 1


def test_attempt_is_committed_before_the_call(bot: Humasbot) -> None:
    say(bot, "Vaksinasi besok", to=["satu"])
    claims = outbox.claim(bot.office.database, bot.office.worker, limit=5, lease=LEASE)
    assert len(claims) == 1
    assert states(bot) == ["sending"]
    (attempt,) = rows(bot, Attempt)
    assert (attempt.outcome, attempt.finished_at, attempt.number) == ("", None, 1)


def test_one_in_flight_per_account_and_in_order(bot: Humasbot, public: Callable[[str], list[Any]]) -> None:
    words = ["Pertama hari ini", "Kedua hari ini", "Ketiga hari ini"]
    for text in words:
        say(bot, text, to=["satu"])
    first = outbox.claim(bot.office.database, "a", limit=10, lease=LEASE)
    assert len(first) == 1
    assert outbox.claim(bot.office.database, "b", limit=10, lease=LEASE) == []
    with bot.office.database.write() as session:
        outbox_row = session.get_one(Delivery, first[0].delivery_id)
        outbox_row.state, outbox_row.claimed_by = "queued", ""
    bot.publish()
    assert [post["text"].splitlines()[0] for post in public("satu")] == words


def test_database_refuses_a_second_row_in_flight(bot: Humasbot) -> None:
    say(bot, "Pertama hari ini", to=["satu"])
    say(bot, "Kedua hari ini", to=["satu"])

    def force(session: Session) -> None:
        for delivery in session.exec(select(Delivery)).all():
            delivery.state = "sending"

    with pytest.raises(IntegrityError), bot.office.database.write() as session:
        force(session)
    assert states(bot) == ["queued", "queued"]


def test_higher_priority_goes_first(bot: Humasbot, public: Callable[[str], list[Any]]) -> None:
    say(bot, "Berita biasa hari ini", to=["satu"])
    (urgent,) = say(bot, "Peringatan banjir rob", to=["satu"])
    with bot.office.database.write() as session:
        session.get_one(Delivery, urgent).priority = 5
    bot.publish()
    assert public("satu")[0]["text"].startswith("Peringatan banjir")


def test_many_workers_claim_each_row_once(settings: dict[str, Any], open_bot: Any, tmp_path: Path) -> None:
    settings["accounts"] = {f"akun{n}": {"platform": "scripted", "folder": f"a{n}"} for n in range(12)}
    bot = open_bot(settings)
    say(bot, "Kerja bakti serentak")
    claimed: list[int] = []
    barrier = threading.Barrier(4)

    def work(name: str) -> None:
        barrier.wait()
        while found := outbox.claim(bot.office.database, name, limit=3, lease=LEASE):
            claimed.extend(row.delivery_id for row in found)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed))
    # A worker may see nothing free while another's claim is being committed; what it left is taken now.
    claimed += [row.delivery_id for row in outbox.claim(bot.office.database, "last", limit=99, lease=LEASE)]
    assert sorted(claimed) == sorted(row.id for row in rows(bot, Delivery))


def test_expired_lease_becomes_uncertain_never_queued(bot: Humasbot) -> None:
    say(bot, "Listrik padam sore", to=["satu"])
    outbox.claim(bot.office.database, "elsewhere", limit=1, lease=timedelta(seconds=-1))
    assert outbox.give_up_lost(bot.office.database) == [rows(bot, Delivery)[0].id]
    (row,) = rows(bot, Delivery)
    assert row.state == "uncertain"
    assert row.unsure_at is not None
    assert bot.publish() == 0


def test_a_wall_clock_that_jumps_ends_no_call_of_this_process(bot: Humasbot) -> None:
    """Its end would make the delivery uncertain, and be looked for, while the call is still on the wire."""
    say(bot, "Listrik padam sore", to=["satu"])
    tomorrow = utc_now() + timedelta(days=1)
    outbox.claim(bot.office.database, bot.office.token(), limit=1, lease=LEASE)
    number = rows(bot, Delivery)[0].id
    assert outbox.give_up_lost(bot.office.database, tomorrow, ours=[number]) == []
    assert states(bot) == ["sending"]
    assert outbox.give_up_lost(bot.office.database, tomorrow) == [number]


def test_living_holder_keeps_its_claim(bot: Humasbot) -> None:
    say(bot, "Listrik padam sore", to=["satu"])
    outbox.claim(bot.office.database, bot.office.worker, limit=1, lease=LEASE)
    assert outbox.give_up_lost(bot.office.database) == []
    assert states(bot) == ["sending"]


def test_dead_holder_is_found_before_its_lease_ends(bot: Humasbot) -> None:
    say(bot, "Listrik padam sore", to=["satu"])
    boot, namespace, _pid, started, word = bot.office.worker.split("/")
    dead = "/".join((boot, namespace, "4194301", started, word))
    outbox.claim(bot.office.database, dead, limit=1, lease=LEASE)
    assert len(outbox.give_up_lost(bot.office.database)) == 1
    assert states(bot) == ["uncertain"]


def test_late_success_settles_a_delivery_given_up_meanwhile(bot: Humasbot) -> None:
    from humasbot.content import Receipt as Published
    from humasbot.states import Decision

    say(bot, "Listrik padam sore", to=["satu"])
    (claim,) = outbox.claim(bot.office.database, "slow", limit=1, lease=timedelta(seconds=-1))
    outbox.give_up_lost(bot.office.database)
    receipt = Published("1", "https://scripted.example/1")
    outbox.finish(bot.office.database, [outbox.Result(claim, Decision("sent"), receipt)])
    assert states(bot) == ["sent"]
    assert rows(bot, Receipt)[0].url == "https://scripted.example/1"


def test_late_failure_changes_nothing(bot: Humasbot) -> None:
    from humasbot.states import Decision

    say(bot, "Listrik padam sore", to=["satu"])
    (claim,) = outbox.claim(bot.office.database, "slow", limit=1, lease=timedelta(seconds=-1))
    outbox.give_up_lost(bot.office.database)
    outbox.finish(bot.office.database, [outbox.Result(claim, Decision("queued", "tidak terhubung"))])
    assert states(bot) == ["uncertain"]


@pytest.mark.parametrize(
    ("step", "state"),
    [("refused", "failed"), ("retry", "queued"), ("lost_before", "uncertain"), ("bug_before", "uncertain")],
)
def test_what_an_answer_means(bot: Humasbot, script: Callable[..., None], step: str, state: str) -> None:
    script("satu", step)
    say(bot, "Uji jawaban platform")
    bot.publish()
    by_account = {row.account_id: row.state for row in rows(bot, Delivery)}
    names = {row.name: row.id for row in rows(bot, Account)}
    assert by_account[names["satu"]] == state
    assert by_account[names["dua"]] == "sent"


def test_dead_credential_pauses_its_account_alone(
    settings: dict[str, Any], open_bot: Any, script: Any, monkeypatch: Any, public: Any
) -> None:
    monkeypatch.setenv("TOKEN_SATU", "rahasia-sekali-123")
    settings["accounts"]["satu"]["token"] = {"env": "TOKEN_SATU"}
    bot = open_bot(settings)
    script("satu", "auth")
    say(bot, "Pertama hari ini")
    bot.publish()
    accounts = {row["name"]: row for row in bot.views.accounts()}
    assert accounts["satu"]["paused_at"] is not None
    assert "rahasia-sekali-123" not in accounts["satu"]["paused_why"]
    assert accounts["dua"]["paused_at"] is None
    assert bot.publish() == 0
    bot.resume("satu")
    assert bot.publish() == 1
    assert len(public("satu")) == 1


def test_missing_secret_pauses_its_account_alone(
    settings: dict[str, Any], open_bot: Any, public: Any
) -> None:
    settings["accounts"]["satu"]["token"] = {"env": "HUMASBOT_NO_SUCH_SECRET"}
    bot = open_bot(settings)
    say(bot, "Pertama hari ini")
    bot.publish()
    accounts = {row["name"]: row for row in bot.views.accounts()}
    assert "HUMASBOT_NO_SUCH_SECRET" in accounts["satu"]["paused_why"]
    assert len(public("dua")) == 1


def test_rate_limit_holds_the_account_and_costs_no_attempt(bot: Humasbot, script: Any, public: Any) -> None:
    script("satu", "rate")
    say(bot, "Pertama hari ini", to=["satu"])
    say(bot, "Kedua hari ini", to=["satu"])
    assert bot.publish() == 1
    assert public("satu") == []
    first = rows(bot, Delivery)[0]
    assert (first.state, first.attempts) == ("queued", 0)
    assert first.next_at > utc_now() + timedelta(minutes=50)


def test_retry_comes_later_not_at_once(bot: Humasbot, script: Any) -> None:
    script("satu", "retry")
    say(bot, "Pertama hari ini", to=["satu"])
    assert bot.publish() == 1
    (row,) = rows(bot, Delivery)
    assert (row.state, row.attempts) == ("queued", 1)
    assert timedelta(seconds=10) < row.next_at - utc_now() < timedelta(seconds=25)


def test_too_late_is_cancelled_with_its_reason(bot: Humasbot, public: Any) -> None:
    (number,) = say(bot, "Selamat pagi semua", to=["satu"])
    with bot.office.database.write() as session:
        session.get_one(Delivery, number).not_after = utc_now() - timedelta(seconds=1)
    assert bot.publish() == 0
    (row,) = rows(bot, Delivery)
    assert (row.state, public("satu")) == ("cancelled", [])
    assert "terlambat" in row.reason


def test_changed_after_approval_never_leaves(bot: Humasbot, public: Any) -> None:
    say(bot, "Jadwal vaksinasi", to=["satu"])
    with bot.office.database.write() as session:
        session.exec(select(Variant)).one().text = "Kata yang tidak pernah disetujui"
    bot.publish()
    assert public("satu") == []
    (row,) = rows(bot, Delivery)
    assert row.state == "failed"
    assert "berubah" in row.reason


def test_voided_approval_never_leaves(bot: Humasbot, public: Any) -> None:
    say(bot, "Jadwal vaksinasi", to=["satu"])
    with bot.office.database.write() as session:
        void(session, session.exec(select(Variant)).one(), "dibatalkan kepala dinas")
    assert bot.publish() == 0
    assert public("satu") == []
    assert states(bot) == ["cancelled"]


def test_lost_picture_is_refused_not_sent_without(bot: Humasbot, public: Any) -> None:
    say(bot, "Jadwal vaksinasi", to=["satu"])
    with bot.office.database.read() as session:
        variant = session.exec(select(Variant)).one()
    assert variant.media
    bot.office.media.path(variant.media[0]["digest"]).write_bytes(b"damaged")
    bot.publish()
    assert public("satu") == []
    assert states(bot) == ["failed"]


def test_cancel_stops_only_what_is_queued(bot: Humasbot) -> None:
    say(bot, "Jadwal vaksinasi")
    post = rows(bot, Variant)[0].post_id
    assert bot.cancel(post, actor="ani") == 2
    assert states(bot) == ["cancelled", "cancelled"]
    with pytest.raises(StateError):
        bot.cancel(post, actor="ani")


def test_sent_cannot_be_cancelled(bot: Humasbot) -> None:
    say(bot, "Jadwal vaksinasi")
    bot.publish()
    with pytest.raises(StateError):
        bot.cancel(rows(bot, Variant)[0].post_id, actor="ani")
    assert states(bot) == ["sent", "sent"]


def test_stop_begins_nothing_new(bot: Humasbot, public: Any) -> None:
    say(bot, "Jadwal vaksinasi")
    assert bot.publish(stop=lambda: True) == 0
    assert states(bot) == ["queued", "queued"]
    assert public("satu") == []


def test_checkpointed_step_is_not_done_again(bot: Humasbot, script: Any, tmp_path: Path) -> None:
    script("satu", "retry", "ok")
    say(bot, "Jadwal vaksinasi", to=["satu"])
    bot.publish()
    with bot.office.database.write() as session:
        session.exec(select(Delivery)).one().next_at = utc_now()
    bot.publish()
    assert states(bot) == ["sent"]
    assert len((tmp_path / "satu" / "prepared.txt").read_text().splitlines()) == 1
