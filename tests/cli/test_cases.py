"""`hotline cases`: what staff see of cases and reports, and what they change that a person then hears."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result
from sqlalchemy import update

from hotline.cli.cases import cases
from hotline.domain.keeping import Erase
from hotline.domain.report import REPORT, PaidTo, Report
from hotline.errors import NotFound, Refused
from hotline.flow.model import Channel
from hotline.sealing import Vault
from hotline.service.ports.base import Asker
from hotline.service.ports.person import open_case
from hotline.store import erasing, forgetting
from hotline.store.cases import numbered
from hotline.store.cases import open_case as keep
from hotline.store.database import Database
from hotline.store.schema import cases as cases_table

NUMBER, CODE = "+923001234567", "4821935"
KEYS = Vault.new_key()
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TOLD = Report("0008/RWP", "Chiragh\x1b[2J Travels", 250000, PaidTo.AGENT, "lahore", anonymous=False)


@pytest.fixture
def database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DATA_KEYS", KEYS)
    opened = Database.open(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """The log as it was: the runner's stderr is closed when a command is over."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def case(database: Database) -> str:
    """A report that was made yesterday."""
    return opened(database, TOLD, NUMBER)


def opened(database: Database, told: Report, number: str) -> str:
    vault = Vault.parse(KEYS)
    asker = Asker(number, b"i" * 32, "en", Channel.SMS, "lahore", "turn", datetime.now(UTC) - timedelta(days=1))
    case = replace(open_case(vault, asker, told.write(), 24), kind=REPORT, code=CODE, pin=b"p" * 32)
    with database.writing() as connection:
        keep(connection, case)
    return case.id


def run(folder: Path, *arguments: str) -> Result:
    done = CliRunner().invoke(cases, [arguments[0], "--dir", str(folder), *arguments[1:]])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_without_cases_the_list_says_so(database: Database, tmp_path: Path) -> None:
    assert "Nobody waits" in run(tmp_path, "list").output
    assert "No case of kind report is open." in run(tmp_path, "list", "--kind", "report").output


def test_the_list_masks_numbers_and_says_nothing_of_what_was_reported(case: str, tmp_path: Path) -> None:
    shown = run(tmp_path, "list").output
    assert "482 193 5" in shown
    assert "report" in shown
    assert "1 open." in shown
    assert NUMBER not in shown
    assert "Chiragh" not in shown
    assert NUMBER in run(tmp_path, "list", "--numbers").output


@pytest.mark.parametrize("named", ["482 193 5", CODE, "id"])
def test_showing_a_report_needs_a_reason_which_is_logged_without_numbers(
    case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], named: str
) -> None:
    wanted = case if named == "id" else named
    shown = run(tmp_path, "show", wanted, "--reason", "she rang from 0300 1234567").output
    assert "Chiragh [2J Travels 0008/RWP" in shown
    assert "250,000 rupees, taken or asked for by: agent" in shown
    assert NUMBER not in shown
    logged = shown + capfd.readouterr().err
    line = json.loads(next(row for row in logged.splitlines() if row.startswith("{")))
    assert (line["event"], line["case"], line["numbers"]) == ("case_shown", case, False)
    assert "she rang" in line["why"]
    assert "1234567" not in json.dumps(line)


def test_without_a_reason_nothing_is_shown(case: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="without a reason"):
        run(tmp_path, "show", case, "--reason", "  ")


def test_the_whole_number_is_shown_to_who_is_about_to_ring(case: str, tmp_path: Path) -> None:
    assert NUMBER in run(tmp_path, "show", case, "--reason", "to ring", "--numbers").output


def test_an_anonymous_report_says_that_nobody_can_be_called(database: Database, tmp_path: Path) -> None:
    opened(database, replace(TOLD, licence="", name="", paid=None, anonymous=True), "")
    shown = run(tmp_path, "show", CODE, "--reason", "new", "--numbers").output
    assert "Telephone: anonymous" in shown
    assert "About: nobody by name" in shown
    assert "Paid: not said" in shown
    assert "nobody can be called" in shown


def test_a_status_is_what_case_says_from_then_on(database: Database, case: str, tmp_path: Path) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%d")
    assert f"It was open and is now waiting, promised by {day}." in run(
        tmp_path, "status", "482 193 5", "waiting", "--by", day
    ).output.replace("\n", " ")
    found, _ = numbered(database, CODE, [b"s" * 32], datetime.now(UTC))
    assert found is not None
    assert found.said(datetime.now(UTC)) == "waiting"
    assert found.due_at.strftime("%Y-%m-%d") == day
    assert "is now closed." in run(tmp_path, "status", CODE, "closed").output
    assert "482 193 5" in run(tmp_path, "list", "--closed").output
    with pytest.raises(Refused, match="closed cannot become called"):
        run(tmp_path, "status", CODE, "called", "--by", day)


@pytest.mark.parametrize("by", [(), ("--by", "2020-01-01")])
def test_a_status_promises_a_day_to_come(case: str, tmp_path: Path, by: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="a day to come"):
        run(tmp_path, "status", CODE, "called", *by)


