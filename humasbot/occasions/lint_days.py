"""What a text says of observances: the order and number of "ke-n", and no "Selamat" on solemn days."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache

from humasbot.occasions.findings import Finding
from humasbot.occasions.lint_dates import ACCURATE
from humasbot.occasions.observance import Observance
from humasbot.words import t

EYD = "EYD Edisi V (Keputusan Kepala Badan Bahasa 0424/I/BS.00.01/2022): angka dirangkai dengan “ke-”"
MEANING = "Kaidah bahasa: yang ke-n adalah ulang tahunnya, bukan lembaganya (HUT ke-81 RI)"
TONE = "Pedoman nada humasbot: hari khidmat “diperingati”, tidak diselamati"

_ANNIVERSARY = r"(?:HUT|Hari\s+Ulang\s+Tahun|Hari\s+Jadi|Hari\s+Lahir|Harlah|Milad)"
_ORDINAL = r"ke-?\s?(?P<n>\d{1,4})(?!\d)"
_REVERSED = re.compile(
    rf"\b(?P<what>{_ANNIVERSARY})\s+(?P<who>(?!ke\b)[^\d\W][^\d.,;:!?\n]{{0,60}}?)\s+(?:yang\s+)?{_ORDINAL}",
    re.I,
)
_DIRGAHAYU = re.compile(rf"\bDirgahayu\s+(?P<who>RI|Republik\s+Indonesia)\s+(?:yang\s+)?{_ORDINAL}", re.I)
_LOOSE = re.compile(
    rf"\b{_ANNIVERSARY}\s+(?P<bad>ke\s+(?P<n>\d{{1,4}})|ke-\s+(?P<n2>\d{{1,4}})|ke(?P<n3>\d{{1,4}}))", re.I
)
_ROMAN = re.compile(r"\b[Kk]e-\s?(?P<roman>[IVX]|[IVXLCDM]{2,9})\b")
_YEAR = re.compile(r"(?<![\d/])(?:19|20)\d{2}(?!\d)")
_LAW = re.compile(r"(?:nomor|no\.?)\s*[\w/.-]+\s+tahun\s+\d{4}|/\d{4}", re.I)
# "Selamat pagi", "selamat datang", "selamat jalan" … greet the hour or the guest, not the day.
_WISH = r"(?<!dengan )(?<!tetap )(?<!tiba )(?<!agar )(?<![^\W_])(?:selamat|dirgahayu|happy)"
# "pulang dengan selamat saat Hari Pahlawan" is about safety.
_SAFE_AT = r"\b(?:saat|sampai|di|dari|setelah|sebelum)\b"
_GREETS = r"(?!\s*(?:pagi|siang|sore|petang|malam|datang|jalan|beristirahat|bekerja|beraktivitas)\b)"


def ordinal_findings(text: str, days: Mapping[str, Observance], day: date | None = None) -> Iterator[Finding]:
    """Wrong order (HUT RI ke-81), wrong spelling (HUT ke 81, ke-LXXXI), and a number that does not fit the year.

    The year is the one the text names; where it names none, that of *day*; without either the number is not judged.
    """
    for found in (*_REVERSED.finditer(text), *_DIRGAHAYU.finditer(text)):
        part = found.groupdict()
        right = f"{part.get('what') or 'HUT'} ke-{found['n']} {found['who']}"
        yield _finding(
            found,
            "ordinal-order",
            t(
                "“{words}”: tulis “{right}”; yang ke-{n} adalah hari jadinya, bukan {who}.",
                "“{words}”: write “{right}”; the {n} belongs to the anniversary, not to {who}.",
                words=found[0],
                right=right,
                n=found["n"],
                who=found["who"],
            ),
            MEANING,
            right,
        )
    for found in _LOOSE.finditer(text):
        number = found["n"] or found["n2"] or found["n3"]
        yield _spelling(found["bad"], found.start("bad"), f"ke-{number}")
    for found in _ROMAN.finditer(text):
        yield _spelling(found[0], found.start(), f"ke-{_roman(found['roman'])}")
    yield from _wrong_numbers(text, days, day)


def _wrong_numbers(text: str, days: Mapping[str, Observance], day: date | None) -> Iterator[Finding]:
    years = _years(text, day)
    if not years:
        return
    for found, observance in _numbered(text, days):
        right = {n for y in years if (n := _ordinal(observance, y)) is not None}
        if not right or int(found["n"]) in right:
            continue
        numbers = ", ".join(f"ke-{n}" for n in sorted(right))
        yield Finding(
            found[0],
            found.start(),
            found.end(),
            "ordinal-year",
            t(
                "“{words}”: untuk {years} yang benar {numbers} (dihitung dari {epoch}).",
                "“{words}”: for {years} it is {numbers} (counted from {epoch}).",
                words=found[0],
                years=", ".join(str(y) for y in sorted(years)),
                numbers=numbers,
                epoch=observance.periods[0].epoch,
            ),
            ACCURATE,
            severity="block" if observance.confidence == "checked" else "warn",
            suggestion=numbers if len(right) == 1 else "",
        )


def _numbered(text: str, days: Mapping[str, Observance]) -> Iterator[tuple[re.Match[str], Observance]]:
    """Every "HUT ke-81 RI", "HUT RI ke-81" and "Hari Bhayangkara ke-80" of an observance that counts its years."""
    owners = {
        alias.lower(): observance
        for observance in days.values()
        if observance.periods[0].epoch is not None
        for alias in observance.aliases
    }
    if not owners:
        return
    *paired, alone = _number_shapes(tuple(owners))
    for shape in paired:
        for found in shape.finditer(text):
            yield found, owners[_plain(found["who"])]
    for found in alone.finditer(text):
        # A bare "RI ke-7" may be a president; only names of days may stand alone.
        if _plain(found["who"]).startswith(("hari ", "peringatan ", "sumpah ")):
            yield found, owners[_plain(found["who"])]


@lru_cache(maxsize=16)
def _number_shapes(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    who = f"(?P<who>{_either(names)})"
    return (
        re.compile(rf"\b{_ANNIVERSARY}\s+{_ORDINAL}\s+{who}\b", re.I),
        re.compile(rf"\b{_ANNIVERSARY}\s+{who}\s+(?:yang\s+)?{_ORDINAL}", re.I),
        re.compile(rf"\b{who}\s+(?:yang\s+)?{_ORDINAL}", re.I),
    )


def _either(names: Iterable[str], gap: str = r"\s+") -> str:
    """One of the names; the longest first, so that "TNI AU" is not taken for "TNI"."""
    return "|".join(re.escape(name).replace(r"\ ", gap) for name in sorted(names, key=len, reverse=True))


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", name).lower()


def _ordinal(observance: Observance, year: int) -> int | None:
    period = observance.period(year)
    return year - period.epoch if period and period.epoch is not None else None


def _years(text: str, day: date | None) -> set[int]:
    """The years that the text may mean: those it names (but not a law's), else the one in which it is read."""
    bare = _LAW.sub("", text)
    years = {int(found[0]) for found in _YEAR.finditer(bare)}
    if day is not None:
        years |= {day.year - 1} if re.search(r"\btahun\s+lalu\b", text, re.I) else set()
        years |= {day.year + 1} if re.search(r"\btahun\s+depan\b", text, re.I) else set()
        years = years or {day.year}
    return years


def solemn_findings(text: str, days: Mapping[str, Observance]) -> Iterator[Finding]:
    """Find "Selamat Hari Pahlawan", also as #SelamatHariPahlawan, for every day whose tone is solemn."""
    owners = {
        re.sub(r"\s", "", alias).lower(): (alias, observance)
        for observance in days.values()
        if observance.tone == "solemn"
        for alias in observance.aliases or (observance.name,)
    }
    if not owners:
        return
    for found in _solemn_shape(tuple(alias for alias, _ in owners.values())).finditer(text):
        alias, observance = owners[re.sub(r"\s", "", found["day"] or found["tag"]).lower()]
        yield Finding(
            found[0],
            found.start(),
            found.end(),
            "solemn-selamat",
            t(
                "“{words}”: {name} diperingati dengan khidmat; tulis “Memperingati {name}”.",
                "“{words}”: {name} is a solemn day; write “Memperingati {name}”.",
                words=found[0],
                name=alias,
            ),
            TONE,
            severity="warn" if observance.varied else "block",
            suggestion=f"Memperingati {alias}",
        )


@lru_cache(maxsize=16)
def _solemn_shape(names: tuple[str, ...]) -> re.Pattern[str]:
    name = _either(names, r"\s*")
    spoken = (
        rf"{_WISH}{_GREETS}(?:(?![.!?\n]|\bselamat|{_SAFE_AT}).){{0,60}}?(?<![^\W_])(?P<day>{name})(?!\w)"
    )
    return re.compile(rf"{spoken}|#selamat(?:hari)?(?P<tag>{name})", re.I)


def _finding(found: re.Match[str], rule: str, message: str, basis: str, suggestion: str) -> Finding:
    return Finding(
        found[0], found.start(), found.end(), rule, message, basis, severity="warn", suggestion=suggestion
    )


def _spelling(words: str, start: int, right: str) -> Finding:
    return Finding(
        words,
        start,
        start + len(words),
        "ordinal-spelling",
        t("“{words}”: tulis “{right}”.", "“{words}”: write “{right}”.", words=words, right=right),
        EYD,
        severity="warn",
        suggestion=right,
    )


def _roman(text: str) -> int:
    """The value of a Roman number."""
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[c] for c in text]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))
