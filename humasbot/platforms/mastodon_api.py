"""Mastodon's client interface: what its answers mean, and what a server says of its own limits."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from humasbot.content import Limits
from humasbot.errors import AuthExpired, PublishError, Rejected
from humasbot.net import Answer, Http
from humasbot.platforms.http import Api
from humasbot.platforms.text import count_mastodon
from humasbot.platforms.told import Told, from_headers
from humasbot.words import t

KNOWN_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")

LIMITS = Limits(
    # What a server that changed nothing allows; each server's own numbers take their place once it was asked.
    max_text=500,
    source="https://docs.joinmastodon.org/user/posting/",
    as_of=date(2026, 11, 22),
    count=count_mastodon(23),
    max_media=4,
    max_media_bytes=10_485_760,
    max_pixels=16_777_216,
    media_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
    max_alt=1500,
)

WINDOWS = {
    ("POST", "/api/v1/statuses"): ("posts", timedelta(hours=3)),
    ("PUT", "/api/v1/statuses"): ("posts", timedelta(hours=3)),
    ("POST", "/api/v2/media"): ("media", timedelta(minutes=30)),
    ("DELETE", "/api/v1/statuses"): ("deletes", timedelta(minutes=30)),
}
"""Whose quota an answer's ``X-RateLimit-*`` tell, by method and path; every other call's is that of all calls.

docs.joinmastodon.org/api/rate-limits (the windows; the numbers are the server's own), and for posts, which the page
leaves out, app/lib/rate_limiter.rb of mastodon/mastodon: 300 within 3 hours (both read 2026-11-22).
"""
CALLS = ("calls", timedelta(minutes=5))


class MastodonApi(Api):
    """The server's interface, asked with the account's token."""

    def __init__(self, base: str, title: str, http: Http, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(base, title, http, headers)
        self.told = Told()

    def heard(self, method: str, path: str, answer: Answer) -> None:
        """Keep what the server says is left."""
        place = next((at for verb, at in WINDOWS if verb == method and path.startswith(at)), "")
        self.told.keep(from_headers(answer.headers, "x-ratelimit", *WINDOWS.get((method, place), CALLS)))

    def explain(self, answer: Answer, *, publishing: bool) -> PublishError | None:
        """The common mapping, but a redirect means a wrong address, and 403 that the token lacks a right.

        A redirected request was not carried out, so nothing is uncertain about it.
        """
        if 300 <= answer.status < 400:
            place = urlsplit(answer.headers.get("location", "")).netloc
            return Rejected(
                t(
                    "Mastodon: server mengalihkan ke {place}; sesuaikan setelan server akun ini",
                    "Mastodon: the server redirects to {place}; correct this account's setting server",
                    place=place or "?",
                ),
                status=answer.status,
            )
        fault = super().explain(answer, publishing=publishing)
        if isinstance(fault, Rejected) and fault.status == 403:
            return AuthExpired(str(fault), status=403, code=fault.code)
        return fault


def limits_of(answer: Any, source: str) -> Limits:
    """The limits that ``GET /api/v2/instance`` states; what it leaves out stays as it is by default."""

    def part(data: Any, name: str) -> Any:
        return data.get(name) if isinstance(data, dict) else None

    def number(data: Any, name: str, default: int) -> int:
        value = part(data, name)
        return value if type(value) is int and value > 0 else default

    configuration = part(answer, "configuration")
    statuses, media = part(configuration, "statuses"), part(configuration, "media_attachments")
    offered = part(media, "supported_mime_types")
    types = tuple(kind for kind in KNOWN_TYPES if isinstance(offered, list) and kind in offered)
    return Limits(
        max_text=number(statuses, "max_characters", LIMITS.max_text),
        source=source,
        as_of=datetime.now(UTC).date(),
        count=count_mastodon(number(statuses, "characters_reserved_per_url", 23)),
        max_media=number(statuses, "max_media_attachments", LIMITS.max_media),
        max_media_bytes=number(media, "image_size_limit", LIMITS.max_media_bytes),
        max_pixels=number(media, "image_matrix_limit", 16_777_216),
        media_types=types or LIMITS.media_types,
        max_alt=number(media, "description_limit", LIMITS.max_alt),
    )
