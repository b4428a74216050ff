"""The office's agenda through the real pipeline: three Posts of each public event, moved and stopped together."""
# ruff: noqa: F811

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bmkg_world import World, calendar, event
from following import NOW, WIB, Open, Public, Round, at_nine, office, rows, world  # noqa: F401
from lite import database_url  # noqa: F401

from humasbot.errors import StateError
from humasbot.models import Happening, Post, Variant
from humasbot.pipeline import events

# The agenda.


@pytest.fixture
def agenda(office: Any) -> dict[str, Any]:
    office["sources"] = {"kalender": office["sources"]["kalender"]}
    office["campaigns"]["agenda"] = {
        "occasion": "agenda", "source": "kalender", "approval": "policy", "picture": "none", "at": "08:00",
    }  # fmt: skip
    return dict(office)


FAIR = datetime(2026, 11, 25, 10, 0, tzinfo=WIB)


def test_an_event_has_its_three_posts_and_the_report_waits(
    agenda: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    world.calendar = calendar(event("pasar@x", "Pasar murah", FAIR))
    bot = open_bot(agenda)
    step = Round(bot, at_nine)
    for moment in (NOW, FAIR - timedelta(days=1, hours=2), FAIR, FAIR + timedelta(hours=2, minutes=1)):
        step(moment)
    said = [post["text"] for post in public("satu")]
    assert [text.splitlines()[0] for text in said] == [
        "Agenda: Pasar murah",
        "Sedang berlangsung: Pasar murah",
    ]
    assert "Waktu: Rabu, 25 November 2026, pukul 10.00–12.00 WIB" in said[0]
    report = rows(bot, Post)[-1]
    with pytest.raises(StateError, match="belum diisi"):
        bot.approve(report.id, actor="kabag")
    (row,) = events.listed(bot.office, FAIR + timedelta(hours=3))
    assert set(row["posts"]) == {"before", "during", "after"}
    facts = {"hasil": "Seribu paket terjual.", "hadir": "400 warga"}
    events.fill(bot.office, row["number"], facts, actor="humas", now=FAIR + timedelta(hours=3))
    step(FAIR + timedelta(hours=3))
    report = rows(bot, Post)[-1]
    bot.approve(report.id, actor="kabag")
    bot.publish()
    assert "Hadir: 400 warga" in public("satu")[-1]["text"]


@pytest.mark.slow
def test_a_moved_event_moves_its_set_and_a_cancelled_one_stops_it(
    agenda: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    world.calendar = calendar(event("pasar@x", "Pasar murah", FAIR))
    bot = open_bot(agenda)
    step = Round(bot, at_nine)
    step(NOW)
    before = FAIR - timedelta(days=1, hours=2)
    step(before - timedelta(hours=2))
    # Moved while its notice was still queued: nothing of the old time goes out.
    moved = FAIR + timedelta(days=2)
    world.calendar = calendar(event("pasar@x", "Pasar murah", moved, SEQUENCE="1"))
    step(before)
    assert public("satu") == []
    step(moved - timedelta(days=1, hours=2))
    (post,) = public("satu")
    assert "Jumat, 27 November 2026" in post["text"]
    # Moved after its notice is out: a proposal, and no second notice.
    again = moved + timedelta(hours=3)
    world.calendar = calendar(event("pasar@x", "Pasar murah", again, SEQUENCE="2"))
    step(moved - timedelta(hours=20))
    assert len(public("satu")) == 1
    (proposal,) = bot.proposals()
    assert "pukul 13.00–15.00 WIB" in proposal["diff"]
    # An older copy out of somebody's cache is not believed.
    world.calendar = calendar(event("pasar@x", "Pasar murah", moved, SEQUENCE="1"))
    step(moved - timedelta(hours=19))
    assert len(bot.proposals()) == 1
    world.calendar = calendar(event("pasar@x", "Pasar murah", again, SEQUENCE="3", STATUS="CANCELLED"))
    step(moved - timedelta(hours=18))
    assert {each["kind"] for each in bot.proposals()} == {"edit", "withdrawn"}
    for hour in range(0, 30, 3):
        step(moved + timedelta(hours=hour))
    assert len(public("satu")) == 1


def test_what_is_private_never_enters_the_database(
    agenda: Any, world: World, open_bot: Open, tmp_path: Path, at_nine: Any
) -> None:
    world.calendar = calendar(
        event("a@x", "Pelantikan mutiara", FAIR, CLASS="CONFIDENTIAL"),
        event("b@x", "Rapat tertutup mutiara", FAIR),
        event("c@x", "Mutiara dinas", FAIR, CLASS="X-ENTAH"),
        event("d@x", "Mutiara mingguan", FAIR, RRULE="FREQ=DAILY;COUNT=5", CATEGORIES="Internal"),
        event("e@x", "Senam pagi", FAIR, RRULE="FREQ=DAILY;COUNT=3"),
        event("e@x", "Senam mutiara", FAIR + timedelta(days=1), CLASS="PRIVATE",
              **{"RECURRENCE-ID;TZID=Asia/Jakarta": f"{FAIR + timedelta(days=1):%Y%m%dT%H%M%S}"}),
    )  # fmt: skip
    bot = open_bot(agenda)
    Round(bot, at_nine)(NOW)
    kept = rows(bot, Happening)
    assert [row.begins_at for row in kept] == [FAIR, FAIR + timedelta(days=2)]
    bot.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"utiara" not in stored
    assert b"a@x" not in stored


def test_an_event_that_becomes_private_is_forgotten_and_stopped(
    agenda: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    world.calendar = calendar(event("a@x", "Kunjungan kerja", FAIR), event("b@x", "Senam", FAIR))
    bot = open_bot(agenda)
    step = Round(bot, at_nine)
    step(NOW)
    world.calendar = calendar(
        event("a@x", "Kunjungan kerja", FAIR, CLASS="PRIVATE"), event("b@x", "Senam", FAIR)
    )
    for moment in (NOW + timedelta(minutes=6), FAIR - timedelta(days=1, hours=2), FAIR):
        step(moment)
    assert all("Kunjungan" not in post["text"] for post in public("satu"))
    assert len(public("satu")) == 2
    assert sorted(bool(row.facts) for row in rows(bot, Happening)) == [False, True]


def test_a_person_who_stopped_it_is_not_overruled(
    agenda: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    world.calendar = calendar(event("pasar@x", "Pasar murah", FAIR))
    bot = open_bot(agenda)
    step = Round(bot, at_nine)
    step(FAIR - timedelta(days=1, hours=6))
    (post,) = rows(bot, Post)
    bot.cancel(post.id, actor="kabag")
    world.calendar = calendar(event("pasar@x", "Pasar murah", FAIR + timedelta(hours=1), SEQUENCE="1"))
    step(FAIR - timedelta(days=1, hours=2))
    assert public("satu") == []
    assert [variant.post_id for variant in rows(bot, Variant)] == [post.id]


def test_an_empty_calendar_is_not_believed_at_once(
    agenda: Any, world: World, open_bot: Open, at_nine: Any
) -> None:
    world.calendar = calendar(event("pasar@x", "Pasar murah", FAIR))
    bot = open_bot(agenda)
    step = Round(bot, at_nine)
    step(NOW)
    world.calendar = calendar()
    for minutes, over in ((6, False), (12, False), (18, True)):
        step(NOW + timedelta(minutes=minutes))
        (row,) = rows(bot, Happening)
        assert (row.over_at is not None) is over
