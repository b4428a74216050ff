"""Dates of a plan are read strictly; whatever a file holds, the answer is rows and sentences."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.errors import InputError
from humasbot.indonesian import DAYS, MONTHS
from humasbot.pipeline.imports.moments import moment, read_clock, read_day
from humasbot.pipeline.imports.rows import COLUMNS, Reading, headed, parse
from humasbot.pipeline.imports.sheet import Sheet, read_sheet

WIB = ZoneInfo("Asia/Jakarta")
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@given(days)
@settings(max_examples=80, deadline=None)
def test_every_sure_way_to_write_a_day_is_read_as_that_day(day: date) -> None:
    month = MONTHS[day.month - 1]
    for text in (
        day.isoformat(), f"{day.day} {month} {day.year}",
        f"{DAYS[day.weekday()]}, {day.day} {month[:3].upper()} {day.year}",
        f"{DAYS[day.weekday()]} {day.day}/{day.month}/{day.year}" if day.day == day.month else day.isoformat(),
    ):  # fmt: skip
        assert read_day(text) == day
    assert read_day(f"{day.day}/{day.month:02}/{day.year}", day_first=True) == day
    wrong = DAYS[(day.weekday() + 1) % 7]
    with pytest.raises(InputError, match="harinya"):
        read_day(f"{wrong}, {day.day} {month} {day.year}")


@given(days)
@settings(max_examples=80, deadline=None)
def test_a_day_of_numbers_is_never_guessed(day: date) -> None:
    text = f"{day.day}/{day.month}/{day.year}"
    if day.day <= 12 and day.day != day.month:
        with pytest.raises(InputError, match="dua cara"):
            read_day(text)
    else:
        assert read_day(text) == day


@pytest.mark.parametrize(
    "text", ["", "46357", "1 Des", "1/12", "01-12-26", "32 Mei 2026", "29 Februari 2027", "besok", "0/0/2026"]
)
def test_what_is_no_day_is_told(text: str) -> None:
    with pytest.raises(InputError):
        read_day(text)


@pytest.mark.parametrize(
    ("text", "hour", "minute", "zone"),
    [("08:00", 8, 0, None), ("8.05", 8, 5, None), ("pukul 20.30 WITA", 20, 30, "Asia/Makassar"),
     ("jam 07.00 wit", 7, 0, "Asia/Jayapura"), ("08:00:00", 8, 0, None)],
)  # fmt: skip
def test_a_time_by_the_clock(text: str, hour: int, minute: int, zone: str | None) -> None:
    assert read_clock(text) == (hour, minute, ZoneInfo(zone) if zone else None)


@pytest.mark.parametrize("text", ["", "8", "24.00", "08.60", "8 malam", "0,333", "08.00 EST", "08.00-09.00"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(InputError):
        read_clock(text)


def test_the_offices_clock_holds_where_no_zone_is_named() -> None:
    assert moment("2026-12-01", "00.30", WIB) == datetime(2026, 11, 30, 17, 30, tzinfo=UTC)
    assert moment("2026-12-01 08:00", "", ZoneInfo("Asia/Jayapura")) == datetime(2026, 11, 30, 23, tzinfo=UTC)


def read(data: bytes, folder: Path, suffix: str) -> Sheet | None:
    file = folder / f"rencana{suffix}"
    file.write_bytes(data)
    try:
        return read_sheet(file)[0]
    except InputError:
        return None


cells = st.text(st.characters(codec="utf-8"), max_size=30)
header = st.lists(
    st.sampled_from([name for names in COLUMNS.values() for name in names] + ["Kolom"]),
    min_size=1,
    max_size=8,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rencana")


@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)),
    st.sampled_from([".csv", ".xlsx"]),
)
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_rows_or_a_sentence(folder: Path, data: bytes, suffix: str) -> None:
    sheet = read(data, folder, suffix)
    assert sheet is None or all(len(row) == len(sheet.header) for _, row in sheet.rows)


@given(header, st.lists(st.lists(cells, max_size=9), max_size=6))
@settings(max_examples=80, deadline=None)
def test_any_cells_are_a_row_or_faults_each_with_its_place(
    folder: Path, names: list[str], rows: list[list[str]]
) -> None:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text).writerows([names, *rows])
    sheet = read(text.getvalue().encode("utf-8", "replace"), folder, ".csv")
    if sheet is None:
        return
    places, faults = headed(sheet.header)
    assert all(fault.row == 1 and fault.message for fault in faults)
    for number, row in sheet.rows:
        found, wrong = parse(
            number, row, sheet.header, places, Reading(WIB, datetime(2026, 11, 23, tzinfo=UTC))
        )
        assert (found is None) == bool(wrong)
        assert all(fault.row == number and fault.column and fault.message for fault in wrong)
        assert found is None or found.due.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "cell", ["=1+1", "=cmd|' /C calc'!A0", "+SUM(A1)", "@SUM(1)", "-HYPERLINK(1)", "+cmd|' /C calc'", " =A1"]
)
def test_formulas_are_refused_and_plain_signs_are_not(folder: Path, cell: str) -> None:
    sheet = read(f'tanggal;teks\n2026-12-01;"{cell}"\n'.encode(), folder, ".csv")
    assert sheet is not None
    assert [(fault.row, fault.column) for fault in sheet.faults] == [(2, "teks")]
    for plain in (
        "-5 derajat (dingin)",
        "@dinas mengabarkan",
        "+62 kode negara",
        "- satu\n- dua",
        "#Tagar = baik",
    ):
        sheet = read(f'tanggal;teks\n2026-12-01;"{plain}"\n'.encode(), folder, ".csv")
        assert sheet is not None
        assert sheet.faults == []
