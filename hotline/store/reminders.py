"""Reminders that are due: each is taken by one worker once, put into the outbox, or given up as late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from sqlalchemy import Row, and_, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.delivery import Priority, State
from hotline.domain.journey import HOME, TOPIC, Journey
from hotline.frozen import frozen
from hotline.store.database import Database
from hotline.store.journeys import IN_FORCE, PART_OF
from hotline.store.own import journeys, reminders, subscriptions
from hotline.store.reach import deliveries
from hotline.store.schema import people

BATCH = 500


@frozen
class DueNow:
    """A reminder whose time has come, and whom it is for."""

    person_id: str
    version: int
    step: str
    due_at: datetime
    deadline_at: datetime
    journey: Journey
    locale: str
    centre: str


@frozen
class Text:
    """What is to be sent; `sealed` has the purpose `delivery`, bound to ("deliveries", "text", id)."""

    id: str
    sender: str
    sealed: bytes
    parts: int


_NOW = bindparam("now", type_=reminders.c.due_at.type)
# Without it what a changed plan left behind would be looked at again at every look.
_VOID = (
    update(reminders)
    .where(reminders.c.state == "waiting", reminders.c.due_at <= _NOW, ~IN_FORCE)
    .values(state="dropped")
)
_LATE = (
    update(reminders)
    .where(reminders.c.state == "waiting", reminders.c.due_at <= _NOW, reminders.c.deadline_at <= _NOW, IN_FORCE)
    .values(state="late")
)
_LOOKED_AT = update(journeys).where(journeys.c.abroad.is_(None)).values(abroad=False).returning(journeys.c.person_id)
_DUE = (
    select(reminders, journeys.c.country, journeys.c.route, journeys.c.departs_on)
    .add_columns(people.c.locale, people.c.centre, people.c.country.label("is_in"))
    .join(journeys, and_(journeys.c.person_id == reminders.c.person_id, journeys.c.version == reminders.c.version))
    .join(people, people.c.id == reminders.c.person_id)
    .join(
        subscriptions,
        and_(
            subscriptions.c.person_id == reminders.c.person_id,
            subscriptions.c.topic == TOPIC,
            subscriptions.c.detail == "",
        ),
    )
    .where(
        reminders.c.state == "waiting",
        reminders.c.due_at <= _NOW,
        reminders.c.deadline_at > _NOW,
        ~people.c.hidden,
        ~people.c.voice_only,
    )
    .order_by(reminders.c.due_at)
    .limit(bindparam("most"))
    # Another worker that looks at the same moment takes the next ones instead of waiting for these.
    .with_for_update(of=reminders, skip_locked=True)
)
_QUEUE = {
    "sqlite": sqlite.insert(deliveries).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(deliveries).on_conflict_do_nothing(),
}
_TAKEN = (
    update(reminders)
    .where(
        reminders.c.person_id == bindparam("of"),
        reminders.c.version == bindparam("of_version"),
        reminders.c.step == bindparam("of_step"),
    )
    .values(state=bindparam("now_is"))
)


def mark_late(database: Database, now: datetime) -> int:
    """Give up what is past its deadline; how many. What a changed journey left behind is dropped, and not counted."""
    with database.writing() as connection:
        connection.execute(_VOID, {"now": now})
        return connection.execute(_LATE, {"now": now}).rowcount


def move_abroad(database: Database, today: date) -> int:
    """Move the clock of everybody who left before `today` to their country; how many.

    Whoever told of a journey since the last look is at home first: a new day brings back who had left.
    """
    with database.writing() as connection:
        if told := connection.execute(_LOOKED_AT).scalars().all():
            connection.execute(update(people).where(people.c.id.in_(told)).values(country=HOME))
    left = select(journeys.c.person_id).where(~journeys.c.abroad, journeys.c.departs_on < today).limit(BATCH)
    going = update(journeys).where(journeys.c.person_id.in_(left), ~journeys.c.abroad).values(abroad=True)
    there = select(journeys.c.country).where(journeys.c.person_id == people.c.id).scalar_subquery()
    moved = 0
    while True:
        with database.writing() as connection:
            gone = connection.execute(going.returning(journeys.c.person_id)).scalars().all()
            if gone:
                connection.execute(update(people).where(people.c.id.in_(gone)).values(country=there))
        moved += len(gone)
        if len(gone) < BATCH:
            return moved


def queue_due(database: Database, now: datetime, make: Callable[[DueNow], Text | None]) -> tuple[int, int]:
    """Give each reminder that is due its one row in the outbox. A transaction a batch of at most 500.

    How many were queued, and how many set aside as `no_text`, because `make` had no words for them. However many clocks
    and workers run, each is queued once: its row is locked while it is taken, and the outbox holds one of each
    `part_of` and person.
    """
    queued = aside = 0
    while True:
        with database.writing() as connection:
            rows = connection.execute(_DUE, {"now": now, "most": BATCH}).all()
            made = [(row, make(_due(row))) for row in rows]
            written = [_row(row, text, now) for row, text in made if text is not None]
            if written:
                connection.execute(_QUEUE[connection.dialect.name], written)
            if made:
                connection.execute(_TAKEN, [_taken(row, "no_text" if text is None else "queued") for row, text in made])
        queued += len(written)
        aside += len(rows) - len(written)
        if len(rows) < BATCH:
            return queued, aside


def without_text(database: Database) -> Mapping[str, int]:
    """How many reminders of each step could not be written, for staff."""
    counted = select(reminders.c.step, func.count().label("many")).where(reminders.c.state == "no_text")
    with database.reading() as connection:
        return {row.step: row.many for row in connection.execute(counted.group_by(reminders.c.step))}


def _taken(row: Row[tuple[object, ...]], state: str) -> dict[str, object]:
    return {"of": row.person_id, "of_version": row.version, "of_step": row.step, "now_is": state}


def _due(row: Row[tuple[object, ...]]) -> DueNow:
    journey = Journey(row.country, row.route, row.departs_on)
    return DueNow(row.person_id, row.version, row.step, row.due_at, row.deadline_at, journey, row.locale, row.centre)


def _row(row: Row[tuple[object, ...]], text: Text, now: datetime) -> dict[str, object]:
    return {
        "id": text.id,
        "part_of": f"{PART_OF}:{row.version}:{row.step}",
        "person_id": row.person_id,
        "broadcast": "",
        "priority": Priority.REMINDER.value,
        "topic": TOPIC,
        "detail": "",
        "locale": row.locale,
        "sender": text.sender,
        "text_sealed": text.sealed,
        "parts": text.parts,
        "state": State.QUEUED.value,
        "reason": "",
        "due_at": row.due_at,
        "deadline_at": row.deadline_at,
        "attempt": 0,
        "looks": 0,
        "made_at": now,
        "changed_at": now,
        "country": row.is_in,
    }
