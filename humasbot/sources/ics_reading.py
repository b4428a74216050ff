"""Public events out of an iCalendar file (RFC 5545): recurrences laid out, zones kept, what is private left behind.

The package ``icalendar`` reads, ``recurring-ical-events`` lays out. Nothing of a private event leaves this module, not
even that there is one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from humasbot.content import Happening
from humasbot.errors import ConfigError, FetchError
from humasbot.sources.html import to_text
from humasbot.sources.text import clean
from humasbot.words import t

KIND = "agenda"
PRIVATE = ("rahasia", "tertutup", "internal", "pribadi", "terbatas", "confidential", "private", "restricted")
"""Words that keep an event in the calendar, whatever its CLASS says."""
TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
MOST_SERIES = 5000
MOST = 1000
LONGEST_TITLE, LONGEST_TEXT = 300, 4000
USUAL = timedelta(hours=2)
"""How long an event lasts that does not say so."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What may leave the calendar: nothing that holds one of *private*; where *public* is given, only what holds it."""

    private: tuple[str, ...] = PRIVATE
    public: tuple[str, ...] = ()

    def passes(self, event: Any) -> bool:
        """Whether an event is public. RFC 5545, 3.8.1.3: an unknown CLASS is to be treated as PRIVATE."""
        if str(event.get("CLASS", "PUBLIC")).strip().upper() != "PUBLIC":
            return False
        words = " ".join(
            [
                *(str(event.get(name, "")) for name in ("SUMMARY", "DESCRIPTION", "LOCATION")),
                *_categories(event),
            ]
        ).casefold()
        if any(word in words for word in self.private):
            return False
        return not self.public or any(word in words for word in self.public)


def read_events(
    body: bytes, zone: ZoneInfo, wanted: Filter, first: datetime, last: datetime
) -> list[Happening]:
    """Every public event that begins between *first* and *last* (aware), in order; a time without a zone is in *zone*.

    Raises :class:`~humasbot.errors.FetchError` when it is no calendar, and :class:`~humasbot.errors.ConfigError` when
    the packages are not installed.
    """
    calendar = _calendar(body)
    masters, events = _sorted_out(calendar, wanted)
    found: dict[str, Happening] = {}
    for event in _laid_out(calendar, events, first, last):
        repeats = str(event.get("UID")) in masters
        one = _happening(event, zone, repeats=repeats) if wanted.passes(event) else None
        if one is None or not first <= one.begins <= last:
            continue
        before = found.get(one.key)
        if before is None or before.revision <= one.revision:
            found[one.key] = one
    return sorted(found.values(), key=lambda each: (each.begins, each.key))[:MOST]


def _calendar(body: bytes) -> Any:
    try:
        import icalendar
    except ImportError:
        raise ConfigError(
            t('paket kalender belum terpasang; jalankan: pip install "humasbot[agenda]"',
              'the calendar packages are not installed; run: pip install "humasbot[agenda]"')
        ) from None  # fmt: skip
    try:
        calendar = icalendar.Calendar.from_ical(body.decode("utf-8-sig", "replace"))
    except Exception:  # noqa: BLE001 - the package raises many things at what is no calendar
        calendar = None
    if calendar is None or getattr(calendar, "name", "") != "VCALENDAR":
        raise FetchError(t("itu bukan kalender (.ics)", "that is no calendar (.ics)"))
    return calendar


def _sorted_out(calendar: Any, wanted: Filter) -> tuple[set[str], list[Any]]:
    """The series by their UID, and the events that may be laid out, the latest revision of each last."""
    every = [part for part in calendar.subcomponents if part.name == "VEVENT" and part.get("UID")][
        :MOST_SERIES
    ]
    # A series whose own entry is private is private as a whole, whatever a single meeting of it says.
    # So is one with a property that cannot be read: what is broken may be its mark, or the day that is private.
    hidden = {
        str(event["UID"])
        for event in every
        if _broken(event) or (event.get("RECURRENCE-ID") is None and not wanted.passes(event))
    }
    kept, masters = {}, set()
    for event in sorted((each for each in every if str(each["UID"]) not in hidden), key=_sequence):
        name = str(event["UID"])
        if _too_often(event):
            continue
        if event.get("RECURRENCE-ID") is None and (event.get("RRULE") or event.get("RDATE")):
            masters.add(name)
        if event.get("RECURRENCE-ID") is not None:
            masters.add(name)
        kept[name, str(getattr(event.get("RECURRENCE-ID"), "dt", ""))] = event
    return masters, [event for event in kept.values() if wanted.passes(event) or event.get("RECURRENCE-ID")]


