"""Where to go: the nearest Protector of Emigrants, by district or telephone code; and when the desk is open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from hotline.frozen import frozen

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@frozen
class Place:
    """A district, its nearest office, and its telephone code without the leading 0."""

    name: str
    near: str
    code: str


@frozen
class Directory:
    """All places, by folded name in any script without its blanks, and by code; of those that share one the first."""

    by_name: Mapping[str, Place]
    by_code: Mapping[str, Place]

    def is_name(self, folded: str) -> bool:
        """Whether a folded text is the name of a place and nothing else."""
        return folded.replace(" ", "") in self.by_name

    def find(self, folded: str) -> Place | None:
        """The place a folded text names, as a name or a telephone code; the longest name in it wins."""
        words = folded.split()
        for length in range(len(words), 0, -1):
            for start in range(len(words) - length + 1):
                piece = "".join(words[start : start + length])
                if place := self.by_name.get(piece):
                    return place
        digits = "".join(word for word in words if word.isdecimal()).lstrip("0")
        return self.by_code.get(digits)


def is_open(days: str, opens: str, closes: str, now: datetime) -> bool:
    """Whether the desk is open at a local time; `days` is `mon-fri` or `mon`, times are `09:00`."""
    first, _, last = days.partition("-")
    span = range(DAYS.index(first), DAYS.index(last or first) + 1)
    return now.weekday() in span and opens <= now.strftime("%H:%M") < closes


def is_confirmed(confirmed: date | None, review_days: int, today: date) -> bool:
    """Whether staff confirmed something recently enough for it to be said."""
    return confirmed is not None and today <= confirmed + timedelta(days=review_days)
