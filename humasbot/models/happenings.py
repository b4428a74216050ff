"""What happens in the world and may be worth a Post: earthquakes, warnings, forecasts, appointments."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint

from humasbot.models.base import Table, json_of, moment, number, ref


class Happening(Table, table=True):
    """One thing that a Source told, by its own name ``key``, over all its revisions.

    ``begins_at`` is when it happens, ``ends_at`` when nothing about it is worth saying any more; at ``over_at`` the
    source took it back. ``filled`` is what a person added: the facts that a report waits for. What is confidential is
    never written here, and what becomes so loses its ``facts``.
    """

    __tablename__ = "humasbot_happening"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        Index("ix_humasbot_happening_time", "source_id", "kind", "ends_at"),
    )
    id: int | None = number()
    source_id: int = ref("source.id")
    kind: str
    key: str
    revision: int = 0
    facts: dict[str, Any] = json_of(dict)
    filled: dict[str, Any] = json_of(dict)
    begins_at: datetime = moment()
    ends_at: datetime = moment()
    first_seen_at: datetime = moment()
    changed_at: datetime = moment()
    over_at: datetime | None = moment(nullable=True)
