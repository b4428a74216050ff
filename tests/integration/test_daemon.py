"""The daemon as a process: it sends on time, stops cleanly, and survives being killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from humasbot.app import Humasbot
from humasbot.models import utc_now

CONFIG = """
[humasbot]
settle = "0s"
plan_ahead = "1h"

[agency]
name = "Dinas Kominfo Kota Contoh"
sign_off = "— Diskominfo"

[accounts.satu]
platform = "scripted"
folder = "satu"
delay = "{delay}"
"""


class Running:
    """A daemon of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = (folder / "log").open("a")
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "plugins")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "humasbot", "daemon", "--json-logs"], cwd=folder, env=env, stderr=self.log
        )

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Ask again and again until it holds; a condition, not a fixed wait, decides."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came true")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def make() -> Running:
        started.append(Running(tmp_path))
        return started[-1]

    yield make
    for one in started:
        one.process.kill()
        one.process.wait()
        one.log.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Callable[..., Humasbot]]:
    opened: list[Humasbot] = []

    def make(delay: str = "0") -> Humasbot:
        (tmp_path / "humasbot.toml").write_text(CONFIG.format(delay=delay))
        (tmp_path / "kabar.md").write_text(
            "# Jalan ditutup\n\nJalan Merdeka ditutup Minggu pukul 06.00 WIB.\n"
        )
        opened.append(Humasbot(tmp_path / "humasbot.toml"))
        return opened[-1]

    yield make
    for bot in opened:
        bot.close()


def state(bot: Humasbot) -> str:
    return str(bot.views.deliveries()[0]["state"])


def test_sends_at_its_moment_and_stops_cleanly(office: Any, start: Any, tmp_path: Path, public: Any) -> None:
    bot = office()
    daemon = start()
    until(lambda: any(event["event"] == "started" for event in daemon.events()))
    due = utc_now() + timedelta(seconds=3)
    bot.announce(str(tmp_path / "kabar.md"), actor="budi", at=due)
    until(lambda: state(bot) == "sent")
    (post,) = public("satu")
    from datetime import datetime

    late = (datetime.fromisoformat(post["at"]) - due).total_seconds()
    assert 0 <= late < 1.5
    assert daemon.end() == 0
    assert daemon.events()[-1]["event"] == "stopped"


@pytest.mark.slow
def test_term_in_the_middle_finishes_what_was_begun(
    office: Any, start: Any, tmp_path: Path, public: Any
) -> None:
    bot = office(delay="1.5")
    bot.announce(str(tmp_path / "kabar.md"), actor="budi")
    daemon = start()
    until(lambda: state(bot) == "sending")
    assert daemon.end() == 0
    assert state(bot) == "sent"
    assert len(public("satu")) == 1


@pytest.mark.parametrize("step", [pytest.param("kill_before", marks=pytest.mark.slow), "kill_after"])
def test_killed_while_sending_stands_once(
    office: Any, start: Any, tmp_path: Path, public: Any, script: Any, step: str
) -> None:
    bot = office()
    bot.announce(str(tmp_path / "kabar.md"), actor="budi")
    script("satu", step)
    assert start().process.wait(timeout=30) == -signal.SIGKILL
    assert state(bot) == "sending"
    start()
    until(lambda: state(bot) == "sent")
    assert len(public("satu")) == 1
    assert bot.views.delivery(1)["tries"][0]["outcome"] == ""


@pytest.mark.slow
def test_two_daemons_on_one_database_do_no_harm(office: Any, start: Any, tmp_path: Path, public: Any) -> None:
    bot = office()
    first, second = start(), start()
    for number in range(6):
        page = tmp_path / f"kabar{number}.md"
        page.write_text(f"# Kabar ke-{number} hari ini\n\nIsi kabar nomor {number} untuk warga kota.\n")
        bot.announce(str(page), actor="budi")
    until(lambda: len(public("satu")) == 6)
    until(lambda: {row["state"] for row in bot.views.deliveries()} == {"sent"})
    until(
        lambda: sum(event["event"] == "started" for event in first.events()) == 2
    )  # both can be told to stop
    assert (first.end(), second.end()) == (0, 0)
    assert [post["text"].splitlines()[0] for post in public("satu")] == [
        f"Kabar ke-{n} hari ini" for n in range(6)
    ]


@pytest.mark.slow
def test_health_tells_whether_it_works(office: Any, start: Any, tmp_path: Path) -> None:
    office()

    def health() -> int:
        command = [sys.executable, "-m", "humasbot", "health"]
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "plugins")}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=False).returncode

    assert health() == 1
    daemon = start()
    until(lambda: (tmp_path / "data" / "daemon.json").exists())
    assert health() == 0
    daemon.end()
    assert health() == 1
