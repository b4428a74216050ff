"""Dates, times and numbers as Indonesians write them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.indonesian import (
    DAYS,
    MONTHS,
    clock,
    long_date,
    long_moment,
    number,
    short_date,
    stamp,
    zone_name,
)

ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(1945, 8, 17), "Jumat, 17 Agustus 1945"),
        (date(2026, 11, 23), "Senin, 23 November 2026"),
        (date(2024, 2, 29), "Kamis, 29 Februari 2024"),
        (date(2027, 1, 1), "Jumat, 1 Januari 2027"),
        (datetime(2026, 12, 31, 23, 59, tzinfo=ZoneInfo("Asia/Jayapura")), "Kamis, 31 Desember 2026"),
    ],
)
def test_a_day_in_words(day: date, words: str) -> None:
    assert long_date(day) == words
    assert short_date(day) == words.split(", ")[1]


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_can_be_read_back(day: date) -> None:
    weekday, rest = long_date(day).split(", ")
    number_, month, year = rest.split(" ")
    assert date(int(year), MONTHS.index(month) + 1, int(number_)) == day
    assert DAYS.index(weekday) == day.weekday()


@pytest.mark.parametrize(
    ("key", "name"), [*ZONES.items(), ("Asia/Ujung_Pandang", "WITA"), ("Europe/Berlin", "Europe/Berlin")]
)
def test_zones_have_their_indonesian_names(key: str, name: str) -> None:
    assert zone_name(key) == zone_name(ZoneInfo(key)) == name


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)), st.sampled_from(sorted(ZONES)))
def test_a_moment_is_told_in_the_zone_that_is_asked_for(naive: datetime, key: str) -> None:
    moment, zone = naive.replace(tzinfo=UTC), ZoneInfo(key)
    local = moment.astimezone(zone)
    assert long_moment(moment, zone) == f"{long_date(local)} {local:%H.%M} {ZONES[key]}"
    assert stamp(moment, zone) == f"{local:%Y-%m-%d %H:%M} {ZONES[key]}"
    assert clock(local) == f"{local:%H.%M} {ZONES[key]}"


def test_midnight_in_wib_is_still_yesterday_in_utc() -> None:
    moment = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert long_moment(moment, ZoneInfo("Asia/Jakarta")) == "Jumat, 1 Januari 2027 00.00 WIB"
    assert long_moment(moment, ZoneInfo("Asia/Jayapura")) == "Jumat, 1 Januari 2027 02.00 WIT"


@pytest.mark.parametrize("zone", [None, UTC, timezone(timedelta(hours=7))])
def test_a_zone_without_a_name_is_not_named(zone: timezone | None) -> None:
    assert clock(datetime(2026, 11, 23, 6, 5, tzinfo=zone)) == "06.05"


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (0, 0, "0"),
        (999, 0, "999"),
        (1000, 0, "1.000"),
        (1_250_000, 0, "1.250.000"),
        (-1_250_000, 0, "-1.250.000"),
        (3.14159, 2, "3,14"),
        (1234.5, 1, "1.234,5"),
        (Decimal("12345678901234567890.125"), 2, "12.345.678.901.234.567.890,12"),
    ],
)
def test_numbers(value: float | Decimal, decimals: int, words: str) -> None:
    assert number(value, decimals) == words


@given(st.integers(-(10**15), 10**15), st.integers(0, 4))
def test_every_number_can_be_read_back(value: int, decimals: int) -> None:
    words = number(value, decimals)
    assert Decimal(words.replace(".", "").replace(",", ".")) == value
    assert words.partition(",")[2] == "0" * decimals
