"""Days and decisions: doubtful days wait, elections and silence hold back, people decide."""
# ruff: noqa: F811

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from lite import database_url  # noqa: F401
from mornings import WIB, Open, Public, at, greeter, texts  # noqa: F401

from humasbot.app import Humasbot
from humasbot.errors import ConfigError, InputError, NotFoundError, StateError


@pytest.fixture
def keeper(settings: dict[str, Any]) -> dict[str, Any]:
    settings["accounts"].pop("dua", None)
    settings["campaigns"]["hari"] = {
        "occasion": "observance", "at": "07:00", "approval": "policy", "late": "skip", "picture": "none",
    }  # fmt: skip
    return settings


# Doubtful days.


def test_a_day_of_the_isbat_waits_until_it_is_confirmed(greeter: Any, open_bot: Open, public: Public) -> None:
    eid = date(2027, 3, 10)
    with time_machine.travel(at(eid - timedelta(days=1), 7), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        (held,) = bot.days.frozen()
        assert (held["code"], held["key"]) == ("isbat", "idul_fitri_1")
        assert "sidang isbat" in bot.views.posts()[0]["skipped"]
        with pytest.raises(StateError):
            bot.approve(held["post"], actor="budi")
        clock.move_to(at(eid - timedelta(days=1), 19, 30))
        found, touched = bot.days.decide("idul_fitri_1", actor="kabag")
        assert (found.day, found.provisional, touched) == (eid, False, [held["post"]])
        clock.move_to(at(eid, 6))
        bot.publish()
    assert ["Idulfitri" in text for text in texts(public)] == [True]


def test_unconfirmed_it_never_leaves_and_its_reason_stays(
    greeter: Any, open_bot: Open, public: Public
) -> None:
    eid = date(2027, 3, 10)
    with time_machine.travel(at(eid - timedelta(days=1), 7), tick=False) as clock:
        bot = open_bot(greeter)
        for hours in (0, 23, 24, 30, 48):
            clock.move_to(at(eid - timedelta(days=1), 7) + timedelta(hours=hours))
            bot.plan()
            bot.publish()
        assert not any("10 Maret" in text for text in texts(public))
        assert "idul_fitri_1" in {row["key"] for row in bot.days.frozen()}


@pytest.mark.slow
def test_confirmed_in_the_very_morning_it_still_leaves_but_not_in_the_afternoon(
    greeter: Any, open_bot: Open, public: Public
) -> None:
    for eid, key, hour in ((date(2027, 3, 10), "idul_fitri_1", 7), (date(2027, 5, 17), "idul_adha", 14)):
        with time_machine.travel(at(eid - timedelta(days=1), 7), tick=False) as clock:
            bot = open_bot(greeter)
            bot.plan()
            clock.move_to(at(eid, hour))
            bot.days.decide(key, actor="kabag")
            bot.plan()
            bot.publish()
    assert ["Idulfitri" in text for text in texts(public) if "Selamat Hari Raya" in text] == [True]


def test_a_moved_day_takes_its_greeting_along(greeter: Any, open_bot: Open, public: Public) -> None:
    eid = date(2027, 3, 10)
    with time_machine.travel(at(eid - timedelta(days=1), 7), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        clock.move_to(at(eid - timedelta(days=1), 19, 30))
        bot.days.decide("idul_fitri_1", eid + timedelta(days=1), actor="kabag")
        for day in (eid, eid + timedelta(days=1), eid + timedelta(days=2)):
            clock.move_to(at(day, 5))
            bot.plan()
            clock.move_to(at(day, 6))
            bot.publish()
        # The second thoughts of a person count too, and the latest is what holds.
        assert bot.days.decide("idul_fitri_1", eid, actor="kabag")[0].day == eid
    first, second, third = texts(public)
    assert first.startswith("Selamat pagi")
    assert "Rabu, 10 Maret 2027" in first
    assert "1 Syawal" in second
    assert "Kamis, 11 Maret 2027" in second
    assert "Jumat, 12 Maret 2027" in third


def test_a_decision_must_be_near_and_about_something(greeter: Any, open_bot: Open) -> None:
    with time_machine.travel(at(date(2027, 3, 1), 7), tick=False):
        bot = open_bot(greeter)
        with pytest.raises(NotFoundError, match="tidak ada hari lebaran"):
            bot.days.decide("lebaran", date(2027, 3, 10), actor="kabag")
        with pytest.raises(InputError, match="terlalu jauh"):
            bot.days.decide("idul_fitri_1", date(2027, 5, 10), actor="kabag")
        with pytest.raises(InputError):
            bot.days.decide("idul_fitri_1", actor=" ")


def test_it_is_said_days_before_and_no_longer_once_decided(greeter: Any, open_bot: Open) -> None:
    with time_machine.travel(at(date(2027, 3, 1), 7), tick=False):
        bot = open_bot(greeter)
        bot.plan()
        assert "idul_fitri_1" in {row["key"] for row in bot.days.waiting()}
        told = {alert["key"]: alert["text"] for alert in alerts(bot)}
        assert "humasbot gate confirm idul_fitri_1" in told["gate:idul_fitri_1:2027-03-10"]
        bot.days.decide("idul_fitri_1", actor="kabag")
        bot.plan()
        assert "idul_fitri_1" not in {row["key"] for row in bot.days.waiting()}
        assert "gate:idul_fitri_1:2027-03-10" not in {alert["key"] for alert in alerts(bot)}


def alerts(bot: Humasbot) -> list[dict[str, Any]]:
    from humasbot.alerts import waiting

    with bot.office.database.read() as session:
        return [row.model_dump() for row in waiting(session, None)]


# Observances as Posts of their own.


def test_each_chosen_observance_is_said_once_in_its_tone(keeper: Any, open_bot: Open, public: Public) -> None:
    keeper["campaigns"]["hari"]["keys"] = ["hari_pahlawan", "natal", "hut_ri"]
    said = {}
    with time_machine.travel(at(date(2026, 11, 1), 4), tick=False) as clock:
        bot = open_bot(keeper)
        for day in (date(2026, 11, 9), date(2026, 11, 10), date(2026, 12, 25), date(2027, 8, 17)):
            clock.move_to(at(day, 5))
            bot.plan()
            clock.move_to(at(day, 7))
            bot.plan()
            bot.publish()
            said[day] = texts(public)
    assert [len(each) for each in said.values()] == [0, 1, 2, 3]
    assert "elamat" not in said[date(2026, 11, 10)][0]
    assert "HUT ke-82 Republik Indonesia" in said[date(2027, 8, 17)][-1]


def test_some_days_before(keeper: Any, open_bot: Open, public: Public) -> None:
    keeper["campaigns"]["hari"] |= {"keys": ["natal"], "before": 3}
    with time_machine.travel(at(date(2026, 12, 21), 12), tick=False) as clock:
        bot = open_bot(keeper)
        bot.plan()
        clock.move_to(at(date(2026, 12, 22), 7))
        bot.plan()
        bot.publish()
        assert "Jumat, 25 Desember 2026" in texts(public)[0]
        for day in range(23, 27):
            clock.move_to(at(date(2026, 12, day), 7))
            bot.plan()
            bot.publish()
        assert len(public("satu")) == 1


def test_where_days_meet_the_weightier_speaks_and_the_other_says_why_not(keeper: Any, open_bot: Open) -> None:
    keeper["campaigns"]["hari"] |= {
        "kinds": ["public_holiday", "national", "ministry", "international"],
        "least": 0,
    }
    with time_machine.travel(at(date(2026, 12, 2), 12), tick=False):
        bot = open_bot(keeper)
        bot.plan()
        rows = {row["title"]: row["skipped"] for row in bot.views.posts()}
    assert sum(not why for why in rows.values()) == 1
    assert any(why.startswith("bentrok: ") for why in rows.values())


def test_in_bali_nyepi_is_greeted_the_day_before_and_silent(
    keeper: Any, greeter: Any, open_bot: Open, public: Public, note: Path
) -> None:
    keeper["calendar"] = {"province": "Bali"}
    nyepi = date(2027, 3, 8)
    with time_machine.travel(at(nyepi - timedelta(days=2), 12), tick=False) as clock:
        bot = open_bot(keeper)
        bot.days.decide("nyepi", actor="kabag")
        bot.announce(str(note), actor="budi", at=at(nyepi, 9))
        for day in (nyepi - timedelta(days=1), nyepi):
            for hour in (5, 6, 7, 9):
                clock.move_to(at(day, hour))
                bot.plan()
                bot.publish()
        days = {datetime.fromisoformat(post["at"]).astimezone(WIB).date() for post in public("satu")}
        assert days == {nyepi - timedelta(days=1)}
        assert any("Nyepi" in text for text in texts(public))
        assert "silent" in {row["code"] for row in bot.days.frozen()}


def test_an_election_holds_the_festive_and_a_person_lets_it_go(
    keeper: Any, open_bot: Open, public: Public, tmp_path: Path
) -> None:
    (tmp_path / "hari.toml").write_text(
        '[observances.hut_kami]\nname = "Hari Jadi ke-{n} Kabupaten Contoh"\nrule = "fixed:12-05"\nepoch = 1950\n'
        'tone = "festive"\n\n[[windows]]\nname = "Masa tenang"\nfirst = 2026-12-04\nlast = 2026-12-06\n'
    )
    keeper["calendar"] = {"days": "hari.toml"}
    keeper["campaigns"]["hari"]["keys"] = ["hut_kami"]
    with time_machine.travel(at(date(2026, 12, 4), 12), tick=False) as clock:
        bot = open_bot(keeper)
        bot.plan()
        (held,) = bot.days.frozen()
        assert (held["code"], "Hari Jadi ke-76" in held["title"]) == ("election", True)
        clock.move_to(at(date(2026, 12, 7), 8))
        bot.days.release(held["post"], actor="sekda")
        bot.plan()
        bot.publish()
    assert "Hari Jadi ke-76" in texts(public)[0]


def test_joint_leave_lets_only_the_stock_out_by_itself(
    greeter: Any, open_bot: Open, public: Public, tmp_path: Path
) -> None:
    (tmp_path / "templates" / "text").mkdir(parents=True)
    (tmp_path / "templates" / "text" / "kami.j2").write_text("Apa kabar? {{ date | tanggal }}")
    greeter["campaigns"]["kami"] = greeter["campaigns"]["pagi"] | {"template": "kami"}
    with time_machine.travel(at(date(2026, 12, 24), 5, 30), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        clock.move_to(at(date(2026, 12, 24), 6))
        bot.publish()
        (held,) = [row for row in bot.days.frozen() if row["due_at"] < at(date(2026, 12, 25), 0)]
        assert (held["campaign"], held["code"]) == ("kami", "stock")
    assert len(public("satu")) == 1


# Faults.


def test_what_cannot_be_planned_is_shown_until_it_can(greeter: Any, open_bot: Open, tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "text"
    folder.mkdir(parents=True)
    (folder / "kami.j2").write_text("{{ salah }}")
    greeter["campaigns"]["pagi"]["template"] = "kami"
    with time_machine.travel(at(date(2026, 12, 1), 4), tick=False):
        bot = open_bot(greeter)
        bot.plan()
        (row,) = bot.views.unplanned()
        assert (row["campaign"], row["occasion"]) == ("pagi", "day:2026-12-01")
        assert 'variabel "salah" tidak ada' in row["reason"]
        assert bot.views.campaigns()[1]["unplanned"] == [row]
        assert any("pagi" in alert["text"] for alert in alerts(bot))
        (folder / "kami.j2").write_text("Selamat pagi, {{ date | tanggal }}")
        assert bot.plan() == 1
        assert bot.views.unplanned() == []
        assert not [alert for alert in alerts(bot) if alert["kind"] == "unplanned"]


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        ({"province": "Atlantis"}, "Atlantis"),
        ({"days": "tidak-ada.toml"}, "tidak terbaca"),
        ({"stock": "tidak-ada.toml"}, "tidak terbaca"),
        ({"provinsi": "Bali"}, "kunci tidak dikenal"),
        ({"languages": ["jv", "min"]}, "tidak ada sapaan daerah min; yang ada: jv"),
    ],
)
def test_a_faulty_calendar_is_told_at_once(greeter: Any, open_bot: Open, calendar: Any, words: str) -> None:
    greeter["calendar"] = calendar
    with pytest.raises(ConfigError, match=words):
        open_bot(greeter)


def test_two_campaigns_do_not_greet_the_same_day_twice(
    greeter: Any, keeper: Any, open_bot: Open, public: Public
) -> None:
    both = greeter | {"campaigns": {**keeper["campaigns"], **greeter["campaigns"]}}
    assert set(both["campaigns"]) == {"pagi", "hari"}
    with time_machine.travel(at(date(2026, 12, 25), 4), tick=False) as clock:
        bot = open_bot(both)
        bot.plan()
        for hour in (6, 7):
            clock.move_to(at(date(2026, 12, 25), hour))
            bot.publish()
        assert ["Natal" in text for text in texts(public)] == [True]
        assert "disapa oleh kampanye hari" in {row["skipped"] for row in bot.views.posts()}
