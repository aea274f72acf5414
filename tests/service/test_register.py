"""Importing a list: what is read of a row, what is refused, what a second person must say, and what is left behind."""

from __future__ import annotations

import csv
import tracemalloc
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.agency import Agency, Licence, Status
from hotline.errors import BadFile, Refused
from hotline.pocket import agencies as demo
from hotline.service.register import Ending, Order, Outcome, import_list, needs_second_person
from hotline.service.register_reading import RawRow
from hotline.service.register_rows import NO_LICENCE, read_date, read_row
from hotline.service.register_survey import Preview
from hotline.service.spreadsheet import harmless
from hotline.store import agencies
from hotline.store.database import Database
from hotline.text.clipname import Voices

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
HEADER = ("Licence No", "Proprietor Name", "Licence Title", "Status", "Expiry Date", "Head Office", "Branch Office(s)")
Cells = tuple[str, ...]


@dataclass
class Person:
    """Somebody at the keyboard: agrees or not, types a number or nothing, and remembers what was shown."""

    agrees: bool = False
    types: int | None = None
    shown: list[Preview] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)

    def read(self, done: int, size: int) -> None:
        self.progress.append((done, size))

    def show(self, preview: Preview) -> None:
        self.shown.append(preview)

    def agree(self) -> bool:
        self.asked.append("agree")
        return self.agrees

    def vanishing(self) -> int | None:
        self.asked.append("vanishing")
        return self.types


def cells(serial: int, status: str = "Active", **changed: str) -> Cells:
    row = {
        "licence": f"{serial:04d}  / LHR",
        "proprietor": "Khalid",
        "title": f"Agency {serial}",
        "status": status,
        "expiry": "31-03-2027",
        "office": "Mall Road, Lahore",
        "branch": "",
    } | changed
    return tuple(row.values())


def a_file(folder: Path, rows: Iterable[Cells], name: str = "list.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def an_order(path: Path, **changed: object) -> Order:
    order = Order(path, date(2026, 11, 20), TODAY, path.parent / "var", yes=True)
    return replace(order, **changed)  # type: ignore[arg-type]


def carry_out(database: Database, order: Order, person: Person | None = None) -> Outcome:
    return import_list(database, order, person or Person(), lambda name: Voices().stand_in("en", name), NOW)


def in_force(database: Database) -> tuple[date, int] | None:
    current = agencies.current(database)
    return (current.date, current.rows) if current else None


def rejected(folder: Path, name: str = "list.csv.rejected.csv") -> list[list[str]]:
    with (folder / "var" / name).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


# --- what a row says -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["2027-03-31", "31-03-2027", "31/03/2027", "31.3.2027", "31-Mar-2027", "31-MAR-27", "31 March 2027", "Mar 31, 2027",
     "March 31 2027", "31st March, 2027", " 31-03-2027 ", "۳۱-۰۳-۲۰۲۷", "2027-03-31 00:00:00"],
)  # fmt: skip
def test_a_day_is_read_in_every_form_seen(text: str) -> None:
    assert read_date(text) == date(2027, 3, 31)


@pytest.mark.parametrize(
    "text",
    ["", "-", "soon", "31-02-2026", "2026-13-01", "03/31/2026", "31-Mrz-2026", "31-03-26", "46112", "2026",
     "31-Ma-2026", "0000-00-00", "31-03-2026 or later", "Marching 31, 2026"],
)  # fmt: skip
def test_what_is_no_day_or_could_be_two_is_not_guessed(text: str) -> None:
    assert read_date(text) is None


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_any_day_is_read_back_from_any_form(day: date) -> None:
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[day.month - 1]
    forms = (
        day.isoformat(), f"{day:%d-%m-%Y}", f"{day:%d/%m/%Y}", f"{day.day}-{month}-{day.year}",
        f"{month} {day.day}, {day.year}",
    )  # fmt: skip
    assert {read_date(form) for form in forms} == {day}


def raw(**changed: str) -> RawRow:
    return replace(
        RawRow(2, 0, (), "0008  / RWP", "Khalid", "Chiragh Travels", "Active", "31-03-2027", "Mall Road, Taxila"),
        **changed,
    )  # type: ignore[arg-type]


def test_a_whole_row_is_an_agency_without_fault() -> None:
    read = read_row(raw())
    assert read.faults == ()
    assert read.agency == Agency(
        Licence(8, "RWP"), "Chiragh Travels", Status.ACTIVE, date(2027, 3, 31), "Taxila", "Khalid", "Mall Road, Taxila"
    )


