"""The web page: what only a person can settle, the brake, and two people's yes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from browsing import Browser
from lite import database_url  # noqa: F401
from mornings import WIB, Open, at, morning
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.errors import StateError
from humasbot.models import Audit, Consent, Receipt, Variant, Withdrawal, utc_now


@pytest.fixture
def office(settings: dict[str, Any]) -> dict[str, Any]:
    settings["accounts"] = {"satu": {"platform": "forgetful", "folder": "satu"}}
    settings["campaigns"]["pagi"] = morning()
    return settings


def acts(bot: Humasbot, actor: str) -> list[str]:
    with bot.office.database.read() as session:
        return [row.act for row in session.exec(select(Audit).where(Audit.actor == actor)).all()]


# Deliveries in doubt.


@pytest.fixture
def doubtful(office: Any, open_bot: Open, script: Any, note: Path) -> Humasbot:
    bot = open_bot(office)
    script("satu", "lost_before")
    bot.announce(str(note), actor="cli:budi")
    bot.publish()
    bot.reconcile()
    assert [row["needs_person"] for row in bot.views.deliveries(state="uncertain")] == [True]
    return bot


@pytest.mark.parametrize(
    ("button", "given", "state", "url"),
    [
        ("Ada, di alamat ini", {"alamat": "https://contoh.example/1"}, "sent", "https://contoh.example/1"),
        pytest.param("Kirim lagi", {"pasti": "ya"}, "queued", "", marks=pytest.mark.slow),
        pytest.param("Jangan kirim lagi", {}, "failed", "", marks=pytest.mark.slow),
    ],
)
def test_a_person_settles_what_is_in_doubt(
    doubtful: Humasbot, button: str, given: dict[str, str], state: str, url: str
) -> None:
    browser = Browser(doubtful).enter("Admin Humas").open("/keputusan")
    assert "Layanan KTP buka hari Sabtu" in browser.words
    browser.press(button, **given)
    assert browser.status == 200
    after = doubtful.views.delivery(1)
    assert (after["state"], after["url"]) == (state, url)
    assert "Tidak ada yang menunggu keputusan" in browser.words
    assert "Admin Humas" in str(after["timeline"])


@pytest.mark.slow
def test_in_doubt_nothing_is_sent_again_without_having_looked(doubtful: Humasbot) -> None:
    browser = Browser(doubtful).enter("Admin Humas")
    for button, given in (
        ("Kirim lagi", {}),
        ("Ada, di alamat ini", {"alamat": ""}),
        ("Ada, di alamat ini", {"alamat": "javascript:alert(1)"}),
        ("Kirim lagi", {"pilih": "semua"}),
    ):
        assert browser.open("/keputusan").press(button, **given).status == 422, button
    action, fields = browser.open("/keputusan").form("Jangan kirim lagi")
    assert browser.send(action.replace("/1", "/999"), dict(fields)).status == 404
    doubtful.resolve(1, actor="cli:budi", drop=True)
    assert browser.send(action, dict(fields)).status == 409, "another was quicker"


@pytest.mark.slow
def test_what_we_cannot_delete_is_marked_by_whoever_did(office: Any, open_bot: Open, note: Path) -> None:
    bot = open_bot(office)
    bot.announce(str(note), actor="cli:budi")
    bot.publish()
    left = bot.withdraw(1, reason="salah kirim", actor="cli:budi").left
    assert len(left) == 1
    browser = Browser(bot).enter("Admin Humas").open("/keputusan").press("Sudah saya hapus")
    assert "Dicatat sebagai sudah dihapus" in browser.words
    with bot.office.database.read() as session:
        assert session.exec(select(Withdrawal)).one().state == "gone"
    assert "deleted" in acts(bot, "Admin Humas")


# Mourning, and what it froze.


@pytest.mark.slow
def test_mourning_is_one_button_and_what_it_froze_is_decided_one_by_one(office: Any, open_bot: Open) -> None:
    office["humasbot"]["plan_ahead"] = "2d"
    today = date(2026, 12, 1)
    with time_machine.travel(at(today, 4), tick=False) as clock:
        bot = open_bot(office)
        bot.plan()
        assert len(bot.views.deliveries(state="queued")) == 2
        browser = Browser(bot).enter("Ibu Kadis").open("/rem/berkabung")
        assert bot.days.mourning() == [], "the page alone changes nothing"
        browser.press("Ya, mulai berkabung", sebab="Banjir bandang")
        assert "Masa berkabung dimulai. 2 kiriman dibekukan" in browser.words
        assert bot.views.deliveries(state="queued") == []
        assert "mourning_started" in acts(bot, "Ibu Kadis")
        first, second = (row["post"] for row in bot.days.frozen())
        _release_as_shown(browser, bot, first)
        clock.move_to(at(today, 5))
        browser.open("/keputusan").press("Tidak jadi")
        assert bot.days.frozen() == []
        assert "tidak jadi, menurut Ibu Kadis" in bot.views.post(second)["skipped"]
        browser.open("/rem").press("Akhiri masa berkabung")
        assert bot.days.mourning() == []
        assert browser.open("/rem").status == 200
        condolence = next(row["id"] for row in bot.desk(1).waiting())
        browser.open(f"/kiriman/{condolence}").press("Setujui (1 akun)")
        assert len(bot.views.deliveries(state="queued")) == 2
        clock.move_to(at(today, 6))
        assert bot.publish() == 2


def _release_as_shown(browser: Browser, bot: Humasbot, post: int) -> None:
    """Let the first one go: refused when it is not what was shown, done when it is."""
    browser.open("/keputusan")
    with bot.office.database.write() as session:
        variant = session.exec(select(Variant).where(Variant.post_id == post)).one()
        was, variant.text = variant.text, "Lain."
    assert browser.press("Lepaskan").status == 409
    assert bot.views.deliveries(state="queued") == []
    with bot.office.database.write() as session:
        session.get_one(Variant, variant.id).text = was
    action, fields = browser.open("/keputusan").form("Lepaskan")
    bare = [(name, value) for name, value in fields if name != "lihat"]
    assert browser.send(action, dict(bare)).status == 409, "nothing shown, nothing let go"
    browser.open("/keputusan").press("Lepaskan")
    assert "Dilepas. 1 pengiriman masuk antrean." in browser.words
    assert len(bot.views.deliveries(state="queued")) == 1


@pytest.mark.slow
def test_a_day_of_the_isbat_is_shifted_by_one_click(office: Any, open_bot: Open) -> None:
    eid = date(2027, 3, 10)
    with time_machine.travel(at(eid - timedelta(days=1), 10), tick=False):
        bot = open_bot(office)
        bot.plan()
        browser = Browser(bot).enter("Ibu Kadis").open("/keputusan")
        browser.press("Bergeser ke Kamis, 11 Maret 2027")
        assert "Tanggalnya ditetapkan" in browser.words
        (found,) = [each for each in bot.days.waiting() if each["key"] == "idul_fitri_1"] or [None]
        assert found is None
        assert "day_decided" in acts(bot, "Ibu Kadis")
        action, fields = "/keputusan/hari/idul_fitri_1", {"segel": _seal(browser)}
        assert browser.send(action, {**fields, "tanggal": "besok"}).status == 422
        assert browser.send(action, {**fields, "tanggal": "2027-05-10"}).status == 422
        assert browser.send("/keputusan/hari/lebaran", {**fields, "tanggal": "2027-03-11"}).status == 404


def _seal(browser: Browser) -> str:
    return str(browser.tree.xpath("//input[@name='segel']/@value")[0])


# The brake.


@pytest.mark.slow
def test_the_brake_stops_and_is_lifted(office: Any, open_bot: Open, note: Path) -> None:
    bot = open_bot(office)
    browser = Browser(bot).enter("Ibu Kadis").open("/rem")
    assert browser.press("Bekukan sekarang", alasan=" ").status == 422
    browser.open("/rem").press("Bekukan sekarang", alasan="akun diduga dibajak")
    assert "akun diduga dibajak" in browser.open("/").words
    bot.announce(str(note), actor="cli:budi")
    assert bot.publish() == 0
    browser.open("/rem").press("Lepaskan pembekuan")
    assert bot.publish() == 1
    assert {"frozen", "lifted"} <= set(acts(bot, "Ibu Kadis"))


# A day.


@pytest.mark.slow
def test_today_shows_what_went_out_and_why_not(office: Any, open_bot: Open, script: Any, note: Path) -> None:
    bot = open_bot(office)
    bot.announce(str(note), actor="cli:budi")
    bot.publish()
    other = note.with_name("lain.md")
    other.write_text("# Pasar murah\n\nPasar murah dibuka Minggu pukul 08.00 WIB.\n")
    script("satu", "refused")
    bot.announce(str(other), actor="cli:budi")
    bot.publish()
    browser = Browser(bot).enter("Admin Humas", "viewer").open("/hari-ini")
    with bot.office.database.read() as session:
        receipt = session.exec(select(Receipt)).one()
    assert receipt.url in browser.tree.xpath("//main//a/@href")
    assert "1 terkirim" in browser.words
    assert "1 gagal" in browser.words
    assert "konten ditolak" in browser.words
    tomorrow = (utc_now().astimezone(WIB).date() + timedelta(days=1)).isoformat()
    assert "Tidak ada kiriman pada hari itu" in browser.open(f"/hari-ini?hari={tomorrow}").words
    for wild in ("x", "9999-12-31", "0001-01-01", "2026-13-01"):
        assert browser.open(f"/hari-ini?hari={wild}").status == 200


# Four eyes.


@pytest.fixture
def pair(office: dict[str, Any], open_bot: Open) -> Humasbot:
    office["approval"] = {"eyes": 2}
    office["campaigns"]["pagi"] = {"occasion": "daily", "at": "00:00", "picture": "none"}
    bot = open_bot(office)
    assert bot.speak("pagi", utc_now().astimezone(bot.config.zone).date()) == 1
    return bot


def test_two_different_people_must_say_yes(pair: Humasbot) -> None:
    first, second = Browser(pair).enter("Kabid"), Browser(pair).enter("Kadis")
    action, fields = first.open("/kiriman/1").form("Setujui (1 akun)")
    first.press("Setujui (1 akun)")
    assert "Satu orang lain masih harus menyetujui" in first.words
    assert pair.views.deliveries() == []
    assert first.send(action, dict(fields)).status == 409, "the same person twice is one"
    assert "Anda sudah menyetujui" in first.open("/kiriman/1").words
    assert "1 dari 2: Kabid" in second.open("/").words
    second.open("/kiriman/1").press("Setujui (1 akun)")
    (delivery,) = pair.views.deliveries()
    (approval,) = pair.views.delivery(delivery["id"])["approvals"]
    assert approval["actor"] == "Kabid + Kadis"
    assert acts(pair, "Kabid").count("consented") == 1
    assert pair.publish() == 1


@pytest.mark.slow
def test_a_yes_to_other_words_does_not_count(pair: Humasbot) -> None:
    pair.approve(1, actor="cli:kabid")
    with pair.office.database.write() as session:
        session.exec(select(Variant)).one().text = "Lain."
    pair.approve(1, actor="Kadis")
    assert pair.views.deliveries() == []
    pair.approve(1, actor="cli:kabid")
    assert len(pair.views.deliveries()) == 1
    with pair.office.database.read() as session:
        counted = [(row.actor, row.approval_id) for row in session.exec(select(Consent)).all()]
    assert counted == [("cli:kabid", None), ("Kadis", 1), ("cli:kabid", 1)]


@pytest.mark.slow
def test_the_command_and_the_page_are_one_person(pair: Humasbot) -> None:
    assert pair.approve(1, actor="cli:kadis") == []
    with pytest.raises(StateError, match="harus dari orang lain"):
        pair.approve(1, actor="Kadis")
    assert Browser(pair).enter("Kadis").open("/kiriman/1").press("Setujui").status == 409


@pytest.mark.slow
def test_after_a_voided_approval_two_are_needed_again(pair: Humasbot) -> None:
    pair.approve(1, actor="a")
    pair.approve(1, actor="b")
    assert pair.days.start_mourning("Duka", actor="c").frozen == (1,)
    assert pair.days.release(1, actor="a") == []
    assert pair.views.deliveries(state="queued") == []
    pair.approve(1, actor="b")
    assert len(pair.views.deliveries(state="queued")) == 1


@pytest.mark.slow
def test_an_announcement_waits_for_the_second_too(pair: Humasbot, note: Path) -> None:
    (standing,) = pair.announce(str(note), actor="cli:kabid")
    assert standing.state == "draft"
    pair.announce(str(note), actor="cli:kabid")
    assert pair.views.deliveries() == []
    Browser(pair).enter("Kadis").open(f"/kiriman/{standing.post_id}").press("Setujui (1 akun)")
    assert pair.publish() == 1


@pytest.mark.slow
def test_standing_approvals_need_nobody(office: Any, open_bot: Open) -> None:
    office["approval"] = {"eyes": 2}
    office["campaigns"]["pagi"]["late"] = "send"
    bot = open_bot(office)
    assert bot.speak("pagi", utc_now().astimezone(bot.config.zone).date()) == 1
    assert len(bot.views.deliveries()) == 1
