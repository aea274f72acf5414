"""A copy of the database in one SQLite file, without own keys and without words, and how it comes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    case,
    create_engine,
    delete,
    func,
    null,
    select,
    update,
)

from hotline.domain.delivery import Reason, State
from hotline.errors import BadFile, Refused
from hotline.frozen import frozen
from hotline.own_keys import case_owner, person_owner
from hotline.store.broadcasts import stop_all
from hotline.store.database import Database, is_current, is_empty
from hotline.store.own import provider_copies, reminders
from hotline.store.reach import deliveries, metadata
from hotline.store.schema import HEAD, cases, inbound, not_understood, people

BATCH = 1000
REASON = Reason.RESTORED.value
"""Why a message is `unknown` after a restore: it may have been sent since the backup, so it is never sent again."""
_LEFT_OUT = (not_understood, provider_copies)
_OWNERS: Mapping[Table, Callable[[str], str]] = {people: person_owner, cases: case_owner}
"""Tables whose rows have a key of their own, and how its owner is called."""
_EMPTY = frozenset(
    {
        *(table.c.key_sealed for table in _OWNERS),
        inbound.c.text_sealed, inbound.c.reply_sealed, inbound.c.session_sealed, deliveries.c.text_sealed,
    }
)  # fmt: skip
"""What a backup does not hold, though its row is there: own keys, and what people wrote and were told."""
_keys = Table(
    "own_keys",
    MetaData(),
    Column("owner", String(80), primary_key=True),
    Column("key_sealed", LargeBinary, nullable=False),
)
"""What the file of keys holds."""
_Row = dict[str, Any]
_MARK = "CREATE TABLE hotline_backup (kind TEXT, head TEXT, made_at TEXT)"


@frozen
class Mark:
    """What a file says of itself: `data` or `keys`, the tables' revision, and when it was made."""

    kind: str
    head: str
    made_at: datetime


@frozen
class Restored:
    """What a restore came to: cases whose person was erased, messages that are not sent again."""

    erased: int
    withheld: int


def tables() -> tuple[Table, ...]:
    """The tables of a backup, each after those it refers to."""
    return tuple(table for table in metadata.sorted_tables if table not in _LEFT_OUT)


def count(database: Database) -> int:
    """How many rows a backup will have."""
    with database.reading() as connection:
        return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables())


def make(database: Database, file: Path, now: datetime) -> Iterator[int]:
    """Write the backup; yields how many rows each batch had. The file appears when it is whole.

    One consistent look, streamed: memory stays flat. Raises StoreDown, BadFile when the file cannot be written.
    """
    with _new_file(file) as target, _looking(database) as source:
        _marked(target, Mark("data", HEAD, now))
        metadata.create_all(target, tables=tables())
        for table in tables():
            columns = [null().label(column.name) if column in _EMPTY else column for column in table.c]
            for rows in _batches(source, table, columns):
                target.execute(table.insert(), rows)
                yield len(rows)
        target.commit()


def make_keys(database: Database, file: Path, now: datetime) -> int:
    """Write the own keys in place of those before; how many. Keys destroyed since are in no file any more."""
    done = 0
    with _new_file(file) as target, _looking(database) as source:
        _marked(target, Mark("keys", HEAD, now))
        _keys.create(target)
        for table, owner in _OWNERS.items():
            for rows in _batches(source, table, [table.c.id, table.c.key_sealed]):
                kept = [row for row in rows if row["key_sealed"] is not None]
                if kept:
                    target.execute(
                        _keys.insert(), [{"owner": owner(row["id"]), "key_sealed": row["key_sealed"]} for row in kept]
                    )
                done += len(kept)
        target.commit()
    return done


