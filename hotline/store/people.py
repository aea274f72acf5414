"""The people we have met and the stops they asked for, found by blind index only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, delete, exists, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.keeping import MeetPerson, SetLocale, SetReach, Start, Stop
from hotline.domain.person import Person
from hotline.frozen import frozen
from hotline.store.database import Database
from hotline.store.own import consents, erasures
from hotline.store.schema import cases, people, suppressions

BATCH = 200

INDEXES: BindParameter[bytes] = bindparam("indexes", expanding=True)
"""A person's blind index under every live key."""
_FIND = (
    select(people, suppressions.c.stopped, suppressions.c.changed_at)
    .join_from(people, suppressions, suppressions.c.number_index.in_(INDEXES), isouter=True)
    .where(people.c.number_index.in_(INDEXES))
)
STOP_STANDS = (
    select(suppressions.c.stopped)
    .where(suppressions.c.number_index.in_(INDEXES))
    .order_by(suppressions.c.changed_at.desc(), suppressions.c.stopped.desc())
    .limit(1)
    .scalar_subquery()
)
"""Whether nothing may be sent to this number unasked: as it was said last, under whichever key. NULL: never said."""
WANTS_NOTHING = or_(
    func.coalesce(STOP_STANDS, false()),
    exists().where(people.c.number_index.in_(INDEXES), or_(people.c.hidden, people.c.voice_only)),
)
"""Whether a STOP, HIDE or NOSMS stands: then nothing is sent unasked."""
IS_SHARED = exists().where(people.c.number_index.in_(INDEXES), people.c.shared)
"""Whether others use this telephone too: then it gets no alerts."""
# Without their key nobody's number can be read: they are as unknown here as who was never met.
_SEALED = select(people.c.id, people.c.number_index, people.c.number_sealed, people.c.key_sealed).where(
    people.c.key_sealed.is_not(None)
)
# Without the option PostgreSQL's driver does not say whether a row was inserted.
_COUNTED = {"preserve_rowcount": True}
_MEET = {
    "sqlite": sqlite.insert(people).on_conflict_do_nothing().inline(),
    "postgresql": postgresql.insert(people).on_conflict_do_nothing().inline(),
}
_SUPPRESS_SQLITE, _SUPPRESS_POSTGRESQL = sqlite.insert(suppressions), postgresql.insert(suppressions)
_SUPPRESS = {
    "sqlite": _SUPPRESS_SQLITE.on_conflict_do_update(
        index_elements=["number_index"],
        set_={"stopped": _SUPPRESS_SQLITE.excluded.stopped, "changed_at": _SUPPRESS_SQLITE.excluded.changed_at},
        # A spooled STOP that is drained late must not undo a START that came after it.
        where=suppressions.c.changed_at <= _SUPPRESS_SQLITE.excluded.changed_at,
    ).execution_options(**_COUNTED),
    "postgresql": _SUPPRESS_POSTGRESQL.on_conflict_do_update(
        index_elements=["number_index"],
        set_={"stopped": _SUPPRESS_POSTGRESQL.excluded.stopped, "changed_at": _SUPPRESS_POSTGRESQL.excluded.changed_at},
        where=suppressions.c.changed_at <= _SUPPRESS_POSTGRESQL.excluded.changed_at,
    ).execution_options(**_COUNTED),
}
_SET_LOCALE = update(people).where(people.c.number_index == bindparam("of")).values(locale=bindparam("to"), chosen=True)
INDEXED = (people, consents, cases, erasures)
"""Tables that keep a person's blind index, one row or more of it each. `suppressions` is merged by itself."""


@frozen
class SealedNumber:
    """A person's number as it is kept, with the key that opens it: see own_keys.open_number."""

    person_id: str
    number_index: bytes
    number_sealed: bytes
    key_sealed: bytes


def find(database: Database, indexes: Sequence[bytes]) -> Person | None:
    """Who has this number, by its blind index under every live key, newest first. One SELECT."""
    with database.reading() as connection:
        rows = connection.execute(_FIND, {"indexes": list(indexes)}).all()
    if not rows:
        return None
    kept = min(rows, key=lambda row: indexes.index(row.number_index))
    changes = [(row.changed_at, row.stopped) for row in rows if row.changed_at is not None]
    stopped = max(changes)[1] if changes else False
    return Person(kept.number_index, kept.locale, kept.centre, kept.since, kept.chosen, stopped)


@frozen
class Wishes:
    """What stands against writing to a number unasked: a STOP, HIDE or NOSMS; that others use it, against alerts."""

    nothing: bool
    shared: bool


