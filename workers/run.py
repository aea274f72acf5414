"""A worker process: it outlives a restart of Redis, finishes its job when told to stop, and then ends."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

from hotline.errors import MemoryDown
from hotline.memory.client import Patience, connect_patient, connect_quick
from hotline.memory.jobs import Bell, worker
from hotline.settings import Settings

DRAIN_SECONDS = 30.0
"""How long a job that runs may go on after the worker was told to stop. What it leaves, its rows still say."""
CATCH_UP_AFTER = (5.0, 20.0)
"""Seconds after the start, and after that, when what was missed is asked for: the last texts may yet be under way."""


def work(settings: Settings) -> None:
    """Run jobs until SIGTERM or SIGINT."""
    os.environ["HOTLINE_DIR"] = str(settings.folder)
    over = threading.Event()
    # Whatever was down, this worker or all, is up again now.
    ringing = threading.Thread(target=_ring, args=(Bell(connect_quick(settings.redis_url)), over), daemon=True)
    ringing.start()
    patience = Patience()

    def told() -> None:
        over.set()
        patience.end()
        last = threading.Timer(DRAIN_SECONDS, os._exit, (1,))
        last.daemon = True
        last.start()

    worker(connect_patient(settings.redis_url, patience), told=told).work(logging_level="WARNING")
    over.set()
    ringing.join()


def _ring(bell: Bell, over: threading.Event) -> None:
    for seconds in CATCH_UP_AFTER:
        if over.wait(seconds):
            return
        # The clock rings for it all the same.
        with suppress(MemoryDown):
            bell.ring("catch_up")
