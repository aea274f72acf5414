from __future__ import annotations

import pytest
import regex
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hotline.text import gsm
from hotline.text.parts import Alphabet, Length, alphabet, count, pages, tidy

EURO, GRIN = "€", "\U0001f600"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
MUHAMMAD = "م\u064fح\u064eم\u0651\u064eد"
gsm_texts = st.text(st.sampled_from(sorted(gsm.GSM)), max_size=700)
urdu_texts = st.text(st.sampled_from([*"ابپتکگہھیے ۔؟\n 1", GRIN, "\u064e"]), max_size=400)


# --- counting ---


def test_the_alphabet_is_that_of_3gpp_ts_23_038() -> None:
    assert len(gsm.BASIC) == 127
    assert len(gsm.EXTENSION) == 10
    assert not gsm.BASIC & gsm.EXTENSION
    for char in "@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r":
        assert alphabet(char) is Alphabet.GSM
    for char in "ç`\t’“–…\u00a0\u200c\u200fا۱" + GRIN:
        assert alphabet(char) is Alphabet.UCS2


@pytest.mark.parametrize(
    ("text", "units", "parts"),
    [
        ("", 0, 0),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        (EURO * 80, 160, 1),
        (EURO * 153, 306, 3),
        ("a" * 152 + EURO + "a" * 152, 306, 3),
        ("ا" * 70, 70, 1),
        ("ا" * 71, 71, 2),
        ("ا" * 201, 201, 3),
        (GRIN * 35, 70, 1),
        (GRIN * 67, 134, 3),
        (FAMILY, 8, 1),
        (MUHAMMAD, 8, 1),
        ("ا" + "a" * 69, 70, 1),
        ("ا" + EURO * 69, 70, 1),
    ],
)
def test_units_and_parts_are_what_carriers_bill(text: str, units: int, parts: int) -> None:
    assert count(text) == Length(alphabet(text), units, parts)


def fewest_parts(widths: list[int], alone: int, joined: int) -> int:
    """By trying every place a part could end: no greed, no rounding."""
    if sum(widths) <= alone:
        return 1 if widths else 0
    fewest = [0]
    for end in range(1, len(widths) + 1):
        start, room, best = end, joined, end
        while start and widths[start - 1] <= room:
            start -= 1
            room -= widths[start]
            best = min(best, fewest[start] + 1)
        fewest.append(best)
    return fewest[-1]


@given(gsm_texts)
@example(EURO * 153)
@example("a" * 152 + EURO)
def test_gsm_parts_are_the_fewest_in_which_no_escape_stands_alone(text: str) -> None:
    widths = [2 if char in "\f^{}\\[~]|€" else 1 for char in text]
    assert count(text) == Length(Alphabet.GSM, sum(widths), fewest_parts(widths, 160, 153))


