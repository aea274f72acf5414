from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.agency import Status
from hotline.domain.places import CITIES, REGIONS
from hotline.errors import FlowError
from hotline.text.parts import Alphabet, alphabet
from hotline.text.values import SPEAKABLE, Kind, Words, inventory, speak, words, write

LOCALES = ("en", "ur", "pa_Arab", "ur_Latn")
SPOKEN = ("en", "ur", "pa_Arab")
TRANSLATIONS = Path(__file__).parents[2] / "translations"
Table = dict[str, dict[str, str] | str]


def table(locale: str) -> Table:
    found = yaml.load((TRANSLATIONS / locale / "values.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    assert isinstance(found, dict)
    return found


def every_word(locale: str) -> list[str]:
    found: list[str] = []
    for name, section in table(locale).items():
        if name not in ("typed", "regions"):
            found += section.values() if isinstance(section, dict) else [section]
    return found


BOOKS = {locale: words(locale, dict(table(locale)), f"{locale}/values.yaml") for locale in LOCALES}
EN, UR, PA, ROMAN = (BOOKS[locale] for locale in LOCALES)


def said(kind: Kind, raw: str, book: Words) -> str:
    return " ".join(text for _, text in speak(kind, raw, book))


# --- what an SMS shows ---


@pytest.mark.parametrize(
    ("kind", "raw", "english", "urdu", "roman"),
    [
        (Kind.DATE, "2026-08-20", "2026-08-20", "2026-08-20", "2026-08-20"),
        (Kind.DATE, "", "no list yet", "ابھی کوئی فہرست نہیں", "abhi koi list nahin"),
        (Kind.LICENCE, "8/rwp", "0008/RWP", "0008/RWP", "0008/RWP"),
        (Kind.LICENCE, "۴۸۵۹", "4859", "4859", "4859"),
        (Kind.LICENCE, "12345/LHR", "12345/LHR", "12345/LHR", "12345/LHR"),
        (Kind.NUMBER, "9999", "9999", "9999", "9999"),
        (Kind.NUMBER, "۲۵۰۰۰", "25,000", "25,000", "25,000"),
        (Kind.DIGITS, "٠٣٠٠", "0300", "0300", "0300"),
        (Kind.NAME, "Al-Noor Travels", "Al-Noor Travels", "Al-Noor Travels", "Al-Noor Travels"),
        (Kind.CITY, "Faisalabad", "Faisalabad", "فیصل آباد", "Faisalabad"),
        (Kind.CITY, "faisalabad ", "faisalabad ", "فیصل آباد", "faisalabad "),
        (Kind.CITY, "Hasilpur", "Hasilpur", "Hasilpur", "Hasilpur"),
        (Kind.STATE, "expired", "expired", "ختم ہو چکا", "khatam ho chuka"),
        (Kind.TIME, "09:00", "09:00", "09:00", "09:00"),
        (Kind.DAYS, "mon-fri", "Monday to Friday", "پیر سے جمعہ تک", "Peer se Juma tak"),
        (Kind.DAYS, "mon-thu,sat", "Monday to Thursday and Saturday", "پیر سے جمعرات تک اور ہفتہ",
         "Peer se Jumerat tak aur Hafta"),
        (Kind.DAYS, "mon-sun", "every day", "ہر روز", "har roz"),
        (Kind.PHONE, "+9242111222333", "042 111 222 333", "042\u00a0111\u00a0222\u00a0333", "042 111 222 333"),
        (Kind.PHONE, "+97168027666", "+971 6 802 7666", "00971\u00a06\u00a0802\u00a07666", "+971 6 802 7666"),
        (Kind.PHONE, "1099", "1099", "1099", "1099"),
        (Kind.CASE, "4821935", "482 193 5", "482\u00a0193\u00a05", "482 193 5"),
        (Kind.TEXT, "جو لکھا", "جو لکھا", "جو لکھا", "جو لکھا"),
        (Kind.CITY, "", "", "", ""),
    ],
)  # fmt: skip
def test_a_value_is_written_for_the_reader(kind: Kind, raw: str, english: str, urdu: str, roman: str) -> None:
    assert (write(kind, raw, EN), write(kind, raw, UR), write(kind, raw, ROMAN)) == (english, urdu, roman)


def drawn_right_to_left(text: str) -> str:
    """What the eye sees of one right-to-left line without marks, left to right (UAX #9: W1–W7, N1, N2, I2, L2)."""
    kinds = [unicodedata.bidirectional(char) for char in text]
    strong = "R"
    for at, kind in enumerate(kinds):
        strong = kind if kind in ("R", "L", "AL") else strong
        if kind == "EN" and strong == "AL":
            kinds[at] = "AN"
    for at in range(1, len(kinds) - 1):
        before, kind, after = kinds[at - 1 : at + 2]
        if before == after and ((kind == "CS" and after in ("EN", "AN")) or (kind == "ES" and after == "EN")):
            kinds[at] = after
    strong, levels = "R", []
    for kind in kinds:
        strong = kind if kind in ("R", "L", "AL") else strong
        levels.append(2 if kind in ("L", "AN") or kind == "EN" else 1)
    # A neutral between two left-to-right pieces goes with them; next to a number it counts as right to left.
    for found in re.finditer("N+", "".join("N" if kind in ("WS", "ON", "CS", "ES", "ET") else "x" for kind in kinds)):
        sides = (kinds[found.start() - 1] if found.start() else "R", (*kinds, "R")[found.end()])
        for at in range(*found.span()):
            levels[at] = 2 if sides == ("L", "L") else 1
    runs = re.findall("1+|2+", "".join(map(str, levels)))
    seen, at = [], 0
    for run in runs:
        piece = text[at : at + len(run)]
        seen.append(piece if run[0] == "2" else piece[::-1])
        at += len(run)
    return "".join(reversed(seen))


@pytest.mark.parametrize("raw", ["+9242111222333", "+923001234567", "+97168027666", "111-247-786"])
def test_a_telephone_number_reads_left_to_right_in_an_urdu_line(raw: str) -> None:
    shown = write(Kind.PHONE, raw, UR)
    assert shown in drawn_right_to_left(f"مرکز کا فون {shown} ہے")


def test_plain_blanks_would_turn_the_groups_round() -> None:
    assert "333 222 111 042" in drawn_right_to_left("مرکز کا فون 042 111 222 333 ہے")


def test_a_state_nobody_translated_is_never_shown() -> None:
    for book in BOOKS.values():
        with pytest.raises(ValueError, match="is no state of"):
            write(Kind.STATE, "valid", book)


# --- what a caller hears ---


@pytest.mark.parametrize(
    ("kind", "raw", "english", "urdu", "punjabi"),
    [
        (Kind.DATE, "2026-08-20", "twenty August two thousand twenty-six", "بیس اگست دو ہزار چھبیس",
         "ویہہ اگست دو ہزار چھبی"),
        (Kind.DATE, "2027-01-01", "one January two thousand twenty-seven", "یکم جنوری دو ہزار ستائیس",
         "پہلی جنوری دو ہزار ستائی"),
        (Kind.DATE, "", "no list yet", "ابھی کوئی فہرست نہیں", "اجے کوئی لسٹ نئیں"),
        (Kind.LICENCE, "8/RWP", "zero zero zero eight Rawalpindi", "زیرو زیرو زیرو آٹھ راولپنڈی",
         "زیرو زیرو زیرو اٹھ راولپنڈی"),
        (Kind.LICENCE, "4859/XYZ", "four eight five nine", "چار آٹھ پانچ نو", "چار اٹھ پنج نوں"),
        (Kind.NUMBER, "0", "zero", "صفر", "صفر"),
        (Kind.NUMBER, "9999", "nine thousand nine hundred ninety-nine",
         "نو ہزار نو سو ننانوے", "نوں ہزار نوں سو ننانوے"),
        (Kind.NUMBER, "100", "one hundred", "ایک سو", "اک سو"),
        (Kind.NUMBER, "250,000", "two lakh fifty thousand", "دو لاکھ پچاس ہزار", "دو لکھ پنجاہ ہزار"),
        (Kind.DIGITS, "۲۰", "two zero", "دو زیرو", "دو زیرو"),
        (Kind.CITY, "M.B. Din", "Mandi Bahauddin", "منڈی بہاؤالدین", "منڈی بہاؤالدین"),
        (Kind.STATE, "suspended", "suspended", "معطل ہو چکا", "معطل ہو چکیا"),
        (Kind.TIME, "09:00", "nine in the morning", "صبح نو بجے", "سویرے نوں وجے"),
        (Kind.TIME, "17:30", "thirty minutes past five in the evening",
         "شام پانچ بج کر تیس منٹ", "شامیں پنج وج کے تیہہ منٹ"),
        (Kind.TIME, "00:00", "twelve at night", "رات بارہ بجے", "راتیں باراں وجے"),
        (Kind.DAYS, "mon-fri", "Monday to Friday", "پیر سے جمعہ تک", "پیر توں جمعہ تک"),
        (Kind.PHONE, "+97168027666", "zero zero nine seven one six eight zero two seven six six six",
         "زیرو زیرو نو سات ایک چھ آٹھ زیرو دو سات چھ چھ چھ", "زیرو زیرو نوں ست اک چھے اٹھ زیرو دو ست چھے چھے چھے"),
        (Kind.NAME, "", "", "", ""),
    ],
)  # fmt: skip
def test_a_value_is_spoken_in_each_language(kind: Kind, raw: str, english: str, urdu: str, punjabi: str) -> None:
    assert (said(kind, raw, EN), said(kind, raw, UR), said(kind, raw, PA)) == (english, urdu, punjabi)


def test_names_and_unknown_cities_have_the_english_voice() -> None:
    assert speak(Kind.NAME, "Al-Noor Travels", UR) == (("en", "Al-Noor Travels"),)
    assert speak(Kind.CITY, "Hasilpur", PA) == (("en", "Hasilpur"),)
    assert speak(Kind.CITY, "Lahore", PA) == (("pa_Arab", "لہور"),)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.TEXT, "anything"),
        (Kind.NUMBER, "ten"),
        (Kind.NUMBER, "-1"),
        (Kind.NUMBER, "10000000"),
        (Kind.DIGITS, "48x9"),
        (Kind.LICENCE, "LHR"),
        (Kind.STATE, "valid"),
        (Kind.CITY, "لاہور"),
        (Kind.DATE, "20-08-2026"),
        (Kind.DATE, "2026-02-30"),
        (Kind.DATE, "20260820"),
        (Kind.TIME, "9:00"),
        (Kind.TIME, "24:00"),
        (Kind.DAYS, "weekdays"),
        (Kind.DAYS, "mon-"),
        (Kind.PHONE, "ask at the desk"),
    ],
)
def test_what_cannot_be_spoken_is_refused_with_a_reason(kind: Kind, raw: str) -> None:
    for locale in SPOKEN:
        with pytest.raises(ValueError, match=r"\w+ \w+"):
            speak(kind, raw, BOOKS[locale])


