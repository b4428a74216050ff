"""X (formerly Twitter), through tweepy: pictures are uploaded and described first, then one call publishes."""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import ClassVar, Self
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from humasbot.content import Allowance, Checkpoint, Limits, Media, Metrics, Outgoing, Receipt
from humasbot.errors import ConfigError, Problem, Rejected, Retryable, Uncertain
from humasbot.platforms import chain
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.http import unreadable
from humasbot.platforms.text import count_x, may_hold_address
from humasbot.platforms.x_session import BEARER, OAUTH1, Json, Session
from humasbot.words import t

LIMITS = Limits(
    max_text=280,
    source="docs.x.com/fundamentals/counting-characters; docs.x.com/x-api/media/quickstart/best-practices",
    as_of=date(2026, 11, 22),
    count=count_x,
    max_media=4,
    max_media_bytes=5_000_000,
    media_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
    max_alt=1000,  # schema CreateMediaMetadataMetadataAltText of X's OpenAPI description 2.167
    card_size=(1200, 675),
)
POST_USD, LINK_POST_USD = Decimal("0.015"), Decimal("0.200")
"""What one post costs, without and with a link: docs.x.com/x-api/getting-started/pricing, read 2026-11-22."""
MEDIA_LIFE = timedelta(hours=23)
"""An upload is done anew after this, or earlier if X says so with it (``expires_after_secs``; 86,400 for a picture:
developer.x.com/en/docs/x-api/v1/media/upload-media, read 2026-11-22)."""
PAGES, PAGE = 5, 100
"""How far :meth:`X.find_existing` looks: so many pages of so many posts (X gives at most 100)."""
CLOCKS_APART = timedelta(minutes=1)
FIELDS = ("post.fields", "tweet.fields")
"""The parameter's name: the first by X's OpenAPI description 2.167, the second by its guides (2026-11-22)."""
API = "https://api.x.com"


