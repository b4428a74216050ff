"""Processes of humasbot that start at once: each is forked from one that has done nothing but load it.

What a test kills is a process like any other, with its own number, connections and end; only the second in which
Python loads modules, of which nothing is to be proved, is spent once instead of at every start.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import Pipe, forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, TextIO

LOADED = [
    "humasbot.app", "humasbot.backup", "humasbot.cli.backing", "humasbot.cli.fleet", "humasbot.cli.phrases",
    "humasbot.cli.running", "humasbot.daemon", "humasbot.fleet.worker", "humasbot.listening",
    "humasbot.pipeline.occasions.article", "humasbot.sources.feed", "humasbot.sources.registry", "alembic.command",
    "apscheduler.schedulers.background", "apscheduler.schedulers.blocking", "apscheduler.triggers.interval",
    "dateutil.easter", "encodings.idna", "feedparser", "greenlet", "holidays", "holidays.calendars",
    "holidays.groups", "jinja2.sandbox", "procrastinate", "psycopg", "rich.console", "rich.syntax", "rich.table",
    "rich.traceback", "sqlalchemy.dialects.postgresql.psycopg", "structlog", "structlog.stdlib", "structlog.testing",
    "time_machine", "trafilatura", "xml.sax.expatreader", "settled",
]  # fmt: skip


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


_CONTEXT = _context()


def _serve() -> None:
    """Begin the process that forks, if there is none: it finds ``settled`` beside us, which its path does not name."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([*([before] if before else []), str(Path(__file__).parent)])
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


class Warm:
    """As far as tests need it, what :class:`subprocess.Popen` is: *target* with *arguments*, in *folder*.

    *target* is a function of an importable module. Its standard output and error go to *out* and *err*, or nowhere;
    with ``subprocess.PIPE`` what it says is read at :attr:`stderr`.
    """

    def __init__(
        self,
        target: Callable[..., Any],
        *arguments: Any,
        folder: Path,
        env: Mapping[str, str] | None = None,
        out: Path | None = None,
        err: Path | int | None = None,
    ) -> None:
        given = dict(os.environ if env is None else env)
        self.stderr: TextIO | None = None
        ends: list[Connection] = []
        if err == subprocess.PIPE:
            ours, theirs = Pipe(duplex=False)
            self.stderr = os.fdopen(os.dup(ours.fileno()), encoding="utf-8", errors="replace")
            ends = [ours, theirs]
        self._process = _CONTEXT.Process(
            target=_live,
            args=(target, arguments, folder, given, (out, ends[1] if ends else err)),
            daemon=True,
        )
        _serve()
        self._process.start()
        for end in ends:
            end.close()

    @property
    def pid(self) -> int:
        """The process's number."""
        return int(self._process.pid or 0)

    @property
    def returncode(self) -> int | None:
        """How it ended; less the signal's number where it was killed, ``None`` while it lives."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """As :attr:`returncode`."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises :class:`subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        if (code := self.returncode) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ends in this moment
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it on the spot."""
        self.send_signal(signal.SIGKILL)


def humasbot(*words: str) -> None:
    """The command with these words."""
    from humasbot.cli import main

    sys.argv = ["humasbot", *words]
    main()


def impatient(seconds: int, *words: str) -> None:
    """The command, which waits no longer than that for a locked database."""
    from humasbot import database

    database.BUSY_SECONDS = seconds
    humasbot(*words)


def hurried(*words: str) -> None:
    """The command, in a fleet where a worker counts as dead after 6 seconds instead of 30."""
    from humasbot.fleet import engine

    engine.STALE = 6
    humasbot(*words)


def _live(
    target: Callable[..., Any],
    arguments: tuple[Any, ...],
    folder: Path,
    env: Mapping[str, str],
    places: tuple[Any, Any],
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for number, place in enumerate(places, start=1):
        if isinstance(place, Connection):
            os.dup2(place.fileno(), number)
            place.close()
            continue
        file = os.open(place or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, number)
        os.close(file)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)
    target(*arguments)
