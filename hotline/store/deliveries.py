"""The outbox: messages as they are queued, and what becomes of them once a worker or the provider has spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.delivery import News, Next, QueueText, Reason, Row, State, heard
from hotline.domain.keeping import Stop
from hotline.errors import NotFound
from hotline.store import breakers, consents, erasing
from hotline.store.breakers import Health
from hotline.store.database import Database
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import Instant
from hotline.store.schema import people as people_table

BATCH = 500
CARRIER = "carrier"
"""The channel of a stop that the person's own carrier tells of."""
_COLUMNS = (
    "id", "part_of", "person_id", "broadcast", "priority", "topic", "detail", "locale", "sender", "text_sealed",
    "parts", "state", "reason", "due_at", "deadline_at", "attempt", "looks", "made_at", "changed_at",
)  # fmt: skip
_OTHER = deliveries.alias("other")
_FREE = ~exists(select(_OTHER.c.id).where(_OTHER.c.provider_id == bindparam("sid"), _OTHER.c.id != bindparam("of")))
"""Whether no other message is known under the provider's id."""
_NEW_TRY = or_(deliveries.c.provider_id.is_(None), deliveries.c.provider_id != bindparam("sid"))
_UNTAKEN = or_(
    # Spelt out: a list of values cannot be part of a statement that runs once for each of many rows.
    *(deliveries.c.state == state for state in (State.SENDING, State.UNKNOWN, State.QUEUED)),
    # Given up by us, taken by the provider all the same: the provider knows better.
    and_(deliveries.c.state == State.FAILED, deliveries.c.provider_id.is_(None)),
)
_TAKEN = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"), deliveries.c.attempt == bindparam("try"), _FREE)
    .values(
        state=case((and_(_UNTAKEN, _NEW_TRY), State.SENT), else_=deliveries.c.state),
        reason=case((and_(_UNTAKEN, _NEW_TRY), ""), else_=deliveries.c.reason),
        provider_id=bindparam("sid"),
        lease_until=null(),
        changed_at=bindparam("now", type_=Instant),
    )
)
_MISSED = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("of"),
        deliveries.c.attempt == bindparam("try"),
        deliveries.c.state == bindparam("before"),
    )
    .values(
        state=bindparam("after"),
        reason=bindparam("why"),
        due_at=func.coalesce(bindparam("due", type_=Instant), deliveries.c.due_at),
        attempt=deliveries.c.attempt - bindparam("back"),
        lease_until=bindparam("look", type_=Instant),
        changed_at=bindparam("now", type_=Instant),
    )
)
_FIND = select(deliveries).where(deliveries.c.id == bindparam("of"))
_STRIKE = (
    update(people_table)
    .where(people_table.c.id == bindparam("person"))
    .values(strikes=people_table.c.strikes + bindparam("more"))
)
_WELL = (
    update(people_table).where(people_table.c.id == bindparam("person"), people_table.c.strikes > 0).values(strikes=0)
)
_BRAKE = (
    update(broadcasts)
    .where(broadcasts.c.id == bindparam("of"), broadcasts.c.state.in_(("canary", "running")))
    .values(state="paused", why=bindparam("why_so"))
)


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider took this try of a message, under an id of its own."""

    id: str
    attempt: int
    provider_id: str


@dataclass(frozen=True, slots=True)
class Missed:
    """The provider did not take this try, or may not have: what follows, and whose message it was."""

    id: str
    attempt: int
    person_id: str
    broadcast: str
    next: Next
    code: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What news changed: the state that it came to, and the sender that must rest because of it, "" if none."""

    state: State
    reason: Reason
    halts: str = ""


# --- queueing ---