def wishes(database: Database, indexes: Sequence[bytes]) -> Wishes:
    """What was wished for this number, whether or not we still know the person. One SELECT."""
    with database.reading() as connection:
        found = connection.execute(select(WANTS_NOTHING, IS_SHARED), {"indexes": list(indexes)}).one()
    return Wishes(bool(found[0]), bool(found[1]))


def safe_hours(database: Database, indexes: Sequence[bytes]) -> tuple[int, int] | None:
    """The minutes of the day between which alone a person wants to be reached; None where they named none."""
    named = select(people.c.safe_from, people.c.safe_until).where(people.c.number_index.in_(list(indexes)))
    with database.reading() as connection:
        row = connection.execute(named.where(people.c.safe_from.is_not(None))).first()
    return (row.safe_from, row.safe_until or 0) if row else None


def number_of(database: Database, indexes: Sequence[bytes]) -> SealedNumber | None:
    """The sealed number kept under one of these indexes, for those who may ring or write."""
    with database.reading() as connection:
        row = connection.execute(_SEALED.where(people.c.number_index.in_(list(indexes)))).first()
    return SealedNumber(*row) if row else None


def number_of_person(database: Database, person_id: str) -> SealedNumber | None:
    """The same by the opaque id other tables know the person by."""
    with database.reading() as connection:
        row = connection.execute(_SEALED.where(people.c.id == person_id)).first()
    return SealedNumber(*row) if row else None


def every_number(database: Database, after: str = "", batch: int = BATCH) -> Iterator[Sequence[SealedNumber]]:
    """Everybody's sealed number in batches, by id from one on; each batch is read when it is asked for."""
    return database.batches(_SEALED, people.c.id, SealedNumber, after, batch)


def meet(connection: Connection, effect: MeetPerson, at: datetime) -> None:
    """Remember a number from `at` on, and the person's own key with it, unless the number is known. One statement."""
    connection.execute(
        _MEET[connection.dialect.name],
        {
            "number_index": effect.number_index,
            "number_sealed": effect.number_sealed,
            "key_sealed": effect.key_sealed,
            "locale": effect.locale,
            "centre": effect.centre,
            "since": at,
            "id": effect.id,
            "country": effect.country,
        },
    )


def set_locale(connection: Connection, effect: SetLocale) -> None:
    """One statement."""
    connection.execute(_SET_LOCALE, {"of": effect.number_index, "to": effect.locale})


def set_reach(connection: Connection, effect: SetReach) -> None:
    """How the person may be reached. One statement."""
    values: dict[str, bool | int] = {}
    if effect.hidden is not None:
        values["hidden"] = effect.hidden
    if effect.voice_only is not None:
        values["voice_only"] = effect.voice_only
    if effect.shared is not None:
        values["shared"] = effect.shared
    if effect.safe is not None:
        values["safe_from"], values["safe_until"] = effect.safe
    connection.execute(update(people).where(people.c.number_index == effect.number_index).values(**values))


def suppress(connection: Connection, effect: Stop | Start) -> bool:
    """Change the list of those who must not be written to; False where a later change is known. One statement."""
    values = {"number_index": effect.number_index, "stopped": isinstance(effect, Stop), "changed_at": effect.at}
    return bool(connection.execute(_SUPPRESS[connection.dialect.name], values).rowcount)


def move(connection: Connection, older: Sequence[bytes], newest: bytes) -> None:
    """Keep under the newest index whatever of this person is kept under an older one, in the caller's transaction.

    A person kept under both, met anew before anybody knew, stays as they were met first. The sealed values are bound
    to the person's id, so they need no new seal.
    """
    older = list(older)
    every = select(people.c.id).where(people.c.number_index.in_([newest, *older])).order_by(people.c.since)
    if doubles := connection.execute(every).scalars().all()[1:]:
        connection.execute(delete(people).where(people.c.id.in_(doubles)))
    for table in INDEXED:
        connection.execute(update(table).where(table.c.number_index.in_(older)).values(number_index=newest))
    move_stop(connection, older, newest)


def move_stop(connection: Connection, older: Sequence[bytes], newest: bytes) -> None:
    """Keep a stop under the newest index; of several, the one that was changed last."""
    every = suppressions.c.number_index.in_([newest, *older])
    stops = connection.execute(select(suppressions).where(every)).all()
    if all(row.number_index == newest for row in stops):
        return
    last = max(stops, key=lambda row: row.changed_at)
    connection.execute(delete(suppressions).where(every))
    connection.execute(
        suppressions.insert(),
        {"number_index": newest, "stopped": last.stopped, "changed_at": last.changed_at},
    )
