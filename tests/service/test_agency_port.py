"""What a question names: an agency, nobody, or a number that is no licence's; and no yes for a name like another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from hotline.domain.agency import Agency, Licence, Status
from hotline.flow.book import Book
from hotline.flow.model import Channel
from hotline.flow.turn import Found
from hotline.making import counted
from hotline.service.agencies import Listed
from hotline.service.ports.agency import AgencyPort, Match
from hotline.service.ports.base import Asker
from hotline.store.agencies import Lookup, RegisterList

NOW = datetime(2026, 8, 25, 11, tzinfo=ZoneInfo("Asia/Karachi"))
LIST = RegisterList(1, date(2026, 8, 20), True, 6, "x.csv", "", NOW)
NAMES = {
    "4859/LHR": "Chiragh Travels",
    "4859/MLK": "Parwaz Manpower Recruiters",
    "2567/RWP": "Sehrtara Overseas Employment Promoters",
    "0786/LHR": "Zubaida Overseas Employment",
    "0012/KAR": "Salam International",
    "0100/SKT": "Al Noor 786 Manpower",
}
VERDICTS = {"valid", "cautioned", "barred", "stale", "unknown", "unknown_number", "no_list"}
quickly = hypothesis(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Rows:
    """A register of a few agencies, all of them licensed."""

    def __init__(self) -> None:
        licences = [Licence.parse(own) for own in NAMES]
        self.agencies = {
            licence: Agency(licence, NAMES[str(licence)], Status.ACTIVE, date(2027, 1, 1)) for licence in licences
        }
        self.listed = Listed(LIST, tuple(self.agencies.values()))

    def look_up(self, find: Callable[[Listed], Match]) -> tuple[Match, Lookup]:
        found = find(self.listed)
        return found, Lookup(LIST, found.agencies, ())

    def in_force(self) -> Listed:
        return self.listed


@pytest.fixture
def port(book: Book) -> AgencyPort:
    return AgencyPort(Rows(), book.vocabulary.idle, counted(book))


def ask(port: AgencyPort, query: str) -> Found:
    asker = Asker("+923001234567", b"", "en", Channel.SMS, "lahore", "t", NOW)
    return port(asker, (query,)).found


NOBODY = """
check karna hai|karni hai|ka licence check karna hai bhai|number|licence number|ne paise le liye|menu|karwana he
overseas|international|international manpower|travels|promoters|dekhni hai|chahiye|check karo plz|ka number chahiye
ne 12 lakh mange hain|ne 100 riyal liye|ko 12 lakh 50 hazar diye|12,00,000 maang rahe hain|wale 50000 maang rahe hain
ne 12 mahine se paise nahi diye|rs. 4859|۱۲ لاکھ مانگ رہی ہے|lahore
walay ne mera passport rakh liya hai|what is the licence number please
کرنا ہے|چیک کرنا ہے|دا لسنس ویکھنا اے|کی تصدیق کرنی ہے|نمبر|کراچی
"""


@pytest.mark.parametrize("query", [query for line in NOBODY.split("\n") for query in line.split("|") if query])
def test_a_question_that_names_nobody_gets_no_verdict(port: AgencyPort, query: str) -> None:
    assert ask(port, query).outcome == "unnamed"


@pytest.mark.parametrize(
    "query", ["35202-1234567-1", "03001234567", "0000", "CNIC 35202-1234567-1", "923001234567", "123456"]
)
def test_a_number_that_is_no_licence_is_called_so(port: AgencyPort, query: str) -> None:
    assert ask(port, query).outcome == "no_licence"


@pytest.mark.parametrize("query", ["4859/RWP", "4859 rawalpindi", "MPD/4859/KAR"])
def test_a_number_in_another_region_is_asked_about(port: AgencyPort, query: str) -> None:
    found = ask(port, query)
    assert found.outcome == "several"
    assert [row.fields["agency.licence"] for row in found.rows] == ["4859/LHR", "4859/MLK"]


def test_one_row_of_another_region_is_asked_about_too(port: AgencyPort) -> None:
    assert ask(port, "2567/LHR").outcome == "several"


def test_a_number_no_region_has_is_said_with_its_region(port: AgencyPort) -> None:
    assert ask(port, "1234/RWP").fields["asked"] == "1234/RWP"
    assert ask(port, "1234").fields["asked"] == "1234"


def test_joining_words_are_no_name_beside_a_number(port: AgencyPort) -> None:
    found = ask(port, "2567 aur 1234 dono")
    assert (found.outcome, found.fields["agency.licence"]) == ("valid", "2567/RWP")


@pytest.mark.parametrize(
    "query",
    [
        "chiragh travels ka licence check karna hai",
        "چراغ ٹریولز کیہو جہی ایجنسی اے",
        "bhai chiragh travels kaisi hai",
        "salam travels",
    ],
)
def test_a_name_in_a_sentence_is_found_and_asked_about(port: AgencyPort, query: str) -> None:
    assert ask(port, query).outcome == "several"


def test_a_registered_name_made_of_small_words_is_found(port: AgencyPort) -> None:
    assert ask(port, "Salam International").outcome == "valid"
    assert ask(port, "Al Noor 786 Manpower").fields["agency.licence"] == "0100/SKT"


@pytest.mark.parametrize("query", ["Zarghoon Manpower", "Falak Sher", "ظہیر مین پاور"])
def test_a_name_the_list_does_not_have_is_not_in_our_list(port: AgencyPort, query: str) -> None:
    assert ask(port, query).outcome == "unknown"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Chirag travel", "chirag travel"),
        ("چراغ ٹریولز کیہو جہی ایجنسی اے", "چراغ ٹریولز"),
        ("Parwaz Manpower Lahore", "parwaz manpower"),
        ("us ne mere paise wapas nahi kiye", ""),
        ("travel", ""),
        ("overseas employment promoters", ""),
        ("kal bazar band tha", ""),
    ],
)
def test_a_text_names_an_agency_only_where_nothing_else_is_meant(port: AgencyPort, text: str, words: str) -> None:
    assert port.named_in(text) == words


@quickly
@given(data=st.data())
def test_words_that_name_nobody_never_get_a_verdict(port: AgencyPort, data: st.DataObject) -> None:
    words = data.draw(st.lists(st.sampled_from(sorted(port.idle)), min_size=1, max_size=8))
    assert ask(port, " ".join(words)).outcome not in VERDICTS


@quickly
@given(data=st.data())
def test_words_around_a_name_never_harvest_a_yes(port: AgencyPort, data: st.DataObject) -> None:
    words = st.lists(st.sampled_from(sorted(port.idle - {"al", "and", "aur"})), max_size=4)
    before, after = data.draw(words), data.draw(words)
    name = data.draw(st.sampled_from(["Chiragh Travels", "Parwaz Manpower Recruiters"]))
    found = ask(port, " ".join([*before, name, *after]))
    assert found.outcome != "valid" or not (before or after)


@pytest.mark.parametrize(
    "query",
    [
        "12 lakh mang rahi hai no 4859/LHR",
        "4859/LHR 12 lakh mang rahi hai",
        "4859/LHR Rs 5000",
        "12 lakh, 4859/lhr",
    ],
)
def test_a_number_beside_a_sum_is_looked_up_and_the_sum_is_not(port: AgencyPort, query: str) -> None:
    assert ask(port, query).fields["agency.licence"] == "4859/LHR"


@pytest.mark.parametrize("query", ["786 k bare mein batao", "0786 k", "786", "0100 k"])
def test_a_lone_letter_behind_a_number_makes_no_sum_of_it(port: AgencyPort, query: str) -> None:
    assert ask(port, query).outcome != "unnamed"
