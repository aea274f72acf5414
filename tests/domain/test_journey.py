"""Whatever the journey, every reminder is due in local daytime, before its deadline, and one a day at most."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from hotline.domain.journey import Clock, Due, Journey, Phase, Step, catch_up, plan_of
from hotline.service.schedule import Schedules, schedules
from hotline.settings import ROOT, load_settings

SCHEDULES: Schedules = schedules(load_settings({}, ROOT / "var"))
KARACHI, ROME = ZoneInfo("Asia/Karachi"), ZoneInfo("Europe/Rome")
DAY = timedelta(days=1)
CLOCKS = {"PK": Clock(KARACHI, 9 * 60, 21 * 60), "IT": Clock(ROME, 9 * 60, 21 * 60)}
PLAN = (
    Step("papers", -30, 630, -10, Phase.BEFORE),
    Step("contract", -7, 630, -2, Phase.BEFORE),
    Step("flight", -1, 600, -1, Phase.BEFORE, dated=True),
    Step("wage", 35, 18 * 60, 60, Phase.AFTER, dated=True),
)
PLANS = {("IT", "agency"): PLAN}
ROUTES = st.sampled_from(sorted(SCHEDULES.plans))
DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))


def local(due: Due, at: datetime) -> datetime:
    return at.astimezone(SCHEDULES.clocks[due.country].zone)


def is_daytime(due: Due, at: datetime) -> bool:
    clock, here = SCHEDULES.clocks[due.country], local(due, at)
    return clock.opens <= here.hour * 60 + here.minute < clock.closes


def names(dues: tuple[Due, ...]) -> list[str]:
    return [due.step for due in dues]


@pytest.mark.fast
@pytest.mark.parametrize("country", ["IT", "GB", "SA", "AE"])
def test_over_a_year_of_departures_every_reminder_keeps_its_local_hour(country: str) -> None:
    """Rome and London change their clocks twice in it, Riyadh, Dubai and Karachi never."""
    plan = {step.name: step for step in SCHEDULES.plans[country, "agency"]}
    for number in range(366):
        departs_on = date(2026, 11, 22) + number * DAY
        dues = plan_of(Journey(country, "agency", departs_on), SCHEDULES.plans, SCHEDULES.clocks)
        assert len(dues) == len(plan)
        for due in dues:
            step, here = plan[due.step], local(due, due.due_at)
            assert (here.date() - departs_on).days == step.day
            assert here.hour * 60 + here.minute == step.minute
            until = local(due, due.deadline_at)
            assert (until.date() - departs_on).days == step.until
            assert until.hour * 60 + until.minute == SCHEDULES.clocks[due.country].closes


@pytest.mark.fast
@given(route=ROUTES, departs_on=DAYS)
def test_every_reminder_is_due_by_day_before_its_deadline_and_in_order(
    route: tuple[str, str], departs_on: date
) -> None:
    dues = plan_of(Journey(*route, departs_on), SCHEDULES.plans, SCHEDULES.clocks)
    assert all(due.due_at < due.deadline_at and is_daytime(due, due.due_at) for due in dues)
    assert list(dues) == sorted(dues, key=lambda due: due.due_at)
    for due in dues:
        before = local(due, due.due_at).date() < departs_on
        assert due.country == ("PK" if before else route[0])


@pytest.mark.fast
@examples(max_examples=300)
@given(route=ROUTES, departs_on=DAYS, now=MOMENTS, data=st.data())
def test_what_is_caught_up_comes_by_day_one_a_day_in_time_and_never_again(
    route: tuple[str, str], departs_on: date, now: datetime, data: st.DataObject
) -> None:
    planned = plan_of(Journey(*route, departs_on), SCHEDULES.plans, SCHEDULES.clocks)
    told = data.draw(st.sets(st.sampled_from([due.once for due in planned])))
    dues = catch_up(planned, SCHEDULES.clocks, now, told)
    by_step = {due.step: due for due in planned}
    for due in dues:
        assert now <= due.due_at < due.deadline_at == by_step[due.step].deadline_at
        assert is_daytime(due, due.due_at)
        assert due.once not in told
    days = [local(due, due.due_at).date() for due in dues]
    assert len(set(days)) == len(days)
    for due in planned:
        if due.once not in told and due.due_at >= now:
            assert due in dues


@pytest.mark.fast
@given(departs_on=DAYS, now=MOMENTS)
def test_the_flight_reminder_never_comes_on_any_other_day(departs_on: date, now: datetime) -> None:
    dues = catch_up(
        plan_of(Journey("SA", "direct", departs_on), SCHEDULES.plans, SCHEDULES.clocks), SCHEDULES.clocks, now
    )
    for due in dues:
        if due.step == "flight":
            assert due.due_at.astimezone(KARACHI).date() == departs_on - DAY


@pytest.mark.fast
def test_what_should_have_gone_before_goes_one_a_day_the_most_urgent_first() -> None:
    departs_on = date(2026, 12, 10)
    planned = plan_of(Journey("IT", "agency", departs_on), PLANS, CLOCKS)
    # Five days before: papers ended five days ago, contract may go until the eighth.
    now = datetime(2026, 12, 5, 23, 30, tzinfo=KARACHI)
    dues = catch_up(planned, CLOCKS, now)
    assert names(dues) == ["contract", "flight", "wage"]
    assert dues[0].due_at == datetime(2026, 12, 6, 10, 30, tzinfo=KARACHI)


@pytest.mark.fast
def test_who_comes_by_day_is_told_at_once_and_who_comes_early_when_the_hours_begin() -> None:
    planned = plan_of(Journey("IT", "agency", date(2026, 12, 10)), PLANS, CLOCKS)
    by_day = datetime(2026, 12, 5, 15, 0, tzinfo=KARACHI)
    early = datetime(2026, 12, 5, 4, 0, tzinfo=KARACHI)
    assert catch_up(planned, CLOCKS, by_day)[0].due_at == by_day
    assert catch_up(planned, CLOCKS, early)[0].due_at == datetime(2026, 12, 5, 9, 0, tzinfo=KARACHI)


@pytest.mark.fast
def test_the_evening_before_only_the_flight_is_told_and_an_hour_later_not_even_that() -> None:
    planned = plan_of(Journey("IT", "agency", date(2026, 12, 10)), PLANS, CLOCKS)
    assert names(catch_up(planned, CLOCKS, datetime(2026, 12, 9, 20, 59, tzinfo=KARACHI))) == ["flight", "wage"]
    assert names(catch_up(planned, CLOCKS, datetime(2026, 12, 9, 21, 0, tzinfo=KARACHI))) == ["wage"]


@pytest.mark.fast
def test_a_moved_departure_repeats_only_what_tells_of_the_day() -> None:
    first = plan_of(Journey("IT", "agency", date(2026, 12, 10)), PLANS, CLOCKS)
    told = {due.once for due in first if due.step != "wage"}
    moved = plan_of(Journey("IT", "agency", date(2027, 1, 20)), PLANS, CLOCKS)
    dues = catch_up(moved, CLOCKS, datetime(2026, 12, 9, 12, 0, tzinfo=KARACHI), told)
    assert names(dues) == ["flight", "wage"]
    back = catch_up(first, CLOCKS, datetime(2026, 12, 9, 13, 0, tzinfo=KARACHI), told)
    assert names(back) == ["wage"]
