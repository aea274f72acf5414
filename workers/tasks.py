"""What RQ runs, one function a job. Any may run twice: it looks at the database and does what is still to be done."""

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path

import structlog

from hotline.channels.twilio.rest import OutboundCall
from hotline.errors import SendError
from hotline.house import House
from hotline.settings import load_settings
from hotline.store import inbox

log = structlog.get_logger("tasks")
FREE_SECONDS = 5.0
"""From a missed call until we ring: sooner, the caller's line may still be busy with their own call."""


@cache
def _house() -> House:
    """The house of this worker process: RQ calls jobs by name, so there is nobody to pass it to them."""
    return House(load_settings(os.environ, Path(os.environ.get("HOTLINE_DIR", "var"))))


def forget_old() -> None:
    """Drop what was said, after its keeping time."""
    house = _house()
    forgotten = inbox.forget_old(house.database, house.now())
    log.info("forgot", words=forgotten.words, sessions=forgotten.sessions, not_understood=forgotten.not_understood)


def ring_back(case: str) -> None:
    """Ring who rang us, once; a counsellor has the case if that cannot be done."""
    house = _house()
    waiting = house.ring_back.waiting(case)
    if waiting is None:
        return
    since = (house.now() - waiting.opened_at).total_seconds()
    # What waited in the queue waited long enough: else one worker could ring twelve people a minute.
    time.sleep(min(FREE_SECONDS, max(0.0, FREE_SECONDS - since)))
    ring = house.ring_back.claim(waiting, house.now())
    if ring is None:
        return
    try:
        house.channel.call(OutboundCall(ring.id, ring.sender, ring.to))
    except SendError as error:
        house.ring_back.failed()
        log.warning("not rung back", id=ring.id, code=error.code)
    else:
        house.ring_back.made(ring, house.now())
        log.info("rung back", id=ring.id)


def sweep_ring_backs() -> None:
    """Ring for missed calls no worker took on; those older than 10 minutes are a counsellor's."""
    house = _house()
    if found := house.ring_back.sweep(house.now()):
        log.info("swept", open=found)
