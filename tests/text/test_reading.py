from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hotline.text.reading import Ambiguous, read_amount, read_country, read_date, read_digits, read_number
from hotline.text.values import Kind, Words, speak, words

TRANSLATIONS = Path(__file__).parents[2] / "translations"
TODAY = date(2026, 8, 25)


def book(locale: str) -> Words:
    file = TRANSLATIONS / locale / "values.yaml"
    return words(locale, yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader), str(file))


BOOKS = {locale: book(locale) for locale in ("en", "ur", "pa_Arab", "ur_Latn")}
ALL = tuple(BOOKS.values())
SCRIPTS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
scripts = st.sampled_from(SCRIPTS)


def in_script(text: str, script: str) -> str:
    return text.translate(str.maketrans("0123456789", script))


# --- dates ---


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-05", "2026/12/5", "5/12/2026", "5-12-2026", "5.12.26", "5 12 2026", "5*12*2026", "05122026", "051226",
        "0512", "20261205", "٠٥/١٢/٢٠٢٦", "5 dec", "5dec", "5-Dec-26", "5th December, 2026", "Dec 5 2026", "dec 5th",
        "۵ دسمبر", "5 دسمبر 2026ء", "پانچ دسمبر کو", "panch disambar ko", "Sat 5 dec", "ہفتہ ۵ دسمبر", "five december",
    ],
)  # fmt: skip
def test_the_fifth_of_december_is_read_however_it_is_written(text: str) -> None:
    assert read_date(text, TODAY, ALL) == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-08-25"),
        ("کل", "2026-08-26"),
        ("parson", "2026-08-27"),
        ("25 aug", "2026-08-25"),
        ("24 aug", "2027-08-24"),
        ("یکم جنوری", "2027-01-01"),
        ("29 feb", "2028-02-29"),
        ("25/12", "2026-12-25"),
        ("12/25", "2026-12-25"),
        ("6/6", "2027-06-06"),
        ("9/5/2026", "2026-05-09"),
        ("10052026", "2026-05-10"),
    ],
)
def test_what_is_left_out_means_the_next_one_and_day_comes_first(text: str, day: str) -> None:
    assert read_date(text, TODAY, ALL) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("25 دسمبر نوں", "2026-12-25"), ("25 december nu", "2026-12-25"), ("پنجی دسمبر", "2026-12-25"),
        ("نوں دسمبر نوں", "2026-12-09"), ("meri flight 25 december ko hai", "2026-12-25"),
        ("insha allah 25 december ko riyadh jaunga", "2026-12-25"), ("my ticket is for dec 25 2026", "2026-12-25"),
        ("میری فلائٹ ۲۵ دسمبر کو ہے", "2026-12-25"), ("ticket 25/12/2026 ka hai", "2026-12-25"),
        ("friday", "2026-08-28"), ("jumma", "2026-08-28"), ("جمعے کو", "2026-08-28"), ("پیر نوں", "2026-08-31"),
        ("is jumme ko", "2026-08-28"), ("in 10 days", "2026-09-04"), ("10 din baad", "2026-09-04"),
        ("دس دن بعد", "2026-09-04"), ("دس دناں بعد", "2026-09-04"), ("2 hafte baad", "2026-09-08"),
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_say_it(text: str, day: str) -> None:
    assert read_date(text, TODAY, ALL) == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["next friday", "agle jumme", "اگلے جمعے کو", "agla juma"])
def test_next_friday_is_given_back_with_both(text: str) -> None:
    assert read_date(text, TODAY, ALL) == Ambiguous(date(2026, 8, 28), date(2026, 9, 4))


@pytest.mark.parametrize(
    "text",
    ["25 december nahi", "mere 2 bhai 25 dec ko ja rahe", "10 din pehle", "10 days ago", "i may go 5 times",
     "kal bataunga", "0 din baad", "500 din baad", "25 tareekh ko", "agle mahine", "din", "2 din 3 hafte",
     "mera number 03001234567 hai", "between 5/12 and 7/12", "ye sab kuch 25 december ko nahi ho sakta mere bhai"],
)  # fmt: skip
def test_no_date_is_guessed_from_a_sentence(text: str) -> None:
    assert read_date(text, TODAY, ALL) is None


