"""Source → Article → Post → Variant → Approval → Delivery, as the daemon walks it."""

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlmodel import select
from test_outbox import rows, states

from humasbot.app import Humasbot
from humasbot.errors import NotFoundError, StateError
from humasbot.models import Article, Delivery, Post, Source, utc_now

WIB = ZoneInfo("Asia/Jakarta")


class Site:
    """A website with a feed that the test writes to."""

    def __init__(self) -> None:
        self.items: list[tuple[str, str, str, datetime]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.feed().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, key: str, title: str, text: str = "", age: timedelta = timedelta(hours=1)) -> None:
        text = text or f"{title}. Warga diminta mengikuti petunjuk petugas di lapangan."
        self.items.append((key, title, text, utc_now() - age))

    def feed(self) -> str:
        entries = "".join(
            f"<item><guid isPermaLink='false'>{key}</guid><link>{self.url}/{key}</link><title>{title}</title>"
            f"<description>{text}</description><pubDate>{format_datetime(moment)}</pubDate></item>"
            for key, title, text, moment in reversed(self.items)
        )
        return f"<rss version='2.0'><channel><title>Situs</title><link>{self.url}</link>{entries}</channel></rss>"


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def newsroom(settings: dict[str, Any], site: Site) -> dict[str, Any]:
    settings["humasbot"]["allow_hosts"] = ["127.0.0.1"]
    settings["sources"]["situs"] = {"kind": "feed", "url": f"{site.url}/feed"}
    settings["campaigns"]["berita"] = {
        "occasion": "article",
        "source": "situs",
        "template": "announcement",
        "approval": "policy",
        "picture": "none",
    }
    return settings


def again(bot: Humasbot) -> None:
    """Let every source be read at the next call."""
    with bot.office.database.write() as session:
        for source in session.exec(select(Source)).all():
            source.next_at = None


def round_of(bot: Humasbot) -> None:
    again(bot)
    bot.ingest()
    bot.plan()
    bot.publish()


def test_first_sight_never_floods(newsroom: dict[str, Any], open_bot: Any, site: Site, public: Any) -> None:
    for day in range(2, 22):
        site.add(f"lama{day}", f"Berita lama ke-{day} dari arsip", age=timedelta(days=day))
    site.add("baru", "Pompa banjir Tirta Asri beroperasi", age=timedelta(hours=2))
    bot = open_bot(newsroom)
    round_of(bot)
    assert [post["text"].splitlines()[0] for post in public("satu")] == ["Pompa banjir Tirta Asri beroperasi"]
    assert bot.views.sources()[0]["articles"] == {"known": 20, "new": 1}
    round_of(bot)
    assert len(public("satu")) == len(public("dua")) == 1


def test_new_article_goes_everywhere_once_with_link(
    newsroom: Any, open_bot: Any, site: Site, public: Any
) -> None:
    bot = open_bot(newsroom)
    round_of(bot)
    site.add("a1", "Jadwal vaksinasi rabies")
    site.add("a2", "Lowongan tenaga kebersihan")
    round_of(bot)
    round_of(bot)
    texts = [post["text"] for post in public("dua")]
    assert len(texts) == 2
    assert all(f"{site.url}/a" in text and text.endswith("— Diskominfo") for text in texts)


def test_junk_is_held_until_a_person_releases_it(
    newsroom: Any, open_bot: Any, site: Site, public: Any
) -> None:
    bot = open_bot(newsroom)
    round_of(bot)
    site.add("t1", "tes", text="tes")
    round_of(bot)
    assert public("satu") == []
    (held,) = bot.views.articles(state="held")
    assert held["note"]
    bot.release(held["id"])
    round_of(bot)
    assert len(public("satu")) == 1
    with pytest.raises(StateError):
        bot.release(held["id"])


def test_edited_article_is_not_posted_anew(newsroom: Any, open_bot: Any, site: Site, public: Any) -> None:
    bot = open_bot(newsroom)
    round_of(bot)
    site.add("a1", "Jadwal vaksinasi rabies")
    round_of(bot)
    key, title, _, moment = site.items.pop()
    site.items.append(
        (key, title + " diperbarui", "Jadwal berubah ke hari Rabu, warga mohon maklum.", moment)
    )
    round_of(bot)
    assert len(public("satu")) == 1
    with bot.office.database.read() as session:
        article = session.exec(select(Article).where(Article.key == "a1")).one()
    assert article.title.endswith("diperbarui")
    assert article.changed_at is not None


