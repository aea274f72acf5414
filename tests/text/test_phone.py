from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.text.phone import groups, is_mobile, is_person, masked, read, without_numbers

SCRIPTS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
nine_digits = st.text("0123456789", min_size=9, max_size=9)


def in_script(text: str, script: str) -> str:
    return text.translate(str.maketrans("0123456789", script))


@st.composite
def mobiles(draw: st.DrawFn) -> tuple[str, str]:
    """(as somebody writes it, E.164) of a Pakistani mobile."""
    rest = draw(nine_digits)
    prefix = draw(st.sampled_from(["0", "+92", "0092", "+92 ", "0092-", "+92-", "92 "]))
    between = draw(st.sampled_from(["", " ", "-", "."]))
    written = f"{prefix}3{rest[:2]}{between}{rest[2:5]}{draw(st.sampled_from(['', between]))}{rest[5:]}"
    return in_script(written, draw(st.sampled_from(SCRIPTS))), f"+923{rest}"


# --- reading ---


@given(mobiles())
def test_a_mobile_is_read_however_it_is_written(case: tuple[str, str]) -> None:
    written, e164 = case
    assert read(written) == e164
    assert read(f" \u200e{written}\u200e ") == e164


@given(nine_digits)
def test_the_fast_path_says_what_the_slow_one_says(rest: str) -> None:
    assert read(f"+923{rest}") == read(f"+92 3{rest}") == f"+923{rest}"


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("923001234567", "+923001234567"),
        ("3001234567", "+923001234567"),
        ("+92 (0)300 1234567", "+923001234567"),
        ("tel:+923001234567", "+923001234567"),
        ("\uff0b923001234567", "+923001234567"),
        ("0355 1234567", "+923551234567"),
        ("0370-1234567", "+923701234567"),
        ("(042) 35761999", "+924235761999"),
        ("042/111 222 333", "+9242111222333"),
        ("+971 6 802 7666", "+97168027666"),
        ("00966501234567", "+966501234567"),
    ],
)
def test_other_ways_of_writing_are_read(written: str, e164: str) -> None:
    assert read(written) == e164


@pytest.mark.parametrize(
    "text", ["", "4859", "1099", "anonymous", "4859/LHR", "0300 123456", "+92", "2026-08-20", "ring 0300 1234567", "٣"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert read(text) is None


def test_a_local_number_belongs_to_the_country_it_is_dialled_in() -> None:
    assert read("050 123 4567", "SA") == "+966501234567"


# --- showing ---


def test_a_number_is_shown_as_people_write_it() -> None:
    assert groups("+9242111222333") == ("042", "111", "222", "333")
    assert groups("+923001234567") == ("0300", "1234567")
    assert groups("+97168027666") == ("+971", "6", "802", "7666")
    assert groups("+966501234567", "SA") == ("050", "123", "4567")
    assert groups("1099") == ("1099",)
    assert groups("۱۱۱-۲۴۷-۷۸۶") == ("111", "247", "786")


def test_a_masked_number_shows_its_country_and_three_digits() -> None:
    assert masked("+923001234567") == "+92 3•• •••• 567"
    assert masked("+966501234567") == "+966 •••••• 567"
    assert masked("+12345678") == "+1 •••• 678"
    assert masked("+97112345") == "+971 •••"


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True))
def test_no_mask_shows_more_than_the_last_three_digits(e164: str) -> None:
    country, _, national = masked(e164).partition(" ")
    assert e164.startswith(country)
    assert len(country) <= 4
    shown = national.removeprefix("3") if country == "+92" and len(e164) == 13 else national
    assert re.fullmatch(r"[• ]{3,}([0-9]{3})?", shown)
    assert e164.endswith(shown.strip("• "))


@pytest.mark.parametrize("sender", ["anonymous", "2323", "", "JAZZ", "+92300123456x", "+1234567", "+1234567890123456"])
def test_a_word_for_a_sender_is_no_person_and_wholly_hidden(sender: str) -> None:
    assert not is_person(sender)
    assert masked(sender) == "•••"


