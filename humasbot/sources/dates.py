"""Dates as Indonesian sites write them, read into aware UTC moments.

Why not the feed library's own dates: measured on feedparser 6.0.14 (2026-11-22), ``05 Agustus 2019`` has no date at
all, ``… 10:00:00 WIB`` is read as UTC, seven hours wrong, and a time without a zone is taken for UTC. Zones as in
Keppres 41/1987: WIB is UTC+7, WITA UTC+8, WIT UTC+9, without daylight saving.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")
EARLIEST, LATEST = 1970, 2100
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january",
            "februari pebruari feb peb february",
            "maret mar mrt march",
            "april apr",
            "mei may",
            "juni jun june",
            "juli jul july",
            "agustus agu agt ags agust aug august",
            "september sep sept",
            "oktober okt oct october",
            "november nopember nov nop",
            "desember des dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {"utc": 0, "gmt": 0, "ut": 0, "z": 0, "wib": 7, "wita": 8, "wit": 9}
# RFC 822 section 5.1, still met in feeds of foreign hosts.
_ZONES |= {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_WEEKDAYS = (
    "senin|sen|selasa|sel|rabu|rab|kamis|kam|jum['’`]?at|jum|sabtu|sab|minggu|min|ahad|"
    "monday|mon|tuesday|tues|tue|wednesday|wed|thursday|thurs|thur|thu|friday|fri|saturday|sat|sunday|sun"
)
_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?(?!\d)"
    r"\s*(?P<half>[ap]\.?m\b\.?)?"
)
_OFFSET = r"(?P<offset>(?:utc|gmt)?\s*[+-]\d{1,2}(?::?\d{2})?)(?!\d)"
_WHERE = rf"(?:{_OFFSET}(?:\s+[a-z]{{3,4}}\b)?|(?P<zone>[a-z]{{1,4}})\b)?"
_AFTER_DATE = rf"(?:(?:\s*[T@|,–-]\s*|\s+){_TIME}\s*{_WHERE})?(?P<rest>.*)"
_SHAPES = tuple(
    re.compile(shape + _AFTER_DATE, re.IGNORECASE | re.DOTALL)
    for shape in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?!\d)",
        r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4}|\d{2})(?!\d)",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s.-]+(?P<name>[a-z]{3,9})\b\.?[\s,.-]+(?P<year>\d{4}|\d{2})(?!\d)",
        r"(?P<name>[a-z]{3,9})\b\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})(?!\d)",
    )
)
_NOISE = re.compile(r"\b(?:pukul|pkl|jam|tanggal|tgl|pada|hari)\b[.:]?", re.IGNORECASE)
_LEADING_WEEKDAY = re.compile(rf"^[\s(]*(?:{_WEEKDAYS})\b[\s.,/()]*", re.IGNORECASE)
_LONGEST = 120


def parse_date(text: str, zone: tzinfo = WIB) -> datetime | None:
    """The moment that *text* names, aware and in UTC; ``None`` when it names none or cannot be surely read.

    Reads ISO 8601, RFC 822 and the Indonesian ways (``Senin, 5 Mei 2025 10.00 WIB``, ``08/01/2026``: day first). A
    moment without a zone is in *zone*, the agency's; a date without a time is its midnight there. A zone nobody
    knows gives ``None``, never UTC. The weekday is not believed: where it disagrees, the date counts.
    """
    if not text or len(text) > _LONGEST:
        return None
    words = _NOISE.sub(" ", text.translate({0xA0: " ", 0x202F: " "}))
    words = _LEADING_WEEKDAY.sub("", words).replace("(", " ").replace(")", " ").strip()
    words = " ".join(words.split())
    for shape in _SHAPES:
        found = shape.match(words)
        if found is not None and (moment := _moment(found, zone)) is not None:
            return moment
    return None


def _moment(found: re.Match[str], zone: tzinfo) -> datetime | None:
    part = found.groupdict()
    if part["rest"].strip(" .,;"):
        return None
    month = _MONTHS.get(part["name"].lower()) if part.get("name") else int(part["month"])
    hour = _hour(int(part["hour"] or 0), part["half"])
    where = _zone(part["offset"], part["zone"], zone)
    year = _year(part["year"])
    if month is None or hour is None or where is None or not EARLIEST <= year <= LATEST:
        return None
    second = min(int(part["second"] or 0), 59)  # a leap second is written as 60
    try:
        local = datetime(year, month, int(part["day"]), hour, int(part["minute"] or 0), second, tzinfo=where)
    except ValueError:
        return None
    return local.astimezone(UTC)


def _year(digits: str) -> int:
    """Two digits as RFC 5322 section 4.3 reads them."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 50 else 1900)


def _hour(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _zone(offset: str | None, name: str | None, default: tzinfo) -> tzinfo | None:
    if offset:
        digits = re.sub(r"[^\d]", "", offset)
        hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
        span = timedelta(hours=int(hours), minutes=int(minutes))
        if span > timedelta(hours=14):
            return None
        return timezone(-span if "-" in offset else span)
    if not name:
        return default
    hours_east = _ZONES.get(name.lower())
    return None if hours_east is None else timezone(timedelta(hours=hours_east))
