"""The people we have met and the stops they asked for, found by blind index only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.keeping import MeetPerson, SetLocale, Start, Stop
from hotline.domain.person import Person
from hotline.store.database import Database
from hotline.store.schema import people, stop_words, suppressions

_INDEXES: BindParameter[bytes] = bindparam("indexes", expanding=True)
_FIND = (
    select(people, suppressions.c.stopped, suppressions.c.changed_at)
    .join_from(people, suppressions, suppressions.c.number_index.in_(_INDEXES), isouter=True)
    .where(people.c.number_index.in_(_INDEXES))
)
_NUMBER = select(people.c.number_sealed).where(people.c.number_index == bindparam("number_index"))
_STOPPED = select(suppressions.c.stopped, suppressions.c.changed_at).where(suppressions.c.number_index.in_(_INDEXES))
_MEET = {
    "sqlite": sqlite.insert(people).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(people).on_conflict_do_nothing(),
}
_SUPPRESS_SQLITE, _SUPPRESS_POSTGRESQL = sqlite.insert(suppressions), postgresql.insert(suppressions)
_SUPPRESS = {
    "sqlite": _SUPPRESS_SQLITE.on_conflict_do_update(
        index_elements=["number_index"],
        set_={"stopped": _SUPPRESS_SQLITE.excluded.stopped, "changed_at": _SUPPRESS_SQLITE.excluded.changed_at},
        # A spooled STOP that is drained late must not undo a START that came after it.
        where=suppressions.c.changed_at <= _SUPPRESS_SQLITE.excluded.changed_at,
    ),
    "postgresql": _SUPPRESS_POSTGRESQL.on_conflict_do_update(
        index_elements=["number_index"],
        set_={"stopped": _SUPPRESS_POSTGRESQL.excluded.stopped, "changed_at": _SUPPRESS_POSTGRESQL.excluded.changed_at},
        where=suppressions.c.changed_at <= _SUPPRESS_POSTGRESQL.excluded.changed_at,
    ),
}
_SET_LOCALE = update(people).where(people.c.number_index == bindparam("of")).values(locale=bindparam("to"), chosen=True)


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


def is_stopped(database: Database, indexes: Sequence[bytes]) -> bool:
    """Whether nothing may be sent to this number unasked, whether or not we still know the person."""
    with database.reading() as connection:
        changes = connection.execute(_STOPPED, {"indexes": list(indexes)}).all()
    return bool(max((change.changed_at, change.stopped) for change in changes)[1]) if changes else False


def number_of(database: Database, index: bytes) -> bytes | None:
    """The sealed number kept under an index, for those who may ring or write."""
    with database.reading() as connection:
        sealed: bytes | None = connection.execute(_NUMBER, {"number_index": index}).scalar()
    return sealed


def meet(connection: Connection, effect: MeetPerson, at: datetime) -> None:
    """Remember a number from `at` on, unless it is known. One statement."""
    connection.execute(
        _MEET[connection.dialect.name],
        {
            "number_index": effect.number_index,
            "number_sealed": effect.number_sealed,
            "locale": effect.locale,
            "centre": effect.centre,
            "since": at,
        },
    )


def set_locale(connection: Connection, effect: SetLocale) -> None:
    """One statement."""
    connection.execute(_SET_LOCALE, {"of": effect.number_index, "to": effect.locale})


def stop_or_start(connection: Connection, effect: Stop | Start) -> None:
    """Change the list of those who must not be written to, and keep the proof. Two statements."""
    stopped = isinstance(effect, Stop)
    connection.execute(
        _SUPPRESS[connection.dialect.name],
        {"number_index": effect.number_index, "stopped": stopped, "changed_at": effect.at},
    )
    connection.execute(
        stop_words.insert(),
        {
            "number_index": effect.number_index,
            "stopped": stopped,
            "word": effect.word,
            "channel": effect.channel,
            "at": effect.at,
        },
    )
