"""The outbox: messages as they are queued, and what becomes of them once a worker or the provider has spoken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    SmallInteger,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.delivery import Next, QueueText, State
from hotline.domain.keeping import Stop
from hotline.frozen import frozen
from hotline.store import breakers, broadcasts, consents, erasing
from hotline.store.breakers import Health
from hotline.store.database import Database
from hotline.store.reach import deliveries
from hotline.store.schema import Instant
from hotline.store.schema import people as people_table
from hotline.store.several import Several
from hotline.store.spending import Spent, spend

BATCH = 500
CARRIER = "carrier"
"""The channel of a stop that the person's own carrier tells of."""
_COLUMNS = (
    "id", "part_of", "person_id", "broadcast", "priority", "topic", "detail", "locale", "sender", "text_sealed",
    "parts", "state", "reason", "due_at", "deadline_at", "attempt", "looks", "made_at", "changed_at", "country",
)  # fmt: skip
_OTHER = deliveries.alias("other")
_GIVEN = (
    func.unnest(
        cast(bindparam("ids", type_=Several()), postgresql.ARRAY(String)),
        cast(bindparam("tries", type_=Several()), postgresql.ARRAY(SmallInteger)),
        cast(bindparam("sids", type_=Several()), postgresql.ARRAY(String)),
    )
    .table_valued(column("id", String), column("try", SmallInteger), column("sid", String))
    .render_derived(name="given")
)


def _taken(own_id: ColumnElement[str], attempt: ColumnElement[int], sid: ColumnElement[str]) -> Update:
    free = ~exists(select(_OTHER.c.id).where(_OTHER.c.provider_id == sid, _OTHER.c.id != deliveries.c.id))
    new_try = or_(deliveries.c.provider_id.is_(None), deliveries.c.provider_id != sid)
    untaken = or_(
        # Spelt out: a list of values cannot be part of a statement that runs once for each of many rows.
        *(deliveries.c.state == state for state in (State.SENDING, State.UNKNOWN, State.QUEUED)),
        # Given up by us, taken by the provider all the same: the provider knows better.
        and_(deliveries.c.state == State.FAILED, deliveries.c.provider_id.is_(None)),
    )
    return (
        update(deliveries)
        # No other message is known under the provider's id.
        .where(deliveries.c.id == own_id, deliveries.c.attempt == attempt, free)
        .values(
            state=case((and_(untaken, new_try), State.SENT), else_=deliveries.c.state),
            reason=case((and_(untaken, new_try), ""), else_=deliveries.c.reason),
            provider_id=sid,
            lease_until=null(),
            changed_at=bindparam("now", type_=Instant),
        )
    )


_TAKEN_ALL = _taken(_GIVEN.c.id, _GIVEN.c["try"], _GIVEN.c.sid)
"""A whole batch in one statement. SQLite, which is not asked over a wire, runs one for each as fast."""
_TAKEN = _taken(bindparam("of"), bindparam("try"), bindparam("sid"))
_MISSED = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("of"),
        deliveries.c.attempt == bindparam("try"),
        deliveries.c.state == State.SENDING,
        # A message given back is claimed under the same number of its try: by its lease it is known whose it is.
        deliveries.c.lease_until == bindparam("lease", type_=Instant),
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
_STRIKE = (
    update(people_table)
    .where(people_table.c.id == bindparam("person"))
    .values(strikes=people_table.c.strikes + bindparam("more"))
)


@frozen
class Taken:
    """The provider took this try of a message, under an id of its own."""

    id: str
    attempt: int
    provider_id: str


@frozen
class Missed:
    """The provider did not take this try, or may not have: what follows, and whose message it was.

    `lease_until` is that of the claim it came from.
    """

    id: str
    attempt: int
    lease_until: datetime
    person_id: str
    broadcast: str
    next: Next
    code: str = ""


# --- queueing ---


