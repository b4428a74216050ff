"""Mourning: one command freezes what is festive, queued or yet to come, and a person decides each of it later."""
# ruff: noqa: F811

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from lite import database_url  # noqa: F401
from mornings import Open, Public, at, greeter, texts  # noqa: F401

from humasbot.errors import NotFoundError, StateError
from humasbot.pipeline import plan


def test_mourning_freezes_what_was_queued_and_offers_a_condolence(
    greeter: Any, open_bot: Open, public: Public
) -> None:
    today = date(2026, 12, 1)
    with time_machine.travel(at(today, 4), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        assert bot.views.posts()[0]["states"] == {"queued": 1}
        clock.move_to(at(today, 5))
        done = bot.days.start_mourning("Banjir bandang", last=today, actor="sekda")
        assert len(done.frozen) == 1
        clock.move_to(at(today, 6))
        bot.plan()
        assert bot.publish() == 0
        (held,) = [row for row in bot.days.frozen() if row["post"] == done.frozen[0]]
        assert held["code"] == "mourning"
        # The condolence waits for a person, and is solemn.
        assert bot.approve(done.condolence or 0, actor="sekda")
        bot.publish()
        (said,) = texts(public)
        assert "banjir bandang" in said
        assert "elamat" not in said
        # What was frozen is decided one by one.
        clock.move_to(at(today, 8))
        bot.days.end_mourning(actor="sekda")
        bot.days.release(held["post"], actor="sekda")
        bot.publish()
        assert len(public("satu")) == 2
        with pytest.raises(StateError, match="tidak sedang ditahan"):
            bot.days.release(held["post"], actor="sekda")


def test_a_preview_says_that_the_greeting_is_frozen(greeter: Any, open_bot: Open) -> None:
    today = date(2026, 12, 1)
    with time_machine.travel(at(today, 4), tick=False):
        bot = open_bot(greeter)
        bot.days.start_mourning("Banjir bandang", last=today, actor="sekda")
        (draft,) = bot.preview("pagi", today)
        assert draft.kept_back.startswith("ditahan: Banjir bandang")
        assert [each.kept_back for each in bot.preview("pagi", date(2026, 12, 2))] == [""]


def test_a_mourning_that_begins_while_the_day_is_planned_holds_it_at_once(
    greeter: Any, open_bot: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only at the next review: what is festive is never queued beside a mourning, not for a moment."""
    real = plan.composed

    def composed(*given: Any) -> Any:
        found = real(*given)
        bot.days.start_mourning("Banjir bandang", actor="sekda")
        return found

    monkeypatch.setattr(plan, "composed", composed)
    with time_machine.travel(at(date(2026, 12, 1), 4), tick=False):
        bot = open_bot(greeter)
        plan.speak(bot.office, "pagi", date(2026, 12, 1))
        assert [row["code"] for row in bot.days.frozen()] == ["mourning"]
        assert bot.views.deliveries() == []


def test_dropped_is_dropped_and_listed_no_longer(greeter: Any, open_bot: Open, public: Public) -> None:
    with time_machine.travel(at(date(2026, 12, 1), 4), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        done = bot.days.start_mourning("Banjir bandang", actor="sekda")
        assert (done.first, done.last) == (date(2026, 12, 1), date(2026, 12, 3))
        bot.days.drop(done.frozen[0], actor="sekda")
        assert done.frozen[0] not in {row["post"] for row in bot.days.frozen()}
        assert "tidak jadi, menurut sekda" in bot.views.post(done.frozen[0])["skipped"]
        clock.move_to(at(date(2026, 12, 1), 6))
        bot.plan()
        assert bot.publish() == 0
        assert not public("satu")


def test_a_release_within_the_mourning_is_the_persons_and_stays(
    greeter: Any, open_bot: Open, public: Public
) -> None:
    with time_machine.travel(at(date(2026, 12, 1), 4), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        done = bot.days.start_mourning("Banjir bandang", actor="sekda")
        bot.days.release(done.frozen[0], actor="sekda")
        bot.plan()
        clock.move_to(at(date(2026, 12, 1), 6))
        bot.publish()
    assert len(public("satu")) == 1


@pytest.mark.slow
def test_mourning_freezes_what_is_festive_of_any_kind_but_no_plain_news(
    greeter: Any, open_bot: Open, public: Public, note: Path, tmp_path: Path
) -> None:
    (tmp_path / "templates" / "text").mkdir(parents=True)
    (tmp_path / "templates" / "text" / "pasar.j2").write_text("Pasar murah {{ date | tanggal }}!")
    market = {"occasion": "recurring", "rule": "FREQ=DAILY", "template": "pasar", "approval": "policy"}
    greeter["campaigns"] = {
        "meriah": market | {"at": "08:00", "tone": "festive"},
        "biasa": market | {"at": "08:30"},
        "esok": market | {"at": "08:00", "tone": "festive", "since": date(2026, 12, 2)},
    }
    with time_machine.travel(at(date(2026, 12, 1), 4), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        bot.announce(str(note), actor="budi", at=at(date(2026, 12, 1), 9))
        bot.days.start_mourning("Banjir bandang", last=date(2026, 12, 2), actor="sekda")
        for day in (1, 2):
            for hour in (8, 9, 10):
                clock.move_to(at(date(2026, 12, day), hour))
                bot.plan()
                bot.publish()
        # What was queued and what was planned within the mourning: all of it is listed.
        held = [row["campaign"] for row in bot.days.frozen() if row["due_at"] < at(date(2026, 12, 3), 0)]
        assert sorted(held) == ["esok", "meriah", "meriah"]
    assert sorted(text.splitlines()[0] for text in texts(public)) == [
        "Layanan KTP buka hari Sabtu",
        "Pasar murah Rabu, 2 Desember 2026!",
        "Pasar murah Selasa, 1 Desember 2026!",
    ]


def test_whoever_announces_by_hand_is_told_that_the_place_mourns(
    greeter: Any, open_bot: Open, note: Path
) -> None:
    with time_machine.travel(at(date(2026, 12, 1), 4), tick=False):
        bot = open_bot(greeter)
        bot.days.start_mourning("Banjir bandang", actor="sekda")
        assert any("Banjir bandang" in warning for warning in bot.propose(str(note)).warnings)


def test_mourning_ended_early_lets_the_next_morning_greet(
    greeter: Any, open_bot: Open, public: Public
) -> None:
    with time_machine.travel(at(date(2026, 12, 1), 12), tick=False) as clock:
        bot = open_bot(greeter)
        bot.days.start_mourning("Banjir bandang", actor="sekda")
        bot.plan()
        assert [row["code"] for row in bot.days.frozen()] == ["mourning"]
        clock.move_to(at(date(2026, 12, 1), 20))
        bot.days.end_mourning(on=date(2026, 12, 2), actor="sekda")
        assert bot.days.frozen() == []
        clock.move_to(at(date(2026, 12, 2), 6))
        bot.publish()
        with pytest.raises(NotFoundError):
            bot.days.end_mourning(actor="sekda")
    assert "Rabu, 2 Desember 2026" in texts(public)[0]


def test_mourning_elsewhere_is_not_ours(greeter: Any, open_bot: Open, public: Public) -> None:
    greeter["calendar"] = {"province": "jabar"}
    with time_machine.travel(at(date(2026, 12, 1), 4), tick=False) as clock:
        bot = open_bot(greeter)
        bot.days.start_mourning("Gempa", actor="sekda", scope=["Bali"])
        bot.plan()
        clock.move_to(at(date(2026, 12, 1), 6))
        bot.publish()
    assert len(public("satu")) == 1


def test_what_is_uncertain_when_the_mourning_begins_is_not_sent_again(
    greeter: Any, open_bot: Open, public: Public, script: Callable[..., None]
) -> None:
    script("satu", "lost_before")
    with time_machine.travel(at(date(2026, 12, 1), 4), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        clock.move_to(at(date(2026, 12, 1), 6))
        bot.publish()
        assert bot.views.posts()[0]["states"] == {"uncertain": 1}
        bot.days.start_mourning("Banjir bandang", actor="sekda")
        for minute in (1, 3, 5, 9):
            clock.move_to(at(date(2026, 12, 1), 6, minute))
            bot.reconcile()
            bot.publish()
        assert not public("satu")
        assert [row["code"] for row in bot.days.frozen()] == ["mourning"]
