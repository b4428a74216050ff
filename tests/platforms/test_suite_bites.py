"""The publisher suite passes a faultless publisher and fails every planted fault."""

import os
from collections import defaultdict
from pathlib import Path
from typing import ClassVar

import broken_lookers  # noqa: F401  # plants its own
import pytest
from broken_publishers import PLANTED

from humasbot.testing import Fault, PublisherSuite
from humasbot.testing.suite import ESSENTIAL

pytest_plugins = ["pytester"]
HERE = Path(__file__).parent
Outcomes = dict[str, dict[str, set[str]]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """By class of ``planted.py``: which suite tests passed, failed or were skipped; one run for all."""
    seen: Outcomes = defaultdict(lambda: defaultdict(set))

    class Watch:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            _, cls, test = report.nodeid.split("::")
            name = test.split("[")[0]
            if report.when == "call" or report.outcome != "passed":
                seen[cls][report.outcome].add(name)

    file = HERE / "planted.py"
    wanted = [f"{file}::TestToy"]
    wanted += [f"{file}::Test{cls.__name__}::{t}" for cls, tests in PLANTED.items() for t in tests]
    empty = tmp_path_factory.mktemp("planted") / "pytest.ini"
    empty.write_text("[pytest]\n")
    here = Path.cwd()
    pytest.main(
        [*wanted, "-c", str(empty), "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"],
        plugins=[Watch()],
    )
    os.chdir(here)
    return seen


def test_the_faultless_publisher_passes(outcomes: Outcomes) -> None:
    toy = outcomes["TestToy"]
    assert toy["failed"] == set()
    assert toy["skipped"] - {"test_fault_while_preparing"} == {"test_same_key_twice_is_one_post"}
    assert len(toy["passed"]) > 20


@pytest.mark.parametrize("cls", PLANTED, ids=lambda cls: cls.__name__)
def test_each_planted_fault_is_caught(outcomes: Outcomes, cls: type) -> None:
    assert outcomes[f"Test{cls.__name__}"]["failed"] == PLANTED[cls]


def test_every_test_of_the_suite_catches_something() -> None:
    tests = {name for name in dir(PublisherSuite) if name.startswith("test_")}
    assert tests == set().union(*PLANTED.values())


def define(**body: object) -> None:
    type("TestMine", (PublisherSuite,), body)


def test_a_suite_test_cannot_be_replaced() -> None:
    for name in ("test_fault_while_publishing", "_honour_cannot", "_no_secret_in_the_log", "_die_and_go_on"):
        with pytest.raises(TypeError, match=f"TestMine overrides {name} of the suite"):
            define(**{name: lambda self: None})


def test_a_mixin_or_a_grandchild_cannot_replace_one_either() -> None:
    class Mixin:
        def test_link_arrives(self) -> None: ...

    with pytest.raises(TypeError, match="Mixin overrides test_link_arrives"):
        type("TestMine", (Mixin, PublisherSuite), {})

    class Base(PublisherSuite):
        idempotent = True

    with pytest.raises(TypeError, match="TestChild overrides test_link_arrives"):
        type("TestChild", (Base,), {"test_link_arrives": None})


@pytest.mark.parametrize("mark", [pytest.mark.skip(reason="later"), [pytest.mark.xfail]])
def test_a_whole_suite_cannot_be_skipped(mark: object) -> None:
    with pytest.raises(TypeError, match="as a whole"):
        define(pytestmark=mark)


@pytest.mark.parametrize(
    ("cannot", "why"),
    [
        ({"test_of_nothing": "there is no such test"}, "has no 'test_of_nothing'"),
        ({"test_link_arrives": "later"}, "state the reason in a sentence"),
        ({"test_link_arrives": ""}, "state the reason in a sentence"),
        *(({name: "we would rather not"}, "no reason excuses") for name in sorted(ESSENTIAL)),
    ],
)
def test_an_excuse_needs_a_known_test_and_a_reason(cannot: dict[str, str], why: str) -> None:
    with pytest.raises(TypeError, match=why):
        define(cannot=cannot)


def test_own_tests_and_stated_reasons_are_welcome() -> None:
    class Fine(PublisherSuite):
        pytestmark: ClassVar = [pytest.mark.slow]
        cannot: ClassVar = {
            Fault.RATE_LIMIT: "the platform has no quota",
            "auth_dead while looking": "reading needs no credential",
            "test_find_existing_leaves_old_posts_alone": "the server dates posts by itself",
        }

        def test_of_my_own(self) -> None: ...

    assert {"test_of_my_own", "test_link_arrives"} <= set(dir(Fine))


def test_a_stated_reason_is_shown(pytester: pytest.Pytester) -> None:
    source = """
        import pytest
        from toy import ToyHarness
        from humasbot.testing import PublisherSuite

        class TestExcused(PublisherSuite):
            cannot = {"rate_limit while looking": "nobody counts readers here"}

            @pytest.fixture
            def harness(self):
                return ToyHarness()
    """
    pytester.makepyfile(test_excused=source)
    done = pytester.inline_run("-k", "cannot_look and rate_limit or TestExcused and verify_names")
    passed, skipped, failed = done.listoutcomes()
    assert (len(passed), len(skipped), len(failed)) == (1, 2, 0)
    assert "nobody counts readers here" in str(skipped[0].longrepr)
