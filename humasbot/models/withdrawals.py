"""What was taken back after it was public, and where a person still has to do so."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from humasbot.models.base import Table, long_text, moment, number, ref

WITHDRAWAL_STATES = ("open", "gone", "person")


class Withdrawal(Table, table=True):
    """One receipt that is to be taken back.

    ``open`` is tried (again), ``gone`` is done, ``person`` cannot be done by us; ``note`` says what a person must do,
    or why it is not done yet.
    """

    __tablename__ = "humasbot_withdrawal"
    __table_args__ = (CheckConstraint(f"state IN {WITHDRAWAL_STATES}", name="state"),)
    id: int | None = number()
    receipt_id: int = ref("receipt.id", unique=True)
    state: str = Field(default="open", index=True)
    reason: str = long_text()
    actor: str = Field(default="")
    note: str = long_text()
    tries: int = 0
    created_at: datetime = moment()
    next_at: datetime = moment()
    done_at: datetime | None = moment(nullable=True)
