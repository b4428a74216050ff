"""Bluesky, and any other server of the AT Protocol: one record a post, under a key that we choose.

The record's key and its time come from the Delivery, and writing the same record under the same key twice changes
nothing. So a lost answer is settled by asking for that very record.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Self
from urllib.parse import urlsplit

from humasbot.content import Allowance, Checkpoint, Limits, Media, Metrics, Outgoing, Receipt
from humasbot.errors import (
    AuthExpired,
    ConfigError,
    Problem,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
    Unsupported,
)
from humasbot.net import Http
from humasbot.platforms import chain
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.bluesky_facets import facets, record_key
from humasbot.platforms.bluesky_session import TITLE, Account, Session
from humasbot.platforms.http import base_address, unreadable
from humasbot.platforms.text import count_graphemes
from humasbot.words import t

COLLECTION = "app.bsky.feed.post"
UPLOAD_SECONDS = 60.0
LIMITS = Limits(
    # Text: lexicon app.bsky.feed.post (maxGraphemes 300, maxLength 3000). Pictures: lexicon app.bsky.embed.images, at
    # most 4, each 1,000,000 bytes on older servers and 2,000,000 on newer; a margin is kept. Alt texts: the lexicon
    # has no bound, Bluesky's own app takes 2,000 (MAX_ALT_TEXT in bluesky-social/social-app).
    max_text=300,
    source="https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky",
    as_of=date(2026, 11, 22),
    count=count_graphemes,
    max_bytes=3000,
    max_media=4,
    max_media_bytes=976_000,
    media_types=("image/jpeg", "image/png", "image/webp"),
    max_alt=2000,
)


class Bluesky(Publisher):
    """A Bluesky account; see the module."""

    name = "bluesky"
    title = TITLE
    proof = "real server"
    revoke_at = "https://bsky.app/settings/app-passwords"  # src/routes.ts of bluesky-social/social-app
    settings = (
        Setting(
            "service",
            "alamat server akun",
            "address of the account's server",
            required=False,
            default="https://bsky.social",
        ),
        Setting(
            "handle", "handle akun, misalnya humas.bsky.social", "the account's handle, as humas.bsky.social"
        ),
        Setting("app_password", "sandi aplikasi (app password)", "app password", secret=True),
        chain.PARTS,
    )
    shaped_by = ("parts",)
    limits = LIMITS

    def __init__(
        self, service: str, handle: str, app_password: str, http: Http | None = None, parts: int = 1
    ) -> None:
        self.limits = chain.chained(LIMITS, parts)
        self._chains = parts > 1
        self._account = Account(service, handle, app_password, http or Http())

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """See :meth:`Publisher.from_settings`; the handle may be written with or without its ``@``."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        service = base_address("service", values["service"], problems)
        handle = values["handle"].removeprefix("@")
        if "." not in handle.strip(".") and not handle.startswith("did:"):
            problems.append(
                Problem(
                    "handle",
                    t(
                        "harus lengkap dengan domainnya, misalnya {handle}.bsky.social",
                        "must be whole, with its domain, as {handle}.bsky.social",
                        handle=handle,
                    ),
                )
            )
        parts = chain.parts_of(values["parts"], problems)
        if problems:
            raise ConfigError(*problems)
        return cls(service, handle, values["app_password"], parts=parts)

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Put the text under its own key, as a chain where it is long: each post is a record of its own key.

        A record put again changes nothing, so a chain is simply put again from where it stopped.
        """
        session = self._account.session()
        known = self._answered(outgoing.reply_to)
        places: list[dict[str, str]] = []
        for number, part in enumerate(self._parts(outgoing)):
            step = f"record:{number}"
            saved = checkpoint.get(step) if self._chains else None
            if not saved:
                before = places[-1] if places else known[-1] if known else None
                root = known[0] if known else places[0] if places else None
                try:
                    place = self._put(session, part, checkpoint, reply_of(root, before))
                except Rejected as refusal:
                    raise self._withdrawn(places, checkpoint, refusal) from None
                if self._chains:
                    checkpoint.save(step, json.dumps(place))
                places.append(place)
            else:
                places.append(json.loads(saved))
        return self._receipt(session, [place["uri"] for place in places], datetime.now(UTC))

    def reply(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """See :meth:`Publisher.reply`: under the first post of a chain."""
        return self.publish(replace(outgoing, reply_to=receipt.remote_id), checkpoint)

    def remarks(self, outgoing: Outgoing) -> list[str]:
        """That it becomes a chain, if it does."""
        return chain.remark([part.text for part in self._parts(outgoing)])

    def _parts(self, outgoing: Outgoing) -> list[Outgoing]:
        """The posts of a chain, each with its own key; the first has the Delivery's own, the pictures and the link."""
        texts = chain.parted(outgoing.text, LIMITS.fits) if self._chains else [outgoing.text]
        first = replace(outgoing, text=texts[0])
        others = enumerate(texts[1:], start=1)
        plain = replace(outgoing, media=(), link="")
        return [first, *(replace(plain, key=f"{outgoing.key}:{n}", text=text) for n, text in others)]

    def _withdrawn(
        self, places: Sequence[dict[str, str]], checkpoint: Checkpoint, refusal: Rejected
    ) -> PublishError:
        """The error after a part was refused: nothing is public once the parts before it are taken back, too."""
        try:
            for number, place in reversed(list(enumerate(places))):
                self.delete(Receipt(place["uri"], ""))
                checkpoint.save(f"record:{number}", "")
        except PublishError:
            words = t(
                "{n} bagian sudah tampil; hapus sendiri", "{n} parts are public; delete them", n=len(places)
            )
            return Uncertain(f"{refusal}; {words}", person=True, status=refusal.status, code=refusal.code)
        return refusal

    def _answered(self, receipt_id: str) -> list[dict[str, str]]:
        """The post of ours that is answered, as a reference: its address and the hash of its content."""
        if not receipt_id:
            return []
        repo, collection, rkey = receipt_id.partition("+")[0].removeprefix("at://").split("/")
        answer = self._account.ask("com.atproto.repo.getRecord", repo=repo, collection=collection, rkey=rkey)
        try:
            return [{"uri": str(answer["uri"]), "cid": str(answer["cid"])}]
        except (KeyError, TypeError):
            raise unreadable(publishing=False, title=TITLE) from None

    def _put(
        self, session: Session, outgoing: Outgoing, checkpoint: Checkpoint, reply: dict[str, Any]
    ) -> dict[str, str]:
        """Upload the pictures, then put the record under its own key: the one publishing call."""
        blobs = [self._blob(n, media, checkpoint) for n, media in enumerate(outgoing.media)]
        place = {"repo": session.did, "collection": COLLECTION, "rkey": _key(outgoing)}
        record = {**self._record(outgoing, blobs), **reply}
        try:
            answer = self._account.do("com.atproto.repo.putRecord", publishing=True, **place, record=record)
        except Rejected as refusal:
            if refusal.code != "BlobNotFound":
                raise
            # A server clears away uploads that no record names, some within minutes (docs.bsky.app/docs/api/
            # com-atproto-repo-upload-blob, read 2026-11-22); the next attempt uploads anew.
            for n in range(len(blobs)):
                checkpoint.save(f"media:{n}", "")
            raise Retryable(str(refusal), status=refusal.status, code=refusal.code) from None
        uri, cid = (answer.get("uri"), answer.get("cid")) if isinstance(answer, dict) else (None, None)
        if not isinstance(uri, str) or not uri.endswith(f"/{place['rkey']}"):
            raise unreadable(publishing=True, title=TITLE)
        return {"uri": uri, "cid": str(cid or "")}

    def verify(self) -> str:
        """See :meth:`Publisher.verify`: the account's handle."""
        data = self._account.ask("com.atproto.server.getSession")
        if not isinstance(data, dict) or "handle" not in data:
            raise unreadable(publishing=False, title=TITLE)
        if data.get("active") is False:
            raise AuthExpired(
                t(
                    "Bluesky: akun {who} tidak aktif ({why})",
                    "Bluesky: the account {who} is not active ({why})",
                    who=data["handle"],
                    why=data.get("status", "?"),
                )
            )
        return str(data["handle"])

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """See :meth:`Publisher.find_existing`; exact, since the record's key is the Delivery's own."""
        session = self._account.session()
        found = [self._look(session, part) for part in self._parts(outgoing)]
        uris = [uri for uri in found if uri]
        # A chain that is not whole counts as absent: what is there is put again unchanged.
        return self._receipt(session, uris, None) if len(uris) == len(found) else None

    def _look(self, session: Session, outgoing: Outgoing) -> str | None:
        """The address of one record, if it is there."""
        place = {"repo": session.did, "collection": COLLECTION, "rkey": _key(outgoing)}
        try:
            answer = self._account.ask("com.atproto.repo.getRecord", **place)
            uri, text = answer["uri"], answer["value"]["text"]
        except Rejected as refusal:
            if refusal.code == "RecordNotFound":
                return None
            raise Uncertain(str(refusal), status=refusal.status, code=refusal.code) from None
        except (KeyError, TypeError):
            raise unreadable(publishing=True, title=TITLE) from None
        if text != outgoing.text:
            raise Uncertain(
                t(
                    "Bluesky: kiriman lain sudah ada di tempatnya, {url}; periksa dahulu",
                    "Bluesky: another post is in its place, {url}; look first",
                    url=self._receipt(session, [str(uri)], None).url,
                )
            )
        return str(uri)

    def allowances(self) -> list[Allowance]:
        """What the server's answers said last; asks who we are where there was none yet, to get a word from it."""
        told = self._account.told
        if not told.now():
            self._account.ask("com.atproto.server.getSession")
        return told.now()

    def metrics(self, receipt: Receipt) -> Metrics:
        """See :meth:`Publisher.metrics`; the account's server asks the public view of the network (AppView).

        Raises :class:`~humasbot.errors.Unsupported` where the server has none.
        """
        try:
            data = self._account.ask("app.bsky.feed.getPosts", uris=receipt.remote_id.partition("+")[0])
        except PublishError as fault:
            if fault.status in (404, 501) or "No service configured" in str(fault):
                raise Unsupported(
                    t(
                        "Server Bluesky ini tidak tersambung ke AppView, jadi tidak ada angka",
                        "This Bluesky server is not connected to an AppView, so there are no figures",
                    )
                ) from None
            raise
        try:
            posts = list(data["posts"])
        except (KeyError, TypeError):
            raise unreadable(publishing=False, title=TITLE) from None
        if not posts:
            raise Rejected(t("Bluesky: kiriman tidak ada lagi", "Bluesky: the post is gone"))
        post = posts[0]
        return Metrics(
            likes=post.get("likeCount"), shares=post.get("repostCount"), replies=post.get("replyCount")
        )

    def delete(self, receipt: Receipt) -> None:
        """See :meth:`Publisher.delete`; the server counts a record that is gone as deleted."""
        for uri in reversed(receipt.remote_id.split("+")):
            repo, collection, rkey = uri.removeprefix("at://").split("/")
            self._account.do("com.atproto.repo.deleteRecord", repo=repo, collection=collection, rkey=rkey)

    def _blob(self, n: int, media: Media, checkpoint: Checkpoint) -> Any:
        if saved := checkpoint.get(f"media:{n}"):
            return json.loads(saved)
        answer = self._account.authed(
            "POST",
            "/com.atproto.repo.uploadBlob",
            headers={"Content-Type": media.mime},
            body=media.data,
            read=UPLOAD_SECONDS,
        )
        if not isinstance(answer, dict) or "blob" not in answer:
            raise unreadable(publishing=False, title=TITLE)
        checkpoint.save(f"media:{n}", json.dumps(answer["blob"]))
        return answer["blob"]

    def _record(self, outgoing: Outgoing, blobs: list[Any]) -> dict[str, Any]:
        due = outgoing.due.astimezone(UTC)
        record: dict[str, Any] = {
            "$type": COLLECTION,
            "text": outgoing.text,
            "createdAt": due.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "langs": [outgoing.language] if outgoing.language else [],
        }
        if marked := facets(outgoing.text, self._did_of):
            record["facets"] = marked
        if embed := _embed(outgoing, blobs):
            record["embed"] = embed
        return record

    def _did_of(self, handle: str) -> str | None:
        """The identifier behind *handle*; ``None`` if it cannot be told, for a post is worth more than its mention."""
        try:
            answer = self._account.ask("com.atproto.identity.resolveHandle", handle=handle)
        except (AuthExpired, RateLimited):
            raise
        except (Rejected, Retryable):
            return None
        did = answer.get("did") if isinstance(answer, dict) else None
        return did if isinstance(did, str) and did.startswith("did:") else None

    def _receipt(self, session: Session, uris: Sequence[str], published_at: datetime | None) -> Receipt:
        who = session.did if session.handle == "handle.invalid" else session.handle
        address = f"https://bsky.app/profile/{who}/post/{uris[0].rpartition('/')[2]}"
        return Receipt("+".join(uris), address, published_at)


def reply_of(root: dict[str, str] | None, before: dict[str, str] | None) -> dict[str, Any]:
    """The part of a record that says what it answers, nothing for a post of its own."""
    return {"reply": {"root": root, "parent": before}} if root and before else {}


def _embed(outgoing: Outgoing, blobs: list[Any]) -> dict[str, Any] | None:
    """The pictures; without any, a card of the link."""
    if blobs:
        images = [
            {
                "image": blob,
                "alt": media.alt,
                "aspectRatio": {"width": media.width, "height": media.height},
            }
            for media, blob in zip(outgoing.media, blobs, strict=True)
        ]
        return {"$type": "app.bsky.embed.images", "images": images}
    if outgoing.link:
        title = outgoing.title or urlsplit(outgoing.link).netloc
        card = {"uri": outgoing.link, "title": title, "description": ""}
        return {"$type": "app.bsky.embed.external", "external": card}
    return None


def _key(outgoing: Outgoing) -> str:
    return record_key(outgoing.key, outgoing.due)
