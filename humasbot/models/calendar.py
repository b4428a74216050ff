"""What people decided about days, what was held back and why, and what could not be planned."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from humasbot.models.base import Table, json_of, long_text, moment, number, ref

HOLD_CODES = ("isbat", "estimate", "mourning", "election", "silent", "stock")
"""Why a Post is held: its day is not decided, the place mourns or votes, nothing goes out, only approved stock may."""


class DayDecision(Table, table=True):
    """A person said on which day an observance falls; the latest decision about a day stands."""

    __tablename__ = "humasbot_day_decision"
    id: int | None = number()
    agency_id: int = ref("agency.id", index=True)
    observance: str
    day: date
    actor: str = ""
    decided_at: datetime = moment()


class MourningTime(Table, table=True):
    """A time of mourning from ``first`` to ``last`` (days of the office's zone, both included), unless ended before."""

    __tablename__ = "humasbot_mourning"
    id: int | None = number()
    agency_id: int = ref("agency.id", index=True)
    reason: str = long_text()
    first: date
    last: date
    scope: list[str] = json_of(list)
    actor: str = ""
    started_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
    ended_by: str = ""


class Held(Table, table=True):
    """A Post that may not go out yet. ``key`` is what it waits for; ``standing`` says that a policy had approved it.

    ``decision`` stays empty until it is settled: ``released``, ``dropped``, ``confirmed`` or ``moved``.
    """

    __tablename__ = "humasbot_held"
    __table_args__ = (CheckConstraint(f"code IN {HOLD_CODES}", name="code"),)
    id: int | None = number()
    agency_id: int = ref("agency.id", index=True)
    post_id: int = ref("post.id", index=True)
    code: str
    key: str = ""
    reason: str = long_text()
    standing: bool = False
    held_at: datetime = moment()
    settled_at: datetime | None = moment(nullable=True)
    settled_by: str = ""
    decision: str = ""


class Unplanned(Table, table=True):
    """An occasion that could not become a Post, and why; it is tried again, and gone once it succeeds."""

    __tablename__ = "humasbot_unplanned"
    __table_args__ = (UniqueConstraint("campaign_id", "occasion"),)
    id: int | None = number()
    campaign_id: int = ref("campaign.id")
    occasion: str = Field(default="")
    reason: str = long_text()
    since: datetime = moment()
    last_at: datetime = moment()
