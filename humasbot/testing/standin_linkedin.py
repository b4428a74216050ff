"""A stand-in for LinkedIn's REST interface with one organisation's page, as strict as its documentation."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from humasbot.platforms.linkedin_text import RESERVED, plain
from humasbot.testing.standin import Reply, Request, StandIn

FIELDS = frozenset(
    {
        "author",
        "commentary",
        "visibility",
        "distribution",
        "lifecycleState",
        "isReshareDisabledByAuthor",
        "content",
    }
)
NEEDED = FIELDS - {"isReshareDisabledByAuthor", "content"}
_WHOLE = re.compile(r"\{hashtag\|\\#\|[^{}|]+\}|\\.|[^" + re.escape(RESERVED) + "]", re.DOTALL)


def refused(status: int, code: str, message: str) -> Reply:
    """An error as LinkedIn words it."""
    return Reply(status, {"status": status, "code": code, "message": message, "serviceErrorCode": 100})


def shown(commentary: str) -> str:
    """What readers see of a *commentary*: LinkedIn stops, without an error, at an unescaped reserved character."""
    end = 0
    while found := _WHOLE.match(commentary, end):
        end = found.end()
    return plain(commentary[:end])


class LinkedInStandIn(StandIn):
    """One page; ``accepted`` holds its posts as they were sent, oldest first, with ``id`` and ``created`` (aware).

    ``images`` maps URNs to dicts of ``data`` (``None`` until uploaded) and ``looks``: how many looks at a new one say
    that it is not ready, from ``processing``. Versions below ``oldest`` are closed.
    ``deaf`` partial updates are answered, and not made.
    """

    page_size = 100

    def __init__(self) -> None:
        super().__init__()
        self.token = "AQrahasia0123456789"  # noqa: S105 – opens nothing but this stand-in
        self.number = "2414183"
        self.images: dict[str, dict[str, Any]] = {}
        self.uploads = 0
        self.processing = 0
        self.oldest = "202512"
        self.rights = {"read", "write"}
        self.made = 0
        self.deaf = 0

    @property
    def owner(self) -> str:
        """The page's URN."""
        return f"urn:li:organization:{self.number}"

    def age(self, by: timedelta) -> None:
        """Make every post look *by* older."""
        for post in self.accepted:
            post["created"] -= by

    def handle(self, request: Request) -> Reply:
        """Carry out one request."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return refused(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
        if found := request.at("PUT", r"/dms-uploads/(.+)"):
            return self._put(unquote(found[1]), request)
        version = request.headers.get("linkedin-version", "")
        if version < self.oldest:
            return refused(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            return refused(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version")
        right = "read" if request.method == "GET" else "write"
        if right not in self.rights:
            return refused(403, "ACCESS_DENIED", f"Not enough permissions to access: {request.path}")
        return self._route(request)

    def _route(self, request: Request) -> Reply:
        if request.at("POST", "/rest/images") and request.first("action") == "initializeUpload":
            return self._initialize(request)
        if found := request.at("GET", "/rest/images/([^/]+)"):
            return self._image(unquote(found[1]))
        if request.at("POST", "/rest/posts"):
            return self._create(request.json())
        if request.at("GET", "/rest/posts"):
            return self._find(request)
        if found := request.at("GET", "/rest/posts/([^/]+)"):
            post = self._post(unquote(found[1]))
            return Reply(200, self._shown(post)) if post else refused(404, "NOT_FOUND", "post")
        if found := request.at("POST", "/rest/posts/([^/]+)"):
            return self._update(unquote(found[1]), request)
        if request.at("GET", f"/rest/organizations/{self.number}"):
            return Reply(200, {"localizedName": "Pemkab Contoh", "id": int(self.number)})
        if request.at("GET", "/rest/organizationalEntityShareStatistics"):
            figures = {"impressionCount": 90, "likeCount": 7, "shareCount": 2, "commentCount": 1}
            return Reply(200, {"elements": [{"totalShareStatistics": figures}], "paging": {}})
        if found := request.at("DELETE", "/rest/posts/([^/]+)"):
            # Deletion is idempotent: what is gone answers as what is deleted now.
            self.accepted = [post for post in self.accepted if post["id"] != unquote(found[1])]
            return Reply(204)
        return refused(404, "RESOURCE_NOT_FOUND", "No virtual resource found")

    def _initialize(self, request: Request) -> Reply:
        if request.json() != {"initializeUploadRequest": {"owner": self.owner}}:
            return refused(400, "INVALID_ARGUMENT", "initializeUploadRequest")
        self.made += 1
        urn = f"urn:li:image:C4E{self.made:06d}"
        self.images[urn] = {"data": None, "looks": self.processing}
        value = {
            "uploadUrl": f"{self.url}/dms-uploads/{urn}",
            "image": urn,
            "uploadUrlExpiresAt": 1900000000000,
        }
        return Reply(200, {"value": value})

    def _put(self, urn: str, request: Request) -> Reply:
        if urn not in self.images:
            return refused(404, "NOT_FOUND", "upload")
        self.images[urn]["data"] = request.body
        self.uploads += 1
        return Reply(201)

    def _image(self, urn: str) -> Reply:
        image = self.images.get(urn)
        if image is None:
            return refused(404, "NOT_FOUND", "image")
        state = (
            "WAITING_UPLOAD" if image["data"] is None else "PROCESSING" if image["looks"] > 0 else "AVAILABLE"
        )
        image["looks"] -= 1
        return Reply(200, {"id": urn, "owner": self.owner, "status": image.get("status", state)})

    def _create(self, wish: dict[str, Any]) -> Reply:
        if fault := self._fault_of(wish):
            return fault
        if any(post["commentary"] == wish["commentary"] and self._fresh(post) for post in self.accepted):
            return refused(422, "DUPLICATE_POST", "Content is a duplicate of urn:li:share:1")
        self.made += 1
        urn = f"urn:li:share:69870{self.made:08d}"
        self.accepted.append({**wish, "id": urn, "created": datetime.now(UTC)})
        return Reply(201, headers={"x-restli-id": urn})

    def _post(self, urn: str) -> dict[str, Any] | None:
        return next((post for post in self.accepted if post["id"] == urn), None)

    def _update(self, urn: str, request: Request) -> Reply:
        """A partial update; :attr:`deaf` times it is answered as done, and is not."""
        if request.headers.get("x-restli-method") != "PARTIAL_UPDATE":
            return refused(400, "ILLEGAL_ARGUMENT", "X-RestLi-Method")
        wish = request.json()
        if (
            set(wish) != {"patch"}
            or set(wish["patch"]) != {"$set"}
            or set(wish["patch"]["$set"]) != {"commentary"}
        ):
            return refused(422, "UNRECOGNIZED_FIELD", "patch")
        post, commentary = self._post(urn), wish["patch"]["$set"]["commentary"]
        if post is None:
            return refused(404, "NOT_FOUND", "post")
        if len(commentary.encode("utf-16-le")) // 2 > 3000:
            return refused(422, "FIELD_LENGTH_TOO_LONG", "commentary")
        if self.deaf:
            self.deaf -= 1
        else:
            post["commentary"] = commentary
        return Reply(204)

    def _fresh(self, post: Mapping[str, Any]) -> bool:
        return bool(datetime.now(UTC) - post["created"] < timedelta(hours=1))

    def _fault_of(self, wish: Mapping[str, Any]) -> Reply | None:
        if set(wish) - FIELDS or NEEDED - set(wish):
            return refused(422, "UNRECOGNIZED_FIELD", f"{sorted(set(wish) ^ FIELDS)}")
        states = (wish["visibility"], wish["lifecycleState"], wish["distribution"]["feedDistribution"])
        if wish["author"] != self.owner or states != ("PUBLIC", "PUBLISHED", "MAIN_FEED"):
            return refused(422, "INVALID_VALUE", "author, visibility, lifecycleState or distribution")
        if len(wish["commentary"].encode("utf-16-le")) // 2 > 3000:
            return refused(422, "FIELD_LENGTH_TOO_LONG", "commentary")
        content = wish.get("content", {})
        if set(content) - {"media", "multiImage", "article"} or len(content) > 1:
            return refused(422, "INVALID_CONTENT", "content")
        if "article" in content and not {"source", "title"} <= set(content["article"]):
            return refused(422, "MISSING_FIELD", "article")
        pictures = self.pictures(wish)
        if "multiImage" in content and not 2 <= len(pictures) <= 20:
            return refused(422, "INVALID_CONTENT_SIZE", "multiImage")
        for picture in pictures:
            data = self.images.get(picture["id"], {}).get("data")
            if data is None or len(picture["altText"]) > 4086 or set(picture) != {"id", "altText"}:
                return refused(422, "INVALID_CONTENT", "image")
        return None

    def pictures(self, post: Mapping[str, Any]) -> list[Mapping[str, str]]:
        """A post's pictures, each with ``id`` and ``altText``."""
        content = post.get("content", {})
        return [content["media"]] if "media" in content else content.get("multiImage", {}).get("images", [])

    def digest(self, urn: str) -> str:
        """SHA-256 of an uploaded picture, in hexadecimal."""
        return sha256(self.images[urn]["data"]).hexdigest()

    def _find(self, request: Request) -> Reply:
        if request.headers.get("x-restli-method") != "FINDER" or request.first("author") != self.owner:
            return refused(400, "ILLEGAL_ARGUMENT", "FINDER, author")
        start = int(request.first("start", "0"))
        size = min(self.page_size, int(request.first("count", "10")))
        newest = list(reversed(self.accepted))
        links = [{"rel": "next", "href": "/rest/posts"}] if start + size < len(newest) else []
        elements = [self._shown(post) for post in newest[start : start + size]]
        return Reply(200, {"elements": elements, "paging": {"start": start, "count": size, "links": links}})

    def _shown(self, post: Mapping[str, Any]) -> dict[str, Any]:
        made = int(post["created"].timestamp() * 1000)
        times = {"createdAt": made, "publishedAt": made, "lastModifiedAt": made}
        return {**{name: value for name, value in post.items() if name != "created"}, **times}
