"""What stops the sending: a freeze of an agency, or of everything on this database."""

from datetime import datetime

from sqlmodel import Field

from humasbot.models.base import Table, long_text, moment, number, ref


class Freeze(Table, table=True):
    """While one is not lifted, nothing but the alert lane leaves: of one agency, or of all where that is ``None``."""

    __tablename__ = "humasbot_freeze"
    id: int | None = number()
    agency_id: int | None = ref("agency.id", default=None, index=True)
    reason: str = long_text()
    actor: str = Field(default="")
    since: datetime = moment()
    lifted_at: datetime | None = moment(nullable=True)
    lifted_by: str = Field(default="")
