"""The calendar as iCalendar text (RFC 5545), for Google Calendar, Outlook and the like.

Our own few lines rather than a package: whole-day events with six properties need no recurrence, no zones and no
parser, and what could go wrong (folding at 75 octets inside a character, escapes, CRLF) is proved by the tests.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from humasbot.occasions.calendar import Occurrence, Undetermined
from humasbot.occasions.observance import kind_name
from humasbot.words import language, t

# RFC 5545, section 3.1: lines are at most 75 octets long without their CRLF.
_OCTETS = 75


def to_ics(
    occurrences: Iterable[Occurrence], undetermined: Iterable[Undetermined], title: str, stamp: datetime
) -> str:
    """One whole-day event per occurrence; what has no day yet is named in the calendar's description.

    *stamp* (aware) is when the data were written. An estimated day is TENTATIVE; the UID stays the same over the years
    of the file, so a second import replaces the first.
    """
    return "".join(f"{_folded(line)}\r\n" for line in _lines(occurrences, list(undetermined), title, stamp))


def _lines(
    occurrences: Iterable[Occurrence], undetermined: list[Undetermined], title: str, stamp: datetime
) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//humasbot//calendar//ID"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    yield f"X-WR-CALNAME:{_escaped(title)}"
    if undetermined:
        names = "; ".join(f"{gap.name} {gap.year}: {gap.reason}" for gap in undetermined)
        yield f"X-WR-CALDESC:{_escaped(t('Belum ditetapkan: ', 'Not determined yet: ') + names)}"
    written = stamp.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    turns: dict[tuple[str, int], int] = {}
    for occurrence in occurrences:
        year = (occurrence.key, occurrence.day.year)
        turns[year] = turns.get(year, 0) + 1
        yield from _event(occurrence, turns[year], written)
    yield "END:VCALENDAR"


def _event(occurrence: Occurrence, turn: int, written: str) -> Iterator[str]:
    observance = occurrence.observance
    facts = [
        occurrence.note,
        observance.basis and t("Dasar: {basis}", "Basis: {basis}", basis=observance.basis),
    ]
    if observance.confidence == "unverified":
        facts.append(t("Belum diperiksa.", "Not verified."))
    description = "\n".join(fact for fact in facts if fact)
    yield "BEGIN:VEVENT"
    # By its place in the year, not by its date: an estimate that moves must replace itself.
    yield f"UID:{observance.key}-{occurrence.day.year}-{turn}@humasbot"
    yield f"DTSTAMP:{written}"
    yield f"DTSTART;VALUE=DATE:{_day(occurrence.day)}"
    yield f"DTEND;VALUE=DATE:{_day(occurrence.day + timedelta(days=1))}"
    yield f"SUMMARY;LANGUAGE={language()}:{_escaped(occurrence.label)}"
    if description:
        yield f"DESCRIPTION:{_escaped(description)}"
    yield f"CATEGORIES:{_escaped(kind_name(observance.kind))}"
    yield f"STATUS:{'TENTATIVE' if occurrence.provisional else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _day(day: date) -> str:
    # strftime("%Y") does not pad years below 1000 on every system.
    return day.isoformat().replace("-", "")


def _escaped(text: str) -> str:
    """RFC 5545, section 3.3.11: backslash, semicolon, comma and line break; other controls have no place."""
    plain = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c == "\n" or c >= " ")
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Cut after at most 75 octets, never inside a character; each further line begins with a space."""
    parts, current, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _OCTETS:
            parts.append(current)
            # The leading space of a further line counts.
            current, size = "", 1
        current += character
        size += octets
    return "\r\n ".join([*parts, current])
