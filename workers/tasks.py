"""What RQ runs, one function a job. Every job may run twice: it looks at the database and does what is still to be done."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import structlog

from hotline.house import House
from hotline.settings import load_settings
from hotline.store import inbox

log = structlog.get_logger("tasks")


@cache
def _house() -> House:
    """The house of this worker process: RQ calls jobs by name, so there is nobody to pass it to them."""
    return House(load_settings(os.environ, Path(os.environ.get("HOTLINE_DIR", "var"))))


def forget_old() -> None:
    """Drop what was said, after its keeping time."""
    house = _house()
    forgotten = inbox.forget_old(house.database, house.now())
    log.info("forgot", words=forgotten.words, sessions=forgotten.sessions, not_understood=forgotten.not_understood)
