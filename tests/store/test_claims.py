"""The claim: its rules one by one, on both databases, and never one message for two workers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text, update

from hotline.domain.claiming import Limits, Local
from hotline.domain.delivery import Next, Priority, QueueText, Reason, State
from hotline.domain.keeping import bound
from hotline.domain.window import Window
from hotline.sealing import Vault
from hotline.service.trying import BACK, missed
from hotline.store import breakers, claims, deliveries, due, progress, unsettled
from hotline.store.claims import Terms
from hotline.store.database import Database
from hotline.store.reach import deliveries as deliveries_table
from hotline.store.schema import people
from tests.outbox import NOON, SENDER, Outbox, settings_of

RULE = breakers.Rule(5, timedelta(seconds=60))
DAY = Window(9 * 60, 21 * 60)
TERMS = Terms(
    limit=20,
    lease=timedelta(seconds=60),
    limits=Limits(weekly_cap=3, attempts=5),
    locals={
        "PK": Local(ZoneInfo("Asia/Karachi"), DAY),
        "GB": Local(ZoneInfo("Europe/London"), DAY),
        "MY": Local(ZoneInfo("Asia/Kuala_Lumpur"), DAY),
    },
)

RULE = breakers.Rule(errors=5, rest=timedelta(seconds=60))


@pytest.fixture
def outbox(database: Database, vault: Vault) -> Iterator[Outbox]:
    return Outbox(settings_of(), database, vault)


def claimed(outbox: Outbox, now: datetime = NOON) -> list[str]:
    return [message.id for message in claims.claim(outbox.database, now, TERMS).messages]


def why(outbox: Outbox, message: str) -> tuple[str, str]:
    """Claim, and where the message stands after."""
    claims.claim(outbox.database, NOON, TERMS)
    row = outbox.row(message)
    return str(row.state), str(row.reason)


def test_a_claim_is_written_before_anything_is_sent(outbox: Outbox) -> None:
    message = outbox.message(outbox.person(), outbox.broadcast(text="Hello."))
    (found,) = claims.claim(outbox.database, NOON, TERMS).messages
    row = outbox.row(message)
    assert (row.state, row.attempt, row.attempted_at, row.lease_until) == (
        "sending", 1, NOON, NOON + timedelta(seconds=60),
    )  # fmt: skip
    assert (found.id, found.text, found.attempt, found.sender) == (message, "Hello.", 1, SENDER)
    assert claimed(outbox) == []


@pytest.mark.parametrize(
    ("columns", "topic", "expected"),
    [
        ({}, "alerts", ("sending", "")),
        ({"hidden": True}, "alerts", ("failed", "hidden")),
        ({"voice_only": True}, "alerts", ("failed", "voice_only")),
        ({"voice_only": True}, "", ("failed", "voice_only")),
        ({"hidden": True}, "", ("sending", "")),
        ({"strikes": 1}, "alerts", ("sending", "")),
        ({"strikes": 2}, "alerts", ("failed", "bad_number")),
        ({"country": "XX"}, "alerts", ("failed", "country")),
        ({"safe_from": 600, "safe_until": 660}, "alerts", ("queued", "quiet_hours")),
        ({"safe_from": 700, "safe_until": 800}, "alerts", ("sending", "")),
        ({"safe_from": 1320, "safe_until": 300}, "alerts", ("failed", "quiet_hours")),
    ],
)
def test_who_may_be_written_to(
    outbox: Outbox, columns: dict[str, object], topic: str, expected: tuple[str, str]
) -> None:
    message = outbox.message(outbox.person(**columns), topic=topic)
    assert why(outbox, message) == expected


def test_without_consent_to_this_very_topic_nothing_goes(outbox: Outbox) -> None:
    nobody = outbox.person(subscribed=False)
    assert why(outbox, outbox.message(nobody)) == ("failed", "no_consent")
    assert why(outbox, outbox.message(outbox.person(), detail="multan")) == ("failed", "no_consent")
    assert why(outbox, outbox.message(outbox.person(), topic="reminders", detail="")) == ("failed", "no_consent")
    assert why(outbox, outbox.message(nobody, topic="correction", detail="")) == ("sending", "")
    assert why(outbox, outbox.message(nobody, topic="", detail="")) == ("sending", "")


def test_a_stop_holds_for_everything_unasked_until_start(outbox: Outbox) -> None:
    person = outbox.person()
    outbox.stop(person)
    assert why(outbox, outbox.message(person)) == ("failed", "stopped")
    assert why(outbox, outbox.message(person, topic="correction")) == ("failed", "stopped")
    assert why(outbox, outbox.message(person, topic="")) == ("sending", "")
    outbox.stop(person, start=True)
    # START alone brings no consent back; whoever asked for the topic again has it.
    assert why(outbox, outbox.message(person)) in {("sending", ""), ("failed", "no_consent")}


def test_a_stop_that_commits_while_a_claim_waits_for_the_person_is_obeyed(outbox: Outbox) -> None:
    person = outbox.person(subscribed=False)
    outbox.message(person, topic="correction", detail="")
    if outbox.database.dialect == "sqlite":
        outbox.stop(person)
        assert claimed(outbox) == [], "there one writer waits for another before it reads anything"
        return
    with outbox.database.engine.connect() as other, ThreadPoolExecutor(1) as worker:
        holding = other.begin()
        other.execute(select(people).where(people.c.id == person).with_for_update(key_share=True))
        waiting = worker.submit(claimed, outbox)
        while not waits_for_a_lock(outbox):
            assert not waiting.done()
        outbox.stop(person)
        holding.commit()
        assert waiting.result() == []


def waits_for_a_lock(outbox: Outbox) -> bool:
    """Asked in a transaction of its own: within one PostgreSQL tells the same again."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with outbox.database.reading() as connection:
        return bool(connection.execute(text(asked)).scalar())


