"""Journeys and their reminders: entered, changed, ended, found. A reminder without its journey's version is void."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    String,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from hotline.domain.delivery import State
from hotline.domain.journey import EndJourney, Journey, SetJourney
from hotline.frozen import frozen
from hotline.store.database import Database
from hotline.store.own import journeys, reminders
from hotline.store.people import INDEXES, WANTS_NOTHING
from hotline.store.reach import deliveries
from hotline.store.schema import Instant, people

PART_OF = "reminder"
_COUNTED_FROM = date(2026, 1, 1)


@frozen
class Reminder:
    """One row of a plan, as staff see it."""

    step: str
    due_at: datetime
    deadline_at: datetime
    state: str


@frozen
class Standing:
    """A journey as it stands for one person, with its reminders in order; those of earlier plans only if they went."""

    person_id: str
    number_index: bytes
    number_sealed: bytes
    locale: str
    journey: Journey
    reminders: tuple[Reminder, ...]


# --- entering, changing, leaving ----------------------------------------------------------------------------------

_VERSION = func.coalesce(
    select(func.max(reminders.c.version) + 1).where(reminders.c.person_id == people.c.id).scalar_subquery(),
    bindparam("day", type_=Integer),
)
"""The version of a new journey: not one that was used, whose messages the outbox still holds.

