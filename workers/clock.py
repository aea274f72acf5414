"""The ticker: rings the workers for their jobs, and begins what schedules say is due. Any number may run."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from hotline.errors import MemoryDown, StoreDown
from hotline.memory.client import connect_quick
from hotline.memory.jobs import Bell, slot
from hotline.service.clock import Diary, Due, Source
from hotline.service.series import Series
from hotline.settings import Settings
from hotline.store.database import Database
from hotline.store.occurrences import Place

log = structlog.get_logger("clock")
EVERY = (
    ("sweep_ring_backs", "replies", 10.0),
    ("erase", "replies", 10.0),
    ("sweep_deliveries", "reminders", 5.0),
    ("catch_up", "replies", 300.0),
    ("poll_silent", "bulk", 900.0),
    ("remind", "reminders", 30.0),
    ("fan_out", "reminders", 5.0),
    ("weigh", "bulk", 600.0),
    ("forget_old", "bulk", 3600.0),
)
"""A job, its queue, and every how many seconds it is rung for."""
FIRST_SECONDS, TICK_SECONDS, REST_SECONDS = 60.0, 1.0, 60.0
SOON = {"sweep_deliveries": 10.0}
"""What does not wait a minute at the start: somebody may be in the middle of a message."""
SLOTS = {"sweep_deliveries": 5, "fan_out": 15, "erase": 15, "remind": 15, "sweep_ring_backs": 15}
"""Jobs that wait no longer than so many seconds for one whose worker was killed: what they do is promised sooner."""


def run(settings: Settings) -> None:
    """Tick until SIGTERM or SIGINT."""
    over = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: over.set())
    database = Database.open(settings.database_url or f"sqlite:///{settings.folder / 'hotline.db'}")
    Clock(Bell(connect_quick(settings.redis_url)), Diary(database, sources(database))).tick(over)
    database.close()


def sources(database: Database) -> tuple[Source, ...]:
    """Everything that has schedules."""
    return (Series(database),)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Clock:
    """One ticker. `now` is the clock on the wall, which may be set; `seconds` counts on whatever happens to it."""

    bell: Bell
    diary: Diary
    now: Callable[[], datetime] = _now
    seconds: Callable[[], float] = time.monotonic
    rests: dict[Place, float] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    def tick(self, over: threading.Event) -> None:
        """Ring for every job in its time, first after a minute, and begin what is due, until told to stop."""
        # At once would make the worker's start compete with the web's, while people wait for the first answer.
        due = {job: self.seconds() + SOON.get(job, FIRST_SECONDS) for job, _, _ in EVERY}
        while not over.wait(TICK_SECONDS):
            self._ring(due)
            self._begin(over)

    def _ring(self, due: dict[str, float]) -> None:
        """What Redis did not hear is rung again."""
        try:
            for job, queue, seconds in EVERY:
                if self.seconds() >= due[job]:
                    ids = (slot(self.now().timestamp(), seconds=SLOTS[job]),) if job in SLOTS else ()
                    self.bell.ring(job, *ids, queue=queue)
                    due[job] = self.seconds() + seconds
        except MemoryDown:
            log.warning("redis is down")

    def _begin(self, over: threading.Event) -> None:
        """What the database did not keep is tried at the next tick; what cannot be begun, after a minute's rest."""
        try:
            for one in self._due():
                if over.is_set():
                    return
                # Where another clock is at work, going on beside it would be a race for every single one.
                if self.seconds() >= self.rests.get(one.place, 0.0) and not self._one(one):
                    return
        except StoreDown:
            log.warning("the database is down")
        except Exception:
            # Whatever a source does, the workers are to be rung for.
            log.exception("not looked")

    def _due(self) -> tuple[Due, ...]:
        look = self.diary.look(self.now())
        for schedule, occurrence in look.missed:
            log.error("missed", schedule=schedule, occurrence=occurrence)
        for schedule in set(look.unreadable) - self.unreadable:
            log.error("no such zone", schedule=schedule)
        self.unreadable.update(look.unreadable)
        return look.due

    def _one(self, due: Due) -> bool:
        """False when another clock was first."""
        try:
            did = self.diary.begin(due, self.now())
        except StoreDown:
            raise
        except Exception:
            # One that fails must not keep the others from beginning.
            self.rests[due.place] = self.seconds() + REST_SECONDS
            log.exception("not begun", schedule=due.schedule, occurrence=due.occurrence.key)
            return True
        self.rests.pop(due.place, None)
        if did:
            log.info("begun", schedule=due.schedule, occurrence=due.occurrence.key)
        return did