def test_of_a_person_who_is_gone_nothing_is_sent(outbox: Outbox) -> None:
    assert why(outbox, outbox.message("nobody")) == ("failed", "gone")


def test_what_is_late_is_not_sent(outbox: Outbox) -> None:
    assert why(outbox, outbox.message(outbox.person(), deadline_at=NOON)) == ("failed", "late")


def test_outside_the_window_it_waits_for_its_opening_by_the_persons_own_clock(outbox: Outbox) -> None:
    lahore, london, kuala = (outbox.message(outbox.person(country=country)) for country in ("PK", "GB", "MY"))
    at = NOON + timedelta(hours=8, minutes=59)  # 20:59 in Lahore, 15:59 in London, 23:59 in Kuala Lumpur
    assert set(claimed(outbox, at)) == {lahore, london}
    assert outbox.row(kuala).due_at == datetime.fromisoformat("2026-11-24T09:00+08:00")
    assert claimed(outbox, at + timedelta(hours=9)) == []
    assert claimed(outbox, at + timedelta(hours=9, minutes=1)) == [kuala]


def test_what_would_open_after_its_deadline_is_not_kept_waiting(outbox: Outbox) -> None:
    message = outbox.message(outbox.person(country="MY"), deadline_at=NOON + timedelta(hours=15))
    claimed(outbox, NOON + timedelta(hours=8))
    assert (outbox.row(message).state, outbox.row(message).reason) == ("failed", "quiet_hours")


def test_a_reply_goes_at_any_hour_but_never_outside_the_safe_window(outbox: Outbox) -> None:
    night = NOON + timedelta(hours=14)
    plain = outbox.message(outbox.person(), priority=Priority.REPLY, topic="")
    safe = outbox.message(outbox.person(safe_from=600, safe_until=700), priority=Priority.REPLY, topic="")
    assert claimed(outbox, night) == [plain]
    assert outbox.row(safe).state == "queued"


def test_the_weekly_cap_counts_broadcasts_alone(outbox: Outbox) -> None:
    person = outbox.person()
    for _ in range(5):
        outbox.message(person)
    assert len(claimed(outbox)) == 5
    asked = [outbox.message(person, outbox.broadcast()) for _ in range(4)]
    assert len(claimed(outbox)) == 3
    assert sorted(str(outbox.row(message).reason) for message in asked) == ["", "", "", "weekly_cap"]
    week = NOON + timedelta(days=7, seconds=1)
    later = outbox.message(person, outbox.broadcast(), due_at=week, deadline_at=week + timedelta(hours=1))
    assert claimed(outbox, week) == [later]


@pytest.mark.parametrize("state", ["draft", "paused", "cancelled", "done"])
def test_of_a_broadcast_that_does_not_run_nothing_goes(outbox: Outbox, state: str) -> None:
    message = outbox.message(outbox.person(), outbox.broadcast(state))
    other = outbox.message(outbox.person())
    assert claimed(outbox) == [other]
    assert outbox.row(message).state == "queued"


def test_the_urgent_go_first_and_a_suspect_goes_alone(outbox: Outbox) -> None:
    bulk = outbox.message(outbox.person(), outbox.broadcast("canary"))
    suspect = outbox.message(outbox.person(), attempt=2)
    reminder = outbox.message(outbox.person(), priority=Priority.REMINDER)
    alert = outbox.message(outbox.person())
    reply = outbox.message(outbox.person(), priority=Priority.REPLY)
    assert claimed(outbox) == [reply, alert, reminder, bulk]
    assert claimed(outbox) == [suspect]


def test_words_that_are_missing_are_not_sent(outbox: Outbox) -> None:
    message = outbox.message(outbox.person(), outbox.broadcast(), locale="ur")
    assert why(outbox, message) == ("failed", "no_text")


