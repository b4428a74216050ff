"""A small stand-in for WordPress's REST lists: what they answer as the handbook says, with a clock of its own."""

import json
import socket
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

from odd_server import Asked, OddServer, answer

ZONE = timedelta(hours=7)


@dataclass(frozen=True)
class Post:
    id: int
    title: str
    date: datetime
    modified: datetime
    kind: str = "posts"
    content: str = "<p>Isi berita yang cukup panjang untuk dibaca warga.</p>"
    extra: dict[str, Any] = field(default_factory=dict, hash=False)

    def raw(self, site: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "date": _iso(self.date + ZONE),
            "date_gmt": _iso(self.date),
            "modified": _iso(self.modified + ZONE),
            "modified_gmt": _iso(self.modified),
            "link": f"{site}/berita/{self.id}/",
            "title": {"rendered": self.title},
            "content": {"rendered": self.content, "protected": False},
            "excerpt": {"rendered": "", "protected": False},
            **self.extra,
        }


class FakeWordPress:
    """Serves ``/wp-json/wp/v2/…`` (or, with ``pretty = False``, only ``?rest_route=``)."""

    def __init__(self, server: OddServer, now: datetime) -> None:
        self.server = server
        self.url = server.url
        self.now = now
        self.posts: dict[int, Post] = {}
        self.pretty = True
        self.knows_modified_after = True
        self.before_json = b""
        server.routes["*"] = self.talk

    def publish(self, title: str, *, when: datetime | None = None, kind: str = "posts", **extra: Any) -> int:
        """A post made in one go: ``modified`` is then its date, even one in the past, as in ``wp_insert_post``."""
        number = 10 + len(self.posts)
        self.posts[number] = Post(number, title, when or self.now, when or self.now, kind, extra=extra)
        return number

    def schedule(self, title: str, when: datetime) -> int:
        """A draft that was given a date in the future: ``modified`` is the moment of that edit, and stays so."""
        number = self.publish(title, when=when)
        self.posts[number] = replace(self.posts[number], modified=self.now)
        return number

    def trash(self, number: int) -> None:
        self.posts[number] = replace(self.posts[number], kind="trash")

    def edit(self, number: int, title: str) -> None:
        self.posts[number] = replace(self.posts[number], title=title, modified=self.now)

    def talk(self, sock: socket.socket, asked: Asked) -> None:
        query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
        path = asked.path
        if path.startswith("/wp-json/"):
            if not self.pretty:
                return answer(sock, b"<html>Tidak ditemukan</html>", 404, {"Content-Type": "text/html"})
            path = path.removeprefix("/wp-json")
        else:
            path = query.get("rest_route", "")
        if not path.startswith("/wp/v2/"):
            return answer(sock, b"<html>Beranda</html>", 200, {"Content-Type": "text/html"})
        return self.listing(sock, path.rsplit("/", 1)[-1], query)

    def listing(self, sock: socket.socket, kind: str, query: dict[str, str]) -> None:
        shown = [post for post in self.posts.values() if post.kind == kind and post.date <= self.now]
        if "include" in query:
            wanted = {int(number) for number in query["include"].split(",")}
            shown = [post for post in shown if post.id in wanted]
        if "after" in query:
            shown = [post for post in shown if post.date > _read(query["after"])]
        if "modified_after" in query and self.knows_modified_after:
            shown = [post for post in shown if post.modified > _read(query["modified_after"])]
        key = query.get("orderby", "date")
        shown.sort(
            key=lambda post: (getattr(post, key), post.id), reverse=query.get("order", "desc") == "desc"
        )
        per_page, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        assert 1 <= per_page <= 100
        pages = -(-len(shown) // per_page)
        headers = {"Content-Type": "application/json", "X-WP-TotalPages": str(pages)}
        headers["Date"] = format_datetime(self.now, usegmt=True)
        if page > max(pages, 1):
            body = json.dumps({"code": "rest_post_invalid_page_number", "message": "…"}).encode()
            return answer(sock, body, 400, headers)
        raws = [post.raw(self.url) for post in shown[(page - 1) * per_page : page * per_page]]
        if "_fields" in query:
            raws = [{name: raw[name] for name in query["_fields"].split(",") if name in raw} for raw in raws]
        return answer(sock, self.before_json + json.dumps(raws).encode(), 200, headers)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
