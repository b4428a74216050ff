"""Fleets: planning for everybody, and draining with worker processes."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from delivery_kit import filling, running
from delivery_kit.platform import Platform
from humasbot import outbox
from humasbot.app import Humasbot
from humasbot.models import Account, Agency, utc_now

PLATFORMS = 4
KILL_SECONDS = 60


def until(condition: Callable[[], bool], seconds: float, pause: float = 0.25) -> None:
    """Wait for it, but not for ever."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("it took too long")
        time.sleep(pause)


def daemon(folder: Path) -> "subprocess.Popen[bytes]":
    """Start ``humasbot daemon``."""
    command = [
        sys.executable,
        "-m",
        "humasbot",
        "-c",
        str(folder / "humasbot.toml"),
        "daemon",
        "--level",
        "error",
    ]
    return subprocess.Popen(command, stderr=(folder / "daemon.log").open("ab"), cwd=running.HERE.parent)


def drain(bench: Any, platform: Platform, count: int) -> float:
    """Deliveries a second of *count* workers that are up already when everything comes due."""
    with bench.office("postgresql") as (bot, folder):
        processes = [running.worker(folder, role) for role in ("schedule", *["publish"] * count)]
        try:
            _ready(bot, count)
            platform.forget()
            filling.fill(bot, bench.count, platform.url)
            until(lambda: filling.states(bot).get("sent", 0) == bench.count, 180)
        finally:
            running.end(processes)
        told = platform.told()
    if told["posts"] != bench.count or told["twice"]:
        raise SystemExit(f"not every delivery went out exactly once: {told}")
    return float(bench.count / (told["last"] - told["first"]))


def _ready(bot: Humasbot, count: int) -> None:
    """Wait until the workers live and somebody leads."""
    alive = sa.text("SELECT count(*) FROM procrastinate_workers")
    leads = sa.text("SELECT count(*) FROM humasbot_lease")
    there = sa.text("SELECT to_regclass('procrastinate_workers')")

    def ready() -> bool:
        with bot.office.database.read() as session:
            if session.execute(there).scalar() is None:
                return False
            return session.execute(alive).scalar() == 2 * count and bool(session.execute(leads).scalar())

    until(ready, 60)


def settle(bot: Humasbot, folder: Path, agencies: int, at: str, url: str) -> Humasbot:
    """*agencies* with four accounts each, and a campaign that greets for all of them."""
    now = utc_now()
    settings = {"url": url, "secret": {"env": filling.SECRET}, "allow_private": "true"}
    with bot.office.database.write() as session:
        for start in range(0, agencies, 5000):
            rows = [
                {"name": f"desa{n}", "title": f"Desa Sukamaju {n}", "timezone": "Asia/Jakarta", "language": "id",
                 "brand": {"sign_off": f"Pemerintah Desa {n}"}, "created_at": now}
                for n in range(start, min(start + 5000, agencies))
            ]  # fmt: skip
            numbers = session.execute(sa.insert(Agency).returning(Agency.id), rows).scalars()
            session.execute(
                sa.insert(Account),
                [
                    {"agency_id": number, "name": f"a{n}", "platform": "webhook", "settings": settings,
                     "dry_run": False, "active": True, "paused_why": "", "created_at": now}
                    for number in numbers
                    for n in range(PLATFORMS)
                ],
            )  # fmt: skip
    (folder / "templates" / "text").mkdir(parents=True)
    (folder / "templates" / "text" / "pagi.j2").write_text(
        "{% block head %}Selamat pagi dari {{ agency.name }}{% endblock %}"
        "{% block body %}Pelayanan {{ agency.short }} buka pukul 08.00. Bawalah KTP dan kartu keluarga.{% endblock %}"
        "{% block tail %}{{ agency.sign_off }}{% endblock %}"
    )
    with (folder / "humasbot.toml").open("a") as file:
        file.write(
            f'[campaigns.pagi]\noccasion = "daily"\nat = "{at}"\ntemplate = "pagi"\napproval = "policy"\n'
            'agencies = "all"\npicture = "none"\n'
        )
    bot.close()
    return Humasbot(folder / "humasbot.toml")


def plan(bot: Humasbot, folder: Path, agencies: int) -> dict[str, float]:
    """Seconds to plan and queue one day for *agencies*; and what claims cost with all of it waiting."""
    at = (utc_now() + timedelta(hours=12)).strftime("%H:%M")
    bot = settle(bot, folder, agencies, at, "http://127.0.0.1:9/")
    started = time.perf_counter()
    made = bot.plan()
    told = {"seconds": time.perf_counter() - started, "made": float(made)}
    if made != PLATFORMS * agencies or bot.plan() != 0:
        raise SystemExit(f"planned {made} of {PLATFORMS * agencies}, or twice")
    now = utc_now() + timedelta(days=2)
    database = bot.office.database
    told["line_ms"] = 1000 * _seconds(lambda: outbox.line(database, 512, now=now))
    ids = outbox.line(database, 64 * 5, now=now)
    parts = iter([ids[start : start + 64] for start in range(0, len(ids), 64)])
    lease = timedelta(minutes=1)
    told["claim_ms"] = 1000 * _seconds(
        lambda: outbox.claim(database, bot.office.token(), limit=64, lease=lease, now=now, only=next(parts)),
        5,
    )
    told["mend_ms"] = 1000 * _seconds(lambda: outbox.mend(database, now))
    bot.close()
    return told


def _seconds(call: Callable[[], object], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - started)
    return best


def drain_killing(bot: Humasbot, folder: Path, platform: Platform, agencies: int) -> dict[str, float]:
    """Two workers drain one day of *agencies*; each minute one of them is killed and another started."""
    at = (utc_now() + timedelta(hours=12)).strftime("%H:%M")
    bot = settle(bot, folder, agencies, at, platform.url)
    planned = _seconds(bot.plan, 1)
    count = sum(filling.states(bot).values())
    with bot.office.database.write() as session:  # the hour has come
        session.execute(sa.text("UPDATE humasbot_delivery SET due_at = now(), next_at = now()"))
    processes = [running.worker(folder, role) for role in ("publish", "publish", "schedule")]
    began = killed_at = time.monotonic()
    killed = 0
    while filling.states(bot).get("sent", 0) < count and time.monotonic() < began + 1800:
        time.sleep(1)
        if time.monotonic() > killed_at + KILL_SECONDS:
            processes[0].kill()
            processes[0].wait()
            processes[:2] = [processes[1], running.worker(folder, "publish")]
            killed, killed_at = killed + 1, time.monotonic()
    seconds = time.monotonic() - began
    running.end(processes)
    told, states = platform.told(), filling.states(bot)
    bot.close()
    if states != {"sent": count} or told["posts"] != count:
        raise SystemExit(f"not all were sent: {states}, {told}")
    return {
        "plan_s": planned,
        "drain_count": count,
        "drain_s": seconds,
        "drain_twice": told["twice"],
        "drain_killed": killed,
    }
