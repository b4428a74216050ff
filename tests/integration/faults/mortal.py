"""The real daemon, which kills itself with SIGKILL at one exact moment of its life.

``python mortal.py before|after N daemon …``: just before or just after the N-th commit of this process, whatever that
commit is for – migrating, reading a source, planning, approving, claiming, writing a receipt, reconciling, sealing.
``python mortal.py never 0 …`` lives on. The jobs that run every so many seconds run every second here, so that a life
is short.
"""

import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import default


def main() -> None:
    phase, number, *command = sys.argv[1:]
    real, lock, seen = default.DefaultDialect.do_commit, threading.Lock(), [0]

    def do_commit(dialect: Any, connection: Any) -> None:
        with lock:
            seen[0] += 1
            mine = seen[0] == int(number)
        if mine and phase == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(dialect, connection)
        if mine and phase == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    default.DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]  # the fault itself
    from humasbot import daemon
    from humasbot.cli import main as humasbot

    daemon.JOBS = tuple(replace(job, every=min(job.every, timedelta(seconds=1))) for job in daemon.JOBS)
    sys.argv = ["humasbot", *command]
    humasbot()


if __name__ == "__main__":
    main()
