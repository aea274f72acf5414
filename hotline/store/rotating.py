"""Moving what is kept to the newest data key: how far it is, and its batches, each a short transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, LargeBinary, Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.frozen import frozen
from hotline.store import people as met
from hotline.store.database import Database
from hotline.store.reach import deliveries, reports
from hotline.store.reports import move_agency
from hotline.store.schema import about, cases, inbound, not_understood, people, suppressions

BATCH = 200
_SEALED: Mapping[str, Sequence[Column[bytes]]] = {
    "own keys": (people.c.key_sealed, cases.c.key_sealed),
    "texts": (inbound.c.text_sealed, inbound.c.reply_sealed, inbound.c.session_sealed),
    "texts not understood": (not_understood.c.text_sealed,),
    "messages to send": (deliveries.c.text_sealed,),
}
"""What the data keys seal themselves. Everything else is sealed with own keys."""
_REMEMBER_SQLITE, _REMEMBER_POSTGRESQL = sqlite.insert(about), postgresql.insert(about)
_REMEMBER = {
    "sqlite": _REMEMBER_SQLITE.on_conflict_do_update(
        index_elements=["key"], set_={"value": _REMEMBER_SQLITE.excluded.value}
    ),
    "postgresql": _REMEMBER_POSTGRESQL.on_conflict_do_update(
        index_elements=["key"], set_={"value": _REMEMBER_POSTGRESQL.excluded.value}
    ),
}
_OLD, _NEW = bindparam("old", type_=LargeBinary(32)), bindparam("new", type_=LargeBinary(32))


@frozen
class Move:
    """A person's index under the newest key, and those under older ones."""

    newest: bytes
    older: tuple[bytes, ...]


@frozen
class Resealed:
    """The own key of a person or case (`of`): as it was sealed, and as it is under the newest data key."""

    of: str
    was: bytes
    now: bytes


@frozen
class Contact:
    """A case that can be read, and the index of its contact; `number_sealed` is empty where that was erased."""

    case: str
    number_index: bytes
    number_sealed: bytes
    key_sealed: bytes


@frozen
class Filed:
    """A report as it is weighed, beside what its case holds."""

    case: str
    licence: str
    agency: str
    reporter: bytes
    number_sealed: bytes
    detail_sealed: bytes
    key_sealed: bytes


def remembered(database: Database, generation: int, what: str) -> str:
    """How far the move to a generation is, "" where it has not begun."""
    with database.reading() as connection:
        wanted = select(about.c.value).where(about.c.key == _key(generation, what))
        return str(connection.execute(wanted).scalar() or "")


def remember(database: Database, generation: int, what: str, value: str) -> None:
    """Note how far the move is, so that it goes on there after whatever ends it."""
    with database.writing() as connection:
        _remember(connection, generation, what, value)


def counted(database: Database) -> Mapping[str, int]:
    """How many rows each stage has to look at."""
    with database.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (people, cases, reports, inbound)
        }


def move_people(
    database: Database, generation: int, moves: Sequence[Move], keys: Sequence[Resealed], upto: str
) -> None:
    """Keep a batch of people, and all that names them, under their newest index and key. One transaction."""
    pairs = [{"old": old, "new": move.newest} for move in moves for old in move.older]
    with database.writing() as connection:
        if pairs:
            _doubles(connection, moves)
            for table in met.INDEXED:
                moved = update(table).where(table.c.number_index == _OLD).values(number_index=_NEW)
                connection.execute(moved, pairs)
            _stops(connection, moves)
        _reseal(connection, people, keys)
        _remember(connection, generation, "people", upto)


def case_contacts(database: Database, after: str) -> Iterator[Sequence[Contact]]:
    """Cases that can be read, in batches by id from one on."""
    columns = (cases.c.id, cases.c.number_index, cases.c.number_sealed, cases.c.key_sealed)
    while True:
        wanted = select(*columns).where(cases.c.id > after, cases.c.key_sealed.is_not(None)).order_by(cases.c.id)
        with database.reading() as connection:
            rows = [Contact(*row) for row in connection.execute(wanted.limit(BATCH))]
        if rows:
            yield rows
            after = rows[-1].case
        if len(rows) < BATCH:
            return


def move_cases(
    database: Database, generation: int, moved: Sequence[tuple[Contact, bytes]], keys: Sequence[Resealed], upto: str
) -> None:
    """Keep cases under the newest index of their contact, also of people we never met, and key. One transaction."""
    # Without the old index here, one that was erased meanwhile would be its person's again.
    mine = (cases.c.id == bindparam("of"), cases.c.number_index == _OLD)
    put = update(cases).where(*mine).values(number_index=_NEW)
    with database.writing() as connection:
        if moved:
            connection.execute(put, [{"of": one.case, "old": one.number_index, "new": index} for one, index in moved])
        _reseal(connection, cases, keys)
        _remember(connection, generation, "cases", upto)


