"""Whoever stops a broadcast, a person, a watch over failures or the outbox itself, it goes on where it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.broadcast import Audience, Broadcast, Draft, Kind, Stage, moved, paused, resumed, sent_back
from hotline.domain.delivery import News, State, Trouble, refused
from hotline.settings import Settings
from hotline.store import breakers, broadcasts, deliveries, hearing
from hotline.store.database import Database
from hotline.store.deliveries import Missed, Report
from hotline.store.reach import deliveries as rows
from tests.reaching import AUTHOR, NOW, Office, alert, approver, draft, enrol, office

MINUTE = timedelta(minutes=1)
RULE = breakers.Rule(5, MINUTE)
DRAFT = Draft(Kind.ALERT, "A day", "lahore", "+924238000000", Audience("alerts"), {"en": "Wait."}, AUTHOR)


@pytest.fixture
def desk(settings: Settings, database: Database) -> Office:
    enrol(database, 60)
    return office(settings, database)


def sending(desk: Office, stage: Stage) -> Broadcast:
    """An alert in its first batch, or a broadcast that runs; messages of it are on their way."""
    one = desk.approved(alert() if stage is Stage.CANARY else draft())
    desk.fan_out()
    desk.came_to(one.id, "sending", NOW, most=20)
    found = broadcasts.find(desk.database, one.id)
    assert found.stage is stage
    return found


def by_a_person(desk: Office, one: Broadcast) -> None:
    desk.broadcasts.pause(one.id, AUTHOR, NOW + MINUTE)


def by_the_worker(desk: Office, one: Broadcast) -> None:
    """The provider refuses the text itself, of several messages of one batch."""
    follows = refused(Trouble.CONTENT, timedelta(0), 1, 5)
    lease = NOW + MINUTE
    with desk.database.writing() as connection:
        connection.execute(rows.update().where(rows.c.state == "sending").values(attempt=1, lease_until=lease))
    missed = [Missed(id, 1, lease, "nobody", one.id, follows, "30007") for id in some(desk, one, 3)]
    deliveries.mark(desk.database, Report(missed=missed), RULE, NOW + MINUTE)


def by_a_receipt(desk: Office, one: Broadcast) -> None:
    """It had taken the message, and then a filter did not let it through."""
    for id in some(desk, one, 2):
        hearing.hear(desk.database, id, News(1, f"SM{id}", State.FAILED, Trouble.CONTENT), NOW + MINUTE, "30007")


def by_failures(desk: Office, one: Broadcast) -> None:
    with desk.database.writing() as connection:
        mine = rows.update().where(rows.c.broadcast == one.id, rows.c.state == "sending")
        connection.execute(mine.values(state="failed", reason="refused", attempted_at=NOW))
    desk.fan_out(NOW + MINUTE)


def by_a_restore(desk: Office, one: Broadcast) -> None:
    with desk.database.writing() as connection:
        broadcasts.stop_all(connection, NOW + MINUTE, "restored")


def some(desk: Office, one: Broadcast, most: int) -> list[str]:
    with desk.database.reading() as connection:
        chosen = rows.select().where(rows.c.broadcast == one.id, rows.c.state == "sending").limit(most)
        return [row.id for row in connection.execute(chosen)]


@pytest.mark.parametrize("stage", [Stage.CANARY, Stage.RUNNING])
@pytest.mark.parametrize("stop", [by_a_person, by_the_worker, by_a_receipt, by_failures, by_a_restore])
def test_whoever_stops_it_it_goes_on_where_it_was(desk: Office, stage: Stage, stop: object) -> None:
    one = sending(desk, stage)
    assert callable(stop)
    stop(desk, one)
    stopped = broadcasts.find(desk.database, one.id)
    assert (stopped.stage, stopped.paused_from, stopped.stops, stopped.moved_at) == (
        Stage.PAUSED, stage.value, 1, NOW + MINUTE,
    )  # fmt: skip
    assert stopped.why
    for name in ("asma", "danish"):
        again = desk.broadcasts.resume(one.id, approver(name), NOW + 2 * MINUTE)
    assert (again.stage, again.paused_from, again.canary) == (stage, "", 0)
    stop(desk, again)
    stopped = broadcasts.find(desk.database, one.id)
    if stopped.stage is Stage.PAUSED:
        again = desk.broadcasts.resume(one.id, approver("asma"), NOW + 3 * MINUTE)
        assert again.stage is Stage.PAUSED, "the old agreements are used up"


def test_what_is_not_being_sent_is_not_stopped_by_a_receipt_that_comes_late(desk: Office) -> None:
    one = sending(desk, Stage.RUNNING)
    late = some(desk, one, 1)
    desk.broadcasts.cancel(one.id, AUTHOR, NOW)
    hearing.hear(desk.database, late[0], News(1, "SM1", State.FAILED, Trouble.CONTENT), NOW + MINUTE, "30007")
    assert broadcasts.find(desk.database, one.id).stage is Stage.CANCELLED


def test_what_waited_for_its_start_when_all_was_stopped_is_a_draft_nobody_has_approved(desk: Office) -> None:
    tomorrow = f"{NOW + timedelta(hours=20):%Y-%m-%dT%H:%M}"
    one = desk.approved(draft(starts=tomorrow, zone="UTC"))
    assert one.stage is Stage.SCHEDULED
    by_a_restore(desk, one)
    back = broadcasts.find(desk.database, one.id)
    assert (back.stage, back.starts_at, back.approved_at) == (Stage.DRAFT, None, None)
    again = desk.broadcasts.submit(one.id, AUTHOR, NOW + MINUTE)
    assert (again.stage, desk.broadcasts.show(one.id)[1]) == (Stage.SUBMITTED, ())
    desk.fan_out(NOW + timedelta(hours=21))
    assert broadcasts.find(desk.database, one.id).stage is Stage.SUBMITTED


@pytest.mark.fast
@given(
    st.lists(st.sampled_from(["pause", "resume", "to running"]), max_size=12), st.sampled_from(["canary", "running"])
)
def test_pauses_in_any_order_lose_no_place(done: list[str], begins: str) -> None:
    one = Broadcast("a" * 32, DRAFT, NOW, NOW, Stage(begins))
    place, stops = one.stage, 0
    for what in done:
        if what == "pause" and one.stage is not Stage.PAUSED:
            one, stops = paused(one, NOW, "x"), stops + 1
        elif what == "resume" and one.stage is Stage.PAUSED:
            one = resumed(one, NOW)
            assert one.stage is place
        elif what == "to running" and one.stage is Stage.CANARY:
            one = moved(one, Stage.RUNNING, NOW)
            place = one.stage
    assert (one.paused_from, one.stops) == (place.value if one.stage is Stage.PAUSED else "", stops)


@pytest.mark.fast
@given(st.integers(0, 50), st.integers(0, 5))
def test_what_was_sent_back_has_another_fingerprint_whatever_else_stays(heads: int, edits: int) -> None:
    one = Broadcast("a" * 32, DRAFT, NOW, NOW, Stage.APPROVED, heads=heads, edits=edits)
    assert sent_back(one, Stage.SUBMITTED, heads, NOW, "grew").fingerprint != one.fingerprint
