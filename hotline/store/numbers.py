"""How many messages of each day came to what end: counted as they are deleted, so that nothing counts twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Row, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.delivery import Priority, State
from hotline.frozen import frozen
from hotline.store.database import Database
from hotline.store.reach import broadcasts, daily_counts, deliveries
from hotline.store.schema import people

BATCH = 500
LOG_DAYS = 90
"""Days it is kept that a message was sent to this person, and what became of it."""
SETTLED = (State.SENT, State.DELIVERED, State.FAILED, State.UNKNOWN)
COUNT_MILLISECONDS = 300_000
_KINDS = {Priority.REPLY: "reply", Priority.ALERT: "alert", Priority.REMINDER: "reminder", Priority.BULK: "bulk"}
"""Of a message that belongs to no broadcast."""
_MESSAGES = (
    select(
        deliveries.c.id, deliveries.c.state, deliveries.c.reason, deliveries.c.country, deliveries.c.parts,
        deliveries.c.priority, broadcasts.c.kind,
        func.coalesce(deliveries.c.attempted_at, deliveries.c.made_at).label("at"),
        func.coalesce(broadcasts.c.centre, people.c.centre, "").label("centre"),
    )
    .join_from(deliveries, broadcasts, broadcasts.c.id == deliveries.c.broadcast, isouter=True)
    .join(people, people.c.id == deliveries.c.person_id, isouter=True)
    .where(deliveries.c.state.in_(SETTLED))
)  # fmt: skip
_ADD = {
    dialect: new.on_conflict_do_update(
        index_elements=list(daily_counts.primary_key),
        set_={name: daily_counts.c[name] + new.excluded[name] for name in ("messages", "parts")},
    )
    for dialect, new in (("sqlite", sqlite.insert(daily_counts)), ("postgresql", postgresql.insert(daily_counts)))
}


@frozen
class Counted:
    """What is counted together. `kind` is that of the broadcast, `reply` or `reminder`; `reason` the class of error.

    `centre` and `country` are "" where they are not known: who was erased has no centre.
    """

    day: date
    centre: str
    kind: str
    country: str
    state: str
    reason: str


@dataclass(slots=True)
class Many:
    """So many messages, of so many parts."""

    messages: int = 0
    parts: int = 0


def delete_old(database: Database, now: datetime, zone: tzinfo) -> Iterator[int]:
    """Delete messages that were settled 90 days ago, a batch a transaction, which also counts them; yields how many.

    A day is one of `zone`, that of the try. Who dies has done both or neither; who runs at the same time, with others.
    """
    old = _MESSAGES.where(deliveries.c.changed_at < now - timedelta(days=LOG_DAYS)).limit(BATCH)
    while True:
        with database.writing() as connection:
            gone = connection.execute(old.with_for_update(of=deliveries, skip_locked=True)).all()
            if gone:
                connection.execute(
                    _ADD[database.dialect], [asdict(one) | asdict(many) for one, many in _tally(gone, zone)]
                )
                connection.execute(delete(deliveries).where(deliveries.c.id.in_([row.id for row in gone])))
        yield len(gone)
        if len(gone) < BATCH:
            return


def history(database: Database, since: date, zone: tzinfo) -> Mapping[Counted, Many]:
    """What came to which end since a day: of messages that were deleted, and of those that are still there."""
    found: defaultdict[Counted, Many] = defaultdict(Many)
    with database.reading() as connection:
        if database.dialect == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = {COUNT_MILLISECONDS}"))
        for row in connection.execute(select(daily_counts).where(daily_counts.c.day >= since)):
            found[_counted(row)] = Many(row.messages, row.parts)
        for rows in connection.execution_options(yield_per=BATCH * 10).execute(_MESSAGES).partitions():
            for one, many in _tally(rows, zone):
                if one.day >= since:
                    found[one].messages += many.messages
                    found[one].parts += many.parts
    return found


def _tally(rows: Iterable[Row[*tuple[Any, ...]]], zone: tzinfo) -> Iterable[tuple[Counted, Many]]:
    found: defaultdict[Counted, Many] = defaultdict(Many)
    for row in rows:
        kind = row.kind or _KINDS[Priority(row.priority)]
        many = found[Counted(row.at.astimezone(zone).date(), row.centre, kind, row.country, row.state, row.reason)]
        many.messages += 1
        many.parts += row.parts
    return found.items()


def _counted(row: Row[tuple[object, ...]]) -> Counted:
    return Counted(row.day, row.centre, row.kind, row.country, row.state, row.reason)
