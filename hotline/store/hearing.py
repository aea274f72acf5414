"""What the provider says of a message once it has it: read past what is known, written where it moves the row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, null, select, update

from hotline.domain.delivery import News, Next, Reason, Row, State, heard
from hotline.errors import NotFound
from hotline.frozen import frozen
from hotline.store import broadcasts, erasing
from hotline.store.database import Database
from hotline.store.deliveries import act
from hotline.store.reach import deliveries
from hotline.store.schema import Instant
from hotline.store.schema import people as people_table

_FIND = select(deliveries).where(deliveries.c.id == bindparam("of"))
_HEARD_OF = (
    select(
        deliveries.c.id, deliveries.c.person_id, deliveries.c.state, deliveries.c.attempt, deliveries.c.provider_id,
        deliveries.c.again, deliveries.c.deadline_at, people_table.c.strikes,
    )
    .join_from(deliveries, people_table, people_table.c.id == deliveries.c.person_id, isouter=True)
    .where(deliveries.c.id == bindparam("of"))
)  # fmt: skip
_DELIVERED = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("of"),
        deliveries.c.provider_id == bindparam("sid"),
        # Whatever it was. Named, it would lead PostgreSQL through the index of all that stands there.
        deliveries.c.state != State.DELIVERED,
    )
    .values(state=State.DELIVERED, reason="", lease_until=null(), changed_at=bindparam("now", type_=Instant))
)
_WELL = (
    update(people_table).where(people_table.c.id == bindparam("person"), people_table.c.strikes > 0).values(strikes=0)
)


@frozen
class Told:
    """What news changed: the state that it came to, and the sender that must rest because of it, "" if none."""

    state: State
    reason: Reason
    halts: str = ""


def hear(database: Database, message: str, news: News, now: datetime, code: str = "") -> Told | None:
    """Take news of a message; None where they change nothing. Raises NotFound and StoreDown."""
    # Most receipts say what is known already: they cost no writer's turn.
    rows = database.look(_HEARD_OF, {"of": message})
    if not rows:
        raise NotFound("no such delivery")
    if erasing.is_nobodys(rows[0].person_id) and news.provider_id:
        with database.writing() as connection:
            erasing.copy_of(connection, news.provider_id, now)
    follows = heard(_standing(rows[0]), news, now)
    if follows is None:
        return None
    if follows.state is State.DELIVERED and _delivered(database, rows[0], news, now):
        return Told(follows.state, follows.reason)
    with database.writing() as connection:
        row = connection.execute(_FIND.with_for_update(), {"of": message}).first()
        follows = heard(_standing(row), news, now) if row is not None else None
        if row is None or follows is None:
            return None
        again = follows.state is State.QUEUED and row.broadcast
        if again and not broadcasts.wait_again(connection, row.broadcast, row.person_id, now):
            follows = Next(State.FAILED, Reason.CANCELLED)
        _settle(connection, row, news, follows, now)
        if follows.state is State.DELIVERED:
            connection.execute(_WELL, {"person": row.person_id})
        act(connection, row.person_id, row.broadcast, (follows, code), now)
    return Told(follows.state, follows.reason, row.sender if follows.halt else "")


def _delivered(database: Database, row: Any, news: News, now: datetime) -> bool:
    """What nearly every message comes to, in one statement; False where that was not all."""
    if row.provider_id != news.provider_id:
        return False
    values = {"of": row.id, "sid": news.provider_id, "now": now}
    with database.writing() as connection:
        if not connection.execute(_DELIVERED, values).rowcount:
            return False
        if row.strikes:
            connection.execute(_WELL, {"person": row.person_id})
        return True


def _standing(row: object) -> Row:
    return Row(
        State(row.state),  # type: ignore[attr-defined]
        row.attempt,  # type: ignore[attr-defined]
        row.provider_id or "",  # type: ignore[attr-defined]
        row.again,  # type: ignore[attr-defined]
        row.deadline_at,  # type: ignore[attr-defined]
    )


def _settle(connection: Connection, row: object, news: News, follows: Next, now: datetime) -> None:
    again = follows.state is State.QUEUED
    values: dict[str, object] = {"state": follows.state, "reason": follows.reason, "lease_until": None}
    values |= {"changed_at": now}
    if again:
        values |= {"due_at": now + follows.wait, "again": deliveries.c.again + 1}
    own = update(deliveries).where(deliveries.c.id == row.id)  # type: ignore[attr-defined]
    taken = select(deliveries.c.id).where(deliveries.c.provider_id == news.provider_id)
    if connection.execute(taken).first() is None:
        values |= {"provider_id": news.provider_id}
    connection.execute(own.values(values))
