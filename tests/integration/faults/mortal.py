"""The real daemon, which kills itself with SIGKILL at one exact moment of its life.

``live("before" or "after", N, "daemon", …)``: just before or just after the N-th commit of this process, whatever that
commit is for – migrating, reading a source, planning, approving, claiming, writing a receipt, reconciling, sealing.
``"never"`` lives on. The jobs that run every so many seconds run four times a second here, so that a life is short.
"""

import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import default


def live(phase: str, number: int, *command: str) -> None:
    """One life of the daemon."""
    real, lock, seen = default.DefaultDialect.do_commit, threading.Lock(), [0]

    def do_commit(dialect: Any, connection: Any) -> None:
        with lock:
            seen[0] += 1
            mine = seen[0] == number
        if mine and phase == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(dialect, connection)
        if mine and phase == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    default.DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]  # the fault itself
    from humasbot import daemon
    from humasbot.cli import main as humasbot

    daemon.JOBS = tuple(replace(job, every=min(job.every, timedelta(seconds=0.25))) for job in daemon.JOBS)
    sys.argv = ["humasbot", *command]
    humasbot()
