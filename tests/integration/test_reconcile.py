"""What nobody knows is looked for; found is sent, surely absent is sent again, else a person decides."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from promised import on_postgresql, on_sqlite
from sqlmodel import select
from test_outbox import rows, say, states

from humasbot.app import Humasbot
from humasbot.errors import StateError
from humasbot.models import Delivery, utc_now
from humasbot.pipeline import doubts
from humasbot.pipeline.reconcile import look


def due_now(bot: Humasbot) -> None:
    with bot.office.database.write() as session:
        for row in session.exec(select(Delivery)).all():
            row.next_at = utc_now()


def test_accepted_then_lost_is_found_and_stands_once(bot: Humasbot, script: Any, public: Any) -> None:
    script("satu", "lost_after")
    say(bot, "Jalan ditutup", to=["satu"])
    bot.publish()
    assert states(bot) == ["uncertain"]
    assert bot.reconcile() == 1
    assert states(bot) == ["sent"]
    assert bot.publish() == 0
    assert len(public("satu")) == 1
    assert bot.views.delivery(1)["receipt"]["found_by"] == "reconcile"


def test_lost_before_acceptance_is_sent_again_once(bot: Humasbot, script: Any, public: Any) -> None:
    script("satu", "lost_before")
    say(bot, "Jalan ditutup", to=["satu"])
    bot.publish()
    bot.reconcile()
    assert states(bot) == ["queued"]
    bot.publish()
    assert states(bot) == ["sent"]
    assert len(public("satu")) == 1


def test_absence_is_not_believed_before_it_settles(
    settings: dict[str, Any], open_bot: Any, script: Any
) -> None:
    settings["humasbot"]["settle"] = "1h"
    bot = open_bot(settings)
    script("satu", "lost_before")
    say(bot, "Jalan ditutup", to=["satu"])
    bot.publish()
    bot.reconcile()
    (row,) = rows(bot, Delivery)
    assert row.state == "uncertain"
    assert row.next_at > utc_now() + timedelta(minutes=55)


@on_sqlite
def test_a_clock_that_jumps_ahead_makes_nothing_absent(
    settings: dict[str, Any], open_bot: Any, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post may appear late on its platform: a day by the wall clock is no time to wait, if nobody has waited."""
    passed = [0.0]
    monkeypatch.setattr(doubts, "clock", lambda: passed[0])
    settings["humasbot"]["settle"] = "90s"
    bot = open_bot(settings)
    script("satu", "lost_before")
    say(bot, "Jalan ditutup", to=["satu"])
    bot.publish()
    with time_machine.travel(utc_now() + timedelta(days=1)) as clock:
        for passed[0], state in ((1.0, "uncertain"), (89.0, "uncertain"), (91.0, "queued")):
            clock.shift(timedelta(minutes=2))
            assert bot.reconcile() == 1
            assert states(bot) == [state]


@on_postgresql
@pytest.mark.slow
def test_a_doubt_of_a_fleet_ages_by_the_servers_clock(
    settings: dict[str, Any], open_bot: Any, script: Any
) -> None:
    """A machine whose clock is ahead looks for what another has just lost, and must not believe that it is absent."""
    settings["humasbot"]["settle"] = "90s"
    here, elsewhere = open_bot(settings), open_bot(settings)
    script("satu", "lost_before")
    say(here, "Jalan ditutup", to=["satu"])
    here.publish()
    with time_machine.travel(utc_now() + timedelta(days=1)):
        (row,) = rows(here, Delivery)
        assert look(elsewhere.office, row).state == "uncertain"
    with here.office.database.write() as session:
        session.exec(select(Delivery)).one().unsure_at -= timedelta(seconds=91)
    (row,) = rows(here, Delivery)
    assert look(elsewhere.office, row).state == "queued"


def test_platform_that_cannot_be_asked_needs_a_person(
    settings: dict[str, Any], open_bot: Any, script: Any
) -> None:
    settings["accounts"] = {"satu": {"platform": "forgetful", "folder": "satu"}}
    bot = open_bot(settings)
    script("satu", "lost_after")
    say(bot, "Jalan ditutup")
    bot.publish()
    bot.reconcile()
    (row,) = rows(bot, Delivery)
    assert (row.state, row.needs_person) == ("uncertain", True)
    assert f"resolve {row.id}" in row.reason


@pytest.mark.parametrize(
    ("choice", "state"),
    [({"exists": "https://x.example/1"}, "sent"), ({"resend": True}, "queued"), ({"drop": True}, "failed")],
)
def test_a_person_settles_it(bot: Humasbot, script: Any, choice: dict[str, Any], state: str) -> None:
    script("satu", "lost_after")
    (number,) = say(bot, "Jalan ditutup", to=["satu"])
    bot.publish()
    bot.resolve(number, actor="ani", **choice)
    assert states(bot) == [state]
    with pytest.raises(StateError):
        bot.resolve(number, actor="ani", drop=True)


def test_resolve_wants_exactly_one_choice(bot: Humasbot, script: Any) -> None:
    script("satu", "lost_after")
    (number,) = say(bot, "Jalan ditutup", to=["satu"])
    bot.publish()
    for choice in ({}, {"resend": True, "drop": True}):
        with pytest.raises(StateError):
            bot.resolve(number, actor="ani", **choice)
    assert states(bot) == ["uncertain"]


def test_stale_look_cannot_requeue_a_later_uncertainty(bot: Humasbot, script: Any, public: Any) -> None:
    """Two daemons look at once; the slower one's "absent" must not undo what happened meanwhile."""
    from humasbot import outbox
    from humasbot.states import Decision

    script("satu", "lost_before", "lost_after")
    say(bot, "Jalan ditutup", to=["satu"])
    bot.publish()
    (seen,) = rows(bot, Delivery)
    bot.reconcile()
    bot.publish()
    assert states(bot) == ["uncertain"]
    outbox.looked(bot.office.database, seen, Decision("queued", "tidak ada"), None)
    assert states(bot) == ["uncertain"]
    due_now(bot)
    bot.reconcile()
    assert states(bot) == ["sent"]
    assert len(public("satu")) == 1


def test_measure_keeps_figures(bot: Humasbot) -> None:
    say(bot, "Jalan ditutup", to=["satu"])
    bot.publish()
    assert bot.measure() == 1
    assert bot.measure() == 0
    (figures,) = bot.views.delivery(1)["measurements"]
    assert (figures["views"], figures["likes"], figures["shares"]) == (7, 3, None)


def test_uncertain_without_end_goes_to_a_person(bot: Humasbot, script: Any, public: Any) -> None:
    script("satu", *["lost_before"] * 9)
    say(bot, "Jalan ditutup", to=["satu"])
    for _ in range(6):
        bot.publish()
        due_now(bot)
        bot.reconcile()
    (row,) = rows(bot, Delivery)
    assert (row.state, row.needs_person, row.attempts) == ("uncertain", True, 4)
    assert public("satu") == []


def test_no_secret_stands_in_the_fault_of_a_look(bot: Humasbot, script: Any, tmp_path: Any) -> None:
    script("satu", "lost_before")
    say(bot, "Jalan ditutup", to=["satu"])
    bot.publish()
    bot.office.vault.remember("satu/record.jsonl")
    (tmp_path / "satu" / "record.jsonl").mkdir()
    bot.reconcile()
    (row,) = rows(bot, Delivery)
    assert row.state == "uncertain"
    assert "IsADirectoryError" in row.reason
    assert "record.jsonl" not in row.reason