@pytest.mark.parametrize(("text", "status"), [*((s.value.upper(), s) for s in Status), ("Cancelled ", Status.CANCELED)])
def test_the_bureaus_states_are_read_in_any_case(text: str, status: Status) -> None:
    read = read_row(raw(status=text))
    assert read.agency is not None
    assert read.agency.status is status


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"licence": ""}, NO_LICENCE),
        ({"licence": "n/a"}, NO_LICENCE),
        ({"licence": "0008"}, NO_LICENCE),
        ({"licence": "35202-1234567-1"}, NO_LICENCE),
        ({"title": "", "proprietor": " "}, "left out: neither a licence title nor a proprietor"),
    ],
)
def test_a_row_that_is_nobodys_is_left_out_with_its_reason(changed: dict[str, str], fault: str) -> None:
    read = read_row(raw(**changed))
    assert read.agency is None
    assert read.faults == (fault,)


@pytest.mark.parametrize(
    ("changed", "field_name", "fault"),
    [
        ({"status": "Blocked"}, "status", "published without its state: 'Blocked' is none of active"),
        ({"status": ""}, "status", "published without its state: an empty cell is none of active"),
        ({"expiry": "soon"}, "expiry", "published without its expiry date: 'soon' is no date"),
        ({"expiry": ""}, "expiry", "published without its expiry date: an empty cell is no date"),
        ({"expiry": "soon", "status": "Expired"}, "expiry", "published without its expiry date: 'soon'"),
    ],
)
def test_a_cell_that_cannot_be_read_is_published_as_unknown(
    changed: dict[str, str], field_name: str, fault: str
) -> None:
    read = read_row(raw(**changed))
    assert read.agency is not None
    assert getattr(read.agency, field_name) is None
    assert read.faults[0].startswith(fault)


def test_a_barred_licence_without_a_date_is_no_fault_and_a_nameless_one_bears_its_proprietors() -> None:
    assert read_row(raw(status="Surrendered", expiry="")).faults == ()
    nameless = read_row(raw(title=""))
    assert nameless.agency is not None
    assert nameless.agency.name == "Khalid"
    assert nameless.faults == ("published under the proprietor's name: no licence title",)


def test_letters_are_kept_without_what_breaks_a_text() -> None:
    read = read_row(raw(title=" =1+1\x00  \u202eAl \n Noor\u200f "))
    assert read.agency is not None
    assert read.agency.name == "=1+1 Al Noor"


# --- a whole import --------------------------------------------------------------------------------------------------


def test_a_first_list_is_published_after_somebody_agreed(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, [cells(1), cells(2, "Expired")])
    person = Person(agrees=True)
    outcome = carry_out(database, an_order(path, yes=False), person)
    assert outcome == Outcome(Ending.PUBLISHED, person.shown[0], None)
    assert person.asked == ["agree"]
    assert (person.shown[0].rows, person.shown[0].new.count, person.shown[0].encoding) == (2, 2, "UTF-8")
    found = agencies.lookup(database, 1)
    assert found.agencies[0].name == "Agency 1"
    assert found.list is not None
    assert (found.list.date, found.list.demo, found.list.file) == (date(2026, 11, 20), False, "list.csv")
    assert agencies.spoken_name(database, Voices().stand_in("en", "Agency 1")) == "Agency 1"
    assert person.progress[-1] == (path.stat().st_size, path.stat().st_size)
    assert not (tmp_path / "var").exists()


def test_nobody_agreeing_is_a_refusal(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, [cells(1)])
    with pytest.raises(Refused, match="nobody agreed"):
        carry_out(database, an_order(path, yes=False))
    assert in_force(database) is None


def test_a_dry_run_shows_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, [*(cells(serial) for serial in range(1, 101)), cells(101, expiry="soon")])
    person = Person()
    outcome = carry_out(database, an_order(path, dry_run=True), person)
    assert outcome.ending is Ending.TRIED
    assert person.asked == []
    assert person.shown[0].incomplete == 1
    assert in_force(database) is None
    assert list(tmp_path.rglob("*rejected*")) == []


