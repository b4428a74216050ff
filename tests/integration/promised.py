"""What the tests of the promise share: an office whose platforms misbehave as the test says."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import played
import pytest
import sqlalchemy as sa
from sqlmodel import delete, select
from test_outbox import rows

from humasbot.app import Humasbot
from humasbot.errors import AuthExpired, RateLimited, Rejected, Retryable, Uncertain
from humasbot.models import Account, Approval, Attempt, Delivery, Post, Variant
from humasbot.models import Receipt as Known
from humasbot.pipeline.doubts import Doubts

LEASE = timedelta(minutes=5)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what does not depend on the database, or is about SQLite's file."""
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For two writes at the same moment, which SQLite does not allow."""

FAULTS: dict[str, Callable[[], BaseException]] = {
    "retry": lambda: Retryable("putus"),
    "rejected": lambda: Rejected("ditolak", status=422),
    "auth": lambda: AuthExpired("mati", status=401),
    "rate": lambda: RateLimited("banyak", retry_after=timedelta(minutes=3)),
    "lost": lambda: Uncertain("tidak sampai"),
    "bug": lambda: KeyError("surprise"),
}
AFTER: dict[str, Callable[[], BaseException]] = {
    "lost_after": lambda: Uncertain("tidak sampai", status=502),
    "bug_after": lambda: ValueError("surprise"),
}
"""What a platform may say before it accepts, and after."""


@pytest.fixture
def stage(tmp_path: Path) -> Callable[[str], played.Stage]:
    return lambda name: played.STAGES.setdefault(f"{tmp_path}/{name}", played.Stage())


@pytest.fixture
def office(settings: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """Two accounts on stages of the test."""
    settings["accounts"] = {
        name: {"platform": "played", "stage": f"{tmp_path}/{name}"} for name in ("satu", "dua")
    }
    return settings


@pytest.fixture
def bot(office: dict[str, Any], open_bot: Any) -> Humasbot:
    made: Humasbot = open_bot(office)
    return made


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a hanging call waits for; opened at the end, so that no thread stays behind."""
    event = threading.Event()
    yield event
    event.set()


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came true")


def by_account(bot: Humasbot) -> dict[str, Any]:
    names = {row.id: row.name for row in rows(bot, Account)}
    return {names[row.account_id]: row for row in rows(bot, Delivery)}


def account(bot: Humasbot, name: str) -> Any:
    return next(row for row in rows(bot, Account) if row.name == name)


def raises(fault: BaseException) -> Callable[..., Any]:
    def call(*_: Any) -> Any:
        raise fault

    return call


def once(*turns: Callable[..., Any]) -> Callable[..., Any]:
    """Each call takes the next turn; then the platform is well again."""
    left = list(turns)

    def call(stage: played.Stage, outgoing: Any, checkpoint: Any) -> Any:
        return left.pop(0)(stage, outgoing, checkpoint) if left else stage.accept(outgoing)

    return call


def hang(gate: threading.Event, then: Callable[..., Any] = played.Stage.accept) -> Callable[..., Any]:
    def call(stage: played.Stage, outgoing: Any, _: Any) -> Any:
        gate.wait()
        return then(stage, outgoing)

    return call


def lost_after(stage: played.Stage, outgoing: Any, _: Any) -> Any:
    stage.accept(outgoing)
    raise Uncertain("jawaban tidak sampai")


@pytest.fixture
def many(office: dict[str, Any], open_bot: Any, tmp_path: Path) -> Callable[[int], Humasbot]:
    """An office of the accounts ``a0``, ``a1`` …, each on its stage."""

    def make(count: int) -> Humasbot:
        office["accounts"] = {
            f"a{n}": {"platform": "played", "stage": f"{tmp_path}/a{n}"} for n in range(count)
        }
        bot: Humasbot = open_bot(office)
        return bot

    return make


def states_of(bot: Humasbot, count: int) -> list[str]:
    found = by_account(bot)
    return [found[f"a{number}"].state for number in range(count)]


def in_thread(call: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(call())
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            outcome.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


class World:
    """What outlives one example: two workers on one database, and the platforms' stages."""

    def __init__(self, bots: tuple[Humasbot, Humasbot], stages: dict[str, played.Stage]) -> None:
        self.bots = bots
        self.stages = stages
        self.database = bots[0].office.database
        for bot in bots:  # no power is cut here: SQLite need not wait for the disk
            engine = bot.office.database.engine
            if engine.dialect.name == "sqlite":
                sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
                engine.dispose()

    def clear(self) -> None:
        with self.database.write() as session:
            for model in (Known, Attempt, Delivery, Approval, Variant, Post):
                session.execute(delete(model))
            for account in session.exec(select(Account)).all():
                account.paused_at = account.held_until = None
                account.paused_why = ""
        for bot in self.bots:
            bot.office.doubts = Doubts()
        for stage in self.stages.values():
            stage.posts.clear()

    def rows(self, model: Any) -> list[Any]:
        with self.database.read() as session:
            return list(session.exec(select(model).order_by(model.id)).all())
