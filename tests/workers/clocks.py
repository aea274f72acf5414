"""Clock processes to be killed: the ticker itself, with a clock on the wall that is told, and acts that can be counted.

Started as `python -m tests.workers.clocks DATABASE REDIS SCHEDULES SECONDS [POINT]`: SCHEDULES are due at the start,
each act takes SECONDS, and the process ends by itself at POINT: `before` the act, `after` it, or once it is `kept`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, select

from hotline.domain.schedule import Occurrence, Schedule
from hotline.memory.client import connect_quick
from hotline.memory.jobs import Bell
from hotline.service.clock import Diary, Due
from hotline.settings import ROOT
from hotline.store.database import Database
from workers.clock import Clock

NOW = datetime.fromisoformat("2027-03-28T07:00:00+00:00")
ENDED = 9
acts = Table(
    "acts",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("schedule", String(40)),
    Column("day", String(10)),
)
"""What was begun, as often as it was: nothing here keeps a second out."""


@dataclass(frozen=True)
class Many:
    """Schedules that are all due at nine in Rome, on the morning after the clocks were set."""

    count: int
    seconds: float
    point: str = ""

    def schedules(self) -> Iterable[Schedule]:
        return [Schedule(f"s{n}", 540, "Europe/Rome", date(2027, 3, 28)) for n in range(self.count)]

    def begin(self, connection: Connection, schedule: str, occurrence: Occurrence) -> None:
        if self.point == "before":
            os._exit(ENDED)
        connection.execute(acts.insert().values(schedule=schedule, day=occurrence.key))
        if self.point == "after":
            os._exit(ENDED)
        time.sleep(self.seconds)


class Ending(Diary):
    """Ends the process once something is kept, before anybody is told."""

    def begin(self, due: Due, now: datetime) -> bool:
        if super().begin(due, now):
            os._exit(ENDED)
        return False


def main(url: str, redis_url: str, count: str, seconds: str, point: str = "") -> None:
    over, started = threading.Event(), time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    kind = Ending if point == "kept" else Diary
    diary = kind(Database.open(url), (Many(int(count), float(seconds), point),))

    def wall() -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - started)

    Clock(Bell(connect_quick(redis_url)), diary, wall).tick(over)


def start(url: str, count: int, seconds: float, point: str = "") -> subprocess.Popen[bytes]:
    """One clock process. Nobody listens at its Redis: it has nothing to ring for within the first minute."""
    words = [url, "redis://127.0.0.1:9", str(count), str(seconds), *filter(None, (point,))]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.workers.clocks", *words],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def begun(database: Database) -> Counter[str]:
    """How often each was begun."""
    with database.reading() as connection:
        return Counter(connection.execute(select(acts.c.schedule)).scalars())


def race(
    database: Database, url: str, *, count: int, seconds: float, every: float, most: int = 1000
) -> tuple[int, float]:
    """Four clocks, one killed and started again every so often, `most` times; kills, and seconds until all is begun.

    Kills wait for progress: on a busy machine nothing else would ever happen.
    """
    clocks = [start(url, count, seconds) for _ in range(4)]
    began = killed = time.monotonic()
    kills = seen = 0
    try:
        while (done := len(begun(database))) < count:
            if kills < most and done > seen + count // 20 and time.monotonic() > killed + every:
                clocks[kills % 4].kill()
                clocks[kills % 4].wait()
                clocks[kills % 4] = start(url, count, seconds)
                kills, seen, killed = kills + 1, done, time.monotonic()
            time.sleep(0.02)
        took = time.monotonic() - began
        wait_for_all(clocks)
        return kills, took
    finally:
        for clock in clocks:
            clock.kill()
            clock.wait()


def wait_for_all(clocks: Iterable[subprocess.Popen[bytes]]) -> None:
    """Let every clock look twice more, and end: a second act would be seen after this."""
    time.sleep(2.5)
    for clock in clocks:
        clock.send_signal(signal.SIGTERM)
    for clock in clocks:
        clock.wait(20)


if __name__ == "__main__":
    main(*sys.argv[1:])
