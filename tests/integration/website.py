"""A website that the test writes to (a feed and pages that can be edited, taken back, and moved), and its office."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from humasbot.models import Source, utc_now

WORDS = "Warga diminta mengikuti petunjuk petugas di lapangan."


@dataclass
class News:
    """One item: its page is at ``path``; ``page`` is the status that the page answers with."""

    path: str
    title: str
    text: str
    when: datetime | None
    guid: str = ""
    page: int = 200
    listed: bool = True
    image: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


class Website:
    """Serves ``/feed`` and the pages. ``host`` is the name that the feed uses for itself; every name leads here."""

    def __init__(self) -> None:
        self.news: list[News] = []
        self.front = 200
        self.asked: list[str] = []
        self.files: dict[str, bytes] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, kind, body = site.answer(self.path)
                self.send_response(status)
                if status in (301, 302):
                    self.send_header("Location", kind)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.home = self.url
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def add(
        self,
        path: str,
        title: str,
        text: str = "",
        *,
        age: timedelta | None = timedelta(hours=1),
        **more: Any,
    ) -> News:
        text = text or f"{title}. {WORDS}"
        when = utc_now().replace(microsecond=0) - age if age is not None else None
        self.news.append(News(path, title, text, when, **more))
        return self.news[-1]

    def answer(self, path: str) -> tuple[int, str, bytes]:
        plain = path.split("?", 1)[0]
        if plain == "/feed":
            return 200, "application/rss+xml; charset=utf-8", self.feed().encode()
        if plain in self.files:
            return 200, "image/png", self.files[plain]
        if plain == "/":
            return self.front, "text/html", b"<html><title>Situs</title></html>"
        for one in self.news:
            if one.path == plain.strip("/"):
                if one.page in (301, 302):
                    return one.page, f"{self.url}/", b""
                return (
                    one.page,
                    "text/html",
                    f"<html><h1>{escape(one.title)}</h1>{escape(one.text)}</html>".encode(),
                )
        return 404, "text/html", b"<html>Tidak ditemukan</html>"

    def feed(self) -> str:
        rows = "".join(self._row(one) for one in reversed(self.news) if one.listed)
        return (
            f"<rss version='2.0'><channel><title>Situs</title><link>{self.home}</link>{rows}</channel></rss>"
        )

    def _row(self, one: News) -> str:
        date = f"<pubDate>{format_datetime(one.when)}</pubDate>" if one.when else ""
        guid = f"<guid isPermaLink='false'>{one.guid}</guid>" if one.guid else ""
        image = f"<enclosure url='{escape(one.image)}' type='image/png' length='1'/>" if one.image else ""
        return (
            f"<item>{guid}<link>{self.home}/{one.path}</link><title>{escape(one.title)}</title>"
            f"<description>{escape(one.text)}</description>{date}{image}</item>"
        )


def again(bot: Any) -> None:
    """Let every source be read at the next call."""
    from sqlmodel import select

    with bot.office.database.write() as session:
        for source in session.exec(select(Source)).all():
            source.next_at = None


def round_of(bot: Any) -> None:
    """One round of everything."""
    again(bot)
    bot.ingest()
    bot.plan()
    bot.publish()


@pytest.fixture
def site() -> Iterator[Website]:
    found = Website()
    yield found
    found.close()


@pytest.fixture
def newsroom(settings: dict[str, Any], site: Website) -> dict[str, Any]:
    settings["humasbot"]["allow_hosts"] = ["127.0.0.1"]
    settings["sources"]["situs"] = {"kind": "feed", "url": f"{site.url}/feed"}
    settings["campaigns"]["berita"] = {
        "occasion": "article", "source": "situs", "template": "announcement", "approval": "policy", "picture": "none",
    }  # fmt: skip
    return settings


@pytest.fixture
def bot(newsroom: dict[str, Any], open_bot: Any) -> Any:
    found = open_bot(newsroom)
    round_of(found)
    return found
