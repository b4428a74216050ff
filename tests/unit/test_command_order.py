"""The help shows every command, once."""

from humasbot.cli.having import KEPT
from humasbot.cli.order import SECTIONS
from humasbot.pipeline.occasions.registry import KINDS


def test_every_command_is_shown_once() -> None:
    shown = [name for _, names in SECTIONS for name in names]
    assert len(shown) == len(set(shown))


def test_every_kind_of_campaign_has_its_words() -> None:
    assert set(KEPT) == set(KINDS)
