"""Putting a list of agencies in force: whole or not at all, with the one before it kept for undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.agency import Agency, Licence, Status
from hotline.errors import Refused
from hotline.frozen import frozen
from hotline.store import undoing
from hotline.store.agencies import CURRENT, NEWEST, RegisterList, list_of
from hotline.store.database import Database
from hotline.store.schema import agencies, register_lists, spoken_names
from hotline.store.undoing import Withdrawn

CHUNK = 250
_SPEAK = {
    "sqlite": sqlite.insert(spoken_names).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(spoken_names).on_conflict_do_nothing(),
}


@frozen
class NewList:
    """A list to publish: the day the bureau's page was saved, and which file it was."""

    date: date
    demo: bool
    file: str
    sha256: str


@frozen
class Publication:
    """All it takes to publish. `expected` is the version the new list was compared with; `clip_name` names a clip."""

    new: NewList
    rows: Iterable[Agency]
    expected: int | None
    clip_name: Callable[[str], str]
    at: datetime


def listed(database: Database, version: int) -> Iterator[Agency]:
    """Every agency of a list with its name, state and expiry, to compare a new list with."""
    asked = select(agencies.c.serial, agencies.c.region, agencies.c.name, agencies.c.status, agencies.c.expiry)
    with database.reading() as connection:
        for row in connection.execute(asked.where(agencies.c.version == version)).yield_per(CHUNK):
            status = Status(row.status) if row.status else None
            yield Agency(Licence(row.serial, row.region), row.name, status, row.expiry)


def publish(database: Database, publication: Publication) -> int:
    """Put a new list in force, in one transaction, keep the one before it and delete older ones; the new version.

    Raises Refused when another list was published since `expected`; StoreDown; then the old list stands.
    """
    with database.writing() as connection:
        _only_publisher(connection)
        if connection.execute(select(NEWEST)).scalar() != publication.expected:
            raise Refused("another list was published meanwhile: import this one again")
        version = _insert_list(connection, publication)
        count = 0
        rows = iter(publication.rows)
        while chunk := list(islice(rows, CHUNK)):
            count += len(chunk)
            _insert_rows(connection, version, chunk, publication.clip_name)
        connection.execute(update(register_lists).where(register_lists.c.version == version).values(rows=count))
        kept = {version, publication.expected}
        connection.execute(delete(agencies).where(agencies.c.version.not_in(kept)))
        connection.execute(delete(register_lists).where(register_lists.c.version.not_in(kept)))
    _take_stock(database)
    return version


def undo(database: Database, now: datetime) -> tuple[RegisterList, tuple[Withdrawn, ...]]:
    """Take the list in force back, and what was drafted from it; the one before it, which is in force again.

    Raises Refused where there is none.
    """
    with database.writing() as connection:
        _only_publisher(connection)
        versions = connection.execute(select(register_lists.c.version).order_by(register_lists.c.version.desc()))
        newest, *before = versions.scalars().all() or [0]
        if not before:
            raise Refused("there is no earlier list to go back to")
        withdrawn = undoing.take_back(connection, list_of(connection.execute(CURRENT).one()), now)
        connection.execute(delete(agencies).where(agencies.c.version == newest))
        connection.execute(delete(register_lists).where(register_lists.c.version == newest))
        row = connection.execute(CURRENT).one()
    return list_of(row), withdrawn


def _insert_list(connection: Connection, publication: Publication) -> int:
    new = publication.new
    values = {"list_date": new.date, "demo": new.demo, "file": new.file, "sha256": new.sha256}
    inserted = connection.execute(register_lists.insert().values(**values, rows=0, published_at=publication.at))
    (version,) = inserted.inserted_primary_key or (0,)
    return int(version)


def _insert_rows(connection: Connection, version: int, chunk: list[Agency], clip_name: Callable[[str], str]) -> None:
    rows = [
        {
            "version": version,
            "serial": agency.licence.serial,
            "region": agency.licence.region,
            "name": agency.name,
            "status": agency.status.value if agency.status else None,
            "expiry": agency.expiry,
            "city": agency.city,
            "proprietor": agency.proprietor,
            "office": agency.office,
        }
        for agency in chunk
    ]
    connection.execute(agencies.insert(), rows)
    clips = {clip_name(agency.name): agency.name for agency in chunk}
    connection.execute(
        _SPEAK[connection.dialect.name], [{"clip": clip, "name": name} for clip, name in sorted(clips.items())]
    )


def _only_publisher(connection: Connection) -> None:
    """Two at once would each find the same newest list and both be published. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE register_lists IN SHARE ROW EXCLUSIVE MODE")


def _take_stock(database: Database) -> None:
    """Without fresh statistics PostgreSQL reads a just filled table whole."""
    if database.dialect == "postgresql":
        with database.writing() as connection:
            connection.exec_driver_sql("ANALYZE agencies")
