"""The ticker: it rings when something is due, goes on when Redis does not hear, and stops when told."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import Connection

from hotline.domain.schedule import Every, Occurrence, Schedule
from hotline.errors import StoreDown
from hotline.memory.client import connect_quick
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.jobs import Bell, slot
from hotline.service.clock import Diary
from hotline.store.database import Database
from workers import clock, tasks
from workers.clock import Clock

NOON = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


class Hours(threading.Event):
    """Time passes only when somebody waits; after `seconds` of it, one is told to stop."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.now, self.end = 0.0, seconds

    def __call__(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return self.now > self.end


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path / "redis") as started:
        yield started


@pytest.fixture
def quick(server: EmbeddedRedis) -> Iterator[redis.Redis]:
    with connect_quick(server.url) as opened:
        yield opened


@pytest.fixture
def diary(sqlite_database: Database) -> Diary:
    return Diary(sqlite_database, ())


def pass_time(bell: Bell, diary: Diary, seconds: float) -> None:
    over = Hours(seconds)
    # At one moment of the day: the names of jobs that cannot wait change with it.
    Clock(bell, diary, lambda: NOON, over).tick(over)


def test_only_what_cannot_wait_is_rung_in_the_first_minute(quick: redis.Redis, diary: Diary) -> None:
    bell = Bell(quick)
    pass_time(bell, diary, 9)
    assert sum(bell.waiting().values()) == 0
    pass_time(bell, diary, 59)
    assert sum(bell.waiting().values()) == len(clock.SOON)


def test_every_job_is_rung_in_its_time_and_waits_once(quick: redis.Redis, diary: Diary) -> None:
    rung: Counter[str] = Counter()

    class Counted(Bell):
        def ring(self, job: str, *ids: str, queue: str = "replies") -> bool:
            rung[job] += 1
            return super().ring(job, *ids, queue=queue)

    bell, hours = Counted(quick), 3
    pass_time(bell, diary, clock.FIRST_SECONDS + hours * 3600 - 1)
    over = clock.FIRST_SECONDS + hours * 3600 - 1
    first = {job: clock.SOON.get(job, clock.FIRST_SECONDS) for job, _, _ in clock.EVERY}
    assert rung == {job: math.ceil((over - first[job]) / seconds) for job, _, seconds in clock.EVERY}
    # Nobody worked meanwhile: one of each waits.
    assert sum(bell.waiting().values()) == len(clock.EVERY)


@pytest.mark.parametrize("job", sorted(clock.SLOTS))
def test_a_job_that_is_promised_soon_does_not_wait_for_a_worker_that_was_killed(
    quick: redis.Redis, diary: Diary, job: str
) -> None:
    bell = Bell(quick)
    pass_time(bell, diary, 61)
    waiting = sum(bell.waiting().values())
    seconds = clock.SLOTS[job]
    killed = Job.fetch(f"{job}-{slot(NOON.timestamp(), seconds=seconds)}", quick, serializer=JSONSerializer)
    Queue(killed.origin, quick, serializer=JSONSerializer).remove(killed)
    killed.set_status(JobStatus.STARTED)
    assert sum(bell.waiting().values()) == waiting - 1
    pass_time(bell, diary, 61)
    assert sum(bell.waiting().values()) == waiting - 1, "it counts as running"
    over = Hours(61)
    Clock(bell, diary, lambda: NOON + timedelta(seconds=seconds), over).tick(over)
    later = f"{job}-{slot(NOON.timestamp() + seconds, seconds=seconds)}"
    assert Job.fetch(later, quick, serializer=JSONSerializer).get_status() is JobStatus.QUEUED


def test_every_job_that_is_rung_for_is_there() -> None:
    assert all(callable(getattr(tasks, job)) for job, _, _ in clock.EVERY)


def test_two_tickers_ring_for_one_job(quick: redis.Redis, diary: Diary) -> None:
    for _ in range(2):
        pass_time(Bell(quick), diary, 61)
    assert sum(Bell(quick).waiting().values()) == len(clock.EVERY)


@dataclass
class Alarm:
    """One schedule, due at nine in Lahore each day; `troubles` are raised before it can begin."""

    begun: list[str] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    blind: list[Exception] = field(default_factory=list)

    def schedules(self) -> Iterable[Schedule]:
        if self.blind:
            raise self.blind.pop()
        return (Schedule("alarm", 540, "Asia/Karachi", date(2027, 5, 1), Every.DAY),)

    def begin(self, connection: Connection, schedule: str, occurrence: Occurrence) -> None:
        if self.troubles:
            raise self.troubles.pop()
        self.begun.append(occurrence.key)


def at(over: Hours) -> Callable[[], datetime]:
    """A clock on the wall that shows five to nine at first."""
    return lambda: datetime(2027, 5, 1, 3, 55, tzinfo=UTC) + timedelta(seconds=over.now)


def test_what_redis_did_not_hear_is_rung_again_and_schedules_go_on(
    server: EmbeddedRedis, quick: redis.Redis, sqlite_database: Database
) -> None:
    class Starts(Hours):
        """Redis comes back when it has been away from the beginning, and over nine o'clock."""

        def wait(self, timeout: float | None = None) -> bool:
            if self.now < 398 <= self.now + (timeout or 0.0):
                assert alarm.begun == ["2027-05-01"]
                server.start()
            return super().wait(timeout)

    server.stop()
    over, alarm, bell = Starts(401), Alarm(), Bell(quick)
    Clock(bell, Diary(sqlite_database, (alarm,)), at(over), over).tick(over)
    assert sum(bell.waiting().values()) == len(clock.EVERY)


def test_what_cannot_begin_is_tried_again_after_a_minute(quick: redis.Redis, sqlite_database: Database) -> None:
    over, alarm = Hours(299 + 2 * clock.REST_SECONDS), Alarm(troubles=[RuntimeError("1"), RuntimeError("2")])
    ticker = Clock(Bell(quick), Diary(sqlite_database, (alarm,)), at(over), over)
    ticker.tick(over)
    assert (alarm.troubles, alarm.begun) == ([], [])
    over.end += 5
    ticker.tick(over)
    assert alarm.begun == ["2027-05-01"]


def test_neither_a_database_that_is_down_nor_a_source_that_is_broken_stops_the_bells(
    quick: redis.Redis, sqlite_database: Database
) -> None:
    over, alarm = Hours(320), Alarm(troubles=[StoreDown("down")], blind=[RuntimeError("x"), StoreDown("down")])
    bell = Bell(quick)
    Clock(bell, Diary(sqlite_database, (alarm,)), at(over), over).tick(over)
    assert alarm.begun == ["2027-05-01"]
    # What cannot wait has another name every few seconds.
    assert sum(bell.waiting().values()) >= len(clock.EVERY)


@pytest.mark.parametrize("step", [-3600, 6 * 3600])
def test_a_step_of_the_clock_on_the_wall_moves_no_interval(
    quick: redis.Redis, sqlite_database: Database, step: int
) -> None:
    rung: list[tuple[float, str]] = []

    class Listed(Bell):
        def ring(self, job: str, *ids: str, queue: str = "replies") -> bool:
            rung.append((over.now, job))
            return True

    def wall() -> datetime:
        return at(over)() + timedelta(seconds=step if over.now > 400 else 0)

    over, alarm = Hours(900), Alarm()
    Clock(Listed(quick), Diary(sqlite_database, (alarm,)), wall, over).tick(over)
    sweeps = [seconds for seconds, job in rung if job == "sweep_ring_backs"]
    assert {later - one for one, later in pairwise(sweeps)} == {10.0}
    assert alarm.begun == ["2027-05-01"]
