"""When a broadcast will be finished, over quiet hours and clocks of several countries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.pace import Window, finishes

pytestmark = pytest.mark.fast
LAHORE = Window(ZoneInfo("Asia/Karachi"), 9 * 60, 21 * 60)
RIYADH = Window(ZoneInfo("Asia/Riyadh"), 9 * 60, 21 * 60)
ROME = Window(ZoneInfo("Europe/Rome"), 9 * 60, 21 * 60)
NIGHT = Window(ZoneInfo("Asia/Karachi"), 21 * 60, 6 * 60)
ALWAYS = Window(ZoneInfo("Asia/Karachi"), 0, 24 * 60)


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
    ],
)
def test_it_ends_when_the_last_part_has_left(parts: dict[Window, float], begins: datetime, ends: datetime) -> None:
    found = finishes(parts, begins.astimezone(UTC), 10)
    assert found is not None
    assert abs(found - ends) < timedelta(seconds=1)


def test_what_takes_more_than_half_a_year_has_no_end() -> None:
    assert finishes({LAHORE: 10**9}, lahore(23, 9), 10) is None


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)), st.sampled_from([LAHORE, RIYADH, ROME, NIGHT]))
def test_between_its_turns_a_window_does_not_change(naive: datetime, window: Window) -> None:
    at = naive.replace(tzinfo=UTC)
    turn = window.turns(at)
    assert at < turn <= at + timedelta(days=1, hours=1)
    assert window.is_open(turn - timedelta(seconds=1)) is window.is_open(at)
    assert window.is_open(turn) is not window.is_open(at)


@given(
    st.dictionaries(st.sampled_from([LAHORE, RIYADH, ROME, NIGHT]), st.integers(1, 10**6), min_size=1),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
)
def test_it_never_ends_sooner_than_the_pace_allows(parts: dict[Window, float], naive: datetime) -> None:
    begins = naive.replace(tzinfo=UTC)
    found = finishes(parts, begins, 10)
    assert found is not None
    assert (found - begins).total_seconds() >= sum(parts.values()) / 10 - 1