def queue(connection: Connection, effect: QueueText, at: datetime) -> bool:
    """Put a single message into the outbox; False where the person is unknown or had one of this `part_of`."""
    chosen = select(
        literal(effect.id), literal(effect.part_of), people_table.c.id, literal(""), literal(int(effect.priority)),
        literal(effect.topic), literal(effect.detail), literal(effect.locale), literal(effect.sender),
        literal(effect.text_sealed), literal(effect.parts), literal(State.QUEUED.value), literal(""),
        literal(effect.due_at, Instant), literal(effect.deadline_at, Instant), literal(0), literal(0),
        literal(at, Instant), literal(at, Instant), people_table.c.country,
    ).where(people_table.c.number_index == effect.number_index)  # fmt: skip
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    made = insert(deliveries).from_select(list(_COLUMNS), chosen).on_conflict_do_nothing()
    return bool(connection.execute(made.execution_options(preserve_rowcount=True)).rowcount)


# --- what a worker reports ---


@frozen
class Report:
    """What became of a batch of tries, how the senders fared, and what it cost."""

    taken: Sequence[Taken] = ()
    missed: Sequence[Missed] = ()
    health: Sequence[Health] = ()
    spent: Sequence[Spent] = ()


def mark(database: Database, report: Report, rule: breakers.Rule, now: datetime) -> tuple[str, ...]:
    """Keep what became of tries, all of them at once; the senders that rest from now on.

    A result that comes after its lease may only confirm: of another try nothing is changed.
    """
    with database.writing() as connection:
        if report.taken:
            _take(connection, report.taken, now)
            erasing.copies_of(connection, [one.id for one in report.taken], now)
        plain = [one for one in report.missed if not _acts(one.next)]
        if plain:
            connection.execute(_MISSED, [_missed(one, now) for one in plain])
        for one in report.missed:
            # Told twice, because the first answer was lost on the way, it is acted on once.
            if _acts(one.next) and connection.execute(_MISSED, _missed(one, now)).rowcount:
                act(connection, one.person_id, one.broadcast, (one.next, one.code), now)
        rest = [health.sender for health in report.health if breakers.note(connection, health, rule, now)]
        for spent in report.spent:
            if spend(connection, spent, now):
                rest += spent.senders
        return tuple(rest)


def _acts(follows: Next) -> bool:
    """Whether something follows for the person or the broadcast."""
    return bool(follows.strikes or follows.opt_out or follows.stop)


def _take(connection: Connection, taken: Sequence[Taken], now: datetime) -> None:
    if connection.dialect.name == "sqlite":
        values = [{"of": one.id, "try": one.attempt, "sid": one.provider_id, "now": now} for one in taken]
        connection.execute(_TAKEN, values)
        return
    # A provider that gives one id to two messages is believed once: the second is asked about.
    some = list({one.provider_id: one for one in reversed(taken)}.values())
    ids, tries, sids = zip(*((one.id, one.attempt, one.provider_id) for one in some), strict=True)
    connection.execute(_TAKEN_ALL, {"ids": ids, "tries": tries, "sids": sids, "now": now})


def _missed(one: Missed, now: datetime) -> dict[str, object]:
    then = now + one.next.wait
    return {
        "of": one.id,
        "try": one.attempt,
        "lease": one.lease_until,
        "after": one.next.state,
        "why": one.next.reason,
        "due": then if one.next.state is State.QUEUED else None,
        "look": then if one.next.state is State.UNKNOWN else None,
        "back": 0 if one.next.counts else 1,
        "now": now,
    }


def act(connection: Connection, person: str, broadcast: str, told: tuple[Next, str], now: datetime) -> None:
    """What follows for the person and for the broadcast; `told` has the provider's code."""
    follows, code = told
    if follows.strikes:
        connection.execute(_STRIKE, {"person": person, "more": follows.strikes})
    if follows.opt_out:
        index = connection.execute(select(people_table.c.number_index).where(people_table.c.id == person)).scalar()
        if index is not None:
            consents.stop_or_start(connection, Stop(index, code, now, CARRIER))
    if follows.stop and broadcast:
        broadcasts.stop(connection, broadcast, now, f"{follows.reason} {code}".strip())
