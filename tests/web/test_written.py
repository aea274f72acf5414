"""An answer heard in a call, had as SMS: from the key to the text on the telephone, once, and why it cannot be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from sqlalchemy import update

from hotline.domain.claiming import ANSWER
from hotline.domain.delivery import Priority, State
from hotline.flow.render import fragments
from hotline.memory.client import connect_patient
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.jobs import worker
from hotline.pocket.calls import Call
from hotline.pocket.rest import rest_blueprint
from hotline.store.reach import deliveries
from hotline.store.schema import inbound, people
from tests.web.counting import statements
from tests.web.running import NUMBER, Running, call, publish_agencies, running
from tests.web.test_voice import Ear, choose, told
from workers import tasks

KEY = "8"
LANGUAGES = {"ur": "1", "pa_Arab": "2", "en": "3"}


@contextmanager
def opened(folder: Path, url: str, redis_url: str) -> Iterator[Running]:
    with running(folder, url, redis_url) as started, pytest.MonkeyPatch.context() as patch:
        started.app.register_blueprint(rest_blueprint(started.carrier))
        publish_agencies(started.house)
        patch.setattr(tasks, "_house", lambda: started.house)
        yield started


@pytest.fixture
def sending(
    database_url: str, redis_server: EmbeddedRedis, redis_inside: redis.Redis, tmp_path: Path
) -> Iterator[Running]:
    """A hotline whose carrier takes messages too, on SQLite and on PostgreSQL."""
    with opened(tmp_path / "var", database_url, redis_server.url) as started:
        yield started


@pytest.fixture
def writing(
    sqlite_url: str, redis_server: EmbeddedRedis, redis_inside: redis.Redis, tmp_path: Path
) -> Iterator[Running]:
    """The same on SQLite, for tests in which the kind of database plays no part."""
    with opened(tmp_path / "var", sqlite_url, redis_server.url) as started:
        yield started


def deliver(hotline: Running, redis_url: str, **much: float) -> None:
    """After a while the outbox is swept, and a real worker sends what is due; its receipts are told."""
    hotline.clock.forward(**much or {"seconds": 1})
    tasks.sweep_deliveries()
    with connect_patient(redis_url) as connection:
        worker(connection).work(burst=True, logging_level="WARNING")
    assert hotline.carrier.settle()


def told_verdict(hotline: Running, person: str, locale: str = "en", licence: str = "4859") -> Call:
    """A known person rings, and has just heard a verdict."""
    choose(hotline, person, LANGUAGES[locale])
    return hotline.ring(person, "1", f"{licence}#")


def pressed(hotline: Running, ringing: Call, key: str = KEY) -> tuple[str, ...]:
    """What is heard after the key."""
    ear = Ear(hotline, ringing)
    ear.words()
    ringing.press(key)
    return ear.words()


def offered(hotline: Running, words: Sequence[str], locale: str) -> bool:
    """Whether the key for an answer as SMS is on offer."""
    (label,) = fragments(hotline.house.book.texts[locale]["always.written#say"])
    return any(label in clip for clip in words)


def came(hotline: Running, person: str) -> list[str]:
    """The texts on the person's telephone."""
    return [text.body for text in hotline.carrier.inbox(person)]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_verdict_that_was_heard_is_on_the_telephone_once(
    sending: Running, redis_server: EmbeddedRedis, person: str, locale: str
) -> None:
    ringing = told_verdict(sending, person, locale)
    assert offered(sending, Ear(sending, ringing).words(), locale)
    words = pressed(sending, ringing)
    assert told(sending, words, "written.send.sent#say", locale)
    assert told(sending, words, "licence.next#voice", locale), "they go on where they were"
    assert not offered(sending, words, locale), "who has just asked is not asked again"
    assert came(sending, person) == []
    for _ in range(2):
        deliver(sending, redis_server.url)
    (text,) = sending.carrier.inbox(person)
    assert sending.shows(text.body, "licence.verdict.valid#say", locale)
    for value in ("Chiragh Overseas Employment", "4859/LHR", "2026-11-20", "2028-03-31"):
        assert value in text.body
    assert (text.sender, text.length.parts <= 3) == (NUMBER, True)
    (row,) = sending.rows(deliveries)
    assert (row.state, row.priority, row.topic, row.locale) == (State.DELIVERED, Priority.REPLY, ANSWER, locale)
    assert row.deadline_at - row.due_at == timedelta(hours=24)


