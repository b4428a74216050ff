"""Weekdays and dates in a text, in every shape Indonesians write them, and whether each pair agrees."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from humasbot.indonesian import DAYS, short_date
from humasbot.occasions.cycles import PASARAN, pasaran
from humasbot.occasions.findings import Finding
from humasbot.words import t

ACCURATE = (
    "UU 14/2008 tentang Keterbukaan Informasi Publik, pasal 7 ayat (2): akurat, benar, tidak menyesatkan"
)

_WEEKDAYS = {
    "senin": 0, "selasa": 1, "rabu": 2, "kamis": 3, "jumat": 4, "sabtu": 5, "minggu": 6, "ahad": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
}  # fmt: skip
_SHORT = {"sen": 0, "sel": 1, "rab": 2, "kam": 3, "jum": 4, "sab": 5, "min": 6}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan", "februari pebruari february feb peb", "maret march mar mrt", "april apr",
            "mei may", "juni june jun", "juli july jul", "agustus august agu agt ags aug",
            "september sept sep", "oktober october okt oct", "november nopember nov nop", "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_WORD = rf"(?:{'|'.join(w for w in _WEEKDAYS if w != 'jumat')}|jum['’‘`ʼ´]?at)"
# Short forms count only with a capital and before a comma or a bracket: "Min" and "Sen" are other words too.
_WEEKDAY = rf"(?P<weekday>{_WORD}|(?-i:Sen|Sel|Rab|Kam|Jum|Sab|Min)(?=\.?\s*[,(/]))(?!\w)"
_D, _YEAR = r"(?P<d>\d{1,2})", r"(?P<year>\d{4}|['’]\d{2})(?!\d)"
# 8 Januari 2026 · 8 Jan '26 · 5–7 Januari 2026 (its first day) · 8 Januari
_NAMED = rf"{_D}(?:\s*[-–—]\s*\d{{1,2}})?[\s-]+(?P<m>{_MONTH})(?:[\s,-]+{_YEAR})?"
# January 8, 2026
_ENGLISH = rf"(?P<m>{_MONTH})\s+{_D}(?:st|nd|rd|th)?,?\s+{_YEAR}"
# 2026-01-08
_ISO = r"(?P<year>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)"
# 08/01/2026 · 8-1-2026 · 8.1.26
_DIGITS = rf"{_D}\s?(?P<sep>[/.-])\s?(?P<m>\d{{1,2}})\s?(?P=sep)\s?(?P<year>\d{{4}}|\d{{2}})(?![\d/])"
# 10–11/1/2026 (its first day)
_DIGITS_SPAN = rf"{_D}\s*[-–—]\s*\d{{1,2}}/(?P<m>\d{{1,2}})/(?P<year>\d{{4}})(?!\d)"
# 8/1
_BARE = rf"{_D}/(?P<m>\d{{1,2}})(?P<year>)(?![\d/])"
_SHAPES = (_NAMED, _ENGLISH, _ISO, _DIGITS, _DIGITS_SPAN, _BARE)

_CLOCK = r"\d{1,2}[.:]\d{2}"
_TIME = rf"(?:(?:pukul|pkl\.?|jam)\s*{_CLOCK}(?:\s*[-–]\s*{_CLOCK})?(?:\s*WI(?:B|TA|T)\b)?|{_CLOCK}\s*WI(?:B|TA|T)\b)"
_PART = r"(?:dini\s+hari|pagi|siang|sore|petang|malam|subuh|ini|lalu|besok|kemarin|depan|mendatang)\b"
# What may stand between a weekday and its date: "malam", "(", ", tanggal", "\nTanggal:", ", pukul 08.00 WIB,".
_BETWEEN = rf"\.?(?:\s+{_PART})?(?:\s*,?\s*{_TIME})?\s*[,;:/(–-]?\s*(?:(?:pada\s+)?(?:tanggal|tgl)\b\.?\s*:?\s*)?\(?\s*"
_MARKET = rf"(?:[\s-]+\(?(?P<market>{'|'.join(PASARAN)})\b\)?)?"
_FALLS = (
    r"(?:\s*[,(]\s*(?:hari\s+)?|\s+(?:yang\s+)?(?:(?:jatuh|bertepatan)\s+)?(?:pada\s+|dengan\s+)?hari\s+)"
)
_FORWARD = [re.compile(rf"(?<![\w/.-]){_WEEKDAY}{_MARKET}{_BETWEEN}{shape}", re.I) for shape in _SHAPES]
_BACKWARD = [
    re.compile(rf"(?<![\d/.-]){shape}{_FALLS}(?P<weekday>{_WORD})\b{_MARKET}", re.I) for shape in _SHAPES
]
_JOIN = r"\s*(?:[-–—/&]|s\.?\s?d\.?|sampai(?:\s+dengan)?|hingga|dan)\s*"
# Senin–Rabu, 5–7 Januari 2026 · Sabtu dan Minggu (10–11/1/2026) · Senin–Rabu, 30 November–2 Desember 2026
_SPAN = re.compile(
    rf"(?<![\w/.-])(?P<weekday>{_WORD})\b{_JOIN}(?P<weekday2>{_WORD})\b{_BETWEEN}"
    rf"{_D}(?:\s+(?P<m>{_MONTH}))?(?:\s+(?P<year>\d{{4}}))?{_JOIN}"
    rf"(?P<d2>\d{{1,2}})(?:\s+(?P<m2>{_MONTH})|/(?P<n2>\d{{1,2}}))(?:[\s/]+(?P<year2>\d{{4}}))?",
    re.I,
)
_STANDING = [
    (re.compile(rf"(?<![\w/.-]){shape}", re.I), shape == _NAMED) for shape in (_NAMED, _ISO, _DIGITS)
]
_NUMERAL = re.compile(
    r"(?:\d|\b(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh|belas|beberapa|setiap|tiap|akhir|awal|"
    r"pertengahan|dalam|per))\s+$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A weekday as written, and the date it is said of."""

    weekday: int
    day: date
    start: int
    end: int
    market: str = ""


