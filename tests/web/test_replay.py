"""The provider asks twice: the same bytes come back, and nothing happens a second time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import redis

from hotline.channels.base import Inbound
from hotline.flow.model import Channel
from hotline.flow.turn import Said
from hotline.store import cases
from hotline.store.inbox import forget_old
from hotline.store.own import consents
from hotline.store.schema import inbound, not_understood, people, suppressions
from tests.web.running import NUMBER, Answer, Running, sign, sms


def asked_for_a_call_back(hotline: Running, person: str) -> None:
    """So that the next text, "1", has an effect."""
    hotline.text(person, "COUNSELLOR")


def test_a_message_that_comes_five_times_is_answered_with_the_same_bytes_and_acts_once(
    fresh_hotline: Running, person: str
) -> None:
    asked_for_a_call_back(fresh_hotline, person)
    form = sms(person, "1")
    answers = {fresh_hotline.post("/twilio/sms", form).body for _ in range(5)}
    assert len(answers) == 1
    assert len(fresh_hotline.rows(inbound)) == 2
    assert len(cases.open_cases(fresh_hotline.house.database)) == 1


def at_once(work: Callable[[], Answer], times: int) -> list[Answer]:
    """What many threads get that all begin at the same moment."""
    start = threading.Barrier(times)

    def one(_: int) -> Answer:
        start.wait(10)
        return work()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_twenty_at_once_are_one(fresh_hotline: Running, someone: Callable[[], str]) -> None:
    caller = someone()
    asked_for_a_call_back(fresh_hotline, caller)
    forms = [sms(someone(), words) for words in ("CHECK 4859", "STOP", "zorblax wumpus")]
    for form in (*forms, sms(caller, "1")):
        answers = at_once(partial(fresh_hotline.post, "/twilio/sms", form), 20)
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 1
        assert answers[0].text
    assert len(fresh_hotline.rows(inbound)) == 5
    assert len(fresh_hotline.rows(people)) == 4
    assert len(fresh_hotline.rows(consents)) == len(fresh_hotline.rows(suppressions)) == 1
    assert len(fresh_hotline.rows(not_understood)) == 1
    assert len(cases.open_cases(fresh_hotline.house.database)) == 1


def test_many_people_at_once_each_get_their_own_answer(hotline: Running, someone: Callable[[], str]) -> None:
    crowd = [someone() for _ in range(40)]
    numbers = ("4859", "1111", "3333", "7777")

    def ask(place: int) -> str:
        return hotline.text(crowd[place], f"CHECK {numbers[place % 4]}")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(len(crowd))))
    assert all(numbers[place % 4] in answer for place, answer in enumerate(answers))
    assert len(hotline.rows(inbound)) == len(crowd)


def test_a_message_that_was_cut_anew_under_another_id_is_the_same_message(fresh_hotline: Running, person: str) -> None:
    """What joins names and values knows no border: the id can be moved into a name that nobody reads."""
    asked_for_a_call_back(fresh_hotline, person)
    form = [*sms(person, "1"), ("NewName", "x"), ("NewNameZ", "SM" + "d" * 32)]
    url = f"{fresh_hotline.url}/twilio/sms"
    first = fresh_hotline.post("/twilio/sms", form)
    cut = [(name, value) for name, value in form if name not in ("NewName", "NewNameZ")]
    cut.append(("NewName", "xNewNameZSM" + "d" * 32))
    assert sign(url, cut) == sign(url, form)
    again = fresh_hotline.post("/twilio/sms", cut)
    assert again.body == first.body
    assert len(fresh_hotline.rows(inbound)) == 2
    assert len(cases.open_cases(fresh_hotline.house.database)) == 1


@pytest.mark.parametrize("forgotten", [False, True])
def test_the_signature_alone_is_enough_to_know_a_message(
    fresh_hotline: Running, redis_inside: redis.Redis, person: str, forgotten: bool
) -> None:
    """No cut that moves the id passes the door today; should one be found, it would still not be heard twice."""
    house = fresh_hotline.house
    asked_for_a_call_back(fresh_hotline, person)
    said = Inbound("twilio", "SM" + "d" * 32, Channel.SMS, person, NUMBER, person, Said("1"), proof="one signature")
    first = house.converse.answer(house.channel, said, house.now())
    if forgotten:
        redis_inside.flushall()
    again = house.converse.answer(house.channel, replace(said, id="SM" + "e" * 32), house.now())
    assert again == first
    assert len(fresh_hotline.rows(inbound)) == 2
    assert len(cases.open_cases(house.database)) == 1


def test_an_old_message_is_known_when_redis_has_forgotten_it(
    fresh_hotline: Running, redis_inside: redis.Redis, person: str
) -> None:
    asked_for_a_call_back(fresh_hotline, person)
    form = sms(person, "1")
    first = fresh_hotline.post("/twilio/sms", form)
    redis_inside.flushall()
    fresh_hotline.clock.forward(days=10)
    (case,) = cases.open_cases(fresh_hotline.house.database)
    cases.close(fresh_hotline.house.database, case.id, fresh_hotline.clock())
    assert fresh_hotline.post("/twilio/sms", form).body == first.body
    assert len(fresh_hotline.rows(inbound)) == 2
    assert cases.open_cases(fresh_hotline.house.database) == ()


def test_an_older_message_is_answered_with_the_same_bytes_acts_once_and_leaves_no_trace(
    fresh_hotline: Running, redis_inside: redis.Redis, person: str
) -> None:
    """Memory knows the latest message only; an older one is known by its row."""
    asked_for_a_call_back(fresh_hotline, person)
    form = sms(person, "1")
    first = fresh_hotline.post("/twilio/sms", form)
    latest = sms(person, "CHECK 4859")
    answer = fresh_hotline.post("/twilio/sms", latest)
    (case,) = cases.open_cases(fresh_hotline.house.database)
    cases.close(fresh_hotline.house.database, case.id, fresh_hotline.clock())
    before = {key: redis_inside.get(key) for key in redis_inside.scan_iter()}
    assert {fresh_hotline.post("/twilio/sms", form).body for _ in range(25)} == {first.body}
    assert {key: redis_inside.get(key) for key in redis_inside.scan_iter()} == before
    assert fresh_hotline.post("/twilio/sms", latest).body == answer.body
    assert len(fresh_hotline.rows(inbound)) == 3
    assert cases.open_cases(fresh_hotline.house.database) == ()


def test_a_replay_does_not_move_the_conversation(hotline: Running, redis_inside: redis.Redis, person: str) -> None:
    hotline.text(person, "ENGLISH")
    form = sms(person, "menu")
    hotline.post("/twilio/sms", form)
    hotline.text(person, "1")
    hotline.post("/twilio/sms", form)
    assert hotline.shows(hotline.text(person, "4859"), "licence.verdict.valid#say", "en")
    redis_inside.flushall()
    hotline.post("/twilio/sms", form)
    assert hotline.shows(hotline.text(person, "CHECK 1111"), "licence.verdict.barred#say", "en")


def test_a_stop_is_stopped_once_and_a_replay_does_not_undo_the_start_after_it(
    hotline: Running, redis_inside: redis.Redis, person: str
) -> None:
    form = sms(person, "STOP")
    hotline.post("/twilio/sms", form)
    hotline.clock.forward(minutes=1)
    hotline.text(person, "START")
    redis_inside.flushall()
    hotline.post("/twilio/sms", form)
    assert [row.stopped for row in hotline.rows(suppressions)] == [False]
    assert len(hotline.rows(consents)) == 2


def test_a_replay_counts_for_no_limit(hotline: Running, person: str) -> None:
    form = sms(person, "CHECK 4859")
    for _ in range(30):
        hotline.post("/twilio/sms", form)
    assert hotline.shows(hotline.text(person, "CHECK 1111"), "licence.verdict.barred#say", "en")


def test_the_fallback_is_the_same_message(hotline: Running, person: str) -> None:
    form = sms(person, "CHECK 4859")
    first = hotline.post("/twilio/sms", form)
    failed = [*form, ("ErrorCode", "11200"), ("ErrorUrl", f"{hotline.url}/twilio/sms")]
    assert hotline.post("/twilio/fallback", failed).body == first.body
    assert len(hotline.rows(inbound)) == 1


def test_when_what_was_said_is_forgotten_a_replay_is_still_known_and_says_nothing(
    hotline: Running, redis_inside: redis.Redis, person: str
) -> None:
    form = sms(person, "CHECK 4859")
    assert hotline.post("/twilio/sms", form).text
    redis_inside.flushall()
    forget_old(hotline.house.database, hotline.clock() + timedelta(days=31))
    again = hotline.post("/twilio/sms", form)
    assert (again.status, again.text) == (200, "")
    assert len(hotline.rows(inbound)) == 1
