"""When something is due that comes back, or comes once: a local time in a zone, whatever its clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from hotline.frozen import frozen

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
FARTHEST = timedelta(days=2)
"""No zone is as far from UTC, and no day is moved as far by its clocks."""


class Every(StrEnum):
    """How often."""

    ONCE = "once"
    DAY = "day"
    WEEK = "week"


@frozen
class Schedule:
    """Due at `minute` of the local day in `zone`, from the day `first` on, until `last` (None: for ever).

    `key` names it among all schedules of the hotline: at most 64 letters, digits, colons and dashes.
    """

    key: str
    minute: int
    zone: str
    first: date
    every: Every = Every.ONCE
    last: date | None = None


@frozen
class Occurrence:
    """One time a schedule is due: `key` is the local day it belongs to (`2027-03-28`), `at` the moment, in UTC."""

    key: str
    at: datetime


def occurrences(schedule: Schedule, after: datetime, until: datetime) -> Iterator[Occurrence]:
    """What is due later than `after` and no later than `until`, in order; both are aware.

    One for each local day. A time of day that does not exist is due at the first moment after the gap; one that exists
    twice is due the first time only.
    """
    zone = ZoneInfo(schedule.zone)
    last = until.astimezone(UTC).date() + FARTHEST
    if schedule.every is Every.ONCE:
        last = min(last, schedule.first)
    if schedule.last is not None:
        last = min(last, schedule.last)
    step = 7 * _DAY if schedule.every is Every.WEEK else _DAY
    early = after.astimezone(UTC).date() - FARTHEST
    day = schedule.first + step * max(0, -(-(early - schedule.first) // step))
    while day <= last:
        at = moment(day, schedule.minute, zone)
        if after < at <= until:
            yield Occurrence(day.isoformat(), at)
        day += step


def moment(day: date, minute: int, zone: tzinfo) -> datetime:
    """When a local time is, in UTC: the first time if it exists twice; the end of the gap if it does not exist."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), zone)
    at = wall.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return at
    # Read by the rule before the gap it lies after the gap, and by the rule after the gap it lies before it.
    return _change(wall.replace(fold=1).astimezone(UTC), at, zone)


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The second at which the zone's clocks are set, between two moments of which one is before and one is after."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
