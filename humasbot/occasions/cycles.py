"""Calendars that are arithmetic: pasaran, pawukon, Easter, and the year numbers of other eras."""

from dataclasses import dataclass
from datetime import date, timedelta

from humasbot.indonesian import DAYS

PASARAN = ("Legi", "Pahing", "Pon", "Wage", "Kliwon")
WUKU = (
    "Sinta", "Landep", "Ukir", "Kulantir", "Tolu", "Gumbreg", "Wariga", "Warigadean", "Julungwangi", "Sungsang",
    "Dungulan", "Kuningan", "Langkir", "Medangsia", "Pujut", "Pahang", "Krulut", "Merakih", "Tambir", "Medangkungan",
    "Matal", "Uye", "Menail", "Prangbakat", "Bala", "Ugu", "Wayang", "Kelawu", "Dukut", "Watugunung",
)  # fmt: skip
# 1 Muharam 1 H in the Gregorian calendar, and the mean length of a Hijri year in days.
_HIJRI_EPOCH = date(622, 7, 19).toordinal()
_HIJRI_YEAR = 354.36667


@dataclass(frozen=True, slots=True)
class Pawukon:
    """A day's place in the 210-day Balinese cycle: ``day`` 0–209 and the name of its week."""

    day: int
    wuku: str


def pasaran(day: date) -> str:
    """The day of the Javanese five-day week: Legi, Pahing, Pon, Wage or Kliwon (17 August 1945 was Legi)."""
    return PASARAN[day.toordinal() % 5]


def weton(day: date) -> str:
    """Weekday and pasaran, as Javanese name a day: ``Jumat Legi``."""
    return f"{DAYS[day.weekday()]} {pasaran(day)}"


def pawukon(day: date) -> Pawukon:
    """The place of *day* in the pawukon; day 0 is Redite (Sunday) of wuku Sinta, Galungan is day 73."""
    number = (day.toordinal() - 91) % 210
    return Pawukon(number, WUKU[number // 7])


def pawukon_days(number: int, year: int) -> list[date]:
    """Every day of *year* that is day *number* (0–209) of the cycle: one or two."""
    first = date(year, 1, 1)
    return _every(first + timedelta(days=(number - pawukon(first).day) % 210), 210, year)


def weton_days(weekday: int, market: int, year: int) -> list[date]:
    """Every day of *year* with this weekday (Monday is 0) and pasaran (Legi is 0): one in 35 days."""
    first = date(year, 1, 1)
    day = next(
        day
        for day in (first + timedelta(days=n) for n in range(35))
        if day.weekday() == weekday and day.toordinal() % 5 == market
    )
    return _every(day, 35, year)


def _every(first: date, step: int, year: int) -> list[date]:
    days = []
    while first.year == year:
        days.append(first)
        first += timedelta(days=step)
    return days


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar."""
    golden, century = year % 19, year // 100
    solar = century - century // 4 - (8 * century + 13) // 25
    epact = (solar + 19 * golden + 15) % 30
    epact -= (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    shift = epact - (year + year // 4 + epact + 2 - century + century // 4) % 7
    month = 3 + (shift + 40) // 44
    return date(year, month, shift + 28 - 31 * (month // 4))


def nth_weekday(nth: int, weekday: int, month: int, year: int) -> date | None:
    """The *nth* such weekday of a month, -1 for the last; ``None`` where the month has no fifth."""
    if nth < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        day = last - timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-nth - 1))
    else:
        first = date(year, month, 1)
        day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return day if day.month == month else None


def hijri_year(day: date) -> int:
    """The Hijri year in which an observance on *day* falls.

    Arithmetic, so it is exact only some days away from the turn of the year; three days are added, so that 1 Muharam
    itself counts to the year that begins. No observance that shows its year lies in the last days of Zulhijah.
    """
    return int((day.toordinal() + 3 - _HIJRI_EPOCH) / _HIJRI_YEAR) + 1


def eras(day: date) -> dict[str, int]:
    """The numbers that names may show: ``year``, ``hijri``, ``saka``, ``kongzili`` and ``be`` (Buddhist era)."""
    return {
        "year": day.year,
        "hijri": hijri_year(day),
        "saka": day.year - 78,
        "kongzili": day.year + 551,
        "be": day.year + 544,
    }
