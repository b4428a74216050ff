"""What the tests of days and decisions share: an office that greets every morning, and its hours."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from humasbot.app import Humasbot

WIB = ZoneInfo("Asia/Jakarta")
Open = Callable[[dict[str, Any]], Humasbot]
Public = Callable[[str], list[dict[str, Any]]]


def morning() -> dict[str, Any]:
    """A campaign that says good morning at six, or not at all."""
    return {"occasion": "daily", "at": "06:00", "approval": "policy", "late": "skip", "picture": "none"}


@pytest.fixture
def greeter(settings: dict[str, Any]) -> dict[str, Any]:
    """An office of one account and that campaign."""
    settings["accounts"].pop("dua", None)
    settings["campaigns"]["pagi"] = morning()
    return settings


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=WIB)


def texts(public: Public) -> list[str]:
    return [post["text"] for post in public("satu")]
