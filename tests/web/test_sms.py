"""Texts, from the handset to the answer: through a real server, with a real database and Redis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import redis

from hotline.domain.keeping import bound
from hotline.store import cases, people
from hotline.store.own import consents
from hotline.store.schema import inbound, not_understood, suppressions
from hotline.store.schema import people as people_table
from tests.people_met import is_stopped, number_of, number_of_case
from tests.web.running import Running, sms

FIRST = {
    "en": "CHECK 4859",
    "ur": "کیا لائسنس نمبر ۴۸۵۹ کی ایجنسی ٹھیک ہے؟",
    "pa_Arab": "مینوں دسو، لائسنس نمبر ۴۸۵۹ دی ایجنسی ٹھیک اے؟",
    "ur_Latn": "kya licence number 4859 ki agency theek hai?",
}
NAMES = {"ur": "URDU", "pa_Arab": "PUNJABI", "en": "ENGLISH", "ur_Latn": "ROMAN"}


@pytest.mark.parametrize("locale", FIRST)
def test_a_first_text_is_answered_in_its_own_language_and_then_offers_the_others(
    hotline: Running, person: str, locale: str
) -> None:
    answer = hotline.text(person, FIRST[locale])
    assert hotline.shows(answer, "licence.verdict.valid#say", locale)
    assert "Chiragh Overseas Employment" in answer
    assert "4859/LHR" in answer
    assert hotline.shows(answer.splitlines()[-1], "always.languages#say", locale)
    assert not hotline.shows(hotline.text(person, FIRST[locale]), "always.languages#say", locale)


@pytest.mark.parametrize("word", ["MENU", "menu", "Menu.", "COUNSELLOR", "CHECK"])
def test_a_word_our_english_prints_is_answered_in_english(hotline: Running, person: str, word: str) -> None:
    assert hotline.shows(hotline.text(person, word).splitlines()[-1], "always.languages#say", "en")


@pytest.mark.parametrize(
    "spelling", ["CHECK 4859", "check ۴۸۵۹", "چیک ٤٨٥٩", "OEPL No. 4859/LHR", "4859 lhr", " 4859 ", "chek karo 4859"]
)
def test_a_licence_number_is_looked_up_however_it_is_written(hotline: Running, person: str, spelling: str) -> None:
    assert "Chiragh Overseas Employment" in hotline.text(person, spelling)


@pytest.mark.parametrize("spelling", ["CHECK 4859", "4859/LHR"])
def test_a_licence_number_is_looked_up_wherever_the_person_was(
    hotline: Running, someone: Callable[[], str], spelling: str
) -> None:
    for before in (
        "menu",
        "office Sialkot",
        "language",
        "help",
        "COUNSELLOR",
        "CHECK",
        "CHECK 2567",
        "STOP",
        "zorblax",
    ):
        person = someone()
        hotline.text(person, "ENGLISH")
        hotline.text(person, before)
        assert hotline.shows(hotline.text(person, spelling), "licence.verdict.valid#say", "en"), before


@pytest.mark.parametrize(
    ("number", "verdict"),
    [("4859", "valid"), ("1111", "barred"), ("3333", "cautioned"), ("7777", "unknown_number"), ("2567", "several")],
)
def test_each_verdict_reaches_the_handset(hotline: Running, person: str, number: str, verdict: str) -> None:
    assert hotline.shows(hotline.text(person, f"CHECK {number}"), f"licence.verdict.{verdict}#say", "en")


def test_the_answer_comes_from_the_list_in_force_when_the_text_arrives(hotline: Running, person: str) -> None:
    hotline.clock.forward(days=31)
    assert hotline.shows(hotline.text(person, "CHECK 4859"), "licence.verdict.stale.1#say", "en")
    assert hotline.shows(hotline.text(person, "CHECK 1111"), "licence.verdict.barred#say", "en")


@pytest.mark.parametrize("locale", NAMES)
def test_a_chosen_language_outlives_the_session(
    hotline: Running, redis_inside: redis.Redis, person: str, locale: str
) -> None:
    hotline.text(person, "CHECK 4859")
    assert hotline.shows(hotline.text(person, NAMES[locale]), "language.changed#say", locale)
    known = people.find(hotline.house.database, hotline.house.vault.indexes("number", person))
    assert known is not None
    assert (known.locale, known.chosen) == (locale, True)
    redis_inside.flushall()
    answer = hotline.text(person, "CHECK 4859")
    assert hotline.shows(answer, "licence.verdict.valid#say", locale)
    assert not hotline.shows(answer, "always.languages#say", locale)


def test_a_language_is_kept_from_the_first_text_though_it_was_only_guessed(hotline: Running, person: str) -> None:
    hotline.text(person, FIRST["ur"])
    (row,) = hotline.rows(people_table)
    assert (row.locale, row.chosen, row.centre) == ("ur", False, "lahore")
    assert number_of(hotline.house.database, hotline.house.vault, row.number_index) == person


def test_the_menu_is_walked_by_numbers_and_left_by_words(hotline: Running, person: str) -> None:
    hotline.text(person, "ENGLISH")
    assert hotline.shows(hotline.text(person, "menu"), "main.menu#menu", "en")
    assert hotline.shows(hotline.text(person, "1"), "licence.which#say", "en")
    assert hotline.shows(hotline.text(person, "Chiragh Overseas Employment"), "licence.verdict.valid#say", "en")
    assert hotline.shows(hotline.text(person, "office Sialkot"), "offices.nearest.found#say", "en")
    assert hotline.shows(hotline.text(person, "*"), "offices.where#say", "en")


def test_two_agencies_with_one_number_are_chosen_between(hotline: Running, person: str) -> None:
    assert "2567/MLK" in hotline.text(person, "CHECK 2567")
    answer = hotline.text(person, "۲")
    assert hotline.shows(answer, "licence.verdict.barred#say", "en")
    assert "Parwaz Manpower" in answer


def test_stop_is_kept_with_its_proof_and_start_lifts_it(hotline: Running, person: str) -> None:
    hotline.text(person, "CHECK 4859")
    assert hotline.shows(hotline.text(person, "STOP"), "consent.stop.done#say", "en")
    (row,) = hotline.rows(suppressions)
    assert (row.stopped, row.number_index) == (True, hotline.house.vault.index("number", person))
    assert is_stopped(hotline.house.database, [row.number_index])
    assert hotline.shows(hotline.text(person, "CHECK 4859"), "licence.verdict.valid#say", "en")
    assert hotline.shows(hotline.text(person, "start"), "consent.start.done#say", "en")
    assert not is_stopped(hotline.house.database, [row.number_index])
    assert [(proof.topic, proof.detail, proof.given) for proof in hotline.rows(consents)] == [
        ("", "stop", False), ("", "start", True),
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["STOP", "بند", "band karo", "Unsubscribe", "سٹاپ"])
def test_a_first_word_that_says_stop_stops(hotline: Running, person: str, word: str) -> None:
    hotline.text(person, word)
    assert [row.stopped for row in hotline.rows(suppressions)] == [True]


def test_a_counsellor_is_asked_for_and_one_case_waits(hotline: Running, person: str) -> None:
    hotline.text(person, "COUNSELLOR")
    assert hotline.shows(hotline.text(person, "1"), "counsellor.leave.done#say", "en")
    hotline.text(person, "COUNSELLOR")
    assert hotline.shows(hotline.text(person, "1"), "counsellor.leave.already#say", "en")
    (case,) = cases.open_cases(hotline.house.database)
    assert (number_of_case(hotline.house.vault, case), case.kind, case.centre) == (person, "call_back", "lahore")
    assert case.opened_at == hotline.clock()
    assert case.due_at - case.opened_at == timedelta(hours=24)


def test_a_closed_case_makes_room_for_the_next(hotline: Running, person: str) -> None:
    for _ in range(2):
        hotline.text(person, "COUNSELLOR")
        hotline.text(person, "1")
        (case,) = cases.open_cases(hotline.house.database)
        cases.close(hotline.house.database, case.id, hotline.clock())
    assert cases.open_cases(hotline.house.database) == ()
    assert len(hotline.rows(cases.cases)) == 2


def test_what_was_not_understood_waits_for_staff_with_the_reason(hotline: Running, person: str) -> None:
    words = "zorblax quintuple wumpus"
    assert hotline.shows(hotline.text(person, words), "always.not_understood#say", "en")
    (row,) = hotline.rows(not_understood)
    vault = hotline.house.vault
    assert vault.open("text", row.text_sealed, bound("not_understood", "text", row.id)).decode() == words
    assert vault.open("text", row.reason_sealed, bound("not_understood", "reason", row.id))


def test_the_text_and_its_answer_are_kept_sealed_beside_the_event(hotline: Running, person: str) -> None:
    answer = hotline.text(person, "CHECK 4859")
    (row,) = hotline.rows(inbound)
    place = (row.provider, row.external_id)
    vault = hotline.house.vault
    assert vault.open("text", row.text_sealed, bound("inbound", "text", *place)) == b"CHECK 4859"
    assert answer.split("\n")[0].encode() in vault.open("reply", row.reply_sealed, bound("inbound", "reply", *place))


def test_two_people_do_not_hear_of_each_other(hotline: Running, someone: Callable[[], str]) -> None:
    first, second = someone(), someone()
    for person in (first, second):
        hotline.text(person, "ENGLISH")
    hotline.text(first, "menu")
    hotline.text(second, "CHECK 1111")
    assert hotline.shows(hotline.text(first, "1"), "licence.which#say", "en")
    assert hotline.shows(hotline.text(second, "1"), "licence.which#say", "en")
    hotline.text(first, "URDU")
    assert hotline.shows(hotline.text(second, "menu"), "main.menu#menu", "en")


def test_who_sends_too_much_gets_one_notice_and_is_still_obeyed(hotline: Running, person: str) -> None:
    numbers = ("4859", "1111", "3333", "7777")
    answers = [hotline.text(person, f"CHECK {numbers[turn % 4]}") for turn in range(20)]
    assert all(answers)
    assert hotline.shows(hotline.text(person, "CHECK 4859"), "always.busy#say", "en")
    assert hotline.text(person, "CHECK 4859") == ""
    assert hotline.text(person, "STOP") == ""
    assert [row.stopped for row in hotline.rows(suppressions)] == [True]
    assert len(hotline.rows(inbound)) == 23


@pytest.mark.parametrize("locale", NAMES)
def test_who_is_not_understood_is_told_once_and_heard_again_at_once(hotline: Running, person: str, locale: str) -> None:
    hotline.text(person, NAMES[locale])
    answers = [hotline.text(person, words) for words in ("blah", "blah", "blah", "kuchh", "xyz", "qwerty", "asdf")]
    told = [number for number, answer in enumerate(answers) if hotline.shows(answer, "always.loop#say", locale)]
    assert told == [answers.index("") - 1]
    assert not any(answers[told[0] + 1 :])
    assert hotline.shows(hotline.text(person, "4859"), "licence.verdict.valid#say", locale)
    assert hotline.text(person, "blah")


@pytest.mark.parametrize("words", ["MENU", "HELP", "0", "counsellor", "CHECK 1111"])
def test_any_word_or_key_that_is_understood_ends_the_silence_after_a_loop(
    hotline: Running, person: str, words: str
) -> None:
    while hotline.text(person, "blah"):
        pass
    assert hotline.text(person, words)


def test_what_nobody_is_told_of_is_not_done(hotline: Running, person: str) -> None:
    for words in ("REPORT 4859", "2", "250000", "1"):
        hotline.text(person, words)
    for turn in range(16):
        hotline.text(person, f"12345{turn}")
    for _ in range(25):
        assert not hotline.shows(hotline.text(person, "0417"), "report.keep.filed#say", "en")
    assert not cases.open_cases(hotline.house.database)
    hotline.text(person, "HIDE")
    (known,) = hotline.rows(people_table)
    assert known.hidden
    hotline.text(person, "STOP")
    assert [row.stopped for row in hotline.rows(suppressions)] == [True]
    hotline.text(person, "START")
    assert [row.stopped for row in hotline.rows(suppressions)] == [True]


def test_an_answering_machine_is_not_answered_for_ever(hotline: Running, person: str) -> None:
    words, answers = "zorblax", 0
    for _ in range(30):
        words = hotline.text(person, words)
        if not words:
            break
        answers += 1
    assert 0 < answers <= 6
    assert hotline.text(person, "zorblax") == ""


@pytest.mark.parametrize("sender", ["+924238000000", "Jazz", "8558"])
def test_nobody_who_is_no_person_is_answered(hotline: Running, sender: str) -> None:
    answer = hotline.post("/twilio/sms", sms(sender, "CHECK 4859"))
    assert (answer.status, answer.text) == (200, "")
    assert len(hotline.rows(inbound)) == 1
    assert not hotline.rows(people_table)


@pytest.mark.parametrize("number", ["+924239999999", "8558", " +924239999999"])
def test_a_number_that_texts_itself_is_ours_though_no_district_names_it(hotline: Running, number: str) -> None:
    answer = hotline.post("/twilio/sms", sms(number, "CHECK 4859", To=number.strip()))
    assert (answer.status, answer.text) == (200, "")
    assert not hotline.rows(people_table)


@pytest.mark.parametrize("sender", ["", "anonymous", "+266696687", "Restricted"])
def test_a_withheld_number_is_answered_and_not_remembered(hotline: Running, sender: str) -> None:
    answer = hotline.post("/twilio/sms", sms(sender, "CHECK 4859"))
    assert answer.status == 200
    assert hotline.shows(answer.text, "licence.verdict.valid#say", "en")
    counsellor = hotline.post("/twilio/sms", sms(sender, "STOP"))
    assert hotline.shows(counsellor.text, "consent.stop.no_number#say", "en")
    assert not hotline.rows(suppressions)


def test_another_number_of_the_hotline_answers_too(hotline: Running, person: str) -> None:
    answer = hotline.post("/twilio/sms", sms(person, "CHECK 4859", To="+924239999999"))
    assert hotline.shows(answer.text, "licence.verdict.valid#say", "en")
