"""Promises about what goes wrong: the right error class, and never two posts."""

import time
from datetime import timedelta

import pytest

from humasbot.content import Receipt
from humasbot.errors import PublishError, RateLimited, Retryable
from humasbot.platforms.base import supports
from humasbot.testing.harness import HASTY, Fault, Harness, Notes, When
from humasbot.testing.rules import (
    AFTER_ACCEPT,
    FAULTS,
    broken,
    check,
    expected,
    find,
    follow_the_core,
    kind,
    no_secret,
    publish,
    published,
)
from humasbot.testing.standin import Reply, Request, StandIn

ROUNDING = timedelta(seconds=2)
"""A platform that names a moment, in whole seconds, is understood a little later than it spoke."""
SLACK = 3.0
"""Seconds that a busy machine may add."""


class _Trap(StandIn):
    """An address inside this network that nobody may be led to."""

    def handle(self, request: Request) -> Reply:
        return Reply(200, {})


def _error(harness: Harness, outcome: Receipt | PublishError, fault: Fault, when: When) -> PublishError:
    """The error, if it is the right one; fails otherwise."""
    right = expected(fault, when)
    if isinstance(outcome, Receipt):
        raise broken(
            f"{fault} while {when} must raise {right.__name__}; publish() returned {outcome!r} instead"
        )
    check(
        kind(outcome) is right,
        f"{fault} while {when} must raise {right.__name__}, not {kind(outcome).__name__}: {outcome}",
    )
    if isinstance(outcome, RateLimited):
        asked, told = harness.wait, outcome.retry_after
        same = told == asked if told is None or asked is None else abs(told - asked) <= ROUNDING
        check(same, f"the platform asked to wait {asked}, retry_after says {told}")
    elif isinstance(outcome, Retryable) and outcome.retry_after is not None:
        check(outcome.retry_after.total_seconds() > 0, "retry_after is not positive")
    return outcome


class FaultChecks:
    """Mixed into :class:`~humasbot.testing.PublisherSuite`."""

    @pytest.mark.parametrize("pictures", [0, 1])
    @pytest.mark.parametrize("fault", FAULTS)
    def test_fault_while_publishing(self, harness: Harness, fault: Fault, pictures: int) -> None:
        """On the publishing call: exactly the right error, no resending of its own, and one post in the end."""
        if pictures > harness.publisher().limits.max_media:
            pytest.skip("the platform takes no pictures")
        outgoing, notes = harness.outgoing(0, pictures=pictures), Notes()
        harness.fault(fault, When.PUBLISHING)
        error = _error(harness, publish(harness, outgoing, notes), fault, When.PUBLISHING)
        harness.heal()
        public = len(harness.posts())
        check(public == (fault in AFTER_ACCEPT), f"after {fault} {public} posts are public")
        if public and supports(harness.platform, "find_existing"):
            check(find(harness, outgoing) is not None, "find_existing() says surely absent of a public post")
        follow_the_core(harness, outgoing, error, notes)

    @pytest.mark.parametrize("fault", FAULTS)
    def test_fault_while_preparing(self, harness: Harness, fault: Fault) -> None:
        """Before the publishing call nothing can be public, so nothing there is uncertain."""
        pictures = min(2, harness.publisher().limits.max_media)
        published(harness, harness.outgoing(0, pictures=pictures))
        usual, before = harness.uploads(), len(harness.posts())
        if usual == 0:
            pytest.skip("the platform publishes in one step")
        outgoing, notes = harness.outgoing(1, pictures=pictures), Notes()
        harness.fault(fault, When.PREPARING)
        error = _error(harness, publish(harness, outgoing, notes), fault, When.PREPARING)
        harness.heal()
        check(len(harness.posts()) == before, "a post is public although preparing it failed")
        if expected(fault, When.PREPARING) is not kind(error) or not harness.posts():
            return
        if fault is not Fault.REFUSED:
            published(harness, outgoing, notes)
            check(len(harness.posts()) == before + 1, "after another attempt there is not exactly one post")
            again = harness.uploads() - 2 * usual
            check(again <= (fault in AFTER_ACCEPT), f"{again} finished steps were repeated after {fault}")

    def test_a_drip_is_not_waited_for(self, harness: Harness) -> None:
        """Each single byte comes in time; the whole answer must, too. It is uncertain, and there is one post."""
        outgoing, notes, fault = harness.outgoing(0), Notes(), Fault.DRIP_AFTER_ACCEPT
        with harness.hasty():
            harness.fault(fault, When.PUBLISHING)
            began = time.perf_counter()
            error = _error(harness, publish(harness, outgoing, notes), fault, When.PUBLISHING)
            took = time.perf_counter() - began
        harness.heal()
        check(took < HASTY + SLACK, f"in haste ({HASTY} s) it waited {took:.1f} s for the whole answer")
        check(len(harness.posts()) == 1, f"{len(harness.posts())} posts are public, not 1")
        follow_the_core(harness, outgoing, error, notes)

    @pytest.mark.parametrize("when", [When.PREPARING, When.PUBLISHING, When.LOOKING])
    def test_a_redirect_is_not_followed(self, harness: Harness, when: When) -> None:
        """Neither content nor credential goes where an answer leads; it is an error, and nothing is public."""
        pictures = min(1, harness.publisher().limits.max_media)
        published(harness, harness.outgoing(0, pictures=pictures))
        if when is When.PREPARING and harness.uploads() == 0:
            pytest.skip("the platform publishes in one step")
        if when is When.LOOKING and not supports(harness.platform, "verify"):
            pytest.skip("the platform does not claim verify()")
        with _Trap() as trap:
            harness.elsewhere = trap.url
            harness.fault(Fault.REDIRECT, when)
            outcome = (
                _verify(harness) if when is When.LOOKING else publish(harness, harness.outgoing(1, pictures))
            )
            harness.heal()
            check(not trap.requests, f"it followed: {trap.paths()}")
        check(isinstance(outcome, PublishError), f"of a redirect while {when} it made {outcome!r}")
        check(len(harness.posts()) == 1, "a post is public although its request was led elsewhere")


def _verify(harness: Harness) -> str | PublishError:
    try:
        return harness.publisher().verify()
    except PublishError as error:
        no_secret(harness, error)
        return error
