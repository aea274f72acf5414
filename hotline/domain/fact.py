"""A fact the hotline may say: its value, where it comes from, and until when it may be said."""

from __future__ import annotations

from datetime import date, timedelta

from hotline.frozen import frozen

CONFIRMED = frozenset({"O", "N"})
"""Grades that may be said: an official page, or news that quotes an official source."""


@frozen
class Fact:
    """`as_of` is the source's date, `checked` the day somebody last looked, `review_days` how long that holds."""

    key: str
    value: str
    source: str
    as_of: date
    checked: date
    review_days: int
    grade: str
    owner: str

    @property
    def review_by(self) -> date:
        """The last day on which it may be said without another look."""
        return self.checked + timedelta(days=self.review_days)

    def may_be_said(self, today: date) -> bool:
        """Confirmed, and not overdue."""
        return self.grade in CONFIRMED and today <= self.review_by
