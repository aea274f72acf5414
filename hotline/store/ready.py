"""A statement made ready once for one database and then run on its driver: the two of every turn cost half a turn less.

SQLAlchemy still writes the SQL and says how each value is kept; only its machinery round each execution is left out.
"""

from __future__ import annotations

import os
from collections import deque, namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, Insert, Select
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]
Line = DBAPIConnection | PoolProxiedConnection


class Lines:
    """Connections of the driver for statements made ready. Threads may share it.

    SQLite's stay here, the last used first: the pool's care for one costs as much as a statement, and a connection that
    rested while others wrote has lost its pages. PostgreSQL's are the pool's, which asks each whether it still lives.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._keeps = engine.dialect.name == "sqlite"
        self._idle: deque[DBAPIConnection] = deque()
        self._process = os.getpid()

    def take(self) -> Line:
        """One that nobody else uses; give it back, or drop it."""
        if not self._keeps:
            return self.engine.raw_connection()
        if self._process != os.getpid():
            # SQLite's locks belong to a process: a connection carried over a fork breaks the file.
            self._idle, self._process = deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            fresh = self.engine.raw_connection()
            fresh.detach()
            assert fresh.dbapi_connection is not None
            return fresh.dbapi_connection

    def give(self, line: Line) -> None:
        """For the next that asks."""
        if self._keeps:
            self._idle.append(line)
        else:
            line.close()

    def drop(self, line: Line) -> None:
        """What it was doing is unknown: nobody may have it."""
        if isinstance(line, PoolProxiedConnection):
            line.invalidate()
        else:
            line.close()

    def close(self) -> None:
        """Let go of those that rest."""
        while self._idle:
            self._idle.pop().close()


class Ready:
    """One SELECT, or one INSERT that is a transaction by itself."""

    def __init__(self, lines: Lines, statement: Select[Any] | Insert) -> None:
        dialect = lines.engine.dialect
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self._lines = lines
        self._sql = compiled.string
        self._positional = compiled.positiontup is not None
        self._given: list[tuple[str, Convert | None]] = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or compiled.binds
        ]
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        if isinstance(statement, Select):
            columns = [column for column in statement.selected_columns if column.key]
            row = namedtuple("Row", [str(column.key) for column in columns])  # type: ignore[misc]
            self._row: Callable[[list[Any]], Any] = row._make
            read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
            self._read: list[tuple[int, Convert]] = [(at, convert) for at, convert in enumerate(read) if convert]

    def rows(self, values: Mapping[str, object]) -> list[Any]:
        """What a SELECT finds, as named tuples."""
        line = self._lines.take()
        try:
            cursor = self._executed(line, values)
            found = [list(row) for row in cursor.fetchall()]
            cursor.close()
            # Else the pool rolls back, and with that PostgreSQL's driver forgets every statement it has prepared.
            line.commit()
        except BaseException:
            self._lines.drop(line)
            raise
        self._lines.give(line)
        for row in found:
            for at, convert in self._read:
                row[at] = convert(row[at])
        return [self._row(row) for row in found]

    def run(self, values: Mapping[str, object]) -> int:
        """Run an INSERT and commit it; how many rows it made."""
        line = self._lines.take()
        try:
            cursor = self._executed(line, values)
            made: int = cursor.rowcount
            line.commit()
            cursor.close()
        except BaseException:
            self._lines.drop(line)
            raise
        self._lines.give(line)
        return made

    def _executed(self, line: Line, values: Mapping[str, object]) -> DBAPICursor:
        cursor, bound = line.cursor(), self._bound(values)
        if watched := self._lines.engine.dispatch.before_cursor_execute:
            # Whoever watches this engine's statements sees these too.
            watched(line, cursor, self._sql, bound, None, False)
        cursor.execute(self._sql, bound)
        return cursor

    def _bound(self, values: Mapping[str, object]) -> Any:
        given = {**self._fixed, **values} if self._fixed else values
        kept = [convert(given[name]) if convert else given[name] for name, convert in self._given]
        return kept if self._positional else {name: value for (name, _), value in zip(self._given, kept, strict=True)}
