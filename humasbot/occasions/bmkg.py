"""Which of BMKG's earthquakes and warnings concern an office, and what of them matters. Pure: facts in, decisions out.

The facts are those of :mod:`humasbot.sources.bmkg`. Nothing is added to what BMKG says: no advice, no reading of it but
whether the word tsunami is a warning or a denial.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from humasbot.globe import Point, kilometres
from humasbot.indonesian import number

CREDIT = "BMKG"
SHAKEMAPS = "https://data.bmkg.go.id/DataMKG/TEWS/"
"""Base of the shakemaps' addresses: the name in ``Shakemap`` follows it (data.bmkg.go.id/gempabumi, 2026-11-22)."""
QUAKE_PAGE = "https://www.bmkg.go.id/gempabumi"
WARNING_PAGE = "https://www.bmkg.go.id/cuaca/peringatan-dini-cuaca"
SEVERITIES = ("Minor", "Moderate", "Severe", "Extreme")
"""CAP 1.2, section 3.2.2, the least first; ``Unknown`` is below them all."""
_ROMAN = {
    "I": 1,
    "II": 2,
    "III": 3,
    "IV": 4,
    "V": 5,
    "VI": 6,
    "VII": 7,
    "VIII": 8,
    "IX": 9,
    "X": 10,
    "XI": 11,
    "XII": 12,
}
_STEP = r"(?:XII|XI|IX|IV|VIII|VII|VI|V|III|II|I|X)"
_FELT = re.compile(rf"\b({_STEP})\b(?:\s*[-–—/]\s*({_STEP})\b)?(?:\s*MMI\b)?")

Tsunami = Literal["no", "warned", "unsaid"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What concerns the office at ``point``: see the keys of a campaign."""

    point: Point | None
    magnitude: float = 0.0
    intensity: int = 3
    distance: int = 150
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Felt:
    """How strongly an earthquake was felt somewhere: the higher MMI step of a range, and where, in BMKG's words."""

    intensity: int
    place: str


def felt(text: str) -> list[Felt]:
    """``II-III Kab. Lembata, IV Larantuka`` as its parts; nothing where it names no step."""
    marks = list(_FELT.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)][: len(marks)]
    return [
        Felt(max(_ROMAN[step] for step in mark.groups() if step), text[mark.end() : end].strip(" ,;.()"))
        for mark, end in zip(marks, ends, strict=True)
    ]


def tsunami(text: str) -> Tsunami:
    """What BMKG says of a tsunami: a denial stands before everything else."""
    words = " ".join(text.casefold().split())
    if re.search(
        r"\b(?:tidak|tdk|tak|bukan)\b[\w ]{0,20}\b(?:berpotensi|menimbulkan|memicu)\b[\w ]{0,20}\btsunami\b",
        words,
    ):
        return "no"
    if re.search(r"\b(?:ber)?potensi\b[\w ]{0,20}\btsunami\b|\bperingatan dini tsunami\b", words):
        return "warned"
    return "unsaid"


def concerns(facts: Mapping[str, Any], wanted: Wanted) -> bool:
    """Whether an earthquake is worth a Post of this office.

    A warning of a tsunami within the distance always is. One that nobody is known to have felt counts as intensity 0.
    """
    if wanted.point is None or facts["magnitude"] < wanted.magnitude:
        return False
    parts = felt(facts.get("felt", ""))
    names = [name.casefold() for name in wanted.places if name]
    here = [each for each in parts if any(_named(name, each.place) for name in names)]
    if any(each.intensity >= max(1, wanted.intensity) for each in here):
        return True
    if kilometres(wanted.point, (facts["latitude"], facts["longitude"])) > wanted.distance:
        return False
    if tsunami(facts.get("potential", "")) == "warned":
        return True
    return max((each.intensity for each in parts), default=0) >= wanted.intensity


def _named(name: str, place: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", place.casefold()) is not None


def severe(facts: Mapping[str, Any], least: str) -> bool:
    """Whether a warning is at least as severe as *least*."""
    given = facts.get("severity")
    return given in SEVERITIES and SEVERITIES.index(str(given)) >= SEVERITIES.index(least)


def quake_matter(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What of an earthquake a reader would want corrected: the rest may change without a word."""
    parts = felt(facts.get("felt", ""))
    return {
        "magnitude": f"{facts['magnitude']:.1f}", "region": facts.get("region", ""), "depth": facts.get("depth", ""),
        "time": facts["time"][:16], "intensity": max((each.intensity for each in parts), default=0),
        "tsunami": tsunami(facts.get("potential", "")),
    }  # fmt: skip


def warning_matter(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What of a warning a reader would want corrected."""
    return {
        name: facts.get(name, "")
        for name in ("headline", "description", "instruction", "severity", "expires")
    }


def shakemap(facts: Mapping[str, Any]) -> str:
    """The address of its map of intensities, or ``""``."""
    return f"{SHAKEMAPS}{facts['shakemap']}" if facts.get("shakemap") else ""


def magnitude(facts: Mapping[str, Any]) -> str:
    """``5,8``."""
    return number(facts["magnitude"], 1)


def felt_words(text: str) -> str:
    """What BMKG writes of where it was felt, with the name of the scale where that is missing."""
    plain = text.strip(" ,;")
    return f"{plain} (skala MMI)" if plain and "MMI" not in plain.upper() else plain


def paragraphs(facts: Mapping[str, Any]) -> Sequence[str]:
    """A warning in BMKG's own words: its description and its advice, each line a paragraph."""
    lines = [*str(facts.get("description", "")).splitlines(), *str(facts.get("instruction", "")).splitlines()]
    return [line for line in dict.fromkeys(lines) if line]