def test_the_same_file_with_the_same_date_is_nothing_to_do(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, [cells(1)])
    carry_out(database, an_order(path))
    before = agencies.current(database)
    person = Person()
    assert carry_out(database, an_order(path), person) == Outcome(Ending.UNCHANGED)
    assert person.shown == []
    assert agencies.current(database) == before
    newer = an_order(path, list_date=date(2026, 11, 21))
    assert carry_out(database, newer).ending is Ending.PUBLISHED
    assert in_force(database) == (date(2026, 11, 21), 1)


@pytest.mark.parametrize(("days", "allowed"), [(0, True), (1, True), (2, False), (400, False)])
def test_a_date_in_the_future_is_refused_but_for_one_day(
    sqlite_url: str, tmp_path: Path, days: int, allowed: bool
) -> None:
    database = Database.open(sqlite_url)
    order = an_order(a_file(tmp_path, [cells(1)]), list_date=TODAY + timedelta(days=days))
    if allowed:
        assert carry_out(database, order).ending is Ending.PUBLISHED
    else:
        with pytest.raises(Refused, match="in the future"):
            carry_out(database, order)
    database.close()


def test_a_list_older_than_the_one_in_force_is_refused(database: Database, tmp_path: Path) -> None:
    carry_out(database, an_order(a_file(tmp_path, [cells(1)])))
    older = an_order(a_file(tmp_path, [cells(1), cells(2)]), list_date=date(2026, 11, 19), replace_all=True)
    with pytest.raises(Refused, match="is older"):
        carry_out(database, older)
    assert in_force(database) == (date(2026, 11, 20), 1)


def test_a_demos_list_gives_way_to_any_list_but_never_takes_a_real_ones_place(
    database: Database, tmp_path: Path
) -> None:
    carry_out(database, an_order(a_file(tmp_path, [cells(n) for n in range(1, 30)]), list_date=TODAY, demo=True))
    current = agencies.current(database)
    assert current is not None
    assert current.demo
    real = an_order(a_file(tmp_path, [cells(500)]), list_date=date(2020, 1, 1))
    assert carry_out(database, real).ending is Ending.PUBLISHED
    assert in_force(database) == (date(2020, 1, 1), 1)
    with pytest.raises(Refused, match="a demo's may not replace it"):
        carry_out(database, an_order(a_file(tmp_path, [cells(2)]), demo=True))


def hundred(*, gone: int = 0, changed: int = 0, new: int = 0) -> list[Cells]:
    rows = [cells(serial) for serial in range(1, 101 - gone)]
    rows[:changed] = [cells(serial, "Suspended") for serial in range(1, changed + 1)]
    return rows + [cells(serial) for serial in range(1001, 1001 + new)]


@pytest.mark.parametrize(
    ("gone", "changed", "second"),
    [
        (0, 0, False),
        (5, 0, False),
        (0, 5, False),
        (2, 3, False),
        (6, 0, True),
        (0, 6, True),
        (3, 3, True),
        (50, 0, True),
    ],
)
def test_more_than_five_in_a_hundred_need_a_second_person(
    sqlite_url: str, tmp_path: Path, gone: int, changed: int, second: bool
) -> None:
    database = Database.open(sqlite_url)
    carry_out(database, an_order(a_file(tmp_path, hundred())))
    path = a_file(tmp_path, hundred(gone=gone, changed=changed, new=20), "next.csv")
    order = an_order(path, list_date=date(2026, 11, 21))
    if second:
        for typed in (None, gone + 1):
            with pytest.raises(Refused, match="second person"):
                carry_out(database, order, Person(agrees=True, types=typed))
        assert in_force(database) == (date(2026, 11, 20), 100)
    person = Person(types=gone)
    carry_out(database, order, person)
    assert person.asked == (["vanishing"] if second else [])
    (preview,) = person.shown
    assert (preview.gone.count, preview.state.count, preview.new.count) == (gone, changed, 20)
    assert needs_second_person(preview) is second
    assert in_force(database) == (date(2026, 11, 21), 120 - gone)
    database.close()


def test_more_than_half_vanishing_is_refused_whatever_is_typed(database: Database, tmp_path: Path) -> None:
    carry_out(database, an_order(a_file(tmp_path, hundred())))
    order = an_order(a_file(tmp_path, hundred(gone=51, new=60), "next.csv"), list_date=date(2026, 11, 21))
    for tried in (order, replace(order, dry_run=True)):
        with pytest.raises(Refused, match="51 of 100 rows would vanish"):
            carry_out(database, tried, Person(agrees=True, types=51))
    assert in_force(database) == (date(2026, 11, 20), 100)
    person = Person()
    carry_out(database, replace(order, yes=False, replace_all=True), person)
    assert person.asked == []
    assert in_force(database) == (date(2026, 11, 21), 109)


