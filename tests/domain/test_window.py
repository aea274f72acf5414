"""Quiet hours, against a clock that tries every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.window import NEVER, Hours, Window, opens_at

LAHORE = ZoneInfo("Asia/Karachi")
DAY = Window(9 * 60, 21 * 60)
ZONES = ("Asia/Karachi", "Asia/Riyadh", "Asia/Dubai", "Europe/London", "Europe/Rome", "Europe/Athens")


def at(text: str, zone: ZoneInfo = LAHORE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "windows", "opens"),
    [
        ("2026-11-23T12:00", (DAY,), None),
        ("2026-11-23T08:59", (DAY,), "2026-11-23T09:00"),
        ("2026-11-23T09:00", (DAY,), None),
        ("2026-11-23T20:59", (DAY,), None),
        ("2026-11-23T21:00", (DAY,), "2026-11-24T09:00"),
        ("2026-11-23T12:00", (DAY, Window(18 * 60, 20 * 60)), "2026-11-23T18:00"),
        ("2026-11-23T20:30", (DAY, Window(18 * 60, 20 * 60)), "2026-11-24T18:00"),
        # A safe window over midnight: of it only the evening is inside the country's.
        ("2026-11-23T12:00", (DAY, Window(20 * 60, 6 * 60)), "2026-11-23T20:00"),
        ("2026-11-23T03:00", (Window(22 * 60, 6 * 60),), None),
        ("2026-11-23T03:00", (DAY, Window(0, 0)), "2026-11-23T09:00"),
        ("2026-11-23T03:00", (), None),
    ],
)
def test_when_it_opens(now: str, windows: tuple[Window, ...], opens: str | None) -> None:
    assert opens_at(at(now), LAHORE, windows) == (None if opens is None else at(opens))


def test_windows_without_a_common_minute_never_open() -> None:
    assert opens_at(at("2026-11-23T12:00"), LAHORE, (DAY, Window(22 * 60, 5 * 60))) == NEVER


@given(
    st.sampled_from(ZONES),
    # Around both changes of the clocks in Europe, and the end of the year.
    st.sampled_from(["2026-03-28T20:00", "2026-10-24T20:00", "2026-12-31T18:00"]),
    st.integers(0, 600),
    st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1439)), min_size=1, max_size=2),
)
@settings(max_examples=40, deadline=None)
def test_it_opens_with_the_first_minute_that_is_inside(
    zone: str, start: str, minutes: int, edges: list[tuple[int, int]]
) -> None:
    own = ZoneInfo(zone)
    windows = tuple(Window(*edge) for edge in edges)
    now = datetime.fromisoformat(start).replace(tzinfo=UTC) + timedelta(minutes=minutes)

    def inside(moment: datetime) -> bool:
        local = moment.astimezone(own)
        return all(window.holds(local.hour * 60 + local.minute) for window in windows)

    found = opens_at(now, own, windows)
    first = next((now + timedelta(minutes=n) for n in range(2880) if inside(now + timedelta(minutes=n))), None)
    if first == now:
        assert found is None
    elif first is None:
        assert found == NEVER
    else:
        assert found == first


def test_nothing_opens_on_a_closed_day_of_every_year_or_of_one() -> None:
    day = (Window(9 * 60, 21 * 60),)
    noon = datetime(2026, 12, 24, 12, tzinfo=LAHORE)
    assert opens_at(noon, LAHORE, day, frozenset({"12-25"})) is None
    christmas = noon + timedelta(days=1)
    assert opens_at(christmas, LAHORE, day, frozenset({"12-25"})) == datetime(2026, 12, 26, 9, tzinfo=LAHORE)
    three = frozenset({"12-25", "2026-12-26", "2026-12-27"})
    assert opens_at(noon + timedelta(hours=10), LAHORE, day, three) == datetime(2026, 12, 28, 9, tzinfo=LAHORE)
    assert opens_at(christmas, LAHORE, day, frozenset({"2025-12-25"})) is None


def test_where_every_day_is_closed_nothing_opens() -> None:
    start = datetime(2026, 1, 1, 12, tzinfo=LAHORE)
    closed = frozenset((start + timedelta(days=n)).date().isoformat() for n in range(60))
    assert opens_at(start, LAHORE, (), closed) is NEVER


@pytest.mark.parametrize(
    ("now", "windows", "closes"),
    [
        ("2026-11-23T20:55", (DAY,), "2026-11-23T21:00"),
        ("2026-11-23T20:55", (DAY, Window(8 * 60, 20 * 60 + 58)), "2026-11-23T20:58"),
        ("2026-11-23T23:00", (Window(22 * 60, 6 * 60),), "2026-11-24T06:00"),
        ("2026-11-24T05:00", (Window(22 * 60, 6 * 60),), "2026-11-24T06:00"),
        ("2026-11-23T20:55", (Window(9 * 60, 0),), "2026-11-24T00:00"),
    ],
)
def test_when_it_closes(now: str, windows: tuple[Window, ...], closes: str) -> None:
    assert Hours(LAHORE, windows).closes(at(now)) == at(closes)


def test_what_is_always_open_is_open_as_far_as_anybody_looks() -> None:
    noon = at("2026-11-23T12:00")
    assert Hours(LAHORE, (Window(0, 0),)).closes(noon) == noon + timedelta(days=3)
