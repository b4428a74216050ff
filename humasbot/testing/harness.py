"""What a platform's author supplies so that :class:`~humasbot.testing.PublisherSuite` can steer the platform.

A harness stands between the suite and a stand-in, an emulator or a real server: it hands out publishers, shows what
the public would see, and makes the platform misbehave on the next call of a chosen kind.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache, cached_property
from io import BytesIO
from unittest.mock import patch
from uuid import uuid4

from humasbot.content import Media, Outgoing
from humasbot.net import Http
from humasbot.platforms.base import Publisher

HASTY = 0.4
"""Seconds that a publisher waits for a whole answer while it is in haste."""


class Fault(StrEnum):
    """One way in which a platform, or the road to it, fails. *Accept*: the platform carried the request out."""

    REFUSE_CONNECTION = "refuse_connection"
    """Nothing listens, no name, no route: surely nothing arrived."""
    RATE_LIMIT = "rate_limit"
    """The quota is used up; the platform names :attr:`Harness.wait`, if it names a time at all."""
    AUTH_DEAD = "auth_dead"
    """The credential is revoked, expired or lacks the right."""
    REFUSED = "refused"
    """The platform does not want this content."""
    ANSWER_LOST_BEFORE_ACCEPT = "answer_lost_before_accept"
    """The connection breaks after the request was sent; it was not carried out."""
    ANSWER_LOST_AFTER_ACCEPT = "answer_lost_after_accept"
    """The connection breaks after the request was sent; it was carried out."""
    SERVER_ERROR_AFTER_ACCEPT = "server_error_after_accept"
    """A 5xx answer, though the request was carried out."""
    GARBAGE_AFTER_ACCEPT = "garbage_after_accept"
    """A success whose body is something else (HTML of a captive portal), though the request was carried out."""
    CUT_AFTER_ACCEPT = "cut_after_accept"
    """A success whose body ends in the middle (cut JSON), though the request was carried out."""
    DRIP_AFTER_ACCEPT = "drip_after_accept"
    """The answer comes a byte now and then for many seconds, though the request was carried out."""
    REDIRECT = "redirect"
    """The answer leads to :attr:`Harness.elsewhere`, in this very network; the request was not carried out."""


class When(StrEnum):
    """Which call the fault meets."""

    PREPARING = "preparing"
    """The next call of ``publish`` before the publishing one: an upload, a container, a login."""
    PUBLISHING = "publishing"
    """The next call after which the post may be public."""
    LOOKING = "looking"
    """The next call of ``find_existing``, ``verify``, ``metrics`` or ``delete``."""
    EDITING = "editing"
    """The next call of ``edit`` that changes something."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One post as the public sees it; ``None`` for what the harness cannot read back.

    ``pictures`` are the SHA-256 digests (hexadecimal) of the pictures' bytes and ``alts`` their alt texts, both in
    the order of showing; ``url`` is the address a person opens, ``""`` if unknown.
    """

    remote_id: str
    text: str | None
    link: str | None = None
    pictures: tuple[str, ...] | None = None
    alts: tuple[str, ...] | None = None
    url: str = ""


class Restarted(BaseException):
    """The process died here; not an ``Exception``, so that no publisher can swallow it."""


class Notes:
    """A checkpoint in memory; with ``stop_after=n`` the process "dies" just after the n-th value was saved."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.values: dict[str, str] = {}
        self.saves = 0
        self.stop_after = stop_after

    def get(self, step: str) -> str | None:
        """The value saved for *step*, or ``None``."""
        return self.values.get(step)

    def save(self, step: str, value: str) -> None:
        """Remember *value*; raises :class:`Restarted` at the planned moment."""
        if {type(step), type(value)} != {str}:
            raise TypeError(f"a checkpoint keeps text, got {step!r} = {type(value).__name__}")
        self.values[step] = value
        self.saves += 1
        if self.saves == self.stop_after:
            raise Restarted


