"""The people of an office who decide in the web page: who they are, how they come in, and the first yes of two."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from humasbot.models.base import Table, moment, number, ref

PERSON_ROLES = ("viewer", "approver", "admin")
"""Each may do what those before it may: look; decide; and see to the people."""
PASS_KINDS = ("invite", "session")


class Person(Table, table=True):
    """Somebody who may come into an agency's web page; ``name`` is what the audit trail calls them."""

    __tablename__ = "humasbot_person"
    __table_args__ = (
        UniqueConstraint("agency_id", "name"),
        CheckConstraint(f"role IN {PERSON_ROLES}", name="role"),
    )
    id: int | None = number()
    agency_id: int = ref("agency.id")
    name: str
    role: str = "approver"
    created_at: datetime = moment()
    created_by: str = Field(default="")
    revoked_at: datetime | None = moment(nullable=True)
    revoked_by: str = Field(default="")


class Pass(Table, table=True):
    """What lets a Person in: an ``invite`` that is used once, or the ``session`` of a browser.

    ``digest`` is the SHA-256 of the token, which itself is kept nowhere. ``ended_at`` says since when it is worth
    nothing: an invite was used, or somebody went out or was put out.
    """

    __tablename__ = "humasbot_pass"
    __table_args__ = (CheckConstraint(f"kind IN {PASS_KINDS}", name="kind"),)
    id: int | None = number()
    person_id: int = ref("person.id", index=True)
    kind: str
    digest: str = Field(unique=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    seen_at: datetime | None = moment(nullable=True)
    ended_at: datetime | None = moment(nullable=True)


class Consent(Table, table=True):
    """One person's yes to the hash of a Variant, where an agency wants two; ``approval_id`` is set once it counted."""

    __tablename__ = "humasbot_consent"
    id: int | None = number()
    variant_id: int = ref("variant.id", index=True)
    hash: str
    actor: str
    given_at: datetime = moment()
    approval_id: int | None = ref("approval.id", default=None)
