"""A journey abroad and its reminders: what is due when, on whose clock, and from when on it is too late for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from hotline.frozen import frozen

TOPIC = "reminders"
HOME = "PK"
"""Where everybody is until the day after the departure."""


class Phase(StrEnum):
    """Whose clock a reminder follows: home's before the departure, the country's after it."""

    BEFORE = "before"
    AFTER = "after"


@frozen
class Clock:
    """A country's local time; nobody is disturbed before minute `opens` of the day and from `closes` on."""

    zone: tzinfo
    opens: int
    closes: int


@frozen
class Step:
    """One reminder of a plan: `day` from the departure, at `minute`; sent until the evening of day `until`.

    One that is `dated` is said again for a new departure. `otherwise` names the text while `fact` may not be said.
    """

    name: str
    day: int
    minute: int
    until: int
    phase: Phase
    dated: bool = False
    fact: str = ""
    otherwise: str = ""


Plan = tuple[Step, ...]
Plans = Mapping[tuple[str, str], Plan]
"""By (country, route)."""
Clocks = Mapping[str, Clock]
"""By country."""


@frozen
class Journey:
    """Where somebody goes, how the job was found (`agency` or `direct`), and the day they leave."""

    country: str
    route: str
    departs_on: date


@frozen
class Due:
    """One reminder of one journey, on the clock of `country`; moments are UTC.

    `once` says what is told only once: the step, and for one that is dated the departure too.
    """

    step: str
    once: str
    country: str
    due_at: datetime
    deadline_at: datetime


@frozen
class SetJourney:
    """The person told of a journey, or of another day: what is not sent yet is planned anew.

    `dues` are what is to come as seen when the person said so; what was told meanwhile is left out when this is kept.
    """

    number_index: bytes
    country: str
    route: str
    departs_on: date
    dues: tuple[Due, ...]
    at: datetime


@frozen
class EndJourney:
    """No more reminders of this journey."""

    number_index: bytes
    at: datetime


def plan_of(journey: Journey, plans: Plans, clocks: Clocks) -> tuple[Due, ...]:
    """Every reminder of the journey, in order. KeyError for a country or route without a plan."""
    return tuple(_due(journey, step, clocks) for step in plans[journey.country, journey.route])


def catch_up(dues: Iterable[Due], clocks: Clocks, now: datetime, told: Collection[str] = ()) -> tuple[Due, ...]:
    """What is still to be sent for a journey that is entered or moved at `now`, in order.

    Not what was told, nor what is past its deadline. What should have gone before goes at the next opening, one a day,
    the most urgent first, on days without a reminder of their own. What finds no day before its deadline is left out.
    """
    left = [due for due in dues if due.once not in told and due.deadline_at > now]
    ahead = [due for due in left if due.due_at >= now]
    behind = [due for due in left if due.due_at < now]
    taken = {_day(due, clocks) for due in ahead}
    # Of two that end the same evening the later step counts more: it stood nearer to the departure.
    behind.sort(key=lambda due: (due.deadline_at, -due.due_at.timestamp()))
    for due in behind:
        at = next(
            (at for at in _openings(due, clocks[due.country], now) if _day_at(at, due, clocks) not in taken), None
        )
        if at is not None:
            moved = replace(due, due_at=at)
            taken.add(_day(moved, clocks))
            ahead.append(moved)
    return tuple(sorted(ahead, key=lambda due: due.due_at))


def _due(journey: Journey, step: Step, clocks: Clocks) -> Due:
    country = HOME if step.phase is Phase.BEFORE else journey.country
    clock = clocks[country]
    return Due(
        step=step.name,
        once=f"{step.name}@{journey.departs_on}" if step.dated else step.name,
        country=country,
        due_at=_moment(journey.departs_on + timedelta(days=step.day), step.minute, clock),
        deadline_at=_moment(journey.departs_on + timedelta(days=step.until), clock.closes, clock),
    )


def _moment(day: date, minute: int, clock: Clock) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=clock.zone).astimezone(UTC)


def _openings(due: Due, clock: Clock, now: datetime) -> Iterator[datetime]:
    """Moments from `now` on at which it may be sent, one a local day: at once today, else in the step's own hour."""
    local = now.astimezone(clock.zone)
    if local.hour * 60 + local.minute < clock.closes:
        yield max(now, _moment(local.date(), clock.opens, clock)).astimezone(UTC)
    own = due.due_at.astimezone(clock.zone)
    day = local.date() + timedelta(days=1)
    while (at := _moment(day, own.hour * 60 + own.minute, clock)) < due.deadline_at:
        yield at
        day += timedelta(days=1)


def _day(due: Due, clocks: Clocks) -> date:
    return _day_at(due.due_at, due, clocks)


def _day_at(at: datetime, due: Due, clocks: Clocks) -> date:
    return at.astimezone(clocks[due.country].zone).date()
