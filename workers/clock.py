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
FORGET_SECONDS, FIRST_SECONDS = 3600.0, 60.0
TICK_SECONDS = 1.0


def run(settings: Settings) -> None:
    """Ring until SIGTERM or SIGINT."""
    over = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: over.set())
    tick(Bell(connect_quick(settings.redis_url)), over)


def tick(bell: Bell, over: threading.Event) -> None:
    """Ring for everything once an hour, the first time after a minute; what Redis did not hear is rung again."""
    # At once would make the worker's start compete with the web's, while people wait for the first answer.
    due = time.monotonic() + FIRST_SECONDS
    while not over.wait(TICK_SECONDS):
        if time.monotonic() < due:
            continue
        try:
            bell.ring("forget_old", queue="bulk")
            due = time.monotonic() + FORGET_SECONDS
        except MemoryDown:
            log.warning("redis is down")
