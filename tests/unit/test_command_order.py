"""The help shows every command, once."""

from humasbot.cli import COMMANDS
from humasbot.cli.order import SECTIONS


def test_every_command_is_shown_once() -> None:
    shown = [name for _, names in SECTIONS for name in names]
    assert sorted(shown) == sorted(COMMANDS)
