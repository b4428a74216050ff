"""When the three Posts of an event are due."""

from datetime import datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from humasbot.occasions.agenda import Slot, Stage, slot

WIT = ZoneInfo("Asia/Jayapura")
AT = datetime(2026, 11, 25, 10, 0, tzinfo=WIT)
LONG_AGO = AT - timedelta(days=90)


def due(stage: Stage, *, whole_day: bool = False, since: datetime = LONG_AGO, lasts: int = 2) -> Slot | None:
    begins = AT.replace(hour=0) if whole_day else AT
    ends = begins + (timedelta(days=lasts) if whole_day else timedelta(hours=lasts))
    return slot(stage, begins, ends, whole_day=whole_day, zone=WIT, ahead=1, at=time(8), since=since)


def test_the_three_of_an_event() -> None:
    assert due("before") == Slot(datetime(2026, 11, 24, 8, tzinfo=WIT), AT)
    assert due("during") == Slot(AT, AT + timedelta(hours=2))
    assert due("after") == Slot(AT + timedelta(hours=2), AT + timedelta(hours=2, days=7))


def test_the_three_of_a_whole_day() -> None:
    assert due("before", whole_day=True) == Slot(
        datetime(2026, 11, 24, 8, tzinfo=WIT), datetime(2026, 11, 25, 8, tzinfo=WIT)
    )
    during, after = due("during", whole_day=True), due("after", whole_day=True)
    assert during is not None
    assert during.due == datetime(2026, 11, 25, 8, tzinfo=WIT)
    assert after is not None
    assert after.due == datetime(2026, 11, 26, 16, tzinfo=WIT)


def test_known_late_is_said_at_once_or_not_at_all() -> None:
    an_hour_before = AT - timedelta(hours=1)
    assert due("before", since=an_hour_before) == Slot(an_hour_before, AT)
    assert due("before", since=AT) is None


@given(st.sampled_from(get_args(Stage)), st.booleans(), st.integers(-200, 200), st.integers(1, 9))
def test_no_slot_ends_before_it_begins(stage: Stage, whole_day: bool, since: int, lasts: int) -> None:
    found = due(stage, whole_day=whole_day, since=AT + timedelta(hours=since), lasts=lasts)
    assert found is None or found.due < found.not_after
