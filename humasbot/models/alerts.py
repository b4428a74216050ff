"""What a person must be told, once, and whether they were."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text

from humasbot.models.base import Table, json_of, long_text, moment, number


class Alert(Table, table=True):
    """One thing to tell. ``agency_id`` is 0 for what concerns the whole database; ``key`` makes it told only once.

    ``told_to`` are the addresses that have it already. ``closed_at`` is when it was settled or seen to by a person;
    it is ``live`` as long as what it is about lasts, and frees its key after that.
    """

    __tablename__ = "humasbot_alert"
    __table_args__ = (
        UniqueConstraint("agency_id", "key"),
        Index(
            "ix_humasbot_alert_live", "kind", "id", sqlite_where=text("live"), postgresql_where=text("live")
        ),
    )
    id: int | None = number()
    agency_id: int = 0
    kind: str
    key: str
    text: str = long_text()
    created_at: datetime = moment()
    next_at: datetime = moment()
    tries: int = 0
    told_to: list[str] = json_of(list)
    told_at: datetime | None = moment(nullable=True)
    live: bool = True
    closed_at: datetime | None = moment(nullable=True)
    closed_by: str = ""
    last_error: str = long_text()
