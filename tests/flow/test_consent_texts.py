"""What somebody agrees to says how it ends: by STOP, and by DELETE for all that is held, written and spoken."""

from __future__ import annotations

import pytest

from hotline.flow.book import Book
from hotline.flow.model import LOCALES

ASKED = {
    "consent.ask_alerts": "menu", "consent.ask_reminders": "menu", "alerts.here": "say", "alerts.everywhere": "say",
    "watch.offer": "say", "departure.agree": "say",
}  # fmt: skip
ERASES = {"en": ("DELETE", "erased"), "ur": ("ڈیلیٹ", "مٹوا"), "pa_Arab": ("ڈیلیٹ", "مٹوا")}
"""How a call says it: the word, or that it can be done where it is heard."""


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("step", ASKED)
def test_a_question_for_consent_names_stop_and_delete(book: Book, step: str, locale: str) -> None:
    written = repr(book.texts[locale][f"{step}#{ASKED[step]}"])
    assert "STOP" in written
    assert "DELETE" in written


@pytest.mark.parametrize("locale", ERASES)
@pytest.mark.parametrize("step", ASKED)
def test_in_a_call_it_says_that_all_can_be_erased(book: Book, step: str, locale: str) -> None:
    spoken = repr(book.texts[locale][f"{step}#voice"])
    assert any(word in spoken for word in ERASES[locale])
