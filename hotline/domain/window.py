"""Quiet hours: when a person may be disturbed, by the clock where they are and by the window they call safe."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from hotline.frozen import frozen

NEVER = datetime.max.replace(tzinfo=UTC)
"""When windows that have no minute in common open."""
DAY_MINUTES = 1440
_DAYS_AHEAD = 3
_MOST_CLOSED = 31
"""Closed days in a row that are looked past."""
_STEP = timedelta(minutes=30)
_AHEAD = timedelta(days=_DAYS_AHEAD)


@frozen
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


@frozen
class Hours:
    """When one place may be written to: inside every window, and not on a closed day (as in opens_at)."""

    zone: tzinfo
    windows: tuple[Window, ...] = ()
    closed: frozenset[str] = frozenset()

    def opens(self, at: datetime) -> datetime | None:
        """The next moment it is open; None when it is, NEVER when it never will be."""
        return opens_at(at, self.zone, self.windows, self.closed)

    def closes(self, at: datetime) -> datetime:
        """The next moment it is not open, for one at which it is; three days on where it stays open so long."""
        later = _edges(at, self.zone, self.windows)
        return next((moment for moment in later if not self._is_open(moment)), at + _AHEAD)

    def _is_open(self, at: datetime) -> bool:
        return _inside(at, self.zone, self.windows) and not _is_closed(at.astimezone(self.zone).date(), self.closed)


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
        if not _is_closed(day, closed):
            return None if found is now else found
        moment = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return NEVER


def _opens(now: datetime, zone: tzinfo, windows: tuple[Window, ...]) -> datetime | None:
    if _inside(now, zone, windows):
        return None
    return next((moment for moment in _edges(now, zone, windows) if _inside(moment, zone, windows)), NEVER)


def _is_closed(day: date, closed: frozenset[str]) -> bool:
    return bool(closed) and (day.isoformat() in closed or f"{day:%m-%d}" in closed)


def _inside(moment: datetime, zone: tzinfo, windows: tuple[Window, ...]) -> bool:
    local = moment.astimezone(zone)
    return all(window.holds(local.hour * 60 + local.minute) for window in windows)


def _edges(now: datetime, zone: tzinfo, windows: tuple[Window, ...]) -> list[datetime]:
    """Every moment of the next days at which it may open or close: edges of windows and days, changes of the clocks."""
    today = now.astimezone(zone).date()
    minutes = {0, *(edge for window in windows for edge in (window.opens, window.closes))}
    # Clocks change on whole and half hours of UTC, and then a window may open in its middle.
    whole = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    found = {whole + _STEP * step for step in range(_DAYS_AHEAD * 48)}
    for ahead in range(-1, _DAYS_AHEAD):
        for minute in minutes:
            wall = datetime.combine(today + timedelta(days=ahead), time(minute // 60 % 24, minute % 60), zone)
            found |= {wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)}
    return sorted(moment for moment in found if moment > now)
