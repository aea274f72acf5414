"""Quiet hours: when a person may be disturbed, by the clock where they are and by the window they call safe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

NEVER = datetime.max.replace(tzinfo=UTC)
"""When windows that have no minute in common open."""
DAY_MINUTES = 1440
_DAYS_AHEAD = 3
_MOST_CLOSED = 31
"""Closed days in a row that are looked past."""
_STEP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Window:
    """Minutes of the local day, the last not included. Past midnight where it opens later than it closes.

    One that opens when it closes is the whole day.
    """

    opens: int
    closes: int

    def holds(self, minute: int) -> bool:
        """Whether a minute of the day is inside."""
        if self.opens == self.closes:
            return True
        if self.opens < self.closes:
            return self.opens <= minute < self.closes
        return minute >= self.opens or minute < self.closes


def opens_at(
    now: datetime, zone: tzinfo, windows: tuple[Window, ...], closed: frozenset[str] = frozenset()
) -> datetime | None:
    """The next moment (UTC) inside every window; None when `now` is inside; NEVER when no minute is in all of them.

    `now` is aware; `closed` are local days on which nothing opens, of every year (`12-25`) or of one (`2027-03-10`).
    Where a change of the clocks leaves a window's first minute out, it opens with the first one that is there; where
    an hour comes twice, both are inside.
    """
    moment = now
    for _ in range(_MOST_CLOSED):
        opens = _opens(moment, zone, windows)
        found = moment if opens is None else opens
        if found is NEVER:
            return NEVER
        day = found.astimezone(zone).date()
        if day.isoformat() not in closed and f"{day:%m-%d}" not in closed:
            return None if found is now else found
        moment = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return NEVER


def closes_at(now: datetime, zone: tzinfo, windows: tuple[Window, ...]) -> datetime:
    """When the first of these windows closes (UTC), for a moment inside all of them; NEVER where none does."""
    local = now.astimezone(zone)
    closing = [NEVER]
    for window in windows:
        if window.opens != window.closes:
            over_night = window.opens > window.closes and local.hour * 60 + local.minute >= window.opens
            at = time(window.closes // 60 % 24, window.closes % 60)
            wall = datetime.combine(local.date() + timedelta(days=over_night), at, zone)
            closing += [
                moment for moment in (wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)) if moment > now
            ]
    return min(closing)


def _opens(now: datetime, zone: tzinfo, windows: tuple[Window, ...]) -> datetime | None:
    if _inside(now, zone, windows):
        return None
    found = (moment for moment in _edges(now, zone, windows) if moment > now and _inside(moment, zone, windows))
    return min(found, default=NEVER)


def _inside(moment: datetime, zone: tzinfo, windows: tuple[Window, ...]) -> bool:
    local = moment.astimezone(zone)
    return all(window.holds(local.hour * 60 + local.minute) for window in windows)


def _edges(now: datetime, zone: tzinfo, windows: tuple[Window, ...]) -> Iterator[datetime]:
    """Every moment of the next days at which it may open: where a window begins, or the clocks change."""
    today = now.astimezone(zone).date()
    for ahead in range(-1, _DAYS_AHEAD):
        for window in windows:
            at = time(window.opens // 60 % 24, window.opens % 60)
            wall = datetime.combine(today + timedelta(days=ahead), at, zone)
            yield wall.astimezone(UTC)
            yield wall.replace(fold=1).astimezone(UTC)
    # Clocks change on whole and half hours of UTC, and then a window may open in its middle.
    step = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for _ in range(_DAYS_AHEAD * 48):
        step += _STEP
        yield step
