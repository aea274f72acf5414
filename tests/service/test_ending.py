"""How a broadcast ends: not before every message has, not for ever, and what comes back afterwards is not forgotten."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from hotline.domain.broadcast import Broadcast, Stage
from hotline.domain.delivery import News, State, Trouble
from hotline.service.trying import BACK
from hotline.settings import Settings
from hotline.store import breakers, claims, hearing
from hotline.store import broadcasts as store
from hotline.store import deliveries as outbox
from hotline.store.database import Database
from hotline.store.reach import deliveries
from tests.reaching import NOW, Office, alert, draft, enrol, office
from tests.store.test_claims import TERMS

LATER = NOW + timedelta(hours=2)
RULE = breakers.Rule(5, timedelta(seconds=60))


@pytest.fixture
def desk(settings: Settings, database: Database) -> Office:
    return office(settings, database)


def begun(desk: Office, people: int = 30) -> Broadcast:
    """A broadcast that is running, with a message for everybody."""
    enrol(desk.database, people)
    one = desk.approved(draft())
    desk.fan_out()
    desk.fan_out()
    return store.find(desk.database, one.id)


def ids(desk: Office, of: Broadcast) -> list[str]:
    """Its messages, in the order of their people."""
    wanted = select(deliveries.c.id).where(deliveries.c.part_of == of.id).order_by(deliveries.c.person_id)
    with desk.database.reading() as connection:
        return list(connection.execute(wanted).scalars())


def handed_over(desk: Office, of: Broadcast) -> None:
    """The provider has everything, each under an id of its own."""
    desk.came_to(of.id, "sent", NOW)
    for number, message in enumerate(ids(desk, of)):
        change(desk, message, provider_id=f"SM{number:032}")


def change(desk: Office, message: str, **columns: object) -> None:
    with desk.database.writing() as connection:
        connection.execute(update(deliveries).where(deliveries.c.id == message).values(**columns))


def not_taken(desk: Office, of: Broadcast, number: int, at: datetime) -> hearing.Told | None:
    """The telephone of the n-th person did not take it."""
    news = News(1, f"SM{number:032}", State.FAILED, Trouble.HANDSET, timedelta(hours=2))
    return hearing.hear(desk.database, ids(desk, of)[number], news, at, "30003")


def under_way(desk: Office, of: Broadcast, many: int) -> list[str]:
    """Messages a worker has claimed."""
    chosen = ids(desk, of)[:many]
    for message in chosen:
        change(desk, message, state="sending", attempt=1, attempted_at=NOW, lease_until=NOW + timedelta(seconds=60))
    return chosen


def given_back(desk: Office, of: Broadcast, messages: list[str], at: datetime) -> None:
    missed = [outbox.Missed(message, 1, NOW + timedelta(seconds=60), "", of.id, BACK) for message in messages]
    outbox.mark(desk.database, outbox.Report(missed=missed), RULE, at)


def stage(desk: Office, of: Broadcast) -> Stage:
    return store.find(desk.database, of.id).stage


def stand(desk: Office, of: Broadcast) -> dict[tuple[str, str], int]:
    return dict(Counter((state, reason) for _, state, reason in desk.rows(of.id)))


def test_a_telephone_that_was_off_is_tried_again_also_after_all_was_sent(desk: Office) -> None:
    one = begun(desk)
    handed_over(desk, one)
    desk.fan_out()
    assert stage(desk, one) is Stage.DONE
    assert not_taken(desk, one, 0, NOW + timedelta(minutes=1)) is not None
    assert stage(desk, one) is Stage.RUNNING
    desk.fan_out(NOW + timedelta(minutes=2))
    assert stage(desk, one) is Stage.RUNNING, "one of its messages waits"
    (again,) = claims.claim(desk.database, LATER + timedelta(minutes=2), TERMS).messages
    assert (again.id, again.attempt) == (ids(desk, one)[0], 2)
    outbox.mark(desk.database, outbox.Report(taken=[outbox.Taken(again.id, 2, "SMagain")]), RULE, LATER)
    desk.fan_out(LATER)
    assert stage(desk, one) is Stage.DONE


def test_a_new_try_behind_the_cursor_is_waited_for(desk: Office) -> None:
    one = begun(desk)
    handed_over(desk, one)
    last = ids(desk, one)[-1]
    change(desk, last, state="queued", provider_id=None)
    desk.fan_out()
    assert store.find(desk.database, one.id).cursor == max(person for person, _, _ in desk.rows(one.id))
    not_taken(desk, one, 3, NOW + timedelta(minutes=1))
    change(desk, last, state="sent", provider_id="SMlast")
    for _ in range(2):
        desk.fan_out(NOW + timedelta(minutes=2))
    assert stand(desk, one) == {("sent", ""): 29, ("queued", "handset"): 1}
    assert stage(desk, one) is Stage.RUNNING


@pytest.mark.parametrize("verb", ["cancel", "recall"])
def test_of_what_was_given_up_nothing_is_tried_again(desk: Office, verb: str) -> None:
    one = begun(desk)
    handed_over(desk, one)
    if verb == "recall":
        desk.broadcasts.recall(one.id, {"en": "That was wrong."}, "asma", NOW)
    else:
        desk.broadcasts.cancel(one.id, "asma", NOW)
    desk.fan_out()
    told = not_taken(desk, one, 0, NOW + timedelta(minutes=1))
    assert told is not None
    assert told.state is State.FAILED
    assert stand(desk, one) == {("sent", ""): 29, ("failed", "cancelled"): 1}


def test_what_a_worker_gives_back_after_a_cancel_ends_too(desk: Office) -> None:
    one = begun(desk)
    claimed = under_way(desk, one, 5)
    desk.broadcasts.cancel(one.id, "asma", NOW)
    desk.fan_out(NOW + timedelta(seconds=5))
    assert stand(desk, one) == {("failed", "cancelled"): 25, ("sending", ""): 5}
    given_back(desk, one, claimed, NOW + timedelta(seconds=6))
    desk.fan_out(NOW + timedelta(seconds=10))
    assert stand(desk, one) == {("failed", "cancelled"): 30}
    desk.fan_out(NOW + timedelta(seconds=15))
    assert store.find(desk.database, one.id).cursor == "", "and nobody looks at it any more"


def test_what_a_worker_gives_back_after_the_end_of_its_time_ends_too(desk: Office) -> None:
    one = begun(desk)
    claimed = under_way(desk, one, 5)
    desk.broadcasts.pause(one.id, "asma", NOW)
    over = NOW + timedelta(hours=25)
    desk.fan_out(over)
    assert stand(desk, one) == {("failed", "late"): 25, ("sending", ""): 5}
    given_back(desk, one, claimed, over)
    for _ in range(2):
        desk.fan_out(over)
    assert stand(desk, one) == {("failed", "late"): 30}
    assert stage(desk, one) is Stage.DONE


def test_what_nobody_can_tell_about_does_not_keep_a_broadcast_going_for_ever(desk: Office) -> None:
    one = begun(desk)
    desk.came_to(one.id, "unknown", NOW, most=1, reason="unverified")
    desk.came_to(one.id, "sent", NOW)
    desk.fan_out(NOW + timedelta(hours=1))
    assert stage(desk, one) is Stage.RUNNING, "it may still be found absent, and go again"
    desk.fan_out(NOW + timedelta(hours=25))
    assert stage(desk, one) is Stage.DONE


def test_a_recall_goes_also_to_whom_nobody_can_tell_about(desk: Office) -> None:
    one = begun(desk)
    desk.came_to(one.id, "failed", NOW, most=3, reason="unverified")
    desk.came_to(one.id, "failed", NOW, most=5, reason="bad_number")
    recall = desk.broadcasts.recall(one.id, {"en": "That was wrong."}, "asma", NOW)
    assert desk.broadcasts.dry_run(recall.id, NOW).people == 3


def first_few(desk: Office) -> Broadcast:
    """An alert whose first batch is planned."""
    enrol(desk.database, 60)
    one = desk.approved(alert())
    desk.fan_out()
    desk.fan_out()
    return store.find(desk.database, one.id)


def hidden_meanwhile(desk: Office, of: Broadcast) -> None:
    desk.came_to(of.id, "failed", NOW, reason="hidden")
    with desk.database.writing() as connection:
        untried = deliveries.c.reason == "hidden"
        connection.execute(update(deliveries).where(untried).values(attempt=0, attempted_at=None))


def test_a_first_batch_of_which_most_ended_untried_is_judged_by_the_others(desk: Office) -> None:
    one = first_few(desk)
    desk.came_to(one.id, "sent", NOW, most=9)
    hidden_meanwhile(desk, one)
    desk.fan_out(NOW + timedelta(minutes=5))
    assert stage(desk, one) is Stage.CANARY, "their receipts may still come"
    desk.fan_out(NOW + timedelta(minutes=11))
    assert stage(desk, one) is Stage.RUNNING


def test_where_nobody_of_the_first_batch_got_it_the_next_few_are_the_first(desk: Office) -> None:
    one = first_few(desk)
    hidden_meanwhile(desk, one)
    for minutes in (1, 2):
        desk.fan_out(NOW + timedelta(minutes=minutes))
    assert stage(desk, one) is Stage.CANARY
    assert stand(desk, one) == {("failed", "hidden"): 20, ("queued", ""): 20}
    desk.came_to(one.id, "failed", NOW + timedelta(minutes=3), reason="refused")
    desk.fan_out(NOW + timedelta(minutes=4))
    assert stage(desk, one) is Stage.PAUSED, "and they are judged"
