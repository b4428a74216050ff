"""Mastodon, and servers that speak its client interface.

One ``Idempotency-Key`` for every attempt of a Delivery lets the server itself refuse a second copy, for about an
hour. After that, only looking among the account's latest posts tells.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Self
from urllib.parse import quote, urlsplit

from humasbot.content import Allowance, Checkpoint, Media, Metrics, Outgoing, Receipt
from humasbot.errors import AuthExpired, ConfigError, Problem, PublishError, Rejected, Retryable, Uncertain
from humasbot.net import Http
from humasbot.platforms import chain
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.http import base_address, unreadable
from humasbot.platforms.mastodon_api import LIMITS, MastodonApi, limits_of
from humasbot.platforms.mastodon_text import comparable, letters, shown
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


class Mastodon(Publisher):
    """A Mastodon account; see the module."""

    name = "mastodon"
    title = TITLE
    proof = "third-party emulator"
    revoke_at = "/oauth/authorized_applications"  # app/controllers/oauth/ of mastodon/mastodon
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
        chain.PARTS,
    )

    shaped_by = ("parts",)
    limits = LIMITS

    def __init__(
        self,
        server: str,
        token: str,
        visibility: str = "public",
        http: Http | None = None,
        pause: Callable[[float], None] = time.sleep,
        parts: int = 1,
    ) -> None:
        self._most = parts
        self._single = LIMITS
        self.limits = chain.chained(LIMITS, parts)
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
        parts = chain.parts_of(values["parts"], problems)
        if problems:
            raise ConfigError(*problems)
        return cls(server, values["token"], values["visibility"], parts=parts)

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Post the text, as a chain where it is long; the pictures are those of the first status."""
        self._learn()
        found: dict[str, Receipt] = {}
        parts, root = self._parts(outgoing), outgoing.reply_to.partition("+")[0]

        def send(number: int, text: str, before: Sequence[str]) -> str:
            # One part keeps the Delivery's own key, so that an attempt made before chains were known is recognised.
            key = f"{outgoing.key}:{number}" if number else outgoing.key
            media = outgoing.media if not number else ()
            one = replace(outgoing, key=key, text=text, media=media, reply_to=before[-1] if before else root)
            receipt = self._status(one, checkpoint)
            found[receipt.remote_id] = receipt
            return receipt.remote_id

        def seek(text: str, since: datetime) -> str | None:
            receipt = self._found(text, since)
            return receipt.remote_id if receipt else None

        ids = chain.publish(
            TITLE,
            parts,
            checkpoint,
            send=send,
            seek=seek,
            take_back=lambda post: self.delete(Receipt(post, "")),
        )
        return _whole([found.get(ids[0]) or self._known(ids[0]), *(Receipt(post, "") for post in ids[1:])])

    def reply(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """See :meth:`Publisher.reply`: under the first status of a chain."""
        return self.publish(replace(outgoing, reply_to=receipt.remote_id), checkpoint)

    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """See :meth:`Publisher.edit`; status by status of a chain, which keeps its number of parts.

        What the request leaves out the server would take away, so pictures and warning are sent as they are there.
        """
        ids, parts = receipt.remote_id.split("+"), self._parts(outgoing)
        if len(ids) != len(parts):
            raise Rejected(_other_length(len(ids)))
        for post, text in zip(ids, parts, strict=True):
            there = self._ask_status(post)
            wish: dict[str, Any] = {
                "status": text,
                "media_ids": [media["id"] for media in there.get("media_attachments", [])],
                "sensitive": bool(there.get("sensitive")),
                "spoiler_text": str(there.get("spoiler_text") or ""),
            }
            if outgoing.language:
                wish["language"] = outgoing.language.partition("-")[0].lower()
            answer = self._api.call("PUT", f"/api/v1/statuses/{quote(post, safe='')}", json_body=wish)
            if not isinstance(answer, dict) or str(answer.get("id")) != post:
                raise unreadable(publishing=False, title=TITLE)
        return receipt

    def validate_edit(self, receipt: Receipt, outgoing: Outgoing) -> list[Problem]:
        """As a new post, and a chain keeps its number of parts."""
        problems, count = self.validate(outgoing), len(receipt.remote_id.split("+"))
        if len(self._parts(outgoing)) != count:
            problems.append(Problem("text", _other_length(count)))
        return problems

    def remarks(self, outgoing: Outgoing) -> list[str]:
        """That it becomes a chain, if it does."""
        return chain.remark(self._parts(outgoing))

    def _parts(self, outgoing: Outgoing) -> list[str]:
        return chain.parted(outgoing.text, self._single.fits) if self._most > 1 else [outgoing.text]

    def _ask_status(self, number: str) -> dict[str, Any]:
        status = self._api.call("GET", f"/api/v1/statuses/{quote(number, safe='')}")
        if not isinstance(status, dict) or "id" not in status:
            raise unreadable(publishing=False, title=TITLE)
        return status

    def _known(self, number: str) -> Receipt:
        """The receipt of a status that an earlier attempt published; nothing here may fail, for it is public."""
        try:
            return _receipt(self._ask_status(number))
        except PublishError:
            return Receipt(number, self._api.base)

    def _status(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Upload the pictures, then post the status: the one publishing call."""
        media = [self._picture(n, media, checkpoint) for n, media in enumerate(outgoing.media)]
        status: dict[str, Any] = {"status": outgoing.text, "visibility": self._visibility}
        if outgoing.reply_to:
            status["in_reply_to_id"] = outgoing.reply_to
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

        At most ``PAGE * PAGES`` posts are looked at; if the account has sent more since, it cannot be known. A chain
        that is not whole counts as absent: publishing goes on from what is there.
        """
        found = [receipt for part in self._parts(outgoing) if (receipt := self._found(part, since))]
        return _whole(found) if len(found) == len(self._parts(outgoing)) else None

    def _found(self, words: str, since: datetime) -> Receipt | None:
        wanted, alike = comparable(words), ""
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

    def allowances(self) -> list[Allowance]:
        """What the server's answers said last; asks who we are where there was none yet, to get a word from it."""
        if not self._api.told.now():
            self._me()
        return self._api.told.now()

    def metrics(self, receipt: Receipt) -> Metrics:
        """See :meth:`Publisher.metrics`; Mastodon counts no views."""
        status = self._ask_status(receipt.remote_id.partition("+")[0])
        return Metrics(
            likes=status.get("favourites_count"),
            shares=status.get("reblogs_count"),
            replies=status.get("replies_count"),
        )

    def delete(self, receipt: Receipt) -> None:
        """See :meth:`Publisher.delete`; every status of a chain, the last first."""
        for post in reversed(receipt.remote_id.split("+")):
            try:
                self._api.send("DELETE", f"/api/v1/statuses/{quote(post, safe='')}")
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
                self._single = limits_of(answer, f"{self._api.base}/api/v2/instance")
                self.limits = chain.chained(self._single, self._most)
                self._asked = True

    def prepare(self, outgoing: Outgoing, checkpoint: Checkpoint) -> None:
        """Upload the pictures ahead; the server keeps unattached ones for about a day."""
        self._learn()
        for n, media in enumerate(outgoing.media):
            self._picture(n, media, checkpoint)

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


def _whole(receipts: Sequence[Receipt]) -> Receipt:
    """The receipt of a chain: that of its first status, under all its ids."""
    return replace(receipts[0], remote_id="+".join(receipt.remote_id for receipt in receipts))


def _other_length(count: int) -> str:
    return t(
        "teks baru tidak menjadi {n} bagian seperti yang lama",
        "the new text does not make {n} parts as the old one did",
        n=count,
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
