"""What Instagram and Threads have in common: containers on the Graph API.

A post is prepared as a *container*, which Meta fills by fetching the pictures from public addresses, and only the last
call publishes it. A container is published once at most, lives for a day, and says at any time what became of it. So
every id is written down before the next step, and after a restart the container is asked before anything is repeated.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from humasbot.content import Allowance, Checkpoint, Media, Receipt
from humasbot.errors import (
    AuthExpired,
    Problem,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
)
from humasbot.platforms.facebook_graph import Graph
from humasbot.platforms.hosting import MediaHost
from humasbot.platforms.http import shorten, unreadable
from humasbot.words import t

PAGE = 100
PAGES = 10
POLLS = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0)
"""Seconds to wait before each look at a container in one attempt; pictures are ready within a few."""
LATER = timedelta(minutes=1)
"""Meta asks for a look a minute (…/documentation/threads/troubleshooting, read 2026-11-22)."""
CLOCKS = timedelta(minutes=10)
"""Our clock and Meta's differ by less."""
FULL = timedelta(minutes=30)
"""Our own choice where the day's quota is used up: the day slides, and nobody says when the next place is free."""

# developers.facebook.com/documentation/instagram-platform/instagram-graph-api/reference/error-codes (updated
# 2026-06-02, read 2026-11-22), by subcode.
SPENT = frozenset({2207042})
NOT_PUBLISHED = frozenset({2207027, 2207008, 2207020, 4279009})
"""The container is not ready, not known, or too old: surely nothing became public by this call.

The last is Threads' (seen, not documented); it also says so of a post that is too young to be replied to.
"""
NOT_FOUND = 24
"""A container or post that is not, or not yet, to be found."""
AGAIN = frozenset({2207001, 2207003, 2207032, 2207052, 2207053})
"""Meta could not fetch or process a picture this time."""
RESTRICTED = frozenset({2207050})
SPAM = frozenset({2207051})
GONE = "100/33"
"""There is no such object, or this token may not see it."""


