"""Many numbers as one value of a statement, so that its text, and the database's plan of it, stay the same."""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class Numbers(TypeDecorator[Iterable[int]]):
    """A list of row numbers: an array on PostgreSQL, JSON on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """How the database takes it."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.ARRAY(sa.BigInteger()))

    def process_bind_param(self, value: Iterable[int] | None, dialect: Dialect) -> Any:
        """The value as it takes it."""
        numbers = list(value or ())
        return json.dumps(numbers) if dialect.name == "sqlite" else numbers


class _Among(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True


@compiles(_Among, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, numbers = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - both are compiled by SQLAlchemy


@compiles(_Among, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, numbers = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY({numbers})"


class _NoneOf(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True


@compiles(_NoneOf, "sqlite")
def _none_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, numbers = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} NOT IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - as above


@compiles(_NoneOf, "postgresql")
def _none_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    # A sub-select is hashed; an array that is not known when the plan is made would be searched for each row.
    column, numbers = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} NOT IN (SELECT unnest({numbers}))"


def among(column: Any, name: str) -> Any:
    """Whether *column* is one of the numbers given as the parameter *name*."""
    return _Among(column, sa.bindparam(name, type_=Numbers()))


def none_of(column: Any, name: str) -> Any:
    """Whether *column* is none of the numbers given as the parameter *name*, however many they are."""
    return _NoneOf(column, sa.bindparam(name, type_=Numbers()))