def test_it_is_the_text_an_sms_would_have_brought(writing: Running, redis_server: EmbeddedRedis, person: str) -> None:
    before: set[str] = set()
    for licence in ("4859", "3333", "1111", "7777"):
        ringing = told_verdict(writing, person, licence=licence)
        pressed(writing, ringing)
        writing.hang_up(ringing)
        deliver(writing, redis_server.url)
        (had,) = set(came(writing, person)) - before
        before |= {had, asked := writing.text(person, f"CHECK {licence}")}
        assert asked.startswith(f"{had}\n")


def test_pressed_twice_it_is_sent_once_and_another_call_may_ask_again(
    sending: Running, redis_server: EmbeddedRedis, person: str
) -> None:
    ringing = told_verdict(sending, person)
    for _ in range(3):
        assert told(sending, pressed(sending, ringing), "written.send.sent#say", "en")
    pressed(sending, ringing, "1")
    assert offered(sending, pressed(sending, ringing, "4859#"), "en")
    pressed(sending, ringing)
    deliver(sending, redis_server.url)
    assert len(came(sending, person)) == 1
    sending.hang_up(ringing)
    pressed(sending, told_verdict(sending, person))
    deliver(sending, redis_server.url)
    assert len(came(sending, person)) == 2


def test_the_same_webhook_five_times_queues_it_once(sending: Running, person: str, redis_inside: redis.Redis) -> None:
    choose(sending, person, LANGUAGES["en"])
    sid = "CA" + "7e" * 16
    sending.post("/twilio/voice", call(person, sid, CallStatus="ringing"))
    sending.post("/twilio/voice/1", call(person, sid, Digits="1"))
    sending.post("/twilio/voice/2", call(person, sid, Digits="4859"))
    bodies = set()
    for at in range(5):
        bodies.add(sending.post("/twilio/voice/3", call(person, sid, Digits=KEY)).body)
        if at == 2:
            redis_inside.flushall()
    assert len(bodies) == 1
    assert len(sending.rows(deliveries)) == 1
    assert len([row for row in sending.rows(inbound) if row.external_id == f"{sid}:3"]) == 1


def test_nothing_is_sent_without_the_key(writing: Running, redis_server: EmbeddedRedis, person: str) -> None:
    ringing = told_verdict(writing, person)
    for key in ("9", "0", "2"):
        pressed(writing, ringing, key)
    ringing.silence()
    writing.hang_up(ringing)
    deliver(writing, redis_server.url)
    assert (came(writing, person), writing.rows(deliveries)) == ([], [])


def test_it_costs_one_read_and_one_row_more(sending: Running, person: str) -> None:
    ringing = told_verdict(sending, person)
    with statements(sending.house) as asked:
        ringing.press(KEY)
    assert len(asked) == 3, asked


# --- letters ---


def test_who_writes_roman_urdu_gets_it_in_roman_urdu(
    writing: Running, redis_server: EmbeddedRedis, person: str
) -> None:
    writing.text(person, "ROMAN")
    pressed(writing, writing.ring(person, "1", "4859#"))
    deliver(writing, redis_server.url)
    assert writing.shows(came(writing, person)[-1], "licence.verdict.valid#say", "ur_Latn")


@pytest.mark.parametrize(
    ("first", "languages"),
    [
        ("kya yeh agency theek hai", ("ur", "ur_Latn")),
        ("کیا یہ ایجنسی ٹھیک ہے", ("ur", "ur")),
        ("kya yeh agency theek hai", ("pa_Arab", "pa_Arab")),
        ("CHECK 4859", ("ur", "ur")),
    ],
)
def test_choosing_what_to_hear_keeps_the_letters_somebody_writes_that_language_in(
    writing: Running, redis_server: EmbeddedRedis, person: str, first: str, languages: tuple[str, str]
) -> None:
    spoken, written = languages
    writing.text(person, first)
    words = pressed(writing, writing.ring(person, LANGUAGES[spoken], "1", "4859#"))
    assert told(writing, words, "written.send.sent#say", spoken)
    deliver(writing, redis_server.url)
    assert writing.shows(came(writing, person)[-1], "licence.verdict.valid#say", written)
    assert writing.rows(people)[0].locale == written


# --- why not ---


@pytest.mark.parametrize("words", ["STOP", "HIDE", "NOSMS"])
def test_a_telephone_that_gets_no_sms_gets_none_until_start(hotline: Running, person: str, words: str) -> None:
    hotline.text(person, "ENGLISH")
    hotline.text(person, words)
    ringing = hotline.ring(person, "1", "4859#")
    heard = pressed(hotline, ringing)
    assert told(hotline, heard, "written.send.quiet#say", "en")
    assert told(hotline, heard, "licence.next#voice", "en"), "they go on where they were"
    assert hotline.rows(deliveries) == []
    hotline.hang_up(ringing)
    hotline.text(person, "START")
    assert told(hotline, pressed(hotline, hotline.ring(person, "1", "4859#")), "written.send.sent#say", "en")


