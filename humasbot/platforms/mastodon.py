"""Mastodon, and servers that speak its client interface.

One ``Idempotency-Key`` for every attempt of a Delivery lets the server itself refuse a second copy, for about an
hour. After that, only looking among the account's latest posts tells.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Any, Self
from urllib.parse import quote, urlsplit

from humasbot.content import Checkpoint, Limits, Media, Metrics, Outgoing, Receipt
from humasbot.errors import AuthExpired, ConfigError, Problem, PublishError, Rejected, Retryable, Uncertain
from humasbot.net import Answer, Http
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.http import Api, base_address, unreadable
from humasbot.platforms.mastodon_text import comparable, letters, shown
from humasbot.platforms.text import count_mastodon
from humasbot.words import t

TITLE = "Mastodon"
VISIBILITIES = ("public", "unlisted", "private")
UPLOAD_SECONDS = 60.0
LIMITS_SECONDS = 10.0
ASK_AGAIN_SECONDS = 600.0
POLLS = (1.0, 2.0, 3.0, 4.0)
"""Seconds to wait before each look at a picture that the server is still working on."""
PAGE, PAGES = 40, 10
"""How far :meth:`Mastodon.find_existing` looks back: posts a page (the interface's most) and pages."""
SKEW = timedelta(minutes=2)
"""By how much the server's clock may be behind ours."""
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


class Mastodon(Publisher):
    """A Mastodon account; see the module."""

    name = "mastodon"
    title = TITLE
    proof = "third-party emulator"
    settings = (
        Setting(
            "server", "alamat server, misalnya https://mastodon.social", "server, as https://mastodon.social"
        ),
        Setting(
            "token",
            "token akses (hak read:accounts, read:statuses, write:media, write:statuses)",
            "access token (rights read:accounts, read:statuses, write:media, write:statuses)",
            secret=True,
        ),
        Setting(
            "visibility",
            "siapa yang melihat: public, unlisted, atau private",
            "who sees it: public, unlisted or private",
            required=False,
            default="public",
        ),
    )

    limits = LIMITS

    def __init__(
        self,
        server: str,
        token: str,
        visibility: str = "public",
        http: Http | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._api = MastodonApi(server, TITLE, http or Http(), {"Authorization": f"Bearer {token}"})
        self._visibility = visibility
        self._pause = pause
        self._lock = Lock()
        self._asked = False
        self._ask_at = 0.0

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """See :meth:`Publisher.from_settings`."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        server = base_address("server", values["server"], problems)
        if values["visibility"] not in VISIBILITIES:
            problems.append(
                Problem("visibility", t("pilih {all}", "choose {all}", all=", ".join(VISIBILITIES)))
            )
        if problems:
            raise ConfigError(*problems)
        return cls(server, values["token"], values["visibility"])

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Upload the pictures, then post the status: the one publishing call."""
        self._learn()
        media = [self._picture(n, media, checkpoint) for n, media in enumerate(outgoing.media)]
        status: dict[str, Any] = {"status": outgoing.text, "visibility": self._visibility}
        if media:
            status["media_ids"] = media
        if outgoing.language:
            status["language"] = outgoing.language.partition("-")[0].lower()
        answer = self._api.call(
            "POST",
            "/api/v1/statuses",
            publishing=True,
            headers={"Idempotency-Key": outgoing.key},
            json_body=status,
        )
        return _receipt(answer)

    def verify(self) -> str:
        """See :meth:`Publisher.verify`: the account as ``@user@server``; also asks the server for its limits."""
        account = self._me()
        self._learn(again=True)
        return f"@{account.get('acct') or account['id']}@{urlsplit(self._api.base).netloc}"

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """See :meth:`Publisher.find_existing`; compares the text of the account's own posts since *since*.

        At most ``PAGE * PAGES`` posts are looked at; if the account has sent more since, it cannot be known.
        """
        wanted, alike = comparable(outgoing.text), ""
        try:
            for status in self._own_statuses(since - SKEW):
                text = shown(str(status.get("content", "")))
                if text == wanted:
                    return _receipt(status)
                # A server that renders Markdown shows the words without the marks; then a person has to look.
                if letters(text) == letters(wanted):
                    alike = _receipt(status).url
        except Rejected as refusal:
            raise Uncertain(str(refusal), status=refusal.status, code=refusal.code) from None
        if alike:
            raise Uncertain(
                t(
                    "Mastodon: {url} hampir sama dengan kiriman ini; periksa apakah itu kirimannya",
                    "Mastodon: {url} is nearly the same as this post; look whether it is the one",
                    url=alike,
                )
            )
        return None

    def metrics(self, receipt: Receipt) -> Metrics:
        """See :meth:`Publisher.metrics`; Mastodon counts no views."""
        status = self._api.call("GET", f"/api/v1/statuses/{quote(receipt.remote_id, safe='')}")
        if not isinstance(status, dict) or "id" not in status:
            raise unreadable(publishing=False, title=TITLE)
        return Metrics(
            likes=status.get("favourites_count"),
            shares=status.get("reblogs_count"),
            replies=status.get("replies_count"),
        )

    def delete(self, receipt: Receipt) -> None:
        """See :meth:`Publisher.delete`."""
        try:
            self._api.send("DELETE", f"/api/v1/statuses/{quote(receipt.remote_id, safe='')}")
        except Rejected as refusal:
            if refusal.status not in (404, 410):
                raise

    def _me(self) -> dict[str, Any]:
        account = self._api.call("GET", "/api/v1/accounts/verify_credentials")
        if not isinstance(account, dict) or not account.get("id"):
            raise unreadable(publishing=False, title=TITLE)
        return account

    def learn(self) -> None:
        """See :meth:`Publisher.learn`; a server that does not answer is asked again after ten minutes."""
        if time.monotonic() >= self._ask_at:
            self._ask_at = time.monotonic() + ASK_AGAIN_SECONDS
            self._learn()

    def _learn(self, again: bool = False) -> None:
        """Ask the server for its limits, once; a server that cannot be asked leaves them as they are."""
        with self._lock:
            if self._asked and not again:
                return
            try:
                answer = self._api.call("GET", "/api/v2/instance", read=LIMITS_SECONDS)
            except (Rejected, AuthExpired):
                self._asked = True
            except PublishError:
                return
            else:
                self.limits = _limits(answer, f"{self._api.base}/api/v2/instance")
                self._asked = True

    def _picture(self, n: int, media: Media, checkpoint: Checkpoint) -> str:
        """The server's id of picture *n*, uploaded unless an earlier attempt did, and ready to be attached.

        A server forgets unattached pictures after about a day, and older ones then post without them in silence;
        so the id of an earlier attempt is looked at first.
        """
        step = f"media:{n}"
        media_id = checkpoint.get(step)
        ready = self._is_ready(media_id) if media_id else None
        if media_id is None or ready is None:
            media_id, ready = self._upload(media)
            checkpoint.save(step, media_id)
        if not ready:
            self._await_picture(media_id)
        return media_id

    def _upload(self, media: Media) -> tuple[str, bool]:
        """The new picture's id, and whether it is ready."""
        fields = {"file": (f"gambar{media.suffix}", media.data, media.mime), "description": media.alt}
        answer = self._api.send("POST", "/api/v2/media", fields=fields, read=UPLOAD_SECONDS)
        try:
            return str(answer.json()["id"]), answer.status != 202
        except (ValueError, KeyError, TypeError):
            raise unreadable(publishing=False, title=TITLE, status=answer.status) from None

    def _is_ready(self, media_id: str) -> bool | None:
        """Whether the server has finished the picture; ``None`` if it has no such picture (any more)."""
        try:
            answer = self._api.send("GET", f"/api/v1/media/{quote(media_id, safe='')}")
        except Rejected as refusal:
            if refusal.status == 404:
                return None
            raise
        return answer.status != 206

    def _await_picture(self, media_id: str) -> None:
        for seconds in POLLS:
            self._pause(seconds)
            if self._is_ready(media_id):
                return
        raise Retryable(
            t(
                "Mastodon: server masih mengolah gambar; dicoba lagi nanti",
                "Mastodon: the server is still working on a picture; will try again later",
            ),
            retry_after=timedelta(seconds=30),
        )

    def _own_statuses(self, since: datetime) -> Iterator[dict[str, Any]]:
        """The account's own posts since *since*, newest first; :class:`Uncertain` if they are too many."""
        path = f"/api/v1/accounts/{quote(str(self._me()['id']), safe='')}/statuses?limit={PAGE}&exclude_reblogs=true"
        before = ""
        for _ in range(PAGES):
            page = self._api.call("GET", path + before)
            if not isinstance(page, list):
                raise unreadable(publishing=False, title=TITLE)
            for status in page:
                if not isinstance(status, dict) or (moment := _moment(status)) is None:
                    raise unreadable(publishing=True, title=TITLE)
                if moment < since:
                    return
                yield status
            if not page:
                return
            before = f"&max_id={quote(str(page[-1].get('id')), safe='')}"
        raise Uncertain(
            t(
                "Mastodon: terlalu banyak kiriman sejak itu untuk diperiksa; lihat sendiri di akunnya",
                "Mastodon: too many posts since then to look through; look at the account yourself",
            )
        )


def _receipt(status: Any) -> Receipt:
    """The receipt of a status as the interface gives it; an answer without an id leaves it unknown."""
    if not isinstance(status, dict) or not status.get("id"):
        raise unreadable(publishing=True, title=TITLE)
    url = status.get("url") or status.get("uri") or ""
    return Receipt(str(status["id"]), str(url), _moment(status))


def _moment(status: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(status["created_at"])
    except (KeyError, TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _limits(answer: Any, source: str) -> Limits:
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