def weekday_findings(text: str, day: date | None = None) -> Iterator[Finding]:
    """Every weekday that does not fit its date, and every pasaran that does not.

    *day* (when the text will be read, in the office's zone) gives the year to dates that name none; without it those
    are passed over.
    """
    for pair in _pairs(text, day):
        end = pair.end
        if text[end : end + 1] == ")" and text.count("(", pair.start, end) > text.count(")", pair.start, end):
            end += 1
        words = text[pair.start : end]
        right, market = DAYS[pair.day.weekday()], pasaran(pair.day)
        if pair.weekday != pair.day.weekday():
            rule, wrong, suggestion = "weekday-date", DAYS[pair.weekday], right
            message = t(
                "“{words}”: {day} jatuh pada hari {right}, bukan {wrong}.",
                "“{words}”: {day} is a {right}, not a {wrong}.",
                words=words,
                day=short_date(pair.day),
                right=right,
                wrong=wrong,
            )
        elif pair.market and pair.market.lower() != market.lower():
            rule, suggestion = "pasaran-date", market
            message = t(
                "“{words}”: pasaran {day} adalah {right}, bukan {wrong}.",
                "“{words}”: the pasaran of {day} is {right}, not {wrong}.",
                words=words,
                day=short_date(pair.day),
                right=market,
                wrong=pair.market,
            )
        else:
            continue
        yield Finding(words, pair.start, end, rule, message, ACCURATE, suggestion=suggestion)


def impossible_findings(text: str) -> Iterator[Finding]:
    """Dates that no calendar has: 31 Februari 2026, 08/13/2026. Digits alone may be a file number: only a warning."""
    for shape, named in _STANDING:
        for found in shape.finditer(text):
            part = found.groupdict()
            if len(part["year"] or "") < 4 or _date(part, None) is not None:
                continue
            yield Finding(
                found[0],
                found.start(),
                found.end(),
                "no-such-date",
                t("“{words}” tidak ada di kalender.", "“{words}” is in no calendar.", words=found[0]),
                ACCURATE,
                severity="block" if named else "warn",
            )


def _pairs(text: str, near: date | None) -> Iterator[_Pair]:
    taken: list[tuple[int, int]] = []
    for found in _SPAN.finditer(text):
        taken.append(found.span())
        yield from _ends(found, near)
    for shape in (*_FORWARD, *_BACKWARD):
        for found in shape.finditer(text):
            start, end = found.span()
            if any(start < last and end > first for first, last in taken) or _is_week(text, found):
                continue
            taken.append((start, end))
            day = _date(found.groupdict(), near)
            if day is not None:
                yield _Pair(_weekday(found["weekday"]), day, start, end, found["market"] or "")


def _ends(found: re.Match[str], near: date | None) -> Iterator[_Pair]:
    """Both ends of "Senin–Rabu, 5–7 Januari 2026"; the first borrows month and year from the last."""
    part = found.groupdict()
    month = part["m2"] or part["n2"]
    last = _date({"d": part["d2"], "m": month, "year": part["year2"]}, near)
    first = _date({"d": part["d"], "m": part["m"] or month, "year": part["year"] or part["year2"]}, near)
    if first is not None and last is not None and first > last and part["year"] is None:
        first = _of(first.year - 1, first.month, first.day)
    for weekday, day in ((part["weekday"], first), (part["weekday2"], last)):
        if day is not None:
            yield _Pair(_weekday(weekday), day, *found.span())


def _is_week(text: str, found: re.Match[str]) -> bool:
    """In "dua minggu, 5 Januari 2026" the word means a week."""
    start = found.start("weekday")
    return found["weekday"] == "minggu" and _NUMERAL.search(text[max(0, start - 14) : start]) is not None


def _weekday(word: str) -> int:
    plain = re.sub(r"\W", "", word).lower()
    return _WEEKDAYS[plain] if plain in _WEEKDAYS else _SHORT[plain]


def _date(part: Mapping[str, str | None], near: date | None) -> date | None:
    """The day that the parts name; one without a year is the nearest to *near*."""
    name = (part["m"] or "").lower().rstrip(".")
    month = _MONTHS[name] if name in _MONTHS else int(name)
    day = int(part["d"] or 0)
    if year := (part["year"] or "").strip("'’"):
        return _of(int(year) + (2000 if len(year) == 2 else 0), month, day)
    if near is None:
        return None
    found = [d for y in (near.year - 1, near.year, near.year + 1) if (d := _of(y, month, day)) is not None]
    return min(found, key=lambda d: abs(d - near), default=None)


def _of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
