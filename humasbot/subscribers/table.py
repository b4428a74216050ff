"""Lists as CSV: brought in whole or not at all, with every fault by its row; given out whole, for the archive."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from humasbot.errors import HumasbotError, InputError, Problem
from humasbot.models import Recipient
from humasbot.subscribers.book import vouched
from humasbot.subscribers.register import DEFAULT_LIST, Register, members
from humasbot.words import t

COLUMNS = ("kind", "list", "address", "name", "consent_at", "consent_how", "consent_evidence")
"""What a list is brought in from; ``list`` and ``name`` may be left out."""
NEEDED = ("kind", "address", "consent_at", "consent_how", "consent_evidence")
INDONESIAN = {
    "jenis": "kind",
    "daftar": "list",
    "alamat": "address",
    "nama": "name",
    "persetujuan_pada": "consent_at",
    "persetujuan_cara": "consent_how",
    "persetujuan_bukti": "consent_evidence",
}
KINDS = {"surel": "email", "wa": "whatsapp"}
EXPORTED = (*COLUMNS, "state", "why", "changed_at")
LONGEST = 20_000_000
"""Bytes of a file."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of an import: how many rows are on a list now, and every fault by its row."""

    rows: int
    problems: tuple[Problem, ...] = ()


class _Faulty(Exception):
    """Ends the transaction without a trace."""


def bring_in(register: Register, data: bytes, zone: ZoneInfo, *, check: bool = False) -> Brought:
    """Put every row of a CSV file on its list, each with its recorded consent; all of them, or none.

    The first line names the columns (:data:`COLUMNS`, or in Indonesian :data:`INDONESIAN`), parted by comma or
    semicolon. A time without a zone is in *zone*. With *check* nothing is changed. Raises
    :class:`~humasbot.errors.InputError` when the file is no table.
    """
    rows = list(_rows(data))
    problems: list[Problem] = []
    seen: dict[tuple[str, str, str], int] = {}
    done = 0
    try:
        with register.database.write() as session:
            for line, row in rows:
                where = t("baris {n}", "row {n}", n=line)
                try:
                    values = _values(row, zone)
                    found = vouched(session, register, **values)
                    first = seen.setdefault((found.kind, found.list_name, found.address), line)
                    if first != line:
                        raise InputError(t("sama dengan baris {n}", "the same as row {n}", n=first))
                    done += 1
                except (HumasbotError, ValueError) as fault:
                    problems.append(Problem(where, str(fault)))
            if problems or check:
                raise _Faulty
    except _Faulty:
        return Brought(done if not problems else 0, tuple(problems))
    return Brought(done)


def _rows(data: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    if len(data) > LONGEST:
        raise InputError(
            t("berkas lebih dari 20 MB; bagi dua", "the file has more than 20 MB; part it in two")
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            t(
                "bukan teks UTF-8; di Excel simpan sebagai “CSV UTF-8”",
                "not UTF-8 text; in Excel save it as “CSV UTF-8”",
            )
        ) from None
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        names = [INDONESIAN.get(name.strip().lower(), name.strip().lower()) for name in next(reader, [])]
        missing = [name for name in NEEDED if name not in names]
        unknown = [name for name in names if name and name not in EXPORTED]
        if missing or unknown:
            raise InputError(
                t("baris pertama harus menyebut kolom {all}; belum ada: {m}; tidak dikenal: {u}",
                  "the first line must name the columns {all}; missing: {m}; unknown: {u}", all=", ".join(COLUMNS),
                  m=", ".join(missing) or "-", u=", ".join(unknown) or "-")
            )  # fmt: skip
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, dict(zip(names, (cell.strip() for cell in row), strict=False))
    except csv.Error as error:
        raise InputError(t("bukan tabel CSV: {e}", "not a CSV table: {e}", e=error)) from None


def _values(row: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    empty = [name for name in NEEDED if not row.get(name)]
    if empty:
        raise InputError(t("kosong: {m}", "empty: {m}", m=", ".join(empty)))
    kind = row["kind"].lower()
    return {
        "kind": KINDS.get(kind, kind),
        "address": row["address"].removeprefix("'"),
        "at": moment(row["consent_at"], zone),
        "how": row["consent_how"],
        "evidence": row["consent_evidence"],
        "name": row.get("name", ""),
        "list_name": row.get("list") or DEFAULT_LIST,
    }


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A day or a time as ISO 8601 (``2026-11-22``, ``2026-11-22 08:00``), or as ``22/11/2026``.

    In *zone* where the text names none. Raises :class:`~humasbot.errors.InputError`.
    """
    day, _, rest = text.strip().partition(" ")
    parts = day.split("/")
    if len(parts) == 3:
        day = "-".join((parts[2], parts[1].zfill(2), parts[0].zfill(2)))
    try:
        found = datetime.fromisoformat(f"{day} {rest}".strip())
    except ValueError:
        raise InputError(
            t("“{x}” bukan tanggal; tulis misalnya 2026-11-22", "“{x}” is no date; write for example 2026-11-22",
              x=text[:40])
        ) from None  # fmt: skip
    return found if found.tzinfo else found.replace(tzinfo=zone)


def give_out(register: Register, *, kind: str = "", name: str = "") -> str:
    """Every recipient with the consent and the state, as CSV that :func:`bring_in` reads; holds people's addresses."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(EXPORTED)
    for row in members(register, kind=kind, name=name):
        writer.writerow([_cell(value) for value in _line(row)])
    return out.getvalue()


def _line(row: Recipient) -> tuple[str, ...]:
    consent = row.consent_at.isoformat() if row.consent_at else ""
    return (row.kind, row.list_name, row.address, row.name, consent, row.consent_how, row.consent_evidence, row.state,
            row.why, row.changed_at.isoformat())  # fmt: skip


def _cell(text: str) -> str:
    """What a spreadsheet would carry out as a formula is made a text, as OWASP advises (CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
