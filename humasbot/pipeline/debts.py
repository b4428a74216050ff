"""What this process knows and the database does not: kept until it can be written."""

import threading
import time
from datetime import timedelta

from humasbot import outbox
from humasbot.claiming import Result
from humasbot.database import Database


class Debts:
    """Results that could not be written, and claims of which nobody knows whether they were committed."""

    def __init__(self) -> None:
        self._results: list[Result] = []
        self._tokens: list[str] = []
        self._lock = threading.Lock()

    def owe(self, results: list[Result]) -> None:
        """Keep results for later."""
        with self._lock:
            self._results += results

    def undo(self, token: str) -> None:
        """Keep in mind that the claim of that token has to be undone, if it was committed."""
        with self._lock:
            self._tokens.append(token)

    def pay(self, database: Database) -> None:
        """Write what is owed. Raises :class:`~humasbot.database.DatabaseError` while that is not possible."""
        with self._lock:
            if self._results:
                outbox.finish(database, self._results)
                self._results = []
            if self._tokens:
                outbox.take_back(database, self._tokens)
                self._tokens = []


class Alarm:
    """How long the database has been away, as this process sees it, and whether that was told."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._told = False

    def well(self) -> None:
        """It answers."""
        self._since, self._told = None, False

    def ill(self, after: timedelta) -> bool:
        """It does not; true once, when that has lasted for longer than *after*."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if self._told or now - self._since < after.total_seconds():
            return False
        self._told = True
        return True
