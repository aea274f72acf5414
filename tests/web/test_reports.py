"""A report and its case, by text and by call: through a real server, with a real database and Redis."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from hotline.domain import case_number
from hotline.domain.keeping import bound
from hotline.store import cases, inbox
from hotline.store.schema import inbound, not_understood
from tests.people_met import detail_of_case
from tests.web.running import Running
from tests.web.test_voice import Ear, told

PIN = "0417"


def report(hotline: Running, person: str, *, call: str = "1") -> str:
    """Report an agency by text; the case number that is given."""
    for words in ("REPORT 4859", "2", "250000", call):
        hotline.text(person, words)
    found = re.search(r"\d{3} \d{3} \d", hotline.text(person, PIN))
    assert found
    return found[0].replace(" ", "")


def kept_texts(hotline: Running) -> list[str]:
    """Everything typed that the database still holds."""
    opened, rows = hotline.house.vault.open, [row for row in hotline.rows(inbound) if row.text_sealed]
    places = [bound("inbound", "text", row.provider, row.external_id) for row in rows]
    return [opened("text", row.text_sealed, place).decode() for row, place in zip(rows, places, strict=True)]


def test_who_reports_can_ask_where_it_stands_from_any_phone(hotline: Running, someone: Callable[[], str]) -> None:
    person, another = someone(), someone()
    number = report(hotline, person)
    assert case_number.fits(number)
    for somebody in (person, another):
        assert hotline.shows(hotline.text(somebody, f"CASE {number}"), "case.secret#say", "en")
        assert hotline.shows(hotline.text(somebody, PIN), "case.status.open#say", "en")


def test_by_call_the_same_is_asked_and_said(hotline: Running, person: str) -> None:
    number = report(hotline, person)
    ringing = hotline.ring(person, "3", "3", "2")
    ear = Ear(hotline, ringing)
    ear.words()
    ringing.press(f"{number}#")
    words = ear.words()
    assert told(hotline, words, "case.secret#voice", "en")
    assert not told(hotline, words, "always.silence#say", "en"), "the hash ends the entry, and is no answer to the next"
    ringing.press(f"{PIN}#")
    words = ear.words()
    assert told(hotline, words, "case.status.open#voice", "en")
    assert not told(hotline, words, "main.menu#menu", "en"), "nor is it the main menu"


@pytest.mark.parametrize("words", ["CASE {}", "case no. {}", "CASE:{}"])
def test_a_wrong_number_and_a_wrong_pin_get_the_same_bytes(hotline: Running, person: str, words: str) -> None:
    number = report(hotline, person)
    nobodys = next(
        free
        for free in (case_number.with_check(f"{six:06d}") for six in range(10))
        if not cases.holder(hotline.house.database, free)
    )
    answers = []
    for asked, pin in ((number, "9999"), (nobodys, PIN), (nobodys, "9999")):
        hotline.documents.clear()
        asking = hotline.text(person, words.format(asked))
        answers.append((asking, hotline.text(person, pin), tuple(hotline.documents)))
    assert answers[0][1]
    assert answers[0] == answers[1] == answers[2]


def test_a_pin_is_kept_nowhere_that_can_be_read(hotline: Running, person: str) -> None:
    number = report(hotline, person)
    for pin in (PIN, "48 17 x", "my pin is 99123"):
        hotline.text(person, f"CASE {number}")
        hotline.text(person, pin)
    assert hotline.rows(not_understood) == []
    assert not [text for text in kept_texts(hotline) if PIN in text or "pin" in text or "48 17" in text]
    for row in hotline.rows(inbound):
        if row.session_sealed:
            place = bound("inbound", "session", row.provider, row.external_id)
            assert PIN.encode() not in hotline.house.vault.open("session", row.session_sealed, place)
    for case in cases.open_cases(hotline.house.database):
        detail = detail_of_case(hotline.house.vault, case)
        assert PIN not in detail


def test_a_pin_that_is_no_pin_is_looked_up_nowhere_and_the_right_one_still_answers(
    hotline: Running, person: str
) -> None:
    for words in ("REPORT 4859", "2", "250000", "1"):
        hotline.text(person, words)
    assert hotline.shows(hotline.text(person, "123456"), "report.secret.again#say", "en")
    assert hotline.shows(hotline.text(person, "98765"), "help.stuck#menu", "en")
    assert hotline.shows(hotline.text(person, "pin 987654"), "help.stuck#menu", "en")
    assert hotline.shows(hotline.text(person, "2"), "report.secret#say", "en")
    assert hotline.shows(hotline.text(person, "123456"), "report.secret.again#say", "en")
    assert hotline.shows(hotline.text(person, "98765"), "help.stuck#menu", "en")
    assert hotline.shows(hotline.text(person, PIN), "report.keep.filed#say", "en")
    assert not [text for text in kept_texts(hotline) for pin in (PIN, "123456", "9876") if pin in text]
    assert hotline.rows(not_understood) == []


def test_what_was_texted_for_a_report_is_gone_after_a_week_and_the_case_is_not(hotline: Running, person: str) -> None:
    number = report(hotline, person)
    hotline.text(person, "MENU")
    hotline.text(person, "CHECK 4859")
    inbox.forget_old(hotline.house.database, hotline.clock() + timedelta(days=8))
    assert kept_texts(hotline) == ["CHECK 4859"]
    assert cases.find_case(hotline.house.database, number)
