"""Calendars: recurrences, zones, revisions; nothing private, and never a crash."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from bmkg_world import calendar, event
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_server import Asked, OddServer, answer

from humasbot.content import Happening
from humasbot.errors import ConfigError, FetchError
from humasbot.net import Http
from humasbot.sources.ics import Ics
from humasbot.sources.ics_reading import Filter, read_events

WITA = ZoneInfo("Asia/Makassar")
NOW = datetime(2026, 11, 23, tzinfo=WITA)
AT = datetime(2026, 11, 25, 10, 0, tzinfo=WITA)


def read(text: str, wanted: Filter | None = None) -> list[Happening]:
    return read_events(text.encode(), WITA, wanted or Filter(), NOW, NOW + timedelta(days=60))


def test_a_series_with_a_moved_a_cancelled_and_a_left_out_day() -> None:
    second, third = AT + timedelta(days=7), AT + timedelta(days=14)
    found = read(calendar(
        event("s", "Senam", AT, RRULE="FREQ=WEEKLY;COUNT=5",
              **{"EXDATE;TZID=Asia/Makassar": f"{AT + timedelta(days=21):%Y%m%dT%H%M%S}"}),
        event("s", "Senam sore", second + timedelta(hours=5),
              **{"RECURRENCE-ID;TZID=Asia/Makassar": f"{second:%Y%m%dT%H%M%S}", "SEQUENCE": "1"}),
        event("s", "Senam", third, STATUS="CANCELLED",
              **{"RECURRENCE-ID;TZID=Asia/Makassar": f"{third:%Y%m%dT%H%M%S}"}),
    ))  # fmt: skip
    assert [(each.begins.astimezone(WITA), each.over) for each in found] == [
        (AT, False), (second + timedelta(hours=5), False), (third, True), (AT + timedelta(days=28), False),
    ]  # fmt: skip
    assert len({each.key for each in found}) == 4


def test_a_series_that_moves_its_hour_keeps_its_names() -> None:
    before = read(calendar(event("s", "Senam", AT, RRULE="FREQ=WEEKLY;COUNT=3")))
    after = read(calendar(event("s", "Senam", AT + timedelta(hours=3), RRULE="FREQ=WEEKLY;COUNT=3")))
    assert [each.key for each in before] == [each.key for each in after]
    assert [each.begins for each in before] != [each.begins for each in after]


def test_a_single_event_keeps_its_name_when_it_moves_days() -> None:
    (before,), (after,) = (
        read(calendar(event("a", "X", AT))),
        read(calendar(event("a", "X", AT + timedelta(days=9)))),
    )
    assert before.key == after.key


def test_zones_and_whole_days() -> None:
    utc = event("u", "UTC", AT).replace(";TZID=Asia/Makassar:20261125T100000", ":20261125T020000Z")
    naive = event("n", "Tanpa zona", AT).replace(";TZID=Asia/Makassar", "")
    whole = "BEGIN:VEVENT\r\nUID:w\r\nSUMMARY:Libur\r\nDTSTART;VALUE=DATE:20261126\r\nEND:VEVENT\r\n"
    found = {each.facts["title"]: each for each in read(calendar(utc, naive, whole))}
    assert found["UTC"].begins == AT
    assert found["Tanpa zona"].begins == AT
    assert found["Libur"].facts["whole_day"] is True
    assert found["Libur"].begins == datetime(2026, 11, 26, tzinfo=WITA)
    assert found["Libur"].ends == datetime(2026, 11, 27, tzinfo=WITA)


def test_of_two_copies_the_later_revision_stands() -> None:
    one, two = event("a", "Lama", AT, SEQUENCE="1"), event("a", "Baru", AT + timedelta(hours=1), SEQUENCE="2")
    for order in ((one, two), (two, one)):
        (found,) = read(calendar(*order))
        assert (found.facts["title"], found.revision) == ("Baru", 2)


@pytest.mark.parametrize(
    "secret",
    [{"CLASS": "PRIVATE"}, {"CLASS": "confidential"}, {"CLASS": "X-APA"}, {"CATEGORIES": "Umum,RAHASIA"},
     {"LOCATION": "Ruang tertutup"}, {"DESCRIPTION": "Internal saja"}],
)  # fmt: skip
def test_what_is_marked_stays_in_the_calendar(secret: dict[str, str]) -> None:
    assert read(calendar(event("a", "Rapat", AT, **secret))) == []
    assert read(calendar(event("a", "Rapat", AT, RRULE="FREQ=DAILY;COUNT=3", **secret))) == []


def test_only_what_is_marked_public_where_that_is_wanted() -> None:
    wanted = Filter(public=("publik",))
    found = read(calendar(event("a", "Rapat", AT), event("b", "Pasar", AT, CATEGORIES="Publik")), wanted)
    assert [each.facts["title"] for each in found] == ["Pasar"]


def test_endless_and_silly_series_are_bounded() -> None:
    assert read(calendar(event("a", "X", AT, RRULE="FREQ=SECONDLY"))) == []
    assert len(read(calendar(event("a", "X", AT - timedelta(days=4000), RRULE="FREQ=DAILY")))) == 60


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 420), st.integers(0, 25), st.text(max_size=10))
def test_any_mutation_is_read_or_refused(at: int, cut: int, put: str) -> None:
    whole = calendar(
        event("s", "Senam", AT, RRULE="FREQ=WEEKLY;COUNT=3"), event("p", "Diam", AT, CLASS="PRIVATE")
    )
    changed = whole[:at] + put + whole[at + cut :]
    try:
        found = read(changed)
    except FetchError:
        return
    assert all(each.begins.tzinfo is UTC and each.ends > each.begins for each in found)


def test_the_address_the_file_and_neither(tmp_path: Path) -> None:
    for given_ in ({}, {"url": "https://x/a.ics", "file": "a.ics"}):
        with pytest.raises(ConfigError):
            Ics.from_settings(given_, Http())
    path = tmp_path / "a.ics"
    path.write_text(calendar(event("a", "Pasar", AT)), newline="")
    source = Ics.from_settings({"file": str(path), "timezone": "Asia/Makassar"}, Http())
    assert len(source.fetch({}, NOW).happenings) == 1
    path.unlink()
    with pytest.raises(FetchError):
        source.fetch({}, NOW)
    path.write_text("<html>masuk dahulu</html>")
    with pytest.raises(FetchError):
        source.fetch({}, NOW)


def test_a_caldav_collection_is_asked_for_its_export(site: OddServer, http: Http) -> None:
    def talk(sock: socket.socket, asked: Asked) -> None:
        if asked.query == "export":
            return answer(
                sock, calendar(event("a", "Pasar", AT)).encode(), 200, {"Content-Type": "text/calendar"}
            )
        return answer(sock, b"This is the WebDAV interface. It can only be accessed by WebDAV clients.")

    site.routes["/dav/calendars/humas/agenda/"] = talk
    given_ = {"url": f"{site.url}/dav/calendars/humas/agenda/", "user": "humas", "password": "rahasia"}
    assert len(Ics.from_settings(given_, http).fetch({}, NOW).happenings) == 1
    assert [asked.query for asked in site.asked] == ["", "export"]
    assert len({asked.headers["authorization"] for asked in site.asked}) == 1
