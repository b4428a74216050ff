"""Dates and times of a plan: read strictly, since a wrong guess is a post on the wrong day."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from humasbot.errors import InputError
from humasbot.indonesian import DAYS, MONTHS, long_date
from humasbot.words import t

_MONTHS = {name.lower(): number for number, name in enumerate(MONTHS, start=1)}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()}
_MONTHS |= {"agt": 8, "ags": 8, "sept": 9, "nop": 11, "pebruari": 2, "nopember": 11}
_MONTHS |= {"january": 1, "february": 2, "march": 3, "may": 5, "june": 6, "july": 7, "august": 8, "aug": 8,
            "october": 10, "oct": 10, "december": 12, "dec": 12}  # fmt: skip
_DAYS = {name.lower(): number for number, name in enumerate(DAYS)}
_DAYS |= {"jum'at": 4, "jum’at": 4, "ahad": 6, "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4,
          "saturday": 5, "sunday": 6}  # fmt: skip
_ZONES = {
    "wib": ZoneInfo("Asia/Jakarta"),
    "wita": ZoneInfo("Asia/Makassar"),
    "wit": ZoneInfo("Asia/Jayapura"),
}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_NAMED = re.compile(r"(\d{1,2})[\s\-]+([a-z]{3,9})\.?[\s\-]+(\d{4})")
_CLOCK = re.compile(
    r"(?:(?:pukul|pkl|jam)\.?\s*)?(\d{1,2})[:.](\d{2})(?:[:.]00)?\s*(wib|wita|wit)?", re.IGNORECASE
)
_WITH_TIME = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[T ]+(\S.*)")


def moment(day: str, clock: str, zone: ZoneInfo, *, day_first: bool = False) -> datetime:
    """The moment (aware, UTC) that a row's two cells name, by the office's clock unless they name a zone.

    A date may bring its time along (``2026-12-01 08:00``). Raises :class:`~humasbot.errors.InputError`.
    """
    brought = _WITH_TIME.fullmatch(day.strip())
    if brought and not clock.strip():
        day, clock = brought[1], brought[2]
    hour, minute, named = read_clock(clock)
    found = read_day(day, day_first=day_first)
    return datetime(found.year, found.month, found.day, hour, minute, tzinfo=named or zone).astimezone(UTC)


def read_day(text: str, *, day_first: bool = False) -> date:
    """``2026-12-01``, ``1 Desember 2026``, ``Selasa, 1 Des 2026`` or ``13/12/2026``.

    A weekday must be the date's. ``01/12/2026`` may be read two ways, and is refused unless *day_first* or a weekday
    says which. Raises :class:`~humasbot.errors.InputError`.
    """
    words = " ".join(text.lower().split())
    weekday = None
    if (head := re.match(r"([a-z'’]+)\s*,?\s+", words)) and head[1] in _DAYS:
        weekday, words = _DAYS[head[1]], words[head.end() :]
    found = _candidates(words, day_first)
    if not found:
        raise InputError(_not_a_day(words))
    if weekday is not None:
        agreeing = [each for each in found if each.weekday() == weekday]
        if not agreeing:
            raise InputError(
                t("harinya tidak cocok: tanggal itu {d}", "the weekday is wrong: that date is {d}",
                  d=long_date(found[0]))
            )  # fmt: skip
        found = agreeing
    if len(set(found)) > 1:
        raise InputError(
            t("“{x}” dapat dibaca dua cara; tulis {a} (atau pakai --day-first bila hari selalu di depan)",
              "“{x}” may be read two ways; write {a} (or use --day-first if the day always stands first)",
              x=text.strip(), a=found[0].isoformat())
        )  # fmt: skip
    return found[0]


def _candidates(words: str, day_first: bool) -> list[date]:
    """Every day that the words may mean, the Indonesian reading first."""
    if iso := _ISO.fullmatch(words):
        return _days((int(iso[1]), int(iso[2]), int(iso[3])))
    if named := _NAMED.fullmatch(words):
        return _days((int(named[3]), _MONTHS.get(named[2], 0), int(named[1])))
    if numbers := _NUMBERS.fullmatch(words):
        first, second, year = int(numbers[1]), int(numbers[2]), int(numbers[3])
        both = [(year, second, first)] + ([] if day_first else [(year, first, second)])
        return _days(*both)
    return []


def _days(*parts: tuple[int, int, int]) -> list[date]:
    found = []
    for year, month, day in parts:
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    return found


def _not_a_day(words: str) -> str:
    if not words:
        return t("wajib diisi", "is required")
    if re.fullmatch(r"\d{5}(?:\.\d+)?", words):
        return t("“{x}” adalah angka tanggal Excel; ubah format selnya menjadi tanggal, atau tulis 2026-12-01",
                 "“{x}” is Excel's number of a date; format the cell as a date, or write 2026-12-01",
                 x=words)  # fmt: skip
    if re.search(r"(?<!\d)\d{2}$", words) or re.fullmatch(r"\d{1,2}[\s\-/.]+[a-z\d]+", words):
        return t("“{x}” tanpa tahun empat angka; tulis 2026-12-01 atau 1 Desember 2026",
                 "“{x}” has no year of four digits; write 2026-12-01 or 1 December 2026", x=words)  # fmt: skip
    return t("“{x}” bukan tanggal yang ada; tulis 2026-12-01 atau 1 Desember 2026",
             "“{x}” is no date that exists; write 2026-12-01 or 1 December 2026", x=words)  # fmt: skip


def read_clock(text: str) -> tuple[int, int, ZoneInfo | None]:
    """``08:00``, ``8.00 WITA`` or ``pukul 20.30``; the zone where one is named. Raises as :func:`moment`."""
    words = text.strip()
    found = _CLOCK.fullmatch(words)
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return int(found[1]), int(found[2]), _ZONES.get((found[3] or "").lower())
    if not words:
        raise InputError(t("jamnya wajib diisi, misalnya 08.00", "its time is required, such as 08:00"))
    raise InputError(
        t("“{x}” bukan jam; tulis 08.00 atau 20.30 WITA", "“{x}” is no time of day; write 08:00 or 20:30 WITA",
          x=words[:40])
    )  # fmt: skip
