"""Real daemons on bad machines: killed, stopped, locked out, out of disk and of files, cut off from their database.

What the platform accepted stands in its own record, on disk, whatever becomes of the daemon.
"""

import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from test_daemon import until
from test_outbox import say
from warm import Warm, impatient

from humasbot.app import Humasbot
from humasbot.database import BUSY_SECONDS
from humasbot.models import Delivery, utc_now

PLUGINS = str(Path(__file__).parents[1] / "plugins")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
FEW = ("satu", "dua")


class Running:
    """A daemon of its own; what it says comes through a pipe, so that it can speak when no file can be written."""

    def __init__(self, folder: Path, busy: int = BUSY_SECONDS) -> None:
        self.process: Any = Warm(impatient, busy, "daemon", "--json-logs", folder=folder, err=subprocess.PIPE)
        self.events: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("{"):
                self.events.append(json.loads(line))

    def said(self, event: str) -> list[dict[str, Any]]:
        return [found for found in self.events if found["event"] == event]

    def limit(self, what: int, soft: int) -> Callable[[], None]:
        """Lower a limit of the process; returns what lifts it again."""
        before = resource.prlimit(self.process.pid, what)
        resource.prlimit(self.process.pid, what, (soft, before[1]))
        return lambda: resource.prlimit(self.process.pid, what, before) and None

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Callable[..., Humasbot]]:
    """Write the configuration and open it; ``delay`` is how long the platform of an account takes."""
    opened: list[Humasbot] = []

    def make(
        delays: dict[str, float] | None = None, names: tuple[str, ...] = FEW, **general: Any
    ) -> Humasbot:
        table = {"database": database_url, "settle": "0s", **general}
        lines = ["[humasbot]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
        lines += ["[agency]", 'name = "Dinas Kominfo Kota Contoh"']
        for name in names:
            lines += [f"[accounts.{name}]", 'platform = "scripted"', f'folder = "{name}"']
            lines += [f'delay = "{(delays or {}).get(name, 0)}"']
        (tmp_path / "humasbot.toml").write_text("\n".join(lines))
        opened.append(Humasbot(tmp_path / "humasbot.toml"))
        return opened[-1]

    yield make
    for bot in opened:
        bot.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def make(**given: int) -> Running:
        started.append(Running(tmp_path, **given))
        until(lambda: started[-1].said("started") or started[-1].process.poll() is not None)
        return started[-1]

    yield make
    for one in started:
        one.kill()


def all_states(bot: Humasbot) -> list[str]:
    return [row["state"] for row in sorted(bot.views.deliveries(limit=999), key=lambda row: row["id"])]


def settled(bot: Humasbot) -> bool:
    return set(all_states(bot)) == {"sent"}


def twice(public: Any, names: tuple[str, ...]) -> list[str]:
    keys = [post["key"] for name in names for post in public(name)]
    return sorted({key for key in keys if keys.count(key) > 1})


# Out of disk, out of files, locked out


@on_sqlite
@pytest.mark.slow
def test_disk_full_before_the_claim_then_room_again(office: Any, start: Any, public: Any) -> None:
    bot = office()
    daemon = start()
    room = daemon.limit(resource.RLIMIT_FSIZE, 0)
    say(bot, "Jalan ditutup sementara")
    (told, *_) = until(lambda: daemon.said("job_failed"))
    assert str(bot.config.database_url).removeprefix("sqlite:///") in told["reason"]
    assert public("satu") == public("dua") == []
    room()
    until(lambda: settled(bot))
    assert (len(public("satu")), len(public("dua"))) == (1, 1)
    assert daemon.end() == 0


@on_sqlite
@pytest.mark.slow
def test_disk_full_before_the_receipt_then_room_again(office: Any, start: Any, public: Any) -> None:
    bot = office({"satu": 1}, names=("satu",))
    say(bot, "Jalan ditutup sementara")
    daemon = start()
    until(lambda: bot.views.delivery(1)["checkpoint"])
    # The platform's record is a file too: only what the daemon writes to its own must fail.
    size = max(path.stat().st_size for path in Path(bot.config.folder).glob("satu/*"))
    room = daemon.limit(resource.RLIMIT_FSIZE, size + 4096)
    until(lambda: daemon.said("not_written"))
    room()
    until(lambda: settled(bot))
    assert len(public("satu")) == 1
    assert len(bot.views.delivery(1)["tries"]) == 1
    assert daemon.end() == 0


@on_sqlite
@pytest.mark.slow
def test_out_of_files_then_well_again(office: Any, start: Any, public: Any) -> None:
    bot = office()
    daemon = start()
    say(bot, "Jalan ditutup sementara")
    until(lambda: settled(bot))
    well = daemon.limit(resource.RLIMIT_NOFILE, 3)
    say(bot, "Jalan dibuka kembali")
    until(lambda: daemon.said("no_heartbeat"))
    until(lambda: len([event for event in daemon.events if event["event"] != "no_heartbeat"]) > 5)
    well()
    for delivery in (3, 4):  # what could not even be built, or failed before its call, waits for its backoff
        with bot.office.database.write() as session:
            session.get_one(Delivery, delivery).next_at = utc_now()
    until(lambda: settled(bot))
    assert [len(public(name)) for name in FEW] == [2, 2]
    assert daemon.end() == 0


@on_sqlite
@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1, 4])
def test_locked_by_another_process_for_seconds(
    office: Any, start: Any, public: Any, tmp_path: Path, seconds: int
) -> None:
    """For less than the daemon waits, and for longer."""
    bot = office({"satu": 0.5}, names=("satu",))
    say(bot, "Jalan ditutup sementara")
    daemon = start(busy=3)
    until(lambda: bot.views.delivery(1)["checkpoint"])
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        until(lambda: public("satu"))
        time.sleep(seconds)  # the time that the other process takes: this is the fault, no race is waited for
        assert all_states(bot) == ["sending"]
        other.execute("COMMIT")
    until(lambda: settled(bot))
    assert len(public("satu")) == 1
    assert daemon.end() == 0