def test_after_the_last_try_it_is_given_up(outbox: Outbox) -> None:
    assert why(outbox, outbox.message(outbox.person(), attempt=5)) == ("failed", "gave_up")


def test_many_workers_never_get_the_same_message(outbox: Outbox) -> None:
    asked = outbox.crowd(60)

    def work(_: int) -> list[str]:
        found: list[str] = []
        while some := claims.claim(outbox.database, NOON, replace(TERMS, limit=7)):
            if not some.looked:
                return found
            found += [message.id for message in some.messages]
        return found

    with ThreadPoolExecutor(4) as pool:
        got = [message for some in pool.map(work, range(4)) for message in some]
    rest = work(0)
    assert sorted(got + rest) == sorted(asked)


def test_a_lease_that_ran_out_makes_it_unknown_and_never_queued(outbox: Outbox) -> None:
    message = outbox.message(outbox.person())
    claimed(outbox)
    grace = timedelta(seconds=5)
    assert unsettled.expire(outbox.database, NOON + timedelta(seconds=59), grace) == 0
    assert unsettled.expire(outbox.database, NOON + timedelta(seconds=60), grace) == 1
    assert (outbox.row(message).state, outbox.row(message).reason) == ("unknown", "lease")
    assert claimed(outbox, NOON + timedelta(hours=1)) == []


def test_a_single_message_is_queued_once_and_only_for_a_person_we_know(outbox: Outbox) -> None:
    outbox.person("+923001112222")
    index = outbox.vault.index("number", "+923001112222")
    sealed = outbox.vault.seal("delivery", b"Yes.", bound("deliveries", "text", "a" * 32))
    effect = QueueText(
        "a" * 32, "answer:1", index, Priority.REPLY, "en", SENDER, sealed, 1, NOON, NOON + timedelta(hours=1)
    )
    with outbox.database.writing() as connection:
        assert deliveries.queue(connection, effect, NOON)
        assert not deliveries.queue(connection, replace(effect, id="b" * 32), NOON)
        assert not deliveries.queue(connection, replace(effect, id="c" * 32, number_index=b"?" * 32), NOON)
    assert claimed(outbox) == ["a" * 32]


def test_what_is_dropped_of_a_broadcast_leaves_alone_what_a_worker_has_claimed(outbox: Outbox) -> None:
    name = outbox.broadcast()
    outbox.crowd(3, name)
    claims.claim(outbox.database, NOON, replace(TERMS, limit=1))
    assert sum(progress.drop_queued(outbox.database, name, Reason.CANCELLED, NOON)) == 2
    assert progress.progress(outbox.database, name) == {("sending", ""): 1, ("failed", "cancelled"): 2}


def test_on_a_holiday_of_the_person_a_broadcast_waits_and_a_reminder_does_not(outbox: Outbox) -> None:
    local = replace(TERMS.locals["PK"], holidays=frozenset({f"{NOON.astimezone(ZoneInfo('Asia/Karachi')):%m-%d}"}))
    terms = replace(TERMS, locals={**TERMS.locals, "PK": local})
    person = outbox.person()
    waits = outbox.message(person, outbox.broadcast(), priority=Priority.BULK)
    goes = outbox.message(person, outbox.broadcast(), priority=Priority.ALERT)
    assert [one.id for one in claims.claim(outbox.database, NOON, terms).messages] == [goes]
    assert outbox.row(waits).due_at.astimezone(ZoneInfo("Asia/Karachi")).hour == 9


def test_what_two_approved_as_urgent_does_not_wait_for_the_morning(outbox: Outbox) -> None:
    night = NOON.astimezone(ZoneInfo("Asia/Karachi")).replace(hour=23)
    urgent, plain = outbox.broadcast(urgent=True), outbox.broadcast()
    goes = outbox.message(outbox.person(), urgent, priority=Priority.ALERT)
    outbox.message(outbox.person(), plain, priority=Priority.ALERT)
    asleep = outbox.message(outbox.person(safe_from=9 * 60, safe_until=18 * 60), urgent, priority=Priority.ALERT)
    assert claimed(outbox, night) == [goes]
    assert outbox.row(asleep).state == "queued"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_where_nothing_waits_is_read_from_an_index_however_full_the_outbox_is(outbox: Outbox) -> None:
    outbox.crowd(300, outbox.broadcast(state="paused"))
    with outbox.database.writing() as connection:
        connection.execute(text("ANALYZE"))
        for statement in (due._SINGLE, due._GOING):
            sql = statement.params(now=NOON).compile(connection.engine, compile_kwargs={"literal_binds": True})
            plan = "\n".join(connection.execute(text(f"EXPLAIN {sql}")).scalars())
            assert "Seq Scan on deliveries" not in plan