def test_the_preview_names_a_few_of_what_changes(database: Database, tmp_path: Path) -> None:
    carry_out(database, an_order(a_file(tmp_path, hundred())))
    person = Person()
    path = a_file(tmp_path, hundred(gone=7, changed=6, new=9), "next.csv")
    carry_out(database, an_order(path, list_date=date(2026, 11, 21), dry_run=True), person)
    (preview,) = person.shown
    assert preview.state.examples[0] == "0001/LHR: active -> suspended"
    assert preview.gone.examples[0] == "0094/LHR"
    assert preview.new.examples[0] == "1001/LHR"
    assert [len(tally.examples) for tally in (preview.state, preview.gone, preview.new)] == [5, 5, 5]


@pytest.mark.parametrize(
    ("changed", "kind", "example"),
    [
        ({"expiry": "31-03-2020"}, "expiry", "0001/LHR: 2027-03-31 -> 2020-03-31"),
        ({"expiry": "soon"}, "expiry", "0001/LHR: 2027-03-31 -> unreadable"),
        ({"title": "Noor Travels"}, "name", "0001/LHR: Agency 1 -> Noor Travels"),
        ({"status": "Canceled"}, "state", "0001/LHR: active -> canceled"),
    ],
)
def test_what_people_would_be_told_otherwise_is_a_change_of_state(
    database: Database, tmp_path: Path, changed: dict[str, str], kind: str, example: str
) -> None:
    carry_out(database, an_order(a_file(tmp_path, hundred())))
    for count, second in ((5, False), (6, True)):
        rows = [cells(serial, **(changed if serial <= count else {})) for serial in range(1, 101)]
        order = an_order(a_file(tmp_path, rows, f"{count}.csv"), list_date=date(2026, 11, 21), dry_run=True)
        person = Person()
        carry_out(database, order, person)
        (preview,) = person.shown
        tally = getattr(preview, kind)
        assert (tally.count, tally.examples[0], preview.otherwise) == (count, example, count)
        assert needs_second_person(preview) is second


def test_a_longer_date_or_another_spelling_is_shown_and_needs_nobody(database: Database, tmp_path: Path) -> None:
    carry_out(database, an_order(a_file(tmp_path, [*hundred(), cells(500, "Suspended")])))
    rows = [cells(serial, expiry="31-03-2029", title=f"AGENCY {serial} (Pvt.) Ltd") for serial in range(1, 101)]
    path = a_file(tmp_path, [*rows, cells(500, "Suspended", expiry="31-03-2020")], "next.csv")
    person = Person()
    carry_out(database, an_order(path, list_date=date(2026, 11, 21)), person)
    (preview,) = person.shown
    assert (preview.moved.count, preview.otherwise, preview.name.count) == (101, 0, 0)
    assert person.asked == []


def test_a_licence_that_changes_in_two_ways_counts_once(database: Database, tmp_path: Path) -> None:
    carry_out(database, an_order(a_file(tmp_path, hundred())))
    rows = [cells(serial, **({"title": "Noor", "status": "Expired"} if serial < 4 else {})) for serial in range(1, 101)]
    person = Person()
    carry_out(database, an_order(a_file(tmp_path, rows, "next.csv"), list_date=date(2026, 11, 21)), person)
    assert person.shown[0].otherwise == 3


def test_a_file_that_turns_every_answer_around_needs_a_second_person(database: Database, tmp_path: Path) -> None:
    """Every date moved into the past, no state changed: without this the whole register was barred by one person."""
    carry_out(database, an_order(a_file(tmp_path, [cells(serial, expiry="31-03-2028") for serial in range(1, 101)])))
    path = a_file(tmp_path, [cells(serial, expiry="31-03-2020") for serial in range(1, 101)], "next.csv")
    with pytest.raises(Refused, match="second person"):
        carry_out(database, an_order(path, list_date=date(2026, 11, 21)), Person(agrees=True))
    assert agencies.lookup(database, 1).agencies[0].expiry == date(2028, 3, 31)


