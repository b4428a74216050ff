"""The tables of the one walk: Source → Article → Post → Variant → (Approval) → Delivery → Receipt → Measurement."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from humasbot.models.base import Table, json_of, long_text, moment, number, ref

DELIVERY_STATES = ("queued", "sending", "sent", "failed", "uncertain", "cancelled")
FINAL_STATES = ("sent", "failed", "cancelled")
_NOTHING = text("''")


def _some(name: str, where: str, *fields: str) -> Index:
    """An index over some rows only: small, and cheap for all others."""
    return Index(name, *fields, sqlite_where=text(where), postgresql_where=text(where))


def _queued(name: str, *fields: str) -> Index:
    """An index over what waits in the queue."""
    return _some(name, "state = 'queued'", *fields)


class Agency(Table, table=True):
    """The office that speaks; owns everything below. ``eyes``: how many people must say yes to a Variant."""

    __tablename__ = "humasbot_agency"
    id: int | None = number()
    name: str = Field(unique=True)
    title: str = ""
    parent_id: int | None = ref("agency.id", default=None)
    timezone: str = "Asia/Jakarta"
    language: str = "id"
    brand: dict[str, Any] = json_of(dict)
    eyes: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    created_at: datetime = moment()


class Source(Table, table=True):
    """Where content already exists. ``state`` is what the source asked us to remember for its next reading."""

    __tablename__ = "humasbot_source"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)
    id: int | None = number()
    agency_id: int = ref("agency.id")
    name: str
    kind: str
    settings: dict[str, Any] = json_of(dict)
    state: dict[str, Any] = json_of(dict)
    active: bool = True
    created_at: datetime = moment()
    read_at: datetime | None = moment(nullable=True)
    next_at: datetime | None = moment(nullable=True)
    failures: int = 0
    last_error: str = long_text()


class Article(Table, table=True):
    """One item of a Source. ``state``: ``new`` may become Posts, ``known`` was there before us, ``held`` waits for a
    person (``note`` says why). ``image_digest`` names a picture that had to be kept at once, for its address dies."""

    __tablename__ = "humasbot_article"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        CheckConstraint("state IN ('new', 'known', 'held')", name="state"),
        Index("ix_humasbot_article_words", "source_id", "digest"),
        Index("ix_humasbot_article_moment", "source_id", "published_at"),
    )
    id: int | None = number()
    source_id: int = ref("source.id")
    key: str
    url: str = Field(index=True)
    title: str = long_text()
    text: str = long_text()
    summary: str = long_text()
    image_url: str = long_text()
    image_alt: str = long_text()
    image_credit: str = long_text()
    image_digest: str = ""
    categories: list[str] = json_of(list)
    published_at: datetime | None = moment(nullable=True)
    modified_at: datetime | None = moment(nullable=True)
    digest: str
    state: str = "new"
    note: str = long_text()
    first_seen_at: datetime = moment()
    changed_at: datetime | None = moment(nullable=True)


class Campaign(Table, table=True):
    """A standing rule that makes Posts; ``settings`` are its lines of the configuration."""

    __tablename__ = "humasbot_campaign"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)
    id: int | None = number()
    agency_id: int = ref("agency.id")
    name: str
    occasion: str
    settings: dict[str, Any] = json_of(dict)
    active: bool = True
    created_at: datetime = moment()


class Post(Table, table=True):
    """What is said once. ``subject`` is the canonical address it is about, if any; ``skipped`` says why nothing of
    it was made."""

    __tablename__ = "humasbot_post"
    __table_args__ = (UniqueConstraint("campaign_id", "occasion"),)
    id: int | None = number()
    agency_id: int = ref("agency.id", index=True)
    campaign_id: int = ref("campaign.id")
    article_id: int | None = ref("article.id", default=None)
    occasion: str
    subject: str | None = Field(default=None, index=True)
    title: str = long_text()
    fields: dict[str, Any] = json_of(dict)
    due_at: datetime = moment()
    skipped: str = long_text()
    created_at: datetime = moment()


class Account(Table, table=True):
    """An Agency's presence on a Platform. Settings hold references to secrets, never a secret.

    ``quota`` names what shares one quota of the platform with others (an application), or is empty.
    What was built with its credential before ``revoked_at`` is thrown away, in every process.
    """

    __tablename__ = "humasbot_account"
    __table_args__ = (
        UniqueConstraint("agency_id", "name"),
        _some("ix_humasbot_account_held", "held_until IS NOT NULL", "held_until"),
        _some("ix_humasbot_account_paused", "paused_at IS NOT NULL", "platform"),
        _some("ix_humasbot_account_gone", "(NOT active OR dry_run)", "id"),
    )
    id: int | None = number()
    agency_id: int = ref("agency.id")
    name: str
    platform: str
    settings: dict[str, Any] = json_of(dict)
    dry_run: bool = False
    active: bool = True
    paused_at: datetime | None = moment(nullable=True)
    paused_why: str = long_text()
    held_until: datetime | None = moment(nullable=True)
    quota: str = ""
    revoked_at: datetime | None = moment(nullable=True)
    created_at: datetime = moment()


class Variant(Table, table=True):
    """The Post exactly as one Account will say it. ``media`` lists digest, mime, alt, width and height of each;
    ``refused`` says by whom and why, where a person said no."""

    __tablename__ = "humasbot_variant"
    __table_args__ = (UniqueConstraint("post_id", "account_id"), UniqueConstraint("account_id", "subject"))
    id: int | None = number()
    post_id: int = ref("post.id")
    account_id: int = ref("account.id")
    subject: str | None = None
    title: str = long_text()
    text: str = long_text()
    link: str = long_text()
    language: str = "id"
    media: list[dict[str, Any]] = json_of(list)
    options: dict[str, Any] = json_of(dict)
    due_at: datetime = moment()
    not_after: datetime | None = moment(nullable=True)
    problems: list[str] = json_of(list)
    notes: list[str] = json_of(list)
    refused: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": _NOTHING})
    created_at: datetime = moment()


class Approval(Table, table=True):
    """A person's or a policy's yes to the hash of a Variant and its time; ``voided_at`` once it no longer holds."""

    __tablename__ = "humasbot_approval"
    id: int | None = number()
    variant_id: int = ref("variant.id", index=True)
    hash: str
    actor: str
    policy: str = ""
    approved_at: datetime = moment()
    voided_at: datetime | None = moment(nullable=True)
    voided_why: str = long_text()


class Delivery(Table, table=True):
    """One approved Variant on its way to one Account. Its state is written by ``outbox.py`` alone.

    ``key`` is stable over all attempts. ``next_at`` is when it may be tried (or, uncertain, looked for) again;
    ``lease_until`` and ``claimed_by`` say who holds it while ``sending``; ``unsure_at`` is when it became uncertain.
    """

    __tablename__ = "humasbot_delivery"
    __table_args__ = (
        UniqueConstraint("variant_id", "account_id"),
        CheckConstraint(f"state IN {DELIVERY_STATES}", name="state"),
        # In the queue's own order, so that a claim need not sort the backlog; and in the order of one account's line.
        _queued("ix_humasbot_delivery_line", "priority", "due_at", "id", "next_at"),
        _queued("ix_humasbot_delivery_order", "account_id", "priority", "due_at", "id"),
        _queued("ix_humasbot_delivery_next", "next_at"),
        _queued("ix_humasbot_delivery_late", "not_after"),
        _some("ix_humasbot_delivery_unsure", "state = 'uncertain'", "next_at"),
        # SQLite sees that it fits only where it is written as a query writes it.
        Index(
            "ix_humasbot_delivery_person",
            "id",
            sqlite_where=text("needs_person = 1"),
            postgresql_where=text("needs_person"),
        ),
        Index(
            "uq_humasbot_delivery_in_flight",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
    )
    id: int | None = number()
    variant_id: int = ref("variant.id")
    account_id: int = ref("account.id")
    approval_id: int = ref("approval.id")
    key: str = Field(unique=True)
    state: str = "queued"
    priority: int = 0
    due_at: datetime = moment()
    not_after: datetime | None = moment(nullable=True)
    next_at: datetime = moment()
    attempts: int = 0
    looks: int = 0
    unsure_at: datetime | None = moment(nullable=True)
    needs_person: bool = False
    claimed_by: str = ""
    lease_until: datetime | None = moment(nullable=True)
    checkpoint: dict[str, Any] = json_of(dict)
    reason: str = long_text()
    created_at: datetime = moment()
    changed_at: datetime = moment()


class Attempt(Table, table=True):
    """One try, written before the platform is called. ``outcome`` stays empty when we died in the middle of it."""

    __tablename__ = "humasbot_attempt"
    id: int | None = number()
    delivery_id: int = ref("delivery.id", index=True)
    number: int
    worker: str = ""
    started_at: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)
    outcome: str = ""
    status: int | None = None
    message: str = long_text()


class Receipt(Table, table=True):
    """The platform's id and address of what is now public; ``found_by``: publish, reconcile or a person's name."""

    __tablename__ = "humasbot_receipt"
    id: int | None = number()
    delivery_id: int = ref("delivery.id", unique=True)
    remote_id: str
    url: str = long_text()
    found_by: str = "publish"
    published_at: datetime = moment()
    measured_at: datetime | None = moment(nullable=True)


class Measurement(Table, table=True):
    """What the platform counted of a Receipt at one moment; ``None`` where it does not say."""

    __tablename__ = "humasbot_measurement"
    id: int | None = number()
    receipt_id: int = ref("receipt.id", index=True)
    measured_at: datetime = moment()
    views: int | None = None
    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