@given(urdu_texts)
def test_ucs2_parts_are_the_fewest_in_which_no_surrogate_stands_alone(text: str) -> None:
    text = f"ا{text}"
    widths = [len(char.encode("utf-16-be")) // 2 for char in text]
    assert count(text) == Length(Alphabet.UCS2, sum(widths), fewest_parts(widths, 70, 67))


# --- tidying ---


def test_typographic_signs_become_plain_where_that_saves_the_alphabet() -> None:
    assert tidy("Don\u2019t pay \u2013 \u201cvisa\u201d\u00a0is fake\u2026") == 'Don\'t pay - "visa" is fake...'
    assert tidy("₨ 500 \u2022 ½") == "Rs 500 * 1/2"
    assert count(tidy("a" * 157 + "…")).parts == 1


def test_a_text_in_urdu_keeps_every_sign() -> None:
    text = "‘لائسنس’ – درست… ۔\u200c، \u00a0"
    assert tidy(text) == text


@given(st.text(max_size=80) | gsm_texts | st.text(st.sampled_from(sorted(map(chr, gsm.PLAIN)))))
def test_tidying_ends_in_gsm_or_changes_nothing(text: str) -> None:
    tidied = tidy(text)
    assert tidied == text or alphabet(tidied) is Alphabet.GSM
    assert tidy(tidied) == tidied


# --- cutting ---


def assert_whole(text: str, found: tuple[str, ...]) -> None:
    """The pages stand in the text one after the other, with nothing but blanks before, between and after them."""
    at = 0
    for page in found:
        start = text.index(page, at)
        assert not text[at:start].strip()
        at = start + len(page)
    assert not text[at:].strip()


pieces = st.sampled_from(
    [
        "DO NOT PAY.",
        "یہ ایجنسی فہرست میں نہیں۔",
        "کیا آپ نے پیسے دیے؟",
        "\n",
        "  ",
        " ",
        "a" * 90,
        "ب" * 75,
        GRIN,
        FAMILY,
        MUHAMMAD,
        *("\u0301", "1", "4859/LHR", " x", "\r\n", "۔", ".", "€", "\u200c"),
    ]
)
mixed_texts = st.lists(pieces, max_size=60).map("".join) | urdu_texts | gsm_texts


@given(mixed_texts, st.integers(1, 4))
def test_pages_fit_and_lose_nothing_but_blanks_at_the_cuts(text: str, parts: int) -> None:
    found = pages(text, parts)
    assert found
    assert all(count(page).parts <= parts for page in found)
    assert len(found) == 1 or all(page.strip() for page in found)
    assert_whole(text, found)


@given(mixed_texts, st.integers(1, 4))
def test_no_page_ends_inside_a_grapheme(text: str, parts: int) -> None:
    graphemes = [match.span() for match in regex.finditer(r"\X", text)]
    assume(all(end - start < 30 for start, end in graphemes))
    edges = {0, *(end for _, end in graphemes)}
    at = 0
    for page in pages(text, parts):
        start = text.index(page, at)
        at = start + len(page)
        assert {start, at} <= edges


NUMBERS = ["4859/LHR", "OP&HRD/4951/PWR/2023", "2026-08-20", "+92 42 111 222 333", "042\u00a0111\u00a0222", "25,000"]
NUMBERS += ["(042) 35761999", "0008  / RWP", "09:00", "۳۵۲۰۲-۱۲۳۴۵۶۷-۱"]


@given(
    st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from([" pay no agent ", " ایجنسی کا نام ", ". ", "، "])))
)
def test_no_number_is_cut(said: list[tuple[str, str]]) -> None:
    text = "".join(number + after for number, after in said)
    found = pages(text, 1)
    for number in NUMBERS:
        assert sum(page.count(number) for page in found) == text.count(number)


def test_a_long_answer_is_cut_where_a_sentence_ends() -> None:
    urdu = "یہ ایجنسی ہماری فہرست میں نہیں ہے۔ جب تک مشیر نہ دیکھ لے پیسے نہ دیں۔ "
    first, *rest = pages(urdu * 4, 2)
    assert first.endswith("۔")
    assert count(first).parts == 2
    assert all(page.startswith(("یہ", "جب")) for page in rest)


def test_lines_of_a_menu_stay_whole() -> None:
    menu = "\n".join(f"{key} Check another agency before you pay" for key in range(1, 9))
    assert [line for page in pages(menu, 1) for line in page.split("\n")] == menu.split("\n")


def test_an_abbreviation_before_a_number_is_no_end_of_a_sentence() -> None:
    text = "a " * 70 + "no. 4859/LHR is not in our list"
    assert pages(text, 1)[0] == ("a " * 70 + "no. 4859/LHR is not").strip()


def test_a_run_without_any_blank_is_cut_outside_its_numbers() -> None:
    text = "x" * 150 + "4859/LHR" + "x" * 50
    assert pages(text, 1) == ("x" * 150, "4859/LHR" + "x" * 50)


def test_digits_without_end_are_cut_all_the_same() -> None:
    assert pages("7" * 320, 1) == ("7" * 160, "7" * 160)


def test_a_short_text_is_one_page_as_it_is() -> None:
    assert pages(" Yes. ") == (" Yes. ",)
    assert pages("") == ("",)
    with pytest.raises(ValueError, match="at least one part"):
        pages("x", 0)