def test_rows_with_faults_are_listed_and_none_is_lost(database: Database, tmp_path: Path) -> None:
    rows = [cells(serial) for serial in range(1, 201)]
    rows[10] = cells(11, licence="none")
    rows[20] = cells(21, "Blocked", expiry="=NOW()")
    outcome = carry_out(database, an_order(a_file(tmp_path, rows)))
    assert outcome.rejected == tmp_path / "var" / "list.csv.rejected.csv"
    assert in_force(database) == (date(2026, 11, 20), 199)
    header, left_out, unknown = rejected(tmp_path)
    assert header == ["Row", "Reason", *HEADER]
    assert left_out == ["12", NO_LICENCE, *rows[10]]
    assert unknown[0] == "22"
    assert "'Blocked'" in unknown[1]
    assert unknown[6] == "'=NOW()"
    assert agencies.lookup(database, 21).agencies[0].status is None


def test_an_earlier_file_of_rejected_rows_does_not_outlive_a_list_without_faults(
    database: Database, tmp_path: Path
) -> None:
    carry_out(database, an_order(a_file(tmp_path, [*hundred(), cells(200, expiry="soon")])))
    assert len(rejected(tmp_path)) == 2
    carry_out(database, an_order(a_file(tmp_path, hundred()), list_date=date(2026, 11, 21)))
    assert list((tmp_path / "var").iterdir()) == []


def test_a_refusal_leaves_no_file_of_rejected_rows(database: Database, tmp_path: Path) -> None:
    carry_out(database, an_order(a_file(tmp_path, hundred())))
    path = a_file(tmp_path, [*hundred(gone=60), cells(200, expiry="soon")], "next.csv")
    with pytest.raises(Refused):
        carry_out(database, an_order(path, list_date=date(2026, 11, 21)))
    assert list((tmp_path / "var").iterdir()) == []


@pytest.mark.parametrize(
    ("unreadable", "of", "fault"), [(1, 100, False), (2, 100, True), (1, 99, True), (2, 200, False)]
)
def test_more_than_one_row_in_a_hundred_without_a_number_is_a_fault_of_the_file(
    sqlite_url: str, tmp_path: Path, unreadable: int, of: int, fault: bool
) -> None:
    database = Database.open(sqlite_url)
    rows = [cells(serial) for serial in range(1, of + 1)]
    rows[3 : 3 + unreadable] = [cells(1, licence="soon")] * unreadable
    order = an_order(a_file(tmp_path, rows))
    if fault:
        with pytest.raises(BadFile, match=f"row 5: 'soon' is no licence number.* in {unreadable} of {of} rows"):
            carry_out(database, order)
        assert in_force(database) is None
    else:
        carry_out(database, order)
        assert in_force(database) == (date(2026, 11, 20), of - unreadable)
    database.close()


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"status": "Zinda"}, "row 2: 'Zinda' is none of active, .* in 6 of 10 rows: check the column Status"),
        ({"status": ""}, "row 2: an empty cell is none of active, .* check the column Status"),
        ({"expiry": "46112"}, "row 2: '46112' is no date, and so it is in 6 of 10 rows: check the column Expiry Date"),
    ],
)
def test_a_file_most_of_whose_states_or_dates_cannot_be_read_is_a_bad_file(
    sqlite_url: str, tmp_path: Path, changed: dict[str, str], fault: str
) -> None:
    database = Database.open(sqlite_url)
    for count, bad in ((6, True), (5, False)):
        rows = [cells(serial, **(changed if serial <= count else {})) for serial in range(1, 11)]
        order = an_order(a_file(tmp_path, rows))
        if bad:
            with pytest.raises(BadFile, match=fault):
                carry_out(database, order)
            assert in_force(database) is None
        else:
            assert carry_out(database, order).ending is Ending.PUBLISHED
    database.close()


def test_a_barred_licence_needs_no_date_so_a_list_of_them_is_no_bad_file(sqlite_url: str, tmp_path: Path) -> None:
    database = Database.open(sqlite_url)
    rows = [cells(serial, "Surrendered", expiry="") for serial in range(1, 10)]
    assert carry_out(database, an_order(a_file(tmp_path, [*rows, cells(10)]))).ending is Ending.PUBLISHED
    few = [*rows, cells(10, expiry="soon"), cells(11, expiry="soon"), cells(12)]
    with pytest.raises(BadFile, match="'soon' is no date, and so it is in 2 of 3 rows"):
        carry_out(database, an_order(a_file(tmp_path, few, "few.csv"), list_date=TODAY))
    database.close()