class MetaGraph(Graph):
    """The Graph API with the subcodes of publishing."""

    def _fault(self, answer: Any, error: Mapping[str, Any], *, publishing: bool) -> PublishError | None:
        fault = super()._fault(answer, error, publishing=publishing)
        if fault is None:
            return None
        subcode = error.get("error_subcode")
        kind: type[PublishError] | None = None
        if subcode in SPENT:
            return RateLimited(str(fault), retry_after=FULL, status=fault.status, code=fault.code)
        if subcode in NOT_PUBLISHED:
            kind = Retryable
        elif subcode in AGAIN or error.get("code") == NOT_FOUND:
            kind = Uncertain if publishing else Retryable
        elif subcode in RESTRICTED:
            kind = AuthExpired
        elif subcode in SPAM:
            kind = Rejected
        return kind(str(fault), status=fault.status, code=fault.code) if kind else fault


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one of the two calls the same things."""

    create: str
    publish: str
    state: str
    why: str
    quota: str
    listing: str
    text: str


@dataclass(frozen=True, slots=True)
class Container:
    """A container that is ready; ``public`` if it has been published already. ``made``: when (aware, UTC)."""

    id: str
    made: datetime
    public: bool

    @property
    def since(self) -> datetime:
        """From when on its post is to be looked for (aware, UTC), clocks that differ a little allowed for."""
        return self.made - CLOCKS


class Containers:
    """The flow from pictures to a published post, for one account."""

    def __init__(self, graph: Graph, user: str, dialect: Dialect, host: MediaHost | None) -> None:
        self.graph = graph
        self.user = user
        self.dialect = dialect
        self.host = host
        self.title = graph.title

    # --- steps ------------------------------------------------------------------------------------------------------

    def prepared(self, step: str, fields: Callable[[], dict[str, str]], checkpoint: Checkpoint) -> Container:
        """The container of *step*, ready to be published: the one written down, else a new one from *fields*.

        One that is too old is made anew; one that Meta could not fill is forgotten and raises
        :class:`~humasbot.errors.Rejected`, or :class:`~humasbot.errors.Retryable` where another try can help.
        """
        for _ in range(2):
            saved = checkpoint.get(step)
            if not saved:
                answer = self.graph.call("POST", f"{self.user}/{self.dialect.create}", fields=fields())
                if checkpoint.get(f"asked:{step}"):
                    checkpoint.save(f"asked:{step}", "")  # that was said of the container before this one
                saved = f"{self.id_of(answer, publishing=False)} {time.time():.0f}"
                checkpoint.save(step, saved)
            number, _, made = saved.partition(" ")
            state, why = self._state(number, asked=bool(checkpoint.get(f"asked:{step}")))
            if state in ("FINISHED", "PUBLISHED"):
                return Container(number, datetime.fromtimestamp(int(made), UTC), state == "PUBLISHED")
            checkpoint.save(step, "")
            if state == "ERROR":
                raise self._unfilled(why)
        raise Retryable(t("{p}: wadahnya kedaluwarsa", "{p}: the container expired", p=self.title))

    def published(self, step: str, container: Container, checkpoint: Checkpoint) -> str:
        """Publish *container* and return the post's id: the one call that may leave doubt."""
        checkpoint.save(f"asked:{step}", "1")
        path = f"{self.user}/{self.dialect.publish}"
        answer = self.graph.call("POST", path, fields={"creation_id": container.id}, publishing=True)
        return self.id_of(answer, publishing=True)

    def address(self, n: int, media: Media, checkpoint: Checkpoint) -> str:
        """A public address of picture number *n*: the one lent before if it is still there."""
        if self.host is None:
            raise Rejected(no_host(self.title))
        address = checkpoint.get(f"address:{n}") or ""
        if not address or not self.host.lends(address):
            address = self.host.lend(media)
            checkpoint.save(f"address:{n}", address)
        return address

    def take_back(self, count: int, checkpoint: Checkpoint) -> None:
        """Remove the pictures number 0 … *count* - 1 from their addresses: Meta has its own copies, or wants none."""
        for n in range(count):
            if self.host is not None and (address := checkpoint.get(f"address:{n}")):
                self.host.take_back(address)

    def check_quota(self) -> None:
        """Raise :class:`~humasbot.errors.RateLimited` if today's posts are used up."""
        quota = self.quota()
        if quota is not None and quota.used >= quota.total:
            words = t(
                "{p}: jatah {n} kiriman dalam {h:g} jam sudah habis",
                "{p}: the quota of {n} posts in {h:g} hours is used up",
                p=self.title,
                n=quota.total,
                h=quota.window.total_seconds() / 3600,
            )
            raise RateLimited(words, retry_after=FULL)

    def quota(self) -> Allowance | None:
        """What the platform itself says is used and allowed; ``None`` where it says nothing that we understand."""
        path = f"{self.user}/{self.dialect.quota}"
        answer = self.graph.call("GET", path, query={"fields": "quota_usage,config"})
        try:
            entry = answer["data"][0]
            config = entry["config"]
            window = timedelta(seconds=int(config["quota_duration"]))
            return Allowance(int(entry["quota_usage"]), int(config["quota_total"]), window)
        except (KeyError, IndexError, TypeError, ValueError):
            return None

    def allowances(self) -> list[Allowance]:
        """What :meth:`~humasbot.platforms.base.Publisher.allowances` is to give: the day's quota, if it is told."""
        found = self.quota()
        return [] if found is None else [found]

    # --- looking ----------------------------------------------------------------------------------------------------

    def recent(self, listing: str, fields: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Our own posts from *since* on, by whole seconds, the newest first.

        Raises :class:`~humasbot.errors.Uncertain` where there are more than can be looked through.
        """
        first = int(since.timestamp())
        query = {"fields": fields, "since": str(first), "limit": str(PAGE)}
        for _ in range(PAGES):
            answer = self.graph.call("GET", f"{self.user}/{listing}", query=query)
            try:
                posts = [(datetime.fromisoformat(p["timestamp"]).timestamp(), p) for p in answer["data"]]
            except (KeyError, TypeError, ValueError):
                raise unreadable(publishing=False, title=self.title) from None
            yield from (post for moment, post in posts if moment >= first)
            paging = answer.get("paging") or {}
            if not paging.get("next"):
                return
            after = (paging.get("cursors") or {}).get("after")
            if not after:
                raise unreadable(publishing=False, title=self.title)
            query["after"] = str(after)
        words = t("terlalu banyak kiriman untuk diperiksa", "too many posts to look through")
        raise Uncertain(f"{self.title}: {words}")

    def receipt(self, post_id: str, *others: str) -> Receipt:
        """The receipt of a post that is public, so nothing here may fail; *others* are its further parts."""
        try:
            answer = self.graph.call("GET", post_id, query={"fields": "permalink,timestamp"})
        except PublishError:
            answer = {}
        return self.receipt_of({**answer, "id": post_id}, *others)

    def receipt_of(self, post: Mapping[str, Any], *others: str) -> Receipt:
        """The receipt of a post as the platform lists it; some have no address of their own."""
        try:
            moment = datetime.fromisoformat(str(post.get("timestamp")))
        except ValueError:
            moment = None
        home = f"https://www.{self.title.lower()}.com/"
        return Receipt("+".join((str(post["id"]), *others)), str(post.get("permalink") or home), moment)

    def delete(self, post_id: str) -> None:
        """Delete one post. "No such object" counts as done if the token can still read the account."""
        try:
            answer = self.graph.call("DELETE", post_id)
        except Rejected as error:
            if error.code != GONE:
                raise
            self.graph.call("GET", self.user, query={"fields": "username"})
        else:
            if not answer.get("success"):
                raise unreadable(publishing=False, title=self.title)

    def name(self) -> str:
        """The account's name; also proves the media host, if there is one."""
        answer = self.graph.call("GET", self.user, query={"fields": "username"})
        if self.host is not None:
            self.host.prove()
        return f"@{answer['username']}" if answer.get("username") else self.user

    def id_of(self, answer: Mapping[str, Any], *, publishing: bool) -> str:
        """The id in an answer of success; it is unreadable without one."""
        if not answer.get("id"):
            raise unreadable(publishing=publishing, title=self.title)
        return str(answer["id"])

    def _state(self, container: str, *, asked: bool) -> tuple[str, str]:
        """What became of a container, once it is decided, and Meta's words about it.

        *asked*: it may have been published. One that is unknown then is :class:`~humasbot.errors.Uncertain`.
        """
        query = {"fields": f"{self.dialect.state},{self.dialect.why}"}
        for wait in POLLS:
            time.sleep(wait)
            try:
                answer = self.graph.call("GET", container, query=query)
            except Rejected as error:
                if error.code != GONE:
                    raise
                if asked:
                    raise Uncertain(str(error), status=error.status, code=error.code) from None
                return "EXPIRED", ""
            state = answer.get(self.dialect.state)
            if state in ("FINISHED", "PUBLISHED", "EXPIRED", "ERROR"):
                return str(state), shorten(str(answer.get(self.dialect.why) or ""), 200)
        raise Retryable(
            t("{p}: gambar masih diolah", "{p}: the pictures are still being processed", p=self.title),
            retry_after=LATER,
        )

    def _unfilled(self, why: str) -> PublishError:
        words = t("{p} tidak dapat mengolah kiriman: {why}", "{p} cannot process the post: {why}", p=self.title,
                  why=why or "–")  # fmt: skip
        again = any(str(code) in why for code in AGAIN) or why in ("", "UNKNOWN")
        return Retryable(words, retry_after=LATER) if again else Rejected(words)


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same to a reader: line ends and the spaces before them do not count."""
    return _words(one) == _words(other)


def _words(text: str) -> Sequence[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def no_host(title: str) -> str:
    """Why no picture can be sent."""
    return t(
        "{p} mengambil gambar dari alamat umum; isi media_folder dan media_url, atau s3_endpoint dan kawan-kawannya",
        "{p} fetches pictures from a public address; set media_folder and media_url, or s3_endpoint and its kin",
        p=title,
    )


def check_account(values: Mapping[str, str], problems: list[Problem]) -> None:
    """Add to *problems* what is wrong with the account's number and the version of the API."""
    if not values["user_id"].isdecimal():
        words = t("harus berupa angka, seperti 17841400000000000", "must be digits, as 17841400000000000")
        problems.append(Problem("user_id", words))
    version = values["version"]
    if not (version.startswith("v") and version[1:].replace(".", "", 1).isdecimal()):
        problems.append(Problem("version", t("harus seperti v26.0", "must look like v26.0")))
