"""Bad machines that need more than a limit: a disk that is really full, 64 calls at the stop, a clock a day ahead."""

import json
import os
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
from test_faults import FEW, PLUGINS, all_states, office, on_sqlite, start
from test_outbox import say, states

from humasbot.app import Humasbot
from humasbot.daemon import Daemon
from humasbot.models import utc_now

__all__ = ["office", "stage", "start"]
pytestmark = pytest.mark.slow


# The stop


@on_sqlite
def test_term_with_64_on_the_wire_finishes_every_one(office: Any, start: Any, public: Any) -> None:
    names = tuple(f"akun{number}" for number in range(64))
    bot = office(dict.fromkeys(names, 2), names=names, threads=64)
    say(bot, "Kerja bakti serentak")
    daemon = start()
    until(lambda: len(list(Path(bot.config.folder).glob("akun*/*"))) >= 64)  # each has noted its first step
    assert Counter(all_states(bot)) == {"sending": 64}
    assert daemon.end() == 0
    assert Counter(all_states(bot)) == {"sent": 64}
    assert [len(public(name)) for name in names] == [1] * 64


# The disk


def alone(*words: str) -> list[str]:
    """The command in a place where it may mount a disk that nobody else sees."""
    return ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), *words]


def mountable() -> bool:
    mount = alone("mount", "-t", "tmpfs", "none", "/mnt")
    return (
        bool(shutil.which("unshare"))
        and not subprocess.run(mount, check=False, capture_output=True).returncode
    )


@pytest.mark.skipif(not mountable(), reason="this system lets us mount no disk of our own")
def test_a_disk_that_is_really_full_sends_nothing_twice_and_says_so(tmp_path: Path, public: Any) -> None:
    (tmp_path / "disk").mkdir()
    script = 'mount -t tmpfs -o size=4m none "$1/disk" && exec "$2" "$3" "$1"'
    rig = str(Path(__file__).with_name("cramped.py"))
    ended = subprocess.run(
        alone("sh", "-c", script, "sh", str(tmp_path), sys.executable, rig), cwd=tmp_path, text=True,
        env=os.environ | {"PYTHONPATH": PLUGINS}, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert "penuh" in found["person"]
    assert found["ended"] == 0
    assert "Traceback" not in found["said"]
    assert [len(public(name)) for name in FEW] == [1, 1]


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
    played_bot: Humasbot, stage: Any, jump: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lease that the jump has ended is not the end of the call: what answers before ``settle`` is over counts."""
    monkeypatch.setattr("humasbot.daemon.tune", lambda: None)  # pytest's process is not the daemon's own
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
