"""A stand-in of the Graph API, as far as a Facebook page's own token reaches."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from humasbot.testing.standin import Reply, Request, StandIn
from humasbot.testing.standin_meta import graph_error

PAGE, TOKEN = "104729", "EAAGrahasia0123456789"
"""The one page and its token."""
ROOT = f"/v26.0/{PAGE}"


class FacebookStandIn(StandIn):
    """Behaves as the Graph API does towards a page's own token; knows only the fields that we may send."""

    page_size = 25
    """How many posts a page of its list has at most."""

    def __init__(self) -> None:
        super().__init__()
        self.photos: dict[str, tuple[str, str]] = {}
        self.now = datetime.now(UTC)
        self.made = 0

    def handle(self, request: Request) -> Reply:
        """Whatever may be asked with the page's own token."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(
                400, graph_error(190, f"Malformed access token {request.headers.get('authorization')}")
            )
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
        """Take a picture that is not public yet."""
        if set(parts) != {"source", "published", "alt_text_custom"} or parts["published"] != b"false":
            return Reply(400, graph_error(100, f"(#100) Invalid parameter {sorted(parts)}"))
        self.made += 1
        digest = sha256(parts["source"]).hexdigest()
        self.photos[f"77{self.made}"] = (digest, parts["alt_text_custom"].decode())
        return Reply(200, {"id": f"77{self.made}"})

    def post(self, fields: dict[str, str]) -> Reply:
        """Publish."""
        if set(fields) - {"message", "link", "attached_media"} or len(fields.get("message", "")) > 63_206:
            return Reply(400, graph_error(100, "(#100) Invalid parameter"))
        photos = [item["media_fbid"] for item in json.loads(fields.get("attached_media", "[]"))]
        if len(photos) > 10 or not set(photos) <= set(self.photos):
            return Reply(400, graph_error(100, "(#100) Invalid photo"))
        self.made += 1
        post = {"id": f"{PAGE}_{self.made}", "message": fields["message"], "link": fields.get("link", "")}
        self.accepted.append({**post, "photos": photos, "created": self.now})
        return Reply(200, {"id": post["id"]})

    def page(self, request: Request) -> Reply:
        """One page of what is public, the newest first."""
        since = datetime.fromtimestamp(int(request.first("since", "0")), UTC)
        posts = [post for post in reversed(self.accepted) if post["created"] >= since]
        start = int(request.first("after", "0"))
        end = start + min(self.page_size, int(request.first("limit")))
        paging: dict[str, Any] = {"cursors": {"after": str(end)}}
        if end < len(posts):
            paging["next"] = f"{self.url}{ROOT}/posts?access_token={TOKEN}&after={end}"
        return Reply(200, {"data": [self.shown(post) for post in posts[start:end]], "paging": paging})

    def shown(self, post: dict[str, Any]) -> dict[str, Any]:
        """A post as the Graph API shows it."""
        made = post["created"].strftime("%Y-%m-%dT%H:%M:%S+0000")
        shown = {"id": post["id"], "message": post["message"], "created_time": made}
        attached = {"attachments": {"data": [{"unshimmed_url": post["link"]}]}} if post["link"] else {}
        return {**shown, **attached}

    def single(self, request: Request) -> Reply:
        """Read, change or delete one post."""
        post = next((p for p in self.accepted if request.path == f"/v26.0/{p['id']}"), None)
        if post is None:
            return Reply(400, graph_error(100, "Unsupported request", error_subcode=33))
        if request.method == "DELETE":
            self.accepted.remove(post)
            return Reply(200, {"success": True})
        if request.method == "POST":
            wish = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
            if set(wish) != {"message"} or len(wish["message"]) > 63_206:
                return Reply(400, graph_error(100, "(#100) Invalid parameter"))
            post["message"] = wish["message"]
            return Reply(200, {"success": True})
        counts = {"reactions": {"data": [], "summary": {"total_count": 12}}, "shares": {"count": 3}}
        return Reply(
            200, {**counts, "comments": {"data": [], "summary": {"total_count": 0}}, "id": post["id"]}
        )
