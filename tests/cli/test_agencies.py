"""`hotline agencies` as staff use it: in a process of its own, with nothing in the environment but a database."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine

from hotline.cli.agencies import today
from hotline.errors import StoreDown
from hotline.store import agencies
from hotline.store.database import Database, is_empty

ROOT = Path(__file__).parents[2]
HEADER = ["Licence No", "Proprietor Name", "Licence Title", "Status", "Expiry Date", "Head Office", "Branch Office(s)"]
LIST_DATE = str(today() - timedelta(days=1))
YESTERDAY = str(today() - timedelta(days=2))


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, what it said, and what it complained of."""

    code: int
    said: str
    complained: str


@dataclass(frozen=True)
class Office:
    """A centre's machine: a folder, and a database where one is named."""

    folder: Path
    url: str = ""

    def run(self, *arguments: str, typed: str = "") -> Ended:
        """Run `hotline agencies …` as a person would, with `typed` on its standard input."""
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOTLINE_ENV": "production"}
        if self.url:
            environment["DATABASE_URL"] = self.url
        door = [sys.executable, "-W", "error", "-c", "from hotline.cli import main; main()", "agencies"]
        ended = subprocess.run(
            [*door, *arguments, "--dir", str(self.folder / "var")],
            input=typed,
            capture_output=True,
            text=True,
            env=environment,
            cwd=self.folder,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def import_(self, path: Path, *options: str, list_date: str = LIST_DATE, typed: str = "") -> Ended:
        """Run `hotline agencies import`."""
        return self.run("import", str(path), "--list-date", list_date, *options, typed=typed)

    def a_list(self, count: int, name: str = "list.csv", *more: list[str]) -> Path:
        """A file of `count` active licences 0001/LHR …, and some rows more."""
        path = self.folder / name
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for serial in range(1, count + 1):
                until = str(today() + timedelta(days=400))
                writer.writerow([f"{serial:04d} / LHR", "Khalid", f"Agency {serial}", "Active", until, "Lahore", ""])
            writer.writerows(more)
        return path


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_list_is_imported_on_an_empty_machine_and_shown(office: Office) -> None:
    ended = office.import_(office.a_list(3), "--yes")
    assert (ended.code, ended.complained) == (0, "")
    assert f"Published: the list of {LIST_DATE}." in ended.said
    assert "3 rows (UTF-8), compared with no list" in ended.said
    shown = office.run("show", "2")
    assert shown.code == 0
    assert shown.said.startswith(f"List of {LIST_DATE}\n0002/LHR  Agency 2: valid\n  state active")
    assert office.run("show", "0002/KAR").code == 1
    assert "0009: not in the list" in office.run("show", "0009").complained
    assert office.run("show", "Agency").code == 2


def test_the_named_database_is_used_and_only_it(database_url: str, tmp_path: Path) -> None:
    office = Office(tmp_path, database_url)
    assert office.import_(office.a_list(2), "--yes").code == 0
    database = Database.open(database_url)
    current = agencies.current(database)
    database.close()
    assert current is not None
    assert (current.rows, current.demo) == (2, False)
    assert not (tmp_path / "var" / "hotline.db").exists()


def test_a_person_at_the_terminal_agrees_or_does_not(office: Office) -> None:
    path = office.a_list(3)
    for typed in ("", "n\n", "\n"):
        ended = office.import_(path, typed=typed)
        assert ended.code == 3
        assert "Publish this list? [y/N]" in ended.complained
        assert "nobody agreed" in ended.complained
    assert office.import_(path, typed="y\n").code == 0


def test_a_bad_file_ends_with_two_and_a_refusal_with_three(office: Office) -> None:
    path = office.a_list(200)
    assert office.import_(path, "--yes").code == 0
    bad = office.folder / "bad.csv"
    bad.write_text("Name,Phone\n")
    ended = office.import_(bad, "--yes")
    assert (ended.code, ended.said) == (2, "")
    assert "row 1: the header has no column" in ended.complained
    assert office.import_(path, "--yes", list_date="last week").code == 2
    assert office.import_(office.folder / "missing.csv", "--yes").code == 2
    assert office.import_(path, "--yes", list_date=YESTERDAY).code == 3
    assert office.import_(path, "--yes", list_date=str(today() + timedelta(days=2))).code == 3
    assert office.run("undo", typed="n\n").code == 3
    assert office.run("undo", "--yes").complained == "hotline: there is no earlier list to go back to\n"


def test_much_change_needs_the_number_of_vanishing_rows(office: Office) -> None:
    assert office.import_(office.a_list(100), "--yes", list_date=YESTERDAY).code == 0
    less = office.a_list(90, "less.csv")
    for typed in ("", "11\n", "y\n"):
        ended = office.import_(less, "--yes", typed=typed)
        assert ended.code == 3, typed
        assert "gone 10: 0091/LHR" in ended.said
        assert "second person" in ended.complained
    assert office.import_(less, "--yes", typed="10\n").code == 0
    few = office.a_list(30, "few.csv")
    assert office.import_(few, "--yes", typed="60\n").code == 3
    assert office.import_(few, "--replace-all").code == 0
    asked = office.run("undo", typed="n\n")
    assert asked.code == 3
    assert f"the list of {LIST_DATE} (30 rows) back, so that the list of {LIST_DATE} (90 rows)" in asked.complained
    undone = office.run("undo", "--yes")
    assert undone.said == f"In force again: the list of {LIST_DATE}, 90 rows.\n"


def test_a_list_whose_dates_are_all_over_is_no_ordinary_change(office: Office) -> None:
    path = office.a_list(30)
    assert office.import_(path, "--yes", list_date=YESTERDAY).code == 0
    until = str(today() + timedelta(days=400))
    path.write_text(path.read_text(encoding="utf-8").replace(until, "2020-03-31"), encoding="utf-8")
    ended = office.import_(path, "--yes")
    assert ended.code == 3
    assert f"barred or licensed again by the expiry date 30: 0001/LHR: {until} -> 2020-03-31" in ended.said
    assert "a second person must" in ended.complained
    path.write_text(path.read_text(encoding="utf-8").replace("Active", "Zinda"), encoding="utf-8")
    ended = office.import_(path, "--yes")
    assert ended.code == 2
    assert "row 2: 'Zinda' is none of active" in ended.complained
    assert "Agency 2: valid" in office.run("show", "2").said


def test_a_dry_run_changes_nothing_at_all(office: Office) -> None:
    row = ["0500 / LHR", "Khalid", "Noor", "Active", "soon", "Lahore", ""]
    ended = office.import_(office.a_list(200, "list.csv", row), "--dry-run")
    assert ended.code == 0
    assert "Dry run: nothing was changed." in ended.said
    assert "list.csv.rejected.csv" in ended.said
    database = Database.open(f"sqlite:///{office.folder / 'var' / 'hotline.db'}")
    assert is_empty(database)
    database.close()
    assert list((office.folder / "var").glob("*.csv*")) == []
    published = office.import_(office.folder / "list.csv", "--yes")
    assert str(office.folder / "var" / "list.csv.rejected.csv") in published.said
    assert (office.folder / "var" / "list.csv.rejected.csv").exists()
    again = office.import_(office.folder / "list.csv", "--yes")
    assert (again.code, "in force already" in again.said) == (0, True)


def test_a_notice_makes_a_caution_until_it_is_closed(office: Office) -> None:
    assert office.import_(office.a_list(3), "--yes").code == 0
    kept = office.run("notice", "0002/LHR", "--title", "Show cause notice", "--since", "2026-11-01")
    assert kept.said == "0002/LHR: kept. From now on the answer is a caution.\n"
    assert "Agency 2: cautioned" in office.run("show", "2").said
    assert "notice since 2026-11-01: Show cause notice" in office.run("show", "2").said
    assert office.run("notice", "2", "--close").said == "0002/LHR: 1 closed.\n"
    assert "Agency 2: valid" in office.run("show", "2").said
    assert office.run("notice", "2", "--close").code == 1
    assert office.run("notice", "2", "--title", "Show cause notice").code == 2
    assert office.run("notice", "2", "--close", "--title", "x", "--since", "2026-11-01").code == 2
    assert "which region? none in the list" in office.run("notice", "77", "--close").complained


def test_a_notice_that_would_change_no_answer_is_not_kept_as_if_it_did(office: Office) -> None:
    words = "--title", "Show cause notice", "--since"
    assert "no list was imported yet" in office.run("notice", "0002/LHR", *words, "2026-11-01").complained
    barred = ["0009 / LHR", "Khalid", "Noor", "Suspended", "2028-01-01", "Lahore", ""]
    assert office.import_(office.a_list(3, "list.csv", barred), "--yes").code == 0
    unlisted = office.run("notice", "0002/KAR", *words, "2026-11-01")
    assert (unlisted.code, unlisted.said) == (1, "")
    assert f"0002/KAR is not in the list of {LIST_DATE}; in it is 0002/LHR" in unlisted.complained
    early = office.run("notice", "0002/LHR", *words, str(today() + timedelta(days=2)))
    assert (early.code, early.said) == (3, "")
    assert "is in the future: give the day of the notice" in early.complained
    assert "Agency 2: valid" in office.run("show", "2").said
    assert "The answer is barred as before" in office.run("notice", "9", *words, "2026-11-01").said


def test_nothing_is_drawn_where_there_is_no_terminal(office: Office) -> None:
    ended = office.import_(office.a_list(1500), "--yes")
    assert ended.complained == ""
    assert "\x1b" not in ended.said


def test_before_any_list_there_is_nothing_to_show(office: Office) -> None:
    ended = office.run("show", "4859")
    assert (ended.code, ended.complained) == (1, "hotline: no list was imported yet\n")


def test_a_database_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    office = Office(tmp_path, "postgres://nobody@127.0.0.1:1/none")
    ended = office.import_(office.a_list(1), "--yes")
    assert ended.code == 1
    assert ended.complained.startswith("hotline: ")
    assert "Traceback" not in ended.complained
    assert StoreDown.retry


@time_machine.travel("2026-11-21T19:30:00+00:00", tick=False)
def test_today_is_the_day_in_karachi() -> None:
    assert today() == date(2026, 11, 22)
