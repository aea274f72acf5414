"""Bells ring a real worker on a real server; nothing about a person is left in what RQ keeps."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from hotline.errors import MemoryDown, Refused
from hotline.memory.client import connect_patient, connect_quick
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.jobs import FAILED_SECONDS, QUEUES, Bell, worker

ROOT = Path(__file__).parents[2]
WORKER = """
import sys
from hotline.memory.client import connect_patient
from hotline.memory.jobs import worker
worker(connect_patient(sys.argv[1])).work()
"""
RAN = []


def note(*ids):
    """A job."""
    RAN.append(ids)


def leave(one):
    """A job of another process."""
    (Path(os.environ["LEFT"]) / one).touch()


def fail(*ids):
    """A job that always breaks."""
    raise ValueError(*ids)


@pytest.fixture
def bell(quick):
    RAN.clear()
    return Bell(quick, tasks=__name__)


@pytest.fixture
def work(server, bell):
    def run():
        with connect_patient(server.url) as connection:
            worker(connection).work(burst=True, logging_level="INFO")

    return run


def test_a_ring_runs_the_job_with_its_ids(bell, work):
    assert bell.ring("note", "01J9ZK", "7")
    assert bell.waiting() == {"replies": 1, "reminders": 0, "bulk": 0}
    work()
    assert RAN == [("01J9ZK", "7")]
    assert sum(bell.waiting().values()) == 0


def test_a_job_that_waits_is_not_rung_twice_and_one_that_ran_is_rung_again(bell, work):
    assert [bell.ring("note", "a"), bell.ring("note", "a"), bell.ring("note", "b")] == [True, False, True]
    work()
    assert sorted(RAN) == [("a",), ("b",)]
    assert bell.ring("note", "a")
    work()
    assert len(RAN) == 3


def test_a_job_that_failed_is_kept_a_week_and_can_be_rung_again(bell, work, inspect):
    bell.ring("fail", "x")
    work()
    assert 0 < inspect.ttl("rq:job:fail-x") <= FAILED_SECONDS
    assert bell.ring("fail", "x")


def test_people_who_wait_come_before_broadcasts(bell, work):
    for queue in reversed(QUEUES):
        bell.ring("note", queue, queue=queue)
    work()
    assert [(queue,) for queue in QUEUES] == RAN


def test_nothing_is_pickled_and_no_argument_is_told(bell, work, inspect, caplog):
    bell.ring("note", "secret-7")
    job = inspect.hgetall("rq:job:note-secret-7")
    assert job[b"description"] == b"note"
    assert zlib.decompress(job[b"data"]) == b'["' + __name__.encode() + b'.note", null, ["secret-7"], {}]'
    with caplog.at_level(logging.INFO, logger="rq.worker"):
        work()
    assert "('secret-7'" not in caplog.text


def test_whatever_rq_keeps_of_a_job_that_is_done_expires(bell, work, inspect):
    bell.ring("note", "a")
    work()
    kept = [key for key in inspect.scan_iter() if b"note-a" in key]
    assert kept
    assert all(0 < inspect.ttl(key) <= 60 for key in kept)


@pytest.mark.parametrize("one", ["+923001234567", "923001234567", "03001234567", "a b", "", "x" * 65, "\u06a9", "a.b"])
def test_an_id_that_could_be_a_number_or_a_text_is_refused(bell, one):
    with pytest.raises(Refused, match="opaque"):
        bell.ring("note", one)


@pytest.mark.parametrize(("job", "queue"), [("os.system", "replies"), ("", "replies"), ("note", "urgent")])
def test_a_job_or_queue_that_is_none_is_refused(bell, job, queue):
    with pytest.raises(Refused, match="no job"):
        bell.ring(job, queue=queue)


def test_without_redis_a_ring_fails_by_name(tmp_path):
    bell = Bell(connect_quick(f"unix://{tmp_path}/nobody"))
    for ask in (bell.waiting, lambda: bell.ring("note", "a")):
        with pytest.raises(MemoryDown):
            ask()


def test_a_worker_outlives_a_redis_that_is_killed(tmp_path):
    with EmbeddedRedis(tmp_path) as server:
        environment = os.environ | {"LEFT": str(tmp_path), "PYTHONPATH": str(ROOT)}
        working = subprocess.Popen(
            [sys.executable, "-c", WORKER, server.url],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for round_of_work in ("before", "after"):
                with connect_quick(server.url) as quick:
                    Bell(quick, tasks=__name__).ring("leave", round_of_work)
                while not (tmp_path / round_of_work).exists():
                    assert working.poll() is None
                    time.sleep(0.01)
                if round_of_work == "before":
                    os.kill(server.pid, signal.SIGKILL)
                    server.stop()
                    server.start()
            working.terminate()
            assert working.wait() == 0
        finally:
            working.kill()
            working.wait()
