"""A broadcast while everything breaks: nobody is missed and nobody gets it twice, by the carrier's own book.

Every run prints its seed; another is taken from HOTLINE_SEED.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
import redis as redis_client
from sqlalchemy import text

from hotline.domain.delivery import State
from hotline.store.database import Database
from hotline.store.migrating import migrate
from tests.soak.rig import FAULTY, QUICK, Found, Rig, check, rig

SEED = int(os.environ.get("HOTLINE_SEED", "1"))
ASKED = {f"+92300{n:07d}": f"person {n}" for n in range(5)}
TAKEN = {f"SM{n}": number for n, number in enumerate(ASKED)}
ROWS = {person: (State.SENT.value, f"SM{n}") for n, person in enumerate(ASKED.values())}
OUTAGE_SECONDS = 1
F4_SEEDS = 5
BRISK = {
    **QUICK, "lease_seconds": 3, "connect_seconds": 0.5, "answer_seconds": 1, "parts_per_second": 200,
}  # fmt: skip
"""Half of every time that a pause has to outlast, and so slowly that there is work left for eight pauses."""
everything = pytest.mark.soak
long = pytest.mark.timeout(600)


@pytest.mark.fast
def test_the_checker_passes_a_broadcast_that_reached_everybody_once() -> None:
    assert check(ASKED, TAKEN, ROWS).whole


@pytest.mark.fast
def test_the_checker_sees_a_planted_loss_though_the_row_says_sent() -> None:
    found = check(ASKED, {sid: number for sid, number in TAKEN.items() if sid != "SM3"}, ROWS)
    assert (found.lost, found.duplicates, found.whole) == (1, 0, False)


@pytest.mark.fast
def test_the_checker_sees_a_planted_duplicate() -> None:
    found = check(ASKED, {**TAKEN, "SM9": "+923000000002"}, ROWS)
    assert (found.lost, found.duplicates, found.strangers, found.whole) == (0, 1, 1, False)


@pytest.mark.fast
def test_the_checker_sees_a_row_that_was_left_open() -> None:
    found = check(ASKED, TAKEN, {**ROWS, "person 1": (State.UNKNOWN.value, "SM1")})
    assert (dict(found.open), found.whole) == ({"unknown": 1}, False)


def whole(deployment: Rig) -> None:
    """Everybody once, every row final, and the file sound."""
    found = deployment.found()
    assert found.whole, found
    if deployment.database.dialect == "sqlite":
        with deployment.database.reading() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def told(name: str, deployment: Rig, took: float) -> None:
    """The figures of a run, for whoever reads its output."""
    count = len(deployment.people)
    met = dict(deployment.carrier.faults.met)
    print(f"{name}: {count} people in {took:.1f} s, {count / took:.0f}/s, faults met {met}")


@long
def test_a_small_broadcast_reaches_everybody_once(tmp_path: Path, database_url: str) -> None:
    with rig(tmp_path, database_url, 500, SEED) as run:
        told("small", run, run.until_done(60))
        whole(run)


@long
def test_a_small_broadcast_survives_faults_and_kills(tmp_path: Path, sqlite_url: str) -> None:
    with rig(tmp_path, sqlite_url, 600, SEED, odds=FAULTY) as run:
        kills = iter(range(4))
        took = run.until_done(90, lambda at: run.kill_a_worker() if next(kills, None) is not None else None)
        told("small, faults and kills", run, took)
        whole(run)


@everything
@long
def test_f1_ten_thousand_people_without_faults(tmp_path: Path, database_url: str) -> None:
    with rig(tmp_path, database_url, 10_000, SEED) as run:
        took = run.until_done(60)
        told("F1", run, took)
        whole(run)


@everything
@long
@pytest.mark.parametrize("odds", [None, FAULTY], ids=["f2", "f3"])
def test_f2_f3_twenty_kills(tmp_path: Path, sqlite_url: str, odds: object) -> None:
    with rig(tmp_path, sqlite_url, 10_000, SEED, odds=odds) as run:
        killed = []

        def kill(at: float) -> None:
            if len(killed) < 20 and at > len(killed) * 0.7 + 2:
                killed.append(at)
                run.kill_a_worker()

        took = run.until_done(240, kill)
        told("F3" if odds else "F2", run, took)
        whole(run)
        assert len(killed) == 20
        assert took <= (120 if odds else 60)


@everything
@long
def test_f4_workers_that_are_paused_longer_than_their_lease(tmp_path: Path) -> None:
    duplicates = 0
    for seed in range(SEED, SEED + F4_SEEDS):
        (folder := tmp_path / str(seed)).mkdir()
        database = Database.open(f"sqlite:///{folder / 'hotline.db'}")
        migrate(database)
        database.close()
        found = paused(folder, seed)
        assert found.lost == 0
        duplicates += found.duplicates
    assert duplicates <= 1


def paused(folder: Path, seed: int) -> Found:
    """Eight pauses of one and a half leases, one after another, while 8,000 people are sent to; the books."""
    with rig(folder, f"sqlite:///{folder / 'hotline.db'}", 8_000, seed, times=BRISK) as run:
        asleep: dict[int, float] = {}
        pauses = []

        def pause(at: float) -> None:
            for place, since in list(asleep.items()):
                if at - since > 1.5 * BRISK["lease_seconds"]:
                    run.workers[place].signal(signal.SIGCONT)
                    del asleep[place]
            if len(pauses) < 8 and not asleep and at > 1:
                place = run.random.randrange(len(run.workers))
                pauses.append(at)
                asleep[place] = at
                run.workers[place].signal(signal.SIGSTOP)

        took = run.until_done(120, pause)
        for place in asleep:
            run.workers[place].signal(signal.SIGCONT)
        told(f"F4 seed {seed}", run, took)
        found = run.found()
        print(f"F4: {len(pauses)} pauses, {found}")
        assert len(pauses) == 8
        return found


@everything
@long
def test_f5_redis_is_flushed_and_killed(tmp_path: Path, sqlite_url: str) -> None:
    with rig(tmp_path, sqlite_url, 10_000, SEED) as run:
        flushed, killed, still = [], [], []

        def disturb(at: float) -> None:
            still.append((at, run.still_open()))
            if len(flushed) < 10 and at > 2 + len(flushed) * 0.8:
                flushed.append(at)
                with redis_client.Redis.from_url(run.redis.url) as server:
                    server.flushall()
            elif len(killed) < 3 and at > 4 + len(killed) * 3:
                killed.append(at)
                os.kill(run.redis.pid, signal.SIGKILL)
                time.sleep(OUTAGE_SECONDS)
                run.redis.stop()
                run.redis.start()

        took = run.until_done(240, disturb)
        told("F5", run, took)
        whole(run)
        print(f"F5: flushed {len(flushed)}, killed {len(killed)}, longest standstill {standstill(still):.1f} s")
        assert (len(flushed), len(killed)) == (10, 3)
        assert standstill(still) <= 10 + OUTAGE_SECONDS


def standstill(seen: list[tuple[float, int]]) -> float:
    """The longest time, in seconds, in which the number of open rows did not change; `seen` are (at, open)."""
    longest, since = 0.0, seen[0]
    for at, count in seen:
        if count != since[1]:
            since = (at, count)
        longest = max(longest, at - since[0])
    return longest
