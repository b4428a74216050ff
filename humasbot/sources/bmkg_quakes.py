"""BMKG's lists of earthquakes as facts: every value arrives as a string, and any of them may be missing or odd.

Shapes as captured from data.bmkg.go.id/DataMKG/TEWS (September 2026): ``autogempa`` holds one object, the other lists
an array; ``gempaterkini`` has no ``Dirasakan`` and ``Shakemap``, ``gempadirasakan`` no ``Potensi``.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from humasbot.content import Happening
from humasbot.errors import FetchError
from humasbot.globe import point_of
from humasbot.sources.dates import parse_date
from humasbot.sources.text import clean
from humasbot.words import t

KIND = "earthquake"
SAME = timedelta(seconds=90)
SAME_DEGREES = 1.0
"""A revision moves the origin time by some seconds and the epicentre by some tens of kilometres."""
WORTH = timedelta(hours=24)
"""So long the facts are kept as present; how long a Post may still go out, the campaign says."""
LONGEST = 500
_NUMBER = re.compile(r"-?\d{1,3}(?:[.,]\d{1,6})?")
_MAP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.(?:jpg|jpeg|png)", re.IGNORECASE)


def read_quakes(body: bytes) -> list[dict[str, Any]]:
    """The facts of every earthquake of a reply; entries without time, place or magnitude are left out.

    Raises :class:`~humasbot.errors.FetchError` when it is no such reply.
    """
    try:
        data = json.loads(body)
        entries = data["Infogempa"]["gempa"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise FetchError(
            t("jawaban BMKG bukan daftar gempa", "BMKG's answer is no list of earthquakes")
        ) from None
    listed = entries if isinstance(entries, list) else [entries]
    return [facts for entry in listed if isinstance(entry, Mapping) and (facts := _facts(entry))]


def _facts(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    def text(name: str) -> str:
        value = entry.get(name)
        return clean(value)[:LONGEST] if isinstance(value, str) else ""

    moment, magnitude = _moment(text), _number(text("Magnitude"))
    place = point_of(text("Coordinates"), _number)
    if moment is None or place is None or magnitude is None or not -1 <= magnitude <= 10.5:
        return None
    shown = text("Shakemap")
    found: dict[str, Any] = {
        "time": moment.isoformat(), "latitude": place[0], "longitude": place[1], "magnitude": magnitude,
        "depth": text("Kedalaman"), "region": text("Wilayah"), "potential": text("Potensi"), "felt": text("Dirasakan"),
        "shakemap": shown if _MAP.fullmatch(shown) else "",
    }  # fmt: skip
    return {name: value for name, value in found.items() if value != ""}


def _moment(text: Any) -> datetime | None:
    """``DateTime``; where it is missing or unreadable, ``Tanggal`` and ``Jam``, which name their zone."""
    try:
        moment = datetime.fromisoformat(text("DateTime"))
        if moment.tzinfo is not None and 1990 <= moment.year <= 2100:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    found = parse_date(f"{text('Tanggal')} {text('Jam')}")
    return found.astimezone(UTC) if found and text("Jam") else None


def _number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text.replace(",", "."))
    return value if math.isfinite(value) else None


def merged(
    known: Mapping[str, Mapping[str, Any]], lists: Iterable[Iterable[dict[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Earthquakes by their key, what is *known* revised by *lists*; a later list stands before an earlier one.

    The key is the origin time as first told. A revision that lacks a value does not take it away. Two entries of one
    list are two earthquakes, however close: an aftershock may follow within the minute.
    """
    found = {key: dict(facts) for key, facts in known.items()}
    for entries in map(list, lists):
        revised = _paired(found, entries)
        for number, facts in enumerate(entries):
            key = revised.get(number) or _new_key(found, facts)
            found[key] = {**found.get(key, {}), **facts}
    return found


def _paired(found: Mapping[str, Mapping[str, Any]], entries: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Which known earthquake each entry of a list revises: the nearest in time, each taken once."""
    pairs = sorted(
        (_apart(facts, old), key, number)
        for number, facts in enumerate(entries)
        for key, old in found.items()
        if same(old, facts)
    )
    taken: dict[int, str] = {}
    for _, key, number in pairs:
        if number not in taken and key not in taken.values():
            taken[number] = key
    return taken


def _new_key(found: Mapping[str, object], facts: Mapping[str, Any]) -> str:
    """The time; with the place where another began in the same second."""
    key = str(facts["time"])
    return key if key not in found else f"{key}@{facts['latitude']},{facts['longitude']}"


def _apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> timedelta:
    return abs(datetime.fromisoformat(one["time"]) - datetime.fromisoformat(other["time"]))


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two entries tell of one earthquake."""
    near = (
        max(abs(one["latitude"] - other["latitude"]), abs(one["longitude"] - other["longitude"]))
        <= SAME_DEGREES
    )
    return _apart(one, other) <= SAME and near


def happenings(quakes: Mapping[str, Mapping[str, Any]]) -> Iterator[Happening]:
    """What becomes of each, ready to be recorded."""
    for key, facts in quakes.items():
        begins = datetime.fromisoformat(facts["time"])
        yield Happening(KIND, f"{KIND}:{key}", begins, begins + WORTH, facts)