Of a journey forgotten long ago nobody knows the version: counting begins with the day.
"""
_GIVEN = ("country", "route", "departs_on", "changed_at")
_ENTERED = select(
    people.c.id, _VERSION, *(bindparam(name, type_=journeys.c[name].type) for name in _GIVEN)
).where(people.c.number_index == bindparam("of"))  # fmt: skip


def _upsert(insert: postgresql.Insert | sqlite.Insert) -> ReturningInsert[tuple[str, int]]:
    new = insert.excluded
    entered = insert.from_select(["person_id", "version", *_GIVEN], _ENTERED)
    return entered.on_conflict_do_update(
        index_elements=["person_id"],
        set_={
            "country": new.country,
            "route": new.route,
            "departs_on": new.departs_on,
            "version": journeys.c.version + 1,
            "changed_at": new.changed_at,
            "abroad": None,
        },
        # What was spooled and is drained late must not undo what the person said since.
        where=journeys.c.changed_at <= new.changed_at,
    ).returning(journeys.c.person_id, journeys.c.version)


_SET = {"sqlite": _upsert(sqlite.insert(journeys)), "postgresql": _upsert(postgresql.insert(journeys))}


_UNTRIED = exists().where(
    deliveries.c.part_of == literal(f"{PART_OF}:") + cast(reminders.c.version, String) + ":" + reminders.c.step,
    deliveries.c.person_id == reminders.c.person_id,
    deliveries.c.attempted_at.is_(None),
    # Spelt out: a list of values cannot be part of a statement that runs once for each of many rows.
    or_(deliveries.c.state == State.QUEUED, deliveries.c.state == State.FAILED),
)
_TOLD = and_(reminders.c.state == "queued", ~_UNTRIED)
"""A reminder counts as told once its message was tried. One that never was is not sent any more when the plan moves."""
_COLUMNS = ("person_id", "version", "step", "once", "due_at", "deadline_at", "state")
_PLANNED_ANEW = select(*(bindparam(name, type_=reminders.c[name].type) for name in _COLUMNS)).where(
    ~exists().where(reminders.c.person_id == bindparam("person_id"), reminders.c.once == bindparam("once"), _TOLD)
)
_PLAN = {
    "sqlite": sqlite.insert(reminders).from_select(_COLUMNS, _PLANNED_ANEW).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(reminders).from_select(_COLUMNS, _PLANNED_ANEW).on_conflict_do_nothing(),
}
_END = delete(journeys).where(
    journeys.c.person_id.in_(select(people.c.id).where(people.c.number_index == bindparam("of"))),
    journeys.c.changed_at <= bindparam("at", type_=Instant),
)


_HOLD = (
    select(journeys.c.person_id, journeys.c.version, journeys.c.departs_on)
    .where(journeys.c.person_id.in_(bindparam("ids", expanding=True)))
    .order_by(journeys.c.person_id)
    # Else a plan that moves at this moment could count a message as not told that leaves now: it would be told twice.
    .with_for_update(read=True)
)
_QUEUED_OF = select(reminders.c.person_id, reminders.c.version, reminders.c.step, reminders.c.once).where(
    reminders.c.person_id.in_(bindparam("ids", expanding=True)), reminders.c.state == "queued"
)


def set_journey(connection: Connection, effect: SetJourney) -> None:
    """Keep the journey and plan its reminders, without what was told. For somebody unknown, nothing. Two statements.

    Reminders of the version before are void from now on, in the outbox too: who takes one looks at the version.
    """
    journey = {
        "of": effect.number_index,
        "country": effect.country,
        "route": effect.route,
        "departs_on": effect.departs_on,
        "day": (effect.at.date() - _COUNTED_FROM).days,
        "changed_at": effect.at,
    }
    stands = connection.execute(_SET[connection.dialect.name], journey).first()
    if stands is None or not effect.dues:
        return
    rows = [
        {
            "person_id": stands.person_id,
            "version": stands.version,
            "step": due.step,
            "once": due.once,
            "due_at": due.due_at,
            "deadline_at": due.deadline_at,
            "state": "waiting",
        }
        for due in effect.dues
    ]
    connection.execute(_PLAN[connection.dialect.name], rows)


def end_journey(connection: Connection, effect: EndJourney) -> None:
    """Nothing of it is sent any more. What was told stays known, so that a new journey does not tell it again.

    One statement.
    """
    connection.execute(_END, {"of": effect.number_index, "at": effect.at})


def void(connection: Connection, messages: Iterable[tuple[str, str, bool]]) -> frozenset[tuple[str, str]]:
    """Of messages, as (person, part_of, whether it was tried), those that must not go any more, as (person, part_of).

    One that was never tried is void once the journey is another, or is no more: the new plan has it again. One that was
    tried counts as told: void only where it names a day that is no more, for what holds for any day would be lost.
    Nobody changes these journeys before the caller's transaction has ended.
    """
    planned = [one for one in messages if one[1].startswith(f"{PART_OF}:")]
    if not planned:
        return frozenset()
    ids = sorted({person for person, _, _ in planned})
    held = {row.person_id: row for row in connection.execute(_HOLD, {"ids": ids})}
    tried = [(person, part_of) for person, part_of, was_tried in planned if was_tried]
    days = _days_of(connection, ids) if tried else {}
    found = set[tuple[str, str]]()
    for person, part_of, was_tried in planned:
        stands = held.get(person)
        if stands is None:
            over = True
        elif was_tried:
            over = days.get((person, part_of), "") not in ("", stands.departs_on.isoformat())
        else:
            over = part_of.split(":")[1] != str(stands.version)
        if over:
            found.add((person, part_of))
    return frozenset(found)


def _days_of(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """The day each reminder names that is in the outbox, "" for none, by (person, part_of)."""
    rows = connection.execute(_QUEUED_OF, {"ids": ids})
    return {(row.person_id, f"{PART_OF}:{row.version}:{row.step}"): row.once.partition("@")[2] for row in rows}


def forget_old(database: Database, before: date) -> int:
    """Delete every journey that began before a day, with its reminders, and what is left of those ended; how many."""
    over = reminders.c.deadline_at < datetime.combine(before, time(), tzinfo=UTC)
    gone = reminders.c.person_id.in_(select(journeys.c.person_id).where(journeys.c.departs_on < before))
    with database.writing() as connection:
        connection.execute(delete(reminders).where(or_(over, gone)))
        return connection.execute(delete(journeys).where(journeys.c.departs_on < before)).rowcount


# --- looking ------------------------------------------------------------------------------------------------------

IN_FORCE = exists().where(journeys.c.person_id == reminders.c.person_id, journeys.c.version == reminders.c.version)
"""Whether a reminder is of the journey as it stands."""
_SHOWN = or_(and_(reminders.c.version == journeys.c.version, reminders.c.state != "dropped"), _TOLD)
_STANDING = (
    select(
        people.c.id, people.c.number_index, people.c.number_sealed, people.c.locale, journeys.c.country,
        journeys.c.route, journeys.c.departs_on, reminders.c.step, reminders.c.due_at, reminders.c.deadline_at,
        reminders.c.state,
    )
    .outerjoin_from(people, journeys, journeys.c.person_id == people.c.id)
    .outerjoin(reminders, and_(reminders.c.person_id == people.c.id, _SHOWN))
    .order_by(reminders.c.due_at)
)  # fmt: skip
_TOLD_TO = select(reminders.c.once).join(people, people.c.id == reminders.c.person_id).where(_TOLD)


def find(database: Database, indexes: Sequence[bytes]) -> Standing | None:
    """The journey of whoever has this number, by its blind index under every live key; None where there is none."""
    return look(database, indexes)[0]


def find_by_id(database: Database, person_id: str) -> Standing | None:
    """The journey of a person by their id."""
    with database.reading() as connection:
        return _standing(connection.execute(_STANDING.where(people.c.id == person_id)).all())


def look(database: Database, indexes: Sequence[bytes]) -> tuple[Standing | None, bool]:
    """What `find` finds, and whether a STOP of somebody we have met stands. One statement."""
    wanted = _STANDING.add_columns(WANTS_NOTHING.label("stopped")).where(people.c.number_index.in_(INDEXES))
    with database.reading() as connection:
        rows = connection.execute(wanted, {"indexes": list(indexes)}).all()
    return _standing(rows), bool(rows and rows[0].stopped)


def told_to(database: Database, indexes: Sequence[bytes]) -> frozenset[str]:
    """What somebody was told already, also of a journey they ended, so that no new plan tells it again."""
    with database.reading() as connection:
        return frozenset(connection.execute(_TOLD_TO.where(people.c.number_index.in_(indexes))).scalars())


def _standing(rows: Sequence[Any]) -> Standing | None:
    if not rows or rows[0].country is None:
        return None
    first = rows[0]
    journey = Journey(first.country, first.route, first.departs_on)
    planned = tuple(Reminder(row.step, row.due_at, row.deadline_at, row.state) for row in rows if row.step is not None)
    return Standing(first.id, first.number_index, first.number_sealed, first.locale, journey, planned)
