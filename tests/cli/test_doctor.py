"""`hotline doctor`: what is not well is named with what to do about it, and nothing is changed by looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotline.cli.doctor import doctor
from hotline.memory.client import connect_patient
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.jobs import Bell, slot, worker
from hotline.settings import NEEDED_IN_PRODUCTION
from hotline.store.database import Database
from hotline.store.own import erasures
from hotline.store.reach import breakers
from tests.test_settings import PRODUCTION
from tests.web.running import DATA_KEYS, publish_rows

Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask the doctor about a folder, with these variables set."""
    for name in (*NEEDED_IN_PRODUCTION, "HOTLINE_ENV"):
        monkeypatch.delenv(name, raising=False)

    def asked(**told: str) -> Result:
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(doctor, ["--dir", str(tmp_path / "var")])

    return asked


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


def ill(result: Result) -> dict[str, str]:
    """What is not well, and what to do about it."""
    lines = result.output.splitlines()
    return {line[2:]: lines[at + 1].strip() for at, line in enumerate(lines) if line.startswith("! ")}


def test_a_machine_with_nothing_set_is_told_everything_at_once(ask: Ask, tmp_path: Path) -> None:
    result = ask()
    told = ill(result)
    assert result.exit_code == 1
    assert all(name in told["settings"] for name in NEEDED_IN_PRODUCTION)
    assert "hotline keys new" in told["keys of people's data"]
    assert "database" in told
    assert "REDIS_URL" in told["Redis"]
    assert result.output.splitlines()[-1] == f"{len(told)} things to mend."
    assert not (tmp_path / "var").exists()


def test_tables_that_were_never_made_are_told(ask: Ask, tmp_path: Path) -> None:
    assert "hotline migrate" in ill(ask(DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}"))["database"]


def test_a_database_without_a_list_is_told(ask: Ask, sqlite_url: str) -> None:
    told = ill(ask(DATABASE_URL=sqlite_url))
    assert "agencies import" in told["register"]
    assert "database" not in told


def test_a_list_is_told_with_its_age(ask: Ask, sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    publish_rows(database)
    database.close()
    result = ask(DATABASE_URL=sqlite_url)
    assert "register of 2026-11-20, 5 agencies" in result.output


def test_what_is_well_is_said_too(ask: Ask, sqlite_url: str, redis_url: str) -> None:
    result = ask(**{**PRODUCTION, "DATABASE_URL": sqlite_url, "REDIS_URL": redis_url, "DATA_KEYS": DATA_KEYS})
    told = ill(result)
    assert not {"settings", "keys of people's data", "database", "Redis"} & set(told)
    for what in ("settings", "keys of people's data", "database", "Redis"):
        assert f"  {what}" in result.output.splitlines()
    assert "Advanced Opt-Out" in result.output


def test_a_redis_or_database_that_is_away_is_told(ask: Ask, tmp_path: Path) -> None:
    told = ill(ask(REDIS_URL=f"unix://{tmp_path / 'none.sock'}", DATABASE_URL=f"sqlite:///{tmp_path / 'none/x.db'}"))
    assert "does not answer" in told["Redis"]
    assert "does not answer" in told["database"]


def test_keys_that_are_wrong_are_told_but_never_shown(ask: Ask) -> None:
    result = ask(DATA_KEYS="k1:canarycanary")
    assert "DATA_KEYS" in ill(result)["keys of people's data"]
    assert "canary" not in result.output


def test_hours_nobody_confirmed_and_prompts_nobody_spoke_are_told(ask: Ask) -> None:
    told = ill(ask())
    assert "desk.confirmed" in told["desk of Lahore"]
    assert any(what.startswith("recordings: 0 of ") for what in told)


def test_a_worker_or_clock_that_does_not_run_is_told(ask: Ask, sqlite_url: str, redis_url: str) -> None:
    """A broadcast that is approved and never begins showed nothing wrong anywhere."""
    told = ill(ask(DATABASE_URL=sqlite_url, REDIS_URL=redis_url))
    assert "hotline work" in told["workers: 0"]
    assert "clock" not in told, "nobody can tell without a worker"
    with connect_patient(redis_url) as connection:
        one = worker(connection)
        one.register_birth()
        told = ill(ask(REDIS_URL=redis_url))
        assert "workers: 0" not in told
        assert "hotline clock" in told["clock"]
        Bell(connection).ring("sweep_deliveries", slot(datetime.now(UTC).timestamp()), queue="reminders")
        result = ask(REDIS_URL=redis_url)
        assert not {"clock", "workers: 1"} & set(ill(result))
        assert "  workers: 1" in result.output.splitlines()
        one.register_death()


def test_a_sender_that_rests_is_told_with_the_reason(ask: Ask, sqlite_url: str, sqlite_database: Database) -> None:
    now = datetime.now(UTC)
    row = {
        "name": "sender:+924238000000", "opened_at": now, "until": now + timedelta(minutes=5), "reason": "20003: mend",
        "errors": 5,
    }  # fmt: skip
    with sqlite_database.writing() as connection:
        connection.execute(breakers.insert(), row)
    told = ill(ask(DATABASE_URL=sqlite_url))
    assert "20003: mend" in next(remedy for what, remedy in told.items() if what.startswith("sending from +9242"))


def test_a_wish_to_be_erased_that_is_not_done_is_told(ask: Ask, sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    row = {"id": "w1", "number_index": b"i" * 32}
    with database.writing() as connection:
        connection.execute(erasures.insert(), row | {"asked_at": datetime.now(UTC) - timedelta(minutes=1)})
    assert not [what for what in ill(ask(DATABASE_URL=sqlite_url)) if "erased" in what]
    with database.writing() as connection:
        connection.execute(erasures.update().values(asked_at=datetime.now(UTC) - timedelta(minutes=9)))
    (remedy,) = [remedy for what, remedy in ill(ask(DATABASE_URL=sqlite_url)).items() if "erased" in what]
    assert "log_kept" in remedy
    database.close()
