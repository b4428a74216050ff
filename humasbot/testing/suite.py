"""The suite a platform's author subclasses to know that the platform keeps our promises."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from humasbot.testing.check_correcting import CorrectingChecks
from humasbot.testing.check_faults import FaultChecks
from humasbot.testing.check_form import FormChecks
from humasbot.testing.check_looking import LookingChecks
from humasbot.testing.check_publishing import PublishingChecks
from humasbot.testing.harness import Fault, Harness, When

ADJUSTABLE = frozenset({"harness", "cannot", "idempotent", "crowd"})
"""All that a subclass may set."""
ESSENTIAL = frozenset(
    {
        "test_text_arrives_unchanged",
        "test_receipt_names_the_post",
        "test_two_posts_are_two",
        "test_fault_while_publishing",
        "test_secrets_are_not_in_the_repr",
        "test_limits_are_dated_with_their_source",
    }
)
"""Tests that no reason excuses."""


class PublisherSuite(FormChecks, PublishingChecks, FaultChecks, LookingChecks, CorrectingChecks):
    """Subclass it, name the class ``Test…``, and give it a fixture ``harness``.

    ``cannot`` maps what cannot be tested to the reason, which pytest then shows for the skipped test. Its keys are
    names of tests, of faults (``Fault.RATE_LIMIT``), or of a fault at one moment
    (``"rate_limit while looking"``). Nothing else of the suite can be overridden: a test that is silently replaced
    proves nothing, so such a class is refused when it is defined.
    """

    cannot: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        ours = {name for name in dir(PublisherSuite) if not name.startswith("__")} - ADJUSTABLE
        for base in cls.__mro__[: cls.__mro__.index(PublisherSuite)]:
            taken = sorted(ours & set(vars(base)))
            if taken:
                raise TypeError(
                    f"{base.__name__} overrides {', '.join(taken)} of the suite; state it in `cannot`"
                )
        marks = getattr(cls, "pytestmark", [])
        for mark in marks if isinstance(marks, list) else [marks]:
            if mark.name in ("skip", "xfail"):
                raise TypeError(
                    f"{cls.__name__} is marked {mark.name} as a whole; state single tests in `cannot`"
                )
        _check_reasons(cls.__name__, cls.cannot)

    @pytest.fixture
    def harness(self) -> Harness:
        """A fresh harness for one test; override it (as a generator, where something must be closed)."""
        raise NotImplementedError(f"give {type(self).__name__} a fixture `harness`")

    @pytest.fixture(autouse=True)
    def _honour_cannot(self, request: pytest.FixtureRequest) -> None:
        name = getattr(request.node, "originalname", request.node.name)
        keys = [name]
        fault = getattr(request.node, "callspec", None) and request.node.callspec.params.get("fault")
        if fault is not None:
            keys += [str(fault), f"{fault} while {_moment(name)}"]
        for key in keys:
            if key in self.cannot:
                pytest.skip(f"{key}: {self.cannot[key]}")

    @pytest.fixture(autouse=True)
    def _no_secret_in_the_log(self, harness: Harness, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        caplog.set_level(logging.DEBUG)
        yield
        for record in (*caplog.get_records("setup"), *caplog.get_records("call")):
            text = f"{record.getMessage()} {record.exc_text or ''} {record.args!r}"
            if any(secret in text for secret in harness.secrets):
                raise AssertionError(f"a secret was logged by {record.name} ({record.levelname})")


def _moment(test: str) -> When:
    moments = {
        "test_fault_while_publishing": When.PUBLISHING,
        "test_fault_while_preparing": When.PREPARING,
        "test_fault_while_editing": When.EDITING,
    }
    return moments.get(test, When.LOOKING)


def _check_reasons(name: str, cannot: Mapping[str, str]) -> None:
    tests = {test for test in dir(PublisherSuite) if test.startswith("test_")}
    allowed = (tests - ESSENTIAL) | set(Fault) | {f"{f} while {w}" for f in Fault for w in When}
    for key, reason in cannot.items():
        if key in ESSENTIAL:
            raise TypeError(f"{name}.cannot: no reason excuses {key}")
        if key not in allowed:
            raise TypeError(f"{name}.cannot: the suite has no {key!r}")
        if len(reason.split()) < 3:
            raise TypeError(f"{name}.cannot[{key!r}]: state the reason in a sentence")
