"""Processes that end themselves with SIGKILL amid a migration, or amid the planning of a fleet's day."""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy.engine import default


def migrating(number: int) -> None:
    """``humasbot upgrade``, killed right before its N-th statement that changes a table."""
    real, seen = default.DefaultDialect.do_execute, [0]

    def do_execute(dialect: Any, cursor: Any, statement: str, *more: Any) -> None:
        if statement.lstrip().startswith(("CREATE", "ALTER", "DROP", "UPDATE", "INSERT")):
            seen[0] += 1
            if seen[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)
        real(dialect, cursor, statement, *more)

    default.DefaultDialect.do_execute = do_execute  # type: ignore[method-assign]  # the fault itself
    from humasbot.cli import main

    sys.argv = ["humasbot", "upgrade"]
    main()


def planning(chunk: int, phase: str, number: int, now: datetime) -> None:
    """A day planned at *now* for every agency, *chunk* at a time, killed before or after the N-th commit."""
    from humasbot.app import Humasbot
    from humasbot.pipeline import bulk

    bulk.CHUNK = chunk
    with time_machine.travel(now, tick=True), Humasbot(Path("humasbot.toml"), migrate=False) as bot:
        real, seen = default.DefaultDialect.do_commit, [0]

        def do_commit(dialect: Any, connection: Any) -> None:
            seen[0] += 1
            if seen[0] == number and phase == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            real(dialect, connection)
            if seen[0] == number and phase == "after":
                os.kill(os.getpid(), signal.SIGKILL)

        default.DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]  # the fault itself
        bot.plan()
