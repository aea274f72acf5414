"""Consent and people's data, from the handset: asked topic by topic, ended by one word, however it is spelt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.memory.embedded import EmbeddedRedis
from hotline.store.own import consents, erasures, subscriptions
from hotline.store.reach import deliveries
from hotline.store.schema import inbound, people, suppressions
from tests.people_met import number_of
from tests.web.running import Running, publish_agencies, running, sms

STOPS = (
    "STOP", "stop", "Stop.", "STOPALL", "unsubscribe", "cancel", "end", "quit", "revoke", "optout",
    "stup", "staop", "stap", "istop", "stop karo", "band", "bnd", "bund", "band karo", "band kar do", "khatam", "khtm",
    "rok", "roko", "message band karo",
    "بند", "بند کریں", "روکیں", "روک دیں", "اسٹاپ", "ختم", "منسوخ", "پیغام بند کریں", "میسج نہ بھیجیں",
    "بند کر دیو", "رد کرو", "سٹاپ", "مکا دیو", "سنیہے بند کرو", "سنیہے نہ گھلو", "ﺑﻨﺪ",
)  # fmt: skip
PLACES = ("menu", "CHECK", "CHECK 2567", "COUNSELLOR", "office", "SAFE", "DELETE", "START", "zorblax wumpus", "")


@pytest.fixture
def without_redis(sqlite_url: str, tmp_path: Path) -> Iterator[Running]:
    """A hotline whose Redis has gone away."""
    with EmbeddedRedis(tmp_path / "redis") as server, running(tmp_path / "var", sqlite_url, server.url) as started:
        publish_agencies(started.house)
        server.stop()
        yield started


def agree(hotline: Running, person: str) -> None:
    """English, and a yes to alerts and to reminders."""
    hotline.text(person, "ENGLISH")
    hotline.text(person, "START")
    hotline.text(person, "1")
    hotline.text(person, "1")


def test_each_topic_is_asked_about_and_the_question_kept(hotline: Running, person: str) -> None:
    hotline.text(person, "ENGLISH")
    asked = hotline.text(person, "START")
    assert hotline.shows(asked, "consent.ask_alerts#menu", "en")
    assert hotline.shows(hotline.text(person, "YES"), "consent.ask_reminders#menu", "en")
    assert hotline.shows(hotline.text(person, "2"), "consent.chosen#say", "en")
    started, row = hotline.rows(consents)
    assert (started.topic, started.detail, started.given) == ("", "start", True)
    assert (row.topic, row.given, row.channel, row.locale) == ("alerts", True, "sms", "en")
    assert row.asked in asked
    assert row.version == hotline.house.book.flows["consent"].version
    assert [one.topic for one in hotline.rows(subscriptions)] == ["alerts"]


def test_a_key_in_a_call_agrees_too_and_what_was_heard_is_kept(hotline: Running, person: str) -> None:
    hotline.text(person, "URDU")
    hotline.ring(person, "5", "5", "3", "1", "2")
    started, row = hotline.rows(consents)
    assert (started.topic, started.detail, started.given) == ("", "start", True)
    assert (row.channel, row.locale) == ("voice", "ur")
    assert hotline.shows(row.asked, "consent.ask_alerts#voice", "ur")


def test_who_stopped_must_start_before_they_can_subscribe(hotline: Running, person: str) -> None:
    agree(hotline, person)
    hotline.text(person, "START")
    hotline.text(person, "STOP")
    assert not hotline.rows(subscriptions)
    assert [(row.topic, row.given) for row in hotline.rows(consents)] == [
        ("", True), ("alerts", True), ("reminders", True), ("", True),
        ("", False), ("alerts", False), ("reminders", False),
    ]  # fmt: skip


@pytest.mark.parametrize("at", range(len(STOPS)))
def test_stop_in_any_spelling_stops_from_anywhere_without_redis(
    without_redis: Running, someone: Callable[[], str], at: int
) -> None:
    hotline, person, word, place = without_redis, someone(), STOPS[at], PLACES[at % len(PLACES)]
    if place:
        agree(hotline, person)
        hotline.text(person, place)
        assert hotline.rows(subscriptions), "there is something to stop"
    answer = hotline.text(person, word)
    assert any(hotline.shows(answer, "consent.stop.done#say", locale) for locale in ("en", "ur", "pa_Arab", "ur_Latn"))
    assert [row.stopped for row in hotline.rows(suppressions)] == [True]
    assert not hotline.rows(subscriptions)


def test_forty_spellings_are_tried() -> None:
    assert len(set(STOPS)) >= 40


@pytest.mark.parametrize(("word", "hidden", "voice_only"), [("HIDE", True, False), ("NOSMS", False, True)])
def test_quiet_is_kept_and_undone(hotline: Running, person: str, word: str, hidden: bool, voice_only: bool) -> None:
    hotline.text(person, "ENGLISH")
    hotline.text(person, word)
    (row,) = hotline.rows(people)
    assert (row.hidden, row.voice_only) == (hidden, voice_only)
    hotline.text(person, "START")
    (row,) = hotline.rows(people)
    assert (row.hidden, row.voice_only) == (False, False)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("SAFE 17-21",), (1020, 1260)),
        (("safe 5 pm to 9 pm",), (1020, 1260)),
        (("SAFE", "shaam 5 se raat 9 baje"), (1020, 1260)),
        (("SAFE", "۵ سے ۹", "2"), (1020, 1260)),
        (("SAFE 22", "6"), (1320, 360)),
        (("SAFE", "no idea", "17:30 - 21:00"), (1050, 1260)),
    ],
)
def test_safe_hours_are_read_or_asked_back(
    hotline: Running, person: str, words: tuple[str, ...], kept: tuple[int, int]
) -> None:
    hotline.text(person, "ENGLISH")
    for one in words:
        hotline.text(person, one)
    (row,) = hotline.rows(people)
    assert (row.safe_from, row.safe_until) == kept


def test_safe_hours_are_keyed_in_two_entries(hotline: Running, person: str) -> None:
    hotline.text(person, "ENGLISH")
    hotline.ring(person, "5", "5", "4", "2", "17#", "21#")
    (row,) = hotline.rows(people)
    assert (row.safe_from, row.safe_until) == (1020, 1260)


@pytest.mark.parametrize("word", ["DELETE", "مٹا دیں", "mita dein", "مٹا دیو"])
def test_delete_asks_first_and_then_erases(hotline: Running, person: str, word: str) -> None:
    hotline.text(person, "ENGLISH")
    assert hotline.shows(hotline.text(person, word), "mydata.delete#menu", "en")
    assert not hotline.rows(erasures)
    assert hotline.shows(hotline.text(person, "1"), "mydata.erase.done#say", "en")
    (wish,) = hotline.rows(erasures)
    assert wish.erased_at is None
    hotline.clock.forward(seconds=2)
    hotline.house.eraser.sweep(hotline.clock())
    assert not hotline.rows(people)


def test_in_a_call_it_is_asked_again_by_sms_to_the_same_number(hotline: Running, person: str) -> None:
    hotline.text(person, "ENGLISH")
    hotline.ring(person, "5", "5", "5", "1")
    assert not hotline.rows(erasures)
    (queued,) = hotline.rows(deliveries)
    (row,) = hotline.rows(people)
    assert (queued.person_id, queued.topic, queued.state, queued.priority) == (row.id, "", "queued", 0)
    assert number_of(hotline.house.database, hotline.house.vault, row.number_index) == person
    hotline.text(person, "DELETE")
    hotline.text(person, "1")
    assert len(hotline.rows(erasures)) == 1


def test_where_answers_do_not_reach_us_a_counsellor_helps(hotline: Running) -> None:
    person = "+966501234567"
    hotline.text(person, "ENGLISH")
    hotline.ring(person, "5", "5", "5", "1")
    assert not hotline.rows(deliveries)


def test_the_words_of_a_sensitive_flow_are_marked(
    hotline: Running, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = hotline.house.converse.needs
    flows = {**needs.book.flows, "offices": replace(needs.book.flows["offices"], sensitive=True)}
    monkeypatch.setattr(hotline.house.converse, "needs", replace(needs, book=replace(needs.book, flows=flows)))
    for words in ("ENGLISH", "office", "Sialkot", "CHECK 4859", "menu"):
        hotline.text(person, words)
    assert [row.sensitive for row in hotline.rows(inbound)] == [False, True, True, True, False]


# --- Twilio's Advanced Opt-Out ---


def confirmed(hotline: Running, person: str, words: str, kind: str) -> str:
    """A text that the provider has answered itself; what we answer, twice the same bytes."""
    form = sms(person, words, OptOutType=kind)
    first = hotline.post("/twilio/sms", form)
    assert first.status == 200
    assert hotline.post("/twilio/sms", form).body == first.body
    return first.text


@pytest.mark.parametrize("words", ["STOP", "band karo", "arret"])
def test_a_stop_the_provider_has_confirmed_is_done_and_not_confirmed_again(
    fresh_hotline: Running, person: str, words: str
) -> None:
    agree(fresh_hotline, person)
    assert confirmed(fresh_hotline, person, words, "STOP") == ""
    assert [row.stopped for row in fresh_hotline.rows(suppressions)] == [True]
    assert not fresh_hotline.rows(subscriptions)
    assert [row.detail for row in fresh_hotline.rows(consents) if row.topic == ""] == ["start", "stop"]


def test_a_start_the_provider_has_confirmed_asks_nothing_that_the_next_text_would_answer(
    fresh_hotline: Running, person: str
) -> None:
    agree(fresh_hotline, person)
    fresh_hotline.text(person, "STOP")
    fresh_hotline.text(person, "menu")
    assert confirmed(fresh_hotline, person, "START", "START") == ""
    assert [row.stopped for row in fresh_hotline.rows(suppressions)] == [False]
    fresh_hotline.text(person, "1")
    assert not fresh_hotline.rows(subscriptions), "nobody asked about alerts"


def test_help_is_answered_by_us_whatever_the_provider_said(fresh_hotline: Running, person: str) -> None:
    fresh_hotline.text(person, "ENGLISH")
    usual = fresh_hotline.text(person, "HELP")
    assert usual
    assert confirmed(fresh_hotline, person, "HELP", "HELP") == usual


def test_a_stranger_the_provider_stopped_is_stopped(fresh_hotline: Running, person: str) -> None:
    assert confirmed(fresh_hotline, person, "STOP", "STOP") == ""
    assert [row.stopped for row in fresh_hotline.rows(suppressions)] == [True]
    assert len(fresh_hotline.rows(people)) == 1