def queue(connection: Connection, effect: QueueText, at: datetime) -> bool:
    """Put a single message into the outbox; False where the person is unknown or had one of this `part_of`."""
    chosen = select(
        literal(effect.id), literal(effect.part_of), people_table.c.id, literal(""), literal(int(effect.priority)),
        literal(effect.topic), literal(effect.detail), literal(effect.locale), literal(effect.sender),
        literal(effect.text_sealed), literal(effect.parts), literal(State.QUEUED.value), literal(""),
        literal(effect.due_at, Instant), literal(effect.deadline_at, Instant), literal(0), literal(0),
        literal(at, Instant), literal(at, Instant),
    ).where(people_table.c.number_index == effect.number_index)  # fmt: skip
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    made = insert(deliveries).from_select(list(_COLUMNS), chosen).on_conflict_do_nothing()
    return bool(connection.execute(made.execution_options(preserve_rowcount=True)).rowcount)


# --- what a worker reports ---


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a batch of tries, and how the senders fared."""

    taken: Sequence[Taken] = ()
    missed: Sequence[Missed] = ()
    health: Sequence[Health] = ()


def mark(database: Database, report: Report, rule: breakers.Rule, now: datetime) -> tuple[str, ...]:
    """Keep what became of tries, all of them at once; the senders that rest from now on.

    A result that comes after its lease may only confirm: of another try nothing is changed.
    """
    with database.writing() as connection:
        if report.taken:
            taken = [{"of": one.id, "try": one.attempt, "sid": one.provider_id, "now": now} for one in report.taken]
            connection.execute(_TAKEN, taken)
            erasing.copies_of(connection, [one.id for one in report.taken], now)
        if report.missed:
            connection.execute(_MISSED, [_missed(one, State.SENDING, now) for one in report.missed])
        for one in report.missed:
            _act(connection, one, now)
        return tuple(health.sender for health in report.health if breakers.note(connection, health, rule, now))


def _missed(one: Missed, before: State, now: datetime) -> dict[str, object]:
    then = now + one.next.wait
    return {
        "of": one.id,
        "try": one.attempt,
        "before": before,
        "after": one.next.state,
        "why": one.next.reason,
        "due": then if one.next.state is State.QUEUED else None,
        "look": then if one.next.state is State.UNKNOWN else None,
        "back": 0 if one.next.counts else 1,
        "now": now,
    }


def _act(connection: Connection, one: Missed, now: datetime) -> None:
    """What follows for the person and for the broadcast."""
    if one.next.strikes:
        connection.execute(_STRIKE, {"person": one.person_id, "more": one.next.strikes})
    if one.next.opt_out:
        index = connection.execute(
            select(people_table.c.number_index).where(people_table.c.id == one.person_id)
        ).scalar()
        if index is not None:
            consents.stop_or_start(connection, Stop(index, one.code, now, CARRIER))
    if one.next.stop and one.broadcast:
        connection.execute(_BRAKE, {"of": one.broadcast, "why_so": f"{one.next.reason} {one.code}".strip()})


# --- what the provider reports ---


def hear(database: Database, message: str, news: News, now: datetime, code: str = "") -> Told | None:
    """Take news of a message; None where they change nothing. Raises NotFound and StoreDown."""
    # Most receipts say what is known already: they cost no writer's turn.
    with database.reading() as connection:
        row = connection.execute(_FIND, {"of": message}).first()
    if row is None:
        raise NotFound("no such delivery")
    if erasing.is_nobodys(row.person_id) and news.provider_id:
        with database.writing() as connection:
            erasing.copy_of(connection, news.provider_id, now)
    if heard(_standing(row), news, now) is None:
        return None
    with database.writing() as connection:
        row = connection.execute(_FIND.with_for_update(), {"of": message}).first()
        follows = heard(_standing(row), news, now) if row is not None else None
        if row is None or follows is None:
            return None
        _settle(connection, row, news, follows, now)
        if follows.state is State.DELIVERED:
            connection.execute(_WELL, {"person": row.person_id})
        _act(connection, Missed(message, row.attempt, row.person_id, row.broadcast, follows, code), now)
    return Told(follows.state, follows.reason, row.sender if follows.halt else "")


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
