"""Every death survived: the real daemon is killed at each of its commits, and on the wire; then it is started again.

Whatever a commit is for, a process may die just before it (nothing of it is true) or just after it (all of it is, but
nobody was told). The platforms keep a public record of what they accepted, and would take the same post twice.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import mortal
import pytest
import time_machine
from test_alerting import Desk
from warm import Warm

from humasbot.app import Humasbot
from humasbot.testing.standin import Reply, Request, StandIn
from humasbot.testing.standin_mastodon import MastodonStandIn

pytestmark = pytest.mark.slow
ACCOUNTS = ("satu", "dua")
ON_PAPER = [f'[accounts.{name}]\nplatform = "scripted"\nfolder = "{name}"' for name in ACCOUNTS]
LIVES = int(os.environ.get("HUMASBOT_DEATHS", "24"))
"""How many commits of a running daemon's life are tried, each once before and once after."""


class Website(StandIn):
    """The office's website: an RSS feed of as many articles as were written."""

    def __init__(self) -> None:
        super().__init__()
        self.articles = 0

    def handle(self, request: Request) -> Reply:
        date = format_datetime(datetime.now(UTC) - timedelta(minutes=1))
        items = "".join(
            f"<item><guid>kabar-{n}</guid><link>{self.url}/{n}</link><pubDate>{date}</pubDate>"
            f"<title>Layanan nomor {n} dibuka</title>"
            f"<description>Loket nomor {n} melayani warga mulai pukul 08.00 WIB di kecamatan.</description></item>"
            for n in range(1, self.articles + 1)
        )
        text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
        return Reply(200, text, mime="application/rss+xml")


class Rig:
    """One office in a folder, its website, and the lives of its daemon."""

    def __init__(self, folder: Path, database: str, website: Website) -> None:
        self.folder, self.database, self.website = folder, database, website
        self.lives: list[Warm] = []
        self._bot: Humasbot | None = None
        self.write(ON_PAPER)

    @property
    def bot(self) -> Humasbot:
        """The office as a person sees it, opened once: every look would cost as much as the daemon's own start."""
        if self._bot is None:
            self._bot = Humasbot(self.folder / "humasbot.toml")
        return self._bot

    def close(self) -> None:
        if self._bot is not None:
            self._bot.close()
            self._bot = None

    def write(self, accounts: list[str]) -> None:
        self.close()
        (self.folder / "humasbot.toml").write_text(
            "\n".join(
                [
                    "[humasbot]",
                    f"database = {json.dumps(self.database)}",
                    'settle = "0s"\nlease = "20s"\nallow_hosts = ["127.0.0.1"]\ningest_every = "1s"',
                    '[agency]\nname = "Dinas Kominfo Kota Contoh"',
                    f'[sources.situs]\nkind = "feed"\nurl = "{self.website.url}/feed"\n',
                    '[campaigns.berita]\noccasion = "article"\nsource = "situs"\ntemplate = "announcement"',
                    'approval = "policy"',
                    *accounts,
                ]
            )
        )

    def start(self, phase: str = "never", number: int = 0) -> Warm:
        life = Warm(
            mortal.live, phase, number, "daemon", "--json-logs", folder=self.folder, err=self.folder / "log"
        )
        self.lives.append(life)
        return life

    def die_at(self, phase: str, number: int) -> None:
        life = self.start(phase, number)
        until(lambda: life.poll() is not None, 90)
        assert life.returncode == -signal.SIGKILL, self.log()[-2000:]

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def public(self, account: str) -> list[str]:
        record = self.folder / account / "record.jsonl"
        return (
            [json.loads(line)["key"] for line in record.read_text().splitlines()] if record.exists() else []
        )

    def rows(self) -> list[dict[str, Any]]:
        return list(self.bot.views.deliveries(limit=9999))

    def settle(self, articles: int, accounts: int = len(ACCOUNTS), seconds: float = 90) -> None:
        """Let one daemon live until every article has gone out on every account; nothing is twice, nothing is lost."""
        life = self.start()
        until(lambda: self.all_sent(articles * accounts), seconds, self.stuck)
        life.send_signal(signal.SIGTERM)
        assert life.wait(timeout=60) == 0
        assert "Traceback" not in self.log()

    def stuck(self) -> str:
        """Whatever is not sent, after the log."""
        left = [row for row in self.rows() if row["state"] != "sent"]
        return f"{self.log()[-1000:]}\n{len(self.rows())} deliveries, of which not sent: {left}"

    def all_sent(self, wanted: int) -> bool:
        """Whether all is sent; what died too often to be tried again by itself, a person looks up and decides."""
        rows = self.rows()
        for row in rows:
            if row["state"] == "uncertain" and row["needs_person"]:
                key = self.bot.views.delivery(row["id"])["key"]
                there = any(key in self.public(name) for name in ACCOUNTS)
                wish = {"exists": f"https://scripted.example/{key}"} if there else {"resend": True}
                self.bot.resolve(row["id"], actor="ani", **wish)
        return len(rows) == wanted and {row["state"] for row in rows} == {"sent"}

    def check(self, articles: int) -> None:
        for name in ACCOUNTS:
            keys = self.public(name)
            assert len(keys) == len(set(keys)) == articles, (
                f"{name}: {len(keys)} posts for {articles} articles"
            )

    def end(self) -> None:
        self.close()
        for life in self.lives:
            life.kill()
            life.wait()


