"""What the jobs of one process did last: kept in memory, because it is about this process."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from humasbot.models import utc_now
from humasbot.words import t

SILENT = timedelta(minutes=5)
"""So long without the end of any job, and the process is taken to hang."""


@dataclass(frozen=True, slots=True)
class Last:
    """One job: when it last ended well (UTC), and with what sentence it failed since, if it did."""

    done_at: datetime | None = None
    error: str = ""


class Work:
    """Every job's last end; told by the process, asked by the port. Safe to use from all threads."""

    def __init__(self) -> None:
        self._jobs: dict[str, Last] = {}
        self._heard = time.monotonic()
        self._lock = threading.Lock()

    def ended(self, name: str, error: str) -> None:
        """A job has ended, with *error* (redacted) if it failed."""
        with self._lock:
            before = self._jobs.get(name, Last())
            self._jobs[name] = replace(before, error=error) if error else Last(utc_now())
            self._heard = time.monotonic()

    def alive(self) -> None:
        """There was nothing to do, and the process still turns: one that waits to lead, say."""
        self._heard = time.monotonic()

    def jobs(self) -> Mapping[str, Last]:
        """What is known of each job."""
        with self._lock:
            return dict(self._jobs)

    def problems(self) -> list[str]:
        """What is wrong, as sentences."""
        found = [
            t("pekerjaan {j} gagal: {why}", "the job {j} fails: {why}", j=name, why=last.error)
            for name, last in sorted(self.jobs().items())
            if last.error
        ]
        silent = time.monotonic() - self._heard
        if silent > SILENT.total_seconds():
            found.append(
                t("tidak ada pekerjaan yang selesai selama {s:.0f} detik; mulai ulang proses ini",
                  "no job has ended for {s:.0f} seconds; restart this process", s=silent)
            )  # fmt: skip
        return found