@on_sqlite
def test_read_only_folder_is_one_sentence(office: Any, tmp_path: Path) -> None:
    bot = office()
    say(bot, "Jalan ditutup sementara")
    bot.close()
    # Root may write anywhere, unless it gives that right away.
    humble = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    files = [tmp_path, *(path for path in tmp_path.iterdir() if path.is_file())]
    for path in files:
        path.chmod(0o555)
    ended = subprocess.run(
        [*humble, sys.executable, "-m", "humasbot", "daemon"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": PLUGINS},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    for path in files:
        path.chmod(0o755)
    assert ended.returncode != 0
    assert "hanya dapat dibaca" in ended.stderr or "tidak dapat dibuka" in ended.stderr
    assert "Traceback" not in ended.stderr


# Stopped, killed, hanging


@on_sqlite
@pytest.mark.slow
def test_term_amid_many_sends(office: Any, start: Any, public: Any) -> None:
    names = tuple(f"akun{number}" for number in range(64))
    bot = office(dict.fromkeys(names, 0.4), names=names)
    say(bot, "Kerja bakti serentak")
    daemon = start()
    until(lambda: len(daemon.said("sending")) > 10)
    assert daemon.end() == 0
    left = all_states(bot)
    assert set(left) == {"sent", "queued"}
    assert left.count("sent") == sum(len(public(name)) for name in names)
    second = start()
    until(lambda: settled(bot))
    assert [len(public(name)) for name in names] == [1] * 64
    assert second.end() == 0


@on_sqlite
@pytest.mark.slow
def test_one_that_hangs_for_ever_stops_neither_the_others_nor_the_end(
    office: Any, start: Any, public: Any
) -> None:
    bot = office({"satu": 3600}, lease="2s")
    say(bot, "Jalan ditutup sementara")
    daemon = start()
    until(lambda: daemon.said("hangs"))
    assert (public("satu"), len(public("dua"))) == ([], 1)
    say(bot, "Jalan dibuka kembali", to=["dua"])
    until(lambda: len(public("dua")) == 2)
    until(lambda: any("menggantung" in problem for problem in health(bot)))
    began = time.monotonic()
    assert daemon.end() == 0
    assert time.monotonic() - began < 15
    bot = office()
    start()
    until(lambda: settled(bot))
    assert len(public("satu")) == 1


def health(bot: Humasbot) -> list[str]:
    from humasbot.daemon import health as problems_of

    return problems_of(bot)


def settled_by_a_person(bot: Humasbot, public: Any, names: tuple[str, ...]) -> bool:
    """All is settled; what died too often for the daemon to try again, a person looks up and decides."""
    keys = {post["key"]: post["url"] for name in names for post in public(name)}
    for row in bot.views.deliveries(limit=999, state="uncertain"):
        if row["needs_person"]:
            key = bot.views.delivery(row["id"])["key"]
            wish: dict[str, Any] = {"exists": keys[key]} if key in keys else {"resend": True}
            bot.resolve(row["id"], actor="ani", **wish)
    return settled(bot)


def killed_at_random(bot: Humasbot, start: Any, public: Any, deaths: int, names: tuple[str, ...]) -> None:
    """Kill whichever daemon runs after a random number of words, as often as asked; then let one finish."""
    chance = random.Random(20261122)

    def words(daemon: Running, most: float) -> bool:
        until(
            lambda: (
                len(daemon.events) > most
                or daemon.process.poll() is not None
                or settled_by_a_person(bot, public, names)
            ),
            60,
        )
        return settled(bot)

    for _ in range(deaths):
        daemon = start()
        if words(daemon, chance.randint(1, 12)):
            break
        daemon.kill()
    while not words(start(), float("inf")):  # one that the platform kills is started again
        pass
    assert twice(public, names) == []
    assert [len(public(name)) for name in names] == [3] * len(names)


@on_sqlite
@pytest.mark.slow
def test_killed_again_and_again(office: Any, start: Any, public: Any) -> None:
    names = tuple(f"akun{number}" for number in range(6))
    bot = office(dict.fromkeys(names, 0.05), names=names, threads=3)
    for words in ("Pertama hari ini", "Kedua hari ini", "Ketiga hari ini"):
        say(bot, words)
    killed_at_random(bot, start, public, 3, names)


@pytest.mark.slow
def test_killed_many_times(office: Any, start: Any, public: Any, script: Any) -> None:
    names = tuple(f"akun{number}" for number in range(12))
    bot = office(dict.fromkeys(names, 0.1), names=names, threads=4)
    for words in ("Pertama hari ini", "Kedua hari ini", "Ketiga hari ini"):
        say(bot, words)
    for name in names[:6]:
        script(name, "kill_after", "kill_before", "lost_after", "ok")
    killed_at_random(bot, start, public, 25, names)


# PostgreSQL


@on_postgresql
@pytest.mark.slow
def test_server_crashes_between_call_and_receipt(office: Any, start: Any, public: Any, postgres: Any) -> None:
    bot = office({"satu": 1.5}, names=("satu",))
    say(bot, "Jalan ditutup sementara")
    daemon = start()
    until(lambda: bot.views.delivery(1)["checkpoint"])
    bot.close()
    postgres.halt("immediate")
    until(lambda: daemon.said("not_written"))
    postgres.resume()
    until(lambda: settled(bot))
    assert len(public("satu")) == 1
    assert len(bot.views.delivery(1)["tries"]) == 1
    assert daemon.end() == 0


@on_postgresql
@pytest.mark.slow
def test_connections_cut_again_and_again(
    office: Any, start: Any, public: Any, postgres: Any, database_url: str
) -> None:
    names = tuple(f"akun{number}" for number in range(12))
    bot = office(dict.fromkeys(names, 0.05), names=names, lease="20s")
    for words in ("Pertama hari ini", "Kedua hari ini", "Ketiga hari ini"):
        say(bot, words)
    bot.close()
    name = database_url.rpartition("/")[2]
    cut = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
    first, second = start(), start()
    for _ in range(20):
        postgres.psql(cut)
        time.sleep(0.1)  # the rhythm of the fault
    until(lambda: settled(bot), 90)
    assert twice(public, names) == []
    assert [len(public(name)) for name in names] == [3] * 12
    assert (first.end(), second.end()) == (0, 0)
