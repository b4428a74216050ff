"""An office that follows BMKG and a calendar, one round of the daemon at a time."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from bmkg_world import World
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.errors import ConfigError
from humasbot.sources import bmkg
from humasbot.sources.bmkg_budget import Budget

WIB = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=WIB)
Open = Callable[[dict[str, Any]], Humasbot]
Public = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(bmkg._Bmkg, "budget", Budget(tmp_path / "budget", most=1000))
    with World() as world:
        yield world


@pytest.fixture
def at_nine() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def following(settings: dict[str, Any], world: World) -> dict[str, Any]:
    """An office in Bandung that reads everything; pictures are proved elsewhere."""
    settings["accounts"].pop("dua")
    settings["humasbot"]["allow_hosts"] = ["127.0.0.1"]
    settings["agency"] |= {"latitude": -6.91, "longitude": 107.61}
    settings["sources"] = {
        "gempa": {"kind": "bmkg_earthquake", "url": f"{world.url}/TEWS/"},
        "cuaca": {"kind": "bmkg_warning", "url": f"{world.url}/nowcast"},
        "prakiraan": {"kind": "bmkg_forecast", "adm4": "32.73.02.1001", "url": f"{world.url}/prakiraan"},
        "kalender": {"kind": "ics", "url": f"{world.url}/agenda.ics"},
    }
    return settings


@pytest.fixture
def office(settings: dict[str, Any], world: World) -> dict[str, Any]:
    return following(settings, world)


def alerting(settings: dict[str, Any], occasion: str, source: str, **more: Any) -> dict[str, Any]:
    """A campaign with a standing approval, pinned to the template as it is."""
    for other in ("kalender", "prakiraan"):
        settings["sources"].pop(other, None)
    settings["campaigns"][occasion] = {
        "occasion": occasion, "source": source, "approval": "policy", "picture": "none", **more,
    }  # fmt: skip
    try:
        Humasbot(settings, folder=Path("/nonexistent")).close()
    except ConfigError as error:
        pin = str(next(problem for problem in error.problems if "pinned" in str(problem))).rsplit('"', 2)[1]
        settings["campaigns"][occasion]["pinned"] = pin
    return settings


class Round:
    """The clock and the office: one round of the daemon at a time."""

    def __init__(self, bot: Humasbot, clock: Any) -> None:
        self.bot, self.clock = bot, clock

    def __call__(self, at: datetime) -> None:
        self.clock.move_to(at)
        self.bot.ingest()
        self.bot.plan()
        self.bot.publish()


def rows(bot: Humasbot, model: Any) -> list[Any]:
    with bot.office.database.read() as session:
        return list(session.exec(select(model).order_by(model.id)).all())
