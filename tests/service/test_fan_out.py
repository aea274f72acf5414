"""From an audience to messages: everybody once, whoever dies on the way; stopped by people, and by failures."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert, select, update

from hotline.domain.broadcast import Audience, Broadcast, Stage
from hotline.domain.delivery import Priority
from hotline.domain.schedule import Every, Schedule
from hotline.domain.staff import Member, Role
from hotline.errors import Refused
from hotline.service.series import Series
from hotline.settings import Settings
from hotline.store import broadcasts as store
from hotline.store import fanning
from hotline.store.database import Database
from hotline.store.own import journeys, subscriptions
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import people
from tests.reaching import (
    AUTHOR,
    ENGLISH,
    NOW,
    SENDER,
    Office,
    alert,
    approver,
    draft,
    enrol,
    messages,
    office,
    say_stop,
    subscribe,
)

MINUTE = timedelta(minutes=1)
BILAL = Member(AUTHOR, frozenset({Role.BROADCASTER}), "lahore")


@pytest.fixture
def desk(settings: Settings, database: Database) -> Office:
    return office(settings, database)


def begun(desk: Office) -> Broadcast:
    """A broadcast that is running, with nothing planned yet."""
    one = desk.approved(draft())
    assert desk.fan().start(store.find(desk.database, one.id), NOW)
    return store.find(desk.database, one.id)


# --- whom it reaches ---


def test_everybody_it_is_meant_for_has_one_message_as_it_was_approved(desk: Office) -> None:
    ids = enrol(desk.database, 40)
    enrol(desk.database, 5, detail="multan")
    one = desk.approved(draft())
    desk.fan_out(chunk=7)
    assert sorted(person for person, _, _ in desk.rows(one.id)) == sorted(ids)
    with desk.database.reading() as connection:
        row = connection.execute(select(deliveries)).first()
    assert row is not None
    kept = store.find(desk.database, one.id)
    assert (row.broadcast, row.topic, row.detail, row.locale) == (one.id, "alerts", "lahore", "en")
    assert (row.sender, row.parts, row.state, row.text_sealed) == (SENDER, 1, "queued", None)
    assert (row.priority, row.due_at, row.deadline_at) == (Priority.BULK, NOW, NOW + timedelta(hours=24))
    assert (kept.stage, kept.planned_at) == (Stage.RUNNING, NOW)


def test_whoever_subscribed_several_times_gets_it_once(desk: Office) -> None:
    ids = enrol(desk.database, 30)
    subscribe(desk.database, ids, "alerts", "multan")
    subscribe(desk.database, ids[:20], "alerts", "")
    everywhere = enrol(desk.database, 10, detail="")
    one = desk.approved(draft(audience=Audience("alerts", ("lahore", "multan"))))
    assert one.heads == 40
    desk.fan_out(chunk=7)
    rows = [person for person, _, _ in desk.rows(one.id)]
    assert sorted(rows) == sorted(ids + everywhere)


def test_an_audience_is_narrowed_by_all_that_is_given(desk: Office) -> None:
    wanted = enrol(desk.database, 3, locale="ur", country="SA")
    for other in (
        {"locale": "en", "country": "SA"},
        {"locale": "ur"},
        {"locale": "ur", "country": "SA", "centre": "x"},
    ):
        enrol(desk.database, 2, **other)
    leaves = {"country": "SA", "route": "agency", "version": 1, "changed_at": NOW}
    with desk.database.writing() as connection:
        days = (NOW.date() + timedelta(days=1), NOW.date(), NOW.date() - timedelta(days=1))
        rows = [leaves | {"person_id": one, "departs_on": day} for one, day in zip(wanted, days, strict=True)]
        connection.execute(insert(journeys), rows)
    aimed = Audience("alerts", (), ("ur",), ("SA",), ("lahore",))
    for phases, chosen in (((), wanted), (("before",), wanted[:1]), (("after",), wanted[1:])):
        one = desk.approved(draft(texts={"ur": "x"}, audience=replace(aimed, phases=phases)))
        desk.fan_out()
        assert sorted(person for person, _, _ in desk.rows(one.id)) == sorted(chosen)


SKIPPED = {"stopped": 1, "hidden": 2, "voice_only": 3, "bad_number": 4, "country": 5, "weekly_cap": 6}


def crowd(desk: Office) -> None:
    """30 who get it in English, 20 in Urdu of whom 8 are in Saudi Arabia, and some for every reason not to."""
    enrol(desk.database, 30)
    enrol(desk.database, 12, locale="ur")
    enrol(desk.database, 8, locale="ur", country="SA")
    say_stop(desk.database, enrol(desk.database, SKIPPED["stopped"]))
    enrol(desk.database, SKIPPED["hidden"], hidden=True)
    enrol(desk.database, SKIPPED["voice_only"], voice_only=True)
    enrol(desk.database, SKIPPED["bad_number"], strikes=2)
    enrol(desk.database, SKIPPED["country"], country="FR")
    had_their_share(desk, enrol(desk.database, SKIPPED["weekly_cap"]))


def had_their_share(desk: Office, ids: tuple[str, ...]) -> None:
    """Three broadcasts yesterday, of which everybody here got all."""
    usual = {"priority": 3, "topic": "alerts", "detail": "lahore", "locale": "en", "sender": SENDER, "parts": 1}
    usual |= {"state": "delivered", "reason": "", "attempt": 1, "looks": 0}
    yesterday = NOW - timedelta(days=1)
    usual |= dict.fromkeys(("due_at", "deadline_at", "attempted_at", "made_at", "changed_at"), yesterday)
    with desk.database.writing() as connection:
        for name in ("m1", "m2", "m3"):
            earlier = {"id": name, "part_of": name, "broadcast": name}
            rows = [usual | earlier | {"id": f"{name}{at}", "person_id": person} for at, person in enumerate(ids)]
            connection.execute(insert(deliveries), rows)
    for name in ("m1", "m2", "m3"):
        old = Broadcast(name, draft(), yesterday, yesterday, Stage.DONE, cursor="0", planned_at=yesterday)
        store.create(desk.database, old)


def test_a_dry_run_says_what_is_then_sent(desk: Office) -> None:
    crowd(desk)
    one = desk.broadcasts.draft(draft(texts={"en": ENGLISH, "ur": "\u0622\u062c " * 30}), NOW)
    found = desk.broadcasts.dry_run(one.id, NOW)
    assert found.people == 50
    assert found.parts == 30 + 20 * 2
    assert found.rupees == 30 * 12.0 + 12 * 2 * 12.0 + 8 * 2 * 40.0
    assert {language.locale: language.people for language in found.languages} == {"en": 30, "ur": 20}
    assert found.skipped == SKIPPED
    assert (found.missing, found.late, found.approvals, found.begins) == ({}, False, 1, NOW)
    # 54 parts in Pakistan, where it is 11 o'clock; in Riyadh it is 9, so 16 go at once too.
    assert found.finishes is not None
    assert abs(found.finishes - (NOW + timedelta(seconds=7))) < timedelta(seconds=1)
    assert messages(desk.database) == 3 * SKIPPED["weekly_cap"], "a dry run writes nothing"

    one = desk.approved(draft(texts={"en": ENGLISH, "ur": "\u0622\u062c " * 30}))
    desk.fan_out()
    with desk.database.reading() as connection:
        chosen = select(deliveries.c.locale, deliveries.c.parts).where(deliveries.c.part_of == one.id)
        sent = Counter(tuple(row) for row in connection.execute(chosen))
    assert sent == {("en", 1): 30, ("ur", 2): 20}


def test_a_dry_run_names_the_languages_without_a_text_and_how_many_speak_them(desk: Office) -> None:
    crowd(desk)
    one = desk.broadcasts.draft(draft(), NOW)
    found = desk.broadcasts.dry_run(one.id, NOW)
    assert (found.people, found.missing) == (30, {"ur": 20})
    with pytest.raises(Refused, match=r"no text in ur \(20 people\)"):
        desk.broadcasts.submit(one.id, AUTHOR, NOW)


def test_a_dry_run_tells_when_its_time_is_too_short(desk: Office) -> None:
    enrol(desk.database, 30)
    night = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    one = desk.broadcasts.draft(draft(hours_to_live=2), night)
    found = desk.broadcasts.dry_run(one.id, night)
    assert (found.late, found.people, found.heads, found.skipped) == (True, 0, 30, {"quiet_hours": 30})
    assert found.finishes is not None
    assert abs(found.finishes - datetime(2026, 11, 24, 4, 0, 3, tzinfo=UTC)) < timedelta(seconds=1)
    urgent = desk.broadcasts.draft(alert(hours_to_live=2, urgent=True), night)
    assert not desk.broadcasts.dry_run(urgent.id, night).late


def test_a_dry_run_tells_when_it_costs_more_than_a_days_money(desk: Office) -> None:
    enrol(desk.database, 30)
    one = desk.broadcasts.draft(draft(), NOW)
    assert not desk.broadcasts.dry_run(one.id, NOW).over_cap
    settings = desk.reach.settings
    poor = replace(desk.reach, settings=replace(settings, sending=replace(settings.sending, rupees_a_day=300)))
    found = replace(desk.broadcasts, reach=poor).dry_run(one.id, NOW)
    assert (found.over_cap, found.rupees) == (True, 30 * settings.countries["PK"].rupees)


def test_what_the_cap_counts_is_a_week_old_at_most_and_only_news(desk: Office) -> None:
    ids = enrol(desk.database, 3)
    had_their_share(desk, ids)
    later = NOW + timedelta(days=6, seconds=1)
    assert desk.broadcasts.dry_run(desk.broadcasts.draft(draft(), NOW).id, NOW).skipped == {"weekly_cap": 3}
    assert desk.broadcasts.dry_run(desk.broadcasts.draft(draft(), NOW).id, later).people == 3
    assert desk.broadcasts.dry_run(desk.broadcasts.draft(alert(), NOW).id, NOW).people == 3


# --- planned once ---


class Killed(Exception):
    """The process is gone."""


def test_two_planners_at_once_and_deaths_between_give_everybody_one(desk: Office) -> None:
    """Each of 20 runs is killed at a random statement of a chunk; two planners work at the same time all along."""
    ids = enrol(desk.database, 400)
    subscribe(desk.database, ids[::3], "alerts", "")
    one = begun(desk)
    order = replace(desk.reach.order(draft(), NOW), chunk=23)
    chance = random.Random(7)
    for _ in range(20):
        left = chance.randrange(1, 30)

        def dies(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        event.listen(desk.database.engine, "after_cursor_execute", dies)
        try:
            for _ in range(3):
                fanning.plan(desk.database, one.id, order)
        except Killed:
            pass
        finally:
            event.remove(desk.database.engine, "after_cursor_execute", dies)

    def plan() -> None:
        while not fanning.plan(desk.database, one.id, order).finished:
            pass

    planners = [threading.Thread(target=plan) for _ in range(2)]
    for planner in planners:
        planner.start()
    for planner in planners:
        planner.join()
    assert sorted(person for person, _, _ in desk.rows(one.id)) == sorted(ids)


def test_a_chunk_is_planned_with_its_cursor_or_not_at_all(desk: Office) -> None:
    enrol(desk.database, 30)
    one = begun(desk)
    order = replace(desk.reach.order(draft(), NOW), chunk=10)
    made = 0
    while not (done := fanning.plan(desk.database, one.id, order)).finished:
        made += done.rows
        assert messages(desk.database) == made
        assert store.find(desk.database, one.id).cursor
    assert made + done.rows == 30


def test_who_subscribes_while_it_is_planned_may_get_it_and_nobody_twice(desk: Office) -> None:
    ids = enrol(desk.database, 30)
    one = begun(desk)
    order = replace(desk.reach.order(draft(), NOW), chunk=10)
    for _ in range(3):
        fanning.plan(desk.database, one.id, order)
    subscribe(desk.database, ids, "alerts", "")
    with desk.database.writing() as connection:
        connection.execute(update(broadcasts).values(cursor=""))
    while not fanning.plan(desk.database, one.id, order).finished:
        pass
    assert sorted(person for person, _, _ in desk.rows(one.id)) == sorted(ids)


# --- stopped by people ---


def test_a_pause_stops_the_planning_too_and_it_goes_on_where_it_was(desk: Office) -> None:
    ids = enrol(desk.database, 60)
    one = begun(desk)
    order = replace(desk.reach.order(draft(), NOW), chunk=20)
    for _ in range(2):
        fanning.plan(desk.database, one.id, order)
    desk.broadcasts.pause(one.id, "terminal", NOW)
    half = messages(desk.database)
    assert 0 < half < 60
    assert fanning.plan(desk.database, one.id, order).rows == 0
    desk.fan_out()
    assert messages(desk.database) == half
    desk.broadcasts.resume(one.id, BILAL, NOW)
    desk.broadcasts.resume(one.id, approver(), NOW)
    desk.fan_out(chunk=20)
    assert sorted(person for person, _, _ in desk.rows(one.id)) == sorted(ids)


def test_cancelling_leaves_no_message_that_could_still_go(desk: Office) -> None:
    enrol(desk.database, 30)
    one = begun(desk)
    desk.fan_out()
    desk.came_to(one.id, "delivered", NOW, most=10)
    desk.broadcasts.cancel(one.id, "terminal", NOW)
    desk.fan_out()
    rows = Counter((state, reason) for _, state, reason in desk.rows(one.id))
    assert rows == {("delivered", ""): 10, ("failed", "cancelled"): 20}
    with pytest.raises(Refused):
        desk.broadcasts.resume(one.id, approver(), NOW)


@pytest.mark.parametrize("stage", ["draft", "submitted", "approved", "done", "cancelled"])
def test_what_is_not_being_sent_cannot_be_paused(desk: Office, stage: str) -> None:
    enrol(desk.database, 30)
    one = desk.broadcasts.draft(draft(), NOW)
    with desk.database.writing() as connection:
        connection.execute(update(broadcasts).values(state=stage))
    with pytest.raises(Refused, match="not being sent"):
        desk.broadcasts.pause(one.id, "terminal", NOW)


def test_a_paused_one_whose_time_is_over_ends(desk: Office) -> None:
    enrol(desk.database, 30)
    one = begun(desk)
    desk.fan_out()
    desk.broadcasts.pause(one.id, "terminal", NOW)
    over = NOW + timedelta(hours=25)
    with pytest.raises(Refused, match="time is over"):
        desk.broadcasts.resume(one.id, approver(), over)
    desk.fan_out(over)
    assert store.find(desk.database, one.id).stage is Stage.DONE
    assert {(state, reason) for _, state, reason in desk.rows(one.id)} == {("failed", "late")}


def test_who_watches_an_agency_and_takes_its_districts_alerts_gets_one_message(desk: Office) -> None:
    enrol(desk.database, 2)
    both = enrol(desk.database, 3)
    subscribe(desk.database, both, "watch", "0008/RWP")
    watchers = desk.approved(alert(audience=Audience("watch", ("0008/RWP",))))
    district = desk.approved(alert(), NOW + MINUTE)
    for _ in range(3):
        desk.fan_out(NOW + MINUTE)
    assert {row[0] for row in desk.rows(watchers.id)} == set(both)
    assert len(desk.rows(district.id)) == 2
    # Another day's news of the same agency is news.
    later = desk.approved(alert(), NOW + timedelta(hours=5))
    for _ in range(3):
        desk.fan_out(NOW + timedelta(hours=5))
    assert len(desk.rows(later.id)) == 5


# --- the first few, and failures ---


def test_an_alert_goes_to_a_few_first_and_to_the_rest_when_it_arrives(desk: Office) -> None:
    enrol(desk.database, 50)
    one = desk.approved(alert())
    for _ in range(3):
        desk.fan_out()
    assert (store.find(desk.database, one.id).stage, messages(desk.database)) == (Stage.CANARY, 20)
    desk.came_to(one.id, "sent", NOW)
    desk.fan_out(NOW + 9 * MINUTE)
    assert messages(desk.database) == 20, "receipts may still come"
    desk.fan_out(NOW + 10 * MINUTE)
    assert (store.find(desk.database, one.id).stage, messages(desk.database)) == (Stage.RUNNING, 50)


def test_in_the_quiet_hours_the_few_are_waited_for_however_long_it_takes(desk: Office) -> None:
    enrol(desk.database, 50)
    one = desk.approved(alert())
    desk.fan_out()
    desk.fan_out()
    desk.fan_out(NOW + timedelta(hours=10))
    assert (store.find(desk.database, one.id).stage, messages(desk.database)) == (Stage.CANARY, 20)


def test_an_alert_that_does_not_arrive_stops_after_the_few_and_says_why(desk: Office) -> None:
    enrol(desk.database, 50)
    one = desk.approved(alert())
    desk.fan_out()
    desk.fan_out()
    desk.came_to(one.id, "failed", NOW, most=5, reason="refused")
    desk.came_to(one.id, "delivered", NOW)
    desk.fan_out(NOW + MINUTE)
    kept = store.find(desk.database, one.id)
    assert kept.stage is Stage.PAUSED
    assert kept.why == "stopped after the first 20 people: 5 of the last 20 messages failed"
    assert messages(desk.database) == 20
    desk.broadcasts.resume(one.id, BILAL, NOW + MINUTE)
    desk.broadcasts.resume(one.id, approver(), NOW + MINUTE)
    desk.fan_out(NOW + MINUTE)
    assert (store.find(desk.database, one.id).stage, messages(desk.database)) == (Stage.CANARY, 40), "another few"
    desk.came_to(one.id, "delivered", NOW + 2 * MINUTE)
    desk.fan_out(NOW + 2 * MINUTE)
    assert (store.find(desk.database, one.id).stage, messages(desk.database)) == (Stage.RUNNING, 50)


def test_few_people_need_no_first_batch(desk: Office) -> None:
    enrol(desk.database, 20)
    one = desk.approved(alert())
    desk.fan_out()
    assert (store.find(desk.database, one.id).stage, messages(desk.database)) == (Stage.RUNNING, 20)


def test_a_broadcast_that_begins_to_fail_stops_by_itself(desk: Office) -> None:
    enrol(desk.database, 300)
    one = begun(desk)
    desk.fan_out()
    desk.came_to(one.id, "delivered", NOW, most=150)
    desk.came_to(one.id, "failed", NOW + MINUTE, most=20, reason="refused")
    desk.fan_out(NOW + MINUTE)
    assert store.find(desk.database, one.id).stage is Stage.RUNNING
    desk.came_to(one.id, "failed", NOW + MINUTE, most=1, reason="refused")
    desk.fan_out(NOW + MINUTE)
    kept = store.find(desk.database, one.id)
    assert (kept.stage, kept.why) == (Stage.PAUSED, "stopped by itself: 21 of the last 100 messages failed")
    assert (one.id, "paused", kept.why) in desk.stages


def test_started_again_it_is_judged_by_what_came_after(desk: Office) -> None:
    enrol(desk.database, 100)
    one = begun(desk)
    desk.fan_out()
    desk.came_to(one.id, "failed", NOW, most=30, reason="refused")
    desk.fan_out()
    desk.broadcasts.resume(one.id, BILAL, NOW + MINUTE)
    desk.broadcasts.resume(one.id, approver(), NOW + MINUTE)
    desk.fan_out(NOW + MINUTE)
    assert store.find(desk.database, one.id).stage is Stage.RUNNING


# --- how it ends ---


def test_it_is_done_when_every_message_is_and_never_reads_what_is_over_again(desk: Office) -> None:
    enrol(desk.database, 60)
    one = begun(desk)
    desk.fan_out()
    desk.came_to(one.id, "delivered", NOW, most=40)
    desk.fan_out()
    kept = store.find(desk.database, one.id)
    assert kept.stage is Stage.RUNNING
    assert kept.cursor == sorted(person for person, _, _ in desk.rows(one.id))[40]
    desk.came_to(one.id, "unknown", NOW, most=1)
    desk.came_to(one.id, "sent", NOW)
    desk.fan_out()
    assert store.find(desk.database, one.id).stage is Stage.RUNNING, "what may have been sent is not over"
    with desk.database.writing() as connection:
        connection.execute(update(deliveries).where(deliveries.c.state == "unknown").values(state="sent"))
    desk.fan_out()
    assert store.find(desk.database, one.id).stage is Stage.DONE


def test_what_did_not_leave_in_time_does_not_leave(desk: Office) -> None:
    enrol(desk.database, 30)
    one = begun(desk)
    desk.fan_out()
    desk.came_to(one.id, "delivered", NOW, most=10)
    for _ in range(2):
        desk.fan_out(NOW + timedelta(hours=24))
    rows = Counter((state, reason) for _, state, reason in desk.rows(one.id))
    assert rows == {("delivered", ""): 10, ("failed", "late"): 20}
    assert store.find(desk.database, one.id).stage is Stage.DONE


def test_progress_counts_by_state_and_reason(desk: Office) -> None:
    enrol(desk.database, 30)
    one = begun(desk)
    desk.fan_out()
    desk.came_to(one.id, "delivered", NOW, most=10)
    desk.came_to(one.id, "failed", NOW, most=2, reason="bad_number")
    far = desk.broadcasts.progress(one.id)
    assert far.counts == {("delivered", ""): 10, ("failed", "bad_number"): 2, ("queued", ""): 18}
    assert (far.planned, far.over) == (30, 12)


# --- taken back ---


def test_a_recall_goes_to_exactly_those_whom_it_reached(desk: Office) -> None:
    ids = sorted(enrol(desk.database, 50))
    one = begun(desk)
    desk.fan_out()
    for state, most in (("delivered", 10), ("sent", 10), ("failed", 5), ("unknown", 5), ("sending", 5)):
        desk.came_to(one.id, state, NOW, most)
    reached = ids[:20] + ids[25:35]
    with desk.database.writing() as connection:
        connection.execute(subscriptions.delete().where(subscriptions.c.person_id == ids[49]))
    recall = desk.broadcasts.recall(one.id, {"en": "There is no such day. Sorry."}, AUTHOR, NOW)
    assert store.find(desk.database, one.id).stage is Stage.RECALLED
    desk.fan_out()
    assert Counter(reason for _, _, reason in desk.rows(one.id))["cancelled"] == 15
    enrol(desk.database, 10)
    recall = desk.broadcasts.submit(recall.id, AUTHOR, NOW)
    assert recall.heads == 30
    desk.broadcasts.approve(recall.id, approver(), recall.fingerprint, NOW)
    desk.fan_out()
    assert sorted(person for person, _, _ in desk.rows(recall.id)) == reached
    with desk.database.reading() as connection:
        chosen = select(deliveries.c.topic, deliveries.c.detail, deliveries.c.priority)
        rows = set(connection.execute(chosen.where(deliveries.c.part_of == recall.id)).all())
    assert {tuple(row) for row in rows} == {("alerts", "lahore", Priority.ALERT)}


def test_whoever_said_stop_meanwhile_gets_no_recall(desk: Office) -> None:
    ids = enrol(desk.database, 30)
    one = begun(desk)
    desk.fan_out()
    desk.came_to(one.id, "delivered", NOW)
    say_stop(desk.database, ids[:4])
    recall = desk.broadcasts.recall(one.id, {"en": "Sorry."}, AUTHOR, NOW)
    assert desk.broadcasts.submit(recall.id, AUTHOR, NOW).heads == 26


def test_what_was_never_sent_is_not_recalled(desk: Office) -> None:
    enrol(desk.database, 30)
    one = desk.approved(draft())
    with pytest.raises(Refused, match="never sent"):
        desk.broadcasts.recall(one.id, {"en": "Sorry."}, AUTHOR, NOW)


def test_nobody_drafts_a_recall_of_nothing(desk: Office) -> None:
    with pytest.raises(Refused, match="recall"):
        desk.broadcasts.draft(replace(draft(), kind=store.Kind.RECALL), NOW)


# --- at its time ---


def test_a_start_waits_for_its_local_time(desk: Office) -> None:
    enrol(desk.database, 30)
    one = desk.approved(draft(starts="2026-11-23T15:00"))
    ten = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    assert (one.stage, one.starts_at) == (Stage.SCHEDULED, ten)
    when = Schedule(f"broadcast-{one.id}", 15 * 60, "Asia/Karachi", ten.date(), Every.ONCE)
    assert list(Series(desk.database).schedules()) == [when]
    desk.fan_out(ten - MINUTE)
    assert messages(desk.database) == 0
    assert desk.fan().begin(when.key, "2026-11-23", ten)
    assert not desk.fan().begin(when.key, "2026-11-23", ten)
    desk.fan_out(ten)
    assert messages(desk.database) == 30
    assert list(Series(desk.database).schedules()) == []


def test_without_the_clock_it_starts_all_the_same(desk: Office) -> None:
    enrol(desk.database, 30)
    one = desk.approved(draft(starts="2026-11-23T15:00"))
    desk.fan_out(datetime(2026, 11, 23, 10, 1, tzinfo=UTC))
    assert store.find(desk.database, one.id).stage is Stage.RUNNING


def test_a_start_that_was_missed_by_more_than_its_time_is_given_up(desk: Office) -> None:
    enrol(desk.database, 30)
    one = desk.approved(draft(starts="2026-11-23T15:00", hours_to_live=2))
    desk.fan_out(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    kept = store.find(desk.database, one.id)
    assert (kept.stage, kept.why) == (Stage.CANCELLED, "its time was over before it began")
    assert messages(desk.database) == 0


@pytest.fixture
def series(desk: Office) -> Broadcast:
    enrol(desk.database, 30)
    return desk.approved(draft(starts="2026-11-23T15:00", repeats="day", repeats_until="2026-11-25"))


def test_each_day_of_a_series_is_sent_once_under_one_approval(desk: Office, series: Broadcast) -> None:
    (when,) = Series(desk.database).schedules()
    assert (when.every, when.last) == (Every.DAY, datetime(2026, 11, 25).date())
    for day in range(3):
        at = datetime(2026, 11, 23 + day, 10, 0, tzinfo=UTC)
        began = [desk.fan().begin(when.key, f"2026-11-{23 + day}", at) for _ in range(3)]
        assert began == [True, False, False]
        desk.fan_out(at)
        assert messages(desk.database) == 30 * (day + 1)
    desk.fan_out(datetime(2026, 11, 27, 1, 0, tzinfo=UTC))
    kept = store.find(desk.database, series.id)
    assert (kept.stage, desk.rows(series.id)) == (Stage.DONE, [])


def test_a_series_is_never_sent_by_itself(desk: Office, series: Broadcast) -> None:
    desk.fan_out(datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert messages(desk.database) == 0
    assert store.find(desk.database, series.id).stage is Stage.SCHEDULED


def test_two_clocks_that_find_one_day_due_send_it_once(desk: Office, series: Broadcast) -> None:
    at = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    began: list[bool] = []
    line = threading.Barrier(2)

    def ring() -> None:
        line.wait()
        began.append(desk.fan().begin(f"broadcast-{series.id}", "2026-11-23", at))

    clocks = [threading.Thread(target=ring) for _ in range(2)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    assert sorted(began) == [False, True]
    desk.fan_out(at)
    assert messages(desk.database) == 30


def test_a_day_whose_audience_grew_waits_for_an_approval_of_its_own(desk: Office, series: Broadcast) -> None:
    enrol(desk.database, 1)
    at = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert not desk.fan().begin(f"broadcast-{series.id}", "2026-11-24", at)
    (day,) = desk.broadcasts.all(Stage.SUBMITTED)
    assert (day.parent, day.heads) == (series.id, 31)
    desk.broadcasts.approve(day.id, approver(), day.fingerprint, at)
    desk.fan_out(at)
    assert len(desk.rows(day.id)) == 31


def test_a_day_that_waited_for_its_approval_is_sent_on_that_day_or_never(desk: Office, series: Broadcast) -> None:
    enrol(desk.database, 10)
    desk.fan().begin("broadcast-" + series.id, "2026-11-24", NOW + timedelta(days=1))
    (day,) = (one for one in desk.broadcasts.all() if one.parent == series.id)
    assert day.stage is Stage.SUBMITTED
    with pytest.raises(Refused, match="its time is over"):
        desk.broadcasts.approve(day.id, approver("asma"), day.fingerprint, NOW + timedelta(days=12))
    desk.broadcasts.approve(day.id, approver("asma"), day.fingerprint, NOW + timedelta(days=1, hours=20))
    desk.fan_out(NOW + timedelta(days=1, hours=20))
    assert store.find(desk.database, day.id).deadline_at == NOW + timedelta(days=2)


def test_a_start_that_was_is_refused_when_it_is_written(desk: Office) -> None:
    past = draft(starts="2026-11-22T09:00")
    with pytest.raises(Refused, match="is past: write a time to come"):
        desk.broadcasts.draft(past, NOW)
    one = desk.broadcasts.draft(draft(), NOW)
    with pytest.raises(Refused, match="is past"):
        desk.broadcasts.edit(one.id, past, AUTHOR, NOW)


def test_what_lay_about_until_its_time_was_over_is_neither_submitted_nor_approved(desk: Office) -> None:
    enrol(desk.database, 30)
    over = NOW + timedelta(days=3)
    one, two = (desk.broadcasts.draft(draft(starts="2026-11-23T12:00"), NOW) for _ in range(2))
    with pytest.raises(Refused, match="its time is over"):
        desk.broadcasts.submit(one.id, AUTHOR, over)
    two = desk.broadcasts.submit(two.id, AUTHOR, NOW)
    with pytest.raises(Refused, match="its time is over"):
        desk.broadcasts.approve(two.id, approver(), two.fingerprint, over)


def test_a_series_that_is_changed_or_given_up_sends_no_more(desk: Office, series: Broadcast) -> None:
    at = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    desk.broadcasts.edit(series.id, replace(series.draft, texts={"en": "Other words"}), AUTHOR, NOW)
    assert not desk.fan().begin(f"broadcast-{series.id}", "2026-11-24", at)
    desk.broadcasts.cancel(series.id, "terminal", NOW)
    assert not desk.fan().begin(f"broadcast-{series.id}", "2026-11-24", at)
    assert messages(desk.database) == 0


def test_keys_of_others_begin_nothing(desk: Office) -> None:
    assert not desk.fan().begin("reminders", "2026-11-24", NOW)
    assert not desk.fan().begin("broadcast-unknown", "2026-11-24", NOW)


def test_an_erased_person_is_in_no_audience(desk: Office) -> None:
    ids = enrol(desk.database, 30)
    with desk.database.writing() as connection:
        connection.execute(people.delete().where(people.c.id == ids[0]))
    assert desk.approved(draft()).heads == 29
