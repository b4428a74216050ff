"""The people whom an office writes to one by one, their consent, and what became of each message."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from humasbot.models.base import Table, long_text, moment, number, ref

RECIPIENT_KINDS = ("email", "whatsapp")
RECIPIENT_STATES = ("pending", "active", "stopped", "bounced")
RESULT_STATES = ("sending", "sent", "refused", "later")


class Recipient(Table, table=True):
    """One address on one list of an agency.

    ``pending`` has not confirmed yet, ``active`` wants it, ``stopped`` said no, ``bounced`` has no such address.
    Nobody is ``active`` without a consent: when it was given, how, and what shows it. ``seal`` goes into the signature
    of every token for this row; a new one makes all earlier tokens worthless.
    """

    __tablename__ = "humasbot_recipient"
    __table_args__ = (
        UniqueConstraint("agency_id", "kind", "list_name", "address"),
        CheckConstraint(f"kind IN {RECIPIENT_KINDS}", name="kind"),
        CheckConstraint(f"state IN {RECIPIENT_STATES}", name="state"),
        CheckConstraint(
            "state <> 'active' OR (consent_at IS NOT NULL AND consent_how <> '' AND consent_evidence <> '')",
            name="consent",
        ),
    )
    id: int | None = number()
    agency_id: int = ref("agency.id", index=True)
    kind: str
    list_name: str = "utama"
    address: str
    name: str = ""
    state: str = "pending"
    consent_at: datetime | None = moment(nullable=True)
    consent_how: str = Field(default="")
    consent_evidence: str = long_text()
    seal: str = ""
    asked_at: datetime | None = moment(nullable=True)
    changed_at: datetime = moment()
    why: str = long_text()
    created_at: datetime = moment()


class RecipientResult(Table, table=True):
    """What is known of one Delivery for one Recipient; committed as ``sending`` before the message leaves."""

    __tablename__ = "humasbot_recipient_result"
    __table_args__ = (
        UniqueConstraint("delivery_key", "recipient_id"),
        CheckConstraint(f"state IN {RESULT_STATES}", name="state"),
    )
    id: int | None = number()
    delivery_key: str
    recipient_id: int = ref("recipient.id", index=True)
    state: str
    remote_id: str = Field(default="", index=True)
    note: str = long_text()
    tries: int = 0
    at: datetime = moment(index=True)
