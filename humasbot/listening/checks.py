"""What ``/healthz`` asks: the database, the clock, the engine, the jobs. Each fault is one sentence."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from humasbot.database import Database
from humasbot.errors import HumasbotError
from humasbot.listening.work import Work
from humasbot.models import Audit, columns, utc_now
from humasbot.words import t

APART = timedelta(seconds=30)
"""How far our clock and that of the database's server may be apart."""
STEP = timedelta(seconds=60)
"""A wall clock that ran so far away from the time that really passed was set."""
STEP_SHOWN = timedelta(minutes=10)
"""For so long a step is told; after that the new time is taken for the right one."""
BEHIND = timedelta(minutes=2)
"""What was written so far in our future was written under another clock."""


class Checks:
    """Everything that ``/healthz`` looks at. *engine* gives what is wrong with it, or nothing."""

    def __init__(
        self, database: Database, work: Work, zone: str, engine: Callable[[], str] = lambda: ""
    ) -> None:
        self._database = database
        self._work = work
        self._zone = zone
        self._engine = engine
        self._ahead = time.time() - time.monotonic()
        self._stepped: tuple[float, float] | None = None

    def problems(self) -> list[str]:
        """What is wrong now; empty while all is well."""
        found = self._clock()
        try:
            found += self._of_the_database()
            if fault := self._engine():
                found.append(fault)
        except HumasbotError as fault:
            found.append(str(fault))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is not well; its words may hold an address
            found.append(
                t("basis data atau mesin antrean tidak menjawab ({e})",
                  "the database or the engine does not answer ({e})", e=type(fault).__name__)
            )  # fmt: skip
        return found + self._work.problems()

    def _clock(self) -> list[str]:
        """The wall clock against the time that really passed, and the office's zone."""
        found = []
        ahead = time.time() - time.monotonic()
        if abs(ahead - self._ahead) > STEP.total_seconds():
            self._stepped = (time.monotonic(), ahead - self._ahead)
            self._ahead = ahead
        if self._stepped and time.monotonic() - self._stepped[0] < STEP_SHOWN.total_seconds():
            found.append(
                t("jam mesin ini baru digeser {s:+.0f} detik; periksa penyelarasan waktu (NTP)",
                  "this machine's clock was just moved by {s:+.0f} seconds; look at its time service (NTP)",
                  s=self._stepped[1])
            )  # fmt: skip
        try:
            ZoneInfo(self._zone)
        except (ZoneInfoNotFoundError, ValueError):
            found.append(
                t("zona waktu {z} tidak dikenal di mesin ini; pasang paket tzdata",
                  "the time zone {z} is not known on this machine; install the package tzdata", z=self._zone)
            )  # fmt: skip
        return found

    def _of_the_database(self) -> list[str]:
        """Whether it answers, and whether its time and ours are the same."""
        row = columns(Audit)
        with self._database.read() as session:
            newest = session.execute(sa.select(row.at).order_by(row.id.desc()).limit(1)).scalar()
            theirs: datetime | None = None
            if not self._database.is_sqlite:
                theirs = session.execute(sa.text("SELECT clock_timestamp()")).scalar()
        now = utc_now()
        if theirs is not None and abs(theirs - now) > APART:
            return [
                t("jam mesin ini dan jam basis data berbeda {s:.0f} detik; selaraskan keduanya (NTP)",
                  "this machine's clock and the database's are {s:.0f} seconds apart; synchronise both (NTP)",
                  s=abs((theirs - now).total_seconds()))
            ]  # fmt: skip
        if newest is not None and newest > now + BEHIND:
            return [
                t("jam mesin ini tertinggal: catatan terakhir bertanggal {at}; periksa jam dan zona waktunya",
                  "this machine's clock is behind: the last record is dated {at}; check its clock and zone",
                  at=newest.isoformat(timespec="seconds"))
            ]  # fmt: skip
        return []