def filed(database: Database, after: str) -> Iterator[Sequence[Filed]]:
    """Reports whose case can be read, in batches by case from one on."""
    columns = (
        reports.c.case_id, reports.c.licence, reports.c.agency, reports.c.reporter,
        cases.c.number_sealed, cases.c.detail_sealed, cases.c.key_sealed,
    )  # fmt: skip
    readable = select(*columns).join(cases, cases.c.id == reports.c.case_id).where(cases.c.key_sealed.is_not(None))
    return database.batches(readable, reports.c.case_id, Filed, after, BATCH)


def move_reports(database: Database, generation: int, moved: Sequence[tuple[Filed, str, bytes]], upto: str) -> None:
    """Know reports by the newest hashes of agency and reporter. One transaction."""
    # Without the old hash here, one that was moved by a new report meanwhile would be changed twice.
    mine = reports.c.case_id == bindparam("of"), reports.c.reporter == _OLD
    put = update(reports).where(*mine).values(reporter=_NEW)
    with database.writing() as connection:
        for old, new in sorted({(report.agency, agency) for report, agency, _ in moved}):
            move_agency(connection, [old], new)
        if told := [{"of": one.case, "old": one.reporter, "new": new} for one, _, new in moved if one.reporter != new]:
            connection.execute(put, told)
        _remember(connection, generation, "reports", upto)


def move_events(database: Database, generation: int, moved: Mapping[bytes, bytes], after: int) -> Iterator[int]:
    """Name the people of inbound events by their newest index; `moved` maps any older one. Yields the last id done."""
    put = (
        update(inbound)
        .where(inbound.c.id == bindparam("of"))
        .values(person_index=_NEW, thread_index=bindparam("thread", type_=LargeBinary(32)))
    )
    columns = (inbound.c.id, inbound.c.person_index, inbound.c.thread_index)
    while True:
        wanted = select(*columns).where(inbound.c.id > after).order_by(inbound.c.id).limit(2000)
        with database.reading() as connection:
            rows = connection.execute(wanted).all()
        if not rows:
            return
        after = rows[-1].id
        old = [row for row in rows if row.person_index in moved or row.thread_index in moved]
        for start in range(0, len(old), BATCH):
            with database.writing() as connection:
                connection.execute(
                    put,
                    [
                        {
                            "of": row.id,
                            "new": moved.get(row.person_index, row.person_index),
                            "thread": moved.get(row.thread_index, row.thread_index),
                        }
                        for row in old[start : start + BATCH]
                    ],
                )
        yield after


def sealed_under(database: Database) -> Mapping[str, Mapping[int, int]]:
    """Of everything the data keys seal: how many values each generation sealed."""
    found: dict[str, dict[int, int]] = {}
    with database.reading() as connection:
        for what, columns in _SEALED.items():
            counts = found[what] = {}
            for column in columns:
                mark = func.substr(column, 1, 1)
                wanted = select(mark, func.count()).where(column.is_not(None)).group_by(mark)
                for first, count in connection.execute(wanted):
                    generation = bytes(first)[0]
                    counts[generation] = counts.get(generation, 0) + count
    return found


def stops_of_strangers(database: Database, before: datetime) -> int:
    """Stops of numbers nobody is known by any more, from before a moment: only an older key still recognises them."""
    known = select(people.c.number_index)
    wanted = select(func.count()).where(
        suppressions.c.stopped, suppressions.c.changed_at < before, suppressions.c.number_index.not_in(known)
    )
    with database.reading() as connection:
        return connection.execute(wanted).scalar_one()


def _doubles(connection: Connection, moves: Sequence[Move]) -> None:
    """People who are kept under both indexes are few; each is moved by itself."""
    known = select(people.c.number_index).where(people.c.number_index.in_([move.newest for move in moves]))
    both = set(connection.execute(known).scalars())
    for move in moves:
        if move.newest in both:
            met.move(connection, move.older, move.newest)


def _stops(connection: Connection, moves: Sequence[Move]) -> None:
    of = {old: move for move in moves for old in move.older}
    wanted = select(suppressions.c.number_index).where(suppressions.c.number_index.in_(list(of)))
    for index in connection.execute(wanted).scalars().all():
        met.move_stop(connection, of[index].older, of[index].newest)


def _reseal(connection: Connection, table: Table, keys: Sequence[Resealed]) -> None:
    """One that changed meanwhile, or was destroyed, stays as it is."""
    put = (
        update(table)
        .where(table.c.id == bindparam("of"), table.c.key_sealed == bindparam("was", type_=LargeBinary))
        .values(key_sealed=bindparam("to", type_=LargeBinary))
    )
    if keys:
        connection.execute(put, [{"of": key.of, "was": key.was, "to": key.now} for key in keys])


def _remember(connection: Connection, generation: int, what: str, value: str) -> None:
    connection.execute(_REMEMBER[connection.dialect.name], {"key": _key(generation, what), "value": value})


def _key(generation: int, what: str) -> str:
    return f"rotate:k{generation}:{what}"
