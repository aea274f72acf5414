"""One word sounds alike in every spelling, in either script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.text.letter_costs import by_hand
from hotline.text.script import spell
from hotline.text.sound import romanise, skeleton, sounds

pytestmark = pytest.mark.fast

COSTS = by_hand()


def bones(word: str) -> str:
    return skeleton(sounds(spell(word)))


def apart(heard: str, written: str) -> float:
    return COSTS.distance(sounds(spell(heard)), sounds(spell(written)), 99)


@pytest.mark.parametrize(
    "spellings",
    [
        ["رحمان", "رحمٰن", "Rahman", "rehman", "Rahmaan"],
        ["محمد", "مُحَمَّد", "Muhammad", "mohammed", "mohamad"],
        ["حسین", "Hussain", "husein", "hoseyn"],
        ["نور", "Noor", "nur", "nour"],
        ["خالد", "Khalid", "khaled", "kalid"],
        ["فاطمہ", "Fatima", "fatimah", "fatma"],
        ["اسکول", "سکول", "school", "iskool"],
        ["پھول", "phool", "phul"],
        ["قاسم", "کاسم", "Qasim", "kasim"],
        ["پاݨی", "پانی", "پانڑی", "paani", "pani"],
        ["ظفر", "ذفر", "zafar", "zufar"],
        ["وقار", "waqar", "vikar"],
        ["یوسف", "Yousuf", "yusef"],
        ["شہزاد", "shahzad", "shehzaad"],
        ["اسٹیشن", "station"],
    ],
)
def test_a_word_has_one_skeleton_however_it_is_spelled(spellings: list[str]) -> None:
    assert len({bones(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("نور", "منیر"), ("علی", "ولی"), ("Khan", "Jan"), ("اکبر", "کبیر"), ("7star", "8star")]
)
def test_words_with_other_consonants_or_another_opening_have_another(one: str, other: str) -> None:
    assert bones(one) != bones(other)


@pytest.mark.parametrize(
    ("heard", "near", "far"),
    [
        ("پرواز", "parwaz", "parvez"),
        ("چراغ", "chiragh", "charkha"),
        ("کمبنى", "kampani", "kaman"),
        ("لائن", "line", "alain"),
        ("گھر", "ghar", "agri"),
        ("تلاگنگ", "talagang", "taleem"),
        ("sheikh", "shaikh", "shakeel"),
        ("nawajish", "nawazish", "nawab"),
    ],
)
def test_a_spelling_of_the_word_costs_less_than_another_word(heard: str, near: str, far: str) -> None:
    assert apart(heard, near) < apart(heard, far)


def test_a_word_read_as_itself_costs_nothing() -> None:
    assert [apart(word, word) for word in ("noor", "khalid", "service", "quetta", "7star")] == [0, 0, 0, 0, 0]
    assert apart("نور", "nur") < 1


def test_beyond_the_limit_the_distance_is_at_least_the_limit() -> None:
    heard, written = sounds("parwaz"), sounds("chiragh")
    assert COSTS.distance(heard, written, 3) >= 3


def test_urdu_letters_have_latin_ones() -> None:
    assert romanise("نورانی خان ۷") == "norani khan 7"
    assert romanise("Al-Noor") == "al noor"


@given(st.text(st.sampled_from("ابپتٹجچحخدڈرڑزسشعغفقکگلمنںوہھءئیےآپھ"), min_size=1, max_size=12))
def test_every_urdu_word_has_a_latin_form(word: str) -> None:
    assert romanise(word).isascii()


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_distance_is_never_negative(heard: str, written: str) -> None:
    for word in (spell(heard) or "a").split():
        assert COSTS.distance(sounds(word), sounds(spell(written).replace(" ", "")), 99) >= 0
        assert skeleton(sounds(word)) == skeleton(sounds(word))
