"""Many values as one: a list bound whole, so that a statement is the same text however long the list is.

With a place for each value the SQL differs from call to call, and is written, read and planned anew by everybody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Boolean, ColumnElement, Dialect, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType

_SPECIAL = re.compile(r'["\\\\]')


class _Bare(UserDefinedType[str]):
    """Text the statement says nothing of: PostgreSQL reads it as what it is cast to, once and not for each row."""

    cache_ok = True


class Several(TypeDecorator[Sequence[object]]):
    """Strings or numbers, written as JSON on SQLite, and on PostgreSQL as an array, to be cast to one.

    Not the driver's own array: it looks at each value three times.
    """

    impl = _Bare
    cache_ok = True

    def process_bind_param(self, value: Sequence[object] | None, dialect: Dialect) -> str:
        """Any sequence."""
        if dialect.name != "postgresql":
            return json.dumps(list(value or ()))
        return "{" + ",".join(_SPECIAL.sub(r"\\\g<0>", str(one)).join('""') for one in value or ()) + "}"


class among(FunctionElement[bool]):  # noqa: N801  reads as the SQL it writes
    """Whether a column is one of the values bound as `name`."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[str], name: str) -> None:
        values: BindParameter[Sequence[object]] = bindparam(name, type_=Several())
        super().__init__(column, values)


@compiles(among, "postgresql")
def _any(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **how)} = ANY (CAST({compiler.process(values, **how)} AS VARCHAR[]))"


@compiles(among, "sqlite")
def _each(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = element.clauses
    each = f"SELECT value FROM json_each({compiler.process(values, **how)})"  # noqa: S608  a place for a value
    return f"{compiler.process(column, **how)} IN ({each})"
