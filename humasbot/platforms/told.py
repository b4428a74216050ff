"""What a platform's answers tell, beside everything else, of its quotas."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock

from humasbot.content import Allowance


class Told:
    """The latest word on each quota; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: dict[str, Allowance] = {}

    def keep(self, allowance: Allowance | None) -> None:
        """Remember it in the place of an earlier one of the same thing."""
        if allowance is not None:
            with self._lock:
                self._last[allowance.what] = allowance

    def now(self) -> list[Allowance]:
        """What still holds: a quota that has begun anew since is not known any more."""
        moment = datetime.now(UTC)
        with self._lock:
            return [one for one in self._last.values() if one.resets is None or one.resets > moment]


def from_headers(headers: Mapping[str, str], prefix: str, what: str, window: timedelta) -> Allowance | None:
    """The quota in the headers *prefix*-limit, -remaining and -reset (names in lower case); ``None`` without them.

    The reset is a time in Unix seconds or ISO 8601, as X and Bluesky, or Mastodon write it.
    """
    try:
        total, left = int(headers[f"{prefix}-limit"]), int(headers[f"{prefix}-remaining"])
        resets = _moment(headers[f"{prefix}-reset"].strip())
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    return Allowance(max(total - left, 0), total, window, what, resets)


def _moment(text: str) -> datetime:
    if text.isdecimal():
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
