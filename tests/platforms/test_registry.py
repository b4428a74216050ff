"""The registry, on real distributions laid down as ``.dist-info`` folders on ``sys.path``."""

import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from humasbot.errors import ConfigError
from humasbot.platforms import registry
from humasbot.platforms.base import Publisher
from humasbot.platforms.describe import describe

GOOD = """
from humasbot.platforms.base import Publisher

class Good(Publisher):
    name = "{name}"
    title = "Good"

    @classmethod
    def from_settings(cls, settings):
        return cls()

    def publish(self, outgoing, checkpoint):
        raise NotImplementedError
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Lay down a distribution with one platform; returns nothing, the registry sees it."""
    monkeypatch.setenv("HUMASBOT_LANG", "en")

    def lay_down(distribution: str, name: str, source: str, target: str = "") -> None:
        folder = tmp_path / distribution
        info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        module = f"{distribution.replace('-', '_')}_module"
        (folder / f"{module}.py").write_text(textwrap.dedent(source))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[humasbot.platforms]\n{name} = {target or module + ':Good'}\n"
        )
        monkeypatch.syspath_prepend(str(folder))
        registry._entries.cache_clear()

    yield lay_down
    registry._entries.cache_clear()


def test_ours_are_there_and_load() -> None:
    assert {"board", "facebook"} <= set(registry.platforms())
    for name in ("board", "facebook"):
        found = registry.platform(name)
        assert issubclass(found, Publisher)
        assert found.name == name
        assert registry.platforms()[name].owners == ("humasbot",)


def test_the_list_is_sorted_and_a_copy() -> None:
    listed = registry.platforms()
    assert list(listed) == sorted(listed)
    listed.clear()
    assert registry.platforms()


def test_listing_imports_no_platform() -> None:
    code = (
        "import sys; from humasbot.platforms.registry import platforms; assert 'facebook' in platforms(); "
        "print([m for m in sys.modules if m in ('facebook', 'tweepy', 'requests', 'humasbot.platforms.board')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_stranger_is_listed_and_loaded(install: Install) -> None:
    install("stranger-one", "strange", GOOD.format(name="strange"))
    assert registry.platforms()["strange"].owners == ("stranger-one",)
    assert registry.platform("strange").title == "Good"


def test_unknown_name_lists_all_and_guesses(install: Install) -> None:
    install("stranger-one", "strange", GOOD.format(name="strange"))
    with pytest.raises(
        ConfigError, match=r"no platform called Strnge; .*board.*strange.*Did you mean strange\?"
    ):
        registry.platform("Strnge")
    with pytest.raises(ConfigError) as caught:
        registry.platform("zzzzzz")
    assert "Did you mean" not in str(caught.value)


def test_two_owners_are_both_named_and_others_still_load(install: Install) -> None:
    install("stranger-one", "board", GOOD.format(name="board"))
    with pytest.raises(ConfigError, match=r"board is registered .*: humasbot, stranger-one"):
        registry.platform("board")
    assert registry.platforms()["board"].owners == ("humasbot", "stranger-one")
    assert registry.platform("facebook").name == "facebook"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import a_module_that_is_not_there", "ModuleNotFoundError.*a_module_that_is_not_there"),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two lines"),
        ("def broken(:", "SyntaxError"),
        ("Other = 1", "AttributeError"),
        ("Good = 1", "not a subclass of Publisher"),
        ("class Good: pass", "not a subclass of Publisher"),
        (
            "from humasbot.platforms.base import Publisher\nclass Good(Publisher):\n  name = 'strange'",
            "methods are missing: from_settings, publish",
        ),
        (GOOD.format(name="other"), "says name = other, its entry point says strange"),
        (GOOD.format(name="strange").replace('title = "Good"', ""), "title is not set"),
    ],
)
def test_a_broken_plugin_is_one_sentence_and_disturbs_no_other(
    install: Install, source: str, why: str
) -> None:
    sys.modules.pop("stranger_broken_module", None)
    install("stranger-broken", "strange", source)
    with pytest.raises(ConfigError, match=rf"strange of the distribution stranger-broken .*{why}") as caught:
        registry.platform("strange")
    assert len(caught.value.problems) == 1
    assert "\n" not in str(caught.value)
    assert registry.platform("board").name == "board"
    sys.modules.pop("stranger_broken_module", None)


OURS = {
    "bluesky", "board", "email", "facebook", "handoff", "instagram", "linkedin", "mastodon", "telegram", "threads",
    "webhook", "whatsapp", "wordpress", "x",
}  # fmt: skip
PROOFS = {"real server", "third-party emulator", "official contract", "documentation"}


def test_every_platform_of_ours_says_what_it_takes_since_when_and_how_it_was_proved() -> None:
    rows = {row["name"]: row for row in describe() if row["name"] in OURS}
    assert set(rows) == OURS
    for name, row in rows.items():
        assert row["max_text"] > 0, name
        assert row["proof"] in PROOFS, name
        assert re.search(r"https://|docs\.x\.com/|docs/\w+\.md|humasbot/platforms/\w+\.py", row["source"]), (
            name
        )
        assert date.fromisoformat(row["as_of"]) <= date.today(), name  # noqa: DTZ011 – the day it was read, anywhere
