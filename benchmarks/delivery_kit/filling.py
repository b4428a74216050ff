"""Offices full of approved deliveries, each of an account of its own."""

import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from humasbot.app import Humasbot
from humasbot.models import Account, Agency, Campaign, utc_now
from humasbot.pipeline import staging
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.seen import Said
from humasbot.pipeline.setup import ANNOUNCE
from humasbot.queueing import refresh_statistics

WORDS = "Pelayanan perekaman KTP buka hari Sabtu pukul 08.00 sampai 12.00 di kantor Dukcapil. " * 3
SECRET = "HUMASBOT_BENCHMARK_SECRET"


def office(folder: Path, database: str, *, threads: int, fleet: bool = True) -> Humasbot:
    """An office on *database*; ``humasbot.toml`` stands in *folder*, for processes of their own."""
    os.environ[SECRET] = "rahasia-hanya-untuk-mengukur"
    (folder / "humasbot.toml").write_text(
        f'[humasbot]\ndatabase = "{database}"\nthreads = {threads}\nfleet = {str(fleet).lower()}\n'
        'lease = "60s"\nsettle = "2s"\n[agency]\nname = "Kementerian Contoh"\nkey = "pusat"\n'
    )
    return Humasbot(folder / "humasbot.toml")


def fill(bot: Humasbot, count: int, url: str, due: datetime | None = None, each: int = 1) -> None:
    """Queue *count* deliveries, *each* of them of one agency, due at *due* (now)."""
    now = utc_now()
    with bot.office.database.write() as session:
        campaign = session.execute(sa.select(Campaign.id).where(Campaign.name == ANNOUNCE)).scalars().one()
        mark = secrets.token_hex(4)
        agencies = [
            {"name": f"desa-{mark}-{n}", "title": f"Desa {n}", "timezone": "Asia/Jakarta", "language": "id",
             "brand": {}, "created_at": now}
            for n in range(count // each)
        ]  # fmt: skip
        numbers = list(session.execute(sa.insert(Agency).returning(Agency.id), agencies).scalars())
        settings = {"url": url, "secret": {"env": SECRET}, "allow_private": "true"}
        accounts = [
            {"agency_id": number, "name": f"a{n}", "platform": "webhook", "settings": settings, "dry_run": False,
             "active": True, "paused_why": "", "created_at": now}
            for number in numbers
            for n in range(each)
        ]  # fmt: skip
        made = session.execute(sa.insert(Account).returning(Account.id, Account.agency_id), accounts).all()
        rows = [_row(number, agency, due or now) for number, agency in made]
        staging.queue(session, campaign or 0, f"ukur-{mark}", 0, rows, now)
    refresh_statistics(bot.office.database)  # as planning does


def _row(number: int, agency: int, due: datetime) -> staging.Row:
    said = Said("Kabar", WORDS, "", "id", [], {}, due, None)
    return staging.Row(agency, number, said, hash_of(said, _Account(number, agency)), secrets.token_hex(16))


class _Account:
    """What the hash of an approval covers of an account."""

    platform = "webhook"

    def __init__(self, number: int, agency: int) -> None:
        self.id, self.agency_id = number, agency


def states(bot: Humasbot) -> dict[str, int]:
    """How many deliveries there are in each state."""
    statement = sa.text("SELECT state, count(*) FROM humasbot_delivery GROUP BY state")
    with bot.office.database.read() as session:
        return {str(state): int(count) for state, count in session.execute(statement).all()}


def clear(bot: Humasbot) -> None:
    """Leave no delivery and no account of the measured agencies."""
    tables = ("receipt", "attempt", "delivery", "approval", "variant", "post")
    with bot.office.database.write() as session:
        for name in tables:
            session.execute(sa.text(f"DELETE FROM humasbot_{name}"))
        session.execute(sa.text("DELETE FROM humasbot_account"))


def peak_mb() -> float:
    """The most memory that this process has held (``ru_maxrss`` would be its parent's, if that held more)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


Values = dict[str, Any]
