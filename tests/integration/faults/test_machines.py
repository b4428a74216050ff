"""Bad machines that need more than a limit: a disk that is really full, 64 calls at the stop, a clock a day ahead."""

import errno
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import played
import pytest
import time_machine
from promised import in_thread, stage
from test_daemon import until
from test_faults import FEW, PLUGINS, Running, all_states, office, on_sqlite, settled, start, twice
from test_outbox import say, states

from humasbot.app import Humasbot
from humasbot.daemon import Daemon
from humasbot.database import DatabaseError
from humasbot.models import Throttle, utc_now

__all__ = ["office", "stage", "start"]
pytestmark = pytest.mark.slow


# The stop


@on_sqlite
def test_term_with_64_on_the_wire_finishes_every_one(office: Any, start: Any, public: Any) -> None:
    names = tuple(f"akun{number}" for number in range(64))
    bot = office(dict.fromkeys(names, 2), names=names, threads=64)
    say(bot, "Kerja bakti serentak")
    daemon = start()
    until(
        lambda: (
            len(list(Path(bot.config.folder).glob("akun*/*"))) >= 64
            or print(Counter(all_states(bot)), daemon.lines[-1:])
        )
    )  # each has noted its first step
    assert Counter(all_states(bot)) == {"sending": 64}
    assert daemon.end() == 0
    assert Counter(all_states(bot)) == {"sent": 64}
    assert [len(public(name)) for name in names] == [1] * 64


# The disk


class Small(Running):
    """A daemon whose database and data stand on a disk of their own of four megabytes, which only it can see."""

    def __init__(self, folder: Path) -> None:
        self.events, self.lines = [], []
        disk = folder / "disk"
        disk.mkdir()
        way = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        script = 'mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"'
        words = [sys.executable, "-m", "humasbot", "daemon", "--json-logs"]
        self.process = subprocess.Popen(
            [*way, "sh", "-c", script, "sh", str(disk), *words], cwd=folder, env=os.environ | {"PYTHONPATH": PLUGINS},
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.disk = Path(f"/proc/{self.process.pid}/root{disk}")
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @contextmanager
    def full(self) -> Iterator[None]:
        filler = self.disk / "pengisi"
        with filler.open("wb", buffering=0) as file:
            for size in (65536, 512):
                while _written(file, b"x" * size):
                    pass
        yield
        filler.unlink()


def _written(file: Any, data: bytes) -> bool:
    try:
        return bool(file.write(data))
    except OSError as fault:
        if fault.errno != errno.ENOSPC:
            raise
        return False


def _grown(bot: Humasbot, size: int) -> bool:
    try:
        with bot.office.database.write() as session:
            session.add(Throttle(key=secrets.token_hex(size // 2), held_until=utc_now()))
    except DatabaseError as fault:
        if "penuh" not in str(fault):
            raise
        return False
    return True


def mountable() -> bool:
    way = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    words = [*way, "mount", "-t", "tmpfs", "none", "/mnt"]
    return (
        bool(shutil.which("unshare"))
        and subprocess.run(words, check=False, capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not mountable(), reason="this system lets us mount no disk of our own")
def test_a_disk_that_is_really_full_sends_nothing_twice_and_says_so(tmp_path: Path, public: Any) -> None:
    accounts = "".join(
        f'[accounts.{name}]\nplatform = "scripted"\nfolder = "{name}"\n' for name in ("satu", "dua")
    )
    general = '[humasbot]\nsettle = "0s"\ndata = "{disk}/data"\ndatabase = "sqlite:///{disk}/humasbot.db"\n'
    office = f'[agency]\nname = "Dinas Kominfo Kota Contoh"\n{accounts}'
    (tmp_path / "humasbot.toml").write_text(general.format(disk="disk") + office)
    daemon = Small(tmp_path)
    try:
        until(lambda: daemon.said("started") or daemon.process.poll() is not None)
        assert daemon.process.poll() is None, daemon.lines
        (tmp_path / "dari-luar.toml").write_text(general.format(disk=daemon.disk) + office)
        with Humasbot(tmp_path / "dari-luar.toml") as bot:
            ids = say(bot, "Jalan ditutup sementara", at=utc_now() + timedelta(seconds=4))
            with daemon.full():
                for size in (100_000, 4_000, 100):
                    while _grown(bot, size):  # the log of the database has room of its own
                        pass
                until(lambda: [e for e in daemon.said("job_failed") if "penuh" in e["reason"]])
                until(lambda: bot.views.delivery(ids[0])["due_at"] < utc_now() - timedelta(seconds=1))
                assert len(twice(public, FEW)) == 0
            until(lambda: settled(bot), 60)
            assert twice(public, FEW) == []
            assert sum(len(public(name)) for name in FEW) == len(bot.views.deliveries(limit=999))
            assert set(ids) <= {row["id"] for row in bot.views.deliveries(limit=999)}
        assert daemon.end() == 0
    finally:
        daemon.kill()


# The clock


@contextmanager
def living(bot: Humasbot, act: Any) -> Iterator[Any]:
    """The daemon in this process under a clock that *act* moves; its end is what *act* came to."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    daemon = Daemon(bot)

    def meddle(clock: Any) -> None:
        try:
            until(lambda: daemon.heartbeat.exists())
            act(clock)
        finally:
            daemon.stop.set()

    try:
        with time_machine.travel(utc_now(), tick=True) as clock:
            thread, outcome = in_thread(lambda: meddle(clock))
            daemon.run()
            thread.join()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    yield outcome


@pytest.fixture
def played_bot(settings: dict[str, Any], tmp_path: Path, open_bot: Any) -> Humasbot:
    settings["humasbot"]["settle"] = "10s"  # longer than a call, as the default is
    settings["accounts"] = {
        name: {"platform": "played", "stage": f"{tmp_path}/{name}"} for name in ("satu", "dua")
    }
    made: Humasbot = open_bot(settings)
    return made


@pytest.mark.parametrize(
    "jump", [timedelta(days=1), timedelta(hours=-1)], ids=["a day ahead", "an hour back"]
)
def test_a_clock_that_jumps_in_the_middle_of_a_call_makes_no_second_one(
    played_bot: Humasbot, stage: Any, jump: timedelta
) -> None:
    """A lease that the jump has ended is not the end of the call: what answers before ``settle`` is over counts."""
    bot, calls = played_bot, []
    jumped = threading.Event()

    def slow(stage: played.Stage, outgoing: Any, _: Any) -> Any:
        calls.append(outgoing.key)
        jumped.wait(10)
        threading.Event().wait(1.5)  # the platform's own time: the daemon's jobs run on meanwhile
        return stage.accept(outgoing)

    def act(clock: Any) -> None:
        say(bot, "Pertama hari ini", to=["satu"])
        until(lambda: calls)
        clock.shift(jump)
        jumped.set()
        until(lambda: states(bot) == ["sent"])
        clock.shift(-jump)
        say(bot, "Kedua hari ini", to=["dua"])
        until(lambda: states(bot) == ["sent", "sent"])

    stage("satu").publish = slow
    with living(bot, act) as outcome:
        assert outcome == [None]
    assert len(calls) == len(stage("satu").posts) == len(stage("dua").posts) == 1
