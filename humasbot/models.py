"""The tables. Data walks one way: Source → Article → Post → Variant → (Approval) → Delivery → Receipt → Measurement.

Uniqueness in the database does the deduplication: one Article per (source, key), one Post per (campaign, occasion),
one Variant per (post, account) and per (account, subject), one Delivery per (variant, account), and at most one
Delivery in flight per account. All times are UTC.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy import inspect as sa_inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

from humasbot.words import t

DELIVERY_STATES = ("queued", "sending", "sent", "failed", "uncertain", "cancelled")
FINAL_STATES = ("sent", "failed", "cancelled")


class UtcDateTime(TypeDecorator[datetime]):
    """A time that is aware in Python and UTC in the database; a naive one is refused when it is bound."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware in; UTC out, without its zone where SQLite keeps text."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(
                t("waktu tanpa zona ditolak: {v}", "a time without a zone is refused: {v}", v=value)
            )
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Big = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")


def utc_now() -> datetime:
    """The present moment, aware, UTC."""
    return datetime.now(UTC)


class Table(SQLModel):
    """Base of all tables; its metadata is humasbot's own, so a host's SQLModel tables stay apart."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def columns(model: type[SQLModel]) -> Any:
    """The columns of a table for SQLAlchemy expressions; SQLModel's own attributes are typed as plain values."""
    return sa_inspect(model).local_table.c


def _moment(*, nullable: bool = False, index: bool = False) -> Any:
    if nullable:
        return Field(default=None, sa_type=UtcDateTime, nullable=True, index=index)
    return Field(default_factory=utc_now, sa_type=UtcDateTime, index=index)


def _id() -> Any:
    return Field(default=None, primary_key=True, sa_type=Big)


def _ref(column: str, **options: Any) -> Any:
    return Field(foreign_key=f"humasbot_{column}", sa_type=Big, **options)


def _json(factory: Any) -> Any:
    return Field(default_factory=factory, sa_column=Column(Json, nullable=False))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=False, default=default))


class Agency(Table, table=True):
    """The office that speaks; owns everything below."""

    __tablename__ = "humasbot_agency"
    id: int | None = _id()
    name: str = Field(unique=True)
    title: str = ""
    parent_id: int | None = _ref("agency.id", default=None)
    timezone: str = "Asia/Jakarta"
    language: str = "id"
    brand: dict[str, Any] = _json(dict)
    created_at: datetime = _moment()


class Source(Table, table=True):
    """Where content already exists. ``state`` is what the source asked us to remember for its next reading."""

    __tablename__ = "humasbot_source"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)
    id: int | None = _id()
    agency_id: int = _ref("agency.id")
    name: str
    kind: str
    settings: dict[str, Any] = _json(dict)
    state: dict[str, Any] = _json(dict)
    active: bool = True
    created_at: datetime = _moment()
    read_at: datetime | None = _moment(nullable=True)
    next_at: datetime | None = _moment(nullable=True)
    failures: int = 0
    last_error: str = _text()


class Article(Table, table=True):
    """One item of a Source. ``state``: ``new`` may become Posts, ``known`` was there before us, ``held`` waits for a
    person (``note`` says why)."""

    __tablename__ = "humasbot_article"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        CheckConstraint("state IN ('new', 'known', 'held')", name="state"),
    )
    id: int | None = _id()
    source_id: int = _ref("source.id")
    key: str
    url: str = Field(index=True)
    title: str = _text()
    text: str = _text()
    summary: str = _text()
    image_url: str = _text()
    image_alt: str = _text()
    categories: list[str] = _json(list)
    published_at: datetime | None = _moment(nullable=True)
    modified_at: datetime | None = _moment(nullable=True)
    digest: str
    state: str = "new"
    note: str = _text()
    first_seen_at: datetime = _moment()
    changed_at: datetime | None = _moment(nullable=True)


class Campaign(Table, table=True):
    """A standing rule that makes Posts; ``settings`` are its lines of the configuration."""

    __tablename__ = "humasbot_campaign"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)
    id: int | None = _id()
    agency_id: int = _ref("agency.id")
    name: str
    occasion: str
    settings: dict[str, Any] = _json(dict)
    active: bool = True
    created_at: datetime = _moment()


class Post(Table, table=True):
    """What is said once. ``subject`` is the canonical address it is about, if any; ``skipped`` says why nothing of
    it was made."""

    __tablename__ = "humasbot_post"
    __table_args__ = (UniqueConstraint("campaign_id", "occasion"),)
    id: int | None = _id()
    agency_id: int = _ref("agency.id", index=True)
    campaign_id: int = _ref("campaign.id")
    article_id: int | None = _ref("article.id", default=None)
    occasion: str
    subject: str | None = Field(default=None, index=True)
    title: str = _text()
    fields: dict[str, Any] = _json(dict)
    due_at: datetime = _moment()
    skipped: str = _text()
    created_at: datetime = _moment()


