"""How a transaction begins, waits and fails, on both databases; and how the tables come to be."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from hotline.errors import Refused, SettingError, StoreDown
from hotline.store import schema
from hotline.store.database import Database, is_current, is_demo, is_empty, mark_demo
from hotline.store.migrating import head, migrate

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def person(index: bytes = b"i" * 32, since: datetime = NOW) -> dict[str, object]:
    who: dict[str, object] = {"number_index": index, "number_sealed": b"s", "locale": "ur", "chosen": False}
    return who | {"centre": "lahore", "since": since}


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address at which nothing is yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    url: str = request.getfixturevalue("bare_postgresql_url")
    return url


def test_the_revisions_make_exactly_the_tables_the_program_knows(database: Database) -> None:
    assert head() == schema.HEAD
    with database.reading() as connection:
        found = compare_metadata(MigrationContext.configure(connection), schema.metadata)
        assert found == []
        for table in schema.metadata.tables.values():
            uniques = {tuple(found["column_names"]) for found in inspect(connection).get_unique_constraints(table.name)}
            assert uniques == {
                tuple(constraint.columns.keys())
                for constraint in table.constraints
                if constraint.__visit_name__ == "unique_constraint"
            }


def test_a_new_database_becomes_current_once_and_twice(bare_url: str) -> None:
    database = Database.open(bare_url)
    assert is_empty(database)
    assert not is_current(database)
    assert not is_demo(database)
    migrate(database)
    migrate(database)
    assert is_current(database)
    assert is_empty(database)
    database.close()


def test_processes_that_start_together_make_the_tables_once(bare_url: str) -> None:
    failed: list[BaseException] = []

    def start() -> None:
        database = Database.open(bare_url)
        try:
            migrate(database)
        except BaseException as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    database = Database.open(bare_url)
    assert is_current(database)
    database.close()


def test_tables_of_a_newer_program_are_left_alone(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert not is_current(database)
    with pytest.raises(Refused, match="newer Hotline"):
        migrate(database)


def test_a_row_or_a_strange_table_makes_it_not_empty(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(schema.people.insert().values(person()))
    assert not is_empty(database)
    with database.writing() as connection:
        connection.execute(schema.people.delete())
    assert is_empty(database)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE somebody_elses (a integer)")
    assert not is_empty(database)


def test_a_demo_marks_its_database(database: Database) -> None:
    assert not is_demo(database)
    mark_demo(database)
    mark_demo(database)
    assert is_demo(database)
    assert not is_empty(database)


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def twice() -> None:
        with database.writing() as connection:
            connection.execute(schema.people.insert().values(person(b"a" * 32)))
            connection.execute(schema.people.insert().values(person(b"a" * 32)))

    with pytest.raises(IntegrityError):
        twice()
    with database.reading() as connection:
        assert connection.execute(select(schema.people)).all() == []


def test_a_moment_comes_back_as_it_was_in_utc(database: Database) -> None:
    karachi = timezone(timedelta(hours=5))
    with database.writing() as connection:
        connection.execute(schema.people.insert().values(person(since=NOW.astimezone(karachi))))
    with database.reading() as connection:
        since = connection.execute(select(schema.people.c.since)).scalar_one()
    assert since == NOW
    assert since.utcoffset() == timedelta(0)


def test_a_moment_without_its_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="needs its zone"), database.writing() as connection:
        connection.execute(schema.people.insert().values(person(since=NOW.replace(tzinfo=None))))


def test_a_writer_that_cannot_have_its_turn_is_told_the_store_is_down(database_url: str) -> None:
    patient = Database.open(database_url)
    hasty = Database.open(database_url, patience=0.2)
    with patient.writing() as connection:
        connection.execute(schema.people.insert().values(person()))
        with pytest.raises(StoreDown), hasty.writing() as second:
            second.execute(schema.people.insert().values(person()))
    with patient.reading() as connection:
        assert len(connection.execute(select(schema.people)).all()) == 1
    patient.close()
    hasty.close()


def test_a_reader_does_not_wait_for_a_writer(database_url: str) -> None:
    writer = Database.open(database_url)
    reader = Database.open(database_url, patience=0.2)
    with writer.writing() as connection:
        connection.execute(schema.people.insert().values(person()))
        with reader.reading() as second:
            assert second.execute(select(schema.people)).all() == []
    writer.close()
    reader.close()


def test_a_statement_that_takes_too_long_is_ended(postgresql_url: str) -> None:
    hasty = Database.open(postgresql_url, patience=0.2)
    with pytest.raises(StoreDown, match="statement timeout"), hasty.reading() as connection:
        connection.execute(text("SELECT pg_sleep(60)"))
    hasty.close()


def test_connections_a_restarted_server_dropped_are_replaced(postgresql_url: str) -> None:
    database, killer = Database.open(postgresql_url), Database.open(postgresql_url)
    with database.reading() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with killer.reading() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    database.close()
    killer.close()


def test_a_connection_lost_in_the_middle_is_told_as_the_store_being_down(postgresql_url: str) -> None:
    database, killer = Database.open(postgresql_url), Database.open(postgresql_url)

    def cut_off() -> None:
        with database.writing() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with killer.reading() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(StoreDown):
        cut_off()
    database.close()
    killer.close()


def test_no_server_is_told_as_the_store_being_down() -> None:
    pytest.importorskip("psycopg")
    database = Database.open("postgres://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreDown), database.reading():
        pass
    database.close()


def test_a_file_that_is_no_database_is_told_as_the_store_being_down(tmp_path: Path) -> None:
    (tmp_path / "hotline.db").write_bytes(b"this is not a database at all" * 100)
    database = Database.open(f"sqlite:///{tmp_path / 'hotline.db'}")
    with pytest.raises(StoreDown, match="not a database"), database.reading():
        pass
    database.close()


def test_a_missing_table_is_a_mistake_of_ours_not_an_outage(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(OperationalError, match="no such table"), database.reading() as connection:
        connection.execute(select(schema.people))
    database.close()


def test_sqlite_is_opened_for_many_readers_and_one_patient_writer(sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    with database.reading() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 5000}
    database.close()
    full = Database.open(sqlite_url, synchronous="FULL")
    with full.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    full.close()


def test_a_full_disk_keeps_nothing_and_the_database_stays_whole(sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    with database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill() -> None:
        with database.writing() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
            connection.execute(schema.people.insert().values(person() | {"number_sealed": b"x" * 100_000}))

    with pytest.raises(StoreDown, match="full"):
        fill()
    database.close()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert raw.execute("SELECT count(*) FROM people").fetchone() == (0,)
    raw.close()


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://a@b/c", "sqlite://", "sqlite:///:memory:", "redis://x"])
def test_an_address_that_is_no_database_of_ours_is_refused_by_name(url: str) -> None:
    with pytest.raises(SettingError, match="DATABASE_URL"):
        Database.open(url)


def test_options_given_in_the_address_are_kept_beside_our_own(postgresql_url: str) -> None:
    sign = "&" if "?" in postgresql_url else "?"
    database = Database.open(f"{postgresql_url}{sign}options=-c%20application_name%3Dcentre")
    with database.reading() as connection:
        assert connection.exec_driver_sql("SHOW application_name").scalar_one() == "centre"
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "5s"
    database.close()