class X(Publisher):
    """One account on X, with OAuth 1.0a keys or an OAuth 2.0 user token."""

    name: ClassVar[str] = "x"
    title: ClassVar[str] = "X"
    proof: ClassVar[str] = "official contract"
    revoke_at: ClassVar[str] = "https://x.com/settings/connected_apps"
    limits = LIMITS
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("consumer_key", "kunci aplikasi (OAuth 1.0a)", "app key (OAuth 1.0a)", True, False),
        Setting("consumer_secret", "rahasia kunci aplikasi", "secret of the app key", True, False),
        Setting("access_token", "token akses akun", "access token of the account", True, False),
        Setting("access_token_secret", "rahasia token akses", "secret of the access token", True, False),
        Setting(
            "bearer_token",
            "token pengguna OAuth 2.0, sebagai ganti keempat kunci OAuth 1.0a (bukan token aplikasi)",
            "OAuth 2.0 user token, instead of the four OAuth 1.0a keys (not the app's own token)",
            True,
            False,
        ),
        chain.PARTS,
        Setting("base_url", "alamat API", "address of the API", required=False, default=API),
    )

    shares: ClassVar[tuple[str, ...]] = ("consumer_key",)
    shaped_by: ClassVar[tuple[str, ...]] = ("parts",)

    def __init__(self, session: Session, parts: int = 1) -> None:
        self.session = session
        self.limits = chain.chained(LIMITS, parts)
        self._chains = parts > 1
        self._fields: tuple[str, ...] = FIELDS

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build one from the four OAuth 1.0a keys, or from the OAuth 2.0 user token; both at once are a fault."""
        values = read_settings(cls, settings)
        problems = _credential_problems(values)
        address = urlsplit(values["base_url"])
        if address.scheme not in ("http", "https") or not address.hostname:
            words = t("bukan alamat http:// atau https://", "is not an http:// or https:// address")
            problems.append(Problem("base_url", words))
        parts = chain.parts_of(values["parts"], problems)
        if problems:
            raise ConfigError(*problems)
        names = (BEARER,) if values[BEARER] else OAUTH1
        return cls(Session({name: values[name] for name in names}, values["base_url"]), parts)

    def cost(self, outgoing: Outgoing) -> Decimal:
        """What X charges, post by post of a chain (:data:`POST_USD`, :data:`LINK_POST_USD`)."""
        return sum(
            (LINK_POST_USD if _linked(part) else POST_USD for part in self._parts(outgoing)), Decimal(0)
        )

    def remarks(self, outgoing: Outgoing) -> list[str]:
        """That it becomes a chain, if it does."""
        return chain.remark(self._parts(outgoing))

    def _parts(self, outgoing: Outgoing) -> list[str]:
        return chain.parted(outgoing.text, LIMITS.fits) if self._chains else [outgoing.text]

    def allowances(self) -> list[Allowance]:
        """What X said with its latest answer to a post of this process; no network."""
        return self.session.allowances()

    def reply(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """See :meth:`Publisher.reply`: under the first post of a chain."""
        return self.publish(replace(outgoing, reply_to=receipt.remote_id), checkpoint)

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Publish the text, as a chain where it is long; see :meth:`Publisher.publish`."""
        root = outgoing.reply_to.partition("+")[0]

        def send(number: int, text: str, before: Sequence[str]) -> str:
            media = outgoing.media if not number else ()
            return self._one(
                replace(outgoing, text=text, media=media), before[-1] if before else root, checkpoint
            )

        def seek(text: str, since: datetime) -> str | None:
            found = self._found(text, since)
            return found.remote_id if found else None

        ids = chain.publish(
            self.title,
            self._parts(outgoing),
            checkpoint,
            send=send,
            seek=seek,
            take_back=lambda post: self.delete(_receipt(post)),
        )
        return _receipt(*ids)

    def _one(self, outgoing: Outgoing, before: str, checkpoint: Checkpoint) -> str:
        """Upload and describe the pictures, each step saved, then publish, in answer to the post *before*, if any."""
        known = [_still_held(checkpoint.get(f"media:{n}")) for n in range(len(outgoing.media))]
        ids = [
            self._uploaded(n, media, checkpoint, held)
            for n, (media, held) in enumerate(zip(outgoing.media, known, strict=True))
        ]
        try:
            answer = self.session.create(outgoing.text, ids, before)
        except Rejected as error:
            if not any(known) or error.status != 400 or "media" not in str(error).lower():
                raise
            # X forgot earlier uploads before their time: forget them too, and upload again the next time.
            for n in range(len(ids)):
                checkpoint.save(f"media:{n}", "")
            raise Retryable(str(error), status=error.status, code=error.code) from None
        return _id(answer, publishing=True)

    def prepare(self, outgoing: Outgoing, checkpoint: Checkpoint) -> None:
        """Upload and describe the pictures ahead; X keeps them for a day (:data:`MEDIA_LIFE`)."""
        for n, media in enumerate(outgoing.media):
            self._uploaded(n, media, checkpoint, _still_held(checkpoint.get(f"media:{n}")))

    def _uploaded(self, n: int, media: Media, checkpoint: Checkpoint, held: str) -> str:
        """The id of picture *n* at X, uploaded unless it is *held* there, and described by its alt text."""
        if not held:
            file = (f"gambar-{n + 1}{media.suffix}", media.data, media.mime)
            answer = self.session.call(
                "POST", "/2/media/upload", files={"media": file}, data={"media_category": "tweet_image"}
            )
            held = _id(answer)
            seconds = answer["data"].get("expires_after_secs")
            life = timedelta(seconds=seconds * 0.95) if isinstance(seconds, int) else MEDIA_LIFE
            until = datetime.now(UTC) + min(life, MEDIA_LIFE)
            checkpoint.save(f"media:{n}", json.dumps({"id": held, "until": until.isoformat()}))
        if checkpoint.get(f"alt:{n}") != held:
            words = {"id": held, "metadata": {"alt_text": {"text": media.alt}}}
            self.session.call("POST", "/2/media/metadata", json=words)
            checkpoint.save(f"alt:{n}", held)
        return held

    def verify(self) -> str:
        """The account's handle with its ``@``."""
        me = self._me()
        return f"@{me['username']}" if me.get("username") else str(me["id"])

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """Look through the account's own posts, as X stores them; see :meth:`Publisher.find_existing`.

        A chain that is not whole counts as absent: publishing goes on from what is there.
        """
        found = [self._found(part, since) for part in self._parts(outgoing)]
        ids = [receipt.remote_id for receipt in found if receipt]
        return _receipt(*ids) if len(ids) == len(found) else None

    def _found(self, text: str, since: datetime) -> Receipt | None:
        start = min(since.astimezone(UTC), datetime.now(UTC)) - CLOCKS_APART
        query = {"max_results": str(PAGE), "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ")}
        path, wanted = f"/2/users/{self._user_id}/tweets", _comparable(text)
        for _ in range(PAGES):
            answer = self._read(path, ("created_at", "entities"), query)
            for post in _page(answer):
                if _shows(post, wanted):
                    return _receipt(post["id"])
            following = answer["meta"].get("next_token")
            if not following:
                return None
            query["pagination_token"] = str(following)
        raise Uncertain(
            t(
                "X: ada lebih dari {n} kiriman sejak {start}; periksa sendiri di x.com",
                "X: there are more than {n} posts since {start}; look for yourself at x.com",
                n=PAGES * PAGE,
                start=query["start_time"],
            )
        )

    def metrics(self, receipt: Receipt) -> Metrics:
        """X's public figures; shares are reposts and quotes together."""
        post = self._read(f"/2/tweets/{receipt.remote_id.partition('+')[0]}", ("public_metrics",), {}).get(
            "data"
        )
        if not isinstance(post, dict):
            raise Rejected(t("X: kiriman itu tidak ada lagi", "X: that post is no longer there"))
        counts = post.get("public_metrics") or {}
        reposts = counts.get("repost_count", counts.get("retweet_count"))
        return Metrics(
            views=counts.get("impression_count"),
            likes=counts.get("like_count"),
            shares=None if reposts is None else reposts + counts.get("quote_count", 0),
            replies=counts.get("reply_count"),
        )

    def delete(self, receipt: Receipt) -> None:
        """Take the post, or every post of a chain, back, the last first; already gone counts as done."""
        for post in reversed(receipt.remote_id.split("+")):
            self._delete(post)

    def _delete(self, post: str) -> None:
        try:
            answer = self.session.call("DELETE", f"/2/tweets/{post}")
        except Rejected as error:
            if error.status == 404:
                return
            raise
        gone = "resource-not-found" in json.dumps(answer.get("errors"))
        if not gone and answer.get("data") != {"deleted": True}:
            raise unreadable(publishing=False, title=self.title)

    def _me(self) -> Json:
        answer = self.session.call("GET", "/2/users/me")
        _id(answer)
        me: Json = answer["data"]
        return me

    @cached_property
    def _user_id(self) -> str:
        return str(self._me()["id"])

    def _read(self, path: str, fields: tuple[str, ...], query: Mapping[str, str]) -> Json:
        """GET *path* with the posts' *fields*, asked for by whichever parameter X knows today."""
        refused, poor = None, None
        for name in self._fields:
            try:
                answer = self.session.call("GET", path, params={**query, name: ",".join(fields)})
            except Rejected as error:
                if error.status != 400:
                    raise
                refused = error
                continue
            data = answer.get("data") or []
            posts = data if isinstance(data, list) else [data]
            if all(isinstance(post, dict) and fields[0] in post for post in posts):
                self._fields = (name, *(other for other in FIELDS if other != name))
                return answer
            poor = poor or answer
        if poor is None and refused is not None:
            raise refused
        return poor or {}