def read_mark(file: Path, kind: str) -> Mark:
    """What a file says of itself. Raises BadFile where it is no backup of this kind."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as opened:
            found = opened.execute("SELECT kind, head, made_at FROM hotline_backup").fetchone()
    except sqlite3.Error:
        raise BadFile(f"{file}: no backup of this program") from None
    mark = Mark(found[0], found[1], datetime.fromisoformat(found[2]))
    if mark.kind != kind:
        raise BadFile(f"{file}: this holds {mark.kind}, not {kind}")
    return mark


def restore(database: Database, file: Path, keys: Path, now: datetime) -> Iterator[int]:
    """Fill an empty database of this version from a backup and the newest keys, all or nothing; yields rows.

    Raises Refused where the database is not empty or the keys are older than the backup, BadFile, StoreDown.
    """
    mark, newest = read_mark(file, "data"), read_mark(keys, "keys")
    for one, name in ((mark, file), (newest, keys)):
        if one.head != HEAD:
            raise Refused(f"{name} was made by a version with tables {one.head}; this one has {HEAD}: use that version")
    if newest.made_at < mark.made_at:
        raise Refused("the keys are older than the backup: people met between the two could not be read")
    if not is_current(database) or not is_empty(database):
        raise Refused("a backup goes into an empty database: give DATABASE_URL a new one, and run `hotline migrate`")
    with _opened(file) as source, _opened(keys) as kept, database.writing() as target:
        if database.dialect == "postgresql":
            target.exec_driver_sql("SET LOCAL statement_timeout = 0")
        for table in tables():
            for rows in _batches(source, table, list(table.c)):
                if table in _OWNERS:
                    _fill_in(rows, kept, _OWNERS[table])
                target.execute(table.insert(), rows)
                yield len(rows)
        _after(target, mark.made_at, now)
    _numbers(database)


def settled(database: Database) -> Restored:
    """What the restore that just ended came to."""
    withheld = select(func.count()).where(deliveries.c.state == State.UNKNOWN, deliveries.c.reason == REASON)
    erased = select(func.count()).where(cases.c.status == "erased")
    with database.reading() as connection:
        return Restored(connection.execute(erased).scalar_one(), connection.execute(withheld).scalar_one())


def _after(target: Connection, made_at: datetime, now: datetime) -> None:
    """What happened between the backup and now is not known: nothing that may have been sent is sent again."""
    # Erased since the backup: without the key nothing of theirs can be read, and nothing of theirs may stay.
    target.execute(delete(people).where(people.c.key_sealed.is_(None)))
    gone = {"number_sealed": b"", "detail_sealed": b"", "status": "erased"}
    open_still = case((cases.c.closed_at.is_(None), now), else_=cases.c.closed_at)
    target.execute(update(cases).where(cases.c.key_sealed.is_(None)).values(**gone, closed_at=open_still))
    target.execute(
        update(deliveries)
        .where(deliveries.c.state.in_([State.QUEUED, State.SENDING, State.UNKNOWN]))
        .values(state=State.UNKNOWN, reason=REASON, lease_until=None, changed_at=now)
    )
    target.execute(
        update(reminders)
        .where(reminders.c.state == "waiting", reminders.c.due_at >= made_at, reminders.c.due_at <= now)
        .values(state="dropped")
    )
    stop_all(target, now, REASON)


def _batches(source: Connection, table: Table, columns: Sequence[ColumnElement[Any]]) -> Iterator[list[_Row]]:
    rows = source.execution_options(yield_per=BATCH).execute(select(*columns).select_from(table))
    for batch in rows.mappings().partitions(BATCH):
        yield [dict(row) for row in batch]


def _fill_in(rows: Sequence[_Row], kept: Connection, owner: Callable[[str], str]) -> None:
    """Give rows of a backup their own keys back; those that were destroyed since are None."""
    wanted = select(_keys.c.owner, _keys.c.key_sealed).where(_keys.c.owner.in_([owner(row["id"]) for row in rows]))
    keys = {row.owner: row.key_sealed for row in kept.execute(wanted)}
    for row in rows:
        row["key_sealed"] = keys.get(owner(row["id"]))


def _numbers(database: Database) -> None:
    """PostgreSQL counts ids by itself: it is told where they are now."""
    if database.dialect != "postgresql":
        return
    with database.writing() as connection:
        for table in metadata.sorted_tables:
            own_id = table.c.get("id", table.c.get("version"))
            if own_id is None or table.autoincrement_column is not own_id:
                continue
            place = f"pg_get_serial_sequence('{table.name}', '{own_id.name}')"
            newest = select(func.coalesce(func.max(own_id), 0) + 1).scalar_subquery()
            number = connection.execute(select(newest)).scalar_one()
            connection.exec_driver_sql(f"SELECT setval({place}, {int(number)}, false)")


@contextmanager
def _new_file(file: Path) -> Iterator[Connection]:
    """A new SQLite file that takes its name when the block ends well; what stood there is overwritten first."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{part}")
    try:
        part.touch(mode=0o600)
        with engine.connect() as connection:
            yield connection
    except OSError as error:
        raise BadFile(f"{file}: {error.strerror}") from error
    else:
        engine.dispose()
        _overwrite(file)
        part.replace(file)
    finally:
        engine.dispose()
        part.unlink(missing_ok=True)


def _overwrite(file: Path) -> None:
    """Keys that were destroyed must not stay on the disk in the file of yesterday."""
    if file.exists():
        with file.open("r+b") as old:
            for _ in range(0, file.stat().st_size, 1 << 20):
                old.write(b"\0" * (1 << 20))


@contextmanager
def _opened(file: Path) -> Iterator[Connection]:
    engine: Engine = create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _looking(database: Database) -> Iterator[Connection]:
    if database.dialect == "sqlite":
        with database.reading() as connection:
            yield connection
        return
    with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        yield connection


def _marked(target: Connection, mark: Mark) -> None:
    target.exec_driver_sql(_MARK)
    values = (mark.kind, mark.head, mark.made_at.astimezone(UTC).isoformat())
    target.exec_driver_sql("INSERT INTO hotline_backup VALUES (?, ?, ?)", values)