def test_changed_guid_is_the_same_article(newsroom: Any, open_bot: Any, site: Site, public: Any) -> None:
    bot = open_bot(newsroom)
    round_of(bot)
    site.add("a1", "Jadwal vaksinasi rabies")
    round_of(bot)
    _, title, text, moment = site.items.pop()
    site.items.append(("lain", title, text, moment))
    round_of(bot)
    assert len(public("satu")) == 1


def test_what_came_while_we_were_off_still_goes_out(
    newsroom: Any, open_bot: Any, site: Site, public: Any
) -> None:
    bot = open_bot(newsroom)
    round_of(bot)
    with bot.office.database.write() as session:
        session.exec(select(Source)).one().read_at = utc_now() - timedelta(days=4)
    site.add("a1", "Pengumuman tiga hari lalu", age=timedelta(days=3))
    round_of(bot)
    assert len(public("satu")) == 1


def test_unreachable_source_is_told_and_read_later(newsroom: Any, open_bot: Any, site: Site) -> None:
    bot = open_bot(newsroom)
    site.server.shutdown()
    site.server.server_close()
    assert bot.ingest() == 0
    (source,) = bot.views.sources()
    assert source["failures"] == 1
    assert "127.0.0.1" in source["last_error"]
    assert source["next_at"] > utc_now() + timedelta(minutes=4)


def test_internal_site_is_refused_unless_allowed(newsroom: Any, open_bot: Any, site: Site) -> None:
    newsroom["humasbot"]["allow_hosts"] = []
    bot = open_bot(newsroom)
    bot.ingest()
    assert "allow_hosts" in bot.views.sources()[0]["last_error"]


def test_one_account_says_one_page_once_whatever_the_campaign(
    newsroom: Any, open_bot: Any, site: Site, public: Any
) -> None:
    newsroom["campaigns"]["kedua"] = dict(newsroom["campaigns"]["berita"], accounts=["satu"])
    bot = open_bot(newsroom)
    round_of(bot)
    site.add("a1", "Jadwal vaksinasi rabies")
    round_of(bot)
    assert len(public("satu")) == 1
    assert len(public("dua")) == 1


def test_person_approves_before_anything_leaves(
    newsroom: Any, open_bot: Any, site: Site, public: Any
) -> None:
    newsroom["campaigns"]["berita"]["approval"] = "person"
    bot = open_bot(newsroom)
    round_of(bot)
    site.add("a1", "Jadwal vaksinasi rabies")
    round_of(bot)
    assert public("satu") == []
    (waiting,) = bot.views.posts(waiting=True)
    assert len(bot.approve(waiting["id"], actor="kepala")) == 2
    bot.publish()
    assert len(public("satu")) == 1
    assert bot.views.posts(waiting=True) == []
    with pytest.raises(StateError):
        bot.approve(waiting["id"], actor="kepala")


def test_refused_post_is_never_sent(newsroom: Any, open_bot: Any, site: Site, public: Any) -> None:
    newsroom["campaigns"]["berita"]["approval"] = "person"
    bot = open_bot(newsroom)
    round_of(bot)
    site.add("a1", "Jadwal vaksinasi rabies")
    round_of(bot)
    (waiting,) = bot.views.posts(waiting=True)
    bot.cancel(waiting["id"], actor="kepala")
    assert bot.views.posts(waiting=True) == []
    round_of(bot)
    assert public("satu") == []


def test_dry_run_account_is_composed_and_never_sent(
    newsroom: Any, open_bot: Any, site: Site, public: Any
) -> None:
    newsroom["accounts"]["dua"]["dry_run"] = True
    bot = open_bot(newsroom)
    round_of(bot)
    site.add("a1", "Jadwal vaksinasi rabies")
    round_of(bot)
    assert (len(public("satu")), public("dua")) == (1, [])
    variants = {row["account"]: row for row in bot.views.post(1)["variants"]}
    assert variants["dua"]["state"] == "dry-run"
    assert "Jadwal vaksinasi rabies" in variants["dua"]["text"]


@pytest.fixture
def greeter(settings: dict[str, Any]) -> dict[str, Any]:
    settings["humasbot"]["plan_ahead"] = "1h"
    settings["campaigns"]["pagi"] = {
        "occasion": "daily",
        "at": "06:00",
        "template": "greeting",
        "card": "greeting",
        "approval": "policy",
        "late": "skip",
    }
    return settings


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=WIB)


def test_greeting_leaves_at_its_local_time_with_a_card(greeter: Any, open_bot: Any, public: Any) -> None:
    with time_machine.travel(local(1, 4), tick=False) as clock:
        bot = open_bot(greeter)
        assert bot.plan() == 0
        clock.move_to(local(1, 5, 30))
        assert bot.plan() == 1
        assert bot.plan() == 0
        assert bot.publish() == 0
        clock.move_to(local(1, 6))
        assert bot.publish() == 2
    (post,) = public("satu")
    assert "Selasa, 1 Desember 2026" in post["text"]
    assert post["alt"][0].startswith("Kartu ucapan dari Dinas Kominfo Kota Contoh")