def test_an_identical_row_counts_once_and_a_contradiction_is_a_fault(database: Database, tmp_path: Path) -> None:
    carry_out(database, an_order(a_file(tmp_path, [cells(1), cells(2), cells(1, title=" Agency  1 ")])))
    assert in_force(database) == (date(2026, 11, 20), 2)
    path = a_file(tmp_path, [cells(1), cells(2), cells(1, "Suspended")], "next.csv")
    with pytest.raises(BadFile, match="row 4: licence 0001/LHR stands in row 2 too"):
        carry_out(database, an_order(path, list_date=date(2026, 11, 21)))
    assert in_force(database) == (date(2026, 11, 20), 2)


def test_one_number_in_two_regions_is_two_licences(database: Database, tmp_path: Path) -> None:
    carry_out(database, an_order(a_file(tmp_path, [cells(1), cells(1, licence="OP&HRD/0001/MLK/2023")])))
    assert [str(row.licence) for row in agencies.lookup(database, 1).agencies] == ["0001/LHR", "0001/MLK"]


def test_a_cut_file_leaves_the_old_list(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, hundred())
    carry_out(database, an_order(path))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFile, match="cut short"):
        carry_out(database, an_order(path, list_date=date(2026, 11, 21)))
    assert in_force(database) == (date(2026, 11, 20), 100)


def test_memory_does_not_grow_with_the_list(sqlite_url: str, tmp_path: Path) -> None:
    database = Database.open(sqlite_url)
    peaks = []
    for day, count in ((18, 300), (19, 600), (20, 2400)):
        path = a_file(tmp_path, [cells(serial, office="x" * 4000) for serial in range(1, count + 1)])
        order = an_order(path, list_date=date(2026, 11, day))
        tracemalloc.start()
        carry_out(database, order)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    database.close()
    assert path.stat().st_size > 9_000_000
    assert peaks[2] - peaks[1] < 1_500_000, "seven megabytes more to read"


# --- the demo's register, through the same door ----------------------------------------------------------------------


def test_the_demo_register_is_imported_like_any_list(sqlite_url: str, tmp_path: Path) -> None:
    database = Database.open(sqlite_url)
    path = tmp_path / "demo.csv"
    demo.write_csv(path, TODAY)
    outcome = carry_out(database, an_order(path, demo=True))
    assert outcome.preview is not None
    assert 5000 < outcome.preview.rows < 5200
    assert (outcome.preview.left_out, outcome.preview.incomplete, outcome.rejected) == (0, 0, None)
    shown = agencies.lookup(database, 4859).agencies
    assert [(row.licence, row.status) for row in shown] == [(demo.SHOWN, Status.ACTIVE)]
    assert shown[0].expiry is not None
    assert shown[0].expiry > TODAY
    two = agencies.lookup(database, demo.TWO_REGIONS).agencies
    assert [(row.licence.region, row.status, row.city) for row in two] == [
        ("LHR", Status.ACTIVE, "Lahore"),
        ("MLK", Status.EXPIRED, "Malakand"),
    ]
    for notice in demo.notices(TODAY):
        agencies.open_notice(database, notice, NOW)
        found = agencies.lookup(database, notice.licence.serial, notice.licence.region)
        assert found.agencies[0].status is Status.ACTIVE
        assert found.notices == (notice,)
    database.close()


def test_the_demo_register_is_the_same_every_time_and_as_untidy_as_the_real_one() -> None:
    rows = list(demo.rows(TODAY))
    assert rows == list(demo.rows(TODAY))
    serials = [int(row.licence[:4]) for row in rows]
    assert len(serials) - len(set(serials)) > 30, "numbers in two regions"
    active = sum(row.status == "Active" for row in rows)
    assert 0.45 < active / len(rows) < 0.6
    assert len(rows) - len({row.title for row in rows}) > 20, "names borne twice"
    assert len({row.title.casefold() for row in rows}) < len({row.title for row in rows}), "near twins"
    past = [row for row in rows if row.status == "Active" and (read_date(row.expiry) or TODAY) < TODAY]
    assert len(past) > 30, "active and yet past"
    assert {row.status.lower() for row in rows} == set(Status)


# --- files that spreadsheets open ------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"


@given(st.text(max_size=20))
def test_a_harmless_cell_is_the_same_text_at_most_behind_an_apostrophe(text: str) -> None:
    assert harmless(text) in (text, f"'{text}")
    assert not harmless(text).lstrip().startswith(("=", "+", "-", "@"))