@given(st.dates(date(2026, 8, 26), date(2027, 8, 24)), st.sampled_from(["main {} ko jaunga", "flight {} ki hai", "{}"]))
def test_a_day_in_a_sentence_is_the_day_alone(day: date, sentence: str) -> None:
    assert read_date(sentence.format(f"{day.day} {day:%B}"), TODAY, ALL) == day


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("abu dhabi", "AE"), ("makkah", "SA"), ("مکہ", "SA"), ("jeddah", "SA"), ("riyadh jana hai", "SA"),
        ("sharjah", "AE"),
        ("sauda arab", "SA"), ("doha", "QA"), ("muscat", "OM"), ("ابو ظہبی", "AE"), ("ras al khaimah", "AE"),
        ("kuala lumpur", "MY"), ("U.A.E", "AE"), ("madina", "SA"), ("saudi ya dubai", None), ("atlantis", None),
    ],
)  # fmt: skip
def test_a_place_is_read_as_its_country(text: str, country: str | None) -> None:
    assert read_country(text, ALL) == country


def test_a_date_with_two_futures_is_given_back_with_both() -> None:
    assert read_date("5/6/2027", TODAY) == Ambiguous(date(2027, 6, 5), date(2027, 5, 6))
    assert read_date("۱۰/۹", TODAY) == Ambiguous(date(2026, 9, 10), date(2026, 10, 9))


@pytest.mark.parametrize(
    "text",
    ["", "5", "dec", "31/2", "31/4/2027", "30 feb", "hello", "5 hazar", "99999999", "5/12/202", "1/2/3/4", "5 dec jan",
     "today 5", "1.5 dec", "5/12/1066", "20 20 20 20", "kal parson", "123456789", "२०"],
)  # fmt: skip
def test_what_is_no_date_is_not_guessed(text: str) -> None:
    assert read_date(text, TODAY, ALL) is None


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), scripts)
def test_a_whole_date_is_read_back(day: date, script: str) -> None:
    for form in (f"{day}", f"{day:%d%m%Y}", f"{day:%Y%m%d}", f"{day.day} {day:%b %Y}"):
        assert read_date(in_script(form, script), TODAY, ALL) == day


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.sampled_from("/-. "))
def test_day_first_is_the_rule_and_an_ambiguity_always_real(day: date, between: str) -> None:
    found = read_date(between.join((str(day.day), str(day.month), str(day.year))), TODAY)
    if isinstance(found, Ambiguous):
        assert found.first == day
        assert found.second == date(day.year, day.day, day.month) != day
        assert min(found.first, found.second) >= TODAY
    else:
        assert found == day


# --- numbers and amounts ---


@pytest.mark.parametrize(
    "text",
    ["25,000", "25000", "25 000", "Rs 25000", "Rs.25,000/-", "PKR 25000", "25k", "25 hazar", "25 ہزار", "۲۵۰۰۰",
     "٢٥٬٠٠٠ روپے", "پچیس ہزار", "پنجھی ہزار", "pachees hazaar rupay", "twenty five thousand", "25000.00",
     "25 thousand."],
)  # fmt: skip
def test_twenty_five_thousand_rupees_are_read_however_they_are_written(text: str) -> None:
    assert read_amount(text, ALL) == 25_000


@pytest.mark.parametrize(
    ("text", "rupees"),
    [
        ("2 lakh", 200_000),
        ("2,50,000", 250_000),
        ("2.5 lac", 250_000),
        ("ڈھائی لاکھ", 250_000),
        ("derh lakh", 150_000),
        ("2 lakh 50 hazar", 250_000),
        ("do hazar paanch sau", 2_500),
        ("5 sau 50", 550),
        ("ایک کروڑ", 10_000_000),
        ("لکھ", 100_000),
        ("0", 0),
        ("2500.50", 2_500),
    ],
)
def test_amounts_in_lakhs_and_hundreds_are_added_up(text: str, rupees: int) -> None:
    assert read_amount(text, ALL) == rupees


