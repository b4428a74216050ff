"""Dates, times and numbers as Indonesians write them. Zones are named WIB, WITA or WIT, never as an offset."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
ZONES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}


def zone_name(zone: ZoneInfo | str) -> str:
    """WIB, WITA or WIT; for any other zone its own name."""
    key = zone if isinstance(zone, str) else zone.key
    return ZONES.get(key, key)


def long_date(day: date) -> str:
    """``Senin, 23 November 2026``; a datetime is taken as it stands, so convert it to the agency's zone first."""
    return f"{DAYS[day.weekday()]}, {short_date(day)}"


def short_date(day: date) -> str:
    """``23 November 2026``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def clock(moment: datetime) -> str:
    """``06.00 WIB``. *moment* is aware, in the zone to be named."""
    zone = moment.tzinfo.key if isinstance(moment.tzinfo, ZoneInfo) else ""
    return f"{moment:%H.%M}" + (f" {zone_name(zone)}" if zone else "")


def long_moment(moment: datetime, zone: ZoneInfo) -> str:
    """``Senin, 23 November 2026 06.00 WIB``, in *zone*."""
    local = moment.astimezone(zone)
    return f"{long_date(local)} {clock(local)}"


def stamp(moment: datetime, zone: ZoneInfo) -> str:
    """``2026-11-23 06:00 WIB``, for tables."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} {zone_name(zone)}"


def number(value: float | Decimal, decimals: int = 0) -> str:
    """``1.250.000`` or, with decimals, ``3,14``."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))