class Harness(ABC):
    """Steers one platform for one test; the suite's fixture ``harness`` makes a fresh one each time."""

    platform: type[Publisher]
    """The class under test."""
    settings: Mapping[str, str]
    """Settings with which ``from_settings`` builds a working publisher."""
    wait: timedelta | None = timedelta(seconds=17)
    """How long a RATE_LIMIT fault asks to wait; ``None`` where the platform never says."""
    elsewhere: str = "http://127.0.0.1:9"
    """Where a REDIRECT fault leads; the suite sets it to an address at which it listens."""

    @abstractmethod
    def posts(self) -> Sequence[Seen]:
        """What is public now, oldest first."""

    @abstractmethod
    def fault(self, kind: Fault, when: When) -> None:
        """Make the next call that *when* names fail as *kind* says, once (or until :meth:`heal`)."""

    @abstractmethod
    def uploads(self) -> int:
        """How many preparatory steps the platform has carried out so far; 0 for ever where it has none."""

    @abstractmethod
    def heal(self) -> None:
        """End every planned fault, and whatever lasts of it (start a server again that was stopped)."""

    @contextmanager
    def hasty(self) -> Iterator[None]:
        """While it lasts, publishers wait :data:`HASTY` seconds for a whole answer, and as long as ever for a piece.

        This shortens :class:`humasbot.net.Http`; override it where the publisher speaks through another client.
        """
        with patch.dict(Http.__init__.__kwdefaults__, total=HASTY):
            yield

    def age(self, by: timedelta) -> None:
        """Make every post that is public now look *by* older."""
        raise NotImplementedError(
            "write Harness.age(), or put the test's name into the suite's `cannot` with the reason"
        )

    def answers(self, remote_id: str) -> Sequence[Seen]:
        """Our own posts that answer the post *remote_id*; needed where the platform has ``reply``."""
        raise NotImplementedError(
            "write Harness.answers(), or put the test's name into the suite's `cannot` with the reason"
        )

    def publisher(self) -> Publisher:
        """A fresh publisher, as after a restart."""
        return self.platform.from_settings(self.settings)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be seen in a repr, an error or a log; default: the settings marked secret."""
        names = {s.name for s in self.platform.settings if s.secret}
        return tuple(value for name, value in self.settings.items() if name in names and value)

    def outgoing(self, n: int, pictures: int = 0) -> Outgoing:
        """Sample number *n*, with its own key and text, and so many *pictures*.

        Override where the platform takes other content; texts of different numbers must differ.
        """
        text = (
            f"Uji {n} ({self.run}): loket “Dukcapil” buka & gratis <b>besok</b> – ya, é! 🇮🇩\n"
            f"Baris kedua, nomor {n}."
        )
        limits = self.publisher().limits
        mime = limits.media_types[0] if limits.media_types else "image/jpeg"
        media = tuple(picture(position, mime) for position in range(pictures or int(limits.needs_media)))
        return Outgoing(f"suite-{self.run}-{n}", text, self.moment, title=f"Uji {n}", media=media)

    @cached_property
    def run(self) -> str:
        """A few letters that tell this run's posts from those of earlier runs on the same server."""
        return uuid4().hex[:8]

    @cached_property
    def moment(self) -> datetime:
        """The approved moment of every sample (aware, UTC)."""
        return datetime.now(UTC)


@cache
def picture(n: int, mime: str = "image/jpeg", size: tuple[int, int] = (640, 640)) -> Media:
    """A small real picture, another for each *n*, with an alt text full of awkward characters."""
    from PIL import Image

    image = Image.new("RGB", size, ((n * 67) % 256, (90 + n * 31) % 256, 160))
    buffer = BytesIO()
    image.save(buffer, mime.removeprefix("image/"))
    return Media(buffer.getvalue(), mime, f'Gambar {n}: tenda "biru" & <spanduk> “selamat” 🇮🇩', *size)
