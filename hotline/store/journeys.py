"""Journeys and their reminders: entered, changed, ended, and taken when they are due, each by one worker once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    String,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.delivery import State
from hotline.domain.journey import HOME, EndJourney, Journey, SetJourney
from hotline.store.database import Database
from hotline.store.own import journeys, reminders
from hotline.store.reach import deliveries
from hotline.store.schema import people

PART_OF = "reminder"
_COUNTED_FROM = date(2026, 1, 1)
CHANGED = "changed"
"""Why a delivery is not sent whose journey was changed or ended before it went out."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One row of a plan, as staff see it."""

    step: str
    due_at: datetime
    deadline_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A journey as it stands for one person, with its reminders in order; those of earlier plans only if they went."""

    person_id: str
    number_index: bytes
    number_sealed: bytes
    locale: str
    journey: Journey
    reminders: tuple[Reminder, ...]


# --- entering, changing, leaving ----------------------------------------------------------------------------------

_WHO = select(people.c.id).where(people.c.number_index == bindparam("number_index"))


def _upsert(insert: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["person_id"],
        set_={
            "country": new.country,
            "route": new.route,
            "departs_on": new.departs_on,
            "version": journeys.c.version + 1,
            "changed_at": new.changed_at,
            "abroad": False,
        },
        # What was spooled and is drained late must not undo what the person said since.
        where=journeys.c.changed_at <= new.changed_at,
    )


_FIRST = select(func.coalesce(func.max(reminders.c.version) + 1, bindparam("day", type_=Integer))).where(
    reminders.c.person_id == bindparam("person_id")
)
"""The version of a new journey: not one that was used, whose messages the outbox still holds.

Of a journey forgotten long ago nobody knows the version: counting begins with the day.
"""
_SET = {"sqlite": _upsert(sqlite.insert(journeys)), "postgresql": _upsert(postgresql.insert(journeys))}
_STANDS = select(journeys.c.version, journeys.c.changed_at).where(journeys.c.person_id == bindparam("person_id"))
_PLAN = {
    "sqlite": sqlite.insert(reminders).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(reminders).on_conflict_do_nothing(),
}


def _own() -> ColumnElement[str]:
    """A reminder's name as its delivery's `part_of`."""
    return literal(f"{PART_OF}:") + cast(reminders.c.version, String) + ":" + reminders.c.step


def _delivery(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(deliveries.c.part_of == _own(), deliveries.c.person_id == reminders.c.person_id, *which)


_DROP_WAITING = (
    update(reminders)
    .where(reminders.c.person_id == bindparam("of"), reminders.c.state == "waiting")
    .values(state="dropped")
)
_CANCEL = (
    update(deliveries)
    .where(
        deliveries.c.person_id == bindparam("of"),
        deliveries.c.part_of.startswith(f"{PART_OF}:"),
        deliveries.c.state == State.QUEUED.value,
    )
    .values(state=State.FAILED.value, reason=CHANGED, changed_at=bindparam("at", type_=deliveries.c.changed_at.type))
)
_DROP_CANCELLED = (
    update(reminders)
    .where(
        reminders.c.person_id == bindparam("of"),
        reminders.c.state == "queued",
        _delivery(deliveries.c.state == State.FAILED.value, deliveries.c.reason == CHANGED),
    )
    .values(state="dropped")
)
_TOLD = select(reminders.c.once).where(reminders.c.person_id == bindparam("person_id"), reminders.c.state == "queued")
_COME_HOME = update(people).where(people.c.id == bindparam("of")).values(country=HOME)


def set_journey(connection: Connection, effect: SetJourney) -> None:
    """Keep the journey and plan its reminders; what was not sent yet is dropped. For somebody unknown, nothing."""
    person = connection.execute(_WHO, {"number_index": effect.number_index}).scalar()
    if person is None:
        return
    connection.execute(
        _SET[connection.dialect.name],
        {
            "person_id": person,
            "country": effect.country,
            "route": effect.route,
            "departs_on": effect.departs_on,
            "version": connection.execute(_FIRST, {"person_id": person, "day": _day(effect.at)}).scalar_one(),
            "changed_at": effect.at,
        },
    )
    stands = connection.execute(_STANDS, {"person_id": person}).one()
    if stands.changed_at > effect.at:
        return
    _drop(connection, person, effect.at)
    connection.execute(_COME_HOME, {"of": person})
    told = set(connection.execute(_TOLD, {"person_id": person}).scalars())
    rows = [
        {
            "person_id": person,
            "version": stands.version,
            "step": due.step,
            "once": due.once,
            "due_at": due.due_at,
            "deadline_at": due.deadline_at,
            "state": "waiting",
        }
        for due in effect.dues
        if due.once not in told
    ]
    if rows:
        connection.execute(_PLAN[connection.dialect.name], rows)


def end_journey(connection: Connection, effect: EndJourney) -> None:
    """Nothing of it is sent any more. What was told stays known, so that a new journey does not tell it again."""
    person = connection.execute(_WHO, {"number_index": effect.number_index}).scalar()
    if person is None:
        return
    ended = delete(journeys).where(journeys.c.person_id == person, journeys.c.changed_at <= effect.at)
    if connection.execute(ended).rowcount:
        _drop(connection, person, effect.at)


def _day(at: datetime) -> int:
    return (at.date() - _COUNTED_FROM).days


def _drop(connection: Connection, person: str, at: datetime) -> None:
    """What waits, also in the outbox. A message that a worker is sending now cannot be called back."""
    connection.execute(_DROP_WAITING, {"of": person})
    connection.execute(_CANCEL, {"of": person, "at": at})
    connection.execute(_DROP_CANCELLED, {"of": person})


_OF_READERS = (
    select(
        reminders.c.person_id,
        reminders.c.version,
        reminders.c.step,
        reminders.c.once,
        journeys.c.departs_on,
        (journeys.c.version == reminders.c.version).label("stands"),
    )
    .join(journeys, journeys.c.person_id == reminders.c.person_id, isouter=True)
    .where(reminders.c.person_id.in_(bindparam("ids", expanding=True)), reminders.c.state == "queued")
)


def outdated(connection: Connection, messages: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Of messages, as (person, part_of), the reminders that speak of a journey or of a day that is no more.

    A new try of one comes hours after the first, and counts as told meanwhile: what holds for any day still goes.
    """
    planned = {message for message in messages if message[1].startswith(f"{PART_OF}:")}
    if not planned:
        return frozenset()
    found = connection.execute(_OF_READERS, {"ids": sorted({person for person, _ in planned})})
    over = ((row.person_id, f"{PART_OF}:{row.version}:{row.step}") for row in found if _is_outdated(row))
    return frozenset(planned.intersection(over))


