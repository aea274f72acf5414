"""Sending over real HTTP: everybody once, by the carrier's own book, whatever it answers and wherever we end."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest

from hotline.channels.base import Outbound, Receipt
from hotline.domain.delivery import Priority
from hotline.errors import MemoryDown, SendError
from hotline.memory.embedded import EmbeddedRedis
from hotline.pocket.faults import Fault, Odds
from hotline.pocket.messages import Wanted
from hotline.sealing import Vault
from hotline.service import marking
from hotline.store import breakers, claims, spending
from hotline.store.database import Database
from tests.outbox import NOON, SENDER, Crash, Wired, wired
from tests.store.test_claims import TERMS


def test_a_broadcast_reaches_everybody_once(outbox: Wired) -> None:
    outbox.crowd(50)
    assert outbox.post.run() is False
    assert outbox.states() == {"sent": 50}
    assert (len(outbox.sent()), set(outbox.sent().values())) == (50, {1})


def test_on_both_databases(database: Database, vault: Vault, redis_url: str) -> None:
    with wired(database, vault, redis_url) as outbox:
        outbox.crowd(10)
        outbox.message(outbox.person())
        outbox.post.run()
        assert outbox.states() == {"sent": 11}
        assert set(outbox.sent().values()) == {1}


def test_the_receipt_comes_back_under_the_message_and_its_try(outbox: Wired) -> None:
    message = outbox.message(outbox.person())
    outbox.post.run()
    (entry,) = [entry for entry in outbox.carrier.ledger.since() if entry.what == "accepted"]
    assert entry.detail == f"http://127.0.0.1:9/twilio/status/{message}-1#rc=3&rp=all"


def test_two_workers_at_once_send_everything_once(database: Database, vault: Vault, redis_url: str) -> None:
    with wired(database, vault, redis_url) as outbox:
        outbox.crowd(60)
        workers = [threading.Thread(target=outbox.post.run) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)
        outbox.post.run()
        assert outbox.states() == {"sent": 60}
        assert (len(outbox.sent()), set(outbox.sent().values())) == (60, {1})


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.CUT])
def test_what_may_have_been_taken_is_looked_for_and_not_sent_again(outbox: Wired, fault: Fault) -> None:
    outbox.carrier.faults.next(fault)
    outbox.crowd(3)
    outbox.post.run()
    assert outbox.states() == {"sent": 2, "unknown": 1}
    outbox.clock.forward(seconds=6)
    assert outbox.reconcile.unknown() == 1
    assert outbox.done() == 3
    assert set(outbox.sent().values()) == {1}


def test_what_was_not_taken_goes_again_after_two_looks(outbox: Wired) -> None:
    outbox.carrier.faults.next(Fault.DOWN)
    (message,) = outbox.crowd(1)
    outbox.post.run()
    for look in (1, 2):
        assert outbox.row(message).state == "unknown", look
        outbox.clock.forward(seconds=6)
        outbox.reconcile.unknown()
    assert (outbox.row(message).state, outbox.row(message).reason) == ("queued", "absent")
    outbox.post.run()
    assert (outbox.row(message).state, outbox.row(message).attempt) == ("sent", 2)
    assert sum(outbox.sent().values()) == 1


def test_absent_after_its_deadline_it_is_too_late(outbox: Wired) -> None:
    outbox.carrier.faults.next(Fault.DOWN)
    (message,) = outbox.crowd(1)
    outbox.change(message, deadline_at=outbox.clock() + timedelta(seconds=10))
    outbox.post.run()
    for _ in range(2):
        outbox.clock.forward(seconds=6)
        outbox.reconcile.unknown()
    assert (outbox.row(message).state, outbox.row(message).reason) == ("failed", "late")


def test_a_refusal_that_was_never_processed_is_no_try(outbox: Wired) -> None:
    outbox.carrier.faults.next(Fault.BUSY)
    (message,) = outbox.crowd(1)
    outbox.post.run()
    assert (outbox.row(message).state, outbox.row(message).attempt) == ("queued", 0)
    outbox.clock.forward(seconds=2)
    outbox.post.run()
    assert (outbox.row(message).state, outbox.row(message).attempt) == ("sent", 1)


def test_whom_the_carrier_will_not_reach_has_stopped(outbox: Wired) -> None:
    person = outbox.person("+923009999999")
    outbox.carrier.texts.block("+923009999999")
    first, second = outbox.message(person), outbox.message(person)
    outbox.change(second, due_at=outbox.clock() + timedelta(minutes=1))
    outbox.post.run()
    assert (outbox.row(first).state, outbox.row(first).reason) == ("failed", "stopped")
    outbox.clock.forward(minutes=2)
    outbox.post.run()
    assert (outbox.row(second).state, outbox.row(second).reason) == ("failed", "stopped")
    assert not outbox.sent()


def test_no_country_of_ours_no_message(outbox: Wired) -> None:
    message = outbox.message(outbox.person("+18765551234"))
    outbox.post.run()
    assert (outbox.row(message).state, outbox.row(message).reason) == ("failed", "country")


@pytest.mark.parametrize("name", ["claimed", "before_post", "after_post", "before_mark", "marked"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_crash_anywhere_while_sending_leaves_nobody_out_and_nobody_twice(outbox: Wired, name: str, nth: int) -> None:
    messages = outbox.crowd(30)
    outbox.marks.end_at(name, nth)
    with pytest.raises(Crash):
        outbox.post.run()
    outbox.marks.name = ""
    outbox.clock.forward(seconds=61)
    outbox.settle()
    assert outbox.done() == len(messages)
    assert (len(outbox.sent()), set(outbox.sent().values())) == (30, {1})


@pytest.mark.parametrize("name", ["looked", "decided", "heard"])
def test_a_crash_anywhere_while_looking_loses_nothing(outbox: Wired, name: str) -> None:
    outbox.carrier.faults.next(Fault.BROKEN, Fault.DOWN, Fault.CUT)
    outbox.crowd(6)
    outbox.post.run()
    outbox.clock.forward(seconds=6)
    outbox.marks.end_at(name)
    with pytest.raises(Crash):
        outbox.reconcile.unknown()
    outbox.marks.name = ""
    outbox.clock.forward(seconds=61)
    outbox.settle()
    assert outbox.done() == 6
    assert (len(outbox.sent()), set(outbox.sent().values())) == (6, {1})


def test_every_named_point_is_passed(outbox: Wired) -> None:
    outbox.carrier.faults.next(Fault.BROKEN)
    outbox.crowd(2)
    outbox.post.run()
    outbox.clock.forward(seconds=6)
    outbox.reconcile.unknown()
    assert set(outbox.marks.passed) == set(marking.POINTS)


def test_many_faults_and_a_lagging_list_come_to_one_each(
    sqlite_database: Database, vault: Vault, redis_url: str
) -> None:
    odds = Odds(busy=0.1, down=0.1, broken=0.1, cut=0.1, list_lag=3)
    with wired(sqlite_database, vault, redis_url, odds, breaker_errors=1000, attempts=12) as outbox:
        outbox.crowd(80)
        outbox.post.run()
        outbox.clock.forward(seconds=10)
        outbox.settle()
        assert outbox.done() == 80
        assert (len(outbox.sent()), set(outbox.sent().values())) == (80, {1})


def test_a_worker_that_slept_through_its_lease_sends_nothing(outbox: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    (message,) = outbox.crowd(1)
    claim = claims.claim

    def slept(*args: object) -> claims.Claim:
        found = claim(*args)  # type: ignore[arg-type]
        if not given_back:
            outbox.clock.forward(seconds=57)
        given_back.append(outbox.sent().total())
        return found

    given_back: list[int] = []
    monkeypatch.setattr(claims, "claim", slept)
    outbox.post.run()
    assert given_back[:2] == [0, 0]
    assert (outbox.row(message).state, outbox.row(message).attempt) == ("sent", 1)


def test_a_stop_between_two_claims_is_obeyed(outbox: Wired) -> None:
    messages = outbox.crowd(60)
    people = {message: outbox.row(message).person_id for message in messages}
    stopped: list[str] = []

    class Stopping:
        def __call__(self, name: str) -> None:
            if name == marking.CLAIMED and not stopped:
                waiting = [message for message in messages if outbox.row(message).state == "queued"]
                stopped.extend(waiting)
                for message in waiting:
                    outbox.stop(people[message])

    object.__setattr__(outbox.post, "mark", Stopping())
    outbox.post.run()
    assert len(stopped) == 40
    assert {outbox.row(message).reason for message in stopped} == {"stopped"}
    assert sum(outbox.sent().values()) == 20


def test_a_reply_overtakes_a_broadcast(outbox: Wired) -> None:
    outbox.crowd(60)
    reply = ""

    class Replying:
        def __call__(self, name: str) -> None:
            nonlocal reply
            if name == marking.CLAIMED and not reply:
                reply = outbox.message(outbox.person("+923008888888"), priority=Priority.REPLY, topic="")

    object.__setattr__(outbox.post, "mark", Replying())
    outbox.post.run()
    numbers = [entry.number for entry in outbox.carrier.ledger.since() if entry.what == "accepted"]
    assert numbers.index("+923008888888") < 45


def test_nothing_paid_for_leaves_while_redis_is_down(
    sqlite_database: Database, vault: Vault, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with EmbeddedRedis(tmp_path_factory.mktemp("own")) as server, wired(sqlite_database, vault, server.url) as outbox:
        messages = outbox.crowd(5)
        server.stop()
        assert outbox.post.run() is False
        assert (outbox.sent(), outbox.states()) == ({}, {"queued": 5})
        assert {outbox.row(message).attempt for message in messages} == {0}
        server.start()
        for _ in range(50):
            # A Redis that failed is asked again after a second.
            with suppress(MemoryDown):
                outbox.post.rate.hold("nobody", 0.001)
                break
            time.sleep(0.1)
        outbox.post.run()
        assert outbox.states() == {"sent": 5}


def test_an_account_in_trouble_halts_its_sender_until_one_message_gets_through(
    outbox: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.crowd(40)
    channel, suspended = outbox.post.channel, True
    real = channel.send

    def refusing(message: Outbound) -> str:
        if suspended:
            raise SendError("30002")
        return real(message)

    monkeypatch.setattr(channel, "send", refusing)
    outbox.post.run()
    (breaker,) = breakers.resting(outbox.database, outbox.clock())
    assert (breaker.sender, "mend the account" in breaker.reason) == (SENDER, True)
    assert outbox.states() == {"queued": 40}
    outbox.clock.forward(seconds=30)
    outbox.post.run()
    assert outbox.states() == {"queued": 40}
    suspended = False
    outbox.clock.forward(seconds=61)
    outbox.post.run()
    assert breakers.resting(outbox.database, outbox.clock()) == ()
    assert outbox.states() == {"sent": 40}


def test_refusals_in_a_row_open_the_breaker_and_use_up_nobodys_tries(outbox: Wired) -> None:
    outbox.carrier.faults.next(*[Fault.BUSY] * 30)
    messages = outbox.crowd(40)
    outbox.post.run()
    assert len(breakers.resting(outbox.database, outbox.clock())) == 1
    assert max(outbox.row(message).attempt for message in messages) <= 1
    assert outbox.counted["breaker", "open"] >= 1


def test_a_text_that_is_refused_stops_its_broadcast(outbox: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox.crowd(60)

    def refusing(message: Outbound) -> str:
        raise SendError("21617")

    monkeypatch.setattr(outbox.post.channel, "send", refusing)
    outbox.post.run()
    states = outbox.states()
    assert states["failed"] < 60
    assert set(states) == {"failed", "queued"}


def test_a_message_that_kills_its_worker_is_given_up_and_takes_nobody_with_it(
    outbox: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = outbox.crowd(25)
    real = outbox.post.channel.send
    poison = messages[7]

    def deadly(message: Outbound) -> str:
        if message.id.startswith(poison):
            raise Crash("segfault")
        return real(message)

    monkeypatch.setattr(outbox.post.channel, "send", deadly)
    for _ in range(12):
        outbox.clock.forward(seconds=61)
        try:
            outbox.settle()
        except Crash:
            continue
        break
    assert outbox.done() == 24
    assert (outbox.row(poison).state, outbox.row(poison).reason, outbox.row(poison).attempt) == ("failed", "gave_up", 5)


def test_a_receipt_that_comes_before_our_own_note_is_kept_and_not_undone(outbox: Wired) -> None:
    (message,) = outbox.crowd(1)
    outbox.marks.end_at(marking.BEFORE_MARK)
    with pytest.raises(Crash):
        outbox.post.run()
    (entry,) = [entry for entry in outbox.carrier.ledger.since() if entry.what == "accepted"]
    outbox.receipts.hear(Receipt(entry.sid, "queued", own_id=f"{message}-1"))
    assert (outbox.row(message).state, outbox.row(message).provider_id) == ("sent", entry.sid)


def test_what_is_sent_in_the_evening_may_not_wait_at_the_provider_into_the_night(outbox: Wired) -> None:
    outbox.clock.forward(hours=8, minutes=55)
    late, soon = outbox.person("+923001111111"), outbox.person("+923002222222")
    outbox.message(late)
    outbox.message(soon, deadline_at=outbox.clock() + timedelta(minutes=2))
    outbox.message(outbox.person("+923003333333"), priority=Priority.REPLY, topic="")
    outbox.post.run()
    outbox.carrier.settle()
    kept = {text.to: text.valid for text in outbox.carrier.texts.kept.newest(Wanted())}
    assert kept == {"+923001111111": 300, "+923002222222": 120, "+923003333333": 36_000}


def test_in_the_last_moments_of_the_day_nothing_is_begun(outbox: Wired) -> None:
    message = outbox.message(outbox.person())
    outbox.clock.forward(hours=8, minutes=59, seconds=45)
    outbox.post.run()
    row = outbox.row(message)
    assert (row.state, row.reason, row.due_at) == ("queued", "quiet_hours", NOON + timedelta(hours=21))


def test_past_its_days_money_a_centre_sends_no_more_and_staff_read_why(
    database: Database, vault: Vault, redis_url: str
) -> None:
    with wired(database, vault, redis_url, rupees_a_day=100, batch=2, in_flight=1) as outbox:
        price = outbox.settings.countries["PK"].rupees
        outbox.crowd(int(100 / price) + 20)
        outbox.post.run()
        cost = sum(outbox.sent().values()) * price
        assert 100 <= cost <= 100 + 10 * price, "the cap, and what was in flight"
        assert spending.of_day(database, date(2026, 11, 23)) == {"lahore": pytest.approx(cost)}
        (rest,) = breakers.resting(database, outbox.clock())
        assert rest.reason == f"{int(cost):,} rupees are spent today, the cap of lahore is 100"
        assert rest.until == datetime(2026, 11, 23, 19, tzinfo=UTC), "midnight in Lahore"
        assert outbox.states()["queued"] > 0
        outbox.clock.now = NOON + timedelta(hours=23)
        assert breakers.resting(database, outbox.clock()) == ()
        assert claims.claim(database, outbox.clock(), TERMS).messages
