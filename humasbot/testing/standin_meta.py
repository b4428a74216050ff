"""Stand-ins for Instagram's and Threads' publishing: containers filled from public addresses, published once each.

They fetch the pictures for real, from wherever the caller says; :class:`MediaSite` is the office's web server.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import urllib3

from humasbot.platforms.threads_text import count_threads, links
from humasbot.testing.standin import Reply, Request, StandIn

TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


def graph_error(code: int, message: str = "(#1) Pesan dari Meta", **more: Any) -> dict[str, Any]:
    """An error's body as the Graph API words it."""
    return {"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}}


def refused(code: int, message: str, subcode: int | None = None) -> Reply:
    """An answer that refuses."""
    more = {} if subcode is None else {"error_subcode": subcode}
    return Reply(400, graph_error(code, message, **more))


class MediaSite(StandIn):
    """A web server that shows the files of *folder*, names that start with a dot excepted."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def handle(self, request: Request) -> Reply:
        """One file, or 404."""
        name = request.path.lstrip("/")
        file = self.folder / name
        if request.method not in ("GET", "HEAD") or name.startswith(".") or "/" in name or not file.is_file():
            return Reply(404, "tidak ada", mime="text/plain")
        data = file.read_bytes()
        return Reply(200, data, mime=next((m for s, m in TYPES.items() if data.startswith(s)), "text/plain"))

    def names(self) -> list[str]:
        """What lies in the folder, hidden names too."""
        return sorted(path.name for path in self.folder.iterdir())


class MetaStandIn(StandIn):
    """One account; ``accepted`` holds its posts, oldest first, each with ``id``, ``fields``, ``items``, ``created``.

    ``items`` are the pictures' (digest, alt text). ``processing``: how many looks at a new container say that it is
    not ready. ``quota`` is what a day allows. Containers expire after :attr:`container_life`.
    """

    version: ClassVar[str]
    create: ClassVar[str]
    publish: ClassVar[str]
    state: ClassVar[str]
    why: ClassVar[str]
    limit: ClassVar[str]
    listing: ClassVar[str]
    known: ClassVar[frozenset[str]]
    """The fields of a container that we may send."""
    container_life = timedelta(hours=24)
    page_size = 100

    def __init__(self) -> None:
        super().__init__()
        self.user = "17841400000000001"
        self.token = "EAAGrahasia0123456789"  # noqa: S105 – opens nothing but this stand-in
        self.containers: dict[str, dict[str, Any]] = {}
        self.processing = 0
        self.quota = 1000
        self.made = 0
        self._fetcher = urllib3.PoolManager()

    @property
    def root(self) -> str:
        """The path of the account."""
        return f"/{self.version}/{self.user}"

    def age(self, by: timedelta) -> None:
        """Make every post and container look *by* older."""
        for thing in (*self.accepted, *self.containers.values()):
            thing["created"] -= by

    def handle(self, request: Request) -> Reply:
        """Carry out one request."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(
                400, graph_error(190, f"Invalid access token {request.headers.get('authorization')}")
            )
        if request.at("POST", f"{self.root}/{self.create}"):
            return self._create({name: v[0] for name, v in parse_qs(request.body.decode()).items()})
        if request.at("POST", f"{self.root}/{self.publish}"):
            return self._publish(parse_qs(request.body.decode()).get("creation_id", [""])[0])
        if request.at("GET", f"{self.root}/{self.limit}"):
            day = {"quota_total": self.quota, "quota_duration": 86400}
            return Reply(200, {"data": [{"quota_usage": len(self._today()), "config": day}]})
        if request.at("GET", self.root):
            return Reply(200, {"username": "pemkab.contoh", "id": self.user})
        if found := request.at("GET", f"{self.root}/(\\w+)"):
            return self._list(request, found[1])
        return self._single(request)

    # --- what the two differ in -------------------------------------------------------------------------------------

    def fault_of(self, fields: Mapping[str, str]) -> Reply | None:
        """What is wrong with a container's fields beyond their names."""
        raise NotImplementedError

    def shown(self, post: Mapping[str, Any]) -> dict[str, Any]:
        """A post as the listing and the single look show it."""
        raise NotImplementedError

    def listed(self, name: str) -> list[dict[str, Any]] | None:
        """The posts of a listing, ``None`` if there is none of that name."""
        return self.accepted if name == self.listing else None

    def figures(self, post: Mapping[str, Any]) -> dict[str, Any]:
        """More that a single look may ask for."""
        return {}

    # --- the flow ---------------------------------------------------------------------------------------------------

    def _create(self, fields: dict[str, str]) -> Reply:
        if unknown := set(fields) - self.known:
            return refused(100, f"(#100) Invalid parameter {sorted(unknown)}")
        if fault := self.fault_of(fields):
            return fault
        items: list[tuple[str, str]] = []
        if "image_url" in fields:
            data = self._fetch(fields["image_url"])
            if data is None:
                return refused(9004, "The media could not be fetched from this URI", 2207052)
            items = [(sha256(data).hexdigest(), fields.get("alt_text", ""))]
        for child in fields.get("children", "").split(",") if fields.get("children") else ():
            found = self.containers.get(child)
            if (
                found is None
                or found["fields"].get("is_carousel_item") != "true"
                or self.status(found) != "FINISHED"
            ):
                return refused(100, f"(#100) Invalid child {child}")
            items += found["items"]
        self.made += 1
        number = f"1790{self.made:06d}"
        new = {"fields": fields, "items": items, "created": datetime.now(UTC), "looks": self.processing}
        self.containers[number] = {**new, "state": "FINISHED"}
        return Reply(200, {"id": number})

    def status(self, container: Mapping[str, Any]) -> str:
        """The container's state by now."""
        if container["state"] != "FINISHED":
            return str(container["state"])
        if datetime.now(UTC) - container["created"] > self.container_life:
            return "EXPIRED"
        return "IN_PROGRESS" if container["looks"] > 0 else "FINISHED"

    def _fetch(self, address: str) -> bytes | None:
        try:
            answer = self._fetcher.request("GET", address, retries=False, redirect=False, timeout=5)
        except urllib3.exceptions.HTTPError:
            return None
        kind = next((mime for start, mime in TYPES.items() if answer.data.startswith(start)), None)
        return answer.data if answer.status == 200 and answer.headers.get("Content-Type") == kind else None

    def _publish(self, number: str) -> Reply:
        container = self.containers.get(number)
        if container is None or self.status(container) in ("PUBLISHED", "EXPIRED", "ERROR"):
            return refused(24, "The requested resource does not exist", 2207006)
        if self.status(container) != "FINISHED":
            return refused(9007, "Media ID is not available", 2207027)
        if container["fields"].get("is_carousel_item") == "true":
            return refused(100, "(#100) A carousel item cannot be published")
        if len(self._today()) >= self.quota:
            return refused(9, "Application request limit reached", 2207042)
        container["state"] = "PUBLISHED"
        self.made += 1
        post = {"id": f"1800{self.made:06d}", "fields": container["fields"], "items": container["items"]}
        self.accepted.append({**post, "created": datetime.now(UTC)})
        return Reply(200, {"id": post["id"]})

    def _today(self) -> list[dict[str, Any]]:
        day = datetime.now(UTC) - timedelta(days=1)
        return [post for post in self.accepted if post["created"] > day]

    def _list(self, request: Request, name: str) -> Reply:
        every = self.listed(name)
        if every is None:
            return refused(100, f"(#100) Tried accessing nonexisting field ({name})")
        since = datetime.fromtimestamp(int(request.first("since", "0")), UTC)
        posts = [post for post in reversed(every) if post["created"] >= since]
        start = int(request.first("after", "0"))
        end = start + min(self.page_size, int(request.first("limit")))
        paging: dict[str, Any] = {"cursors": {"after": str(end)}}
        if end < len(posts):
            paging["next"] = f"{self.url}{self.root}/{name}?access_token={self.token}&after={end}"
        return Reply(
            200, {"data": [self._fields(request, post) for post in posts[start:end]], "paging": paging}
        )

    def _fields(self, request: Request, post: Mapping[str, Any]) -> dict[str, Any]:
        wanted = set(re.split(r",", request.first("fields"))) | {"id"}
        everything = {**self.shown(post), **self.figures(post)}
        return {name: value for name, value in everything.items() if name in wanted}

    def _single(self, request: Request) -> Reply:
        number, _, edge = request.path.removeprefix(f"/{self.version}/").partition("/")
        container = self.containers.get(number)
        if container is not None and request.method == "GET":
            state = self.status(container)
            container["looks"] -= 1
            return Reply(200, {self.state: state, self.why: container.get("why", ""), "id": number})
        post = next((p for p in self.accepted if p["id"] == number), None)
        if post is None:
            return refused(100, "Unsupported request", 33)
        if request.method == "DELETE":
            self.accepted.remove(post)
            return Reply(200, {"success": True, "deleted_id": number})
        if edge:
            return self.insights(request) if edge == "insights" else refused(100, "(#100) no such edge")
        return Reply(200, self._fields(request, post))

    def insights(self, request: Request) -> Reply:
        """The figures of one post, each as a series of one value."""
        names = request.first("metric").split(",")
        return Reply(200, {"data": [{"name": n, "values": [{"value": len(n)}]} for n in names]})


