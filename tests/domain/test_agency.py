"""Reading licence numbers as people write them, and the verdict over every combination."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.agency import (
    Agency,
    Licence,
    Notice,
    Reading,
    Status,
    Verdict,
    read_licence,
    short_names,
    verdict,
)
from hotline.domain.places import CITIES, REGIONS, city_of

TODAY = date(2026, 11, 22)
LIST = date(2026, 11, 20)
LAHORE, MALAKAND = Licence(2567, "LHR"), Licence(2567, "MLK")


@pytest.mark.parametrize(
    ("text", "serial", "region"),
    [
        ("OEPL No. 4859/LHR", 4859, "LHR"),
        ("OEPL No.2056/RWP", 2056, "RWP"),
        ("OEPL No.3768./RWP", 3768, "RWP"),
        ("OEP No.1788/RWP", 1788, "RWP"),
        ("0008  / RWP", 8, "RWP"),
        ("0848 / LHR", 848, "LHR"),
        ("OEP 2214/MLK", 2214, "MLK"),
        ("OP&HRD/4111/PWR", 4111, "PWR"),
        ("OP&HRD/4951/PWR/2023", 4951, "PWR"),
        ("OP&HRD/5224/LHR/2026", 5224, "LHR"),
        ("OP&HRD-4951-PWR-2023", 4951, "PWR"),
        ("OP&HRD/4951/2023/PWR", 4951, "PWR"),
        ("MPD/1250/RWP/92", 1250, "RWP"),
        ("MPD/3014/Karachi", 3014, "KAR"),
        ("MPD 2215/MLK", 2215, "MLK"),
        ("ايم-بى-دى/١٢٥٠/آردبليوبى/٩٢", 1250, "RWP"),
        ("4859 lhr", 4859, "LHR"),
        ("4859LHR", 4859, "LHR"),
        ("LHR-4859", 4859, "LHR"),
        ("lahore 4859", 4859, "LHR"),
        ("4859 لاہور", 4859, "LHR"),
        ("۴۸۵۹/لاهور", 4859, "LHR"),
        ("اسلام آباد ۴۸۵۹", 4859, "RWP"),
        ("۴۸۵۹ آر ڈبلیو پی", 4859, "RWP"),
        ("۴۸۵۹", 4859, ""),
        ("٤٨٥٩", 4859, ""),
        ("CHECK 4859", 4859, ""),
        ("check 4859 please", 4859, ""),
        ("4859", 4859, ""),
        ("1", 1, ""),
        ("12345", 12345, ""),
        ("4859/KHI", 4859, "KAR"),
        ("4859 Islamabad", 4859, "RWP"),
        ("4859/ABT", 4859, "ABT"),
        ("4859 hai kya", 4859, ""),
        ("4859 kar do", 4859, ""),
        ("check kar 4859", 4859, ""),
        ("4859/kar", 4859, "KAR"),
        ("CHECK 2019", 2019, ""),
        ("35202-1234567-1 4859/LHR", 4859, "LHR"),
        ("0300 1234567 check 4859", 4859, ""),
        ("123456 4859", 4859, ""),
    ],
)
def test_a_licence_number_is_read_in_any_form_seen(text: str, serial: int, region: str) -> None:
    assert read_licence(text) == Reading(serial, region)


@pytest.mark.parametrize(
    "text",
    ["", "al noor", "35202-1234567-1", "03001234567", "+92 300 1234567", "0000", "123456", "OP&HRD/PWR/2023", "***"],
)
def test_what_is_no_licence_number_is_not_read_as_one(text: str) -> None:
    assert read_licence(text) is None


PREFIXES = ["", "OEPL No.", "OEPL No. ", "OEP ", "OP&HRD/", "MPD/", "MPD ", "CHECK ", "licence no ", "لائسنس نمبر "]
STROKES = ["/", " / ", "./", "-", " ", "  /  ", " \\ "]
ENDS = ["", "/2023", "/92", " 2019", ".", " ?", " /2024 ", "\n"]
DIGITS = ["0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩"]


@given(
    serial=st.integers(1, 99999),
    padded=st.booleans(),
    region=st.sampled_from(sorted(REGIONS)),
    lower=st.booleans(),
    prefix=st.sampled_from(PREFIXES),
    stroke=st.sampled_from(STROKES),
    end=st.sampled_from(ENDS),
    digits=st.sampled_from(DIGITS),
)
def test_no_decoration_changes_what_is_read(
    *, serial: int, padded: bool, region: str, lower: bool, prefix: str, stroke: str, end: str, digits: str
) -> None:
    number = f"{serial:04d}" if padded else str(serial)
    code = region.lower() if lower else region
    text = f"{prefix}{number}{stroke}{code}{end}".translate(str.maketrans(DIGITS[0], digits))
    assert read_licence(text) == Reading(serial, region)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_a_reading_is_a_possible_serial(text: str) -> None:
    reading = read_licence(text)
    assert reading is None or 1 <= reading.serial <= 99999


@given(st.integers(1, 99999), st.sampled_from([*REGIONS, "XY", "ABCD"]))
def test_a_licence_reads_its_own_form(serial: int, region: str) -> None:
    licence = Licence(serial, region)
    assert Licence.parse(str(licence)) == licence
    assert read_licence(str(licence)) == Reading(serial, region)


def test_a_licence_is_shown_padded_to_four_digits() -> None:
    assert str(Licence(8, "RWP")) == "0008/RWP"
    assert str(Licence(12345, "LHR")) == "12345/LHR"


@pytest.mark.parametrize("text", ["", "4859", "8/RWP", "0000/RWP", "4859/lhr", "4859/LHR ", "123456/LHR"])
def test_only_our_own_form_is_parsed(text: str) -> None:
    with pytest.raises(ValueError, match="not a licence"):
        Licence.parse(text)


def agency(
    licence: Licence = LAHORE,
    name: str = "Chiragh Travels",
    status: Status | None = Status.ACTIVE,
    expiry: date | None = date(2027, 3, 31),
) -> Agency:
    return Agency(licence, name, status, expiry, "Lahore")


STATES = [*Status, None]
EXPIRIES = [TODAY - timedelta(days=1), TODAY, date(2027, 3, 31), None]
AGES = [None, 0, 30, 31]
FOUND = ["none", "one", "two"]


def expected(
    *, found: str, exact: bool, status: Status | None, expiry: date | None, age: int | None, noticed: bool
) -> Verdict:
    """The rule again, as a table: the first row that fits is the verdict."""
    rows = [
        (age is None, Verdict.STALE),
        (found == "two", Verdict.SEVERAL),
        (found == "one" and not exact, Verdict.SEVERAL),
        (found == "none", Verdict.UNKNOWN),
        (status in set(Status) - {Status.ACTIVE}, Verdict.BARRED),
        (expiry == TODAY - timedelta(days=1), Verdict.BARRED),
        (status is None or expiry is None or age == 31, Verdict.STALE),
        (noticed, Verdict.CAUTIONED),
        (True, Verdict.VALID),
    ]
    return next(outcome for fits, outcome in rows if fits)


@pytest.mark.parametrize("found", FOUND)
def test_the_verdict_follows_the_rule_over_all_combinations(found: str) -> None:
    count = 0
    for exact, status, expiry, age, noticed in product([True, False], STATES, EXPIRIES, AGES, [True, False]):
        one = agency(status=status, expiry=expiry)
        matches = {"none": [], "one": [one], "two": [one, agency(MALAKAND)]}[found]
        notices = [Notice(LAHORE, "Show cause notice", LIST)] if noticed else []
        said = verdict(
            matches,
            exact=exact,
            notices=notices,
            list_date=None if age is None else TODAY - timedelta(days=age),
            today=TODAY,
        )
        case = {"status": status, "expiry": expiry, "age": age, "noticed": noticed}
        assert said is expected(found=found, exact=exact, **case), case
        count += 1
    assert count == 2 * 7 * 4 * 4 * 2


def test_only_a_valid_verdict_comes_from_a_readable_active_unexpired_fresh_unnoticed_exact_single_row() -> None:
    valid = 0
    for exact, status, expiry, age, noticed in product([True, False], STATES, EXPIRIES, AGES, [True, False]):
        said = verdict(
            [agency(status=status, expiry=expiry)],
            exact=exact,
            notices=[Notice(LAHORE, "Warning", LIST)] if noticed else [],
            list_date=None if age is None else TODAY - timedelta(days=age),
            today=TODAY,
        )
        valid += said is Verdict.VALID
    assert valid == 1 * 1 * 2 * 2 * 1, "exact, active, two dates not past, two fresh ages, no notice"


def test_a_notice_about_another_licence_is_no_caution() -> None:
    said = verdict([agency()], exact=True, notices=[Notice(MALAKAND, "Warning", LIST)], list_date=LIST, today=TODAY)
    assert said is Verdict.VALID


def test_the_same_licence_found_twice_is_one_identity() -> None:
    said = verdict([agency(), agency()], exact=True, notices=[], list_date=LIST, today=TODAY)
    assert said is Verdict.VALID


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["Chiragh Travels"], ["Chiragh Travels"]),
        (["Chiragh"], ["Chiragh"]),
        (["Al Noor International Recruiting Agency"], ["Al Noor"]),
        (["Noor International Recruiting Agency"], ["Noor International"]),
        (["Al Noor Overseas Employment Promoters"], ["Al Noor Overseas"]),
        (["Internationalised Recruitments Bureau"], ["Internationalised Recruitments"]),
        (["A B C D E F G H I J K L"], ["A B C D E F G H I J"]),
        (
            ["Al Noor International Recruiting Agency", "Al Noor International Recruiting Bureau"],
            ["Al Noor Agency", "Al Noor Bureau"],
        ),
        (["AL NOOR International Bureau", "Al Noor International"], ["AL NOOR Bureau", "Al Noor"]),
        (["Talagang International", "Talagang International"], ["Talagang International", "Talagang International"]),
        (["", "Pharmic Enterprises"], ["", "Pharmic Enterprises"]),
        (
            ["Al Noor Intercontinental One", "Al Noor Intercontinental Two", "Al Noor Intercontinental One More"],
            ["Al Noor One", "Al Noor Two", "Al Noor One More"],
        ),
    ],
)
def test_short_names_are_cut_at_a_word_and_told_apart(names: list[str], short: list[str]) -> None:
    rows = [agency(Licence(number, "LHR"), name) for number, name in enumerate(names, start=1)]
    assert list(short_names(rows)) == short


WORD = st.sampled_from(["Al", "al", "Noor", "International", "Recruiting", "Bureau", "Travels", "Lahore"])


@given(st.lists(st.lists(WORD, max_size=6), min_size=1, max_size=4))
def test_rows_that_still_read_alike_have_the_same_name(names: list[list[str]]) -> None:
    rows = [agency(Licence(number, "LHR"), " ".join(words)) for number, words in enumerate(names, start=1)]
    short = [name.casefold() for name in short_names(rows)]
    whole = [" ".join(words).casefold() for words in names]
    for left, right in product(range(len(rows)), repeat=2):
        assert short[left] != short[right] or whole[left] == whole[right]


@pytest.mark.parametrize(
    ("address", "region", "city"),
    [
        ("Office No. 5, Ferozepur Road, LAHORE. Ph: 042-35712345", "LHR", "Lahore"),
        ("Office 3, Lahore Road, Sialkot", "SKT", "Sialkot"),
        ("Karachi Company, G-9 Markaz, Islamabad", "RWP", "Islamabad"),
        ("Main Bazar, Batkhela, Distt. Malakand, Swat", "MLK", "Swat"),
        ("Near GPO, Mandi Baha-ud-Din", "LHR", "M.B. Din"),
        ("Block 17, D.G.Khan", "MUL", "D.G. Khan"),
        ("Shop 4, First Floor", "PWR", "Peshawar"),
        ("", "ABT", ""),
        ("Direct Plaza, Karachi", "KAR", "Karachi"),
    ],
)
def test_the_city_is_one_we_can_say(address: str, region: str, city: str) -> None:
    assert city_of(address, region) == city
    assert city in {"", *CITIES}


def test_no_city_is_longer_than_a_row_of_an_sms_allows_and_every_region_has_one_of_them() -> None:
    assert max(map(len, CITIES)) <= 12
    assert set(REGIONS.values()) <= set(CITIES)
    assert len(set(CITIES)) == len(CITIES)