def test_a_case_is_closed_by_its_number(database: Database, case: str, tmp_path: Path) -> None:
    assert "Closed." in run(tmp_path, "close", "482-193-5").output
    with pytest.raises(NotFound):
        run(tmp_path, "close", CODE)
    with pytest.raises(NotFound, match="no case 1002005"):
        run(tmp_path, "show", "1002005", "--reason", "new")


def test_a_case_without_a_number_is_named_by_the_first_signs_of_its_id(
    database: Database, case: str, tmp_path: Path
) -> None:
    """Thirty-two signs had to be copied without a slip."""
    assert case in run(tmp_path, "show", case[:8], "--reason", "to ring").output
    for named in (case[:7], case[1:9]):
        with pytest.raises(NotFound, match="cases list --closed"):
            run(tmp_path, "close", named)
    assert run(tmp_path, "close", case[:8]).output == "Closed.\n"


def test_a_kind_that_is_none_is_not_told_as_empty(database: Database, case: str, tmp_path: Path) -> None:
    """Who typed `reports` read that none is open."""
    told = run(tmp_path, "list", "--kind", "reports")
    assert told.exit_code == 2
    assert "call_back" in told.output


def test_a_case_is_held_for_the_law_shown_so_and_released(
    database: Database, case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "0 under legal hold" in run(tmp_path, "list", "--held").output
    run(tmp_path, "hold", CODE, "--reason", "court order, ask +92 300 1234567")
    logged = run(tmp_path, "hold", case, "--reason", "again").output
    assert "Kept until you release it." in logged
    (line, total) = run(tmp_path, "list", "--held").output.splitlines()
    assert (case in line, "legal hold" in line, total) == (True, True, "1 under legal hold.")
    assert NUMBER not in line
    run(tmp_path, "close", case)
    assert case in run(tmp_path, "list", "--held").output, "also when it is closed"
    gone = forgetting.forget(database, datetime.now(UTC) + timedelta(days=400), UTC)
    assert gone.cases == 0
    run(tmp_path, "release", case, "--reason", "the court is done")
    assert "0 under legal hold" in run(tmp_path, "list", "--held").output
    assert forgetting.forget(database, datetime.now(UTC) + timedelta(days=400), UTC).cases == 1
    with pytest.raises(NotFound, match="nothing is left"):
        run(tmp_path, "hold", case, "--reason", "too late")
    with pytest.raises(Refused):
        run(tmp_path, "hold", case, "--reason", " ")


def test_who_held_a_case_and_why_is_logged_without_a_number(database: Database, case: str, tmp_path: Path) -> None:
    done = run(tmp_path, "hold", case, "--reason", "court order, ask +92 300 1234567")
    (entry,) = [json.loads(line) for line in (done.output + done.stderr).splitlines() if line.startswith("{")][:1]
    assert (entry["event"], entry["case"]) == ("case_held", case)
    assert "1234567" not in done.output + done.stderr


def test_a_held_case_whose_person_was_erased_is_shown_and_can_only_be_closed(
    database: Database, case: str, tmp_path: Path
) -> None:
    run(tmp_path, "hold", case, "--reason", "court order")
    with database.writing() as connection:
        connection.execute(update(cases_table).values(status="erased", number_sealed=b"", pin=None))
    assert "(erased)" in run(tmp_path, "list", "--held").output
    with pytest.raises(Refused, match="can only be closed"):
        run(tmp_path, "status", case, "closed")
    run(tmp_path, "close", case)
    assert case in run(tmp_path, "list", "--held").output
    assert case not in run(tmp_path, "list").output


@pytest.mark.parametrize("named", ["number", "id"])
def test_of_an_erased_case_it_is_said_that_nothing_is_kept(
    database: Database, case: str, tmp_path: Path, named: str
) -> None:
    shown, wish = CODE if named == "number" else case, erasing.Erasure("e1", b"i" * 32, NOW, NOW, ())
    with database.writing() as connection:
        erasing.ask(connection, Erase(wish.id, wish.number_index, NOW))
    erasing.erase(database, wish, erasing.Traces((b"i" * 32,), ()), [], NOW)
    said = f"erased on {NOW:%Y-%m-%d}: nothing is kept"
    assert run(tmp_path, "show", shown, "--reason", "asked").output.splitlines()[-1] == said
    with pytest.raises(Refused, match=said):
        run(tmp_path, "status", shown, "called", "--by", "2099-01-01")
    assert "(erased)" in run(tmp_path, "list", "--closed").output


def test_of_a_case_whose_time_is_over_it_is_said_that_nothing_is_kept(
    database: Database, case: str, tmp_path: Path
) -> None:
    run(tmp_path, "close", CODE)
    forgetting.forget(database, datetime.now(UTC) + timedelta(days=400), UTC)
    last = run(tmp_path, "show", CODE, "--reason", "asked").output.splitlines()[-1]
    assert last.startswith("closed on ")
    assert last.endswith(": nothing is kept")
