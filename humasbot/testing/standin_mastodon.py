"""A stand-in for a Mastodon server with one account, as strict as a real one where it matters to a publisher."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import count
from typing import Any

from humasbot.platforms.text import count_mastodon
from humasbot.testing.standin import Reply, Request, StandIn

_ADDRESS = re.compile(r"(https?://)(\S+)")
_REMOTE = re.compile(r"(?<!\w)@(\w+)@([\w.-]*\w)")


def _refused(status: int, error: str) -> Reply:
    return Reply(status, {"error": error})


def status_html(text: str) -> str:
    """*text* as a Mastodon server shows it: escaped, addresses shortened by styling, mentions without server."""
    shown = escape(text.strip(), quote=False)
    link = (
        r'<a href="\1\2" rel="nofollow"><span class="invisible">\1</span><span class="ellipsis">\2</span></a>'
    )
    shown = _ADDRESS.sub(link, shown)
    shown = _REMOTE.sub(r'<span class="h-card"><a class="u-url mention">@<span>\1</span></a></span>', shown)
    paragraphs = re.split(r"\n\n+", shown)
    return "".join(f"<p>{p.replace(chr(10), '<br />')}</p>" for p in paragraphs)


class MastodonStandIn(StandIn):
    """One account; ``accepted`` holds its statuses as the interface gives them, oldest first, with ``text`` beside.

    ``limits`` is what the server states of itself; ``processing``: how many looks at a new picture say that it is
    not ready yet (then uploads answer 202). ``left`` is what is left of each quota, as the answers tell it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.token = "token-uji-mastodon"  # noqa: S105 – opens nothing but this stand-in
        self.statuses_limits: dict[str, int] = {
            "max_characters": 500,
            "max_media_attachments": 4,
            "characters_reserved_per_url": 23,
        }
        self.media_limits: dict[str, Any] = {
            "supported_mime_types": ["image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4"],
            "description_limit": 1500,
            "image_size_limit": 16_777_216,
            "image_matrix_limit": 33_177_600,
        }
        self.processing = 0
        self.media: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.remembered: dict[str, str] = {}
        """The idempotency keys, with the id of their status; clear it and an hour has passed."""
        self._serial = count(110_000_000_000_000_001)
        self.left = {"calls": 300, "posts": 300, "media": 30, "deletes": 30}

    def forget_media(self) -> None:
        """Clear away pictures that no status shows, as a server does after a day."""
        self.media.clear()

    def handle(self, request: Request) -> Reply:
        """Carry out one request, and tell what is left of its quota."""
        what, minutes = "calls", 5
        if request.path.startswith("/api/v1/statuses") and request.method in ("POST", "PUT"):
            what, minutes = "posts", 180
        elif request.at("POST", "/api/v2/media"):
            what, minutes = "media", 30
        elif request.method == "DELETE":
            what, minutes = "deletes", 30
        self.left[what] -= 1
        told = {
            "X-RateLimit-Limit": "30" if minutes == 30 else "300",
            "X-RateLimit-Remaining": str(self.left[what]),
        }
        reset = datetime.now(UTC) + timedelta(minutes=minutes)
        told["X-RateLimit-Reset"] = reset.isoformat(timespec="microseconds").replace("+00:00", "Z")
        reply = self._carry_out(request)
        return replace(reply, headers={**reply.headers, **told})

    def _carry_out(self, request: Request) -> Reply:
        if request.at("GET", "/api/v2/instance"):
            parts = {"statuses": self.statuses_limits, "media_attachments": self.media_limits}
            return Reply(200, {"domain": "sosial.test", "configuration": parts})
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _refused(401, "The access token is invalid")
        if request.at("GET", "/api/v1/accounts/verify_credentials"):
            return Reply(200, {"id": "1", "username": "humas", "acct": "humas"})
        if request.at("GET", "/api/v1/accounts/1/statuses"):
            return self._page(request)
        if request.at("POST", "/api/v2/media"):
            return self._upload(request)
        if found := request.at("GET", r"/api/v1/media/(\d+)"):
            return self._look(found[1])
        if request.at("POST", "/api/v1/statuses"):
            return self._post(request)
        if found := re.fullmatch(r"/api/v1/statuses/(\d+)", request.path):
            return self._one(request, found[1])
        return _refused(404, "Record not found")

    def _page(self, request: Request) -> Reply:
        before = int(request.first("max_id") or 10**30)
        newest_first = [s for s in reversed(self.accepted) if int(s["id"]) < before]
        return Reply(200, newest_first[: int(request.first("limit", "20"))])

    def _upload(self, request: Request) -> Reply:
        parts = request.parts()
        alt = parts.get("description", b"").decode()
        if len(alt) > self.media_limits["description_limit"]:
            return _refused(422, "Validation failed: Description is too long")
        if not parts.get("file"):
            return _refused(422, "Validation failed: File can't be blank")
        media_id = str(next(self._serial))
        self.files[media_id] = parts["file"]
        self.media[media_id] = {"id": media_id, "type": "image", "description": alt, "looks": self.processing}
        return Reply(202 if self.processing else 200, {"id": media_id, "type": "image", "url": None})

    def _look(self, media_id: str) -> Reply:
        media = self.media.get(media_id)
        if media is None:
            return _refused(404, "Record not found")
        media["looks"] -= 1
        return Reply(206 if media["looks"] >= 0 else 200, {"id": media_id})

    def _post(self, request: Request) -> Reply:
        key, wanted = request.headers.get("idempotency-key", ""), request.json()
        if earlier := next((s for s in self.accepted if s["id"] == self.remembered.get(key)), None):
            return Reply(200, earlier)
        text, ids = wanted.get("status", ""), wanted.get("media_ids", [])
        length = count_mastodon(self.statuses_limits["characters_reserved_per_url"])(text)
        if not text.strip() and not ids:
            return _refused(422, "Validation failed: Text can't be blank")
        if length > self.statuses_limits["max_characters"]:
            return _refused(422, "Validation failed: Text character limit exceeded")
        if len(ids) > self.statuses_limits["max_media_attachments"]:
            return _refused(422, "Validation failed: Cannot attach more than 4 files")
        # As servers before 4.4 do: a picture that is not there (any more) is left out in silence.
        media = [self.media.pop(media_id) for media_id in ids if media_id in self.media]
        if any(m["looks"] > 0 for m in media):
            return _refused(
                422, "Cannot attach files that have not finished processing. Try again in a moment!"
            )
        reply_to = wanted.get("in_reply_to_id")
        if reply_to and not any(s["id"] == reply_to for s in self.accepted):
            return _refused(404, "Record not found")
        number = str(next(self._serial))
        status = {
            "id": number,
            "created_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "url": f"https://sosial.test/@humas/{number}",
            "content": status_html(text),
            "text": text,
            "visibility": wanted.get("visibility", "public"),
            "language": wanted.get("language"),
            "media_attachments": media,
            "in_reply_to_id": reply_to,
            "favourites_count": 3,
            "reblogs_count": 2,
            "replies_count": 1,
        }
        self.accepted.append(status)
        if key:
            self.remembered[key] = number
        return Reply(200, status)

    def _one(self, request: Request, number: str) -> Reply:
        status = next((s for s in self.accepted if s["id"] == number), None)
        if status is None:
            return _refused(404, "Record not found")
        if request.method == "DELETE":
            self.accepted.remove(status)
        elif request.method == "PUT":
            return self._edit(status, request.json())
        return Reply(200, status)

    def _edit(self, status: dict[str, Any], wanted: dict[str, Any]) -> Reply:
        """Change a status; what the request leaves out is taken away, as the server does with pictures."""
        text, ids = wanted.get("status", ""), wanted.get("media_ids") or []
        length = count_mastodon(self.statuses_limits["characters_reserved_per_url"])(text)
        if not text.strip() and not ids:
            return _refused(422, "Validation failed: Text can't be blank")
        if length > self.statuses_limits["max_characters"]:
            return _refused(422, "Validation failed: Text character limit exceeded")
        known = {media["id"]: media for media in status["media_attachments"]}
        if not set(ids) <= set(known):
            return _refused(422, "Validation failed: Media not found")
        status |= {
            "text": text,
            "content": status_html(text),
            "media_attachments": [known[number] for number in ids],
            "language": wanted.get("language", status["language"]),
        }
        return Reply(200, status)
