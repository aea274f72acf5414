"""The ticker: rings a worker for what is due. Any number may run: a job that waits is not rung twice."""

from __future__ import annotations

import signal
import threading
import time

import structlog

from hotline.errors import MemoryDown
from hotline.memory.client import connect_quick
from hotline.memory.jobs import Bell
from hotline.settings import Settings

log = structlog.get_logger("clock")
EVERY = (("sweep_ring_backs", "replies", 10.0), ("forget_old", "bulk", 3600.0))
"""A job, its queue, and every how many seconds it is rung for."""
FIRST_SECONDS, TICK_SECONDS = 60.0, 1.0


def run(settings: Settings) -> None:
    """Ring until SIGTERM or SIGINT."""
    over = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: over.set())
    tick(Bell(connect_quick(settings.redis_url)), over)


def tick(bell: Bell, over: threading.Event) -> None:
    """Ring for every job in its time, first after a minute; what Redis did not hear is rung again."""
    # At once would make the worker's start compete with the web's, while people wait for the first answer.
    due = {job: time.monotonic() + FIRST_SECONDS for job, _, _ in EVERY}
    while not over.wait(TICK_SECONDS):
        try:
            for job, queue, seconds in EVERY:
                if time.monotonic() >= due[job]:
                    bell.ring(job, queue=queue)
                    due[job] = time.monotonic() + seconds
        except MemoryDown:
            log.warning("redis is down")
