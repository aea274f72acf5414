"""The ticker: it rings when something is due, goes on when Redis does not hear, and stops when told."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from hotline.memory.client import connect_quick
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.jobs import Bell
from workers import clock, tasks


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


def pass_time(bell: Bell, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    over = Hours(seconds)
    monkeypatch.setattr(clock.time, "monotonic", over)
    clock.tick(bell, over)


def test_nothing_is_rung_in_the_first_minute(quick: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    bell = Bell(quick)
    pass_time(bell, 59, monkeypatch)
    assert sum(bell.waiting().values()) == 0


def test_every_job_is_rung_in_its_time_and_waits_once(quick: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: Counter[str] = Counter()

    class Counted(Bell):
        def ring(self, job: str, *ids: str, queue: str = "replies") -> bool:
            rung[job] += 1
            return super().ring(job, *ids, queue=queue)

    bell, hours = Counted(quick), 3
    pass_time(bell, clock.FIRST_SECONDS + hours * 3600 - 1, monkeypatch)
    assert rung == {job: math.ceil((hours * 3600 - 1) / seconds) for job, _, seconds in clock.EVERY}
    # Nobody worked meanwhile: one of each waits.
    assert sum(bell.waiting().values()) == len(clock.EVERY)


def test_every_job_that_is_rung_for_is_there() -> None:
    assert all(callable(getattr(tasks, job)) for job, _, _ in clock.EVERY)


def test_two_tickers_ring_for_one_job(quick: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        pass_time(Bell(quick), 61, monkeypatch)
    assert sum(Bell(quick).waiting().values()) == len(clock.EVERY)


def test_what_redis_did_not_hear_is_rung_again(
    server: EmbeddedRedis, quick: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Starts(Hours):
        """Redis comes back after a hundred seconds."""

        def wait(self, timeout: float | None = None) -> bool:
            if self.now < 100 <= self.now + (timeout or 0.0):
                server.start()
            return super().wait(timeout)

    server.stop()
    over = Starts(103)
    monkeypatch.setattr(clock.time, "monotonic", over)
    bell = Bell(quick)
    clock.tick(bell, over)
    assert sum(bell.waiting().values()) == len(clock.EVERY)
