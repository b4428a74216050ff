"""BMKG's three-day forecast of one village or kelurahan as one set of facts a day.

Shape of api.bmkg.go.id/publik/prakiraan-cuaca (noted 2026-11-22): ``data[0].cuaca`` is a list of days, each a list of
entries three hours apart; ``vs`` and others may be null; a wrong code gives 404 with JSON.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from humasbot.content import Happening
from humasbot.errors import FetchError
from humasbot.sources.text import clean
from humasbot.words import t

KIND = "forecast"
WAKING = range(6, 22)
"""The hours (local) that a day's forecast is about."""
_RAIN = ("hujan", "petir", "badai")
_HEAVY = ("ringan", "lokal", "sedang", "lebat", "petir", "sangat lebat", "badai")


def read_days(body: bytes, zone: ZoneInfo) -> list[Happening]:
    """One forecast for each day that is told whole, morning to evening.

    Raises :class:`~humasbot.errors.FetchError` when it is no forecast.
    """
    try:
        data = json.loads(body)
        parts = data["data"][0]["cuaca"]
        entries = [entry for part in parts for entry in part]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise FetchError(
            t("jawaban BMKG bukan prakiraan cuaca", "BMKG's answer is no weather forecast")
        ) from None
    days: dict[date, list[tuple[int, str, int]]] = {}
    for moment, words, degrees in filter(None, (_entry(entry, zone) for entry in entries)):
        days.setdefault(moment.date(), []).append((moment.hour, words, degrees))
    return [_day(day, hours, zone) for day, hours in sorted(days.items()) if _whole(hours)]


def _entry(entry: Any, zone: ZoneInfo) -> tuple[datetime, str, int] | None:
    if not isinstance(entry, Mapping):
        return None
    words, degrees = entry.get("weather_desc"), entry.get("t")
    try:
        # "utc_datetime" is "2026-11-22 06:00:00", without its zone.
        moment = datetime.fromisoformat(str(entry.get("utc_datetime"))).replace(tzinfo=UTC).astimezone(zone)
        number = round(float(str(degrees)))
    except (ValueError, OverflowError):
        return None
    if not isinstance(words, str) or not clean(words) or not -20 <= number <= 60:
        return None
    return moment, clean(words)[:60], number


def _whole(hours: list[tuple[int, str, int]]) -> bool:
    told = [hour for hour, _, _ in hours]
    return min(told) <= 9 and max(told) >= 16


def _day(day: date, hours: list[tuple[int, str, int]], zone: ZoneInfo) -> Happening:
    awake = [words for hour, words, _ in hours if hour in WAKING]
    usual = Counter(words.lower() for words in awake).most_common(1)[0][0]
    wet = max((words.lower() for words in awake if is_rain(words)), key=_weight, default="")
    degrees = [number for _, _, number in hours]
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    facts = {
        "day": day.isoformat(), "words": f"{usual} hingga {wet}" if wet and wet != usual else usual,
        "low": min(degrees), "high": max(degrees), "rain": bool(wet),
    }  # fmt: skip
    return Happening(KIND, f"{KIND}:{day}", begins, begins + timedelta(days=1), facts)


def is_rain(words: str) -> bool:
    """Whether BMKG's words for the weather mean rain."""
    return any(word in words.lower() for word in _RAIN)


def _weight(words: str) -> int:
    return max((number for number, word in enumerate(_HEAVY) if word in words), default=-1)