def test_a_plus_and_eight_to_fifteen_digits_is_a_person_whatever_tables_say() -> None:
    assert is_person("+12345678")
    assert is_person("+999123456789012")
    assert not is_person("+۱۲۳۴۵۶۷۸")
    assert not is_person("+12345678\n")


# --- taking numbers out ---


@st.composite
def private_numbers(draw: st.DrawFn) -> str:
    thirteen = draw(st.from_regex(r"[1-7][0-9]{12}", fullmatch=True))
    card = draw(
        st.sampled_from(["{0}-{1}-{2}", "{0}{1}{2}", "{0} {1} {2}", "{0} - {1} - {2}", "{0}–{1}–{2}", "{0}-{1}"])
    )
    cards = card.format(thirteen[:5], thirteen[5:12], thirteen[12])
    number = draw(st.one_of(mobiles().map(lambda case: case[0]), st.just(cards)))
    return in_script(number, draw(st.sampled_from(SCRIPTS)))


def looks_like_licences(text: str) -> list[str]:
    return [str(int(run)) for run in re.findall(r"(?<!\d)\d{1,5}(?!\d)", text)]


@given(private_numbers(), st.sampled_from(["CNIC ", "میرا نمبر ", "", "phone no. "]), st.booleans())
def test_no_private_number_leaves_anything_like_a_licence(number: str, before: str, licence_first: bool) -> None:
    said = f"{before}{number}"
    text = f"CHECK 4859, {said}" if licence_first else f"{said}, CHECK 4859"
    assert looks_like_licences(without_numbers(text)) == ["4859"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("CNIC 35202-1234567-1", "CNIC"),
        ("0300-1234567 4859", "4859"),
        ("4859 0300 1234567", "4859"),
        ("CHECK 0484 03001234567", "CHECK 0484"),
        ("+966 55 123 4567 4859", "4859"),
        ("00971 6 802 7666 4859/LHR", "4859/LHR"),
        ("042 111 222 333 check 0008 / RWP", "check 0008 / RWP"),
        ("۳۵۲۰۲-۱۲۳۴۵۶۷-۱ لائسنس ۴۸۵۹", "لائسنس ۴۸۵۹"),
        ("0300 123456 4859", "4859"),
        ("300 1234567", ""),
        ("111-247-786", ""),
        ("0092 (0)300 1234567 7", "7"),
        ("AB1234567 4859", "AB 4859"),
        ("4859\nmy no 0300 1234567", "4859\nmy no"),
    ],
)
def test_what_is_left_when_numbers_are_taken_out(text: str, left: str) -> None:
    assert without_numbers(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "CHECK 4859",
        "OP&HRD/4951/PWR/2023",
        "OEPL No.3768./RWP",
        "0008  / RWP",
        "0848 2056 4859",
        "MPD/3014/Karachi",
        "۴۸۵۹  لاہور",
        "list of 2026-08-20",
        "Rs 25,000",
        "1099",
        "Al-Noor  Travels",
        "",
    ],
)
def test_a_text_without_private_numbers_is_left_as_it_is(text: str) -> None:
    assert without_numbers(text) == text


@given(st.text(st.sampled_from("0123456789 +-/()۰۹ا\n"), max_size=60))
def test_nothing_is_added_and_no_long_run_of_digits_stays(text: str) -> None:
    left = without_numbers(text)
    assert not re.search(r"\d{7}", left)
    remaining = iter(text)
    assert all(char in remaining for char in left.replace(" ", ""))


# --- whether SMS reaches it ---


@given(nine_digits)
def test_every_pakistani_mobile_takes_sms(rest: str) -> None:
    assert is_mobile(f"+923{rest}")


@pytest.mark.parametrize(
    ("number", "takes"),
    [
        ("+966501234567", True), ("+971501234567", True), ("+447400123456", True), ("+12015550123", True),
        ("+924235761234", False), ("+97142345678", False), ("+442071838750", False), ("+9221111222333", False),
        ("+18005550123", False), ("+12345678", False), ("+99912345678", False), ("+000000000", False),
        ("anonymous", False),
    ],
)  # fmt: skip
def test_a_landline_a_service_and_no_number_take_none(number: str, takes: bool) -> None:
    assert is_mobile(number) == takes
