"""Whether a message may go out now: the rules each claim applies, in the same transaction as the claim itself."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from hotline.domain.delivery import STRIKES_OUT, Priority, Reason
from hotline.domain.window import Hours, Window
from hotline.frozen import frozen

CORRECTION = "correction"
"""The topic that goes to who was told VALID, without a subscription."""
ANSWER = "answer"
"""The topic of an answer somebody heard and asked to have as SMS: no subscription, but STOP and HIDE hold."""
_UNSUBSCRIBED = frozenset({CORRECTION, ANSWER})
WEEK = timedelta(days=7)
DAY, AGAIN = timedelta(days=1), timedelta(hours=1)
SHORTEST = timedelta(seconds=30)
"""Before its window closes a message still waits for its slot, and for the provider."""


@frozen
class Local:
    """Where a person is: their clock, the country's window, and its holidays (as in window.opens_at)."""

    zone: tzinfo
    window: Window
    holidays: frozenset[str] = frozenset()


@frozen
class Reader:
    """The person a message is for, as they are in the moment of the claim.

    `had` counts broadcasts of seven days, `today` all messages of the last day; `last` is when something unasked was
    last sent within seven days.
    """

    local: Local | None
    stopped: bool
    hidden: bool
    voice_only: bool
    strikes: int
    subscribed: bool
    safe: Window | None
    had: int = 0
    today: int = 0
    last: datetime | None = None
    shared: bool = False


@frozen
class Wanted:
    """What is to go out. What is `urgent`, by two approvals, does not wait for the country's window.

    `void`: a reminder of a journey that was changed or ended since.
    """

    priority: Priority
    topic: str
    attempt: int
    deadline_at: datetime
    urgent: bool = False
    void: bool = False


@frozen
class Limits:
    """How many broadcasts a week, how many tries, and how many messages a day to one number, whatever they are."""

    weekly_cap: int
    attempts: int
    daily_cap: int = 30


@frozen
class Ruling:
    """`reason` "" : it goes, and must have arrived `until` then. Else it waits until then; without it it never goes."""

    reason: Reason = Reason.NONE
    until: datetime | None = None


def hours(priority: Priority, local: Local, safe: Window | None, *, urgent: bool = False) -> Hours:
    """When a person may get a message of this kind; `safe` is the window they named."""
    windows = () if priority is Priority.REPLY or urgent else (local.window,)
    if safe is not None:
        windows = (*windows, safe)
    # Who is to fly tomorrow is reminded on a holiday too; what can wait, waits.
    return Hours(local.zone, windows, local.holidays if priority is Priority.BULK else frozenset())


def rule(wanted: Wanted, reader: Reader | None, limits: Limits, now: datetime) -> Ruling:
    """Whether a message goes now, later, or never. None as reader: nobody knows the person any more."""
    if reader is None:
        return Ruling(Reason.GONE)
    if wanted.void:
        return Ruling(Reason.CHANGED)
    if now >= wanted.deadline_at:
        return Ruling(Reason.LATE)
    if why := _never(wanted, reader) or _enough(wanted, reader, limits):
        return Ruling(why)
    if (free := _crowded(wanted, reader, limits, now)) is not None:
        return free if free.until is None or free.until < wanted.deadline_at else Ruling(free.reason)
    assert reader.local is not None
    open_hours = hours(wanted.priority, reader.local, reader.safe, urgent=wanted.urgent)
    opens = open_hours.opens(now)
    if opens is None:
        closes = open_hours.closes(now)
        if closes - now >= SHORTEST:
            return Ruling(until=min(closes, wanted.deadline_at))
        opens = open_hours.opens(closes) or closes
    # What could only arrive too late is not kept waiting.
    return Ruling(Reason.QUIET_HOURS, opens if opens < wanted.deadline_at else None)


def _never(wanted: Wanted, reader: Reader) -> Reason:
    if reader.voice_only:
        return Reason.VOICE_ONLY
    if reader.local is None:
        return Reason.COUNTRY
    if not wanted.topic:
        return Reason.NONE
    if reader.stopped:
        return Reason.STOPPED
    if reader.hidden:
        return Reason.HIDDEN
    if wanted.topic not in _UNSUBSCRIBED and not reader.subscribed:
        return Reason.NO_CONSENT
    return Reason.BAD_NUMBER if reader.strikes >= STRIKES_OUT else Reason.NONE


def _crowded(wanted: Wanted, reader: Reader, limits: Limits, now: datetime) -> Ruling | None:
    """Whether the number has had enough for now: a shared telephone one a week, and nothing that is not neutral."""
    if reader.today >= limits.daily_cap:
        return Ruling(Reason.DAILY_CAP, now + AGAIN)
    if not reader.shared or wanted.priority is Priority.REPLY:
        return None
    if wanted.priority is Priority.ALERT:
        return Ruling(Reason.SHARED)
    return None if reader.last is None else Ruling(Reason.SHARED, reader.last + WEEK)


def _enough(wanted: Wanted, reader: Reader, limits: Limits) -> Reason:
    if wanted.attempt >= limits.attempts:
        return Reason.GAVE_UP
    if wanted.priority is Priority.BULK and reader.had >= limits.weekly_cap:
        return Reason.WEEKLY_CAP
    return Reason.NONE
