"""A name is found however people write it; only the very name is exact; what is like nothing finds nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.text.name_words import name_words, whole
from hotline.text.names import NameIndex

pytestmark = pytest.mark.fast

NAMES = (
    "Al-Noor International",
    "Noor Enterprises",
    "Al-Rahman Manpower Services",
    "Abdur Rahman & Sons",
    "Parwaz Manpower",
    "Chiragh Travels",
    "Chiragh Travel & Tours",
    "Mehran Jan & Company (Pvt) Ltd",
    "A.C.V. International",
    "Ay Si Vi Traders",
    "Talagang International",
    "Talagang International",
    "Harmain Enterprises",
    "Pharmic Enterprises",
    "Sector 7 Recruiting",
    "Sector 10 Recruiting",
    "As-Samad Enterprise",
    "Khalid Overseas Employment Promoters",
    "Kaling",
    "Kaling Islamia Overseas",
    "GM International",
    "Gulf Jobs Bureau",
    "Zeeshan Line Recruiting Agency",
    "Phool Nagar Travels",
    "Shaheen Brothers Overseas",
    "Shaheen International Overseas Employment Promoters",
)
INDEX = NameIndex((f"{at:04}/LHR", name) for at, name in enumerate(NAMES))


def found(query: str) -> list[str]:
    return [hit.name for hit in INDEX.find(query)]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("النور انٹرنیشنل", "Al-Noor International"),
        ("النور", "Al-Noor International"),
        ("alnur intl", "Al-Noor International"),
        ("نور انٹرپرائزز", "Noor Enterprises"),
        ("الرحمٰن مین پاور سروسز", "Al-Rahman Manpower Services"),
        ("ar-rehman man power", "Al-Rahman Manpower Services"),
        ("عبدالرحمن اینڈ سنز", "Abdur Rahman & Sons"),
        ("abdul rehman and sons", "Abdur Rahman & Sons"),
        ("پرواز", "Parwaz Manpower"),
        ("parvaaz man power", "Parwaz Manpower"),
        ("چراغ ٹریولز", "Chiragh Travels"),
        ("chirag travel n tours", "Chiragh Travel & Tours"),
        ("مهران جان ايند كمبنى", "Mehran Jan & Company (Pvt) Ltd"),
        ("اے سی وی انٹرنیشنل", "A.C.V. International"),
        ("acv", "A.C.V. International"),
        ("جی ایم انٹرنیشنل", "GM International"),
        ("سیکٹر ۷", "Sector 7 Recruiting"),
        ("sector 10", "Sector 10 Recruiting"),
        ("الصمت انٹرپرائز", "As-Samad Enterprise"),
        ("العصمت انٹرپرائز", "As-Samad Enterprise"),
        ("خالد اوورسیز ایمپلائمنٹ پروموٹرز", "Khalid Overseas Employment Promoters"),
        ("khaled overseez", "Khalid Overseas Employment Promoters"),
        ("گلف جابز بیورو", "Gulf Jobs Bureau"),
        ("ذیشان لائن", "Zeeshan Line Recruiting Agency"),
        ("پھول نگر", "Phool Nagar Travels"),
        ("پهول نگر", "Phool Nagar Travels"),
        ("شاہین برادرز", "Shaheen Brothers Overseas"),
        ("islamia kaling", "Kaling Islamia Overseas"),
        ("noor international lahore ka licence sahi hai kya", "Al-Noor International"),
    ],
)
def test_the_name_meant_comes_first(query: str, name: str) -> None:
    assert found(query)[0] == name
    assert not any(hit.exact for hit in INDEX.find(query))


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("AL NOOR INTERNATIONAL", "Al-Noor International"),
        ("alnoor international.", "Al-Noor International"),
        ("Abdur Rahman and Sons", "Abdur Rahman & Sons"),
        ("mehran jan & company", "Mehran Jan & Company (Pvt) Ltd"),
        ("Mehran Jan and Company Private Limited", "Mehran Jan & Company (Pvt) Ltd"),
        ("chiragh travels (pvt.) ltd.", "Chiragh Travels"),
        ("ACV International", "A.C.V. International"),
        ("sector ۷ recruiting", "Sector 7 Recruiting"),
        ("kaling", "Kaling"),
        ("g. m. international", "GM International"),
    ],
)
def test_the_very_name_is_exact_and_first(query: str, name: str) -> None:
    best = INDEX.find(query)[0]
    assert (best.name, best.exact, best.score) == (name, True, 1.0)


def test_two_rows_of_one_name_are_both_exact() -> None:
    hits = INDEX.find("Talagang International")
    assert [(hit.id, hit.exact) for hit in hits[:2]] == [("0010/LHR", True), ("0011/LHR", True)]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Noor International", "Al-Noor International"),
        ("Chiragh Travel", "Chiragh Travel & Tours"),
        ("Parwaz Man Power Services", "Parwaz Manpower"),
        ("Kaling Islamia", "Kaling Islamia Overseas"),
        ("Al Noor Internationl", "Al-Noor International"),
        ("پرواز مین پاور", "Parwaz Manpower"),
    ],
)
def test_a_name_that_lacks_or_adds_a_word_or_a_letter_is_never_exact(query: str, name: str) -> None:
    hits = INDEX.find(query)
    assert hits[0].name == name
    assert not any(hit.exact for hit in hits)
    assert all(hit.score < 1 for hit in hits)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "  ",
        "😀",
        "۔",
        "2567",
        "hello how are you",
        "Bukhari Overseas",
        "سیون سٹار ٹریولز",
        "international",
        "x" * 400,
    ],
)
def test_what_is_like_no_name_finds_none(query: str) -> None:
    assert found(query) == []


def test_a_number_in_a_name_must_be_the_same_number() -> None:
    assert found("sector 9 recruiting") == []
    assert found("sector 10 recruiting")[0] == "Sector 10 Recruiting"


def test_near_names_stand_beside_each_other_and_the_nearer_first() -> None:
    assert found("حرمین انٹرپرائزز") == ["Harmain Enterprises", "Pharmic Enterprises"]
    assert found("شاہین اوورسیز")[0] == "Shaheen Brothers Overseas"
    assert "Shaheen International Overseas Employment Promoters" in found("شاہین اوورسیز")


def test_at_most_limit_rows_are_given() -> None:
    assert len(INDEX.find("shaheen overseas", 1)) == 1
    assert len(INDEX.find("Talagang International", 1)) == 1


def test_an_empty_register_knows_nobody() -> None:
    assert NameIndex(()).find("Al-Noor International") == ()
    assert len(NameIndex(())) == 0


def test_a_name_kept_in_urdu_is_found_in_either_script() -> None:
    index = NameIndex([("1", "نور انٹرنیشنل"), ("2", "Parwaz Manpower")])
    assert index.find("نور انٹرنیشنل")[0].exact
    assert [hit.id for hit in index.find("noor")] == ["1"]


def test_words_of_a_name_are_written_out_and_initials_joined() -> None:
    assert name_words("A. C. V. Intl & Bros.") == ("acv", "international", "and", "brothers")
    assert name_words("Parwaz Man Power") == ("parwaz", "manpower")


@pytest.mark.parametrize("name", ["Ltd", "(Pvt) Ltd.", "Limited"])
def test_a_name_that_is_only_a_suffix_keeps_a_word(name: str) -> None:
    assert whole(name) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("AAA Enterprises", "AAAA Enterprises"), ("L1nk Travels", "Link Travels"), ("Ali Sons", "Ali & Sons")],
)
def test_another_letter_or_digit_is_another_whole_name(one: str, other: str) -> None:
    assert whole(one) != whole(other)


WORDS = st.sampled_from(
    ["Noor", "Al-Noor", "Khan", "خان", "&", "Sons", "7", "Intl", "A.", "B.", "Pvt", "Ltd", "Nur", "é"]
)
REGISTER = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), max_size=6)


@given(REGISTER, st.one_of(st.lists(WORDS, max_size=6).map(" ".join), st.text(max_size=40)), st.integers(1, 4))
def test_every_answer_keeps_the_promises_of_a_hit(register: list[str], query: str, limit: int) -> None:
    hits = NameIndex((str(at), name) for at, name in enumerate(register)).find(query, limit)
    assert len(hits) <= limit
    assert len({hit.id for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert hit.name == register[int(hit.id)]
        assert 0 <= hit.score <= 1
        assert hit.exact == (whole(query) == whole(hit.name) != "")
    same = [str(at) for at, name in enumerate(register) if whole(name) == whole(query) != ""]
    assert [hit.id for hit in hits if hit.exact] == same[:limit]