def test_roman_urdu_is_not_spoken() -> None:
    assert inventory(ROMAN) == ()
    with pytest.raises(ValueError, match="written, not spoken"):
        speak(Kind.DIGITS, "1", ROMAN)


days = st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
spans = st.lists(days | st.tuples(days, days).map("-".join), min_size=1, max_size=4).map(",".join)
values = {
    Kind.NUMBER: st.integers(0, 9_999_999).map(str),
    Kind.DIGITS: st.text("0123456789۰۵۹", min_size=1),
    Kind.LICENCE: st.tuples(st.integers(1, 99_999), st.sampled_from([*EN.regions, "XYZ"])).map(
        lambda parts: f"{parts[0]}/{parts[1]}"
    ),
    Kind.CITY: st.sampled_from(sorted(EN.cities)),
    Kind.STATE: st.sampled_from(sorted(EN.states)),
    Kind.DATE: st.dates(date(1000, 1, 1)).map(str) | st.just(""),
    Kind.TIME: st.times().map(lambda time: f"{time:%H:%M}"),
    Kind.DAYS: spans,
    Kind.CASE: st.from_regex(r"[0-9]{7}", fullmatch=True),
    Kind.PHONE: st.from_regex(r"(\+[1-9][0-9]{7,14}|[0-9]{3,5})", fullmatch=True),
}


