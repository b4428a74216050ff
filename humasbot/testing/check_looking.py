"""Promises about what may be asked of the platform later: find, delete, verify, measure."""

from dataclasses import astuple, replace
from datetime import timedelta
from typing import ClassVar

import pytest

from humasbot.content import Receipt
from humasbot.errors import AuthExpired, PublishError, Uncertain
from humasbot.platforms.base import supports
from humasbot.testing.harness import Fault, Harness, When
from humasbot.testing.rules import LOOKING_FAULTS, broken, check, find, kind, no_secret, published, today


def _needs(harness: Harness, method: str) -> None:
    if not supports(harness.platform, method):
        pytest.skip(f"the platform does not claim {method}()")


def _absent(answer: object, what: str) -> None:
    check(
        answer is None or isinstance(answer, Uncertain), f"find_existing() took {what} for ours: {answer!r}"
    )


class LookingChecks:
    """Mixed into :class:`~humasbot.testing.PublisherSuite`."""

    crowd: ClassVar[int] = 30
    """How many later posts the suite puts in front of the one that it looks for; raise it above the page size."""

    @pytest.mark.parametrize("pictures", [0, 1])
    def test_find_existing_finds_it(self, harness: Harness, pictures: int) -> None:
        """Its receipt is that of ``publish``."""
        _needs(harness, "find_existing")
        if pictures > harness.publisher().limits.max_media:
            pytest.skip("the platform takes no pictures")
        outgoing = harness.outgoing(0, pictures=pictures)
        receipt = published(harness, outgoing)
        published(harness, harness.outgoing(1))
        found = find(harness, outgoing)
        if not isinstance(found, Receipt):
            raise broken(f"find_existing() says {found!r} of a public post")
        check(
            (found.remote_id, found.url) == (receipt.remote_id, receipt.url),
            f"publish() gave {receipt!r}, find_existing() {found!r}",
        )

    def test_find_existing_says_none_of_what_is_absent(self, harness: Harness) -> None:
        """Surely absent, on an empty platform and among others, so that the core may send again."""
        _needs(harness, "find_existing")
        check((found := find(harness, harness.outgoing(0))) is None, f"nothing is public, it says {found!r}")
        published(harness, harness.outgoing(1))
        check((found := find(harness, harness.outgoing(0))) is None, f"it is absent, it says {found!r}")

    def test_find_existing_is_not_fooled_by_a_similar_text(self, harness: Harness) -> None:
        """A text that begins alike, or contains the other, is another post."""
        _needs(harness, "find_existing")
        public = harness.outgoing(0)
        published(harness, public)
        other = harness.outgoing(1)
        for text in (f"{public.text} Lanjutan.", public.text[:-1], public.text[:-1] + "?"):
            _absent(find(harness, replace(other, text=text)), f"{public.text!r} when asked for {text!r}")

    def test_find_existing_leaves_old_posts_alone(self, harness: Harness) -> None:
        """Yesterday's greeting with the very same text is not today's."""
        _needs(harness, "find_existing")
        old = harness.outgoing(0)
        published(harness, old)
        harness.age(timedelta(days=1))
        answer = find(harness, replace(harness.outgoing(1), text=old.text), today() - timedelta(hours=1))
        _absent(answer, "a post older than `since`")

    def test_find_existing_looks_behind_a_crowd(self, harness: Harness) -> None:
        """Behind many later posts it is found, or the answer is Uncertain; never ``None``."""
        _needs(harness, "find_existing")
        outgoing = harness.outgoing(0)
        receipt = published(harness, outgoing)
        for n in range(1, self.crowd + 1):
            published(harness, harness.outgoing(n))
        found = find(harness, outgoing)
        if isinstance(found, Receipt):
            check(found.remote_id == receipt.remote_id, "it found another post")
        else:
            check(isinstance(found, Uncertain), f"behind {self.crowd} later posts it says {found!r}")

    @pytest.mark.parametrize("public", [False, True])
    @pytest.mark.parametrize("fault", LOOKING_FAULTS)
    def test_find_existing_admits_that_it_cannot_look(
        self, harness: Harness, fault: Fault, public: bool
    ) -> None:
        """An unanswered question is an error; ``None`` would make the core send again."""
        _needs(harness, "find_existing")
        outgoing = harness.outgoing(0)
        if public:
            published(harness, outgoing)
        harness.fault(fault, When.LOOKING)
        answer = find(harness, outgoing)
        harness.heal()
        check(isinstance(answer, PublishError), f"with {fault} while looking it answered {answer!r}")

    def test_delete_takes_the_post_back(self, harness: Harness) -> None:
        """The right one only; and already gone counts as done."""
        _needs(harness, "delete")
        first, second = (published(harness, harness.outgoing(n)) for n in range(2))
        for _ in range(2):
            harness.publisher().delete(first)
            left = [p.remote_id for p in harness.posts()]
            check(left == [second.remote_id], f"after delete() these are public: {left}")

    def test_verify_names_the_account(self, harness: Harness) -> None:
        """A name for people; a dead credential is AuthExpired."""
        _needs(harness, "verify")
        name = harness.publisher().verify()
        check(bool(name.strip()), f"verify() returned {name!r}")
        check(not any(secret in name for secret in harness.secrets), "a secret is in verify()'s answer")

    @pytest.mark.parametrize("fault", [Fault.AUTH_DEAD, Fault.REFUSE_CONNECTION])
    def test_verify_tells_what_is_wrong(self, harness: Harness, fault: Fault) -> None:
        """A dead credential is AuthExpired, an unreachable platform is not."""
        _needs(harness, "verify")
        harness.fault(fault, When.LOOKING)
        try:
            name = harness.publisher().verify()
        except PublishError as error:
            no_secret(harness, error)
            dead = kind(error) is AuthExpired
            check(dead == (fault is Fault.AUTH_DEAD), f"{fault}: verify() raised {type(error).__name__}")
        else:
            raise broken(f"with {fault} verify() returned {name!r}")
        finally:
            harness.heal()

    def test_metrics_are_numbers(self, harness: Harness) -> None:
        """Counts are whole numbers from 0, or ``None`` where the platform does not say."""
        _needs(harness, "metrics")
        metrics = harness.publisher().metrics(published(harness, harness.outgoing(0)))
        for value in astuple(metrics):
            good = value is None or (isinstance(value, int) and value >= 0)
            check(good, f"{metrics!r} is not made of numbers from 0")

    @pytest.mark.parametrize("method", ["metrics", "delete"])
    def test_unreachable_is_an_error(self, harness: Harness, method: str) -> None:
        """Neither figures nor a deletion are made up."""
        _needs(harness, method)
        receipt = published(harness, harness.outgoing(0))
        harness.fault(Fault.REFUSE_CONNECTION, When.LOOKING)
        try:
            answer = getattr(harness.publisher(), method)(receipt)
        except PublishError as error:
            no_secret(harness, error)
        else:
            raise broken(f"nobody could be asked, and {method}() returned {answer!r}")
        finally:
            harness.heal()
