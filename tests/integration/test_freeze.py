"""A freeze stops everything but the alert lane, on every machine; a revoked credential is used by nobody."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import played
import pytest
from promised import bot as bot
from promised import by_account, hang, in_thread, until
from promised import gate as gate
from promised import office as office
from promised import stage as stage
from sqlmodel import update
from test_outbox import rows, say, states

from humasbot.app import Humasbot
from humasbot.errors import InputError, NotFoundError, StateError
from humasbot.models import Account, Attempt, Delivery, Freeze, Grant, Secret, columns

PLUGINS = Path(__file__).parents[1] / "plugins"


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, which is quick; both where a test says so, because its statements differ."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))


both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


def raise_priority(bot: Humasbot, numbers: tuple[int, ...], priority: int) -> None:
    row = columns(Delivery)
    with bot.office.database.write() as session:
        session.execute(update(row.id.table).where(row.id.in_(numbers)).values(priority=priority))


@both
def test_frozen_nothing_leaves_but_the_alert_lane(
    bot: Humasbot, stage: Callable[[str], played.Stage]
) -> None:
    say(bot, "Selamat pagi")
    alert = say(bot, "Peringatan tsunami", to=("satu",))
    raise_priority(bot, alert, 10)
    bot.freeze(reason="gempa", actor="budi")
    assert bot.publish() == 1
    assert [post.text.split("\n")[0] for post in stage("satu").posts] == ["Peringatan tsunami"]
    assert stage("dua").posts == []
    assert bot.unfreeze(actor="ani") == 1
    assert bot.publish() == 2
    assert set(states(bot)) == {"sent"}


@pytest.mark.parametrize("everything", [False, True])
def test_a_freeze_reaches_whom_it_names(
    bot: Humasbot, office: dict[str, Any], open_bot: Any, everything: bool
) -> None:
    other = open_bot({**office, "agency": {"name": "Kantor lain", "key": "lain"}})
    bot.freeze(reason="gempa", actor="budi", everything=everything)
    say(bot, "Kabar kita")
    say(other, "Kabar mereka")
    assert bot.publish() == 0
    assert other.publish() == (0 if everything else 2)
    assert len(other.freezes()) == (1 if everything else 0)
    with pytest.raises(StateError, match="--all" if everything else "tidak ada pembekuan"):
        other.unfreeze(actor="budi")
    assert bot.unfreeze(actor="budi", everything=everything) == 1
    assert bot.freezes() == []


def test_frozen_between_the_claim_and_the_call_it_waits_and_costs_no_attempt(
    office: dict[str, Any],
    open_bot: Any,
    stage: Callable[[str], played.Stage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The freeze comes while the first call of a chunk is on the wire: the next one must not begin."""
    monkeypatch.setattr("humasbot.pipeline.sending.FRESH_SECONDS", 0.0)
    office["humasbot"]["threads"] = 1
    bot = open_bot(office)
    say(bot, "Kabar")

    def freeze_then_accept(stage: played.Stage, outgoing: Any, _checkpoint: Any) -> Any:
        bot.freeze(reason="gempa", actor="budi")
        return stage.accept(outgoing)

    stage("satu").publish = stage("dua").publish = freeze_then_accept
    bot.publish()
    found = by_account(bot)
    assert sorted(row.state for row in found.values()) == ["queued", "sent"]
    for name, row in found.items():
        assert (row.state, row.attempts) == (("sent", 1) if stage(name).posts else ("queued", 0))
    stage("satu").publish = stage("dua").publish = None
    bot.unfreeze(actor="budi")
    bot.publish()
    assert set(states(bot)) == {"sent"}
    assert [len(stage(name).posts) for name in ("satu", "dua")] == [1, 1]


def test_a_second_freeze_is_the_first_and_a_reason_is_wanted(bot: Humasbot) -> None:
    bot.freeze(reason="gempa", actor="budi")
    bot.freeze(reason="gempa lagi", actor="ani")
    assert [(row["reason"], row["actor"]) for row in bot.freezes()] == [("gempa", "budi")]
    with pytest.raises(InputError, match="alasan"):
        bot.freeze(reason="  ", actor="budi")
    bot.unfreeze(actor="ani")
    (row,) = rows(bot, Freeze)
    assert (row.lifted_by, row.lifted_at is not None) == ("ani", True)


# Two daemons

CONFIG = """
[humasbot]
database = "{url}"
settle = "0s"
threads = 4
[agency]
name = "Dinas Contoh"
"""
ACCOUNT = """
[accounts.a{n}]
platform = "scripted"
folder = "a{n}"
delay = "0.2"
"""
ACCOUNTS = 40


@pytest.fixture
def fleet(tmp_path: Path, database_url: str) -> Iterator[tuple[Humasbot, list[subprocess.Popen[bytes]]]]:
    tables = "".join(ACCOUNT.format(n=n) for n in range(ACCOUNTS))
    (tmp_path / "humasbot.toml").write_text(CONFIG.format(url=database_url) + tables)
    bot = Humasbot(tmp_path / "humasbot.toml")
    started: list[subprocess.Popen[bytes]] = []
    yield bot, started
    for process in started:
        process.kill()
        process.wait()
    bot.close()