def until(condition: Callable[[], Any], seconds: float, told: Callable[[], str] = lambda: "") -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, told()[-3000:]
        time.sleep(0.1)


@pytest.fixture
def website() -> Iterator[Website]:
    with Website() as site:
        yield site


@pytest.fixture
def rig(tmp_path: Path, website: Website, database_url: str) -> Iterator[Rig]:
    made = Rig(tmp_path, database_url, website)
    yield made
    made.end()


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_killed_in_its_first_life(rig: Rig, website: Website, number: int, phase: str) -> None:
    """Bringing the configuration in, the first reading: begun anew, it ends as if nothing had been."""
    rig.database += ".empty"
    rig.write(ON_PAPER)
    website.articles = 1
    rig.die_at(phase, number)
    rig.settle(1)
    rig.check(1)


def test_killed_at_each_commit_of_a_working_life(rig: Rig, website: Website) -> None:
    """Each life finds one article more, and what the deaths before it left behind."""
    website.articles = 1
    rig.settle(1)
    (rig.folder / "satu" / "script").write_text("\n".join(["ok", "lost_after"] * LIVES))
    for number in range(1, LIVES + 1):
        website.articles += 1
        rig.die_at("before" if number % 2 else "after", number)
    for number in range(1, LIVES + 1, 3):
        website.articles += 1
        rig.die_at("after" if number % 2 else "before", number)
    rig.settle(website.articles, seconds=180)
    rig.check(website.articles)


class Deadly(MastodonStandIn):
    """Kills whoever sends a post: before it is accepted, or after."""

    def __init__(self) -> None:
        super().__init__()
        self.victims: list[tuple[str, Warm]] = []

    def handle(self, request: Request) -> Reply:
        if not (request.at("POST", "/api/v1/statuses") and self.victims):
            return super().handle(request)
        when, life = self.victims.pop()
        reply = super().handle(request) if when == "after" else Reply(503)
        life.kill()
        life.wait()
        return reply


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_the_request_is_on_the_wire(rig: Rig, website: Website, when: str) -> None:
    with Deadly() as server:
        (rig.folder / ".env").write_text(f"TOKEN={server.token}\n")
        rig.write(
            [f'[accounts.masto]\nplatform = "mastodon"\nserver = "{server.url}"\ntoken = {{ env = "TOKEN" }}']
        )
        for _ in range(3):  # a fourth time in doubt would be a person's to decide
            website.articles += 1
            life = rig.start()
            server.victims.append((when, life))
            until(lambda life=life: life.poll() is not None, 60, rig.log)
        rig.settle(3, accounts=1)
        assert len(server.accepted) == 3
        assert len({status["text"] for status in server.accepted}) == 3


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Where a person's alerts arrive."""
    server = Desk()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_death_leaves_uncertain_past_its_time_is_told_to_a_person(
    rig: Rig, website: Website, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the call, and the platform is away ever since: after `give_up` a person hears of it, once."""
    with Deadly() as server:
        (rig.folder / ".env").write_text(f"TOKEN={server.token}\nALERT={desk.url}\n")
        rig.write(
            [f'[accounts.masto]\nplatform = "mastodon"\nserver = "{server.url}"\ntoken = {{ env = "TOKEN" }}',
             '[alerts]\nurls = [{ env = "ALERT" }]']
        )  # fmt: skip
        website.articles = 1
        life = rig.start()
        server.victims.append(("before", life))
        until(lambda: life.poll() is not None, 60, rig.log)
    with Humasbot(rig.folder / "humasbot.toml") as bot:
        died = datetime.now(UTC)
        for hours, person in ((0.1, False), (12, False), (23.5, False), (25, True), (30, True)):
            with time_machine.travel(died + timedelta(hours=hours), tick=True):
                bot.reconcile()
                [row] = bot.views.deliveries()
                assert (row["state"], row["needs_person"]) == ("uncertain", person)
                bot.alerts.send()
                told = [each["message"] for each in desk.got if "belum pasti terbit" in each["message"]]
                assert len(told) == person, told
    assert f"humasbot resolve {row['id']}" in told[0]
