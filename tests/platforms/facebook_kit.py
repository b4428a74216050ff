"""A stand-in of the Graph API, as far as a page's own token reaches, and its harness."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import parse_qs

from humasbot.platforms.facebook import Facebook
from humasbot.testing import (
    Fault,
    Reply,
    Request,
    Seen,
    StandIn,
    StandInHarness,
    When,
)

PAGE, TOKEN = "104729", "EAAGrahasia0123456789"
ROOT = f"/v26.0/{PAGE}"


def error(code: int, message: str = "(#1) Pesan dari Facebook", **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}}


class Graph(StandIn):
    """Behaves as the Graph API does towards a page's own token; knows only the fields that we may send."""

    page_size = 25

    def __init__(self) -> None:
        super().__init__()
        self.photos: dict[str, tuple[str, str]] = {}
        self.now = datetime.now(UTC)
        self.made = 0

    def handle(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(400, error(190, f"Malformed access token {request.headers.get('authorization')}"))
        if request.at("POST", f"{ROOT}/photos"):
            return self.upload(request.parts())
        if request.at("POST", f"{ROOT}/feed"):
            return self.post({name: values[0] for name, values in parse_qs(request.body.decode()).items()})
        if request.at("GET", f"{ROOT}/posts"):
            return self.page(request)
        if request.at("GET", ROOT):
            return Reply(200, {"name": "Pemkab Contoh", "id": PAGE})
        return self.single(request)

    def upload(self, parts: dict[str, bytes]) -> Reply:
        if set(parts) != {"source", "published", "alt_text_custom"} or parts["published"] != b"false":
            return Reply(400, error(100, f"(#100) Invalid parameter {sorted(parts)}"))
        self.made += 1
        digest = sha256(parts["source"]).hexdigest()
        self.photos[f"77{self.made}"] = (digest, parts["alt_text_custom"].decode())
        return Reply(200, {"id": f"77{self.made}"})

    def post(self, fields: dict[str, str]) -> Reply:
        if set(fields) - {"message", "link", "attached_media"} or len(fields.get("message", "")) > 63_206:
            return Reply(400, error(100, "(#100) Invalid parameter"))
        photos = [item["media_fbid"] for item in json.loads(fields.get("attached_media", "[]"))]
        if len(photos) > 10 or not set(photos) <= set(self.photos):
            return Reply(400, error(100, "(#100) Invalid photo"))
        self.made += 1
        post = {"id": f"{PAGE}_{self.made}", "message": fields["message"], "link": fields.get("link", "")}
        self.accepted.append({**post, "photos": photos, "created": self.now})
        return Reply(200, {"id": post["id"]})

    def page(self, request: Request) -> Reply:
        since = datetime.fromtimestamp(int(request.first("since", "0")), UTC)
        posts = [post for post in reversed(self.accepted) if post["created"] >= since]
        start = int(request.first("after", "0"))
        end = start + min(self.page_size, int(request.first("limit")))
        paging: dict[str, Any] = {"cursors": {"after": str(end)}}
        if end < len(posts):
            paging["next"] = f"{self.url}{ROOT}/posts?access_token={TOKEN}&after={end}"
        return Reply(200, {"data": [self.shown(post) for post in posts[start:end]], "paging": paging})

    def shown(self, post: dict[str, Any]) -> dict[str, Any]:
        made = post["created"].strftime("%Y-%m-%dT%H:%M:%S+0000")
        shown = {"id": post["id"], "message": post["message"], "created_time": made}
        attached = {"attachments": {"data": [{"unshimmed_url": post["link"]}]}} if post["link"] else {}
        return {**shown, **attached}

    def single(self, request: Request) -> Reply:
        post = next((p for p in self.accepted if request.path == f"/v26.0/{p['id']}"), None)
        if post is None:
            return Reply(400, error(100, "Unsupported request", error_subcode=33))
        if request.method == "DELETE":
            self.accepted.remove(post)
            return Reply(200, {"success": True})
        if request.method == "POST":
            wish = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
            if set(wish) != {"message"} or len(wish["message"]) > 63_206:
                return Reply(400, error(100, "(#100) Invalid parameter"))
            post["message"] = wish["message"]
            return Reply(200, {"success": True})
        counts = {"reactions": {"data": [], "summary": {"total_count": 12}}, "shares": {"count": 3}}
        return Reply(
            200, {**counts, "comments": {"data": [], "summary": {"total_count": 0}}, "id": post["id"]}
        )


USAGE = {
    "X-Business-Use-Case-Usage": json.dumps(
        {PAGE: [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 3}]}
    )
}


class FacebookHarness(StandInHarness):
    platform = Facebook
    server: Graph
    wait = timedelta(minutes=3)
    calls: ClassVar = {
        When.PREPARING: f"POST {ROOT}/photos",
        When.PUBLISHING: f"POST {ROOT}/feed",
        When.LOOKING: "GET |DELETE ",
        When.EDITING: f"POST /v26.0/{PAGE}_",
    }
    refusals: ClassVar = {
        Fault.RATE_LIMIT: Reply(400, error(32), USAGE),
        Fault.AUTH_DEAD: Reply(400, error(190, f"Bad token {TOKEN}")),
        Fault.REFUSED: Reply(400, error(368)),
    }

    def posts(self) -> list[Seen]:
        return [
            Seen(
                post["id"],
                post["message"],
                post["link"],
                tuple(self.server.photos[photo][0] for photo in post["photos"]),
                tuple(self.server.photos[photo][1] for photo in post["photos"]),
                f"https://www.facebook.com/{post['id']}",
            )
            for post in self.server.accepted
        ]

    def uploads(self) -> int:
        return len(self.server.photos)

    def age(self, by: timedelta) -> None:
        for post in self.server.accepted:
            post["created"] -= by


def settings(graph: Graph) -> dict[str, str]:
    return {"page_id": PAGE, "token": TOKEN, "base_url": graph.url}
