"""Many agencies on one database: who is first in line, what stops them, and what they share."""

import threading
import time
from datetime import timedelta
from typing import Any

import played
import pytest
import sqlalchemy as sa
from fleets import fill, fleet
from promised import (
    by_account,
    hang,
    in_thread,
    many,
    office,
    on_sqlite,
    once,
    raises,
    stage,
    until,
)
from sqlmodel import select
from test_outbox import say, states

from humasbot import lining, outbox
from humasbot.app import Humasbot
from humasbot.content import Media
from humasbot.errors import RateLimited
from humasbot.models import Account, Agency, Approval, Delivery, Freeze, Throttle, Variant, utc_now
from humasbot.pipeline import publish
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.crew import Slow
from humasbot.pipeline.hands import Hands
from humasbot.pipeline.office import quota_of
from humasbot.pipeline.publish import publish_batch
from humasbot.platforms.webhook import Webhook

__all__ = ["fleet", "many", "office", "stage"]
LEASE = timedelta(minutes=5)


@on_sqlite
def test_thousands_of_one_agency_keep_no_warning_waiting(fleet: Any) -> None:
    bot = fleet(2)
    fill(bot, 40, "desa0")
    (urgent,) = fill(bot, 1, "desa1", priority=10)[-1:]
    assert outbox.line(bot.office.database, 2)[0] == urgent
    assert outbox.line(bot.office.database, 5, least=10) == [urgent]


@on_sqlite
def test_agencies_take_turns(fleet: Any) -> None:
    bot = fleet(1, names=tuple(f"a{n}" for n in range(6)))
    with bot.office.database.write() as session:
        session.add(Agency(name="lain", title="Lain"))
        session.flush()
        other = session.exec(select(Agency).where(Agency.name == "lain")).one()
        session.add(Account(agency_id=other.id or 0, name="satu", platform="played", settings={"stage": "x"}))
    fill(bot)
    with bot.office.database.read() as session:
        mine = session.exec(select(Delivery).join(Account).where(Account.agency_id == other.id)).one().id
        session.execute(sa.text("SELECT 1"))
    with bot.office.database.write() as session:
        session.execute(
            sa.text("UPDATE humasbot_delivery SET due_at = (SELECT min(due_at) FROM humasbot_delivery)")
        )
    assert mine in outbox.line(bot.office.database, 50)[:2]