def _credential_problems(values: Mapping[str, str]) -> list[Problem]:
    given = [name for name in OAUTH1 if values[name]]
    if values[BEARER] and given:
        words = t(
            "isi {bearer} saja atau keempat kunci OAuth 1.0a saja, jangan keduanya",
            "give either {bearer} or the four OAuth 1.0a keys, not both",
            bearer=BEARER,
        )
        return [Problem(BEARER, words)]
    if values[BEARER]:
        return []
    words = t("wajib diisi untuk X (OAuth 1.0a)", "is required for X (OAuth 1.0a)")
    if not given:
        words += t(", atau isi {bearer} (OAuth 2.0)", ", or give {bearer} (OAuth 2.0)", bearer=BEARER)
    return [Problem(name, words) for name in OAUTH1 if name not in given]


def _still_held(saved: str | None) -> str:
    """The id of an earlier upload, if X still holds it; else ``""``."""
    if not saved:
        return ""
    upload = json.loads(saved)
    return str(upload["id"]) if datetime.fromisoformat(upload["until"]) > datetime.now(UTC) else ""


def _id(answer: Json, *, publishing: bool = False) -> str:
    data = answer.get("data")
    found = str(data.get("id", "")) if isinstance(data, dict) else ""
    if not found.isdigit():
        raise unreadable(publishing=publishing, title="X")
    return found


