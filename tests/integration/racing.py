"""Two processes that race: one plans a fleet's days, the other begins a mourning while it does so."""

import random
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy.engine import default

from humasbot.app import Humasbot
from humasbot.pipeline import bulk
from humasbot.pipeline.deciding import start_mourning
from humasbot.pipeline.plan import plan

CHUNK = 4
SLOW_SECONDS = 0.06
"""How long a commit of the planner may take: on a slow disk whoever looks too early has much time to miss the other."""


def _slow_commits(chance: random.Random) -> None:
    real = default.DefaultDialect.do_commit

    def do_commit(dialect: Any, connection: Any) -> None:
        time.sleep(chance.random() * SLOW_SECONDS)  # the fault itself
        real(dialect, connection)

    default.DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]  # the fault itself


def planner(settings: dict[str, Any], folder: Path, orders: Connection, other: Connection, seed: int) -> None:
    """Plan at each moment that comes by *orders*, with the number of the chunk at which *other* is told to begin.

    The chunk has just been found free of mourning then, and nothing of it is committed. Answers with how many it made.
    """
    _slow_commits(random.Random(seed))
    looked, begin_at = 0, 0
    still_allowed = bulk._still_allowed

    def looks(*given: Any) -> None:
        nonlocal looked
        still_allowed(*given)
        looked += 1
        if looked == begin_at:
            other.send(None)

    bulk._still_allowed, bulk.CHUNK = looks, CHUNK
    with Humasbot(settings, folder=folder, migrate=False) as bot:
        orders.send("ready")
        while (order := orders.recv()) is not None:
            now, begin_at = order
            looked = 0
            if begin_at == 0:
                other.send(None)
            plan(bot.office, now)
            if looked < begin_at:  # there are not so many: it begins after the last
                other.send(None)
            orders.send(looked)


def mourner(settings: dict[str, Any], folder: Path, orders: Connection, other: Connection) -> None:
    """Begin a mourning of each day that comes by *orders*, so many seconds after *other* says so; answers when done."""
    with Humasbot(settings, folder=folder, migrate=False) as bot:
        orders.send("ready")
        while (order := orders.recv()) is not None:
            now, pause = order
            other.recv()
            time.sleep(pause)
            start_mourning(bot.office, "Banjir", actor="sekda", first=now.date(), last=now.date(), now=now)
            orders.send("begun")
