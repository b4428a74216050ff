"""A stand-in for X's API with one account: as strict as X where it matters to a publisher, and with its quirks.

It verifies OAuth 1.0a signatures and bearer tokens, refuses unknown fields, long and repeated texts, forgets uploads
after a day, shortens addresses to ``t.co`` ones, escapes ``& < >``, and shows a post's fields only when asked.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import escape
from itertools import count
from typing import Any

from humasbot.platforms.text import count_x
from humasbot.testing.standin import Reply, Request, StandIn

POST_FIELDS = frozenset(
    {"text", "media", "made_with_ai", "reply", "reply_settings", "quote_tweet_id", "poll"}
)
CATEGORIES = frozenset(
    {"tweet_image", "tweet_video", "tweet_gif", "dm_image", "dm_video", "dm_gif", "subtitles"}
)
MEDIA_SECONDS = 86_400
SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


def problem(status: int, title: str, detail: str, kind: str = "about:blank", **more: Any) -> Reply:
    """An error as X words it."""
    kind = kind if kind == "about:blank" else f"https://api.x.com/2/problems/{kind}"
    body = {"title": title, "detail": detail, "type": kind, "status": status, **more}
    return Reply(status, body, mime="application/problem+json")


def invalid(message: str) -> Reply:
    """X's answer to a request that it does not understand."""
    detail = "One or more parameters to your request was invalid."
    return problem(400, "Invalid Request", detail, "invalid-request", errors=[{"message": message}])


