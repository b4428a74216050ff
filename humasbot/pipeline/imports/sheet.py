"""The rows of a CSV or XLSX file as plain text, within bounds; formulas are never believed, nor evaluated."""

import csv
import importlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from humasbot.errors import InputError
from humasbot.pipeline.imports.faults import Fault
from humasbot.words import reason, t

MOST_BYTES = 5_000_000
MOST_UNPACKED = 60_000_000
"""Bytes of all parts of an XLSX together: a few kilobytes of zip can hold gigabytes."""
MOST_ROWS = 500
"""A month with sixteen posts a day."""
MOST_COLUMNS = 60
LONGEST_CELL = 20_000
# A spreadsheet runs a cell that begins so; the last two shapes are text like "-5 derajat" unless they call something.
_FORMULA = re.compile(r"\s*(?:=|[+\-@]\s*[A-Za-z_.]+\s*\(|[+\-@][^\s|]{1,40}\|\s*')")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The header and the rows with their numbers; ``faults`` are those of single cells, left empty in ``rows``."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    faults: list[Fault] = field(default_factory=list)


def read_sheet(path: Path) -> tuple[Sheet, bytes]:
    """The first sheet of a ``.csv`` or ``.xlsx``, and the file's bytes. Raises :class:`~humasbot.errors.InputError`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                t("{f} terlalu besar (lebih dari {n} MB); bagi menjadi beberapa berkas",
                  "{f} is too large (more than {n} MB); part it into several files",
                  f=path.name, n=MOST_BYTES // 1_000_000)
            )  # fmt: skip
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            t("{f} tidak terbaca: {why}", "{f} cannot be read: {why}", f=path, why=reason(error))
        ) from None
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise InputError(
            t("{f}: hanya .csv atau .xlsx; contohnya: humasbot import --example",
              "{f}: only .csv or .xlsx; an example: humasbot import --example", f=path.name)
        )  # fmt: skip
    table = _csv(data, path.name) if kind == ".csv" else _xlsx(data, path.name)
    return _sheet(table, path.name), data


def _sheet(table: Iterator[list[str]], name: str) -> Sheet:
    header = [cell.strip() for cell in next(table, [])]
    if not any(header):
        raise InputError(
            t("{f} kosong; baris pertamanya memuat nama kolom", "{f} is empty; its first row names the columns",
              f=name)
        )  # fmt: skip
    rows: list[tuple[int, list[str]]] = []
    faults: list[Fault] = []
    for number, cells in enumerate(table, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) >= MOST_ROWS:
            raise InputError(
                t("{f} memuat lebih dari {n} baris; bagi menjadi beberapa berkas",
                  "{f} holds more than {n} rows; part it into several files", f=name, n=MOST_ROWS)
            )  # fmt: skip
        cells = [*cells, *[""] * (len(header) - len(cells))]
        if any(cell.strip() for cell in cells[len(header) :]):
            faults.append(
                Fault(number, "", t("ada isi di luar kolom yang bernama; periksa tanda pemisah dan tanda kutip",
                                    "something stands beyond the named columns; check separators and quotes"))
            )  # fmt: skip
        for position, column in enumerate(header):
            if why := _refused(cells[position]):
                faults.append(Fault(number, column, why))
                cells[position] = ""
        rows.append((number, cells[: len(header)]))
    return Sheet(header, rows, faults)


def _refused(cell: str) -> str:
    """Why a cell is not taken, or nothing."""
    if _FORMULA.match(cell):
        return t("sel ini rumus; tulis nilainya", "this cell is a formula; write its value")
    if len(cell) > LONGEST_CELL:
        return t("lebih dari {n} karakter", "more than {n} characters", n=LONGEST_CELL)
    if _CONTROL.search(cell):
        return t("memuat karakter kendali; ketik ulang", "holds a control character; type it anew")
    return ""


def _csv(data: bytes, name: str) -> Iterator[list[str]]:
    text = _decoded(data, name)
    first = text.lstrip("\r\n").partition("\n")[0]
    # Excel writes a semicolon where the decimal sign is a comma, as in Indonesia.
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in rows:
            yield row[: MOST_COLUMNS + 1]
    except csv.Error:
        raise InputError(
            t("{f}: CSV rusak di sekitar baris {n}; periksa tanda kutipnya",
              "{f}: broken CSV near line {n}; check its quotes", f=name, n=rows.line_num)
        ) from None  # fmt: skip


def _decoded(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise InputError(
            t("{f} bukan UTF-8; di Excel simpan sebagai “CSV UTF-8”", "{f} is not UTF-8; in Excel save as “CSV UTF-8”",
              f=name)
        ) from None  # fmt: skip


def _xlsx(data: bytes, name: str) -> Iterator[list[str]]:
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError:
        raise InputError(
            t("untuk membaca .xlsx pasang dahulu: pip install 'humasbot[xlsx]'; atau simpan sebagai CSV UTF-8",
              "to read .xlsx first: pip install 'humasbot[xlsx]'; or save as CSV UTF-8")
        ) from None  # fmt: skip
    _guard(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about decoration that it does not know
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            try:
                sheet = book.worksheets[0]
                found = sheet.iter_rows(max_row=MOST_ROWS * 4, max_col=MOST_COLUMNS)
                # Taken whole: a fault of the file must be met here, inside the guard.
                table = [[_text(cell) for cell in row] for row in islice(found, MOST_ROWS * 4)]
            finally:
                book.close()
    except Exception as error:  # noqa: BLE001 - whatever a strange file does to the reader, the person needs a sentence
        raise InputError(
            t("{f} bukan berkas Excel yang utuh ({why}); simpan ulang, atau sebagai CSV UTF-8",
              "{f} is no sound Excel file ({why}); save it anew, or as CSV UTF-8", f=name, why=type(error).__name__)
        ) from None  # fmt: skip
    for row in table:
        while row and not row[-1]:
            row.pop()
        yield row


def _guard(data: bytes, name: str) -> None:
    """Refuse what unpacks to too much, or brings a document type: Office Open XML has none (ECMA-376 part 2)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            infos = parts.infolist()
            # The directory may lie about sizes; zipfile reads no more of a part than it claims.
            if len(infos) > 2_000 or sum(info.file_size for info in infos) > MOST_UNPACKED:
                raise InputError(
                    t("{f} terlalu besar setelah dibuka", "{f} is too large once unpacked", f=name)
                )
            for info in infos:
                if info.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in parts.read(info).upper():
                    raise InputError(
                        t("{f} memuat DOCTYPE dan ditolak", "{f} holds a DOCTYPE: refused", f=name)
                    )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise InputError(t("{f} bukan berkas .xlsx", "{f} is not an .xlsx file", f=name)) from None


def _text(cell: Any) -> str:
    """A cell as a person would type it; a formula or an error as something that is refused."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in ("f", "e"):
        return f"={value}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
