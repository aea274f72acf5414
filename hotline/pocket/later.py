"""Work that the carrier does by itself after a while: sending on, receipts, ringing out."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

Job = Callable[[], None]
WORKERS = 4


class Later:
    """A few threads and a row of due jobs. `settle` waits for work, not for alarms (a ring that runs out)."""

    def __init__(self) -> None:
        """No thread runs before the first job."""
        self._ready = threading.Condition()
        self._heap: list[tuple[float, int, bool, Job]] = []
        self._order = itertools.count()
        self._threads: list[threading.Thread] = []
        self._work = 0
        self._closed = False

    def work(self, job: Job, delay: float = 0.0) -> None:
        """Do a job after `delay` seconds; `settle` waits for it."""
        self._add(job, delay, counts=True)

    def alarm(self, job: Job, delay: float) -> None:
        """Do a job after `delay` seconds, unless everything ends before."""
        self._add(job, delay, counts=False)

    def settle(self, seconds: float = 30.0) -> bool:
        """Wait until no work is left; False if that took longer than `seconds`."""
        with self._ready:
            return self._ready.wait_for(lambda: self._work == 0, seconds)

    def close(self) -> None:
        """Forget what is not yet due and end the threads."""
        with self._ready:
            self._closed = True
            self._work -= sum(counts for _, _, counts, _ in self._heap)
            self._heap.clear()
            self._ready.notify_all()
        for thread in self._threads:
            thread.join(20.0)

    def _add(self, job: Job, delay: float, *, counts: bool) -> None:
        with self._ready:
            if self._closed:
                return
            heapq.heappush(self._heap, (time.monotonic() + delay, next(self._order), counts, job))
            self._work += counts
            if len(self._threads) < WORKERS:
                thread = threading.Thread(target=self._run, name="carrier", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._ready.notify()

    def _run(self) -> None:
        while (due := self._next()) is not None:
            counts, job = due
            try:
                job()
            finally:
                with self._ready:
                    self._work -= counts
                    self._ready.notify_all()

    def _next(self) -> tuple[bool, Job] | None:
        with self._ready:
            while not self._closed:
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait is not None and wait <= 0:
                    _, _, counts, job = heapq.heappop(self._heap)
                    return counts, job
                self._ready.wait(wait)
            return None
