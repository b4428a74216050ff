"""The health of a fleet as every machine sees it: who leads and who publishes stands in the database."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from humasbot.app import Humasbot
from humasbot.daemon import health as of_this_machine
from humasbot.daemon import heard, heard_lately, wrong_with
from humasbot.database import Database
from humasbot.errors import ConfigError
from humasbot.fleet.engine import EngineHealth
from humasbot.indonesian import stamp
from humasbot.pipeline.leading import daemon_lease
from humasbot.words import t

TAKEOVER = timedelta(seconds=10)
"""How long after the end of a lease somebody else may still be taking it over."""
ROLES = ("schedule", "ingest")

_LEASES = sa.text(
    "SELECT name, until, until + :takeover > clock_timestamp() AS lives FROM humasbot_lease WHERE name IN :names"
).bindparams(sa.bindparam("names", expanding=True))


class Lives(NamedTuple):
    """What lives of a fleet: a daemon that does everything, whoever leads each role, and how many publish."""

    daemon: bool
    leads: dict[str, bool]
    since: dict[str, datetime]
    publishers: int

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.daemon or (all(self.leads.values()) and self.publishers > 0)


def lives(database: Database, only: str | None) -> Lives:
    """Who lives, by the database's own clock; *only* is the agency of a process that serves no fleet.

    Raises :class:`~humasbot.database.DatabaseError`.
    """
    daemon = daemon_lease(only)
    with database.read() as session:
        rows = session.execute(_LEASES, {"takeover": TAKEOVER, "names": [daemon, *ROLES]}).all()
    found = {row.name: row for row in rows}
    leads = {role: role in found and bool(found[role].lives) for role in ROLES}
    ended = {name: row.until for name, row in found.items() if not row.lives}
    here = daemon in found and bool(found[daemon].lives)
    return Lives(here, leads, ended, EngineHealth(database).publishers())


def faults(database: Database, only: str | None, zone: ZoneInfo, roles: tuple[str, ...] = ROLES) -> list[str]:
    """What is missing of a fleet, as sentences that say what to do; empty while a daemon lives."""
    found = lives(database, only)
    if found.daemon:
        return []
    problems = [_leaderless(role, found.since.get(role), zone) for role in roles if not found.leads[role]]
    fault = "" if found.publishers else EngineHealth(database).fault()
    return [*problems, fault] if fault else problems


def problems(bot: Humasbot, now: datetime | None = None) -> list[str]:
    """What ``humasbot health`` tells: of this machine's daemon, and on PostgreSQL of all machines."""
    office = bot.office
    if office.database.is_sqlite:
        return of_this_machine(bot, now)
    missing = faults(office.database, office.only_agency, office.zone)
    beat = heard(bot)
    here = wrong_with(beat, now)
    if not missing or office.only_agency is None:
        return [*(here if heard_lately(beat, now) else []), *missing]
    return here or [
        t("daemon tidak hidup lagi; jalankan: humasbot daemon", "the daemon lives no more; run: humasbot daemon")
    ]  # fmt: skip


def state(bot: Humasbot) -> dict[str, Any] | None:
    """The same as figures, for JSON; ``None`` where one machine with SQLite is all there is."""
    office = bot.office
    if office.database.is_sqlite:
        return None
    found = lives(office.database, office.only_agency)
    return {"daemon": found.daemon, **found.leads, "publishers": found.publishers}


def needs_fleet(bot: Humasbot) -> None:
    """Workers serve every agency of a database. Raises :class:`~humasbot.errors.ConfigError` where one is meant."""
    if not bot.config.humasbot.fleet:
        raise ConfigError(
            t("worker melayani semua instansi di satu basis data; tulis fleet = true di [humasbot], atau untuk satu "
              "kantor jalankan: humasbot daemon",
              "workers serve every agency of a database; write fleet = true in [humasbot], or for one office run: "
              "humasbot daemon")
        )  # fmt: skip


def _leaderless(role: str, since: datetime | None, zone: ZoneInfo) -> str:
    at = t(" sejak {at}", " since {at}", at=stamp(since, zone)) if since else ""
    if role == "schedule":
        return t("tidak ada penjadwal yang hidup{at}: tidak ada yang direncanakan, dibagikan, atau dicari kembali; "
                 "jalankan di salah satu mesin: humasbot worker schedule",
                 "no scheduler lives{at}: nothing is planned, handed out or looked for; run on one of the machines: "
                 "humasbot worker schedule", at=at)  # fmt: skip
    return t("tidak ada pembaca sumber yang hidup{at}: berita baru tidak terbaca; jalankan di salah satu mesin: "
             "humasbot worker ingest",
             "nobody reads the sources{at}: news stays unread; run on one of the machines: humasbot worker ingest",
             at=at)  # fmt: skip