def test_preview_is_what_goes_out(greeter: Any, open_bot: Any, public: Any) -> None:
    with time_machine.travel(local(1, 4), tick=False) as clock:
        bot = open_bot(greeter)
        drafts = {draft.account.name: draft for draft in bot.preview("pagi", date(2026, 12, 2))}
        clock.move_to(local(2, 6))
        bot.plan()
        bot.publish()
        assert public("satu")[-1]["text"] == drafts["satu"].text
        media = bot.views.delivery(1)["media"]
    assert media[0]["digest"] == drafts["satu"].media[0].digest


def test_machine_off_in_the_morning_skips_the_greeting_with_a_reason(
    greeter: Any, open_bot: Any, public: Any
) -> None:
    with time_machine.travel(local(1, 4), tick=False) as clock:
        bot = open_bot(greeter)
        clock.move_to(local(1, 14))
        bot.plan()
        bot.publish()
        (post,) = bot.views.posts()
    assert public("satu") == []
    assert "terlambat" in post["skipped"]


def test_planned_but_off_at_its_time_is_cancelled_not_sent_late(
    greeter: Any, open_bot: Any, public: Any
) -> None:
    with time_machine.travel(local(1, 5, 30), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        clock.move_to(local(1, 14))
        bot.publish()
    assert public("satu") == []
    assert states(bot) == ["cancelled", "cancelled"]


def test_a_little_late_still_goes_out(greeter: Any, open_bot: Any, public: Any) -> None:
    with time_machine.travel(local(1, 4), tick=False) as clock:
        bot = open_bot(greeter)
        clock.move_to(local(1, 7))
        bot.plan()
        bot.publish()
    assert len(public("satu")) == 1


def test_week_of_greetings_each_day_one_and_none_alike(greeter: Any, open_bot: Any, public: Any) -> None:
    with time_machine.travel(local(1, 4), tick=False) as clock:
        bot = open_bot(greeter)
        for day in range(1, 8):
            clock.move_to(local(day, 6))
            bot.plan()
            bot.plan()
            bot.publish()
    texts = [post["text"] for post in public("satu")]
    assert len(texts) == len(set(texts)) == 7


def test_only_on_named_days(greeter: Any, open_bot: Any, public: Any) -> None:
    greeter["campaigns"]["pagi"]["days"] = ["rabu"]
    with time_machine.travel(local(1, 4), tick=False) as clock:
        bot = open_bot(greeter)
        for day in range(1, 9):
            clock.move_to(local(day, 6))
            bot.plan()
            bot.publish()
    assert len(public("satu")) == 1
    assert "Rabu, 2 Desember 2026" in public("satu")[0]["text"]


def test_speak_makes_one_occasion_now_and_once(greeter: Any, open_bot: Any, public: Any) -> None:
    with time_machine.travel(local(1, 7), tick=False):
        bot = open_bot(greeter)
        number = bot.speak("pagi", date(2026, 12, 1))
        assert number is not None
        assert bot.speak("pagi", date(2026, 12, 1)) is None
        bot.publish()
        assert len(public("satu")) == 1
        with pytest.raises(NotFoundError):
            bot.speak("siang", date(2026, 12, 1))


def test_account_removed_from_the_file_sends_no_more(greeter: Any, open_bot: Any, public: Any) -> None:
    with time_machine.travel(local(1, 5, 30), tick=False) as clock:
        bot = open_bot(greeter)
        bot.plan()
        del greeter["accounts"]["dua"]
        second = open_bot(greeter)
        clock.move_to(local(1, 6))
        second.publish()
    assert (len(public("satu")), public("dua")) == (1, [])
    assert sorted(states(second)) == ["queued", "sent"]


def test_post_per_occasion_is_unique_in_the_database(greeter: Any, open_bot: Any) -> None:
    from sqlalchemy.exc import IntegrityError

    with time_machine.travel(local(1, 5, 30), tick=False):
        bot = open_bot(greeter)
        bot.plan()
    (post,) = rows(bot, Post)
    twin = Post(**post.model_dump(exclude={"id"}))
    with pytest.raises(IntegrityError), bot.office.database.write() as session:
        session.add(twin)
    (delivery, _) = rows(bot, Delivery)
    other = Delivery(**{**delivery.model_dump(exclude={"id"}), "key": "another", "state": "cancelled"})
    with pytest.raises(IntegrityError), bot.office.database.write() as session:
        session.add(other)
