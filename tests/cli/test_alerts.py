"""`hotline alerts` as staff use it: every line tells what they can do now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from hotline.cli import hotline
from hotline.domain.broadcast import Broadcast, Stage
from hotline.errors import Refused
from hotline.making import make_reach
from hotline.service.broadcast import Broadcasts
from hotline.settings import ROOT, load_settings
from hotline.store import alarm
from hotline.store.alarm import Claim
from hotline.store.broadcasts import create, held, in_stages
from hotline.store.database import Database
from hotline.store.reach import alarms
from tests.reaching import alert, enrol

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    def call(*arguments: str, typed: str = "") -> Result:
        where = ["--dir", str(tmp_path / "var")]
        return CliRunner().invoke(hotline, ["alerts", *arguments, *where], input=typed, catch_exceptions=True)

    return call


def drafted(
    database: Database, code: str, broadcast: str, text: str = "barred", *, to: str = "watching", at: datetime = NOW
) -> None:
    subject = f"{int(code) % 9999:04d}/RWP"
    once = f"register:2026-11-20:7:{subject}:barred:cancelled{code}:{to}"
    claim = Claim(once, subject, text, "register", "3 watch it", at)
    assert alarm.claim(database, claim, iter([code]), timedelta(minutes=10)) == code
    alarm.set_drafted(database, claim.once, broadcast)


@pytest.mark.parametrize(
    ("stage", "then"),
    [
        (Stage.DRAFT, "submit it: `hotline broadcast submit one`. Then two people approve it."),
        (Stage.SUBMITTED, "Two people must agree: `hotline broadcast approve one`."),
        (Stage.CANCELLED, "It was given up, or withdrawn."),
        (Stage.RUNNING, "It is running: `hotline broadcast show one`."),
    ],
)
def test_what_is_to_be_done_fits_where_the_draft_stands(
    run: Run, sqlite_database: Database, stage: Stage, then: str
) -> None:
    create(sqlite_database, Broadcast("one", alert(), made_at=NOW, moved_at=NOW, stage=stage, code="123456"))
    drafted(sqlite_database, "123456", "one")
    shown = run("show", "123456").output
    assert then in shown
    assert "To: topic alerts, details lahore" in shown
    assert "A day of free advice" in shown


def test_a_name_no_list_has_is_read_by_staff_and_put_away(run: Run, sqlite_database: Database) -> None:
    drafted(sqlite_database, "123456", "none", "unlisted")
    assert "for you" in run("list").output
    shown = run("show", "123456").output
    assert "being drafted" not in shown
    assert "No list has this name" in shown
    assert run("done", "123456").output == "123456 is put away. New reports about it make a new one.\n"
    assert "Nothing waits for approval" in run("list").output
    assert "put away" in run("list", "--all").output
    assert "put it away" in run("show", "123456").output
    again = run("done", "123456")
    assert isinstance(again.exception, Exception)
    assert "only what waits for you" in str(again.exception)


def test_what_is_not_made_yet_is_waited_for(run: Run, sqlite_database: Database) -> None:
    drafted(sqlite_database, "123456", "")
    assert "being drafted" in run("list").output
    assert "look again in a minute" in run("show", "123456").output
    assert "no alert was drafted" in str(run("show", "654321").exception)


def many_barred(database: Database, count: int) -> None:
    """A list that bars so many agencies: a draft for who watches each, and one for the district."""
    for number in range(count):
        for start, to in ((100000, "watching"), (200000, "district")):
            code, id = str(start + number), f"{to}{number}"
            create(database, Broadcast(id, alert(), made_at=NOW, moved_at=NOW, stage=Stage.DRAFT, code=code))
            drafted(database, code, id, to=to)


def test_what_waits_is_not_hidden_by_newer_ones_however_many(run: Run, sqlite_database: Database) -> None:
    """The list once read the newest fifty, and said that nothing waits when these were decided."""
    drafted(sqlite_database, "123456", "none", "unlisted", at=NOW - timedelta(days=1))
    many_barred(sqlite_database, 30)
    assert "123456" in run("list").output
    assert "No list has this name" in run("show", "123456").output
    for one in in_stages(sqlite_database):
        Broadcasts(make_reach(load_settings({}, ROOT), sqlite_database)).cancel(one.id, "terminal", NOW)
    assert "123456" in run("list").output
    assert run("done", "123456").exit_code == 0
    assert "Nothing waits for approval" in run("list").output


def test_a_list_that_bars_many_is_read_in_two_lines(run: Run, sqlite_database: Database) -> None:
    many_barred(sqlite_database, 30)
    shown = run("list").output
    assert len(shown.splitlines()) == 5
    assert "30 x draft  barred (watching), list of 2026-11-20: " in shown
    assert "60 wait." in shown
    assert "give all up: `hotline alerts done --list 2026-11-20 --to district`" in shown
    each = run("list", "--list", "2026-11-20", "--to", "district").output
    assert len(each.splitlines()) == 61
    assert "(watching)" not in each
    assert "None of these waits" in run("list", "--list", "2026-11-21").output


def test_many_drafts_are_given_up_at_once_by_who_says_that_nobody_is_warned(
    run: Run, sqlite_database: Database
) -> None:
    many_barred(sqlite_database, 30)
    district = ("done", "--list", "2026-11-20", "--to", "district")
    refused = run(*district, typed="n\n")
    assert "30 drafts are given up for good, and nobody is warned by them" in refused.output
    assert isinstance(refused.exception, Refused)
    assert len(in_stages(sqlite_database, Stage.DRAFT)) == 60
    assert "30 are put away." in run(*district, typed="y\n").output
    assert {one.id[:8] for one in in_stages(sqlite_database, Stage.DRAFT)} == {"watching"}
    assert isinstance(run(*district, "--yes").exception, Refused)
    assert "2 are put away." in run("done", "100000", "100001", "--yes").output
    assert len(in_stages(sqlite_database, Stage.DRAFT)) == 28


def test_what_was_approved_is_not_given_up_with_the_others(run: Run, sqlite_database: Database) -> None:
    many_barred(sqlite_database, 2)
    with held(sqlite_database, "watching1") as one:
        one.save(replace(one.broadcast, stage=Stage.APPROVED))
    refused = run("done", "100000", "100001", "--yes")
    assert "100001 is approved" in str(refused.exception)
    assert len(in_stages(sqlite_database, Stage.DRAFT)) == 3
    assert "3 are put away." in run("done", "--list", "2026-11-20", "--yes").output
    assert len(in_stages(sqlite_database, Stage.APPROVED)) == 1


def test_of_a_list_that_was_taken_back_nothing_is_for_staff_to_write(run: Run, sqlite_database: Database) -> None:
    """It was not drafted yet, and was then told as a name no list has."""
    drafted(sqlite_database, "123456", "")
    with sqlite_database.writing() as connection:
        taken = {"once": "undone:123456:register:2026-11-20:7:0008/RWP:barred:cancelled:watching", "broadcast": "none"}
        connection.execute(update(alarms).values(**taken))
    assert "Nothing waits" in run("list").output
    assert "taken back" in run("show", "123456").output


def test_nothing_is_put_away_without_saying_what(run: Run, sqlite_database: Database) -> None:
    assert "Name the codes, or give --list or --to" in run("done").output


def test_many_alerts_that_are_withdrawn_are_told_by_their_number(
    run: Run, sqlite_database: Database, tmp_path: Path
) -> None:
    """What is left to decide stood among a hundred lines that asked for nothing."""
    runner, dir_ = CliRunner(), ["--dir", str(tmp_path / "var")]
    for serial in range(195, 201):
        enrol(sqlite_database, 1, "watch", f"{serial:04d}/LHR")
    for count, day in ((200, "2026-11-01"), (194, "2026-11-02")):
        path = tmp_path / f"{count}.csv"
        rows = [f"{serial:04d}/LHR,Khalid,Agency {serial},Active,2030-01-01,Lahore" for serial in range(1, count + 1)]
        head = "Licence No,Proprietor Name,Licence Title,Status,Expiry Date,Head Office"
        path.write_text("\n".join((head, *rows)), encoding="utf-8")
        done = runner.invoke(hotline, ["agencies", "import", str(path), "--list-date", day, "--yes", *dir_])
    assert "Alerts drafted: 12." in done.output
    undone = runner.invoke(hotline, ["agencies", "undo", "--yes", *dir_]).output.splitlines()
    assert undone == ["In force again: the list of 2026-11-01, 200 rows.", "12 alerts: withdrawn, nothing was sent"]
    assert "Nothing waits" in run("list").output
