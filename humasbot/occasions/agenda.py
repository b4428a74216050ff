"""When the three Posts of an event are due: before, during and after it. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Stage = Literal["before", "during", "after"]
WORKING_END = time(16)
"""When the report of a whole day's event is drafted."""
REPORT = timedelta(days=7)
"""So long a report may still go out after its event."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When a Post is due, and until when it may go out (both aware)."""

    due: datetime
    not_after: datetime


def slot(
    stage: Stage, begins: datetime, ends: datetime, *, whole_day: bool, zone: ZoneInfo, ahead: int, at: time,
    since: datetime,
) -> Slot | None:  # fmt: skip
    """When the Post of a *stage* is due; ``None`` where its time was over before the event was known.

    *ahead* days before, at the time *at* of the office's *zone*, it is announced, or at once where it became known
    (*since*) only after that.
    """
    local = begins.astimezone(zone)
    morning = datetime.combine(local.date(), at, tzinfo=zone)
    if stage == "before":
        due = max(
            datetime.combine(local.date() - timedelta(days=ahead), at, tzinfo=zone), since.astimezone(zone)
        )
        last = morning if whole_day else begins
        return Slot(due, last) if due < last else None
    if stage == "during":
        due = morning if whole_day else begins
        return Slot(due, ends) if due < ends else None
    due = ends
    if whole_day:
        last_day = (ends.astimezone(zone) - timedelta(microseconds=1)).date()
        due = datetime.combine(last_day, WORKING_END, tzinfo=zone)
    return Slot(due, due + REPORT)