def _broken(event: Any) -> bool:
    values = (each for value in event.values() for each in (value if isinstance(value, list) else [value]))
    return any(type(each).__name__ == "vBroken" for each in values)


def _too_often(event: Any) -> bool:
    rules = event.get("RRULE") or []
    return any(
        str(often).upper() in TOO_OFTEN
        for rule in (rules if isinstance(rules, list) else [rules])
        for often in rule.get("FREQ", [])
    )


def _laid_out(calendar: Any, events: Sequence[Any], first: datetime, last: datetime) -> Iterable[Any]:
    import icalendar
    import recurring_ical_events

    bare = icalendar.Calendar()
    for part in calendar.subcomponents:
        if part.name == "VTIMEZONE":
            bare.add_component(part)
    for event in events:
        bare.add_component(event)
    try:
        # A day more on both sides: whole days have no zone until they get ours.
        margin = timedelta(days=1)
        return list(
            recurring_ical_events.of(bare, skip_bad_series=True).between(first - margin, last + margin)
        )
    except Exception as error:  # noqa: BLE001 - whatever a strange calendar does to the package
        raise FetchError(
            t(
                "kalender tidak dapat dibaca ({why})",
                "the calendar cannot be read ({why})",
                why=type(error).__name__,
            )
        ) from None


def _happening(event: Any, zone: ZoneInfo, *, repeats: bool) -> Happening | None:
    try:
        start = event["DTSTART"].dt
        end = event["DTEND"].dt if event.get("DTEND") else None
    except (KeyError, AttributeError):
        return None
    whole = not isinstance(start, datetime)
    begins = _moment(start, zone)
    ends = _moment(end, zone) if end is not None else begins
    if ends <= begins:
        ends = begins + (timedelta(days=1) if whole else USUAL)
    recurrence = getattr(event.get("RECURRENCE-ID"), "dt", start)
    which = f"|{_moment(recurrence, zone).astimezone(zone).date()}" if repeats else ""
    facts: dict[str, Any] = {
        "title": clean(str(event.get("SUMMARY", "")))[:LONGEST_TITLE],
        "place": clean(str(event.get("LOCATION", "")))[:LONGEST_TITLE],
        "text": _text(str(event.get("DESCRIPTION", "")))[:LONGEST_TEXT],
        "url": _address(str(event.get("URL", ""))),
        "categories": _categories(event),
        "whole_day": whole,
        "zone": getattr(getattr(start, "tzinfo", None), "key", None) or zone.key,
    }
    return Happening(
        # The name in the calendar may be a person's address: only a digest of it is kept.
        KIND, f"{KIND}:{sha256((str(event['UID']) + which).encode()).hexdigest()[:24]}", begins.astimezone(UTC),
        ends.astimezone(UTC), facts, revision=_sequence(event),
        over=str(event.get("STATUS", "")).strip().upper() == "CANCELLED" or not facts["title"],
    )  # fmt: skip


def _text(description: str) -> str:
    """Some calendars write HTML into it."""
    return to_text(description) if "<" in description else clean(description)


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=zone)
    return value.replace(tzinfo=zone) if value.tzinfo is None else value


def _sequence(event: Mapping[str, Any]) -> int:
    try:
        return max(0, min(int(event.get("SEQUENCE", 0)), 2**31 - 1))
    except (TypeError, ValueError):
        return 0


def _categories(event: Any) -> list[str]:
    given = event.get("CATEGORIES") or []
    parts = given if isinstance(given, list) else [given]
    names = [str(name) for part in parts for name in getattr(part, "cats", [part])]
    return [clean(name)[:100] for name in names if clean(name)][:20]


def _address(text: str) -> str:
    address = clean(text)[:2000]
    return address if address.lower().startswith(("http://", "https://")) else ""