class InstagramStandIn(MetaStandIn):
    """Instagram's part of the Graph API."""

    version = "v26.0"
    create, publish = "media", "media_publish"
    state, why = "status_code", "status"
    limit, listing = "content_publishing_limit", "media"
    known = frozenset({"image_url", "alt_text", "caption", "is_carousel_item", "media_type", "children"})

    def fault_of(self, fields: Mapping[str, str]) -> Reply | None:
        """Caption, hashtags, carousel."""
        caption = fields.get("caption", "")
        children = fields.get("children", "").split(",") if "children" in fields else []
        if len(caption) > 2200 or len(re.findall(r"(?<!\w)#\w+", caption)) > 30:
            return refused(100, "The caption is too long", 2207010)
        if (fields.get("media_type") == "CAROUSEL") != bool(children) or len(children) > 10:
            return refused(100, "(#100) children")
        if bool(children) == ("image_url" in fields):
            return refused(100, "Only photo or video can be accepted as media type.", 2207023)
        return None

    def _fetch(self, address: str) -> bytes | None:
        data = super()._fetch(address)
        return data if data is not None and data.startswith(b"\xff\xd8\xff") else None

    def shown(self, post: Mapping[str, Any]) -> dict[str, Any]:
        """As ``IG Media``."""
        made = post["created"].strftime("%Y-%m-%dT%H:%M:%S+0000")
        url = f"https://www.instagram.com/p/{post['id']}/"
        return {
            "id": post["id"],
            "caption": post["fields"].get("caption"),
            "timestamp": made,
            "permalink": url,
        }

    def figures(self, post: Mapping[str, Any]) -> dict[str, Any]:
        """Likes and comments."""
        return {"like_count": 12, "comments_count": 3}


