"""The iCalendar text: lines, folding, escapes, and that a moved estimate replaces itself."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from humasbot.occasions.calendar import Calendar
from humasbot.occasions.ics import _escaped, _folded, to_ics

STAMP = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def events(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for line in unfolded(text):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and not line.startswith("END:"):
            found[-1][name.partition(";")[0]] = value
    return found


def test_a_whole_year_is_well_formed() -> None:
    calendar = Calendar(province="*")
    occurrences = calendar.year(2028)
    text = to_ics(occurrences, calendar.undetermined(2028), "Hari besar 2028", STAMP)
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    found = events(text)
    assert len(found) == len(occurrences)
    assert len({event["UID"] for event in found}) == len(found)
    for event, occurrence in zip(found, occurrences, strict=True):
        assert event["DTSTART"] == f"{occurrence.day:%Y%m%d}"
        assert event["DTSTAMP"] == "20261122T030405Z"
        assert event["STATUS"] == ("TENTATIVE" if occurrence.provisional else "CONFIRMED")
        assert event["SUMMARY"] == occurrence.name.replace(",", "\\,")
    assert "Belum ditetapkan: Cuti Bersama 2028" in unfolded(text)[6]


def test_the_last_day_of_the_year_ends_in_the_next() -> None:
    calendar = Calendar()
    text = to_ics([o for o in calendar.year(2027) if o.day == date(2027, 12, 26)], [], "x", STAMP)
    assert "DTEND;VALUE=DATE:20271227" in text


def test_an_estimate_that_moves_keeps_its_identity() -> None:
    before, after = Calendar(), Calendar(settled={"idul_fitri_1": [date(2027, 3, 11)]})
    ids = [
        {e["UID"]: e["DTSTART"] for e in events(to_ics(c.year(2027), [], "x", STAMP))}
        for c in (before, after)
    ]
    assert ids[0].keys() == ids[1].keys()
    assert ids[0]["idul_fitri_1-2027-1@humasbot"] == "20270310"
    assert ids[1]["idul_fitri_1-2027-1@humasbot"] == "20270311"


@given(st.text(max_size=400))
def test_folding_loses_nothing_and_never_splits_a_character(text: str) -> None:
    line = "SUMMARY:" + _escaped(text)
    folded = _folded(line)
    assert all(len(part.encode(errors="surrogatepass")) <= 75 for part in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == line
    assert "\n" not in _escaped(text)


def test_escapes() -> None:
    assert _escaped("a,b;c\\d\r\ne\x07") == "a\\,b\\;c\\\\d\\ne"
