"""Commands of staff on a machine where something was not set up: one line that says what to do, and no stack trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli import hotline
from hotline.errors import HotlineError, Refused, SettingError
from hotline.sealing import Vault


@pytest.mark.parametrize(
    "command",
    [
        "alerts list",
        "alerts show 123456",
        "cases list",
        "cases show 4821935 --reason ring",
        "cases close 4821935",
        "unread",
        "numbers",
        "keys status",
        "people preview +923001234567",
        "staff list",
        "broadcast list",
        "backup make FILE",
    ],
)
def test_before_migrate_every_command_says_that_the_tables_are_missing(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    monkeypatch.setenv("DATA_KEYS", Vault.new_key())
    typed = command.replace("FILE", str(tmp_path / "a.backup")).split()
    found = CliRunner().invoke(hotline, [*typed, "--dir", str(tmp_path / "var")])
    assert isinstance(found.exception, Refused), found.output
    assert "run `hotline migrate` first" in str(found.exception)


@pytest.mark.parametrize("command", ["work", "clock"])
def test_what_needs_redis_and_has_none_says_so(
    command: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("REDIS_URL", "")
    found = CliRunner().invoke(hotline, [command, "--dir", str(tmp_path / "var")])
    assert isinstance(found.exception, SettingError), found.output
    assert "REDIS_URL is not set" in str(found.exception)


@pytest.mark.parametrize("command", ["work", "clock", "serve", "doctor"])
def test_an_address_that_is_no_redis_is_told_with_an_example(
    command: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("REDIS_URL", "127.0.0.1:6379")
    found = CliRunner().invoke(hotline, [command, "--dir", str(tmp_path / "var")])
    assert isinstance(found.exception, HotlineError), found.output
    assert "such as redis://127.0.0.1:6379/0" in str(found.exception)


@pytest.mark.parametrize("named", [False, True])
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_published(
    named: bool, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a database of its own the folder takes the rows with faults only."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url if named else "")
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    head = "Licence No,Proprietor Name,Licence Title,Status,Expiry Date,Head Office"
    rows = [f"{serial:04d}/LHR,Khalid,Agency {serial},Active,2030-01-01,Lahore" for serial in range(1, 200)]
    path = tmp_path / "list.csv"
    path.write_text("\n".join((head, *rows, "0999/LHR,Khalid,Agency,Active,soon,Lahore")), encoding="utf-8")
    typed = ["agencies", "import", str(path), "--list-date", "2026-11-01", "--yes", "--dir", str(blocked / "var")]
    found = CliRunner().invoke(hotline, typed)
    assert isinstance(found.exception, SettingError), found.output
    assert "name a folder this user may write to" in str(found.exception).casefold()
    assert "Published" not in found.output