@pytest.mark.parametrize(
    "text",
    ["", "rs", "2 lakh 50", "20-25 hazar", "25.000", "1,2,3", "-5", "50 hazar 2 lakh", "5 6", "much", "99999999999",
     "ten apples", "25000 dollars", "3 hazar 4 hazar", "5 dec"],
)  # fmt: skip
def test_what_is_no_clear_amount_is_not_guessed(text: str) -> None:
    assert read_amount(text, ALL) is None


def test_a_number_is_whole_and_has_no_rupees() -> None:
    assert read_number(" ۱۲. ") == 12
    assert read_number("12,500") == 12_500
    assert read_number("ست", ALL) == 7
    assert read_number("2.5", ALL) is None
    assert read_number("Rs 12", ALL) is None
    assert read_number("seven", ()) is None


@given(st.integers(0, 1_000_000_000), scripts)
def test_a_number_is_read_back_grouped_or_not(number: int, script: str) -> None:
    for form in (f"{number}", f"{number:,}", f"Rs {number}/-"):
        assert read_amount(in_script(form, script), ALL) == number


@given(st.integers(0, 9_999_999), st.sampled_from(("en", "ur", "pa_Arab")))
def test_what_is_spoken_of_a_number_is_read_as_that_number(number: int, locale: str) -> None:
    text = " ".join(text for _, text in speak(Kind.NUMBER, str(number), BOOKS[locale]))
    lakhs, rest = divmod(number, 100_000)
    assert read_number(text, (BOOKS[locale],)) == (None if lakhs and 0 < rest < 100 else number)


# --- digits, yes and no ---


def test_digits_are_taken_in_any_script_and_number() -> None:
    assert read_digits("۴۸ ۵۹#", 4, 4) == "4859"
    assert read_digits("4859", 1, 5) == "4859"
    assert read_digits("4859", 5, 6) is None
    assert read_digits("48x9", 1, 5) is None
    assert read_digits("", 0, 5) is None


@pytest.mark.parametrize(
    "text",
    [
        "482 193 5", "482-193-5", "#4821935", "no. 482.193.5", "case no 4821935", "۴۸۲ ۱۹۳ ۵", "میرا نمبر ٤٨٢١٩٣٥ ہے۔",
        "4821935 hai",
    ],
)  # fmt: skip
def test_a_few_words_around_digits_do_no_harm(text: str) -> None:
    assert read_digits(text, 7, 7) == "4821935"


@pytest.mark.parametrize(
    "text", ["482 and 1935", "4821935x", "x4821935", "one two three four five 4821935", "48 21935 0"]
)
def test_digits_among_or_inside_words_are_not_read(text: str) -> None:
    assert read_digits(text, 7, 7) is None


@given(st.text(max_size=60) | st.text(st.sampled_from("0123456789۰,./- kلاکھ"), max_size=60))
def test_no_text_breaks_a_reader(text: str) -> None:
    amount = read_amount(text, ALL)
    assert amount is None or 0 <= amount <= 1_000_000_000
    assert isinstance(read_date(text, TODAY, ALL), date | Ambiguous | None)
    assert read_digits(text, 1, 5) is None or len(str(read_digits(text, 1, 5))) <= 5


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Friday", date(2026, 8, 28)), ("جمعہ", date(2026, 8, 28)), ("itwar ko", date(2026, 8, 30)),
        ("tue", date(2026, 9, 1)), ("on Wednesday", date(2026, 8, 26)), ("friday saturday", None),
    ],
)  # fmt: skip
def test_a_day_of_the_week_alone_is_the_next_one_after_today(text: str, day: date | None) -> None:
    assert read_date(text, date(2026, 8, 25), ALL) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Saudi Arabia", "SA"), ("KSA", "SA"), ("saudia ja raha hun", "SA"), ("سعودی عرب", "SA"),
        ("dubai", "AE"), ("دبئی", "AE"), ("katar", "QA"), ("U.K. / uk", "GB"), ("Itly", "IT"),
        ("عمان", "OM"), ("qatar or oman", None), ("Canada", None), ("", None), ("4859", None),
    ],
)  # fmt: skip
def test_a_country_is_read_in_any_language_and_spelling(text: str, code: str | None) -> None:
    assert read_country(text, ALL) == code
