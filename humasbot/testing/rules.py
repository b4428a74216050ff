"""What the suite expects of a publisher, as data and plain functions."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from traceback import format_exception

from humasbot.content import Outgoing, Receipt
from humasbot.errors import (
    AuthExpired,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
    Unsupported,
)
from humasbot.platforms.base import supports
from humasbot.testing.harness import Fault, Harness, Notes, Seen, When

KINDS = (RateLimited, Retryable, AuthExpired, Rejected, Uncertain)
"""What a publisher may raise, the narrower class first."""

AFTER_ACCEPT = frozenset(
    {
        Fault.ANSWER_LOST_AFTER_ACCEPT,
        Fault.SERVER_ERROR_AFTER_ACCEPT,
        Fault.GARBAGE_AFTER_ACCEPT,
        Fault.CUT_AFTER_ACCEPT,
        Fault.DRIP_AFTER_ACCEPT,
    }
)
FAULTS = tuple(fault for fault in Fault if fault not in (Fault.DRIP_AFTER_ACCEPT, Fault.REDIRECT))
"""Those that are met at every moment; the others have tests of their own."""
LOOKING_FAULTS = (
    Fault.REFUSE_CONNECTION,
    Fault.RATE_LIMIT,
    Fault.AUTH_DEAD,
    Fault.ANSWER_LOST_BEFORE_ACCEPT,
    Fault.SERVER_ERROR_AFTER_ACCEPT,
    Fault.GARBAGE_AFTER_ACCEPT,
    Fault.CUT_AFTER_ACCEPT,
)

_CLEAR: Mapping[Fault, type[PublishError]] = {
    Fault.REFUSE_CONNECTION: Retryable,
    Fault.RATE_LIMIT: RateLimited,
    Fault.AUTH_DEAD: AuthExpired,
    Fault.REFUSED: Rejected,
}


def expected(fault: Fault, when: When) -> type[PublishError]:
    """The one error that ``publish`` has to raise: doubt exists on the publishing call only."""
    doubt = Uncertain if when in (When.PUBLISHING, When.EDITING) else Retryable
    return _CLEAR.get(fault, doubt)


def kind(error: PublishError) -> type[PublishError]:
    """The class that decides what the core does next."""
    return next((k for k in KINDS if isinstance(error, k)), PublishError)


def broken(sentence: str) -> AssertionError:
    """The failure of a test: a promise that was not kept."""
    return AssertionError(sentence)


def check(kept: bool, sentence: str) -> None:
    """Fail with *sentence* unless the promise was *kept*."""
    if not kept:
        raise broken(sentence)


def publish(harness: Harness, outgoing: Outgoing, notes: Notes | None = None) -> Receipt | PublishError:
    """What a fresh publisher makes of *outgoing*: its receipt, or the error it raised, searched for secrets."""
    try:
        return harness.publisher().publish(outgoing, notes or Notes())
    except PublishError as error:
        no_secret(harness, error)
        check(kind(error) is not PublishError, f"raise one of {', '.join(k.__name__ for k in KINDS)}")
        check(bool(str(error).strip()), f"{type(error).__name__} without a sentence")
        return error
    except Exception as error:
        raise broken(
            f"publish() let {type(error).__name__} out, which is no PublishError: {error}"
        ) from error


def published(harness: Harness, outgoing: Outgoing, notes: Notes | None = None) -> Receipt:
    """The receipt; fails when publishing did."""
    outcome = publish(harness, outgoing, notes)
    if isinstance(outcome, PublishError):
        raise broken(f"publish() raised {type(outcome).__name__} though nothing was wrong: {outcome}")
    return outcome


def find(
    harness: Harness, outgoing: Outgoing, since: datetime | None = None
) -> Receipt | PublishError | None:
    """What ``find_existing`` answers: a receipt, ``None``, or the error it raised, searched for secrets."""
    try:
        return harness.publisher().find_existing(outgoing, since or harness.moment - timedelta(minutes=5))
    except PublishError as error:
        no_secret(harness, error)
        return error
    except Unsupported:
        raise broken("find_existing() is overridden but raises Unsupported: delete the override") from None
    except Exception as error:
        raise broken(
            f"find_existing() let {type(error).__name__} out, which is no PublishError: {error}"
        ) from error


def no_secret(harness: Harness, error: BaseException) -> None:
    """Fail when a secret can be read in *error*, its attributes, or its printed traceback."""
    text = "".join((*format_exception(error), repr(error), repr(vars(error))))
    check(not any(secret in text for secret in harness.secrets), f"a secret is in {type(error).__name__}")


def follow_the_core(harness: Harness, outgoing: Outgoing, error: PublishError, notes: Notes) -> None:
    """Do what the core does next after *error*; at no time may the platform hold two posts."""
    if isinstance(error, Rejected):
        check(not harness.posts(), "Rejected, and yet a post is public")
        return
    if isinstance(error, Uncertain):
        found = find(harness, outgoing) if supports(harness.platform, "find_existing") else error
        if isinstance(found, Receipt):
            check(
                [p.remote_id for p in harness.posts()] == [found.remote_id], "find_existing() found another"
            )
        if found is not None:
            check(len(harness.posts()) <= 1, "more than one post is public")
            return
    published(harness, outgoing, notes)
    check(len(harness.posts()) == 1, f"after another attempt {len(harness.posts())} posts are public, not 1")


def only(harness: Harness) -> Seen:
    """The one post that is public; fails when there are none or several."""
    posts = harness.posts()
    check(len(posts) == 1, f"{len(posts)} posts are public, not 1")
    return posts[0]


def today() -> datetime:
    """Now (aware, UTC)."""
    return datetime.now(UTC)