@pytest.mark.parametrize("words", ["STOP", "HIDE", "NOSMS"])
def test_who_asks_for_quiet_before_it_has_left_gets_nothing(
    writing: Running, redis_server: EmbeddedRedis, person: str, words: str
) -> None:
    writing.text(person, "ENGLISH")
    pressed(writing, writing.ring(person, "1", "4859#"))
    writing.text(person, words)
    before = came(writing, person)
    deliver(writing, redis_server.url)
    assert came(writing, person) == before
    (row,) = writing.rows(deliveries)
    assert row.state == State.FAILED


@pytest.mark.parametrize(
    ("sender", "why"),
    [
        ("anonymous", "no_number"),
        ("+924235761234", "no_mobile"),
        ("+12345678", "no_mobile"),
        ("+4915112345678", "sent"),
    ],
)
def test_a_number_that_is_no_mobile_gets_none(hotline: Running, sender: str, why: str) -> None:
    heard = pressed(hotline, hotline.ring(sender, LANGUAGES["en"], "1", "4859#"))
    assert told(hotline, heard, f"written.send.{why}#say", "en")
    assert len(hotline.rows(deliveries)) == (why == "sent")


def test_a_country_that_is_never_written_to_gets_none(hotline: Running) -> None:
    heard = pressed(hotline, hotline.ring("+33612345678", LANGUAGES["en"], "1", "4859#"))
    assert told(hotline, heard, "written.send.not_now#say", "en")
    assert not hotline.rows(deliveries)


def test_a_number_found_bad_twice_gets_none(hotline: Running, person: str) -> None:
    ringing = told_verdict(hotline, person)
    with hotline.house.database.writing() as connection:
        connection.execute(update(people).values(strikes=2))
    assert told(hotline, pressed(hotline, ringing), "written.send.no_mobile#say", "en")


def test_within_hours_somebody_chose_it_waits_for_them_and_says_so(
    sending: Running, redis_server: EmbeddedRedis, person: str
) -> None:
    sending.text(person, "ENGLISH")
    sending.text(person, "SAFE 5 pm to 9 pm")
    before = came(sending, person)
    heard = pressed(sending, sending.ring(person, "1", "4859#"))
    assert told(sending, heard, "written.send.later#say", "en")
    deliver(sending, redis_server.url)
    assert came(sending, person) == before, "it is eleven in the morning"
    deliver(sending, redis_server.url, hours=6)
    assert sending.shows(came(sending, person)[-1], "licence.verdict.valid#say", "en")


def test_a_telephone_that_others_use_gets_verdicts_and_no_case(hotline: Running, person: str) -> None:
    ringing = told_verdict(hotline, person)
    with hotline.house.database.writing() as connection:
        connection.execute(update(people).values(shared=True))
    assert told(hotline, pressed(hotline, ringing), "written.send.sent#say", "en")
    for key in ("#", "3", "1", "4859#", "4", "1", "1234#"):
        pressed(hotline, ringing, key)
    assert told(hotline, pressed(hotline, ringing), "written.send.shared#say", "en")
    assert len(hotline.rows(deliveries)) == 1


def test_after_ten_a_day_there_are_no_more_until_the_day_is_over(hotline: Running, person: str) -> None:
    choose(hotline, person, LANGUAGES["en"])

    def ask() -> tuple[str, ...]:
        ringing = hotline.ring(person, "1", "4859#")
        heard = pressed(hotline, ringing)
        hotline.hang_up(ringing)
        return heard

    for _ in range(hotline.house.settings.answers_a_day):
        assert told(hotline, ask(), "written.send.sent#say", "en")
    assert told(hotline, ask(), "written.send.enough#say", "en")
    assert len(hotline.rows(deliveries)) == hotline.house.settings.answers_a_day
    hotline.clock.forward(hours=25)
    assert told(hotline, ask(), "written.send.sent#say", "en")


def test_two_people_who_heard_the_same_each_get_their_own(
    writing: Running, redis_server: EmbeddedRedis, someone: Callable[[], str]
) -> None:
    first, second = someone(), someone()
    calls = [told_verdict(writing, one) for one in (first, second)]
    for one in calls:
        pressed(writing, one)
    deliver(writing, redis_server.url)
    assert came(writing, first) == came(writing, second)
    assert len(came(writing, first)) == 1
