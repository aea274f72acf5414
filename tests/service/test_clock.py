"""The diary: everything due is begun once, whoever looks and however the clock on the wall is set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from hotline.domain.schedule import Every, Occurrence, Schedule, moment
from hotline.service.clock import Diary
from hotline.store.database import Database
from hotline.store.reach import occurrences as table

ZONES = ("Asia/Karachi", "Asia/Riyadh", "Europe/Rome", "Europe/London")
HOUR = timedelta(hours=1)


@dataclass
class Book:
    """A source that writes down what was begun, once its transaction is kept."""

    planned: Sequence[Schedule]
    begun: list[tuple[str, str]] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)

    def schedules(self) -> Iterable[Schedule]:
        return self.planned

    def begin(self, connection: Connection, schedule: str, occurrence: Occurrence) -> None:
        if schedule in self.fails:
            raise RuntimeError(schedule)
        self.begun.append((schedule, occurrence.key))


def step(diary: Diary, now: datetime) -> list[tuple[str, str]]:
    """One look, all of it begun; what was missed."""
    look = diary.look(now)
    for due in look.due:
        diary.begin(due, now)
    return list(look.missed)


def daily(key: str, zone: str, minute: int, first: date) -> Schedule:
    return Schedule(key, minute, zone, first, Every.DAY)


def test_a_year_in_four_zones_is_begun_once_a_local_day(database: Database) -> None:
    """Half past two, which is passed over on one night and comes twice on another; and a minute before midnight."""
    first, last = date(2027, 1, 1), date(2027, 12, 31)
    planned = [
        Schedule(f"{zone}:{minute}", minute, zone, first, Every.DAY, last) for zone in ZONES for minute in (150, 1439)
    ]
    book = Book(planned)
    clocks = [Diary(database, (book,)) for _ in range(2)]
    now, end = datetime(2026, 12, 31, 18, tzinfo=UTC), datetime(2028, 1, 1, 6, tzinfo=UTC)
    nights = {date(2027, 3, 28), date(2027, 10, 31), last}
    while now < end:
        for clock in clocks:
            assert step(clock, now) == []
        now += timedelta(minutes=30) if {now.date(), (now + 12 * HOUR).date()} & nights else 8 * HOUR
    for one in planned:
        days = [day for key, day in book.begun if key == one.key]
        assert days == [(first + timedelta(days=n)).isoformat() for n in range(365)]


def test_nothing_is_begun_before_its_time(sqlite_database: Database) -> None:
    at = moment(date(2027, 6, 1), 540, ZoneInfo("Asia/Karachi"))
    diary = Diary(sqlite_database, (Book([daily("d", "Asia/Karachi", 540, date(2027, 6, 1))]),))
    assert not diary.look(at - timedelta(seconds=1)).due
    assert [due.occurrence.at for due in diary.look(at).due] == [at]


def test_a_clock_set_back_an_hour_repeats_nothing_and_one_set_forward_six_loses_nothing(database: Database) -> None:
    hours = [daily(f"h{hour}", "Europe/London", hour * 60, date(2027, 6, 1)) for hour in range(24)]
    book, now = Book(hours), datetime(2027, 6, 1, 12, 30, tzinfo=UTC)
    clocks = [Diary(database, (book,)) for _ in range(2)]
    for set_to in (timedelta(), -HOUR, timedelta(), 6 * HOUR, 6 * HOUR + timedelta(seconds=1)):
        for clock in (*clocks, Diary(database, (book,))):
            step(clock, now + set_to)
    # In London it is summer: at 18:30 UTC twenty hours have begun.
    assert sorted(book.begun) == sorted((f"h{hour}", "2027-06-01") for hour in range(20))


def test_what_was_due_while_no_clock_ran_is_done_for_a_day_and_then_remembered_as_missed(database: Database) -> None:
    book = Book([daily("d", "Asia/Karachi", 540, date(2027, 5, 1))])
    assert step(Diary(database, (book,)), datetime(2027, 5, 1, 4, tzinfo=UTC)) == []
    late = datetime(2027, 5, 6, 3, tzinfo=UTC)
    missed = step(Diary(database, (book,)), late)
    assert missed == [("d", f"2027-05-0{day}") for day in (2, 3, 4)]
    assert book.begun == [("d", "2027-05-01"), ("d", "2027-05-05")]
    assert step(Diary(database, (book,)), late) == [], "it is told once"


def test_a_clock_that_was_years_ahead_for_a_moment_leaves_nothing_out(database: Database) -> None:
    book, now = Book([daily("d", "Asia/Riyadh", 540, date(2027, 5, 1))]), datetime(2027, 5, 1, 7, tzinfo=UTC)
    diary = Diary(database, (book,))
    step(diary, now)
    step(diary, now + timedelta(days=400))
    for clock in (diary, Diary(database, (book,))):
        step(clock, now + timedelta(days=1))
    assert book.begun == [("d", "2027-05-01"), ("d", "2028-06-04"), ("d", "2027-05-02")]


def test_what_failed_before_the_next_was_begun_is_not_forgotten(database: Database) -> None:
    """On a day of 23 hours the next is due before the one that failed is too late."""
    book = Book([daily("d", "Europe/Rome", 540, date(2027, 3, 27))])
    book.fails, now = {"d"}, datetime(2027, 3, 28, 7, tzinfo=UTC)
    first, second = Diary(database, (book,)).look(now).due
    with pytest.raises(RuntimeError):
        Diary(database, (book,)).begin(first, now)
    book.fails = set()
    assert Diary(database, (book,)).begin(second, now)
    assert step(Diary(database, (book,)), now + 2 * HOUR) == [("d", "2027-03-27")]
    assert book.begun == [("d", "2027-03-28")]


def test_a_zone_nobody_knows_keeps_no_other_schedule_from_beginning(sqlite_database: Database) -> None:
    day = date(2027, 5, 1)
    book = Book([daily("lost", "Europe/Atlantis", 0, day), daily("d", "Europe/Rome", 0, day)])
    look = Diary(sqlite_database, (book,)).look(datetime(2027, 5, 1, 5, tzinfo=UTC))
    assert look.unreadable == ("lost",)
    assert [due.schedule for due in look.due] == ["d"]


@hypothesis_settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-3600, 6 * 3600)), min_size=1, max_size=30),
    st.sampled_from(ZONES),
    st.integers(0, 1439),
)
def test_three_clocks_set_at_will_begin_each_day_once(
    sqlite_database: Database, steps: list[tuple[int, int]], zone: str, minute: int
) -> None:
    """Any clock looks at any time, back an hour or forward six; everything due by the latest look is begun once."""
    with sqlite_database.writing() as connection:
        connection.execute(delete(table))
    book = Book([daily("d", zone, minute, date(2027, 3, 27))])
    clocks = [Diary(sqlite_database, (book,)) for _ in range(3)]
    now = latest = datetime(2027, 3, 27, tzinfo=UTC) - 12 * HOUR
    for which, seconds in steps:
        now += timedelta(seconds=seconds)
        latest = max(latest, now)
        assert step(clocks[which], now) == []
    days = [date(2027, 3, 27) + timedelta(days=n) for n in range(12)]
    assert book.begun == [("d", day.isoformat()) for day in days if moment(day, minute, ZoneInfo(zone)) <= latest]
