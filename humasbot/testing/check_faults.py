"""Promises about what goes wrong: the right error class, and never two posts."""

from datetime import timedelta

import pytest

from humasbot.content import Receipt
from humasbot.errors import PublishError, RateLimited, Retryable
from humasbot.platforms.base import supports
from humasbot.testing.harness import Fault, Harness, Notes, When
from humasbot.testing.rules import (
    AFTER_ACCEPT,
    broken,
    check,
    expected,
    find,
    follow_the_core,
    kind,
    publish,
    published,
)

ROUNDING = timedelta(seconds=2)
"""A platform that names a moment, in whole seconds, is understood a little later than it spoke."""


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
    @pytest.mark.parametrize("fault", list(Fault))
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

    @pytest.mark.parametrize("fault", list(Fault))
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
