"""A file system that becomes read-only while the daemon works, its database open: nothing leaves, nothing is lost."""

import json
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rigid
from test_daemon import until
from test_faults import FEW, Running, all_states, settled
from test_outbox import say
from warm import Warm

from humasbot.app import Humasbot
from humasbot.testing.standin import Reply, Request
from humasbot.testing.standin_mastodon import MastodonStandIn

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not rigid.able(), reason="this system has no seccomp(2), or we do not know its numbers"
    ),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


class Server(MastodonStandIn):
    """Holds a post back until it is told to take it."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.open.set()
        self.posts = 0

    def handle(self, request: Request) -> Reply:
        if request.at("POST", "/api/v1/statuses"):
            self.posts += 1
            self.open.wait(60)
        return super().handle(request)


class Rigid(Running):
    """A daemon under which the file system becomes read-only at *moment*; ``never`` leaves it well."""

    def __init__(self, folder: Path, moment: str) -> None:
        words = ("daemon", "--json-logs", "--listen", "127.0.0.1:0")
        self.process: Any = Warm(rigid.live, moment, *words, folder=folder, err=subprocess.PIPE)
        self.events, self.lines = [], []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @property
    def is_rigid(self) -> bool:
        return f"{rigid.MOMENT}\n" in self.lines

    def health(self) -> tuple[int, list[str]]:
        """What ``/healthz`` answers."""
        url = f"http://127.0.0.1:{self.said('listening')[0]['port']}/healthz"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return answer.status, json.load(answer)["problems"]
        except urllib.error.HTTPError as answer:
            return answer.code, json.load(answer)["problems"]


@pytest.fixture
def servers() -> Iterator[tuple[Server, Server]]:
    """Those of the accounts ``satu`` and ``dua``."""
    with Server() as first, Server() as second:
        yield first, second
        first.open.set()


@pytest.fixture
def office(tmp_path: Path, database_url: str, servers: tuple[Server, Server]) -> Iterator[Humasbot]:
    (tmp_path / ".env").write_text(f"TOKEN={servers[0].token}\n")
    accounts = "".join(
        f'[accounts.{name}]\nplatform = "mastodon"\nserver = "{server.url}"\ntoken = {{ env = "TOKEN" }}\n'
        for name, server in zip(FEW, servers, strict=True)
    )
    (tmp_path / "humasbot.toml").write_text(
        f'[humasbot]\ndatabase = "{database_url}"\nsettle = "0s"\nallow_hosts = ["127.0.0.1"]\n'
        f'[agency]\nname = "Dinas Kominfo Kota Contoh"\n{accounts}'
    )
    with Humasbot(tmp_path / "humasbot.toml") as bot:
        yield bot


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Rigid]]:
    started: list[Rigid] = []

    def make(moment: str) -> Rigid:
        started.append(Rigid(tmp_path, moment))
        until(lambda: started[-1].said("started"))
        return started[-1]

    yield make
    for one in started:
        one.kill()


def told_well(daemon: Rigid, database: Path) -> None:
    """One sentence, the same for every job: that it is read-only, which file, and what to do; and no traceback."""
    sentences = {event["reason"] for event in daemon.said("job_failed") + daemon.said("not_written")}
    assert sentences
    for sentence in sentences:
        assert str(database) in sentence
        assert "hanya dapat dibaca" in sentence
    assert "Traceback" not in "".join(daemon.lines)
    status, problems = daemon.health()
    assert status == 503
    assert any(sentence in problem for problem in problems for sentence in sentences)


def all_out(servers: tuple[Server, Server]) -> None:
    """Each was accepted once, and asked for once."""
    assert [len(server.accepted) for server in servers] == [server.posts for server in servers] == [1, 1]


def test_no_claim_no_call(office: Humasbot, servers: Any, start: Any, tmp_path: Path) -> None:
    """Read-only right before the commit of the first claim: it is not true then, and nothing may leave."""
    daemon = start("claim")
    say(office, "Jalan ditutup sementara")
    until(lambda: daemon.is_rigid)
    until(lambda: len([event for event in daemon.said("job_failed") if event["job"] == "publish"]) >= 3)
    assert [server.posts for server in servers] == [0, 0]
    assert all_states(office) == ["queued", "queued"]
    told_well(daemon, tmp_path / "test.db")
    assert daemon.end() == 0
    assert len(daemon.said("no_heartbeat")) == 1
    start("never")
    until(lambda: settled(office))
    all_out(servers)


def test_what_is_on_the_wire_is_found_again(
    office: Humasbot, servers: Any, start: Any, tmp_path: Path
) -> None:
    """The platform takes it, but that cannot be written down; the machine is restarted with the disk mended."""
    servers[0].open.clear()
    daemon = start("signal")
    say(office, "Jalan ditutup sementara", to=["satu"])
    until(lambda: servers[0].posts)
    daemon.process.send_signal(rigid.SIGNAL)
    until(lambda: daemon.is_rigid)
    say(office, "Jalan dibuka kembali", to=["dua"])
    servers[0].open.set()
    until(lambda: len(daemon.said("not_written")) >= 2)
    assert all_states(office) == ["sending", "queued"]
    assert [len(server.accepted) for server in servers] == [1, 0]
    told_well(daemon, tmp_path / "test.db")
    daemon.kill()
    start("never")
    until(lambda: settled(office))
    all_out(servers)
    assert [each["outcome"] for each in office.views.delivery(1)["tries"]] == [""]
