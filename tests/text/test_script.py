"""Two spellings of one word compare alike, two words do not, and what we show keeps every letter."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.text.script import NEAR_LETTERS, ZWNJ, digits, display, fold, near, scripts

pytestmark = pytest.mark.fast

WRITING = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("یيىےکكہهھۀةنںݨڼاآأؤئۓلࣇۂلب"),
        st.sampled_from(
            "\u0654\u0653\u0615\u064e\u0651\u0670\u0640\u200c\u200d\u200b\u200e\u202e\ufdf2\ufdfa\ufee9\ufef3"
        ),
        st.sampled_from("۱۲٣٤019kgnoOaAeé'’ .,?!*#👍👎👨👩👧🏽\ufe0f\u20e3\r\n\t\x00\x85\u00a0"),
    ),
    max_size=30,
)


@pytest.mark.parametrize("letter", "ھںےآئؤۂہیکگپچٹڈڑژݨࣇ")
def test_display_never_touches_a_letter_of_urdu_or_punjabi(letter: str) -> None:
    assert display(letter) == letter
    assert display(f"ب{letter}ب") == f"ب{letter}ب"
    assert display(unicodedata.normalize("NFD", letter)) == letter


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ا\u0653م", "آم"),
        ("کی\u0654", "کئ"),
        ("آی\u064e\u0654", "آئ\u064e"),
        ("جلوه\u0654", "جلوۂ"),
        ("جلوۀ", "جلوۂ"),
        ("دوباره", "دوبارہ"),
        ("راه دكها", "راہ دكها"),
        ("مـــدد", "مدد"),
        ("\ufef3\ufe8e", "يا"),
        ("\ufee9", "ہ"),
        ("عبد\ufdf2", "عبداللہ"),
        ("عبدا\ufdf2", "عبداللہ"),
        ("محمد\ufdfa", "محمد\ufdfa"),
        ("2567\u200e\u00a0 \tLHR", "2567 LHR"),
        ("\u202e7652\u202c", "7652"),
        ("CHECK\x00 48\x9259\r\nplease", "CHECK 4859\nplease"),
        (f"کیا{ZWNJ}{ZWNJ}حال{ZWNJ}", f"کیا{ZWNJ}حال"),
        ("👨\u200d👩\u200d👧 a\u200db", "👨\u200d👩\u200d👧 ab"),
        ("bad \ud83d half, \ud83d\ude00 whole", "bad half, 😀 whole"),
        ("wait… — “yes”", "wait… — “yes”"),
    ],
)
def test_display_keeps_the_letters_and_drops_what_is_not_seen(typed: str, shown: str) -> None:
    assert display(typed) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("شكايت", "شکایت"),
        ("شکایت۔", "شِکایت"),
        ("معلومات", "مـعـلومات"),
        ("دھوکہ", "دهوكه"),
        ("اجازت نامہ", "اجازت نامة"),
        ("جاݨکاری", "جانکاری"),
        ("جاݨکاری", "جان\u0615کاری"),
        ("گࣇ", "گل"),
        ("ڳل", "گل"),
        ("لیۓ", "لیئے"),
        ("ﺟﺎﺏ", "جاب"),
        ("۲۵۶۷", "2567"),
        ("٢٥٦٧", "2567"),
        ("1️⃣", "1"),
        (" ۱۔ ", "1"),
        ("*3#", "3"),
        ("ＣＨＥＣＫ", "check"),
        ("HELPPPP!!", "help"),
        ("Licènce", "licence"),
        ("L1CENCE j0b", "licence job"),
        ("0K", "ok"),
        ("n0", "no"),
        ("ma'loomat", "maloomat"),
        ("ma’loomat", "maloomat"),
        ("👍🏽", "YES"),
        ("👎", "no"),
        ("STOP 👍", "stop"),
        ("№ 4859", "no 4859"),
    ],
)
def test_one_word_on_two_keyboards_folds_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("کام", "کم"),
        ("kaam", "kam"),
        ("آم", "ام"),
        ("کے", "کی"),
        ("ماں", "مان"),
        ("بند", "بندہ"),
        ("جاب", "جب"),
        ("job", "jab"),
        ("band", "bnd"),
        ("4859", "4859lhr"),
        ("1000", "10"),
        ("100", "ioo"),
    ],
)
def test_two_words_stay_two(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_digits_keep_their_number_when_letters_repeat() -> None:
    assert fold("0008  / RWP") == "0008 rwp"
    assert fold("OP&HRD/4111/PWR") == "op hrd 4111 pwr"


def test_the_universal_keys_survive_alone() -> None:
    assert (fold(" * "), fold("#"), fold("#️⃣"), fold("* 1"), fold("**")) == ("*", "#", "#", "1", "")


def test_two_thumbs_say_nothing() -> None:
    assert fold("👍👎") == ""


def test_digits_become_ascii_and_nothing_else_changes() -> None:
    assert digits("۰۹٠٩ ² x\u200e") == "0909 ² x\u200e"


def test_scripts_are_told_by_their_letters() -> None:
    assert scripts("۲۵۶۷ 123 ۔!") == frozenset()
    assert scripts("check ۲۵۶۷") == {"Latn"}
    assert scripts("Al-Noor النور") == {"Latn", "Arab"}
    assert scripts("ਪੰਜਾਬੀ हिन्दी") == {"Guru", "Deva"}


@pytest.mark.parametrize(
    ("typed", "word", "is_near"),
    [
        ("shikayet", "shikayat", True),
        ("shikyat", "shikayat", True),
        ("shiikayat", "shikayat", True),
        ("shikaayt", "shikayat", True),
        ("hsikayat", "shikayat", True),
        ("شکیات", "شکایات", True),
        ("shkyat", "shikayat", False),
        ("jab", "job", False),
        ("bandh", "band", False),
        ("job", "job", True),
    ],
)
def test_near_is_one_letter_off_a_long_word(typed: str, word: str, is_near: bool) -> None:
    assert near(typed, word) is is_near


@given(WRITING)
def test_display_and_fold_are_idempotent(text: str) -> None:
    assert display(display(text)) == display(text)
    assert fold(fold(text)) == fold(text)
    assert fold(display(text)) == fold(text)


@given(WRITING)
def test_composed_and_decomposed_text_are_one(text: str) -> None:
    composed, apart = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert fold(composed) == fold(apart) == fold(text)
    assert display(composed) == display(apart)


@given(WRITING)
def test_what_we_show_can_be_stored_and_sent(text: str) -> None:
    shown = display(text)
    assert shown.encode().decode() == shown
    assert not any(unicodedata.category(c) == "Cc" and c != "\n" for c in shown)


@given(st.text("abc", min_size=5, max_size=9), st.text("abc", min_size=5, max_size=9))
def test_near_is_the_damerau_distance(typed: str, word: str) -> None:
    letters = "abc"
    cut = {typed[:i] + typed[i + 1 :] for i in range(len(typed))}
    other = {typed[:i] + x + typed[i + 1 :] for i in range(len(typed)) for x in letters}
    more = {typed[:i] + x + typed[i:] for i in range(len(typed) + 1) for x in letters}
    swapped = {typed[:i] + typed[i + 1] + typed[i] + typed[i + 2 :] for i in range(len(typed) - 1)}
    expected = typed == word or (len(word) >= NEAR_LETTERS and word in cut | other | more | swapped)
    assert near(typed, word) is expected


def test_every_letter_of_a_phone_can_be_read_twice_over() -> None:
    ranges = [
        (0, 0x2E00),
        (0x3000, 0x3200),
        (0xA640, 0xA800),
        (0xFB00, 0x10000),
        (0x1D400, 0x1D800),
        (0x1EE00, 0x1FB00),
    ]
    alone = [chr(c) for low, high in ranges for c in range(low, high)]
    assert [c for c in alone if display(display(c)) != display(c) or fold(fold(c)) != fold(c)] == []
    mixed = random.Random(7)
    for _ in range(2000):
        text = "".join(mixed.choices(alone, k=12))
        assert fold(fold(text)) == fold(text)
