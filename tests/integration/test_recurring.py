"""Campaigns that return by a rule, a stock that stays true, slots of the day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from humasbot.app import Humasbot
from humasbot.config import CampaignTable
from humasbot.errors import ConfigError
from humasbot.pipeline.occasions.evergreen import choose
from humasbot.pipeline.occasions.recurring import times

WIB, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
Open = Callable[[dict[str, Any]], Humasbot]
Public = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.db'}"


def local(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, tzinfo=WIB)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=-1FR", ["2026-12-25", "2027-01-29"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", ["2026-12-01", "2026-12-15", "2026-12-29", "2027-01-12", "2027-01-26"]),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=2", ["2027-01-02"]),
        ("FREQ=DAILY;UNTIL=20261203T235959", ["2026-12-01", "2026-12-02", "2026-12-03"]),
    ],
)  # fmt: skip
def test_a_rule_means_the_clock_on_the_wall(rule: str, expected: list[str]) -> None:
    table = CampaignTable(occasion="recurring", rule=rule, at="08:15", template="x", since=date(2026, 12, 1))
    found = times(table, WIT, datetime(2026, 12, 1, tzinfo=WIT), datetime(2027, 1, 31, tzinfo=WIT))
    assert [f"{moment:%Y-%m-%d}" for moment in found] == expected
    assert {(moment.hour, moment.minute, str(moment.tzinfo)) for moment in found} == {
        (8, 15, "Asia/Jayapura")
    }


@pytest.mark.parametrize(
    "change",
    [{"rule": "tiap jumat"}, {"rule": "FREQ=HOURLY"}, {"rule": ""}, {"at": None}, {"template": ""}],
)
def test_a_faulty_rule_is_told_at_once(
    settings: dict[str, Any], open_bot: Open, change: dict[str, Any]
) -> None:
    settings["campaigns"]["apel"] = {
        "occasion": "recurring", "rule": "FREQ=WEEKLY", "at": "08:00", "template": "greeting",
    } | change  # fmt: skip
    if change.get("at", "") is None:
        del settings["campaigns"]["apel"]["at"]
    with pytest.raises(ConfigError):
        open_bot(settings)


@pytest.mark.slow
def test_a_recurring_text_goes_out_once_each_time(
    settings: dict[str, Any], open_bot: Open, public: Public, tmp_path: Path
) -> None:
    folder = tmp_path / "templates" / "text"
    folder.mkdir(parents=True)
    (folder / "apel.j2").write_text("Apel pagi {{ date | tanggal }} pukul {{ date | jam }}.")
    settings["campaigns"]["apel"] = {
        "occasion": "recurring", "rule": "FREQ=WEEKLY;BYDAY=MO", "at": "07:30", "template": "apel",
        "approval": "policy",
    }  # fmt: skip
    with time_machine.travel(local(1), tick=False) as clock:
        bot = open_bot(settings)
        for day in range(1, 16):
            clock.move_to(local(day, 8))
            bot.plan()
            bot.publish()
    assert [post["text"] for post in public("satu")] == [
        "Apel pagi Senin, 7 Desember 2026 pukul 07.30 WIB.",
        "Apel pagi Senin, 14 Desember 2026 pukul 07.30 WIB.",
    ]


@pytest.mark.slow
def test_a_stock_is_walked_and_nothing_returns_too_soon(
    settings: dict[str, Any], open_bot: Open, public: Public, tmp_path: Path
) -> None:
    (tmp_path / "stok").mkdir()
    for name in ("air", "jalan", "sampah"):
        (tmp_path / "stok" / f"{name}.md").write_text(
            f"# Tentang {name}\n\nMari menjaga {name} bersama-sama.\n"
        )
    settings["campaigns"]["tips"] = {
        "occasion": "evergreen", "stock": "stok", "at": "09:00", "again_after": "4d", "approval": "policy",
    }  # fmt: skip
    with time_machine.travel(local(1), tick=False) as clock:
        bot = open_bot(settings)
        for day in range(1, 9):
            clock.move_to(local(day, 9))
            bot.plan()
            bot.publish()
        skipped = [row["due_at"].astimezone(WIB).day for row in bot.views.posts() if row["skipped"]]
    said = [post["text"].splitlines()[0] for post in public("satu")]
    assert len(set(said[:3])) == 3
    assert said[3:6] == said[:3]
    assert sorted(skipped) == [4, 8]


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(1, 6), st.integers(1, 200))
def test_no_piece_within_its_time_and_the_oldest_first(gaps: list[int], count: int, days: int) -> None:
    table = CampaignTable(occasion="evergreen", stock="x", at="09:00", again_after=f"{days}d")
    pieces = [f"{number}.md" for number in range(count)]
    said: dict[str, datetime] = {}
    moment = local(1)
    for gap in gaps:
        moment += timedelta(days=gap)
        name = choose(pieces, said, moment, table)
        free = [each for each in pieces if each not in said or moment - said[each] >= timedelta(days=days)]
        assert (name is None) == (not free)
        if name is not None:
            assert name in free
            assert all(each in said and said[each] >= said[name] for each in free if name in said)
            said[name] = moment


def test_articles_take_the_next_free_slots(settings: dict[str, Any], open_bot: Open, tmp_path: Path) -> None:
    (tmp_path / "berita").mkdir()
    settings["sources"]["berita"] = {"kind": "folder", "folder": "berita", "fresh": "30d"}
    settings["campaigns"]["berita"] = {"occasion": "article", "source": "berita", "slots": ["16:00", "10:00"]}
    with time_machine.travel(local(1, 12), tick=False) as clock:
        bot = open_bot(settings)
        bot.ingest()
        clock.move_to(local(1, 13))
        for number in range(4):
            (tmp_path / "berita" / f"{number}.md").write_text(
                f"---\ntanggal: 2026-12-01 12:{number:02}\n---\n# Berita ke-{number}\n\nIsi berita nomor {number} "
                "yang cukup panjang untuk diumumkan.\n"
            )
        bot.ingest()
        bot.plan()
        bot.plan()
        due = sorted(row["due_at"].astimezone(WIB) for row in bot.views.posts())
    assert due == [local(1, 16), local(2, 10), local(2, 16), local(3, 10)]


def test_campaigns_that_come_close_on_an_account_are_told_beforehand(
    settings: dict[str, Any], open_bot: Open
) -> None:
    daily = {"occasion": "daily", "at": "06:00", "picture": "none"}
    settings["humasbot"]["apart"] = "30m"
    settings["campaigns"] = {
        "pagi": daily,
        "senin": daily | {"at": "06:20", "days": ["senin"], "accounts": ["satu"]},
        "malam": daily | {"at": "19:00"},
    }
    with time_machine.travel(local(1), tick=False):
        (found,) = open_bot(settings).days.collisions()
    assert (found.account, found.first, found.second) == ("satu", "pagi", "senin")
    assert (found.first_at, found.second_at) == (local(7, 6), local(7, 6) + timedelta(minutes=20))