class XStandIn(StandIn):
    """One account, ``@humas_uji``; ``accepted`` holds its posts, oldest first.

    Each is a dict of ``id``, ``text`` (as sent), ``media`` (upload ids) and ``created_at`` (aware). ``uploads`` maps
    ids to dicts of ``data``, ``mime``, ``alt`` and ``at``. ``fields_name`` is the query parameter by which posts'
    fields are asked for; another one is refused, or ignored with ``ignores_unknown``. ``address`` is the address
    that callers sign for, where that is not this server's own (behind a proxy).
    """

    def __init__(self) -> None:
        super().__init__()
        self.credentials: Mapping[str, str] = {
            "consumer_key": "kunci-aplikasi-uji",
            "consumer_secret": "rahasia-aplikasi-uji",
            "access_token": "3141592-token-akses-uji",
            "access_token_secret": "rahasia-akses-uji",
            "bearer_token": "token-pengguna-uji",
        }
        self.user = {"id": "3141592", "name": "Humas Uji", "username": "humas_uji"}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.fields_name = "post.fields"
        self.ignores_unknown = False
        self.limit_headers: dict[str, str] = {}
        """What is told of the quotas with every new post."""
        self.address = ""
        self._serial = count(1)

    def handle(self, request: Request) -> Reply:
        """Carry out one request."""
        if not self._known(request):
            return problem(401, "Unauthorized", "Unauthorized")
        if request.at("POST", "/2/tweets"):
            return self._create(request)
        if request.at("POST", "/2/media/upload"):
            return self._upload(request)
        if request.at("POST", "/2/media/metadata"):
            return self._describe(request)
        if request.at("GET", "/2/users/me"):
            return Reply(200, {"data": self.user})
        if request.at("GET", f"/2/users/{self.user['id']}/tweets"):
            return self._timeline(request)
        if found := request.at("GET", r"/2/tweets/(\d+)"):
            return self._one(request, found[1])
        if found := request.at("DELETE", r"/2/tweets/(\d+)"):
            self.accepted = [post for post in self.accepted if post["id"] != found[1]]
            return Reply(200, {"data": {"deleted": True}})
        return problem(404, "Not Found", "Not Found")

    def age(self, by: timedelta) -> None:
        """Make every post and upload look *by* older."""
        for post in self.accepted:
            post["created_at"] -= by
        for upload in self.uploads.values():
            upload["at"] -= by

    # --- who asks ---------------------------------------------------------------------------------------------------

    def _known(self, request: Request) -> bool:
        header = request.headers.get("authorization", "")
        if header.startswith("Bearer "):
            return header == f"Bearer {self.credentials['bearer_token']}"
        return header.startswith("OAuth ") and self._signed(request)

    def _signed(self, request: Request) -> bool:
        from oauthlib.common import Request as Signed  # type: ignore[import-untyped]  # no type information
        from oauthlib.oauth1.rfc5849 import signature  # type: ignore[import-untyped]  # no type information

        signed = Signed(
            (self.address or self.url) + request.target, request.method, headers=dict(request.headers)
        )
        query = request.target.partition("?")[2]
        signed.params = signature.collect_parameters(
            query, headers=signed.headers, exclude_oauth_signature=False
        )
        sent = dict(signed.params)
        signed.signature = sent.get("oauth_signature")
        signed.params = [(name, value) for name, value in signed.params if name != "oauth_signature"]
        keys = self.credentials
        if (sent.get("oauth_consumer_key"), sent.get("oauth_token")) != (
            keys["consumer_key"],
            keys["access_token"],
        ):
            return False
        valid = signature.verify_hmac_sha1(signed, keys["consumer_secret"], keys["access_token_secret"])
        return bool(valid)

    # --- writing ----------------------------------------------------------------------------------------------------

    def _new_id(self) -> str:
        milliseconds = int(datetime.now(UTC).timestamp() * 1000) - 1288834974657
        return str((milliseconds << 22) | next(self._serial))

    def _create(self, request: Request) -> Reply:
        try:
            wish = request.json()
        except ValueError:
            return invalid("the body is no JSON")
        if not isinstance(wish, dict) or set(wish) - POST_FIELDS:
            return invalid("unexpected field")
        text, media = str(wish.get("text", "")), wish.get("media", {}).get("media_ids")
        if media is not None and not 1 <= len(media) <= 4:
            return invalid("$.media.media_ids: there must be 1 to 4 items")
        fresh = datetime.now(UTC) - timedelta(seconds=MEDIA_SECONDS)
        if any(n not in self.uploads or self.uploads[n]["at"] < fresh for n in media or ()):
            return invalid("Your media IDs are invalid.")
        if not text.strip() and not media:
            return invalid("text is empty")
        if count_x(text) > 280:
            return problem(403, "Forbidden", "Your Tweet text is too long.")
        if any(post["text"] == text for post in self.accepted):
            return problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        reply_to = str((wish.get("reply") or {}).get("in_reply_to_tweet_id") or "")
        if reply_to and not any(post["id"] == reply_to for post in self.accepted):
            return problem(
                403, "Forbidden", "You attempted to reply to a Tweet that is deleted or not visible."
            )
        post = {"id": self._new_id(), "text": text, "media": media or [], "created_at": datetime.now(UTC)}
        post["reply_to"] = reply_to
        self.accepted.append(post)
        told = {"data": {"id": post["id"], "text": self._shown(post)["text"]}}
        return Reply(201, told, self.limit_headers)

    def _upload(self, request: Request) -> Reply:
        parts = request.parts()
        data, category = parts.get("media", b""), parts.get("media_category", b"").decode()
        mime = self.picture_type(data)
        if category not in CATEGORIES or set(parts) - {"media", "media_category"}:
            return invalid(f"media_category: {category!r}")
        if not mime or len(data) > 5 * 1024 * 1024:
            return invalid("media type unrecognized or too large")
        media_id = self._new_id()
        self.uploads[media_id] = {"data": data, "mime": mime, "alt": "", "at": datetime.now(UTC)}
        about = {"id": media_id, "media_key": f"3_{media_id}", "expires_after_secs": MEDIA_SECONDS}
        return Reply(200, {"data": {**about, "size": len(data)}})

    def picture_type(self, data: bytes) -> str:
        """The type of the picture *data*, by its first bytes; ``""`` for what X does not take."""
        return next((kind for start, kind in SIGNATURES.items() if data.startswith(start)), "")

    def _describe(self, request: Request) -> Reply:
        wish = request.json()
        upload = self.uploads.get(str(wish.get("id")))
        words = wish.get("metadata", {}).get("alt_text", {}).get("text")
        if upload is None or not isinstance(words, str) or len(words) > 1000:
            return invalid("id or alt_text")
        upload["alt"] = words
        return Reply(200, {"data": {"id": wish["id"], "associated_metadata": wish["metadata"]}})

    # --- reading ----------------------------------------------------------------------------------------------------

    def _fields(self, request: Request) -> set[str] | None:
        """The fields asked for; ``None`` where the parameter is refused."""
        names = {name for name in request.query if name in ("post.fields", "tweet.fields")}
        if names - {self.fields_name} and not self.ignores_unknown:
            return None
        return set(request.first(self.fields_name).split(","))

    def _timeline(self, request: Request) -> Reply:
        fields, size = self._fields(request), int(request.first("max_results", "10"))
        if fields is None or not 5 <= size <= 100:
            return invalid("The query parameter is not one of those known")
        start = datetime.fromisoformat(request.first("start_time", "2010-11-06T00:00:00Z"))
        if start > datetime.now(UTC):
            return invalid("start_time must be in the past")
        posts = [post for post in reversed(self.accepted) if post["created_at"] >= start]
        first = int(request.first("pagination_token", "0"))
        page = [self._shown(post, fields) for post in posts[first : first + size]]
        meta: dict[str, Any] = {"result_count": len(page)}
        if first + size < len(posts):
            meta["next_token"] = str(first + size)
        return Reply(200, {"data": page, "meta": meta} if page else {"meta": meta})

    def _one(self, request: Request, post_id: str) -> Reply:
        fields = self._fields(request)
        if fields is None:
            return invalid("The query parameter is not one of those known")
        for post in self.accepted:
            if post["id"] == post_id:
                return Reply(200, {"data": self._shown(post, fields)})
        about = {"resource_type": "tweet", "resource_id": post_id, "value": post_id, "parameter": "id"}
        kind = "https://api.x.com/2/problems/resource-not-found"
        error = {
            "title": "Not Found Error",
            "detail": f"Could not find tweet {post_id}.",
            "type": kind,
            **about,
        }
        return Reply(200, {"errors": [error]})

    def _shown(self, post: Mapping[str, Any], fields: Collection[str] = ()) -> dict[str, Any]:
        """*post* as X stores it, with the *fields* asked for."""
        from twitter_text import extract_urls_with_indices

        raw, text, urls, last = post["text"].strip(), "", [], 0
        for found in extract_urls_with_indices(raw):
            start, end = found["indices"]
            long = found["url"] if "://" in found["url"] else "http://" + found["url"]
            text += escape(raw[last:start], quote=False)
            urls.append(self._short(long, len(text)))
            text, last = text + urls[-1]["url"], end
        text += escape(raw[last:], quote=False)
        if post["media"]:
            photo = f"https://x.com/{self.user['username']}/status/{post['id']}/photo/1"
            urls.append({**self._short(photo, len(text) + 1), "media_key": f"3_{post['media'][0]}"})
            text += f" {urls[-1]['url']}"
        figures = ("repost", "reply", "like", "quote", "bookmark", "impression")
        every = {
            "created_at": post["created_at"].strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "entities": {"urls": urls},
            "public_metrics": {f"{name}_count": len(post["text"]) % 7 + n for n, name in enumerate(figures)},
        }
        return {"id": post["id"], "text": text, **{name: every[name] for name in every if name in fields}}

    @staticmethod
    def _short(long: str, start: int) -> dict[str, Any]:
        url = "https://t.co/" + sha256(long.encode()).hexdigest()[:10]
        return {
            "start": start,
            "end": start + len(url),
            "url": url,
            "expanded_url": long,
            "display_url": long[:30],
        }
