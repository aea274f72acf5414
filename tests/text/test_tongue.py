"""The language of a first message, from its letters and small words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.text import tongue
from hotline.text.script import spell
from hotline.text.tongue import guess

pytestmark = pytest.mark.fast

TABLES = {
    name: getattr(tongue, name)
    for name in ("PUNJABI", "PUNJABI_TOO", "URDU", "URDU_TOO", "ROMAN", "ROMAN_TOO", "ENGLISH", "ENGLISH_TOO")
}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("CHECK 4859", "en"),
        ("Is this agency licensed?", "en"),
        ("how do I complain about an agent", "en"),
        ("I want to go to Saudi, is it safe?", "en"),
        ("Al-Noor International", "en"),
        ("kya ye agency ka licence theek hai", "ur_Latn"),
        ("mujhe saudi ka visa chahiye", "ur_Latn"),
        ("agent paise wapas nahi kar raha", "ur_Latn"),
        ("naukri", "ur_Latn"),
        ("shikayat karni hai", "ur_Latn"),
        ("mainu dasso ki karna", "ur_Latn"),
        ("کیا اس ایجنسی کا لائسنس ٹھیک ہے", "ur"),
        ("ایجنٹ پیسے واپس نہیں کر رہا", "ur"),
        ("النور انٹرنیشنل", "ur"),
        ("اے سی وی انٹرنیشنل", "ur"),
        ("كيا حال هے", "ur"),
        ("ایس ایجنسی دا لائسنس ٹھیک اے", "pa_Arab"),
        ("مینوں دسو میں کیہ کراں", "pa_Arab"),
        ("ایجنٹ نے پیسے نئیں دتے", "pa_Arab"),
        ("میرے کول گݨتی نہیں", "pa_Arab"),
        ("پاݨی", "pa_Arab"),
        ("گل\u0615", "pa_Arab"),
        ("CHECK النور انٹرنیشنل", "ur"),
        ("please check the licence of this agency, its name is نور", "en"),
    ],
)
def test_a_first_message_tells_its_language(text: str, language: str) -> None:
    assert guess(text) == language


@pytest.mark.parametrize("text", ["", "4859", "۴۸۵۹", " * ", "👍", "0008 / ", "ਪੰਜਾਬੀ", "?!"])
def test_nothing_tells_where_no_letter_is_ours(text: str) -> None:
    assert guess(text) == ""


@pytest.mark.parametrize("name", TABLES)
def test_every_small_word_stands_as_it_is_compared(name: str) -> None:
    assert [word for word in TABLES[name] if spell(word) != word] == []


@pytest.mark.parametrize(
    ("clear", "others"),
    [
        ("PUNJABI", ("PUNJABI_TOO", "URDU", "URDU_TOO")),
        ("URDU", ("PUNJABI_TOO", "URDU_TOO")),
        ("ROMAN", ("ROMAN_TOO", "ENGLISH", "ENGLISH_TOO")),
        ("ENGLISH", ("ROMAN_TOO", "ENGLISH_TOO")),
    ],
)
def test_a_clear_word_is_nothing_else(clear: str, others: tuple[str, ...]) -> None:
    assert [TABLES[clear] & TABLES[other] for other in others] == [frozenset()] * len(others)


@given(st.text(max_size=60))
def test_any_text_is_one_of_four_languages_or_none(text: str) -> None:
    assert guess(text) in {"en", "ur", "pa_Arab", "ur_Latn", ""}