class Account(Table, table=True):
    """An Agency's presence on a Platform. Settings hold references to secrets, never a secret."""

    __tablename__ = "humasbot_account"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)
    id: int | None = _id()
    agency_id: int = _ref("agency.id")
    name: str
    platform: str
    settings: dict[str, Any] = _json(dict)
    dry_run: bool = False
    active: bool = True
    paused_at: datetime | None = _moment(nullable=True)
    paused_why: str = _text()
    held_until: datetime | None = _moment(nullable=True)
    created_at: datetime = _moment()


class Variant(Table, table=True):
    """The Post exactly as one Account will say it. ``media`` lists digest, mime, alt, width and height of each."""

    __tablename__ = "humasbot_variant"
    __table_args__ = (UniqueConstraint("post_id", "account_id"), UniqueConstraint("account_id", "subject"))
    id: int | None = _id()
    post_id: int = _ref("post.id")
    account_id: int = _ref("account.id")
    subject: str | None = None
    title: str = _text()
    text: str = _text()
    link: str = _text()
    language: str = "id"
    media: list[dict[str, Any]] = _json(list)
    options: dict[str, Any] = _json(dict)
    due_at: datetime = _moment()
    not_after: datetime | None = _moment(nullable=True)
    problems: list[str] = _json(list)
    notes: list[str] = _json(list)
    created_at: datetime = _moment()


class Approval(Table, table=True):
    """A person's or a policy's yes to the hash of a Variant and its time; ``voided_at`` once it no longer holds."""

    __tablename__ = "humasbot_approval"
    id: int | None = _id()
    variant_id: int = _ref("variant.id", index=True)
    hash: str
    actor: str
    policy: str = ""
    approved_at: datetime = _moment()
    voided_at: datetime | None = _moment(nullable=True)
    voided_why: str = _text()


class Delivery(Table, table=True):
    """One approved Variant on its way to one Account. Its state is written by ``outbox.py`` alone.

    ``key`` is stable over all attempts. ``next_at`` is when it may be tried (or, uncertain, looked for) again;
    ``lease_until`` and ``claimed_by`` say who holds it while ``sending``; ``unsure_at`` is when it became uncertain.
    """

    __tablename__ = "humasbot_delivery"
    __table_args__ = (
        UniqueConstraint("variant_id", "account_id"),
        CheckConstraint(f"state IN {DELIVERY_STATES}", name="state"),
        Index("ix_humasbot_delivery_due", "state", "next_at"),
        Index("ix_humasbot_delivery_order", "account_id", "state", "priority", "due_at", "id"),
        Index(
            "uq_humasbot_delivery_in_flight",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
    )
    id: int | None = _id()
    variant_id: int = _ref("variant.id")
    account_id: int = _ref("account.id")
    approval_id: int = _ref("approval.id")
    key: str = Field(unique=True)
    state: str = "queued"
    priority: int = 0
    due_at: datetime = _moment()
    not_after: datetime | None = _moment(nullable=True)
    next_at: datetime = _moment()
    attempts: int = 0
    looks: int = 0
    unsure_at: datetime | None = _moment(nullable=True)
    needs_person: bool = False
    claimed_by: str = ""
    lease_until: datetime | None = _moment(nullable=True)
    checkpoint: dict[str, Any] = _json(dict)
    reason: str = _text()
    created_at: datetime = _moment()
    changed_at: datetime = _moment()


class Attempt(Table, table=True):
    """One try, written before the platform is called. ``outcome`` stays empty when we died in the middle of it."""

    __tablename__ = "humasbot_attempt"
    id: int | None = _id()
    delivery_id: int = _ref("delivery.id", index=True)
    number: int
    worker: str = ""
    started_at: datetime = _moment()
    finished_at: datetime | None = _moment(nullable=True)
    outcome: str = ""
    status: int | None = None
    message: str = _text()


class Receipt(Table, table=True):
    """The platform's id and address of what is now public; ``found_by``: publish, reconcile or a person's name."""

    __tablename__ = "humasbot_receipt"
    id: int | None = _id()
    delivery_id: int = _ref("delivery.id", unique=True)
    remote_id: str
    url: str = _text()
    found_by: str = "publish"
    published_at: datetime = _moment()
    measured_at: datetime | None = _moment(nullable=True)


class Measurement(Table, table=True):
    """What the platform counted of a Receipt at one moment; ``None`` where it does not say."""

    __tablename__ = "humasbot_measurement"
    id: int | None = _id()
    receipt_id: int = _ref("receipt.id", index=True)
    measured_at: datetime = _moment()
    views: int | None = None
    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
