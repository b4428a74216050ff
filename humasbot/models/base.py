"""What every table is made of: the base class with humasbot's own metadata, and columns of the kinds we use."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy import inspect as sa_inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

from humasbot.words import t


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


def moment(*, nullable: bool = False, index: bool = False) -> Any:
    """A time: the present one by default, or nothing."""
    if nullable:
        return Field(default=None, sa_type=UtcDateTime, nullable=True, index=index)
    return Field(default_factory=utc_now, sa_type=UtcDateTime, index=index)


def number() -> Any:
    """The table's own number."""
    return Field(default=None, primary_key=True, sa_type=Big)


def ref(column: str, **options: Any) -> Any:
    """A reference to another table of ours, as ``"agency.id"``."""
    return Field(foreign_key=f"humasbot_{column}", sa_type=Big, **options)


def json_of(factory: Any) -> Any:
    """A JSON value, by default what *factory* makes."""
    return Field(default_factory=factory, sa_column=Column(Json, nullable=False))


def long_text(default: str = "") -> Any:
    """A text of any length."""
    return Field(default=default, sa_column=Column(Text, nullable=False, default=default))
