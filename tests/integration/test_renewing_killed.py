"""The renewal killed at any moment: the token is whole, or a person is told that it is lost; never silently dead."""

import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from connecting import Person, addresses
from promised import account, until
from sqlmodel import select
from warm import Warm

from humasbot.app import Humasbot
from humasbot.keyring import Whose, new_key
from humasbot.models import Grant, utc_now
from humasbot.testing.standin_oauth import StandInOAuth

pytestmark = pytest.mark.slow
LOCAL = "https://localhost/humasbot"
DUE = timedelta(minutes=95)
CONFIG = """
[humasbot]
secret_key = {{ file = "kunci" }}
[agency]
name = "Dinas Kominfo Kota Contoh"
[accounts.x]
platform = "x"
base_url = "{url}"
bearer_token = {{ stored = true }}
"""


def renew(begun: Connection | None, minutes: int, *, die: bool) -> None:
    """One renewal in a process of its own, which says when it begins and may die right after."""
    with Humasbot("humasbot.toml") as bot:
        if begun is not None:
            begun.send("begun")
        bot.renew(utc_now() + timedelta(minutes=minutes))
        if die:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def server() -> Iterator[StandInOAuth]:
    with StandInOAuth() as server:
        server.register("app", "", LOCAL)
        yield server


@pytest.fixture
def bot(tmp_path: Path, server: StandInOAuth) -> Iterator[Humasbot]:
    (tmp_path / "kunci").write_text(new_key())
    (tmp_path / "humasbot.toml").write_text(CONFIG.format(url=server.url))
    with Humasbot(tmp_path / "humasbot.toml") as bot:
        connect(bot, server)
        yield bot


def connect(bot: Humasbot, server: StandInOAuth) -> None:
    bot.connect("x", Person("app", ""), addresses=addresses(server.url), redirect=LOCAL)


def renewing(folder: Path, minutes: int = 95, *, die: bool = False, begun: Connection | None = None) -> Warm:
    return Warm(partial(renew, die=die), begun, minutes, folder=folder)


def kill(process: Warm) -> None:
    process.kill()
    process.wait(30)


def refresh_token(bot: Humasbot) -> str:
    return bot.office.keyring.fetch(Whose("x"))["oauth.refresh_token"].value


def grant(bot: Humasbot) -> Grant:
    with bot.office.database.read() as session:
        return session.exec(select(Grant)).one()


def whole(bot: Humasbot, server: StandInOAuth) -> bool:
    """The stored refresh token is one that the server still takes."""
    token = server.refresh.get(refresh_token(bot))
    return token is not None and not token.used


def test_killed_between_the_answer_and_our_write(bot: Humasbot, server: StandInOAuth, tmp_path: Path) -> None:
    server.fault("late", on="POST /token", seconds=30)
    process = renewing(tmp_path)
    shown = refresh_token(bot)
    until(lambda: server.refresh[shown].used)
    kill(process)
    assert grant(bot).spending != ""
    assert not whole(bot, server)
    bot.renew(utc_now() + DUE)
    assert account(bot, "x").paused_why.startswith(
        "token akun x hilang: refresh token sekali pakai sudah terpakai"
    )
    assert server.spent_again == 1
    connect(bot, server)
    bot.resume("x")
    assert whole(bot, server)


def test_killed_before_the_platform_got_it(bot: Humasbot, server: StandInOAuth, tmp_path: Path) -> None:
    server.fault("slow", on="POST /token", seconds=2)
    process = renewing(tmp_path)
    until(lambda: "POST /token" in server.paths()[1:] and server.paths().count("POST /token") == 2)
    kill(process)
    time.sleep(2.5)  # the stand-in sees that the caller hung up, and does nothing
    bot.renew(utc_now() + DUE)
    assert whole(bot, server)
    assert (grant(bot).problem, server.spent_again) == ("", 0)


def test_killed_between_write_and_use(bot: Humasbot, server: StandInOAuth, tmp_path: Path) -> None:
    before = refresh_token(bot)
    process = renewing(tmp_path, 95, die=True)
    assert process.wait(60) == -signal.SIGKILL
    assert refresh_token(bot) != before
    assert whole(bot, server)
    assert bot.office.publisher(account(bot, "x"), renewed=True).verify() == "@diskominfo"


def test_killed_at_random_it_is_whole_or_a_person_knows(
    bot: Humasbot, server: StandInOAuth, tmp_path: Path
) -> None:
    """Two processes at once, killed at any moment, ten times over."""
    chance = random.Random(int(os.environ.get("HUMASBOT_SEED", "7")))
    lost = 0
    for turn in range(1, 11):
        server.fault("late", on="POST /token", seconds=0.2)
        ours, theirs = Pipe(duplex=False)
        pair = [renewing(tmp_path, 95 * turn, begun=theirs) for _ in range(2)]
        for _ in pair:
            assert ours.poll(60)
            ours.recv()
        time.sleep(chance.uniform(0, 0.5))
        for process in pair:
            kill(process)
        server.faults.clear()
        again = server.spent_again
        bot.renew(utc_now() + turn * DUE)
        if whole(bot, server):
            assert (grant(bot).problem, account(bot, "x").paused_at) == ("", None)
            assert server.spent_again == again
            continue
        lost += 1
        assert "sekali pakai sudah terpakai" in account(bot, "x").paused_why
        connect(bot, server)
        bot.resume("x")
    assert 0 < lost < 10, "both ends were met"
