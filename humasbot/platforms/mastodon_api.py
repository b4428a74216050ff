"""Mastodon's client interface: what its answers mean, and what a server says of its own limits."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from humasbot.content import Limits
from humasbot.errors import AuthExpired, PublishError, Rejected
from humasbot.net import Answer
from humasbot.platforms.http import Api
from humasbot.platforms.text import count_mastodon
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


class MastodonApi(Api):
    """The server's interface, asked with the account's token."""

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
