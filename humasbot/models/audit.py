"""The audit trail: what was done, by whom, when. Its rows refer to nothing, so they outlive what they describe."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from humasbot.models.base import Big, Table, long_text, moment, number


class Audit(Table, table=True):
    """One act. Written once, in the transaction of the act itself; later only ``seq``, ``previous`` and ``hash`` are
    filled in, when it is sealed into the chain.

    ``agency`` is the agency's key, ``subject`` what it is about (``delivery:12``, ``account:3``), ``detail`` canonical
    JSON as text, so that every byte of it is covered, and ``digest`` the SHA-256 of all of this.
    """

    __tablename__ = "humasbot_audit"
    __table_args__ = (
        Index("ix_humasbot_audit_subject", "subject", "id"),
        Index(
            "ix_humasbot_audit_unsealed",
            "id",
            sqlite_where=text("seq IS NULL"),
            postgresql_where=text("seq IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )
    id: int | None = number()
    at: datetime = moment()
    actor: str = ""
    act: str
    agency: str = ""
    subject: str
    detail: str = long_text("{}")
    digest: str
    seq: int | None = Field(default=None, unique=True, sa_type=Big)
    previous: str = ""
    hash: str = ""
