"""What the clocks have found due: one row an occurrence, and of any number of clocks the one that inserts it acts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from hotline.store.database import Database
from hotline.store.reach import occurrences

Act = Callable[[Connection], None]
"""What is done when something is due: its statements, in the transaction of the occurrence's row. Short."""
Place = tuple[str, str]
"""The schedule's key and the occurrence's key."""
BATCH = 400
BEGUN, MISSED = "begun", "missed"

# Without the option PostgreSQL's driver does not say whether a row was inserted.
_COUNTED = {"preserve_rowcount": True}
_SQLITE = sqlite.insert(occurrences).inline().execution_options(**_COUNTED)
_POSTGRESQL = postgresql.insert(occurrences).inline().execution_options(**_COUNTED)
_ROW = ["schedule", "occurrence"]
# A clock that was days ahead has called it missed: that is no reason to leave it out.
_BEGIN = {
    "sqlite": _SQLITE.on_conflict_do_update(
        index_elements=_ROW,
        set_={"at": _SQLITE.excluded.at, "state": _SQLITE.excluded.state},
        where=occurrences.c.state == MISSED,
    ),
    "postgresql": _POSTGRESQL.on_conflict_do_update(
        index_elements=_ROW,
        set_={"at": _POSTGRESQL.excluded.at, "state": _POSTGRESQL.excluded.state},
        where=occurrences.c.state == MISSED,
    ),
}
_MISS = {"sqlite": _SQLITE.on_conflict_do_nothing(), "postgresql": _POSTGRESQL.on_conflict_do_nothing()}
_KNOWN = select(occurrences).where(
    tuple_(occurrences.c.schedule, occurrences.c.occurrence).in_(bindparam("places", expanding=True))
)
_LAST = (
    select(occurrences.c.schedule, func.max(occurrences.c.occurrence).label("occurrence"))
    .where(occurrences.c.schedule.in_(bindparam("schedules", expanding=True)))
    .group_by(occurrences.c.schedule)
)


def claim(database: Database, schedule: str, occurrence: str, at: datetime, act: Act = lambda connection: None) -> bool:
    """Act on what is due, in one transaction with the row that says so; False, and nothing done, if that was done.

    Of any number of clocks at once one acts. If `act` raises, or the process dies before the commit, there is no row,
    and whoever looks next acts. Raises StoreDown.
    """
    with database.writing() as connection:
        values = {"schedule": schedule, "occurrence": occurrence, "at": at, "state": BEGUN}
        if not connection.execute(_BEGIN[connection.dialect.name], values).rowcount:
            return False
        act(connection)
    return True


def miss(database: Database, places: Iterable[Place], at: datetime) -> list[Place]:
    """Remember what nobody acted on in time; gives those of which nothing was known. Raises StoreDown."""
    new = []
    with database.writing() as connection:
        statement = _MISS[connection.dialect.name]
        for schedule, occurrence in places:
            values = {"schedule": schedule, "occurrence": occurrence, "at": at, "state": MISSED}
            if connection.execute(statement, values).rowcount:
                new.append((schedule, occurrence))
    return new


def known(database: Database, places: Collection[Place]) -> dict[Place, str]:
    """Which of these a clock has seen, and whether it was BEGUN or MISSED. Raises StoreDown."""
    asked, found = list(places), dict[Place, str]()
    with database.reading() as connection:
        for start in range(0, len(asked), BATCH):
            rows = connection.execute(_KNOWN, {"places": asked[start : start + BATCH]}).all()
            found |= {(row.schedule, row.occurrence): row.state for row in rows}
    return found


def begun(database: Database, schedule: str, since: datetime) -> list[str]:
    """What a clock has found due of one schedule since a moment, the earliest first. Raises StoreDown."""
    wanted = (
        select(occurrences.c.occurrence)
        .where(occurrences.c.schedule == schedule, occurrences.c.state == BEGUN, occurrences.c.at >= since)
        .order_by(occurrences.c.occurrence)
    )
    with database.reading() as connection:
        return list(connection.execute(wanted).scalars())


def last(database: Database, schedules: Collection[str]) -> dict[str, str]:
    """The key of the latest occurrence known of each schedule; nothing for one never seen. Raises StoreDown."""
    asked, found = list(schedules), dict[str, str]()
    with database.reading() as connection:
        for start in range(0, len(asked), BATCH):
            rows = connection.execute(_LAST, {"schedules": asked[start : start + BATCH]}).all()
            found |= {row.schedule: row.occurrence for row in rows}
    return found
