"""A process of its own that publishes what is due once, to be killed by a test."""

from pathlib import Path

from humasbot.app import Humasbot


def publish_once(folder: str) -> None:
    """Open the office in *folder* and send what is due."""
    with Humasbot(Path(folder) / "humasbot.toml") as bot:
        bot.publish()