def test_every_kind_but_names_has_an_example_here() -> None:
    assert {*values, Kind.NAME} == SPEAKABLE


@given(st.data(), st.sampled_from(sorted(values)), st.sampled_from(SPOKEN))
def test_everything_spoken_is_in_the_inventory(data: st.DataObject, kind: Kind, locale: str) -> None:
    clips = speak(kind, data.draw(values[kind]), BOOKS[locale])
    assert clips
    assert set(clips) <= set(inventory(BOOKS[locale]))


@given(st.integers(0, 9_999_999), st.integers(0, 9_999_999), st.sampled_from(SPOKEN))
def test_two_numbers_never_sound_alike(one: int, other: int, locale: str) -> None:
    book = BOOKS[locale]
    assert (said(Kind.NUMBER, str(one), book) == said(Kind.NUMBER, str(other), book)) == (one == other)


@pytest.mark.parametrize("locale", SPOKEN)
def test_the_inventory_has_every_clip_once_in_its_own_voice(locale: str) -> None:
    clips = inventory(BOOKS[locale])
    assert len(set(clips)) == len(clips)
    assert {voice for voice, _ in clips} == {locale}
    assert all(text == " ".join(text.split()) and not re.search(r"[0-9{}]", text) for _, text in clips)


# --- the tables ---


@pytest.mark.parametrize("locale", LOCALES)
def test_the_yes_word_stands_in_no_value(locale: str) -> None:
    for word in every_word(locale):
        assert not re.search("valid|durust|درست|safe", word, re.IGNORECASE)


@pytest.mark.parametrize("locale", ["en", "ur_Latn"])
def test_words_in_latin_letters_cost_no_urdu_parts(locale: str) -> None:
    assert all(alphabet(word) is Alphabet.GSM for word in every_word(locale))


