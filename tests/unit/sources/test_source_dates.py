"""Dates as sites write them; what they mean was worked out by hand or by datetime itself."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.sources.dates import WIB, parse_date

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
SHORT = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
OFFSETS = {"WIB": 7, "WITA": 8, "WIT": 9}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # From real sites and feeds (facts of 2026-11-22).
        ("05 Agustus 2019", "2019-08-04T17:00"),
        ("Kam, 10 Okt 2024", "2024-10-09T17:00"),
        ("Thu, 10 Oct 2024 10:00:00 WIB", "2024-10-10T03:00"),
        ("Senin, 5 Mei 2025 10.00 WIB", "2025-05-05T03:00"),
        ("Jumat (08/01/2026)", "2026-01-07T17:00"),
        ("23 Sep 2026", "2026-09-22T17:00"),
        ("2026-09-23T12:16:56+00:00", "2026-09-23T12:16:56"),
        # ISO 8601
        ("2026-09-23T12:16:56.123Z", "2026-09-23T12:16:56"),
        ("2026-09-23 12:16:56", "2026-09-23T05:16:56"),
        ("2026-09-23T12:16+0700", "2026-09-23T05:16"),
        ("2026-09-23T12:16:56-03:30", "2026-09-23T15:46:56"),
        ("2026-09-23", "2026-09-22T17:00"),
        ("20240105", "2024-01-04T17:00"),
        # RFC 822 and its relatives
        ("Thu, 10 Oct 2024 03:00:00 GMT", "2024-10-10T03:00"),
        ("Thu, 10 Oct 2024 10:00:00 +0700", "2024-10-10T03:00"),
        ("Thu, 10 Oct 2024 10:00:00 +0700 (WIB)", "2024-10-10T03:00"),
        ("10 Oct 24 03:00 UT", "2024-10-10T03:00"),
        ("Thursday, 10-Oct-24 03:00:00 GMT", "2024-10-10T03:00"),
        ("Thu, 10 Oct 2024 10:00:00 EST", "2024-10-10T15:00"),
        ("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59"),
        ("Rab, 1 Des 2021 13:05:00 GMT+8", "2021-12-01T05:05"),
        # the ways of Indonesian newsrooms
        ("Jum'at, 9 Januari 2026 Pukul 08.30 WITA", "2026-01-09T00:30"),
        ("Jum’at, 9 Januari 2026, pkl. 08.30 WITA", "2026-01-09T00:30"),
        ("5 Mei 2025 | 10:00 WIT", "2025-05-05T01:00"),
        ("Minggu, 3 Nopember 2024 - 07:05 wib", "2024-11-03T00:05"),
        ("Ahad, 7 Pebruari 2021 10.00", "2021-02-07T03:00"),
        ("Kamis (10/10/2024) 10.00 (WITA)", "2024-10-10T02:00"),
        ("hari Senin tanggal 5 Mei 2025 jam 10.00", "2025-05-05T03:00"),
        ("17 Ags 2024", "2024-08-16T17:00"),
        ("5-5-2025 10:00", "2025-05-05T03:00"),
        ("5.5.2025", "2025-05-04T17:00"),
        ("5\u00a0Mei\u00a02025", "2025-05-04T17:00"),
        # English
        ("May 5, 2025 10:00 am", "2025-05-05T03:00"),
        ("5th May 2025 12:15 p.m.", "2025-05-05T05:15"),
        ("12 Oct 2024 12:00 AM", "2024-10-11T17:00"),
    ],
)  # fmt: skip
def test_reads(text, expected):
    assert parse_date(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "kemarin", "2 jam yang lalu", "10.00 WIB", "Mei 2025", "32 Mei 2025", "29 Februari 2025",
        "10 Foo 2024",
        "10 Oct 2024 10:00 XYZ", "10 Oct 2024 24:00", "10 Oct 2024 10:60", "10 Oct 2024 13:00 pm", "2024-13-01",
        "0000-00-00T00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10 Oct 2024 10:00 +9900", "1728529200",
        "Terbit 5 Mei 2025 oleh Admin", "5 Mei 2025 sampai 7 Mei 2025", "x" * 10_000, "1" * 10_000,
        "٥ مايو ٢٠٢٥", "2026-09-23T12:16:56+00:00 dan seterusnya",
    ],
)  # fmt: skip
def test_what_is_no_date_or_not_surely_one_is_none(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("zone", "hour"), [("Asia/Jakarta", 3), ("Asia/Makassar", 2), ("Asia/Jayapura", 1), ("UTC", 10)]
)
def test_a_time_without_a_zone_is_the_agencys(zone, hour):
    assert parse_date("5 Mei 2025 10.00", ZoneInfo(zone)) == datetime(2025, 5, 5, hour, tzinfo=UTC)


def test_a_named_zone_beats_the_agencys():
    assert parse_date("5 Mei 2025 10.00 WIB", ZoneInfo("Asia/Jayapura")) == datetime(
        2025, 5, 5, 3, tzinfo=UTC
    )


FIRST, LAST = (int(datetime(year, 1, 2, tzinfo=UTC).timestamp()) for year in (1971, 2100))
moments = st.integers(FIRST, LAST).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@settings(deadline=None)
@given(moments, st.sampled_from(sorted(OFFSETS)), st.booleans(), st.booleans(), st.sampled_from([":", "."]))
def test_indonesian_round_trip(moment, name, is_short, with_day, colon):
    local = moment.astimezone(timezone(timedelta(hours=OFFSETS[name])))
    month = (SHORT if is_short else MONTHS)[local.month - 1]
    day = f"{DAYS[local.weekday()]}, " if with_day else ""
    text = f"{day}{local.day} {month} {local.year} {local:%H}{colon}{local:%M}{colon}{local:%S} {name}"
    assert parse_date(text) == moment


@settings(deadline=None)
@given(moments, st.integers(-12 * 4, 14 * 4))
def test_machine_formats_round_trip(moment, quarters):
    local = moment.astimezone(timezone(timedelta(minutes=15 * quarters)))
    assert parse_date(local.isoformat()) == moment
    assert parse_date(format_datetime(local)) == moment


@settings(deadline=None)
@given(
    moments,
    st.sampled_from(["%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H.%M.%S", "%d %b %Y %H:%M:%S"]),
)
def test_local_formats_round_trip(moment, shape):
    assert parse_date(moment.astimezone(WIB).strftime(shape)) == moment


@settings(deadline=None)
@given(st.text(max_size=130) | st.text(alphabet="0123456789 :.,-/TZ+WIBJanMei()|'", max_size=60))
def test_any_text_gives_an_aware_moment_or_nothing(text):
    moment = parse_date(text)
    assert moment is None or (moment.tzinfo is UTC and 1969 <= moment.year <= 2101)
