"""What changed after it was said: proposals for a person, and the links that our posts carry."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from humasbot.models.base import Table, json_of, long_text, moment, number, ref

PROPOSAL_KINDS = ("edit", "withdrawn", "dead_link")
PROPOSAL_STATES = ("open", "taken", "dismissed")


class Proposal(Table, table=True):
    """One change of what an office has said, for a person to decide.

    ``kind``: the website's words changed (``edit``, with ``before`` and ``after`` and the ``diff`` between them), the
    website took the article back (``withdrawn``), or the address in our posts leads nowhere (``dead_link``).
    ``subject`` is the address that the posts are about, as they say it; ``article_id`` is missing where a person
    announced the page by hand. ``posts`` are the numbers of the Posts that say it. ``digest`` names this very change,
    so that it is proposed once. ``note`` says why it was dismissed, where humasbot did so itself.
    """

    __tablename__ = "humasbot_proposal"
    __table_args__ = (
        UniqueConstraint("agency_id", "digest"),
        CheckConstraint(f"kind IN {PROPOSAL_KINDS}", name="kind"),
        CheckConstraint(f"state IN {PROPOSAL_STATES}", name="state"),
        Index("ix_humasbot_proposal_open", "agency_id", "state", "id"),
    )
    id: int | None = number()
    agency_id: int = ref("agency.id")
    article_id: int | None = ref("article.id", default=None, index=True)
    kind: str
    subject: str = long_text()
    title: str = long_text()
    posts: list[int] = json_of(list)
    before: dict[str, Any] = json_of(dict)
    after: dict[str, Any] = json_of(dict)
    diff: str = long_text()
    digest: str
    state: str = "open"
    note: str = long_text()
    created_at: datetime = moment()
    decided_at: datetime | None = moment(nullable=True)
    decided_by: str = Field(default="")


class Link(Table, table=True):
    """An address that posts of an agency carry, and how it answered. ``bad_since`` is when it first led nowhere,
    ``asked_at`` when the source was last asked whether it still lists the article."""

    __tablename__ = "humasbot_link"
    __table_args__ = (UniqueConstraint("agency_id", "url"),)
    id: int | None = number()
    agency_id: int = ref("agency.id")
    url: str
    status: int | None = None
    reason: str = long_text()
    checked_at: datetime = moment()
    next_at: datetime = moment()
    bad_since: datetime | None = moment(nullable=True)
    asked_at: datetime | None = moment(nullable=True)
    looks: int = 0
