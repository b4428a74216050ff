"""Every error that humasbot raises on purpose.

Errors of a publisher answer one question: *what next?* :class:`Rejected` – never, as it stands.
:class:`AuthExpired` – after a person renewed the credential. :class:`Retryable` – later, surely nothing was
published. :class:`RateLimited` – later, for the whole account. :class:`Uncertain` – look before anything else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class HumasbotError(Exception):
    """Base of all: ``str(error)`` is one sentence that says what, where and how to mend it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault found before anything is sent.

    ``where`` names the place (a key of the configuration with its line, a field of a template, a part of a
    variant); ``message`` is the whole sentence for a person.
    """

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class ConfigError(HumasbotError):
    """The configuration cannot be used; carries every fault found, not the first only."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem("", p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class TemplateError(HumasbotError):
    """A text or card template is wrong: names file, line and variable or layer."""


class StateError(HumasbotError):
    """The wish does not fit the present state (approving what is sent, cancelling what is on its way)."""


class InputError(HumasbotError):
    """What a person or a site gave cannot be used: names what, where and how to mend it."""


class NotFoundError(InputError):
    """Nothing of that name or number exists."""


class FetchError(HumasbotError):
    """A source could not be read; ``temporary`` says whether trying later can help."""

    def __init__(self, message: str, *, temporary: bool = True) -> None:
        super().__init__(message)
        self.temporary = temporary


class Unsupported(HumasbotError):
    """The platform has no such ability."""


class PublishError(HumasbotError):
    """Base of what a publisher raises. *message* is short and holds no secret and no payload.

    ``status`` is the HTTP status or ``None``; ``code`` the platform's own error code, as text.
    """

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Rejected(PublishError):
    """The platform refused this content; sending it again as it stands is useless. Nothing was published."""


class AuthExpired(PublishError):
    """The credential is dead or lacks a right: the account pauses until a person renews it. Nothing was published."""


class Retryable(PublishError):
    """Surely nothing was published; trying later can help. ``retry_after``: wait at least so long, if known."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: timedelta | None = None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.retry_after = retry_after


class RateLimited(Retryable):
    """The account's quota is used up: costs no attempt, and holds every delivery of the account.

    ``shared``: it is the quota of all accounts of the same application, which then all wait (see
    :attr:`humasbot.platforms.base.Publisher.shares`).
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: timedelta | None = None,
        shared: bool = False,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, retry_after=retry_after, status=status, code=code)
        self.shared = shared


class Uncertain(PublishError):
    """The platform may or may not have published: never send again without looking.

    ``person``: only a person can tell, or has to do it, so one is asked at once.
    """

    def __init__(
        self, message: str, *, person: bool = False, status: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.person = person


REMINDERS = ("PENGINGAT", "REMINDER")
"""The words with which a sentence begins, in both languages, that a person is told once more: it waits too long."""


def wait_until(moment: datetime, now: datetime | None = None) -> timedelta:
    """The time from *now* (UTC, default the present) to *moment* (aware), never negative."""
    return max(timedelta(0), moment - (now or datetime.now(UTC)))


def every(problems: Iterable[Problem]) -> str:
    """All problems as lines, for a message that lists every fault at once."""
    return "\n".join(f"- {p}" for p in problems)
