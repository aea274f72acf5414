"""Many values as one: a list bound whole, so that a statement is the same text however long the list is.

With a place for each value the SQL differs from call to call, and is written, read and planned anew by everybody.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Boolean, ColumnElement, Dialect, String, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class Several(TypeDecorator[Sequence[str]]):
    """Strings: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """How this database takes many at once."""
        return dialect.type_descriptor(ARRAY(String) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        """Any sequence of strings."""
        some = list(value or ())
        return some if dialect.name == "postgresql" else json.dumps(some)


class among(FunctionElement[bool]):  # noqa: N801  reads as the SQL it writes
    """Whether a column is one of the values bound as `name`."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[str], name: str) -> None:
        values: BindParameter[Sequence[str]] = bindparam(name, type_=Several())
        super().__init__(column, values)


@compiles(among, "postgresql")
def _any(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **how)} = ANY ({compiler.process(values, **how)})"


@compiles(among, "sqlite")
def _each(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = element.clauses
    each = f"SELECT value FROM json_each({compiler.process(values, **how)})"  # noqa: S608  a place for a value
    return f"{compiler.process(column, **how)} IN ({each})"
