"""What is counted, for /metrics: turns, refusals, failures. Labels are words of ours, never what a person sent."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

TEXT = CONTENT_TYPE_LATEST
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """One process's counts; where several serve, they share a folder named by PROMETHEUS_MULTIPROC_DIR."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = Counter("hotline_events_total", "What happened", ["what", "why"], registry=self.registry)
        self._seconds = Histogram(
            "hotline_answer_seconds", "From webhook to answer", ["channel"], buckets=_BUCKETS, registry=self.registry
        )
        # Finding a counter by its labels costs more than counting.
        self._event = cache(self._events.labels)
        self._answer = cache(self._seconds.labels)

    def count(self, what: str, why: str = "") -> None:
        """One more of something."""
        self._event(what, why).inc()

    def answered(self, channel: str, seconds: float) -> None:
        """One answer, and how long it took."""
        self._answer(channel).observe(seconds)

    def page(self) -> bytes:
        """Prometheus's text format, of all processes that serve."""
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
        if folder and Path(folder).is_dir():
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self.registry)
