"""When a broadcast will be finished: so many parts a second, and nobody disturbed outside their own day's hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

_LONGEST = 400
"""Openings and closings that are looked at: about half a year."""


@dataclass(frozen=True, slots=True)
class Window:
    """When people in one place may be written to: from minute `opens` to minute `closes` of their own day."""

    zone: tzinfo
    opens: int
    closes: int

    def is_open(self, at: datetime) -> bool:
        """Whether a message may reach them at this moment."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        if self.opens <= self.closes:
            return self.opens <= minute < self.closes
        return not self.closes <= minute < self.opens

    def turns(self, at: datetime) -> datetime:
        """The next moment at which it opens or closes."""
        today = at.astimezone(self.zone).date()
        moments = (
            datetime.combine(today + timedelta(days=day), time(minute // 60 % 24, minute % 60), self.zone).astimezone(
                UTC
            )
            for day in (0, 1, 2)
            for minute in (self.opens, self.closes)
        )
        return min(moment for moment in moments if moment > at)


def finishes(parts: Mapping[Window, float], begins: datetime, per_second: float) -> datetime | None:
    """When the last of these parts will have left, all places sharing the pace; None when not within half a year."""
    left = {window: float(count) for window, count in parts.items() if count > 0}
    at = begins
    for _ in range(_LONGEST):
        if not left:
            return at
        now_open = [window for window in left if window.is_open(at)]
        until = min(window.turns(at) for window in left)
        at = _spend(left, now_open, at, until, per_second)
    return None


def _spend(
    left: dict[Window, float], now_open: Iterable[Window], at: datetime, until: datetime, per_second: float
) -> datetime:
    """Send from `at` to the next opening or closing, or to the end of one place; where that leaves us."""
    places = list(now_open)
    if not places:
        return until
    each = per_second / len(places)
    seconds = min((until - at).total_seconds(), min(left[place] for place in places) / each)
    for place in places:
        left[place] -= seconds * each
        if left[place] <= 1e-6:
            del left[place]
    return at + timedelta(seconds=seconds)
