"""`hotline alerts` as staff use it: every line tells what they can do now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotline.cli import hotline
from hotline.domain.broadcast import Broadcast, Stage
from hotline.store import alarm
from hotline.store.alarm import Claim
from hotline.store.broadcasts import create
from hotline.store.database import Database
from tests.reaching import alert

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    def call(*arguments: str) -> Result:
        where = ["--dir", str(tmp_path / "var")]
        return CliRunner().invoke(hotline, ["alerts", *arguments, *where], catch_exceptions=True)

    return call


def drafted(database: Database, code: str, broadcast: str, text: str = "barred") -> None:
    claim = Claim(f"register:7:0008/RWP:{code}:watching", "0008/RWP", text, "register", "3 watch it", NOW)
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
