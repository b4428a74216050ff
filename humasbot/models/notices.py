"""What a platform tells later of one message to one person."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from humasbot.models.base import Table, long_text, moment, number, ref

NOTICE_STATES = ("sent", "failed", "delivered", "read")
"""In the order in which each is believed: a message that failed on one device may still reach another."""


class RecipientNotice(Table, table=True):
    """The furthest that one Delivery came for one Recipient, as the platform told; ``at`` is its own time.

    ``code`` and ``why`` say why it failed. ``user_id`` is the platform's name for the person, where it has one: people
    may keep their number from us.
    """

    __tablename__ = "humasbot_recipient_notice"
    __table_args__ = (
        UniqueConstraint("delivery_key", "recipient_id"),
        CheckConstraint(f"state IN {NOTICE_STATES}", name="state"),
    )
    id: int | None = number()
    delivery_key: str
    recipient_id: int = ref("recipient.id", index=True)
    remote_id: str = Field(default="", index=True)
    state: str
    code: str = ""
    why: str = long_text()
    user_id: str = Field(default="", index=True)
    at: datetime = moment()