def test_a_provider_that_gives_one_id_to_two_messages_is_believed_once(outbox: Outbox) -> None:
    name = outbox.broadcast()
    messages = [outbox.message(outbox.person(), name) for _ in range(3)]
    claimed(outbox)
    given = [deliveries.Taken(message, 1, sid) for message, sid in zip(messages, ("SM1", "SM1", "SM2"), strict=True)]
    deliveries.mark(outbox.database, deliveries.Report(taken=given), RULE, NOON)
    rows = [outbox.row(message) for message in messages]
    assert [(row.state, row.provider_id) for row in rows] == [("sent", "SM1"), ("sending", None), ("sent", "SM2")]


@pytest.mark.parametrize("sender", ['+92"4', "+92\\4", "a,b", "{}", "NULL", "'", ""])
def test_a_list_holds_whatever_stands_in_it(outbox: Outbox, sender: str) -> None:
    outbox.message(outbox.person())
    rests = replace(TERMS, resting=frozenset({sender, SENDER}))
    assert claims.claim(outbox.database, NOON, rests).messages == ()
    with outbox.database.writing() as connection:
        connection.execute(update(deliveries_table).values(sender=sender))
    assert claims.claim(outbox.database, NOON, rests).messages == ()
    goes = replace(TERMS, resting=frozenset({f"{sender}!"}))
    assert len(claims.claim(outbox.database, NOON, goes).messages) == 1


def test_the_one_trial_of_a_sender_is_kept_for_somebody_who_may_be_written_to(outbox: Outbox) -> None:
    running = outbox.broadcast()
    for _ in range(3):
        outbox.message(outbox.person(subscribed=False), running, due_at=NOON - timedelta(minutes=1))
    good = outbox.message(outbox.person(), running)
    outbox.message(outbox.person(), running, due_at=NOON + timedelta(seconds=1))
    with outbox.database.writing() as connection:
        breakers.note(connection, breakers.Health(SENDER, 5, worked=False, why="refused"), RULE, NOON)
    over = NOON + timedelta(seconds=61)
    assert [claimed(outbox, over) for _ in range(4)] == [[], [], [], [good]]
    assert claimed(outbox, over) == [], "one, until its lease is over"


def test_a_result_told_twice_leaves_alone_what_another_worker_claimed_meanwhile(outbox: Outbox) -> None:
    outbox.message(outbox.person())
    (first,) = claims.claim(outbox.database, NOON, TERMS).messages
    told = deliveries.Report(missed=[missed(first, BACK)])
    deliveries.mark(outbox.database, told, RULE, NOON)
    (second,) = claims.claim(outbox.database, NOON + timedelta(seconds=1), TERMS).messages
    assert second.attempt == first.attempt, "given back, it was no try"
    deliveries.mark(outbox.database, told, RULE, NOON)
    assert outbox.row(first.id).state == "sending"


def test_a_result_told_twice_is_acted_on_once(outbox: Outbox) -> None:
    outbox.message(outbox.person())
    (first,) = claims.claim(outbox.database, NOON, TERMS).messages
    strike = Next(State.FAILED, Reason.BAD_NUMBER, strikes=1)
    for _ in range(2):
        deliveries.mark(outbox.database, deliveries.Report(missed=[missed(first, strike)]), RULE, NOON)
    assert outbox.reader(first.id).strikes == 1


def test_a_telephone_others_use_gets_one_neutral_message_a_week(outbox: Outbox) -> None:
    person = outbox.person(shared=True)
    alert = outbox.message(person)
    first, second, soon = (
        outbox.message(person, priority=Priority.REMINDER, deadline_at=NOON + timedelta(days=days))
        for days in (9, 10, 2)
    )
    reply = outbox.message(person, priority=Priority.REPLY, topic="")
    assert set(claimed(outbox)) == {reply, first}
    assert (outbox.row(alert).state, outbox.row(alert).reason) == ("failed", "shared")
    assert (outbox.row(second).state, outbox.row(second).due_at) == ("queued", NOON + timedelta(days=7))
    assert (outbox.row(soon).state, outbox.row(soon).reason) == ("failed", "shared")
    assert claimed(outbox, NOON + timedelta(days=7)) == [second]


def test_nobody_is_buried_whatever_the_messages_are(outbox: Outbox) -> None:
    person = outbox.person()
    end = NOON + timedelta(days=2)
    messages = [outbox.message(person, priority=Priority.REPLY, topic="", deadline_at=end) for _ in range(33)]
    other = outbox.message(outbox.person())
    taken = [message for _ in range(3) for message in claimed(outbox)]
    assert (len(taken), other in taken) == (31, True)
    left = next(message for message in messages if message not in taken)
    row = outbox.row(left)
    assert (row.state, row.reason, row.due_at) == ("queued", "daily_cap", NOON + timedelta(hours=1))
    assert len(claimed(outbox, NOON + timedelta(hours=24, seconds=1))) == 3
