"""When a broadcast will be finished, over quiet hours and clocks of several countries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.pace import finishes
from hotline.domain.window import Hours, Window

pytestmark = pytest.mark.fast
DAY = Window(9 * 60, 21 * 60)
LAHORE = Hours(ZoneInfo("Asia/Karachi"), (DAY,))
RIYADH = Hours(ZoneInfo("Asia/Riyadh"), (DAY,))
ROME = Hours(ZoneInfo("Europe/Rome"), (DAY,))
NIGHT = Hours(ZoneInfo("Asia/Karachi"), (Window(21 * 60, 6 * 60),))
ALWAYS = Hours(ZoneInfo("Asia/Karachi"))
EVENING = Hours(ZoneInfo("Asia/Karachi"), (DAY, Window(18 * 60, 2 * 60)))
FEAST = Hours(ZoneInfo("Asia/Karachi"), (DAY,), frozenset({"11-24", "2026-11-25"}))
NEVER = Hours(ZoneInfo("Asia/Karachi"), (DAY, Window(22 * 60, 5 * 60)))


def lahore(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=LAHORE.zone)


@pytest.mark.parametrize(
    ("parts", "begins", "ends"),
    [
        ({LAHORE: 0}, lahore(23, 3), lahore(23, 3)),
        ({LAHORE: 600}, lahore(23, 11), lahore(23, 11, 1)),
        ({LAHORE: 600}, lahore(23, 3), lahore(23, 9, 1)),
        ({LAHORE: 600}, lahore(23, 22), lahore(24, 9, 1)),
        # Twelve hours at ten a second are 432,000 parts: the next goes in the morning.
        ({LAHORE: 432_000 + 600}, lahore(23, 9), lahore(24, 9, 1)),
        # Riyadh opens two hours after Lahore.
        ({LAHORE: 600, RIYADH: 600}, lahore(23, 9), lahore(23, 11, 1)),
        # Together they share the pace: both are done when all parts are.
        ({LAHORE: 600, RIYADH: 600}, lahore(23, 12), lahore(23, 12, 2)),
        ({NIGHT: 600}, lahore(23, 12), lahore(23, 21, 1)),
        ({ALWAYS: 6_000}, lahore(23, 23, 59), lahore(24, 0, 9)),
        # Who named hours of their own has only those of them that lie in the country's.
        ({EVENING: 600}, lahore(23, 12), lahore(23, 18, 1)),
        # What is not done by the evening before two holidays goes on after them.
        ({FEAST: 432_000 + 600}, lahore(23, 9), lahore(26, 9, 1)),
        ({FEAST: 600, RIYADH: 600}, lahore(24, 12), lahore(26, 9, 1)),
    ],
)
def test_it_ends_when_the_last_part_has_left(parts: dict[Hours, float], begins: datetime, ends: datetime) -> None:
    found = finishes(parts, begins.astimezone(UTC), 10)
    assert found is not None
    assert abs(found - ends) < timedelta(seconds=1)


def test_what_takes_more_than_half_a_year_has_no_end() -> None:
    assert finishes({LAHORE: 10**9}, lahore(23, 9), 10) is None


def test_what_never_opens_has_no_end() -> None:
    assert finishes({NEVER: 1, LAHORE: 1}, lahore(23, 9), 10) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    st.sampled_from([LAHORE, RIYADH, ROME, NIGHT, EVENING, FEAST]),
)
def test_what_is_open_closes_when_it_says_and_not_before(naive: datetime, hours: Hours) -> None:
    at = naive.replace(tzinfo=UTC)
    opens = hours.opens(at)
    at = at if opens is None else opens
    closes = hours.closes(at)
    assert at < closes <= at + timedelta(days=1, hours=1)
    assert hours.opens(closes) is not None
    assert all(hours.opens(at + (closes - at) * part / 7) is None for part in range(7))
    assert hours.opens(closes - timedelta(seconds=1)) is None


@given(
    st.dictionaries(st.sampled_from([LAHORE, RIYADH, ROME, NIGHT, FEAST]), st.integers(1, 10**6), min_size=1),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
)
def test_it_never_ends_sooner_than_the_pace_allows(parts: dict[Hours, float], naive: datetime) -> None:
    begins = naive.replace(tzinfo=UTC)
    found = finishes(parts, begins, 10)
    assert found is not None
    assert (found - begins).total_seconds() >= sum(parts.values()) / 10 - 1
