"""What RQ runs, one function a job. Any may run twice: it looks at the database and does what is still to be done."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from pathlib import Path

import structlog

from hotline.channels.base import Inbound
from hotline.channels.twilio.rest import OutboundCall
from hotline.errors import MemoryDown, SendError, StoreDown
from hotline.house import House
from hotline.memory import jobs
from hotline.service.fan_out import FanOut
from hotline.service.remind import Ticked
from hotline.settings import load_settings
from hotline.store import claims, forgetting, inbox, unsettled

log = structlog.get_logger("tasks")
ERASE_ROUNDS = 20
"""Wishes that come while others are carried out are waited for so often; then the clock rings again."""
FREE_SECONDS = 5.0
"""From a missed call until we ring: sooner, the caller's line may still be busy with their own call."""
LANES = "abcdefgh"
"""As many workers may send at once: each lane is a job of its own."""

CATCH_UP_SECONDS = 120.0
"""How long one run answers what was missed; the next finds the rest. A job of more than 180 s is taken for dead."""


@cache
def _house() -> House:
    """The house of this worker process: RQ calls jobs by name, so there is nobody to pass it to them."""
    return House(load_settings(os.environ, Path(os.environ.get("HOTLINE_DIR", "var"))))


def catch_up() -> None:
    """Answer what people sent while no webhook reached us: the provider is asked for it."""
    house, began, answered = _house(), time.monotonic(), 0
    try:
        for inbound in house.catch_up.unheard(house.now()):
            if time.monotonic() - began > CATCH_UP_SECONDS:
                break
            _answer_late(house, inbound)
            answered += 1
    except (SendError, StoreDown) as error:
        # What is left is found again by the next ring.
        log.warning("not caught up", code=error.code)
    if answered:
        house.metrics.count("caught_up")
        log.info("caught up", answered=answered)


def _answer_late(house: House, inbound: Inbound) -> None:
    try:
        house.converse.answer(house.channel, inbound, house.now())
    except StoreDown:
        raise
    except Exception as error:
        # As in a webhook: one that our own code fails on must not keep the others waiting.
        house.metrics.count("broken", type(error).__name__)
        log.exception("broken", id=inbound.id)
        house.converse.apologise(house.channel, inbound, house.now())


def fan_out(slot: str = "") -> None:
    """Move every broadcast on: start what is due, plan it, look at the first batch and the failures, end it."""
    house = _house()
    FanOut(house.reach, _tell_broadcast).run(house.now())


def _tell_broadcast(broadcast: str, stage: str, why: str) -> None:
    log.info("broadcast", id=broadcast, stage=stage, why=why)


def forget_old() -> None:
    """Drop what was said, and everything else whose keeping time is over."""
    house = _house()
    forgotten = inbox.forget_old(house.database, house.now())
    log.info("forgot", words=forgotten.words, sessions=forgotten.sessions, not_understood=forgotten.not_understood)
    log.info("forgot", journeys=house.remind.forget(house.now()))
    gone = forgetting.forget(house.database, house.now(), house.settings.zone)
    log.info("forgot more", **asdict(gone))


def erase(slot: str = "") -> None:
    """Erase everybody who asked for it, and have the provider delete its copies."""
    house = _house()
    for _ in range(ERASE_ROUNDS):
        wait = house.eraser.sweep(house.now())
        if wait is None:
            break
        time.sleep(max(0.05, wait.total_seconds()))
    if gone := house.eraser.clear_copies(house.now()):
        log.info("copies deleted", count=gone)


def weigh() -> None:
    """Draft alerts from new reports, and from a new list where the import could not."""
    house = _house()
    now = house.now()
    if made := house.alarm.weigh(now) + house.alarm.after_publish(now):
        log.info("drafted alerts", drafts=made)


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


def sweep_ring_backs(slot: str = "") -> None:
    """Ring for missed calls no worker took on; those older than 10 minutes are a counsellor's."""
    house = _house()
    if found := house.ring_back.sweep(house.now()):
        log.info("swept", open=found)


def remind(slot: str = "") -> None:
    """Put every reminder that is due into the outbox, and move the clock of who has left."""
    house = _house()
    ticked = house.remind.tick(house.now())
    if ticked != Ticked(0, 0, 0):
        log.info("reminded", **asdict(ticked))


def send(lane: str, slot: str = "") -> None:
    """Send what is due for a while, and ring again if more is."""
    house = _house()
    if house.post.run(_replies_wait):
        _ring_send(lane, jobs.SLOTS // 2)
    log.info("sent", lane=lane, slot=slot)


def sweep_deliveries(slot: str = "") -> None:
    """Ring for what is due, and for what nobody knows enough about."""
    house = _house()
    now, sending = house.now(), house.settings.sending
    grace = timedelta(seconds=max(sending.grace_seconds, sending.list_lag_seconds))
    if lost := unsettled.expire(house.database, now, grace):
        log.warning("leases ran out", count=lost, slot=slot)
    if claims.is_due(house.database, now):
        for lane in LANES:
            _ring_send(lane)
    if unsettled.is_open(house.database, now):
        _ring(("reconcile", jobs.slot(time.time())), "reminders")


def reconcile(slot: str = "") -> None:
    """Ask the provider what became of messages nobody knows about."""
    house = _house()
    if found := house.reconcile.unknown():
        log.info("looked for", unknown=found, slot=slot)


def poll_silent() -> None:
    """Ask the provider about messages of which nothing was heard for long."""
    house = _house()
    if found := house.reconcile.silent():
        log.info("asked about", sent=found)


def _replies_wait() -> bool:
    try:
        return _house().bell.waiting()["replies"] > 0
    except MemoryDown:
        return True


def _ring_send(lane: str, ahead: int = 0) -> None:
    _ring(("send", lane, jobs.slot(time.time(), ahead)), "bulk")


def _ring(job: tuple[str, ...], queue: str) -> None:
    try:
        _house().bell.ring(*job, queue=queue)
    except MemoryDown:
        log.warning("redis is down")
