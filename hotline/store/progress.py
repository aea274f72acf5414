"""What became of a broadcast's messages: how many stand where, what is open yet, and ending what has not left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from hotline.domain.delivery import State
from hotline.domain.failing import Canary, Tried
from hotline.store.broadcasts import Held
from hotline.store.database import Database
from hotline.store.reach import deliveries

LOOKED_AT = 2000
"""Of the newest tries: the last hundred whose end is known lie among them, or nothing is known yet."""
CHUNK = 5000
_OPEN = (State.QUEUED, State.SENDING, State.UNKNOWN)
_ANY = (
    select(deliveries.c.id)
    .where(
        deliveries.c.broadcast == bindparam("of"),
        deliveries.c.broadcast != "",
        deliveries.c.state == bindparam("state"),
    )
    .limit(1)
)
_TRIED = (
    select(deliveries.c.state, deliveries.c.provider_id.is_not(None).label("taken"))
    .where(deliveries.c.broadcast != "", deliveries.c.attempted_at.is_not(None))
    .order_by(deliveries.c.attempted_at.desc())
    .limit(LOOKED_AT)
)


def progress(database: Database, id: str) -> Mapping[tuple[str, str], int]:
    """How many of its messages are in each (state, reason). Reads all of them: for people who look, not for a loop."""
    counted = (
        select(deliveries.c.state, deliveries.c.reason, func.count().label("heads"))
        .where(deliveries.c.part_of == id)
        .group_by(deliveries.c.state, deliveries.c.reason)
    )
    with database.reading() as connection:
        return {(row.state, row.reason): row.heads for row in connection.execute(counted)}


def tried(database: Database, id: str, since: datetime) -> tuple[Tried, ...]:
    """What became of its newest tries since a moment, newest first."""
    chosen = _TRIED.where(deliveries.c.broadcast == id, deliveries.c.attempted_at >= since)
    with database.reading() as connection:
        return tuple(Tried(row.state, row.taken) for row in connection.execute(chosen))


def first_people(database: Database, id: str, since: datetime) -> tuple[Canary, ...]:
    """What became of the messages planned since a moment, while only the first few are."""
    chosen = select(
        deliveries.c.state, deliveries.c.attempted_at, deliveries.c.provider_id.is_not(None).label("taken")
    ).where(deliveries.c.part_of == id, deliveries.c.made_at >= since)
    with database.reading() as connection:
        return tuple(Canary(row.state, row.taken, row.attempted_at) for row in connection.execute(chosen))


def first_open(held: Held) -> str | None:
    """The first person past the cursor whose message is not over; None when all are. Never reads behind the cursor."""
    chosen = (
        select(deliveries.c.person_id)
        .where(
            deliveries.c.part_of == held.broadcast.id,
            deliveries.c.person_id >= held.broadcast.cursor,
            deliveries.c.state.in_(_OPEN),
        )
        .order_by(deliveries.c.person_id)
        .limit(1)
    )
    found: str | None = held.connection.execute(chosen).scalar()
    return found


def any_in(connection: Connection, id: str, *states: State) -> bool:
    """Whether any of its messages is in one of these states."""
    # One after another: of several at once SQLite would read every message there is of it.
    return any(connection.execute(_ANY, {"of": id, "state": state}).first() for state in states)


def drop_queued(database: Database, id: str, reason: str, now: datetime) -> Iterator[int]:
    """End what was not handed to the provider, in short transactions; yields how many each ended."""
    after: str | None = ""
    while after is not None:
        some = (
            select(deliveries.c.person_id)
            .where(deliveries.c.part_of == id, deliveries.c.person_id > after, deliveries.c.state == State.QUEUED.value)
            .order_by(deliveries.c.person_id)
            .limit(CHUNK)
        )
        with database.writing() as connection:
            last = connection.execute(select(func.max(some.subquery().c.person_id))).scalar()
            if last is None:
                return
            ended = connection.execute(
                update(deliveries)
                .where(
                    deliveries.c.part_of == id,
                    deliveries.c.person_id > after,
                    deliveries.c.person_id <= last,
                    deliveries.c.state == State.QUEUED.value,
                )
                .values(state=State.FAILED.value, reason=reason, changed_at=now)
            ).rowcount
        after = last
        yield ended
