"""The way to the database, SQLite or PostgreSQL: how a transaction begins, how long it waits, how failure is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Column, Connection, Engine, Insert, Select, create_engine, event, inspect, literal, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import ConnectionPoolEntry

from hotline.errors import SettingError, StoreDown
from hotline.store import reach, schema
from hotline.store.ready import Lines, Ready

PATIENCE_SECONDS = 5.0
CONNECT_SECONDS = 3
_REVISIONS = "alembic_version"

Made = TypeVar("Made")


class Database:
    """One database. Threads may share it; a process that forks opens its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self._lines = Lines(engine)
        self._ready: dict[Select[Any] | Insert, Ready] = {}
        driver = engine.dialect.dbapi
        assert driver is not None
        self._refusal, self._broken = driver.Error, driver.OperationalError

    @classmethod
    def open(cls, url: str, *, patience: float = PATIENCE_SECONDS, synchronous: str = "NORMAL") -> Database:
        """Connect lazily to `sqlite:///PATH`, `postgres://…` or `postgresql://…`.

        `patience` in seconds: how long a statement may take (PostgreSQL) or wait for another writer (both).
        Raises SettingError when the URL is none of these, or the driver is not installed.
        """
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise SettingError("DATABASE_URL cannot be read: write sqlite:///PATH or postgresql://…") from None
        kind = parsed.get_backend_name()
        if kind == "sqlite" and parsed.database not in (None, "", ":memory:"):
            return cls(_sqlite(parsed, patience, synchronous))
        if kind in ("postgres", "postgresql"):
            return cls(_postgresql(parsed, patience))
        raise SettingError("DATABASE_URL must name a SQLite file or a PostgreSQL database")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look. Raises StoreDown when the database does not answer."""
        with _told(), self.engine.connect() as connection, connection.begin():
            self._begin(connection, "BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that is kept whole or not at all. Raises StoreDown; then nothing was kept."""
        with _told(), self.engine.connect() as connection, connection.begin():
            # A writer that begins by reading cannot wait for another writer: it is refused at once.
            self._begin(connection, "BEGIN IMMEDIATE")
            yield connection

    def _begin(self, connection: Connection, how: str) -> None:
        """SQLite's driver does not begin by itself any more. Past SQLAlchemy, whose way costs a whole statement."""
        if self.dialect == "sqlite":
            connection.connection.cursor().execute(how)

    def look(self, statement: Select[Any], values: Mapping[str, object]) -> list[Any]:
        """One SELECT by itself, as named tuples; for what every turn asks. Raises StoreDown."""
        try:
            return self._made_ready(statement).rows(values)
        except (self._refusal, SQLAlchemyError) as error:
            self._tell(error)

    def batches(
        self, wanted: Select[Any], key: Column[str], made: Callable[..., Made], after: str, size: int
    ) -> Iterator[Sequence[Made]]:
        """What a SELECT finds from one key on, made of its columns; each batch is read when it is asked for."""
        while True:
            with self.reading() as connection:
                rows = connection.execute(wanted.where(key > after).order_by(key).limit(size)).all()
            if rows:
                yield [made(*row) for row in rows]
                after = getattr(rows[-1], key.name)
            if len(rows) < size:
                return

    def insert(self, statement: Insert, values: Mapping[str, object]) -> int:
        """One INSERT, a transaction by itself; for what every turn keeps. Gives the rows made. Raises StoreDown."""
        try:
            return self._made_ready(statement).run(values)
        except (self._refusal, SQLAlchemyError) as error:
            self._tell(error)

    def _made_ready(self, statement: Select[Any] | Insert) -> Ready:
        found = self._ready.get(statement)
        if found is None:
            found = self._ready[statement] = Ready(self._lines, statement)
        return found

    def _tell(self, error: Exception) -> NoReturn:
        """The driver's own errors as SQLAlchemy would wrap them, so that both ways tell failure alike."""
        with _told():
            if isinstance(error, self._refusal):
                kind = OperationalError if isinstance(error, self._broken) else DBAPIError
                raise kind(None, None, error) from error
            raise error

    def close(self) -> None:
        """Let go of every connection."""
        self._lines.close()
        self.engine.dispose()


def is_current(database: Database) -> bool:
    """Whether the tables are those this program knows."""
    with database.reading() as connection:
        if not inspect(connection).has_table(_REVISIONS):
            return False
        return connection.exec_driver_sql(f"SELECT version_num FROM {_REVISIONS}").scalar() == schema.HEAD  # noqa: S608


def is_empty(database: Database) -> bool:
    """Whether nothing at all is in it: no row of ours, and no table of anybody else's."""
    with database.reading() as connection:
        present = set(inspect(connection).get_table_names()) - {_REVISIONS}
        if not present <= set(reach.metadata.tables):
            return False
        return all(
            connection.execute(select(literal(1)).select_from(reach.metadata.tables[name]).limit(1)).first() is None
            for name in present
        )


def mark_demo(database: Database) -> None:
    """Remember that only a demo may use this database."""
    with database.writing() as connection:
        if connection.execute(_DEMO).first() is None:
            connection.execute(schema.about.insert().values(key="demo", value="yes"))


def is_demo(database: Database) -> bool:
    """Whether a demo marked it."""
    with database.reading() as connection:
        return inspect(connection).has_table("about") and connection.execute(_DEMO).first() is not None


_DEMO = select(schema.about.c.value).where(schema.about.c.key == "demo")


def _sqlite(url: URL, patience: float, synchronous: str) -> Engine:
    if synchronous not in ("NORMAL", "FULL"):
        raise SettingError("a SQLite database is opened with synchronous NORMAL or FULL")
    engine = create_engine(url, connect_args={"timeout": patience})

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # else the driver begins transactions of its own beside ours
        # Without secure_delete the bytes of an erased row would stay in the file until others need their place.
        for pragma in (f"synchronous={synchronous}", "journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON"):
            connection.cursor().execute(f"PRAGMA {pragma}")

    return engine


def _postgresql(url: URL, patience: float) -> Engine:
    milliseconds = int(patience * 1000)
    options = f"-c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout={12 * milliseconds}"
    given = url.query.get("options")
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
            connect_args={
                "options": f"{options} {given}" if isinstance(given, str) else options,
                "connect_timeout": CONNECT_SECONDS,
            },
            pool_timeout=patience,
            pool_pre_ping=True,  # without it the first turn of every connection after a restart fails
        )
    except (ModuleNotFoundError, NoSuchModuleError):
        raise SettingError("the driver of PostgreSQL is missing: install hotline[postgres]") from None


@contextmanager
def _told() -> Iterator[None]:
    """Drivers' ways of saying that the database is not there → StoreDown. A mistake in our own SQL stays what it is."""
    try:
        yield
    except NoConnection as error:
        raise StoreDown("no connection became free") from error
    except sqlite3.OperationalError as error:
        raise StoreDown(str(error)) from error
    except (OperationalError, InterfaceError) as error:
        if "no such " in str(error.orig):
            raise
        raise StoreDown(str(error.orig)) from error
    except DBAPIError as error:
        # SQLite says "malformed" and "not a database" with its plain root error.
        if error.connection_invalidated or type(error.orig) is sqlite3.DatabaseError:
            raise StoreDown(str(error.orig)) from error
        raise
