"""`hotline try`: the real flows in a terminal; nothing is kept and nobody is rung."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli.trying import try_
from hotline.store.database import Database
from hotline.store.schema import metadata
from tests.web.running import publish_rows

Type = Callable[..., str]


@pytest.fixture
def typed(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """What is shown to who types these lines and then Ctrl-D."""
    database = Database.open(sqlite_url)
    publish_rows(database)
    database.close()
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.delenv("HOTLINE_ENV", raising=False)

    def show(*lines: str, options: tuple[str, ...] = ()) -> str:
        done = CliRunner().invoke(
            try_, ["--dir", str(tmp_path / "var"), *options], input="".join(f"{line}\n" for line in lines)
        )
        assert (done.exit_code, done.exception) == (0, None)
        return done.output

    return show


def test_a_text_is_answered_with_the_parts_it_takes(typed: Type) -> None:
    shown = typed("CHECK 4859", "1", "1111")
    assert "Chiragh Overseas Employment" in shown
    assert "Which agency?" in shown
    assert "DO NOT PAY" in shown
    assert shown.count("part]") + shown.count("parts]") == 3


@pytest.mark.parametrize(("locale", "word"), [("ur", "درست"), ("pa_Arab", "درست"), ("ur_Latn", "DURUST")])
def test_it_speaks_the_language_asked_for(typed: Type, locale: str, word: str) -> None:
    assert word in typed("CHECK 4859", options=("--lang", locale))


def test_a_call_is_keys_and_an_empty_line_is_silence(typed: Type) -> None:
    shown = typed("", "1", "#", "4859#", "#", options=("--voice",))
    assert shown.count("We did not hear a key.") == 2
    assert "Chiragh Overseas Employment" in shown
    # At the start, after the silence, and by the hash key of the menu after the verdict.
    assert shown.count("How can we help?") == 3


def test_keys_pressed_without_waiting_reach_whatever_is_asked_next(typed: Type) -> None:
    shown = typed("104859#1", "04859#", options=("--voice",))
    assert shown.count("Key in the agency's licence number, then press hash.") == 2
    assert shown.count("Chiragh Overseas Employment") == 2
    assert shown.count("How can we help?") == 1


def test_a_call_that_is_over_ends_it(typed: Type) -> None:
    shown = typed(*[""] * 20, options=("--voice",))
    assert shown.count(">") <= 6
    assert "Goodbye" in shown


def test_nothing_is_kept(typed: Type, sqlite_url: str) -> None:
    typed("COUNSELLOR", "1", "STOP", "zorblax", "URDU")
    database = Database.open(sqlite_url)
    kept = {"about", "register_lists", "agencies", "notices", "spoken_names"}
    with database.reading() as connection:
        for name, table in metadata.tables.items():
            assert name in kept or connection.execute(table.select()).first() is None, name
    database.close()


def test_without_a_list_the_fictional_one_is_used_and_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("HOTLINE_ENV", raising=False)
    done = CliRunner().invoke(try_, ["--dir", str(tmp_path / "var")], input="CHECK 4859\n")
    assert done.exit_code == 0
    assert "fictional" in done.stderr
    assert "Sehrtara" in done.stdout
    assert not (tmp_path / "var").exists()
