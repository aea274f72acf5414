"""Where messages are due, and which: places in the order of their urgency, each asked only if anything waits there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Label,
    Row,
    Select,
    bindparam,
    literal,
    literal_column,
    not_,
    select,
)

from hotline.domain.delivery import Priority
from hotline.frozen import frozen
from hotline.store import breakers
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import Instant
from hotline.store.several import among

SUSPECT = 2
"""A message tried so often is claimed alone: if it kills its worker, it takes no other message's try with it."""
_MANY = (Priority.ALERT, Priority.REMINDER, Priority.BULK)
_RUNNING = ("canary", "running")
_NOW = bindparam("now", type_=Instant)
Place = tuple[Priority, str]
"""A priority, and a broadcast or "" for single messages."""
Line = Row[*tuple[Any, ...]]

# Written out: with a bound value SQLite would not use the index of what is queued.
_QUEUED = deliveries.c.state == literal_column("'queued'")
_DUE = (
    select(
        *(
            deliveries.c[name]
            for name in (
                "id", "part_of", "person_id", "broadcast", "priority", "topic", "detail", "locale", "sender",
                "text_sealed", "parts", "attempt", "attempted_at", "deadline_at",
            )
        )
    )
    .where(
        _QUEUED,
        deliveries.c.priority == bindparam("priority"),
        deliveries.c.broadcast == bindparam("broadcast"),
        deliveries.c.due_at <= _NOW,
        deliveries.c.attempt >= bindparam("least"),
        deliveries.c.attempt < bindparam("most"),
        not_(among(deliveries.c.sender, "resting")),
    )
    .order_by(deliveries.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)  # fmt: skip
_DUE_OF_SENDER = _DUE.where(deliveries.c.sender == bindparam("sender"))


def _waits(priority: Priority, broadcast: ColumnElement[str]) -> Label[bool]:
    """Whether anything is due at one place, named for its priority."""
    first = (
        select(deliveries.c.due_at)
        .where(
            _QUEUED,
            deliveries.c.priority == int(priority),
            deliveries.c.broadcast == broadcast,
            deliveries.c.due_at <= _NOW,
        )
        # In order: for EXISTS PostgreSQL reads the whole table, hoping to find one soon, where there is none.
        .order_by(deliveries.c.due_at)
        .limit(1)
    )
    return first.scalar_subquery().is_not(None).label(priority.name)


_SINGLE = select(*(_waits(priority, literal("")) for priority in Priority))
_GOING = (
    select(
        broadcasts.c.id,
        broadcasts.c.sender,
        broadcasts.c.texts,
        broadcasts.c.urgent,
        *(_waits(priority, broadcasts.c.id) for priority in _MANY),
    )
    .where(broadcasts.c.state.in_(_RUNNING))
    .order_by(broadcasts.c.starts_at, broadcasts.c.id)
)


@frozen
class Ask:
    """At most `limit` messages, none of a `resting` sender."""

    limit: int
    resting: frozenset[str]


def going(connection: Connection, now: datetime) -> Sequence[Line]:
    """The broadcasts that may send, the first to start first; of each, by the name of a priority, whether any waits."""
    return connection.execute(_GOING, {"now": now}).all()


def places(connection: Connection, broadcasts_going: Sequence[Line], now: datetime) -> list[Place]:
    """Where anything is due, the most urgent first: single messages, then those of each broadcast."""
    single = connection.execute(_SINGLE, {"now": now}).one()._mapping
    found: list[Place] = []
    for priority in Priority:
        if single[priority.name]:
            found.append((priority, ""))
        if priority in _MANY:
            found += [(priority, row.id) for row in broadcasts_going if row._mapping[priority.name]]
    return found


def find(connection: Connection, broadcasts_going: Sequence[Line], ask: Ask, now: datetime) -> tuple[list[Line], str]:
    """Rows that are due, held, and the sender they are the one trial of, "" for none.

    On PostgreSQL rows that another worker is claiming are passed over.
    """
    state = breakers.senders(connection, now)
    where = places(connection, broadcasts_going, now)
    of = {row.id: row.sender for row in broadcasts_going}
    for sender in sorted(state.trying - ask.resting):
        for place in where:
            if of.get(place[1], sender) != sender:
                continue
            if found := _some(connection, place, now, _asked(1, sender=sender)):
                return found, sender
    resting = ask.resting | state.resting | state.trying
    where = [place for place in where if of.get(place[1]) not in resting]
    rows: list[Line] = []
    for place in where:
        rows += _some(connection, place, now, _asked(ask.limit - len(rows), most=SUSPECT, resting=resting))
        if len(rows) >= ask.limit:
            return rows, ""
    if rows:
        return rows, ""
    for place in where:
        if rows := _some(connection, place, now, _asked(1, least=SUSPECT, resting=resting)):
            return rows, ""
    return [], ""


def _asked(
    limit: int, *, least: int = 0, most: int = 32_767, resting: Iterable[str] = (), sender: str = ""
) -> dict[str, object]:
    asked: dict[str, object] = {"limit": limit, "least": least, "most": most, "resting": sorted(resting)}
    return asked | {"sender": sender} if sender else asked


def _some(connection: Connection, place: Place, now: datetime, asked: Mapping[str, object]) -> list[Line]:
    wanted: Select[tuple[object, ...]] = _DUE_OF_SENDER if "sender" in asked else _DUE
    where = {"priority": int(place[0]), "broadcast": place[1], "now": now}
    return list(connection.execute(wanted, {**where, **asked}).all())