def public(folder: Path) -> list[tuple[datetime, str]]:
    """When each post stood in public, and its words."""
    found = []
    for record in folder.glob("a*/record.jsonl"):
        for line in record.read_text().splitlines():
            post = json.loads(line)
            found.append((datetime.fromisoformat(post["at"]), post["text"]))
    return sorted(found)


@pytest.mark.slow
@both
def test_two_daemons_stop_within_a_second(
    fleet: tuple[Humasbot, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    bot, started = fleet
    for number in range(8):
        say(bot, f"Kabar nomor {number}")
    env = os.environ | {"PYTHONPATH": str(PLUGINS)}
    for number in range(2):
        folder = tmp_path / f"log{number}"
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "humasbot", "daemon", "--json-logs"],
                cwd=tmp_path,
                env=env,
                stderr=folder.open("wb"),
            )
        )
    # Both must be at work: a claim's name is its worker's, and a part of its own.
    until(lambda: len({row.worker.rpartition("/")[0] for row in rows(bot, Attempt)}) == 2, 60)
    bot.freeze(reason="gempa", actor="budi")
    frozen_at = datetime.now(UTC)
    alert = say(bot, "Peringatan tsunami", to=("a0",))
    raise_priority(bot, alert, 10)
    until(lambda: any("Peringatan" in text for _, text in public(tmp_path)), 30)
    time.sleep(3)  # not for a race to pass: this is the time in which nothing may happen
    late = [
        (at - frozen_at, text)
        for at, text in public(tmp_path)
        if at > frozen_at + timedelta(seconds=1) and "Peringatan" not in text
    ]
    assert late == []
    assert any(row.state == "queued" for row in rows(bot, Delivery))
    bot.unfreeze(actor="budi")
    until(lambda: all(row.state == "sent" for row in rows(bot, Delivery)), 120)
    for process in started:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(timeout=30) for process in started] == [0, 0]
    assert len(public(tmp_path)) == ACCOUNTS * 8 + 1
    # Both sealed the trail, in turns, and noted the heads in one file.
    bot.trail.seal()
    verdict = bot.trail.verify()
    assert (verdict.problems, verdict.unsealed) == ([], 0)
    assert len(bot.trail.heads.read()[0]) > 2


# Revoke


@pytest.fixture
def secret_office(office: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("TOKEN_SATU", "kunci-lama-yang-bocor")
    office["accounts"]["satu"]["token"] = {"env": "TOKEN_SATU"}
    return office


def test_revoked_it_pauses_and_no_process_uses_the_old_credential_again(
    secret_office: dict[str, Any], open_bot: Any, stage: Callable[[str], played.Stage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    here, there = open_bot(secret_office), open_bot(secret_office)
    say(there, "Sebelum")
    there.publish()
    assert stage("satu").token == "kunci-lama-yang-bocor"
    done = here.revoke("satu", reason="bocor", actor="budi")
    assert [(one.setting, one.kind, one.name) for one in done.left] == [("token", "env", "TOKEN_SATU")]
    say(here, "Sesudah")
    assert there.publish() == 1  # only the other account's
    account = next(row for row in rows(here, Account) if row.name == "satu")
    assert (account.paused_at is not None, "dicabut oleh budi: bocor" in account.paused_why) == (True, True)
    monkeypatch.setenv("TOKEN_SATU", "kunci-baru-dari-platform")
    stage("satu").token = ""
    here.resume("satu", actor="budi")
    assert there.publish() == 1
    assert stage("satu").token == "kunci-baru-dari-platform"


def test_what_is_stored_of_it_is_deleted_and_nothing_of_another(bot: Humasbot) -> None:
    with bot.office.database.write() as session:
        for name in ("satu", "dua"):
            session.add(Secret(agency_id=1, account=name, name="token", ciphertext="x"))
            session.add(Grant(agency_id=1, account=name, flow="code"))
    assert bot.revoke("satu", reason="bocor", actor="budi").forgotten == 1
    assert [row.account for row in rows(bot, Secret)] == ["dua"]
    assert [row.account for row in rows(bot, Grant)] == ["dua"]


def test_where_to_revoke_is_named_on_the_accounts_own_server(
    office: dict[str, Any], open_bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "x" * 40)
    office["accounts"]["fedi"] = {
        "platform": "mastodon", "server": "https://fedi.example", "token": {"env": "TOKEN"},
    }  # fmt: skip
    bot = open_bot(office)
    done = bot.revoke("fedi", reason="bocor", actor="budi")
    assert done.revoke_at == "https://fedi.example/oauth/authorized_applications"
    with pytest.raises(NotFoundError):
        bot.revoke("tidak-ada", reason="bocor", actor="budi")
    with pytest.raises(InputError):
        bot.revoke("satu", reason="", actor="budi")


def test_revoking_while_a_call_is_on_the_wire_keeps_its_answer(
    bot: Humasbot, stage: Callable[[str], played.Stage], gate: Any
) -> None:
    stage("satu").publish = hang(gate)
    say(bot, "Kabar", to=("satu",))
    thread, outcome = in_thread(bot.publish)
    until(lambda: states(bot) == ["sending"])
    bot.revoke("satu", reason="bocor", actor="budi")
    gate.set()
    thread.join(30)
    assert outcome == [1]
    assert states(bot) == ["sent"]
    assert next(row for row in rows(bot, Account) if row.name == "satu").paused_at is not None