class ThreadsStandIn(MetaStandIn):
    """The Threads API."""

    version = "v1.0"
    create, publish = "threads", "threads_publish"
    state, why = "status", "error_message"
    limit, listing = "threads_publishing_limit", "threads"
    known = frozenset(
        {"text", "media_type", "image_url", "alt_text", "is_carousel_item", "children", "reply_to_id"}
        | {"link_attachment"}
    )

    def fault_of(self, fields: Mapping[str, str]) -> Reply | None:
        """Kind, text, links, carousel, the post that is replied to."""
        kind, text = fields.get("media_type"), fields.get("text", "")
        children = fields.get("children", "").split(",") if "children" in fields else []
        if count_threads(text) > 500:
            return refused(100, "Param text must be at most 500 characters long.")
        if len(links(text) | {fields.get("link_attachment", "")} - {""}) > 5:
            return refused(100, "THREADS_API__LINK_LIMIT_EXCEEDED")
        if kind not in ("TEXT", "IMAGE", "CAROUSEL") or (kind == "IMAGE") != ("image_url" in fields):
            return refused(100, "(#100) media_type")
        if (kind == "CAROUSEL") != (2 <= len(children) <= 20) or (
            kind != "TEXT" and "link_attachment" in fields
        ):
            return refused(100, "(#100) children, link_attachment")
        if kind == "TEXT" and not text.strip():
            return refused(100, "(#100) text")
        known = {post["id"] for post in self.accepted}
        if "reply_to_id" in fields and fields["reply_to_id"] not in known:
            return refused(24, "The requested resource does not exist")
        return None

    def listed(self, name: str) -> list[dict[str, Any]] | None:
        """Posts and replies are listed apart."""
        if name not in ("threads", "replies"):
            return None
        return [p for p in self.accepted if ("reply_to_id" in p["fields"]) == (name == "replies")]

    def first_of(self, post: Mapping[str, Any]) -> Mapping[str, Any]:
        """The post at the beginning of the chain."""
        before = post["fields"].get("reply_to_id")
        found = next((p for p in self.accepted if p["id"] == before), None)
        return self.first_of(found) if found else post

    def shown(self, post: Mapping[str, Any]) -> dict[str, Any]:
        """As a Threads media object."""
        fields = post["fields"]
        made = post["created"].strftime("%Y-%m-%dT%H:%M:%S+0000")
        url = f"https://www.threads.com/@pemkab.contoh/post/{post['id']}"
        shown = {"id": post["id"], "text": fields.get("text"), "timestamp": made, "permalink": url}
        if "link_attachment" in fields:
            shown["link_attachment_url"] = fields["link_attachment"]
        if "reply_to_id" in fields:
            shown["root_post"] = {"id": self.first_of(post)["id"]}
        return shown
