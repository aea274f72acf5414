"""What a WSGI server loads: the application of this process's environment, and what looks after its spool."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog
from flask import Flask

from hotline.errors import StoreDown
from hotline.house import House
from hotline.logs import set_up
from hotline.settings import load_settings
from hotline.web.app import create_app

log = structlog.get_logger("wsgi")
DRAIN_SECONDS = 5.0


def make() -> Flask:
    """The application; HOTLINE_DIR is what --dir was."""
    return create_app(open_house())


def open_house(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> House:
    """The house of this process, its name index made, its spool looked after."""
    set_up()
    house = House(load_settings(os.environ, Path(os.environ.get("HOTLINE_DIR", "var"))), now)
    try:
        house.agencies.warm()
    except StoreDown:
        # A process that would not start without the database could not spool either.
        log.warning("the database is down")
    # Flows and names live as long as the process: going through them again and again finds nothing to free.
    gc.collect()
    gc.freeze()
    # The spool lies on this machine's disk, so a process of this machine must empty it.
    threading.Thread(target=_drain, args=(house,), name="drain", daemon=True).start()
    return house


def _drain(house: House) -> None:
    pause = threading.Event()
    while not pause.wait(DRAIN_SECONDS):
        if not len(house.spool):
            continue
        try:
            log.info("drained", events=house.spool.drain(house.database))
        except StoreDown:
            log.warning("the database is still down")
        except Exception:
            # Without this thread nothing would be drained until the process starts anew.
            log.exception("not drained")
