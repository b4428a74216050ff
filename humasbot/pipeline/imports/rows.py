"""The columns of a plan and what one row says: parsed whole, every fault by its column; no database, no network."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from humasbot.errors import InputError
from humasbot.indonesian import long_date, stamp
from humasbot.pipeline.imports.faults import Fault
from humasbot.pipeline.imports.moments import moment
from humasbot.sources.address import canonical_url
from humasbot.words import t

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("tanggal", "tgl", "date"),
    "time": ("jam", "waktu", "pukul", "time"),
    "title": ("judul", "title"),
    "text": ("teks", "isi", "naskah", "text", "caption"),
    "link": ("tautan", "link", "url"),
    "image": ("gambar", "foto", "image", "picture"),
    "alt": ("alt", "teks alternatif", "alt text"),
    "accounts": ("akun", "account", "accounts"),
    "card": ("kartu", "card"),
    "campaign": ("kampanye", "campaign"),
    "categories": ("kategori", "category", "categories"),
    "tone": ("nada", "tone"),
    "again": ("ulang", "again", "repeat"),
    "key": ("kunci", "key"),
}
"""Each column and what it may be called, the Indonesian name first."""
TONES: Final[Mapping[str, str]] = {
    "": "", "netral": "neutral", "meriah": "festive", "khidmat": "reverent", "duka": "solemn",
    "neutral": "neutral", "festive": "festive", "reverent": "reverent", "solemn": "solemn",
}  # fmt: skip
YES, NO = ("ya", "y", "yes", "1", "true"), ("", "tidak", "t", "no", "n", "0", "false")
GRACE = timedelta(minutes=1)
FARTHEST = timedelta(days=400)
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says. ``due`` is aware, UTC; ``tone`` is empty where it names none; ``accounts`` empty for all."""

    number: int
    due: datetime
    title: str
    text: str
    link: str
    image: str
    alt: str
    accounts: tuple[str, ...]
    card: str
    campaign: str
    categories: tuple[str, ...]
    tone: str
    again: bool
    key: str
    digest: str
    names: Mapping[str, str] = field(default_factory=dict, compare=False)

    def fault(self, column: str, message: str) -> Fault:
        """A fault of this row, its column named as the sheet names it."""
        return Fault(self.number, self.names.get(column) or COLUMNS[column][0], message)


