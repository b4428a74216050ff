"""BMKG's alerts and its forecast through the real pipeline, against a local stand-in."""
# ruff: noqa: F811

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import time_machine
from bmkg_world import ELSEWHERE, World, calendar, cap, event, hours, quake
from following import NOW, WIB, Open, Public, Round, alerting, at_nine, office, rows, world  # noqa: F401
from lite import database_url  # noqa: F401

from humasbot.app import Humasbot
from humasbot.errors import ConfigError
from humasbot.models import Alert, Delivery, Happening, Post, Restore, Variant
from humasbot.pipeline.pinning import print_of

CAPTURED = Path("/work/shared/data/bmkg")


# Earthquakes.


def test_a_felt_earthquake_nearby_goes_out_once_and_first(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    bot = open_bot(alerting(office, "earthquake", "gempa"))
    step = Round(bot, at_nine)
    bot.freeze(reason="bencana", actor="tes")  # the alert lane is not stopped by a freeze
    world.felt = [
        quake(NOW, "5.4"),
        quake(NOW - timedelta(hours=1), "1.8", Coordinates="-8.51,123.27", Dirasakan="II Lembata"),
    ]
    for minute in range(1, 6):
        step(NOW + timedelta(minutes=minute * 2))
    (post,) = public("satu")
    assert post["text"].startswith("Gempa M 5,4: Pusat gempa berada di darat 17 km selatan Kota Bandung")
    assert "Senin, 23 November 2026 pukul 09.00 WIB" in post["text"]
    assert "Sumber: BMKG" in post["text"]
    assert 'BMKG: "Gempa ini dirasakan untuk diteruskan pada masyarakat"' in post["text"]
    assert "https://data.bmkg.go.id/DataMKG/TEWS/20261123090000.mmi.jpg" in post["text"]
    (delivery,) = rows(bot, Delivery)
    assert (delivery.priority, delivery.not_after) == (10, NOW + timedelta(hours=3))


@pytest.mark.slow
def test_an_alert_that_may_have_gone_out_before_a_restore_waits_for_a_person(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    """No freeze stops an alert, so nothing but a person can tell whether the lost database had sent it."""
    bot = open_bot(alerting(office, "earthquake", "gempa"))
    step = Round(bot, at_nine)
    world.felt = [quake(NOW, "5.4")]
    with bot.office.database.write() as session:
        session.add(Restore(backup_at=NOW - timedelta(hours=1), restored_at=NOW + timedelta(minutes=1)))
    for minute in (2, 4):
        step(NOW + timedelta(minutes=minute))
    assert public("satu") == []
    (post,) = [post for post in rows(bot, Post) if not post.skipped]
    assert any("pemulihan" in note for note in bot.views.post(post.id)["variants"][0]["notes"])
    assert [alert.kind for alert in rows(bot, Alert)] == ["urgent"]
    bot.approve(post.id, actor="kabag")
    step(NOW + timedelta(minutes=6))
    assert len(public("satu")) == 1


def test_a_revision_is_merged_and_proposed_as_a_correction(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    bot = open_bot(alerting(office, "earthquake", "gempa"))
    step = Round(bot, at_nine)
    world.felt = [quake(NOW, "5.4")]
    step(NOW + timedelta(minutes=3))
    # Revised: another magnitude, and an origin time four seconds later.
    world.felt = [quake(NOW + timedelta(seconds=4), "5.1")]
    for minute in (6, 9, 12):
        step(NOW + timedelta(minutes=minute))
    assert len(public("satu")) == 1
    (proposal,) = bot.proposals()
    assert proposal["kind"] == "edit"
    assert "+ Gempa M 5,1" in proposal["diff"]
    assert proposal["posts"] == [rows(bot, Post)[0].id]
    # Revised again: one open proposal, from what was said to what is true.
    world.felt = [quake(NOW + timedelta(seconds=4), "4.8")]
    step(NOW + timedelta(minutes=15))
    (proposal,) = bot.proposals()
    assert "- Gempa M 5,4" in proposal["diff"]
    assert "+ Gempa M 4,8" in proposal["diff"]
    world.felt = [quake(NOW, "5.4")]
    step(NOW + timedelta(minutes=18))
    assert bot.proposals() == []
    assert len(public("satu")) == 1


def test_what_waits_is_composed_anew_and_nothing_leaves_after_its_end(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    alerting(office, "earthquake", "gempa")
    office["campaigns"]["earthquake"]["approval"] = "person"
    bot = open_bot(office)
    step = Round(bot, at_nine)
    world.felt = [quake(NOW, "5.4")]
    step(NOW + timedelta(minutes=3))
    first = next(post for post in rows(bot, Post) if not post.skipped)
    (alert,) = [each for each in rows(bot, Alert) if each.kind == "urgent"]
    assert f"humasbot approve {first.id}" in alert.text
    world.felt = [quake(NOW, "5.1")]
    step(NOW + timedelta(minutes=6))
    second = next(post for post in rows(bot, Post) if not post.skipped)
    assert second.title.startswith("Gempa M 5,1")
    assert bot.proposals() == []
    (delivery,) = bot.approve(second.id, actor="kabag")
    assert delivery.priority == 10
    step(NOW + timedelta(hours=3, minutes=1))
    assert public("satu") == []
    world.felt = [quake(NOW, "4.9")]
    step(NOW + timedelta(hours=3, minutes=5))
    assert public("satu") == []


def test_a_standing_approval_holds_for_one_template_only(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any, tmp_path: Path
) -> None:
    alerting(office, "earthquake", "gempa")
    own = tmp_path / "templates" / "text"
    own.mkdir(parents=True)
    (own / "earthquake.j2").write_text(
        "Gempa {{ quake.magnitude }} – {{ quake.region }} ({{ quake.credit }})"
    )
    bot = open_bot(office)
    step = Round(bot, at_nine)
    world.felt = [quake(NOW, "5.4")]
    step(NOW + timedelta(minutes=3))
    assert public("satu") == []
    told = [alert.text for alert in rows(bot, Alert) if alert.kind == "urgent"]
    assert len(told) == 2
    assert any("pinned =" in text for text in told)
    (post,) = rows(bot, Post)
    bot.approve(post.id, actor="kabag")
    bot.publish()
    assert len(public("satu")) == 1


def test_a_standing_approval_of_alerts_must_be_pinned(office: Any, open_bot: Open) -> None:
    office["campaigns"]["gempa"] = {"occasion": "earthquake", "source": "gempa", "approval": "policy"}
    with pytest.raises(ConfigError, match="pinned = "):
        open_bot(office)
    office["campaigns"]["gempa"] = {"occasion": "earthquake", "source": "cuaca"}
    with pytest.raises(ConfigError, match="bmkg_earthquake"):
        open_bot(office)
    office["campaigns"]["gempa"]["source"] = "gempa"
    office["agency"].pop("latitude")
    with pytest.raises(ConfigError, match="latitude"):
        open_bot(office)


def test_a_list_that_fails_keeps_the_others(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    bot = open_bot(alerting(office, "earthquake", "gempa"))
    world.felt = [quake(NOW, "5.4")]
    world.fault("html", on="autogempa", times=9)
    world.fault("garbage", on="gempaterkini", times=9)
    Round(bot, at_nine)(NOW + timedelta(minutes=3))
    assert len(public("satu")) == 1


# Warnings.


def test_a_warning_whose_area_holds_the_office_until_it_expires(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    bot = open_bot(alerting(office, "warning", "cuaca"))
    step = Round(bot, at_nine)
    ends = NOW + timedelta(hours=3)
    world.alerts = {
        "a1": cap("a1", NOW, ends),
        "a2": cap("a2", NOW, ends, ELSEWHERE),
        "a3": cap("a3", NOW, ends, status="Exercise"),
        "a4": cap("a4", NOW - timedelta(hours=4), NOW - timedelta(hours=1)),
        "a5": cap("a5", NOW, ends, severity="Minor"),
    }
    for minute in (2, 4, 6):
        step(NOW + timedelta(minutes=minute))
    (post,) = public("satu")
    assert "Masyarakat dihimbau untuk tetap waspada." in post["text"]
    assert "Berlaku hingga Senin, 23 November 2026 pukul 12.00 WIB." in post["text"]
    assert "Sumber: BMKG" in post["text"]
    assert {row.key for row in rows(bot, Happening)} == {"warning:a1", "warning:a4", "warning:a5"}
    (delivery,) = rows(bot, Delivery)
    assert delivery.not_after == ends


def test_off_while_a_warning_was_given_nothing_leaves_after_it(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    bot = open_bot(alerting(office, "warning", "cuaca"))
    step = Round(bot, at_nine)
    world.alerts = {"a1": cap("a1", NOW, NOW + timedelta(hours=3))}
    step(NOW + timedelta(hours=3, minutes=1))
    assert public("satu") == []
    assert rows(bot, Delivery) == []


def test_a_warning_that_is_taken_back_stops_and_is_told(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    bot = open_bot(alerting(office, "warning", "cuaca"))
    step = Round(bot, at_nine)
    ends = NOW + timedelta(hours=3)
    world.alerts = {"a1": cap("a1", NOW, ends)}
    step(NOW + timedelta(minutes=2))
    later = NOW + timedelta(minutes=30)
    world.alerts["a2"] = cap("a2", later, ends, msgType="Cancel", references=f"x,a1,{NOW.isoformat()}")
    for minute in (32, 34):
        step(NOW + timedelta(minutes=minute))
    assert len(public("satu")) == 1
    (proposal,) = bot.proposals()
    assert proposal["kind"] == "withdrawn"


# The forecast.


def test_the_everyday_greeting_ends_with_the_forecast(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any
) -> None:
    office["campaigns"]["pagi"] = {
        "occasion": "daily",
        "at": "06:00",
        "approval": "policy",
        "picture": "none",
    }
    world.weather = hours(NOW.replace(hour=0), wet="Hujan Ringan")
    bot = open_bot(office)
    step = Round(bot, at_nine)
    step(NOW + timedelta(minutes=1))
    step((NOW + timedelta(days=1)).replace(hour=6))
    (post,) = public("satu")
    assert (
        "Prakiraan BMKG untuk Selasa, 24 November 2026: cerah berawan hingga hujan ringan, 22–29 °C."
        in post["text"]
    )


def test_the_print_covers_every_file_of_what_is_said(office: Any, open_bot: Open, tmp_path: Path) -> None:
    office["campaigns"]["gempa"] = {"occasion": "earthquake", "source": "gempa"}
    bot = open_bot(office)

    def print_now() -> str:
        return print_of(bot.config, bot.config.campaigns["gempa"], "earthquake", "warning-quake")

    own = tmp_path / "templates"
    prints = [print_now(), print_now()]
    assert prints[0] == prints[1] != ""
    for name, text in (
        ("text/earthquake.satu.j2", '{% extends "builtin/text/earthquake.j2" %}{% include "text/kaki.j2" %}'),
        ("text/kaki.j2", "kaki"),
        ("text/kaki.j2", "kaki lain"),
        ("cards/warning.toml", 'extends = "builtin/warning"'),
        ("cards/warning-quake.toml", 'extends = "builtin/warning-quake"'),
    ):
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(text)
        prints.append(print_now())
    # What includes a file that is not there has no print, and no standing approval covers it.
    assert prints[2] == ""
    assert len(set(prints[1:])) >= 5
    (own / "text/earthquake.j2").write_text("{% broken")
    assert print_now() == ""


@pytest.mark.skipif(not CAPTURED.exists(), reason="the captured samples are not on this machine")
def test_the_captured_warning_is_relayed_whole(office: Any, world: World, open_bot: Open) -> None:
    sent = datetime(2026, 2, 16, 22, 51, tzinfo=WIB)
    office["agency"] |= {"latitude": -6.65, "longitude": 106.41}
    office["campaigns"]["w"] = {"occasion": "warning", "source": "cuaca", "picture": "none"}
    world.alerts = {"banten": (CAPTURED / "nowcast_cap_banten.xml").read_text(encoding="utf-8")}
    with time_machine.travel(sent, tick=False) as clock:
        bot = open_bot(office)
        Round(bot, clock)(sent + timedelta(minutes=1))
    (variant,) = rows(bot, Variant)
    assert variant.problems == []
    assert variant.text.startswith("Hujan Lebat disertai Petir di Banten")
    assert "Berlaku hingga Selasa, 17 Februari 2026 pukul 02.00 WIB." in variant.text
    assert variant.not_after == datetime(2026, 2, 17, 2, 0, tzinfo=WIB)


@pytest.mark.slow
def test_each_has_its_card(office: Any, world: World, open_bot: Open, at_nine: Any) -> None:
    for occasion, source in (("earthquake", "gempa"), ("warning", "cuaca"), ("agenda", "kalender")):
        office["campaigns"][occasion] = {"occasion": occasion, "source": source}
    fair = NOW + timedelta(minutes=10)
    world.calendar = calendar(event("p", "Pasar murah", fair, lasts=1))
    world.felt = [quake(NOW)]
    world.alerts = {"a": cap("a", NOW, NOW + timedelta(hours=3))}
    bot = open_bot(office)
    Round(bot, at_nine)(NOW + timedelta(minutes=1))
    found = rows(bot, Variant)
    assert len(found) == 5
    assert all(len(each.media) == 1 and "tanpa kartu" not in " ".join(each.notes) for each in found)
    assert sum("Sumber: BMKG" in each.media[0]["alt"] for each in found) == 2


# Everything at once.


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_bad_night(
    office: Any, world: World, open_bot: Open, public: Public, at_nine: Any, seed: int
) -> None:
    """Revisions, odd values, failing lists and hours off: one post for each event, none after its end."""
    dice = Random(seed)
    bot = open_bot(alerting(alerting(office, "earthquake", "gempa"), "warning", "cuaca"))
    step = Round(bot, at_nine)
    now, shaken, count = NOW, [], 0
    for _ in range(60):
        now += timedelta(minutes=dice.choice((1, 2, 3, 5, 30, 240)))
        if dice.random() < 0.3:
            shaken.append(now - timedelta(minutes=dice.randint(0, 20)))
            world.felt.insert(0, quake(shaken[-1], f"{dice.uniform(3, 7):.1f}"))
        if world.felt and dice.random() < 0.3:
            field = dice.choice(("Magnitude", "Kedalaman", "Dirasakan", "Potensi", "Shakemap", "Wilayah"))
            world.felt[0][field] = dice.choice(
                ("", "5.5", "IV Kota Bandung", "tidak berpotensi TSUNAMI", "\u0000", "9" * 900)
            )
        if dice.random() < 0.3:
            count += 1
            ends = now + timedelta(minutes=dice.choice((10, 60, 180)))
            world.alerts[f"w{count}"] = cap(f"w{count}", now, ends, headline=f"Hujan Lebat ke-{count} ")
        if dice.random() < 0.2:
            world.fault(
                dice.choice(("html", "drop", "garbage", "short")), on=dice.choice(("gempa", "nowcast", "w"))
            )
        before = len(public("satu"))
        step(now)
        for post in public("satu")[before:]:
            (variant,) = [each for each in rows(bot, Variant) if each.text == post["text"]][-1:]
            assert variant.not_after is not None
            assert now <= variant.not_after
    said = [row for row in rows(bot, Delivery) if row.state == "sent"]
    about = [
        next(post for post in rows(bot, Post) if post.id == _post_of(bot, row)).fields["happening"]
        for row in said
    ]
    assert said
    assert len(about) == len(set(about))
    assert all(alert.kind != "unplanned" for alert in rows(bot, Alert))


def _post_of(bot: Humasbot, delivery: Any) -> int:
    return int(next(each for each in rows(bot, Variant) if each.id == delivery.variant_id).post_id)
