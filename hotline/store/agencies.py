"""The agency register: the list in force and the one before it, the bureau's notices, and the names that are spoken."""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    update,
)

from hotline.domain.agency import Agency, Licence, Notice, Status
from hotline.domain.consent import Topic
from hotline.frozen import frozen
from hotline.store import schema
from hotline.store.database import Database
from hotline.store.own import subscriptions
from hotline.store.people import INDEXES
from hotline.store.schema import agencies, notices, people, register_lists

CHUNK = 1000


@frozen
class RegisterList:
    """A published list. `version` grows with every publication and is never used again."""

    version: int
    date: date
    demo: bool
    rows: int
    file: str
    sha256: str
    published_at: datetime


@frozen
class Standing:
    """Which list is in force (`version` None: none is), and the open notices about the serials that were asked for."""

    version: int | None
    sha256: str
    notices: tuple[Notice, ...]


@frozen
class Lookup:
    """What the register says about one question; `list` is None where there is no list."""

    list: RegisterList | None
    agencies: tuple[Agency, ...]
    notices: tuple[Notice, ...]

    def among(self, licences: Iterable[Licence]) -> Lookup:
        """What it says about these licences only, in their order."""
        by_licence = {agency.licence: agency for agency in self.agencies}
        wanted = dict.fromkeys(licence for licence in licences if licence in by_licence)
        found = tuple(by_licence[licence] for licence in wanted)
        return Lookup(self.list, found, tuple(notice for notice in self.notices if notice.licence in wanted))


NEWEST = select(func.max(register_lists.c.version)).scalar_subquery()
"""The version in force."""
CURRENT = select(register_lists).where(register_lists.c.version == NEWEST)
_SERIAL: BindParameter[int] = bindparam("serial", type_=agencies.c.serial.type)
_SERIALS: BindParameter[int] = bindparam("serials", expanding=True)


def _asked(which: ColumnElement[bool]) -> Select[Any]:
    """The list in force with its agencies of one kind and their open notices.

    The list's own row comes even where no agency does: one question tells "not in the list" from "no list".
    """
    of_list = agencies.c.version == register_lists.c.version
    open_about = (notices.c.serial == agencies.c.serial) & (notices.c.region == agencies.c.region)
    return (
        select(
            *(column.label(f"list_{column.name}") for column in register_lists.c),
            *(column for column in agencies.c if column.name != "version"),
            notices.c.id.label("notice"),
            notices.c.title,
            notices.c.since,
        )
        .select_from(
            register_lists.outerjoin(agencies, of_list & which).outerjoin(
                notices, open_about & notices.c.closed_at.is_(None)
            )
        )
        .where(register_lists.c.version == NEWEST)
        .order_by(agencies.c.serial, agencies.c.region, notices.c.since, notices.c.id)
    )


def _stands(which: ColumnElement[bool]) -> Select[Any]:
    """The identity of the list in force, with the open notices of one kind."""
    return (
        select(
            register_lists.c.version,
            register_lists.c.sha256,
            notices.c.serial,
            notices.c.region,
            notices.c.title,
            notices.c.since,
        )
        .select_from(register_lists.outerjoin(notices, which & notices.c.closed_at.is_(None)))
        .where(register_lists.c.version == NEWEST)
    )


_STANDS_ONE = _stands(notices.c.serial == _SERIAL)
_STANDS_MANY = _stands(notices.c.serial.in_(_SERIALS))
_ONE = _asked(
    (agencies.c.serial == _SERIAL)
    & or_(
        bindparam("region", type_=agencies.c.region.type) == literal(""),
        agencies.c.region == bindparam("region", type_=agencies.c.region.type),
    )
)
# What a subscription to a licence (0008/RWP) begins with, as the register has it.
_WATCHED_SERIAL = cast(func.rtrim(subscriptions.c.detail, f"/{string.ascii_uppercase}"), Integer)
_WATCHED = (
    select(subscriptions.c.detail, *(column for column in agencies.c if column.name != "version"))
    .join_from(subscriptions, people, people.c.id == subscriptions.c.person_id)
    .outerjoin(agencies, (agencies.c.version == NEWEST) & (agencies.c.serial == _WATCHED_SERIAL))
    .where(people.c.number_index.in_(INDEXES), subscriptions.c.topic == Topic.WATCH)
    .order_by(subscriptions.c.detail)
)
_ROWS = (
    select(agencies).where(agencies.c.version == bindparam("version")).order_by(agencies.c.serial, agencies.c.region)
)
_NAMES = select(agencies.c.name).where(agencies.c.version == NEWEST)
_SPOKEN = select(schema.spoken_names.c.name).where(schema.spoken_names.c.clip == bindparam("clip"))
_ALL_SPOKEN = select(schema.spoken_names)
_CLOSE = (
    update(notices)
    .where(
        notices.c.serial == bindparam("of_serial"),
        notices.c.region == bindparam("of_region"),
        notices.c.closed_at.is_(None),
    )
    .values(closed_at=bindparam("at"))
)


