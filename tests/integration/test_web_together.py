"""Many people press the same button at the same moment, on both databases: it is one approval, and one Delivery."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from humasbot.app import Humasbot
from humasbot.errors import StateError
from humasbot.models import utc_now

pytestmark = pytest.mark.slow
MANY = 8


def pressed(bot: Humasbot, shown: dict[int, str], people: list[str]) -> list[str]:
    """What each of *people* is told who say yes at the same moment."""
    ready = Barrier(len(people))

    def press(name: str) -> str:
        ready.wait()
        try:
            return f"{len(bot.desk(1).approve(1, shown, actor=name))}"
        except StateError as refused:
            return str(refused)

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(press, people))


@pytest.mark.parametrize("eyes", [1, 2])
def test_pressed_at_once_is_approved_once(
    settings: dict[str, Any], open_bot: Callable[[dict[str, Any]], Humasbot], eyes: int
) -> None:
    settings["approval"] = {"eyes": eyes}
    settings["campaigns"]["pagi"] = {"occasion": "daily", "at": "00:00", "picture": "none"}
    bot = open_bot(settings)
    bot.speak("pagi", utc_now().astimezone(bot.config.zone).date())
    shown = {row["id"]: row["hash"] for row in bot.desk(1).post(1)["variants"]}
    told = pressed(bot, shown, [f"orang {number}" for number in range(MANY)])
    assert told.count("2") == 1, "one of them queues both accounts"
    assert told.count("0") == eyes - 1
    rows = [bot.views.delivery(row["id"]) for row in bot.views.deliveries()]
    assert [row["state"] for row in rows] == ["queued", "queued"]
    assert [len(row["approvals"]) for row in rows] == [1, 1]
    assert {len(row["approvals"][0]["actor"].split(" + ")) for row in rows} == {eyes}


def test_a_link_pressed_twice_at_once_lets_one_in(
    settings: dict[str, Any], open_bot: Callable[[dict[str, Any]], Humasbot]
) -> None:
    bot = open_bot(settings)
    token = bot.staff.invite("Budi", actor="uji")
    ready = Barrier(MANY)

    def enter(_: int) -> bool:
        ready.wait()
        try:
            return bool(bot.staff.enter(token))
        except StateError:
            return False

    with ThreadPoolExecutor(MANY) as pool:
        assert sum(pool.map(enter, range(MANY))) == 1
