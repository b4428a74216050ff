"""The web page: who comes in, what they may do, and that a decision is about what was shown and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from browsing import ADDRESS, Browser
from lite import database_url  # noqa: F401
from sqlmodel import select
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from humasbot.app import Humasbot
from humasbot.errors import StateError
from humasbot.models import Agency, Audit, Delivery, Pass, Post, Receipt, Variant, utc_now
from humasbot.testing import picture
from humasbot.web import app_for
from humasbot.web.application import DOORS

Open = Callable[[dict[str, Any]], Humasbot]
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def office(settings: dict[str, Any]) -> dict[str, Any]:
    """A greeting that waits for a person."""
    settings["campaigns"]["pagi"] = {"occasion": "daily", "at": "00:00", "picture": "none"}
    return settings


@pytest.fixture
def bot(office: dict[str, Any], open_bot: Open) -> Humasbot:
    made = open_bot(office)
    assert made.speak("pagi", utc_now().astimezone(made.config.zone).date()) == 1
    return made


@pytest.fixture
def browser(bot: Humasbot) -> Browser:
    return Browser(bot).enter("Ibu Kadis")


def states(bot: Humasbot) -> dict[str, str]:
    return {row["account"]: row["state"] for row in bot.views.post(1)["variants"]}


def reworded(bot: Humasbot, account: str, **values: Any) -> None:
    number = next(row["id"] for row in bot.views.post(1)["variants"] if row["account"] == account)
    with bot.office.database.write() as session:
        variant = session.get_one(Variant, number)
        for key, value in values.items():
            setattr(variant, key, value)


# Coming in.


def test_a_link_lets_one_browser_in_once(bot: Humasbot) -> None:
    token = bot.staff.invite("Budi", actor="uji")
    first = Browser(bot).open(f"/masuk/{token}")
    first.open(f"/masuk/{token}")
    assert first.status == 200, "a program that looks at links in messages uses none up"
    first.press()
    assert "Anda sudah masuk." in first.words
    assert "Budi" in first.words
    second = Browser(bot).open(f"/masuk/{token}")
    assert (second.status, "sudah dipakai" in second.words) == (409, True)
    second.send(f"/masuk/{token}", {})
    assert second.status == 409
    assert second.open("/").status == 401
    with bot.office.database.read() as session:
        kept = [row.model_dump_json() for row in session.exec(select(Pass)).all()]
    assert len(kept) == 2
    assert not any(token in row or first.client.cookies["humasbot_masuk"] in row for row in kept)


@pytest.mark.slow
def test_a_link_is_good_for_a_day_and_a_browser_for_thirty(bot: Humasbot) -> None:
    token = bot.staff.invite("Budi", actor="uji")
    other = bot.staff.invite("Ani", actor="uji")
    inside, late = Browser(bot), Browser(bot)
    inside.send(f"/masuk/{token}", {})
    with time_machine.travel(utc_now() + timedelta(hours=24, minutes=1), tick=False):
        assert late.send(f"/masuk/{other}", {}).status == 409
        assert inside.open("/").status == 200
    with time_machine.travel(utc_now() + timedelta(days=30, minutes=1), tick=False):
        assert bot.staff.known(inside.client.cookies["humasbot_masuk"]) is None


@pytest.mark.slow
def test_whoever_is_put_out_is_out_at_once(bot: Humasbot, browser: Browser) -> None:
    link = bot.staff.invite("Ibu Kadis", actor="uji")
    assert bot.staff.revoke("Ibu Kadis", actor="cli:admin") >= 1
    assert browser.open("/").status == 401
    assert Browser(bot).open(f"/masuk/{link}").status == 409
    (row,) = bot.staff.people()
    assert (row["sessions"], row["invited"], row["revoked_at"] is None) == (0, False, False)
    acts = [(row.act, row.actor) for row in _trail(bot)]
    assert {("invited", "uji"), ("entered", "Ibu Kadis"), ("put_out", "cli:admin")} <= set(acts)


def _trail(bot: Humasbot) -> list[Any]:
    with bot.office.database.read() as session:
        return list(session.exec(select(Audit)).all())


@pytest.mark.slow
def test_going_out_ends_the_token_itself(browser: Browser, bot: Humasbot) -> None:
    token = browser.client.cookies["humasbot_masuk"]
    browser.send("/keluar", {"segel": _seal(browser)})
    assert browser.open("/").status == 401
    assert bot.staff.known(token) is None


def _seal(browser: Browser) -> str:
    return str(browser.tree.xpath("//input[@name='segel']/@value")[0])


@pytest.mark.slow
def test_the_cookie_cannot_be_read_by_scripts_nor_sent_from_elsewhere(bot: Humasbot) -> None:
    address = "https://humas.contoh.go.id"
    browser = Browser(bot, address)
    answer = browser.client.post(
        f"/masuk/{bot.staff.invite('Budi', actor='uji')}", headers={"origin": address}
    )
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303
    assert all(part in cookie for part in ("httponly", "samesite=strict", "secure", "path=/"))


# What is refused.


def test_another_host_or_another_page_gets_nothing(browser: Browser, bot: Humasbot) -> None:
    assert browser.open("/", host="jahat.example").status == 400
    browser.open("/kiriman/1")
    action, fields = browser.form("Setujui (")
    form = {"segel": dict(fields)["segel"], "lihat": [value for name, value in fields if name == "lihat"]}
    for headers in ({"origin": "https://jahat.example"}, {"origin": "null"}, {"origin": ""}):
        assert browser.send(action, form, **headers).status == 403
    for seal in ("", "0" * 64, "é"):
        assert browser.send(action, {**form, "segel": seal}).status == 403
    other = Browser(bot).enter("Budi")
    assert other.send(action, form).status == 403, "another browser's form is not ours"
    assert browser.open("/kiriman/1/setuju").status == 405, "a link changes nothing"
    assert set(states(bot).values()) == {"waiting"}
    assert browser.send(action, form).status == 200
    assert set(states(bot).values()) == {"queued"}


def test_a_viewer_sees_and_decides_nothing(bot: Humasbot) -> None:
    viewer = Browser(bot).enter("Staf", "viewer").open("/kiriman/1")
    assert viewer.status == 200
    assert viewer.tree.xpath("//main//form") == []
    seal = _seal(viewer)
    for path in ("/kiriman/1/setuju", "/kiriman/1/tolak", "/rem", "/rem/berkabung", "/usul/1", "/orang"):
        assert viewer.send(path, {"segel": seal, "pilih": "beku", "alasan": "x"}).status == 403, path
    assert bot.freezes() == []
    assert set(states(bot).values()) == {"waiting"}
    assert Browser(bot).enter("Budi", "approver").open("/orang").status == 403
    assert Browser(bot).enter("Admin", "admin").open("/orang").status == 200


def test_every_page_is_closed_to_strangers(bot: Humasbot) -> None:
    stranger = Browser(bot)
    for door in DOORS:
        if not door.role:
            continue
        path = door.path.replace("{nomor:int}", "1").replace("{varian:int}/{ke:int}/{tanda}", "1/0/x")
        path = path.replace("{kunci}", "idul_fitri_1").replace("{tanda}", "x")
        if door.show:
            assert stranger.open(path).status == 401, path
        if door.do:
            assert stranger.send(path, {"segel": ""}).status == 401, path


@pytest.mark.slow
def test_too_much_is_not_read(browser: Browser) -> None:
    assert browser.send("/rem", {"alasan": "a" * 70_000}).status == 413


def test_another_agencys_posts_are_not_there(bot: Humasbot) -> None:
    with bot.office.database.write() as session:
        session.add(Agency(name="dinas-lain", title="Dinas Lain", timezone="Asia/Jayapura"))
    other = Browser(bot).enter("Orang Lain", "admin", agency="dinas-lain")
    assert "Dinas Lain" in other.words
    assert "Tidak ada yang menunggu" in other.words
    assert other.open("/kiriman/1").status == 404
    seal = _seal(other)
    shown = [f"{row['id']}:{row['hash']}" for row in bot.desk(1).post(1)["variants"]]
    assert other.send("/kiriman/1/setuju", {"segel": seal, "lihat": shown}).status == 404
    assert other.send("/rem", {"segel": seal, "pilih": "beku", "alasan": "x"}).status == 422
    assert set(states(bot).values()) == {"waiting"}
    assert bot.freezes() == []


# Approving.


def test_approved_on_the_phone_is_queued_under_her_name(browser: Browser, bot: Humasbot) -> None:
    browser.open("/")
    assert browser.tree.xpath("//a[@class='kartu']/@href") == ["/kiriman/1"]
    browser.open("/kiriman/1")
    assert bot.views.post(1)["variants"][0]["text"] in browser.tree.xpath("//div[@class='teks']")[0].text
    browser.press("Setujui (2 akun)")
    assert "Disetujui. 2 pengiriman masuk antrean." in browser.words
    assert states(bot) == {"satu": "queued", "dua": "queued"}
    (approval,) = bot.views.delivery(1)["approvals"]
    assert approval["actor"] == "Ibu Kadis"
    assert [row.actor for row in _trail(bot) if row.act == "approved"] == ["Ibu Kadis", "Ibu Kadis"]
    assert bot.publish() == 2


def test_what_changed_since_it_was_shown_is_not_approved(browser: Browser, bot: Humasbot) -> None:
    browser.open("/kiriman/1")
    action, fields = browser.form("Setujui (")
    reworded(bot, "dua", text="Lain sama sekali.")
    browser.press("Setujui (")
    assert browser.status == 409
    assert "berubah atau sudah diputuskan sejak ditampilkan" in browser.words
    assert set(states(bot).values()) == {"waiting"}, "all or none"
    assert browser.open("/kiriman/1").press("Setujui (").status == 200
    assert browser.send(action, dict(fields)).status == 409, "twice is once"


def test_nothing_shown_is_nothing_approved(browser: Browser, bot: Humasbot) -> None:
    seal = _seal(browser)
    for shown in ([], ["x"], ["1"], ["1:"], [f"999:{'0' * 64}"]):
        assert browser.send("/kiriman/1/setuju", {"segel": seal, "lihat": shown}).status == 409
    assert set(states(bot).values()) == {"waiting"}


@pytest.mark.slow
def test_one_account_alone(browser: Browser, bot: Humasbot) -> None:
    browser.open("/kiriman/1").press("Setujui satu saja")
    assert states(bot) == {"satu": "queued", "dua": "waiting"}
    assert browser.where.startswith("/kiriman/1"), "the rest of it is shown next"
    browser.press("Tolak, jangan dikirim", alasan="sudah disampaikan lisan")
    assert states(bot) == {"satu": "queued", "dua": "refused"}
    assert "Ditolak: 1 akun" in browser.words
    assert bot.views.posts(waiting=True) == []
    browser.open("/kiriman/1")
    assert "ditolak oleh Ibu Kadis: sudah disampaikan lisan" in browser.words
    (act,) = [row for row in _trail(bot) if row.act == "refused"]
    assert act.actor == "Ibu Kadis"
    assert "sudah disampaikan lisan" in act.detail
    assert bot.publish() == 1


@pytest.mark.slow
def test_refused_as_a_whole_stays_refused(browser: Browser, bot: Humasbot) -> None:
    browser.open("/kiriman/1").press("Tolak, jangan dikirim", alasan=" ")
    assert browser.status == 422
    browser.open("/kiriman/1").press("Tolak, jangan dikirim", alasan="salah hari")
    assert set(states(bot).values()) == {"refused"}
    assert "salah hari" in bot.views.posts()[0]["skipped"]
    with pytest.raises(StateError):
        bot.approve(1, actor="cli:budi")


@pytest.mark.slow
def test_what_has_a_problem_or_is_late_has_no_button(browser: Browser, bot: Humasbot) -> None:
    reworded(bot, "dua", problems=["NIK di dalam teks"])
    browser.open("/kiriman/1")
    assert "NIK di dalam teks" in browser.words
    browser.press("Setujui 1 yang siap")
    assert states(bot) == {"satu": "queued", "dua": "waiting"}
    reworded(bot, "dua", problems=[], not_after=utc_now() - timedelta(minutes=1))
    browser.open("/kiriman/1")
    with pytest.raises(AssertionError, match="no button"):
        browser.form("Setujui (")


@pytest.mark.slow
def test_queued_is_cancelled_while_it_is_queued(browser: Browser, bot: Humasbot) -> None:
    bot.approve(1, actor="cli:budi")
    browser.open("/kiriman/1").press("Batalkan 2 pengiriman")
    assert set(states(bot).values()) == {"cancelled"}


# What comes from outside.


def test_no_page_runs_what_a_website_says(browser: Browser, bot: Humasbot) -> None:
    with bot.office.database.write() as session:
        session.get_one(Post, 1).title = EVIL
    reworded(
        bot, "satu", text=f'{EVIL} "><img src=x onerror=alert(1)>', title=EVIL, notes=[EVIL], problems=[EVIL]
    )
    reworded(bot, "dua", text=EVIL, link=f"javascript:{EVIL}")
    for path in ("/", "/kiriman/1", "/hari-ini", "/keputusan", f"/rem?pesan={EVIL}", "/?pesan=setuju&n=<b>"):
        browser.open(path)
        assert browser.status == 200
        assert "<script" not in browser.text
        assert browser.tree.xpath("//script | //*[@onerror] | //*[starts-with(@href, 'javascript')]") == []
    assert EVIL in browser.open("/kiriman/1").tree.xpath("//h1")[0].text_content()
    browser.press("Setujui dua saja")
    bot.publish()
    with bot.office.database.write() as session:
        session.exec(select(Receipt)).one().url = "javascript:alert(1)"
    for path in ("/kiriman/1", "/hari-ini"):
        assert browser.open(path).tree.xpath("//a[starts-with(@href, 'javascript')]") == []
    policy = browser.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert browser.headers["cache-control"] == "no-store"


@pytest.mark.slow
def test_pictures_only_of_ones_own(bot: Humasbot, browser: Browser, office: dict[str, Any]) -> None:
    drawn = picture(3)
    reworded(bot, "satu", media=[bot.office.media.keep(drawn)])
    browser.open("/kiriman/1")
    (source,) = browser.tree.xpath("//figure/img/@src")
    answer = browser.client.get(source)
    assert (answer.content, answer.headers["content-type"]) == (drawn.data, drawn.mime)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert browser.open(source.replace("/0/", "/1/")).status == 404
    assert browser.open(f"/gambar/99/0/{drawn.digest}").status == 404
    assert Browser(bot).open(source).status == 401


# The reader's language.


@pytest.mark.slow
def test_the_page_speaks_the_readers_language_and_records_the_offices(bot: Humasbot) -> None:
    english = Browser(bot, **{"accept-language": "en-GB,en;q=0.9"}).enter("Ann").open("/kiriman/1")
    assert "Approve (2 accounts)" in english.words
    english.press("Refuse, do not send it", alasan="too early")
    assert "Refused: 2 accounts." in english.words
    assert "ditolak oleh Ann: too early" in bot.views.posts()[0]["skipped"]
    both = Browser(bot, **{"accept-language": "en-US,en;q=0.9,id;q=0.8"}).enter("Budi")
    assert "Menunggu persetujuan" in both.words
    assert "Waiting for approval" in both.open("/?lang=en").words
    assert "Waiting for approval" in both.open("/").words, "it is remembered"


# Inside another program.


@pytest.mark.slow
def test_a_host_mounts_it_below_a_path(bot: Humasbot) -> None:
    host = Starlette(routes=[Mount("/humas", app_for(bot, address=f"{ADDRESS}/humas"))])
    client = TestClient(host, base_url=ADDRESS, follow_redirects=False)
    token = bot.staff.invite("Budi", actor="uji")
    answer = client.post(f"/humas/masuk/{token}", headers={"origin": ADDRESS})
    assert answer.headers["location"].startswith("/humas/?")
    assert "path=/humas" in answer.headers["set-cookie"].lower()
    page = client.get("/humas/")
    assert page.status_code == 200
    assert 'href="/humas/kiriman/1"' in page.text
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert client.get(style).headers["content-type"].startswith("text/css")


@pytest.mark.slow
def test_a_fault_nobody_foresaw_shows_no_words_of_its_own(
    browser: Browser, bot: Humasbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("rahasia-dalam-jejak")

    monkeypatch.setattr(type(bot.office.media), "load", broken)
    reworded(bot, "satu", media=[bot.office.media.keep(picture(3))])
    (source,) = browser.open("/kiriman/1").tree.xpath("//figure/img/@src")
    browser.open(source)
    assert browser.status == 500
    assert "rahasia" not in browser.text


@pytest.mark.slow
def test_deliveries_are_made_by_approval_alone(browser: Browser, bot: Humasbot) -> None:
    for path in ("/", "/kiriman/1", "/keputusan", "/hari-ini", "/rem", "/rem/berkabung"):
        assert browser.open(path).status == 200
    with bot.office.database.read() as session:
        assert session.exec(select(Delivery)).all() == []
