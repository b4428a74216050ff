"""What was brought back from a backup: between the backup and that moment nobody knows what was sent."""

from datetime import datetime

from sqlmodel import Field

from humasbot.models.base import Table, moment, number


class Restore(Table, table=True):
    """One restore. What came due from ``backup_at`` to ``restored_at`` may have been sent by the database that is gone.

    ``unknown`` is how many Deliveries were made uncertain. ``moved`` says that a person vouched for it that nothing
    was sent in between; then nothing has to be doubted.
    """

    __tablename__ = "humasbot_restore"
    id: int | None = number()
    backup_at: datetime = moment()
    restored_at: datetime = moment()
    actor: str = Field(default="")
    digest: str = Field(default="")
    unknown: int = 0
    moved: bool = False
