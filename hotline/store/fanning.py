"""From an audience to rows in the outbox: in chunks, each a short transaction that also moves the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Select, String, case, cast, func, literal, select, true
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.broadcast import SENDING, Broadcast, Kind
from hotline.domain.delivery import Priority, State
from hotline.frozen import frozen
from hotline.store import audience, broadcasts
from hotline.store.audience import Rules, Told, Wanted
from hotline.store.database import Database
from hotline.store.reach import deliveries
from hotline.store.schema import Instant

CHUNK = 20_000
FRONTIER = "0"
"""The cursor once all are planned: no person comes before it."""
_COLUMNS = (
    "id", "part_of", "person_id", "broadcast", "priority", "topic", "detail", "locale", "sender", "parts", "state",
    "reason", "due_at", "deadline_at", "attempt", "looks", "made_at", "changed_at", "country",
)  # fmt: skip


@frozen
class Order:
    """How one broadcast is planned: the parts of the text in each language, and what holds for every person."""

    parts: Mapping[str, int]
    rules: Rules
    told: Told
    chunk: int = CHUNK


@frozen
class Planned:
    """What one chunk did: `rows` made, and whether none is left to plan."""

    rows: int
    finished: bool


CACHE_KB = 65_536
"""SQLite's usual 2 MB hold a tenth of what a chunk writes: the rest would be written twice, and read again."""


def plan(database: Database, id: str, order: Order) -> Planned:
    """Plan the next chunk, unless the broadcast is not sending. Any number may plan at once, and any may die."""
    with broadcasts.held(database, id) as held:
        if held.broadcast.stage not in SENDING or held.broadcast.planned_at is not None:
            return Planned(0, finished=True)
        if database.dialect == "sqlite":
            held.connection.exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KB}")
        of = audience.wanted(held.connection, held.broadcast, order.rules, order.told)
        return _chunk(held, of, order)


def plan_few(database: Database, id: str, order: Order, most: int) -> Planned:
    """Plan at most so many people: the first who get an alert. Nothing when they were planned already."""
    with broadcasts.held(database, id) as held:
        if held.broadcast.stage not in SENDING or held.broadcast.planned_at is not None or held.broadcast.canary:
            return Planned(0, finished=True)
        rows, broadcast = 0, held.broadcast
        of = audience.wanted(held.connection, broadcast, order.rules, order.told)
        lane, after = _place(held.connection, of)
        while lane is not None and rows < most:
            few = audience.eligible(of, lane, after, None)
            few = few.order_by(few.selected_columns[0]).limit(most - rows)
            made, last = _insert_few(held.connection, of, order, few)
            rows += made
            # Fewer than asked for: this lane has no more.
            lane, after = (lane, last) if rows >= most else (audience.next_lane(held.connection, of, lane), "")
        over = _advance(held, replace(broadcast, canary=rows), (lane, after), order.rules.now)
        return Planned(rows, finished=over)


def _chunk(held: broadcasts.Held, of: Wanted, order: Order) -> Planned:
    connection = held.connection
    lane, after = _place(connection, of)
    if lane is None:
        return Planned(0, finished=_advance(held, held.broadcast, (None, ""), order.rules.now))
    until = audience.end_of_chunk(connection, of, lane, after, order.chunk)
    rows = _insert(connection, of, order, audience.eligible(of, lane, after, until))
    place = (lane, until) if until is not None else (audience.next_lane(connection, of, lane), "")
    return Planned(rows, finished=_advance(held, held.broadcast, place, order.rules.now))


def _place(connection: Connection, of: Wanted) -> tuple[str | None, str]:
    """Where planning goes on: the lane, and the person it stopped after."""
    lane, told, after = of.broadcast.cursor.rpartition(" ")
    return (lane, after) if told else (audience.next_lane(connection, of, None), "")


def _advance(held: broadcasts.Held, changed: Broadcast, place: tuple[str | None, str], now: datetime) -> bool:
    """In the transaction of the rows: a planner that dies leaves both or neither. Whether none is left to plan."""
    lane, after = place
    if lane is None:
        held.save(replace(changed, cursor=FRONTIER, planned_at=now))
    else:
        held.save(replace(changed, cursor=f"{lane} {after}"))
    return lane is None


def _insert_few(
    connection: Connection, of: Wanted, order: Order, few: Select[tuple[str, str, str, str, str]]
) -> tuple[int, str]:
    last: str | None = connection.execute(select(func.max(few.subquery().c.person_id))).scalar()
    return (_insert(connection, of, order, few), last) if last is not None else (0, "")


def _insert(connection: Connection, of: Wanted, order: Order, chosen: Select[tuple[str, str, str, str, str]]) -> int:
    made = postgresql.insert(deliveries) if connection.dialect.name == "postgresql" else sqlite.insert(deliveries)
    rows = made.from_select(_COLUMNS, _rows(connection, of, order, chosen)).on_conflict_do_nothing()
    # Without these PostgreSQL's driver does not say how many rows were inserted.
    return connection.execute(rows.inline().execution_options(preserve_rowcount=True)).rowcount


def _rows(
    connection: Connection, of: Wanted, order: Order, chosen: Select[tuple[str, str, str, str, str]]
) -> Select[tuple[object, ...]]:
    broadcast, now = of.broadcast, order.rules.now
    person, topic, detail, locale, country = chosen.subquery("chosen").c
    # The ids of one chunk lie together in their index, after those of the chunk before: all over it, a million of
    # them would not fit the cache.
    near = f"{broadcast.cursor.rpartition(' ')[2]:0>8.8}"
    chance = func.lower(func.hex(func.randomblob(12)))
    if connection.dialect.name == "postgresql":
        chance = func.right(func.replace(cast(func.gen_random_uuid(), String), "-", ""), 24)
    priority = Priority.BULK if broadcast.draft.kind is Kind.BULK else Priority.ALERT
    return select(
        literal(near) + chance,
        literal(broadcast.id),
        person,
        literal(broadcast.id),
        literal(int(priority)),
        topic,
        detail,
        locale,
        literal(broadcast.draft.sender),
        case(*((locale == name, literal(parts)) for name, parts in order.parts.items()), else_=literal(1)),
        literal(State.QUEUED.value),
        literal(""),
        literal(broadcast.starts_at or now, Instant()),
        literal(broadcast.deadline_at or now, Instant()),
        literal(0),
        literal(0),
        literal(now, Instant()),
        literal(now, Instant()),
        country,
        # SQLite reads ON CONFLICT after a SELECT without WHERE as part of a join.
    ).where(true())
