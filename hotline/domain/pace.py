"""When a broadcast will be finished: so many parts a second, and nobody disturbed outside their own hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.domain.window import Hours

LONGEST = timedelta(days=183)


@dataclass(slots=True)
class _Place:
    """What is left for the people of the same hours; it is `open` or closed `until` then."""

    hours: Hours
    left: float
    until: datetime
    open: bool = False

    def look(self, at: datetime) -> None:
        opens = self.hours.opens(at)
        self.open = opens is None
        self.until = self.hours.closes(at) if opens is None else opens


def finishes(parts: Mapping[Hours, float], begins: datetime, per_second: float) -> datetime | None:
    """When the last of these parts will have left, all places sharing the pace; None when not within half a year."""
    places = [_Place(hours, count, begins) for hours, count in parts.items() if count > 0]
    at, end = begins, begins + LONGEST
    while places:
        for place in places:
            if place.until <= at:
                place.look(at)
        at = _spend(places, at, per_second)
        places = [place for place in places if place.left > 1e-6]
        if at >= end:
            return None
    return at


def _spend(places: list[_Place], at: datetime, per_second: float) -> datetime:
    """Send from `at` to the next opening or closing, or to the end of one place; where that leaves us."""
    until = min(place.until for place in places)
    now_open = [place for place in places if place.open]
    if not now_open:
        return until
    each = per_second / len(now_open)
    seconds = min((until - at).total_seconds(), min(place.left for place in now_open) / each)
    for place in now_open:
        place.left -= seconds * each
    return at + timedelta(seconds=seconds)
