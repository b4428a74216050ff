"""The web page: an edit of the website becomes a correction that a person has seen, a page taken back is withdrawn."""
# ruff: noqa: F811

from datetime import timedelta
from typing import Any

import pytest
from browsing import Browser
from lite import database_url  # noqa: F401
from sqlmodel import select
from website import Website, bot, newsroom, round_of, site  # noqa: F401

from humasbot.models import Variant, utc_now

pytestmark = pytest.mark.slow


def edited(bot: Any, site: Website) -> int:
    one = site.add("b/1", "Vaksinasi rabies", "Vaksinasi hari Senin. Bawa hewan ke balai desa.", guid="1")
    round_of(bot)
    assert {row["state"] for row in bot.views.deliveries()} == {"sent"}
    one.text = "Vaksinasi hari Rabu. Bawa hewan ke balai desa."
    round_of(bot)
    return int(bot.proposals()[0]["id"])


def test_an_edit_is_corrected_as_it_was_shown(bot: Any, site: Website) -> None:
    number = edited(bot, site)
    browser = Browser(bot).enter("Admin Humas").open("/keputusan")
    assert [one.text for one in browser.tree.xpath("//ins")] == ["+ Vaksinasi hari Rabu."]
    browser.open(f"/usul/{number}")
    shown = browser.tree.xpath("//div[@class='teks']")
    action, fields = browser.form("Setujui ralat ini")
    stale = [(name, "lain" if name == "ralat" else value) for name, value in fields]
    assert browser.send(action, dict(stale)).status == 409
    assert bot.proposals()[0]["state"] == "open"
    browser.open(f"/usul/{number}").press("Setujui ralat ini")
    assert "Ralat disetujui. 2 pengiriman masuk antrean." in browser.words
    assert bot.proposal(number)["decided_by"] == "Admin Humas"
    with bot.office.database.read() as session:
        said = {row.text for row in session.exec(select(Variant)).all() if row.options.get("correction")}
    assert {one.text for one in shown} == said
    correction = max(row["id"] for row in bot.views.posts())
    assert "kiriman 1 yang diralat" in browser.open(f"/kiriman/{correction}").words


def test_an_edit_is_dismissed(bot: Any, site: Website) -> None:
    number = edited(bot, site)
    Browser(bot).enter("Admin Humas").open(f"/usul/{number}").press("Abaikan")
    assert bot.proposal(number)["state"] == "dismissed"
    assert len(bot.views.posts()) == 1


def test_with_two_eyes_the_correction_waits_with_its_difference(
    bot: Any, site: Website, settings: dict[str, Any], open_bot: Any
) -> None:
    number = edited(bot, site)
    settings["approval"] = {"eyes": 2}
    bot = open_bot(settings)
    Browser(bot).enter("Kabid").open(f"/usul/{number}").press("Setujui ralat ini")
    second = Browser(bot).enter("Kadis").open("/")
    assert "ralat" in second.words
    second.open(second.tree.xpath("//a[@class='kartu']/@href")[0])
    assert second.tree.xpath("//ins")
    second.press("Setujui (2 akun)")
    assert bot.publish() == 2


def test_a_page_taken_back_is_withdrawn(bot: Any, site: Website) -> None:
    one = site.add("b/1", "Vaksinasi rabies", "Vaksinasi hari Senin.", guid="1")
    round_of(bot)
    one.page, one.listed = 404, False
    for hours in (1, 4, 8, 24, 48, 200, 224):
        bot.watch(utc_now() + timedelta(hours=hours))
    (row,) = bot.proposals()
    assert row["kind"] != "edit"
    browser = Browser(bot).enter("Admin Humas").open(f"/usul/{row['id']}")
    browser.press("Tarik kirimannya", alasan="dicabut")
    assert bot.proposal(row["id"])["state"] == "taken"
    assert "Harus dihapus sendiri" in browser.words
