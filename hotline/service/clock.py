"""What is due by the clock on the wall: done once, by whichever clock comes first, and never left out silently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import Connection

from hotline.domain.schedule import Occurrence, Schedule, occurrences
from hotline.frozen import frozen
from hotline.store import occurrences as store
from hotline.store.database import Database

LOOK_BACK = timedelta(hours=24)
"""What was due while no clock ran is done late, up to this; what is older is remembered as missed."""
UNSURE = timedelta(days=8)
"""Before the latest occurrence that is known, one may be missing that failed while the others were done."""


class Source(Protocol):
    """Something with schedules: broadcasts, for one."""

    def schedules(self) -> Iterable[Schedule]:
        """Those that may be due now or later. Asked every second. Raises StoreDown."""

    def begin(self, connection: Connection, schedule: str, occurrence: Occurrence) -> None:
        """Do what is due, by statements on this connection only: they commit with the row that says it was done.

        Short, and without ringing anybody: what has to follow is found by a job that looks at the rows. If it raises,
        nothing was done, and it is tried again.
        """


@frozen
class Due:
    """One occurrence nobody has acted on yet, and whose it is."""

    source: Source
    schedule: str
    occurrence: Occurrence

    @property
    def place(self) -> store.Place:
        """How the database knows it."""
        return self.schedule, self.occurrence.key


@frozen
class Look:
    """What one look found: what is to be done, the earliest first; what is too late; schedules of no known zone."""

    due: tuple[Due, ...]
    missed: tuple[store.Place, ...]
    unreadable: tuple[str, ...]


class Diary:
    """The schedules of all sources, as one clock goes through them. Any number of clocks may, at any time."""

    def __init__(self, database: Database, sources: Sequence[Source]) -> None:
        self._database, self._sources = database, sources
        self._begun: set[store.Place] = set()
        self._looked: dict[str, datetime] = {}

    def look(self, now: datetime) -> Look:
        """What is due by the moment `now`, and remember what is too late to be done. Raises StoreDown."""
        schedules = [(source, schedule) for source in self._sources for schedule in source.schedules()]
        self._recall([schedule for _, schedule in schedules])
        oldest, found, unreadable = now - LOOK_BACK, list[Due](), list[str]()
        for source, schedule in schedules:
            # A clock that is set back looks at the same days again; one that is set forward, at all it passed over.
            since = min(oldest, self._looked[schedule.key])
            try:
                found += [Due(source, schedule.key, one) for one in occurrences(schedule, since, now)]
            except (ZoneInfoNotFoundError, ValueError):
                unreadable.append(schedule.key)
        found = [due for due in found if due.place not in self._begun]
        known = store.known(self._database, {due.place for due in found}) if found else {}
        late = [due.place for due in found if due.occurrence.at <= oldest and due.place not in known]
        missed = store.miss(self._database, late, now) if late else []
        self._begun.update(place for place, state in known.items() if state == store.BEGUN)
        for _, schedule in schedules:
            self._looked[schedule.key] = oldest
        due = (one for one in found if one.occurrence.at > oldest and known.get(one.place) != store.BEGUN)
        return Look(tuple(sorted(due, key=lambda one: one.occurrence.at)), tuple(missed), tuple(unreadable))

    def begin(self, due: Due, now: datetime) -> bool:
        """Do it, unless another clock did. Raises StoreDown and whatever its source raises; then it is still to do."""
        did = store.claim(
            self._database,
            due.schedule,
            due.occurrence.key,
            now,
            lambda connection: due.source.begin(connection, due.schedule, due.occurrence),
        )
        self._begun.add(due.place)
        return did

    def _recall(self, schedules: Iterable[Schedule]) -> None:
        """Of schedules this clock sees for the first time: up to when others have looked."""
        new = {schedule.key: schedule for schedule in schedules if schedule.key not in self._looked}
        last = store.last(self._database, new) if new else {}
        for key, schedule in new.items():
            known = date.fromisoformat(last[key]) if key in last else schedule.first
            self._looked[key] = datetime.combine(known, time(), UTC) - UNSURE
