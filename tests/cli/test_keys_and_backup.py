"""`hotline keys rotate` and `hotline backup` as an operator uses them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotline.cli import hotline
from hotline.errors import Refused
from hotline.sealing import Vault
from hotline.store import people
from hotline.store.database import Database
from hotline.store.migrating import migrate
from tests.people_met import meeting, met, number_of

K1, K2 = Vault.new_key(1), Vault.new_key(2)
AKRAM = "+923001234567"


@pytest.fixture
def environ(sqlite_url: str) -> dict[str, str]:
    return {"DATABASE_URL": sqlite_url, "DATA_KEYS": K1}


def run(environ: dict[str, str], *arguments: str | Path) -> Result:
    return CliRunner().invoke(hotline, [str(one) for one in arguments], env=environ)


def test_a_new_key_comes_into_use_and_the_old_one_may_go(sqlite_database: Database, environ: dict[str, str]) -> None:
    met(sqlite_database, Vault.parse(K1), AKRAM)
    only = run(environ, "keys", "rotate")
    assert "there is no older key" in only.stdout
    assert "is the only key" in run(environ, "keys", "status").stdout
    both = environ | {"DATA_KEYS": f"{K2},{K1}"}
    before = run(both, "keys", "status").stdout
    assert "own keys: 1 under k1" in before
    assert "run `hotline keys rotate`. No key may go" in before
    done = run(both, "keys", "rotate")
    assert done.exit_code == 0, done.output
    assert "own keys: 1 under k2" in done.stdout
    assert "Nothing is sealed with k1 any more" in done.stdout
    new = Vault.parse(K2)
    assert number_of(sqlite_database, new, new.index("number", AKRAM)) == AKRAM


def test_a_database_is_copied_and_comes_back(
    sqlite_database: Database, environ: dict[str, str], tmp_path: Path
) -> None:
    vault = Vault.parse(K1)
    met(sqlite_database, vault, AKRAM)
    copy, keys = tmp_path / "copy", tmp_path / "keys"
    made = run(environ, "backup", "make", copy)
    assert (made.exit_code, "rows in" in made.stdout) == (0, True), made.output
    assert "1 keys in" in run(environ, "backup", "keys", keys).stdout
    target = Database.open(f"sqlite:///{tmp_path / 'new.db'}")
    migrate(target)
    there = environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"}
    back = run(there, "backup", "restore", "--keys", keys, copy)
    assert back.exit_code == 0, back.output
    assert "are not sent again" in back.stdout
    assert number_of(target, vault, vault.index("number", AKRAM)) == AKRAM
    again = run(there, "backup", "restore", "--keys", keys, copy)
    assert isinstance(again.exception, Refused)
    assert "empty database" in str(again.exception)
    with target.writing() as connection:
        people.meet(connection, meeting(vault, "+923007654321"), datetime.now(UTC))
    target.close()
