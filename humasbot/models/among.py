"""Many numbers as one value of a statement, so that its text, and the database's plan of it, stay the same."""

import json
from collections.abc import Iterable
from functools import partial
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


class _NoneOf(_Among):
    inherit_cache = True


_WRITTEN = {
    (_Among, "sqlite"): "{} IN (SELECT value FROM json_each({}))",
    (_Among, "postgresql"): "{} = ANY({})",
    (_NoneOf, "sqlite"): "{} NOT IN (SELECT value FROM json_each({}))",
    # A sub-select is hashed; an array that is not known when the plan is made would be searched for each row.
    (_NoneOf, "postgresql"): "{} NOT IN (SELECT unnest({}))",
}


def _write(shape: str, element: Any, compiler: Any, **options: Any) -> str:
    return shape.format(*(compiler.process(part, **options) for part in element.clauses))


for (_kind, _dialect), _shape in _WRITTEN.items():
    compiles(_kind, _dialect)(partial(_write, _shape))


def among(column: Any, name: str) -> Any:
    """Whether *column* is one of the numbers given as the parameter *name*."""
    return _Among(column, sa.bindparam(name, type_=Numbers()))


def none_of(column: Any, name: str) -> Any:
    """Whether *column* is none of the numbers given as the parameter *name*, however many they are."""
    return _NoneOf(column, sa.bindparam(name, type_=Numbers()))
