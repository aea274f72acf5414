"""Reports and cases as a person meets them: what is given, what is kept, and what nobody can find out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select

from hotline.domain import case_number
from hotline.domain.keeping import Kept, OpenCase
from hotline.domain.report import CaseTried, FileReport, Report
from hotline.flow.book import Book
from hotline.flow.model import Channel
from hotline.making import make_ports
from hotline.sealing import Vault
from hotline.service.agencies import Agencies
from hotline.service.ports.base import Answer, Asker, Ports
from hotline.service.ports.report import ReportPort
from hotline.settings import Settings
from hotline.store import cases, inbox, reports
from hotline.store.database import Database
from hotline.store.schema import cases as table
from tests.people_met import detail_of_case, number_of_case
from tests.theatre import NUMBER, ZONE, GivenCase, Stage, read_text

NOW = datetime(2026, 12, 1, 11, 23, 45, tzinfo=ZONE)
CASE, PIN = GivenCase("4821935", "0417", "open", date(2026, 12, 3)), "0417"
OTHER_NUMBER = "9999990"
STAGE = "list 2026-08-20\ntoday 2026-12-01\ngiven agency 0008/RWP  Chiragh Overseas Employment   valid to 2027-03-31\n"
AGENCY = ("0008/RWP", "Chiragh Overseas Employment", "agent", "250000")


class Desk:
    """The real ports over a database, and the event that keeps what they did."""

    def __init__(self, settings: Settings, book: Book, database: Database, vault: Vault) -> None:
        self.stage = Stage(book, settings, database, vault).set(read_text("reports", STAGE))
        self.database, self.vault = database, vault
        self.ports: Ports = make_ports(settings, book, database, vault, Agencies(database))
        self._events = count()

    def asker(self, number: str = NUMBER, turn: str = "", now: datetime = NOW) -> Asker:
        index = self.vault.index("number", number or f"nobody|{turn}")
        return Asker(number, index, "en", Channel.SMS, "lahore", turn or f"turn {next(self._events)}", now)

    def keep(self, answer: Answer, turn: str = "") -> Answer:
        name = turn or f"kept {next(self._events)}"
        kept = Kept("twilio", name, "sms", "lahore", b"p" * 32, b"t" * 32, NOW, b"reply", effects=answer.effects)
        inbox.keep(self.database, kept)
        return answer

    def report(self, *told: str, call: str = "yes", asker: Asker | None = None) -> Answer:
        return self.keep(self.ports["file_report"](asker or self.asker(), (*(told or AGENCY), call, PIN)))

    def ask(self, number: str, pin: str, sender: str = NUMBER, now: datetime = NOW) -> str:
        return self.keep(self.ports["case_status"](self.asker(sender, now=now), (number, pin))).found.outcome


@pytest.fixture
def desk(settings: Settings, book: Book, database: Database, vault: Vault) -> Iterator[Desk]:
    return Desk(settings, book, database, vault)


def filed(answer: Answer) -> tuple[OpenCase, FileReport]:
    case, report = answer.effects
    assert isinstance(case, OpenCase)
    assert isinstance(report, FileReport)
    return case, report


# --- a report ---


def test_a_report_opens_a_case_with_a_number_and_a_promise(desk: Desk) -> None:
    answer = desk.report()
    case, _ = filed(answer)
    fields = answer.found.fields
    assert answer.found.outcome == "filed"
    assert case_number.fits(fields["case.number"])
    assert fields["case.first"] + fields["case.middle"] + fields["case.last"] == fields["case.number"] == case.code
    assert fields["case.due"] == "2026-12-02"
    number = number_of_case(desk.vault, case)
    detail = detail_of_case(desk.vault, case)
    told = Report.read(detail)
    assert number == NUMBER
    assert (told.licence, told.name, told.paid, told.to, told.anonymous) == (*AGENCY[:2], 250000, "agent", False)
    assert desk.ask(fields["case.number"], PIN) == "open"


def test_the_same_event_again_leads_to_the_same_case(desk: Desk) -> None:
    asker = desk.asker(turn="twilio|SM1")
    first = desk.report(asker=asker)
    again = desk.report(asker=asker)
    assert first.found == again.found
    assert filed(first)[0].id == filed(again)[0].id
    assert len(cases.open_cases(desk.database)) == 1
    assert len(reports.unweighed(desk.database)) == 1


def test_a_number_that_is_taken_is_not_given_again(desk: Desk) -> None:
    asker = desk.asker(turn="twilio|SM1")
    first, _ = filed(desk.report(asker=asker))
    taken = {first.code or ""}
    port = ReportPort(desk.vault, lambda _: 24, lambda number: "another" if number in taken else "")
    for _ in range(5):
        case, _ = filed(port(asker, (*AGENCY, "yes", PIN)))
        assert case.code not in taken
        assert case_number.fits(case.code or "")
        taken.add(case.code or "")


def test_two_numbers_in_a_row_have_nothing_in_common(desk: Desk) -> None:
    given = {filed(desk.report())[0].code for _ in range(50)}
    assert len(given) == 50


def test_an_anonymous_report_keeps_nothing_that_leads_to_the_person(desk: Desk) -> None:
    asker = desk.asker(turn="twilio|SM77")
    answer = desk.report(call="no", asker=asker)
    case, report = filed(answer)
    assert answer.found.outcome == "anonymous"
    with desk.database.reading() as connection:
        (row,) = connection.execute(select(table)).all()
    assert number_of_case(desk.vault, case) == ""
    assert row.number_index not in desk.vault.indexes("number", NUMBER)
    assert row.opened_at.astimezone(ZONE).strftime("%H:%M:%S") == "12:00:00"
    assert report.at == case.opened_at
    detail = detail_of_case(desk.vault, row)
    for trace in (NUMBER, "SM77", asker.index.hex()):
        assert trace not in detail + row.id + row.once + report.agency
    assert desk.ask(case.code or "", PIN, sender="+923219999999") == "open"


def test_who_withholds_the_number_is_anonymous_whatever_they_chose(desk: Desk) -> None:
    assert desk.report(asker=desk.asker(number="", turn="call 1")).found.outcome == "anonymous"


def test_reporters_are_told_apart_by_agency_and_who_hides_counts_once(desk: Desk) -> None:
    for number in (NUMBER, NUMBER, "+923210000001"):
        desk.report(asker=desk.asker(number))
    for call in ("call 1", "call 2"):
        desk.report(asker=desk.asker("", turn=call))
    lately = reports.about(desk.database, "0008/RWP", NOW - timedelta(days=30))
    assert len(lately) == 5
    assert len({told.reporter for told in lately}) == 3
    desk.report("", "Bismillah Travels", "agent", "")
    (elsewhere,) = [told for told in reports.unweighed(desk.database) if not told.licence]
    assert elsewhere.reporter not in {told.reporter for told in lately}


def test_a_name_the_list_does_not_have_is_no_key_in_the_clear_and_the_same_however_it_is_typed(desk: Desk) -> None:
    for name in ("Bismillah  Travels", "bismillah travels", "BISMILLAH TRAVELS."):
        desk.report("", name, "agent", "")
    found = {told.agency for told in reports.unweighed(desk.database)}
    assert len(found) == 1
    assert "ismillah" not in found.pop()


@pytest.mark.parametrize(
    ("query", "outcome", "licence"),
    [
        ("0008/RWP", "found", "0008/RWP"),
        ("licence:0008/RWP", "found", "0008/RWP"),
        ("4444", "unlisted", ""),
        ("mera agent Bashir", "unlisted", ""),
        ("", "unnamed", ""),
        ("NO", "unnamed", ""),
        ("agent", "unnamed", ""),
        ("ہوا ہے میرے ساتھ", "unnamed", ""),
    ],
)
def test_whom_a_report_is_about(desk: Desk, query: str, outcome: str, licence: str) -> None:
    found = desk.ports["which_agency"](desk.asker(), (query,)).found
    assert (found.outcome, found.fields["agency.licence"]) == (outcome, licence)
    if outcome == "unlisted":
        assert found.fields["agency.name"] == query


# --- a case ---


def test_a_wrong_number_and_a_wrong_pin_have_the_same_effects_but_for_the_case(desk: Desk) -> None:
    case = desk.stage.open(CASE)
    asker = desk.asker(turn="twilio|SM1")
    pin, number = (desk.ports["case_status"](asker, args) for args in ((CASE.code, "9999"), (OTHER_NUMBER, PIN)))
    assert pin.found == number.found
    (tried,), (nowhere,) = pin.effects, number.effects
    assert isinstance(tried, CaseTried)
    assert isinstance(nowhere, CaseTried)
    assert (tried.case_id, nowhere.case_id) == (case, "")
    assert replace(tried, case_id="") == nowhere


def test_after_five_wrong_pins_the_right_one_is_wrong_for_a_day_and_staff_are_told_once(desk: Desk) -> None:
    desk.stage.open(CASE)
    for number in range(5):
        assert desk.ask(CASE.code, "9999", f"+92300000000{number}") == "wrong"
    for later in (timedelta(0), timedelta(hours=23)):
        assert desk.ask(CASE.code, PIN, "+923000000009", NOW + later) == "wrong"
    (told,) = cases.open_cases(desk.database, kind="call_back")
    number = number_of_case(desk.vault, told)
    assert number == NUMBER
    assert told.due_at > NOW
    assert desk.ask(CASE.code, PIN, "+923000000009", NOW + timedelta(hours=25)) == "open"


def test_of_an_anonymous_case_nobody_is_told_to_call(desk: Desk) -> None:
    case, _ = filed(desk.report(call="no"))
    for number in range(5):
        desk.ask(case.code or "", "9999", f"+92300000000{number}")
    assert desk.ask(case.code or "", PIN, "+923000000009") == "wrong"
    assert cases.open_cases(desk.database, kind="call_back") == ()


def test_a_right_pin_between_wrong_ones_begins_the_count_anew(desk: Desk) -> None:
    desk.stage.open(CASE)
    for number in range(8):
        assert desk.ask(CASE.code, "9999" if number % 4 else PIN, f"+92300000000{number}") != "late"
    assert desk.ask(CASE.code, PIN, "+923000000009") == "open"


def test_a_thousand_guesses_of_one_sender_disclose_nothing_and_lock_next_to_nothing(desk: Desk) -> None:
    known = [filed(desk.report(asker=desk.asker(f"+9230011{number:05d}")))[0].code or "" for number in range(60)]
    guessed = [*(case_number.with_check(f"{number:06d}") for number in range(940)), *known]
    said = {desk.ask(number, PIN, "+923009999999") for number in guessed}
    assert said == {"wrong"}
    assert len(cases.open_cases(desk.database, kind="call_back")) == 0
    assert desk.ask(known[0], PIN) == "open"


def test_who_guessed_may_ask_again_a_day_later(desk: Desk) -> None:
    desk.stage.open(CASE)
    for number in range(12):
        desk.ask(case_number.with_check(f"{number:06d}"), PIN)
    assert desk.ask(CASE.code, PIN) == "wrong"
    assert desk.ask(CASE.code, PIN, now=NOW + timedelta(hours=25)) == "open"
