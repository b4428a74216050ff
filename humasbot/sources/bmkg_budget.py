"""How often BMKG may be asked: 60 times a minute from one address, for all its open data together.

Source: data.bmkg.go.id/prakiraan-cuaca and data.bmkg.go.id/peringatan-dini-cuaca (the limit and the duty to name BMKG
stand there; noted 2026-11-22). Kept for the whole machine in a small locked file, since several offices and processes
share one address; where no file can be locked, for this process.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from humasbot.errors import FetchError
from humasbot.words import t

MOST = 50
"""Requests in any ``SECONDS``; below BMKG's 60, since our clock and theirs do not begin a minute together."""
SECONDS = 60.0
LONGEST_FILE = 4096


def usual_file() -> Path:
    """The file that all humasbots of this user on this machine share."""
    whose = os.getuid() if hasattr(os, "getuid") else 0
    return Path(tempfile.gettempdir()) / f"humasbot-bmkg-{whose}"


class Budget:
    """At most *most* requests in any minute. Safe to share between threads."""

    def __init__(
        self, path: Path | None = None, *, most: int = MOST, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._own: list[float] = []

    def spend(self) -> None:
        """Take one request. Raises :class:`~humasbot.errors.FetchError` (temporary) when none is left."""
        with self._lock:
            self._own = self._checked(self._own)
            with suppress(OSError, ImportError):
                self._shared()
            self._own.append(self._clock())

    def _checked(self, taken: list[float]) -> list[float]:
        now = self._clock()
        # A time ahead of ours was written by a clock that was set back since.
        lately = [moment for moment in taken if now - SECONDS < moment <= now]
        if len(lately) >= self._most:
            raise FetchError(
                t("jatah permintaan ke BMKG ({n} per menit) habis; dicoba lagi semenit kemudian",
                  "the allowance of requests to BMKG ({n} a minute) is used up; tried again in a minute", n=self._most)
            )  # fmt: skip
        return lately

    def _shared(self) -> None:
        import fcntl

        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self._path or usual_file(), flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            lately = self._checked(_numbers(os.read(descriptor, LONGEST_FILE)))
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, " ".join(f"{moment:.2f}" for moment in [*lately, self._clock()]).encode())
        finally:
            os.close(descriptor)  # which lets the lock go


def _numbers(content: bytes) -> list[float]:
    found = []
    for word in content.split():
        with suppress(ValueError):
            found.append(float(word))
    return found


BUDGET = Budget()
"""The one that every reader of BMKG spends from."""
