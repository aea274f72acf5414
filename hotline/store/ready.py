"""A statement made ready once for one database and then run on its driver: the two of every turn cost half a turn less.

SQLAlchemy still writes the SQL and says how each value is kept; only its machinery round each execution is left out.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, Insert, Select
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any] | None


class Ready:
    """One SELECT, or one INSERT that is a transaction by itself."""

    def __init__(self, engine: Engine, statement: Select[Any] | Insert) -> None:
        dialect = engine.dialect
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self._engine = engine
        self._sql = compiled.string
        self._order = compiled.positiontup
        self._given = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        if isinstance(statement, Select):
            columns = [column for column in statement.selected_columns if column.key]
            self._row = namedtuple("Row", [str(column.key) for column in columns])  # type: ignore[misc]
            self._read: list[Convert] = [
                column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
            ]

    def rows(self, values: Mapping[str, object]) -> list[Any]:
        """What a SELECT finds, as named tuples."""
        connection = self._engine.raw_connection()
        try:
            cursor = self._executed(connection, values)
            found = cursor.fetchall()
            cursor.close()
        except BaseException:
            connection.invalidate()
            raise
        connection.close()
        return [self._row(*(convert(item) if convert else item for convert, item in zip(self._read, row, strict=True)))
                for row in found]  # fmt: skip

    def run(self, values: Mapping[str, object]) -> int:
        """Run an INSERT and commit it; how many rows it made."""
        connection = self._engine.raw_connection()
        try:
            cursor = self._executed(connection, values)
            made: int = cursor.rowcount
            connection.commit()
            cursor.close()
        except BaseException:
            connection.invalidate()
            raise
        connection.close()
        return made

    def _executed(self, connection: PoolProxiedConnection, values: Mapping[str, object]) -> DBAPICursor:
        cursor, bound = connection.cursor(), self._bound(values)
        # Whoever watches this engine's statements sees these too.
        self._engine.dispatch.before_cursor_execute(connection, cursor, self._sql, bound, None, False)
        cursor.execute(self._sql, bound)
        return cursor

    def _bound(self, values: Mapping[str, object]) -> Any:
        given = {**self._fixed, **values} if self._fixed else values
        bound = {
            name: convert(given[name]) if convert and given[name] is not None else given[name]
            for name, convert in self._given.items()
        }
        return tuple(bound[name] for name in self._order) if self._order is not None else bound