def headed(header: Sequence[str]) -> tuple[dict[str, int], list[Fault]]:
    """Where each column stands, and what is wrong with the header."""
    known = {name: column for column, names in COLUMNS.items() for name in names}
    places: dict[str, int] = {}
    faults = []
    for position, title in enumerate(header):
        name = " ".join(title.lower().replace("_", " ").split())
        if not name:
            continue
        column = known.get(name)
        if column is None:
            near = get_close_matches(name, known, n=1)
            hint = t(" Maksud Anda {c}?", " Did you mean {c}?", c=near[0]) if near else ""
            faults.append(
                Fault(1, title[:40], t("kolom tidak dikenal; yang ada: {all}.", "unknown column; there are: {all}.",
                                  all=", ".join(names[0] for names in COLUMNS.values())) + hint)
            )  # fmt: skip
        elif column in places:
            faults.append(Fault(1, title, t("kolom ini ada dua kali", "this column stands twice")))
        else:
            places[column] = position
    if "date" not in places:
        faults.append(Fault(1, COLUMNS["date"][0], t("kolom ini wajib ada", "this column is required")))
    if not {"title", "text"} & places.keys():
        faults.append(
            Fault(
                1,
                t("judul atau teks", "title or text"),
                t("salah satunya wajib ada", "one of them is required"),
            )
        )
    return places, faults


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read: by whose clock, from when on, and whether the day always stands first in ``01/12/2026``."""

    zone: ZoneInfo
    now: datetime
    day_first: bool = False


def parse(
    number: int, cells: Sequence[str], header: Sequence[str], places: Mapping[str, int], how: Reading
) -> tuple[Row | None, list[Fault]]:
    """One row, or every fault of it that shows without looking elsewhere. A past time is no fault yet."""
    value = {column: cells[place].strip() for column, place in places.items()}
    names = {column: header[place] for column, place in places.items()}
    faults: list[Fault] = []

    def told(column: str, message: str) -> None:
        faults.append(Fault(number, names.get(column) or COLUMNS[column][0], message))

    due = datetime(1970, 1, 1, tzinfo=UTC)
    try:
        due = moment(value.get("date", ""), value.get("time", ""), how.zone, day_first=how.day_first)
    except InputError as error:
        told("time" if _about_time(value, how) else "date", str(error))
    title, text = " ".join(value.get("title", "").split()), value.get("text", "").replace("\r\n", "\n")
    if not (title or text):
        told(
            "text" if "text" in places else "title",
            t("judul dan teks sama-sama kosong", "neither title nor text"),
        )
    link = canonical_url(value.get("link", ""))
    if value.get("link") and not link:
        told("link", t("bukan alamat http:// atau https://", "is no http:// or https:// address"))
    if value.get("image") and not value.get("alt"):
        told("alt", t("uraikan isi gambarnya bagi yang tidak dapat melihat",
                      "describe the picture for those who cannot see it"))  # fmt: skip
    tone = value.get("tone", "").lower()
    if tone not in TONES:
        told("tone", t("pilih: netral, meriah, khidmat, duka", "choose: neutral, festive, reverent, solemn"))
    again = value.get("again", "").lower()
    if again not in (*YES, *NO):
        told("again", t("tulis ya atau tidak", "write yes or no"))
    if len(value.get("key", "")) > LONGEST_KEY:
        told("key", t("paling panjang {n} karakter", "at most {n} characters", n=LONGEST_KEY))
    if faults:
        return None, faults
    accounts = _listed(value.get("accounts", ""))
    said = (
        due.isoformat(), title, text, link, value.get("image", ""), value.get("alt", ""), ",".join(sorted(accounts)),
        value.get("card", ""), value.get("campaign", ""), value.get("categories", ""), TONES[tone],
    )  # fmt: skip
    digest = sha256("\x1f".join(said).encode()).hexdigest()
    return Row(
        number, due, title, text, link, value.get("image", ""), value.get("alt", ""), accounts,
        value.get("card", ""), value.get("campaign", ""), _listed(value.get("categories", "")), TONES[tone],
        again in YES, value.get("key") or digest, digest, names,
    ), []  # fmt: skip


def timely(row: Row, how: Reading) -> list[Fault]:
    """What is wrong with when a row is due: past, or so far ahead that the year is surely a slip."""
    if row.due < how.now - GRACE:
        return [row.fault("date", t("waktunya sudah lewat ({w})", "its time has passed ({w})",
                                    w=stamp(row.due, how.zone)))]  # fmt: skip
    if row.due > how.now + FARTHEST:
        return [
            row.fault(
                "date",
                t("lebih dari setahun lagi; periksa tahunnya", "more than a year ahead; check the year"),
            )
        ]
    return []


def _about_time(value: Mapping[str, str], how: Reading) -> bool:
    """Whether the date alone would do: then it is the time that is wrong."""
    try:
        moment(value.get("date", ""), "00:00", how.zone, day_first=how.day_first)
    except InputError:
        return False
    return True


def _listed(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"[,;\n]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _spoken(day: date) -> str:
    return long_date(day).replace(",", "")  # a comma would part two cells


def example(today: date) -> str:
    """A plan to begin with, as CSV: the columns and two rows, due in the second week after *today*."""
    header = ",".join(names[0] for names in COLUMNS.values())
    monday = today + timedelta(days=14 - today.weekday())
    friday, saturday = monday + timedelta(days=4), monday + timedelta(days=5)
    rows = (
        f"{monday},08.00,Layanan KTP buka hari Sabtu,Perekaman KTP dilayani pada {_spoken(saturday)} di Kantor "
        "Dukcapil.,https://contoh.go.id/ktp,,,,,,Layanan,netral,tidak,",
        f'{_spoken(friday)},15.30 WIB,Kerja bakti Sabtu pagi,"Warga berkumpul pukul 06.30 di balai desa, '
        'membawa alat kebersihan.",,,,,tanpa,,Kegiatan,netral,tidak,kerja-bakti',
    )
    return "\r\n".join((header, *rows)) + "\r\n"
