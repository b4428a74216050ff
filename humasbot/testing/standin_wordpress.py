"""A stand-in of WordPress' REST interface for one author: posts, pictures, categories, trash.

What it does was seen on a real WordPress, which ``tests/live/test_wordpress_publisher.py`` runs the same suite on.
"""

import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from html import unescape
from itertools import count
from typing import Any

from humasbot.testing.standin import Reply, Request, StandIn


def refusal(status: int, code: str, message: str = "Maaf.") -> Reply:
    """An error as WordPress words it."""
    return Reply(status, {"code": code, "message": message, "data": {"status": status}})


def text_of(content: str) -> str:
    """The plain text of what we store: its paragraphs, parted by a blank line."""
    paragraphs = re.findall(r"<p>(.*?)</p>", content, re.DOTALL)
    return "\n\n".join(unescape(re.sub(r"<[^>]+>", "", part.replace("<br>", "\n"))) for part in paragraphs)


def images_of(content: str) -> list[tuple[int, str]]:
    """Number and alternative text of each picture inside *content*."""
    images = re.findall(r'<img src="[^"]*" alt="([^"]*)" class="wp-image-(\d+)"', content)
    return [(int(number), unescape(alt)) for alt, number in images]


class WordPressStandIn(StandIn):
    """A site; ``stored`` are its posts of any status by number, ``library`` its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.user, self.password = "humas", "abcd EFGH 1234 uji0"
        self.name = "Humas Uji"
        self.capabilities: dict[str, bool] = dict.fromkeys(
            ("publish_posts", "upload_files", "edit_posts"), True
        )
        self.categories = [{"id": 7, "name": "Ekonomi &amp; Desa", "slug": "ekonomi-desa"}]
        self.stored: dict[int, dict[str, Any]] = {}
        self.library: dict[int, dict[str, Any]] = {}
        self._ids = count(101)

    def public(self) -> list[dict[str, Any]]:
        """What readers see, in the order of publication."""
        out = [post for post in self.stored.values() if post["status"] == "publish"]
        return sorted(out, key=lambda post: int(post["turn"]))

    def handle(self, request: Request) -> Reply:
        """Carry out one request."""
        found = re.fullmatch(r"/wp-json/wp/v2/(\w+)(?:/(\w+))?", request.path)
        if found is None:
            return Reply(404, "<h1>Tidak ditemukan</h1>", mime="text/html")
        login = b64encode(f"{self.user}:{self.password}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return refusal(401, "incorrect_password", "Kata sandi aplikasi salah.")
        match (request.method, found[1], found[2]):
            case ("GET", "users", "me"):
                return Reply(200, {"id": 1, "name": self.name, "capabilities": self.capabilities})
            case ("GET", "categories", None):
                word = request.first("search").lower()
                return Reply(200, [c for c in self.categories if word in str([c["name"], c["slug"]]).lower()])
            case ("POST", "media", None):
                return self._upload(request)
            case ("GET", "media", None):
                wanted = [int(number) for number in request.first("include").split(",")]
                return Reply(200, [{"id": number} for number in wanted if number in self.library])
            case ("GET", "posts", None):
                return self._listed(request)
            case ("POST", "posts", None):
                return self._changed({"id": next(self._ids), "slug": "", "date_gmt": None}, request, 201)
            case ("POST", "posts", number) if number and int(number) in self.stored:
                return self._changed(self.stored[int(number)], request, 200)
            case ("GET", "posts", number) if number and int(number) in self.stored:
                post = self.stored[int(number)]
                return Reply(200, {"status": post["status"], "content": {"raw": post["content"]}})
            case ("DELETE", "posts", number) if number and int(number) in self.stored:
                return self._trashed(self.stored[int(number)])
            case (_, "posts", _):
                return refusal(404, "rest_post_invalid_id", "ID pos tidak sah.")
        return refusal(404, "rest_no_route")

    def _upload(self, request: Request) -> Reply:
        parts = request.parts()
        data = parts.get("file", b"")
        if not data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")):
            return refusal(500, "rest_upload_unknown_error")
        # As sanitize_text_field does: what looks like a tag is taken out.
        alt = re.sub(r"<[^>]*>", "", parts.get("alt_text", b"").decode())
        number = next(self._ids)
        self.library[number] = {"sha256": sha256(data).hexdigest(), "alt": unescape(alt)}
        return Reply(201, {"id": number, "source_url": f"{self.url}/wp-content/uploads/{number}.jpg"})

    def _listed(self, request: Request) -> Reply:
        if not self.capabilities["edit_posts"]:
            return refusal(400, "rest_invalid_param", "Parameter tidak sah: status")
        slugs, statuses = request.first("slug").split(","), request.first("status", "publish").split(",")
        found = [p for p in self.stored.values() if p["slug"] in slugs and p["status"] in statuses]
        return Reply(200, [self._told(post) for post in reversed(found)])

    def _changed(self, post: dict[str, Any], request: Request, status: int) -> Reply:
        wish = request.json()
        if not self.capabilities["publish_posts"] and wish.get("status") == "publish":
            return refusal(403, "rest_cannot_publish", "Anda tidak boleh menerbitkan pos.")
        was = post.get("status")
        post.update(wish)
        self.stored[post["id"]] = post
        if wish.get("featured_media") not in self.library and "featured_media" in wish:
            post["featured_media"] = 0  # and not a word about it
        if post["status"] == "publish" and was != "publish":
            others = {p["slug"] for p in self.stored.values() if p is not post}
            while post["slug"] in others:
                post["slug"] += "-2"
            post |= {"turn": next(self._ids), "date_gmt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")}
        return Reply(status, self._told(post))

    def _trashed(self, post: dict[str, Any]) -> Reply:
        if post["status"] == "trash":
            return refusal(410, "rest_already_trashed")
        post |= {"status": "trash", "slug": f"{post['slug']}__trashed"}
        return Reply(200, self._told(post))

    def _told(self, post: dict[str, Any]) -> dict[str, Any]:
        link = f"{self.url}/{post['slug']}/" if post["status"] == "publish" else f"{self.url}/?p={post['id']}"
        return {name: post[name] for name in ("id", "slug", "status", "date_gmt")} | {"link": link}