def current(database: Database) -> RegisterList | None:
    """The list in force, or None where none was ever published."""
    with database.reading() as connection:
        row = connection.execute(CURRENT).first()
    return list_of(row) if row else None


def lookup(database: Database, serial: int, region: str = "") -> Lookup:
    """All agencies with this serial, of one region where it is given, and their open notices. One SELECT."""
    return _found(database.look(_ONE, {"serial": serial, "region": region}))


def standing(database: Database, serials: Collection[int]) -> Standing:
    """What may have changed since a list was read: whether it is still in force, and open notices. One SELECT."""
    if len(serials) > 1:
        with database.reading() as connection:
            rows = connection.execute(_STANDS_MANY, {"serials": sorted(serials)}).all()
    else:
        # No licence has the serial 0.
        rows = database.look(_STANDS_ONE, {"serial": next(iter(serials), 0)})
    if not rows:
        return Standing(None, "", ())
    noticed = [Notice(Licence(row.serial, row.region), row.title, row.since) for row in rows if row.title is not None]
    return Standing(rows[0].version, rows[0].sha256, tuple(noticed))


def whole(database: Database) -> tuple[RegisterList | None, tuple[Agency, ...]]:
    """The list in force with all its agencies, by licence; None and nothing where none was ever published."""
    with database.reading() as connection:
        newest = connection.execute(CURRENT).first()
        if newest is None:
            return None, ()
        rows = connection.execute(_ROWS, {"version": newest.version}).yield_per(CHUNK)
        return list_of(newest), tuple([_agency(row) for row in rows])


def watched(database: Database, indexes: Sequence[bytes]) -> Mapping[Licence, Agency | None]:
    """The licences somebody watches, in order, each with its agency where the list in force knows it. One SELECT."""
    found: dict[Licence, Agency | None] = {}
    with database.reading() as connection:
        for row in connection.execute(_WATCHED, {"indexes": list(indexes)}):
            licence = Licence.parse(row.detail)
            found.setdefault(licence, None)
            if row.region == licence.region:
                found[licence] = _agency(row)
    return found


def names(database: Database) -> list[str]:
    """Every agency's English name in the list in force."""
    with database.reading() as connection:
        return list(connection.execute(_NAMES).scalars())


def spoken_names(database: Database) -> Iterator[tuple[str, str]]:
    """Every (clip's name, agency's English name) that was ever in force."""
    with database.reading() as connection:
        for row in connection.execute(_ALL_SPOKEN).yield_per(CHUNK):
            yield row.clip, row.name


def spoken_name(database: Database, clip: str) -> str | None:
    """The agency's English name that a clip of this name speaks."""
    with database.reading() as connection:
        name: str | None = connection.execute(_SPOKEN, {"clip": clip}).scalar()
    return name


def open_notice(database: Database, notice: Notice, at: datetime) -> None:
    """Keep a notice of the bureau. It counts from the next question on, whether or not a list knows the licence."""
    with database.writing() as connection:
        connection.execute(
            notices.insert().values(
                serial=notice.licence.serial,
                region=notice.licence.region,
                title=notice.title,
                since=notice.since,
                noted_at=at,
            )
        )


def close_notices(database: Database, licence: Licence, at: datetime) -> int:
    """Close every open notice about a licence; how many there were."""
    with database.writing() as connection:
        return connection.execute(_CLOSE, {"of_serial": licence.serial, "of_region": licence.region, "at": at}).rowcount


def list_of(row: Sequence[Any]) -> RegisterList:
    """The list in a row that begins with the columns of its table."""
    return RegisterList(*row[: len(register_lists.c)])


def _found(rows: Sequence[Any]) -> Lookup:
    if not rows:
        return Lookup(None, (), ())
    found: dict[Licence, Agency] = {}
    noticed: list[Notice] = []
    for row in rows:
        if row.serial is None:
            continue
        licence = Licence(row.serial, row.region)
        if licence not in found:
            found[licence] = _agency(row)
        if row.notice is not None:
            noticed.append(Notice(licence, row.title, row.since))
    return Lookup(list_of(rows[0]), tuple(found.values()), tuple(noticed))


def _agency(row: Any) -> Agency:
    return Agency(
        licence=Licence(row.serial, row.region),
        name=row.name,
        status=_status(row.status),
        expiry=row.expiry,
        city=row.city,
        proprietor=row.proprietor,
        office=row.office,
    )


def _status(text: str | None) -> Status | None:
    return Status(text) if text else None
