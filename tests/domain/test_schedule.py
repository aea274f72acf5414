"""When something is due: once a local day, in every zone and year, whatever is done to the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.schedule import Every, Occurrence, Schedule, moment, occurrences

pytestmark = pytest.mark.fast
ZONES = (
    "Asia/Karachi", "Asia/Riyadh", "Europe/Rome", "Europe/London", "America/New_York", "America/Sao_Paulo",
    "America/Nuuk", "Australia/Lord_Howe", "Asia/Beirut", "Africa/Casablanca", "Pacific/Apia", "Asia/Kathmandu",
    "America/Havana", "Asia/Gaza", "Antarctica/Troll", "Pacific/Kiritimati",
)  # fmt: skip
YEARS = st.integers(1975, 2036)
MINUTES = st.integers(0, 1439)


def a_year(zone: str, minute: int, year: int) -> list[Occurrence]:
    """A daily schedule through one year of local days."""
    schedule = Schedule("daily", minute, zone, date(year, 1, 1), Every.DAY, date(year, 12, 31))
    return list(occurrences(schedule, datetime(year - 1, 12, 1, tzinfo=UTC), datetime(year + 1, 2, 1, tzinfo=UTC)))


@given(st.sampled_from(ZONES), MINUTES, YEARS)
def test_a_daily_schedule_is_due_once_for_each_local_day_and_never_early(zone: str, minute: int, year: int) -> None:
    found, there = a_year(zone, minute, year), ZoneInfo(zone)
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if year % 4 == 0 else 365)]
    assert [one.key for one in found] == [day.isoformat() for day in days]
    assert all(one.at <= later.at for one, later in pairwise(found))
    for day, one in zip(days, found, strict=True):
        wall, wanted = one.at.astimezone(there), datetime.combine(day, time(minute // 60, minute % 60))
        shown = wall.replace(tzinfo=None)
        assert shown >= wanted
        if shown == wanted:
            assert wall.fold == 0, "of two the first"
        else:
            second_before = (one.at - timedelta(seconds=1)).astimezone(there).replace(tzinfo=None)
            assert second_before < wanted, "it was not due a second before: the clocks passed over it"


@given(st.sampled_from(ZONES), MINUTES, YEARS, st.lists(st.integers(0, 366 * 86_400), max_size=20))
def test_looking_piece_by_piece_finds_what_looking_once_finds(
    zone: str, minute: int, year: int, cuts: list[int]
) -> None:
    schedule = Schedule("daily", minute, zone, date(year, 1, 1), Every.DAY)
    start = datetime(year, 1, 1, tzinfo=UTC)
    edges = [start, *(start + timedelta(seconds=cut) for cut in sorted(cuts)), start + timedelta(days=366)]
    pieces = [one for after, until in pairwise(edges) for one in occurrences(schedule, after, until)]
    assert pieces == list(occurrences(schedule, edges[0], edges[-1]))


@given(st.sampled_from(ZONES), MINUTES, st.dates(date(1990, 1, 1), date(2036, 12, 31)))
def test_what_is_due_once_is_due_once(zone: str, minute: int, day: date) -> None:
    schedule = Schedule("once", minute, zone, day)
    found = list(occurrences(schedule, datetime(1980, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)))
    assert found == [Occurrence(day.isoformat(), moment(day, minute, ZoneInfo(zone)))]
    assert not list(occurrences(schedule, found[0].at, datetime(2040, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("zone", "day", "minute", "at"),
    [
        ("Europe/Rome", date(2027, 3, 28), 150, "2027-03-28T01:00"),  # half past two was passed over: three o'clock
        ("Europe/Rome", date(2027, 3, 28), 180, "2027-03-28T01:00"),
        ("Europe/Rome", date(2027, 10, 31), 150, "2027-10-31T00:30"),  # the first half past two
        ("Europe/London", date(2027, 3, 28), 60, "2027-03-28T01:00"),
        ("Europe/London", date(2027, 10, 31), 90, "2027-10-31T00:30"),
        ("Europe/London", date(2027, 12, 31), 1439, "2027-12-31T23:59"),
        ("Asia/Karachi", date(2027, 12, 31), 0, "2027-12-30T19:00"),
        ("Asia/Riyadh", date(2027, 12, 31), 540, "2027-12-31T06:00"),
        ("America/Nuuk", date(2024, 3, 30), 1410, "2024-03-31T01:00"),  # the gap ends with the day
        ("Pacific/Apia", date(2011, 12, 30), 540, "2011-12-30T10:00"),  # a day that never was
        ("Australia/Lord_Howe", date(2027, 10, 3), 135, "2027-10-02T15:30"),  # a gap of half an hour
    ],
)
def test_the_nights_on_which_clocks_are_set(zone: str, day: date, minute: int, at: str) -> None:
    assert moment(day, minute, ZoneInfo(zone)) == datetime.fromisoformat(at).replace(tzinfo=UTC)


def test_a_weekly_schedule_keeps_its_day_and_ends_with_its_last() -> None:
    schedule = Schedule("weekly", 600, "Europe/Rome", date(2027, 3, 22), Every.WEEK, date(2027, 4, 12))
    found = list(occurrences(schedule, datetime(2027, 3, 23, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)))
    assert [one.key for one in found] == ["2027-03-29", "2027-04-05", "2027-04-12"]
    assert {one.at.astimezone(ZoneInfo("Europe/Rome")).hour for one in found} == {10}
