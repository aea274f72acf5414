"""A worker process: it outlives a restart of Redis, finishes its job when told to stop, and then ends."""

from __future__ import annotations

import os

from hotline.memory.client import connect_patient
from hotline.memory.jobs import worker
from hotline.settings import Settings


def work(settings: Settings) -> None:
    """Run jobs until SIGTERM or SIGINT."""
    os.environ["HOTLINE_DIR"] = str(settings.folder)
    worker(connect_patient(settings.redis_url)).work(logging_level="WARNING")