def _page(answer: Json) -> list[Json]:
    """The posts of one page; raises where it is not surely the whole page, for a gap would look like absence."""
    posts, meta = answer.get("data") or [], answer.get("meta")
    whole = isinstance(posts, list) and isinstance(meta, dict) and meta.get("result_count") == len(posts)
    if not whole or answer.get("errors"):
        raise unreadable(publishing=False, title="X")
    for post in posts:
        _id({"data": post})
    return list(posts)


def _receipt(post_id: str, *others: str) -> Receipt:
    # An X id holds its own moment: milliseconds since 2010-11-04T01:42:54.657Z above the lowest 22 bits.
    moment = datetime.fromtimestamp(((int(post_id) >> 22) + 1288834974657) / 1000, UTC)
    return Receipt("+".join((post_id, *others)), f"https://x.com/i/web/status/{post_id}", moment)


_SHORT = re.compile(r"https://t\.co/\w+")
_PHOTO = re.compile(r"/status/\d+/(?:photo|video)/\d+$")


def _linked(text: str) -> bool:
    """Whether X finds an address in *text*."""
    if not may_hold_address(text):
        return False
    from twitter_text import extract_urls

    return bool(extract_urls(text))


def _comparable(text: str) -> str:
    """*text* without what X changes: how an address is written, spaces, the form of accents."""
    plain = unquote(re.sub(r"(?i)\bhttps?://", "", text))
    return re.sub(r"/(?=\s|$)", "", " ".join(normalize("NFC", plain).split())).casefold()


def _shows(post: Json, wanted: str) -> bool:
    """Whether *post* as X stores it is the text that *wanted* is the comparable form of.

    X escapes ``& < >``, replaces each address by a short one, and adds one for the pictures. Raises
    :class:`Uncertain` where only a short address, which X does not explain, stands between yes and no.
    """
    text = html.unescape(str(post.get("text", "")))
    for url in (post.get("entities") or {}).get("urls") or []:
        short, long = url.get("url"), str(url.get("expanded_url") or "")
        if short and (url.get("media_key") or _PHOTO.search(long)):
            text = text.replace(short, "")
        elif short and long:
            text = text.replace(short, long)
    if _comparable(text) == wanted:
        return True
    unexplained = _SHORT.search(text)
    if unexplained and wanted.startswith(_comparable(text[: unexplained.start()])):
        raise Uncertain(
            t(
                "X: kiriman {id} serupa, tetapi alamat di dalamnya tidak diterangkan X; periksa sendiri",
                "X: post {id} looks alike, but X does not explain the address in it; look for yourself",
                id=post.get("id"),
            )
        )
    return False
