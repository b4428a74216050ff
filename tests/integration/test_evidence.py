"""Evidence: one Delivery's whole history, kept by the audit trail even when the Post itself is gone."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import delete, select
from test_outbox import rows, say

from humasbot import outbox
from humasbot.app import Humasbot
from humasbot.errors import NotFoundError, StateError
from humasbot.models import (
    Account,
    Approval,
    Article,
    Attempt,
    Audit,
    Delivery,
    Post,
    Receipt,
    Source,
    Variant,
    utc_now,
)
from humasbot.pipeline.approve import void


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, which is quick; both where a test says so, because its statements differ."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))


both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


def acts(bot: Humasbot, *subjects: str) -> list[str]:
    return [row.act for row in rows(bot, Audit) if not subjects or row.subject in subjects]


def told(bot: Humasbot, act: str) -> list[dict[str, Any]]:
    """The details of every row of that act, with who did it."""
    return [{**json.loads(row.detail), "actor": row.actor} for row in rows(bot, Audit) if row.act == act]


@pytest.fixture
def eventful(bot: Humasbot, script: Callable[..., None]) -> int:
    """A Delivery that was unreachable, then unsure, surely absent, sent again; its number."""
    (number,) = say(bot, "Pelayanan buka Sabtu", to=("satu",))
    script("satu", "rate", "lost_before", "ok")
    bot.publish()
    hold(bot)
    bot.publish()
    bot.reconcile()
    bot.publish()
    return number


def hold(bot: Humasbot) -> None:
    """The time that the platform asked for has passed."""
    with bot.office.database.write() as session:
        for row in session.exec(select(Delivery)).all():
            row.next_at = row.due_at
        for account in session.exec(select(Account)).all():
            account.held_until = None


@both
def test_the_whole_history_as_one_timeline(bot: Humasbot, eventful: int) -> None:
    one = bot.views.delivery(eventful)
    assert one["state"] == "sent"
    events = one["timeline"]
    (approval,) = rows(bot, Approval)
    assert [(e["act"], e["detail"].get("outcome")) for e in events if e["act"] != "step"] == [
        ("approved", None),
        ("attempt", "queued"),
        ("attempt", "uncertain"),
        ("look", "queued"),
        ("attempt", "sent"),
    ]
    approved, last = events[0], events[-1]
    assert (approved["actor"], approved["detail"]["hash"]) == ("budi", approval.hash)
    assert approved["detail"]["text"] == rows(bot, Variant)[0].text
    assert last["detail"]["url"] == one["url"]
    assert last["detail"]["hash"] == approval.hash  # the attempt itself says which words it sent
    assert last["detail"]["started"] < last["detail"]["finished"]
    assert [e["at"] for e in events] == sorted(e["at"] for e in events)
    assert json.dumps(one, default=str)


def test_it_is_still_told_when_the_post_is_gone(bot: Humasbot, eventful: int) -> None:
    bot.trail.seal()
    before = bot.views.delivery(eventful)
    with bot.office.database.write() as session:
        for model in (Receipt, Attempt, Delivery, Approval, Variant, Post):
            session.execute(delete(model))
    after = bot.views.delivery(eventful)
    assert after["gone"] is True
    assert {key: after[key] for key in ("state", "account", "title", "text", "url", "post_id")} == {
        key: before[key] for key in ("state", "account", "title", "text", "url", "post_id")
    }
    assert [media["digest"] for media in after["media"]] == [media["digest"] for media in before["media"]]
    assert [(e["act"], e["at"], e["detail"]) for e in after["timeline"]] == [
        (e["act"], e["at"], e["detail"]) for e in before["timeline"]
    ]
    assert bot.trail.verify().sound
    with pytest.raises(NotFoundError):
        bot.views.delivery(eventful + 1)


def test_an_attempt_under_way_and_one_cut_off_are_told(bot: Humasbot) -> None:
    (number,) = say(bot, "Kabar", to=("satu",))
    outbox.claim(bot.office.database, bot.office.token(), limit=5, lease=timedelta(minutes=5), only=[number])
    assert [e["act"] for e in bot.views.delivery(number)["timeline"]] == ["approved", "sending"]
    outbox.give_up_lost(bot.office.database, utc_now() + timedelta(hours=1))
    events = bot.views.delivery(number)["timeline"]
    assert [(e["act"], e["detail"].get("outcome")) for e in events] == [
        ("approved", None),
        ("lost", "uncertain"),
    ]


def test_what_stopped_its_account_stands_in_the_timeline(bot: Humasbot, script: Callable[..., None]) -> None:
    (number,) = say(bot, "Kabar", to=("satu",))
    script("satu", "auth", "ok")
    bot.publish()
    bot.resume("satu", actor="ani")
    bot.freeze(reason="gempa", actor="budi")
    bot.unfreeze(actor="budi")
    bot.pause("dua", actor="ani")  # another account's: not in it
    bot.publish()
    bot.pause("satu", actor="ani")  # after its end: not in it
    found = [(e["act"], e["actor"]) for e in bot.views.delivery(number)["timeline"] if e["act"] != "step"]
    assert found == [
        ("approved", "budi"), ("attempt", "humasbot"), ("paused", "humasbot"), ("resumed", "ani"),
        ("frozen", "budi"), ("lifted", "budi"), ("attempt", "humasbot"),
    ]  # fmt: skip


def test_every_decision_of_a_person_is_kept_with_their_name(
    bot: Humasbot, script: Callable[..., None]
) -> None:
    (first,) = say(bot, "Satu", to=("satu",))
    script("satu", "lost_before")
    bot.publish()
    bot.resolve(first, actor="ani", exists="https://contoh.go.id/1")
    assert told(bot, "resolved") == [
        {"actor": "ani", "account": "satu", "outcome": "sent", "reason": "diputuskan oleh ani",
         "url": "https://contoh.go.id/1"}
    ]  # fmt: skip
    say(bot, "Dua", to=("dua",))
    bot.cancel(rows(bot, Post)[-1].id, actor="citra")
    assert [row["actor"] for row in told(bot, "withdrawn")] == ["citra"]
    assert "citra" in told(bot, "cancelled")[0]["reason"]
    assert told(bot, "voided")[0]["hash"] == rows(bot, Approval)[-1].hash
    with bot.office.database.write() as session:
        source = Source(agency_id=1, name="situs", kind="feed")
        session.add(source)
        session.flush()
        session.add(
            Article(
                source_id=source.id, key="k", url="https://x.go.id/", digest="d", state="held", note="tes"
            )
        )
    bot.release(rows(bot, Article)[0].id, actor="dodi")
    assert [(row["actor"], row["held_for"]) for row in told(bot, "released")] == [("dodi", "tes")]


def test_a_change_of_an_accounts_settings_is_kept(settings: dict[str, Any], open_bot: Any) -> None:
    open_bot(settings)
    bot = open_bot(settings)
    assert [row["how"] for row in told(bot, "configured")] == ["added", "added"]
    settings["accounts"]["satu"]["folder"] = "lain"
    del settings["accounts"]["dua"]
    bot = open_bot(settings)
    assert [(row["account"], row["how"], row["settings"]) for row in told(bot, "configured")[2:]] == [
        ("satu", "changed", {"folder": "lain"}),
        ("dua", "removed", {"folder": "dua"}),
    ]


def test_nothing_is_kept_of_what_was_not_done(bot: Humasbot) -> None:
    say(bot, "Kabar", to=("satu",))
    bot.publish()
    before = len(rows(bot, Audit))
    with pytest.raises(StateError), bot.office.database.write() as session:
        void(session, session.exec(select(Variant)).one(), "berubah pikiran")
    with pytest.raises(StateError):
        bot.cancel(1, actor="budi")
    assert len(rows(bot, Audit)) == before


def test_the_trail_of_a_busy_day_is_sealed_and_whole(bot: Humasbot, script: Callable[..., None]) -> None:
    script("satu", "rate", "lost_after", "refused", "ok")
    for number in range(6):
        say(bot, f"Kabar {number}")
    for _ in range(4):
        bot.publish()
        bot.trail.seal()
        hold(bot)
        bot.reconcile()
    verdict = bot.trail.verify()
    assert (verdict.problems, verdict.unsealed) == ([], len(rows(bot, Audit)) - verdict.sealed)
    sent = {row.id for row in rows(bot, Delivery) if row.state == "sent"}
    for number in sent:
        outcomes = {e["detail"].get("outcome") for e in bot.views.delivery(number)["timeline"]}
        assert "sent" in outcomes
    assert set(acts(bot)) >= {"configured", "approved", "attempt", "look"}


def test_a_delivery_of_the_time_before_the_trail_is_told_from_its_tables(
    bot: Humasbot,
) -> None:
    (number,) = say(bot, "Kabar", to=("satu",))
    bot.publish()
    with bot.office.database.write() as session:
        session.execute(delete(Audit))
    events = bot.views.delivery(number)["timeline"]
    assert [(e["act"], e["detail"].get("outcome")) for e in events] == [
        ("approved", None),
        ("attempt", "sent"),
    ]