def _is_outdated(row: Row[tuple[object, ...]]) -> bool:
    _, is_dated, day = row.once.partition("@")
    return row.departs_on is None or (not row.stands and bool(is_dated) and day != row.departs_on.isoformat())


def forget_old(database: Database, before: date) -> int:
    """Delete every journey that began before a day, with its reminders, and what is left of those ended; how many."""
    over = reminders.c.deadline_at < datetime.combine(before, time(), tzinfo=UTC)
    gone = reminders.c.person_id.in_(select(journeys.c.person_id).where(journeys.c.departs_on < before))
    with database.writing() as connection:
        connection.execute(delete(reminders).where(or_(over, gone)))
        return connection.execute(delete(journeys).where(journeys.c.departs_on < before)).rowcount


# --- looking ------------------------------------------------------------------------------------------------------

_FIND = select(
    people.c.id, people.c.number_index, people.c.number_sealed, people.c.locale, journeys.c.country, journeys.c.route,
    journeys.c.departs_on,
).join_from(people, journeys, journeys.c.person_id == people.c.id)  # fmt: skip
_PLANNED = (
    select(reminders.c.step, reminders.c.due_at, reminders.c.deadline_at, reminders.c.state)
    .where(reminders.c.person_id == bindparam("person_id"), reminders.c.state != "dropped")
    .order_by(reminders.c.due_at)
)
_TOLD_FOR_GOOD = select(reminders.c.once).where(
    reminders.c.person_id == bindparam("person_id"),
    reminders.c.state == "queued",
    ~_delivery(deliveries.c.state == State.QUEUED.value),
)


def find(database: Database, indexes: Sequence[bytes]) -> Standing | None:
    """The journey of whoever has this number, by its blind index under every live key; None where there is none."""
    return _standing(database, people.c.number_index.in_(indexes))


def find_by_id(database: Database, person_id: str) -> Standing | None:
    """The journey of a person by their id."""
    return _standing(database, people.c.id == person_id)


def told_to(database: Database, indexes: Sequence[bytes]) -> frozenset[str]:
    """What somebody was told already, also of a journey they ended, so that no new plan tells it again."""
    with database.reading() as connection:
        person = connection.execute(select(people.c.id).where(people.c.number_index.in_(indexes))).scalar()
        return frozenset(connection.execute(_TOLD_FOR_GOOD, {"person_id": person}).scalars())


def _standing(database: Database, who: ColumnElement[bool]) -> Standing | None:
    with database.reading() as connection:
        row = connection.execute(_FIND.where(who)).first()
        if row is None:
            return None
        planned = tuple(Reminder(*found) for found in connection.execute(_PLANNED, {"person_id": row.id}))
    journey = Journey(row.country, row.route, row.departs_on)
    return Standing(row.id, row.number_index, row.number_sealed, row.locale, journey, planned)
