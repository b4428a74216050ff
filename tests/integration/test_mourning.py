"""Mourning: one command freezes what is festive, queued or yet to come, and a person decides each of it later."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from humasbot.app import Humasbot
from humasbot.errors import NotFoundError, StateError

WIB = ZoneInfo("Asia/Jakarta")
Open = Callable[[dict[str, Any]], Humasbot]
Public = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite only: what is proved here is what is decided, not how it is stored."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def greeter(settings: dict[str, Any]) -> dict[str, Any]:
    settings["accounts"].pop("dua", None)
    settings["campaigns"]["pagi"] = {
        "occasion": "daily", "at": "06:00", "approval": "policy", "late": "skip", "picture": "none",
    }  # fmt: skip
    return settings


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=WIB)


def texts(public: Public) -> list[str]:
    return [post["text"] for post in public("satu")]


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
