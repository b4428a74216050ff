"""Frozen values that cross the border between the core and a platform, a source or a card."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Media:
    """One picture as it will be sent.

    ``data`` are the file's bytes, ``mime`` its type (``image/jpeg`` …), ``alt`` the text read aloud to those who
    cannot see it, ``width`` and ``height`` in pixels.
    """

    data: bytes = field(repr=False)
    mime: str
    alt: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return sha256(self.data).hexdigest()

    @property
    def suffix(self) -> str:
        """The usual file name ending, with its dot."""
        return {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}[
            self.mime
        ]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One approved Variant on its way to one Account.

    ``key`` is stable for the Delivery, over every attempt: the seed of each idempotency key. ``due`` is the
    approved moment (aware, UTC); it is stable too, so a publisher may derive times and record keys from it.
    ``text`` is the whole text, the link included where the template put it; ``link`` is the address that the
    post is about, or ``""``. ``language`` is a BCP 47 tag. ``reply_to`` is the platform's id of a post of our own that
    this one answers, or ``""``.
    """

    key: str
    text: str
    due: datetime
    title: str = ""
    link: str = ""
    media: tuple[Media, ...] = ()
    language: str = "id"
    options: Mapping[str, Any] = field(default_factory=dict)
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform calls the post that is now public: its id there, and the address a person can open."""

    remote_id: str
    url: str
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """What the platform counts of one post; ``None`` where it does not say."""

    views: int | None = None
    likes: int | None = None
    shares: int | None = None
    replies: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of one of an account's quotas is used, as the platform itself says.

    ``used`` of ``total`` posts (or what ``what`` names) within ``window``; ``resets`` is when it begins anew (aware,
    UTC), ``None`` where the window slides.
    """

    used: int
    total: int
    window: timedelta
    what: str = "posts"
    resets: datetime | None = None


class Checkpoint(Protocol):
    """The finished steps of one Delivery, kept across restarts.

    A publisher of several steps calls ``save("media:0", id)`` *after* a step and asks ``get("media:0")`` before
    it; ``save`` returns when the value is committed.
    """

    def get(self, step: str) -> str | None:
        """The value saved for *step*, or ``None``."""
        ...

    def save(self, step: str, value: str) -> None:
        """Remember *value* for *step*; durable on return."""
        ...


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person on a list, as a platform needs them: a number of ours, the address, and the token of their way out.

    The address is a person's: it must not reach a log or an error (:func:`humasbot.masking.masked` makes it fit).
    """

    id: int
    address: str = field(repr=False)
    name: str = field(default="", repr=False)
    leave: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of one Delivery for one Addressee.

    ``sending`` is written before the message leaves, so where it is found later nobody knows; ``sent`` was taken,
    ``refused`` never will be, ``later`` surely was not taken and may be tried again. ``tries`` counts the messages.
    """

    state: str
    remote_id: str = ""
    note: str = ""
    tries: int = 0


class Directory(Protocol):
    """The people whom one account writes to, and what became of each message; handed in by the core.

    Nobody without a recorded consent is in it. Safe to share between threads.
    """

    def active(self, name: str) -> Iterable[Addressee]:
        """Everybody who wants the list *name* now, in a stable order."""
        ...

    def wants(self, addressee: Addressee) -> bool:
        """Whether they still want it; asked just before each message."""
        ...

    def results(self, key: str) -> Mapping[int, Answered]:
        """What is known of the Delivery *key*, by the Addressee's number."""
        ...

    def record(self, key: str, addressee: Addressee, answered: Answered) -> None:
        """Write what is known; durable on return."""
        ...

    def drop(self, addressee: Addressee, state: str, why: str) -> None:
        """Write to them no more: ``bounced`` (no such address) or ``stopped`` (they told the platform so)."""
        ...

    def reached(self, since: datetime) -> Mapping[int, datetime]:
        """Whom any Delivery reached since *since* (aware), and when last; for platforms that count people a day."""
        ...


def count_characters(text: str) -> int:
    """The plainest way to count: Unicode code points."""
    return len(text)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account of a platform accepts. Every number is dated data with a source, never eternal truth.

    ``count`` measures a text the way the platform does, against ``max_text``; ``max_bytes`` bounds its UTF-8
    bytes where the platform has such a second bound. ``max_media`` pictures of the types ``media_types``, each at
    most ``max_media_bytes`` bytes and ``max_pixels`` pixels (width × height), with alt texts of at most
    ``max_alt`` characters. ``card_size`` is the card format (width, height) that looks best there.
    ``ratios`` bound a picture's width ÷ height and ``widths`` its width in pixels (least and most, both allowed).
    ``source`` is the page that says so, ``as_of`` the day it was read.
    """

    max_text: int
    source: str
    as_of: date
    count: Callable[[str], int] = count_characters
    max_bytes: int | None = None
    max_media: int = 4
    max_media_bytes: int = 5_000_000
    max_pixels: int | None = None
    media_types: tuple[str, ...] = ("image/jpeg", "image/png")
    max_alt: int = 1000
    needs_media: bool = False
    card_size: tuple[int, int] = (1080, 1080)
    ratios: tuple[float, float] | None = None
    widths: tuple[int, int] | None = None

    def fits(self, text: str) -> bool:
        """Whether *text* is within both the platform's count and its byte bound."""
        if self.max_bytes is not None and len(text.encode()) > self.max_bytes:
            return False
        return self.count(text) <= self.max_text


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a source holds, as read: the raw matter of an Article.

    ``key`` is the source's own id for it (WordPress post id, feed guid; else the canonical address). ``url`` is the
    canonical address. Times are aware and UTC; ``published`` is ``None`` where the source does not say.
    ``text`` is plain text, paragraphs parted by a blank line. ``digest`` changes whenever the words do.
    """

    key: str
    url: str
    title: str
    text: str = ""
    summary: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    author: str = ""
    categories: tuple[str, ...] = ()
    image_url: str = ""
    image_alt: str = ""
    image_credit: str = ""
    language: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over title, text and summary, in hexadecimal; the same words at another address give the same."""
        parts = (self.title, self.text, self.summary)
        return sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens in the world, as a source tells it: an earthquake, a warning, an appointment.

    ``key`` names it within the source, over all revisions. ``facts`` are plain JSON values, each kind's own. ``begins``
    and ``ends`` are aware: when it happens, and when nothing about it is worth saying any more. ``revision`` counts up
    where the source counts; an older one is not believed. ``over`` says that the source took it back.
    """

    kind: str
    key: str
    begins: datetime
    ends: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 0
    over: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One reading of a source: its items (newest first) and what to remember for the next reading.

    ``state`` is handed back at the next reading (ETag, watermark …); ``unchanged`` is true where the source said
    that nothing is new (HTTP 304). ``warnings`` are sentences for the log: entries left out and why. ``happenings`` are
    for the campaigns that wait for their kind; where ``whole`` is given, they are all that begin between these two
    times, so that one which is missing there was taken back.
    """

    items: tuple[Item, ...] = ()
    state: Mapping[str, str] = field(default_factory=dict)
    unchanged: bool = False
    warnings: tuple[str, ...] = ()
    happenings: tuple[Happening, ...] = ()
    whole: tuple[datetime, datetime] | None = None
