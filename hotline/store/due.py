"""Where messages are due, and which: places in the order of their urgency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, literal_column, select

from hotline.domain.delivery import Priority
from hotline.store import breakers
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import Instant

SUSPECT = 2
"""A message tried so often is claimed alone: if it kills its worker, it takes no other message's try with it."""
_MANY = (Priority.ALERT, Priority.REMINDER, Priority.BULK)
_RUNNING = ("canary", "running")
_NOW = bindparam("now", type_=Instant)

# Written out: with a bound value SQLite would not use the index of what is queued.
_QUEUED = deliveries.c.state == literal_column("'queued'")
_DUE = (
    select(deliveries)
    .where(
        _QUEUED,
        deliveries.c.priority == bindparam("priority"),
        deliveries.c.broadcast == bindparam("broadcast"),
        deliveries.c.due_at <= _NOW,
        deliveries.c.attempt >= bindparam("least"),
        deliveries.c.attempt < bindparam("most"),
        deliveries.c.sender.not_in(bindparam("resting", expanding=True)),
    )
    .order_by(deliveries.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_DUE_OF_SENDER = _DUE.where(deliveries.c.sender == bindparam("sender"))
_GOING = (
    select(broadcasts.c.id, broadcasts.c.sender, broadcasts.c.texts, broadcasts.c.urgent)
    .where(broadcasts.c.state.in_(_RUNNING))
    .order_by(broadcasts.c.starts_at, broadcasts.c.id)
)


@dataclass(frozen=True, slots=True)
class Ask:
    """At most `limit` messages, none of a `resting` sender."""

    limit: int
    resting: frozenset[str]


def going(connection: Connection) -> Sequence[Row[Any, Any, Any, Any]]:
    """The broadcasts that may send, the first to start first."""
    return connection.execute(_GOING).all()


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether any message waits to be claimed, whatever its sender's state."""
    waiting = places([row.id for row in going(connection)])
    return any(_some(connection, place, now, _asked(1)) for place in waiting)


def find(
    connection: Connection, going: Sequence[tuple[str, str]], ask: Ask, now: datetime
) -> tuple[list[Row[tuple[object, ...]]], str]:
    """What is due, and the sender it is the one trial of, "" for none."""
    state = breakers.senders(connection, now)
    for sender in sorted(state.trying - ask.resting):
        where = places([broadcast for broadcast, of in going if of == sender])
        for place in where:
            if found := _some(connection, place, now, _asked(1, sender=sender)):
                return found, sender
    resting = ask.resting | state.resting | state.trying
    where = places([broadcast for broadcast, of in going if of not in resting])
    rows: list[Row[tuple[object, ...]]] = []
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


def places(broadcasts_going: Sequence[str]) -> list[tuple[Priority, str]]:
    """Where to look, the most urgent first: single messages, then those of each broadcast."""
    found: list[tuple[Priority, str]] = [(Priority.REPLY, "")]
    for priority in _MANY:
        found += [(priority, ""), *((priority, broadcast) for broadcast in broadcasts_going)]
    return found


def _asked(
    limit: int, *, least: int = 0, most: int = 32_767, resting: Iterable[str] = (), sender: str = ""
) -> dict[str, object]:
    asked: dict[str, object] = {"limit": limit, "least": least, "most": most, "resting": sorted(resting)}
    return asked | {"sender": sender} if sender else asked


def _some(
    connection: Connection, place: tuple[Priority, str], now: datetime, asked: Mapping[str, object]
) -> list[Row[tuple[object, ...]]]:
    wanted: Select[tuple[object, ...]] = _DUE_OF_SENDER if "sender" in asked else _DUE
    where = {"priority": int(place[0]), "broadcast": place[1], "now": now}
    return list(connection.execute(wanted, {**where, **asked}))