def test_the_line_reaches_past_whatever_may_not_leave(fleet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages full of rows behind others of their account must not hide who is ready."""
    monkeypatch.setattr(lining, "PAGE", 10)
    bot = fleet(3)
    fill(bot, 30, "desa0")
    fill(bot, 2, "desa1")
    found = outbox.line(bot.office.database, 3)
    with bot.office.database.read() as session:
        owners = [session.get_one(Delivery, number).account_id for number in found]
    assert len(found) == len(set(owners)) == 2
    assert outbox.line(bot.office.database, 3, only=found[:1]) == found[:1]


def test_a_freeze_stops_its_agency_but_no_alert(fleet: Any) -> None:
    bot = fleet(2)
    fill(bot)
    (alert,) = fill(bot, 1, "desa0", priority=10)[-1:]
    with bot.office.database.write() as session:
        agency = session.exec(select(Agency).where(Agency.name == "desa0")).one()
        session.add(Freeze(agency_id=agency.id))
    assert len(outbox.line(bot.office.database, 9)) == 2
    claims = outbox.claim(bot.office.database, "w", limit=9, lease=LEASE)
    assert {claim.delivery_id for claim in claims} >= {alert}
    assert len(claims) == 2
    with bot.office.database.write() as session:
        session.add(Freeze())
    outbox.take_back(bot.office.database, ["w"])
    assert [claim.delivery_id for claim in outbox.claim(bot.office.database, "w", limit=9, lease=LEASE)] == [
        alert
    ]


@on_sqlite
def test_a_freeze_holds_for_what_was_claimed_but_not_begun(fleet: Any, stage: Any) -> None:
    bot = fleet(1)
    fill(bot)
    (claim,) = outbox.claim(bot.office.database, bot.office.token(), limit=1, lease=LEASE)
    with bot.office.database.write() as session:
        session.add(Freeze())
    result = publish.send(bot.office, claim, publish.Steps(bot.office, claim, taken=1e12))
    outbox.finish(bot.office.database, [result])
    with bot.office.database.read() as session:
        row = session.exec(select(Delivery)).one()
    assert (row.state, row.attempts, stage("satu0").posts) == ("queued", 0, [])


@on_sqlite
def test_every_agency_speaks_with_its_own_settings(fleet: Any, stage: Any) -> None:
    bot = fleet(5)
    fill(bot)
    assert bot.publish() == 5
    assert [len(stage(f"satu{n}").posts) for n in range(5)] == [1] * 5
    values, _ = bot.office.settings_of(Webhook, {"url": "https://x.example"}, "a", {"name": "Desa 3"})
    assert values["agency"] == "Desa 3"


@on_sqlite
def test_a_chunk_twice_sends_once(fleet: Any, stage: Any) -> None:
    bot = fleet(4)
    numbers = fill(bot, 2)
    hands = Hands(4, "test")
    made = [publish_batch(bot.office, numbers, hands), publish_batch(bot.office, numbers, hands)]
    hands.close()
    assert made == [8, 0]
    assert [len(stage(f"satu{n}").posts) for n in range(4)] == [2] * 4


@on_sqlite
def test_chunks_that_share_the_hands_take_no_more_than_these_can_hold(fleet: Any, stage: Any) -> None:
    bot = fleet(12)
    numbers = fill(bot)

    def slow(stage: Any, outgoing: Any, _: Any) -> Any:
        time.sleep(0.05)
        return stage.accept(outgoing)

    for number in range(12):
        stage(f"satu{number}").publish = slow
    hands, most = Hands(2, "test"), list[int]()
    chunks = [numbers[start::3] for start in range(3)]
    threads = [in_thread(lambda chunk=chunk: publish_batch(bot.office, chunk, hands)) for chunk in chunks]
    while any(thread.is_alive() for thread, _ in threads):
        most.append(hands.busy)
        time.sleep(0.01)
    hands.close()
    assert sorted(outcome[0] for _, outcome in threads) == [4, 4, 4]
    assert states(bot) == ["sent"] * 12
    assert max(most) <= 12


@on_sqlite
def test_an_alert_leaves_while_all_hands_are_busy(many: Any, stage: Any, gate: Any) -> None:
    bot = many(6)
    for number in range(5):
        stage(f"a{number}").publish = hang(gate)
    say(bot, "Pertama hari ini", to=[f"a{n}" for n in range(5)])
    worker = threading.Thread(target=bot.publish)
    worker.start()
    try:
        until(lambda: states(bot).count("sending") >= 4)
        (urgent,) = say(bot, "Peringatan banjir rob", to=["a5"])
        with bot.office.database.write() as session:
            session.get_one(Delivery, urgent).priority = 10
        until(lambda: len(stage("a5").posts) == 1)
    finally:
        gate.set()
        worker.join(timeout=20)
    assert states(bot) == ["sent"] * 6


@on_sqlite
def test_a_slow_call_keeps_nobody_from_the_next_chunk(many: Any, stage: Any, gate: Any) -> None:
    bot, slow, hands = many(4), Slow(), Hands(4, "test")
    stage("a2").publish = hang(gate)
    numbers = say(bot, "Pertama hari ini", to=["a0", "a1", "a2"])
    later = say(bot, "Kedua hari ini", to=["a3"])
    assert publish_batch(bot.office, numbers, hands, aside=slow.take) == 3
    assert sorted(states(bot)) == ["queued", "sending", "sent", "sent"]
    assert publish_batch(bot.office, [*numbers, *later], hands, aside=slow.take) == 1
    gate.set()
    slow.join()
    hands.close()
    assert states(bot) == ["sent"] * 4
    assert [len(stage(f"a{n}").posts) for n in range(4)] == [1] * 4


@on_sqlite
def test_without_a_thread_for_it_the_wait_goes_on_here(many: Any, stage: Any, gate: Any) -> None:
    bot, hands = many(1), Hands(1, "test")
    stage("a0").publish = hang(gate)
    numbers = say(bot, "Pertama hari ini", to=["a0"])
    refused = list[bool]()

    def no_thread(_: Any) -> bool:
        refused.append(True)
        gate.set()
        return False

    assert publish_batch(bot.office, numbers, hands, aside=no_thread) == 1
    hands.close()
    assert refused
    assert states(bot) == ["sent"]


@pytest.fixture
def gate() -> Any:
    event = threading.Event()
    yield event
    event.set()


class Quick(Hands):
    """As on a quick platform: so much is claimed ahead."""

    pace = 1000.0


@on_sqlite
def test_a_stop_gives_back_what_no_hand_has_begun(many: Any, stage: Any, gate: Any) -> None:
    bot = many(12)
    for number in range(12):
        stage(f"a{number}").publish = hang(gate)
    say(bot, "Pertama hari ini")
    stop = threading.Event()
    round_ = publish.Round(bot.office, Quick(4, "test"), stop.is_set, None)
    worker = threading.Thread(target=round_.through)
    worker.start()
    until(lambda: states(bot).count("sending") == 12)
    stop.set()
    until(lambda: states(bot).count("queued") == 8)
    gate.set()
    worker.join(timeout=20)
    assert sorted(states(bot)) == ["queued"] * 8 + ["sent"] * 4
    assert all(row.attempts == 0 for row in by_account(bot).values() if row.state == "queued")
    assert bot.publish() == 8


# Quotas, and what is done ahead


@pytest.fixture
def two(office: dict[str, Any], open_bot: Any) -> Humasbot:
    """The accounts ``satu`` and ``dua``, on stages."""
    bot: Humasbot = open_bot(office)
    return bot


@on_sqlite
def test_a_shared_quota_holds_every_account_of_the_application(fleet: Any, stage: Any) -> None:
    bot = fleet(3)
    with bot.office.database.write() as session:
        for account in session.exec(select(Account)).all()[:2]:
            account.quota = "played:app"
    fill(bot)
    stage("satu0").publish = once(raises(RateLimited("habis", retry_after=timedelta(hours=1), shared=True)))
    first, second, third = outbox.line(bot.office.database, 9)
    assert bot.publish(only=[first]) == 1
    assert outbox.line(bot.office.database, 9) == [third]
    assert outbox.claim(bot.office.database, "w", limit=9, lease=LEASE, only=[first, second]) == []
    with bot.office.database.write() as session:
        session.execute(sa.update(Throttle).values(held_until=utc_now() - timedelta(seconds=1)))
    assert outbox.line(bot.office.database, 9) == [second, third]


def test_accounts_of_one_application_have_one_quota() -> None:
    ours = {"consumer_key": {"env": "APLIKASI"}, "access_token": {"env": "SATU"}}
    theirs = {**ours, "access_token": {"env": "DUA"}}
    other = {**ours, "consumer_key": {"env": "LAIN"}}
    assert quota_of("x", ours) == quota_of("x", theirs) != quota_of("x", other)
    assert quota_of("webhook", {}) == ""


@on_sqlite
def test_pictures_are_uploaded_before_the_due_moment(
    two: Humasbot, stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def ahead(self: Any, outgoing: Any, checkpoint: Any) -> None:
        seen.append(outgoing.key)
        checkpoint.save("media:0", "7")

    def publish_(stage: Any, outgoing: Any, checkpoint: Any) -> Any:
        assert checkpoint.get("media:0") == "7"
        return stage.accept(outgoing)

    monkeypatch.setattr(played.Played, "prepare", ahead, raising=False)
    stage("satu").publish = publish_
    (number,) = say(two, "Jadwal vaksinasi", to=["satu"])
    with two.office.database.write() as session:
        delivery = session.get_one(Delivery, number)
        delivery.due_at = delivery.next_at = utc_now() + timedelta(seconds=60)
        variant = session.get_one(Variant, delivery.variant_id)
        variant.due_at, variant.media = (
            delivery.due_at,
            [two.office.media.keep(Media(b"x", "image/png", "alt", 1, 1))],
        )
        account = session.get_one(Account, delivery.account_id)
        session.get_one(Approval, delivery.approval_id).hash = hash_of(variant, account)
    assert (two.prepare(), two.prepare(), len(seen)) == (1, 0, 1)
    assert stage("satu").posts == []
    with two.office.database.write() as session:
        row = session.get_one(Delivery, number)
        row.due_at = row.next_at = utc_now()
    assert two.publish() == 1
    assert states(two) == ["sent"]