@pytest.mark.parametrize("locale", ["ur", "pa_Arab"])
def test_words_in_urdu_letters_have_no_other(locale: str) -> None:
    for name, section in table(locale).items():
        if isinstance(section, dict) and name not in ("typed", "regions", "patterns"):
            for word in section.values():
                assert re.fullmatch("[ءآؤئابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھیے ]+", word), word


@pytest.mark.parametrize("locale", SPOKEN)
def test_no_two_numbers_months_or_days_share_a_word(locale: str) -> None:
    book = BOOKS[locale]
    for section in (book.digits, book.numbers, book.large, book.months, book.weekdays):
        assert len(set(section.values())) == len(section)


def test_all_locales_know_the_same_states_languages_and_places() -> None:
    for book in BOOKS.values():
        assert set(book.states) == set(Status)
        assert set(book.languages) == set(LOCALES)
        assert book.regions == EN.regions or not book.voice
        assert set(book.cities) == set(EN.cities) or not book.voice


def test_every_place_of_the_register_can_be_said() -> None:
    for locale in SPOKEN:
        for city in (*CITIES, *REGIONS.values()):
            assert speak(Kind.CITY, city, BOOKS[locale])[0][0] == locale
        for code, city in REGIONS.items():
            assert BOOKS[locale].regions[code] == city


PUNJAB = (
    "Attock", "Bahawalnagar", "Bahawalpur", "Bhakkar", "Chakwal", "Chiniot", "Dera Ghazi Khan", "Faisalabad",
    "Gujranwala", "Gujrat", "Hafizabad", "Jhang", "Jhelum", "Kasur", "Khanewal", "Khushab", "Kot Addu", "Lahore",
    "Layyah", "Lodhran", "Mandi Bahauddin", "Mianwali", "Multan", "Murree", "Muzaffargarh", "Nankana Sahib", "Narowal",
    "Okara", "Pakpattan", "Rahim Yar Khan", "Rajanpur", "Rawalpindi", "Sahiwal", "Sargodha", "Sheikhupura", "Sialkot",
    "Talagang", "Taunsa", "Toba Tek Singh", "Vehari", "Wazirabad",
)  # fmt: skip


@pytest.mark.parametrize("district", PUNJAB)
def test_every_district_of_punjab_has_its_word(district: str) -> None:
    assert alphabet(write(Kind.CITY, district, UR)) is Alphabet.UCS2
    assert alphabet(write(Kind.CITY, district, PA)) is Alphabet.UCS2
    assert write(Kind.CITY, district, ROMAN) == district


# --- a table that is wrong ---


def without(section: str, key: str) -> Callable[[Table], None]:
    def change(found: Table) -> None:
        part = found[section]
        assert isinstance(part, dict)
        del part[key]

    return change


def with_word(section: str, key: str, word: str) -> Callable[[Table], None]:
    def change(found: Table) -> None:
        part = found[section]
        assert isinstance(part, dict)
        part[key] = word

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (without("months", "7"), "months: missing 7"),
        (without("numbers", "99"), "numbers: missing 99"),
        (without("patterns", "days"), "patterns: missing days"),
        (with_word("numbers", "100", "سو"), "numbers: 100 means nothing here"),
        (with_word("states", "expired", " "), "states: expired: write a word here"),
        (with_word("cities", "Lahore", "لاهور كا"), "Arabic yeh or kaf"),
        (with_word("regions", "XYZ", "Atlantis"), "regions: XYZ: 'Atlantis' is not among the cities"),
        (
            with_word("patterns", "date", "{day} {month}"),
            r"patterns: date: use each of \{day\}, \{month\}, \{year\} once",
        ),
        (with_word("day_parts", "24", "رات"), "day_parts: 24 means nothing here"),
        (lambda found: found.pop("weekdays"), "weekdays: write a block"),
        (lambda found: found.pop("no_date"), "no_date: write a word here"),
        (lambda found: found.update(month="x"), "no section is called 'month'"),
        (lambda found: found.update(typed={"months": {"13": "x"}}), "typed: months: 13 means nothing here"),
        (lambda found: found.update(typed={"days": {"1": "کل", "2": "کل"}}), "'کل' already means something else"),
        (lambda found: found.update(typed={"seasons": {"1": "x"}}), "typed: seasons: there are months"),
    ],
)
def test_a_wrong_table_is_refused_with_what_to_do(change: Callable[[Table], None], complaint: str) -> None:
    found = table("ur")
    change(found)
    with pytest.raises(FlowError, match=f"^ur/values.yaml:1: .*{complaint}"):
        words("ur", dict(found), "ur/values.yaml")
