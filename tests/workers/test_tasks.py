"""The jobs, rung for and run by a real worker on a real Redis, against a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from sqlalchemy import select

from hotline.domain.keeping import Erase, Kept
from hotline.memory.client import connect_patient, connect_quick
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.jobs import Bell, worker
from hotline.store import inbox
from hotline.store.database import Database
from hotline.store.own import erasures
from hotline.store.schema import inbound, people
from tests.people_met import met
from workers import tasks


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
def quick(server: EmbeddedRedis) -> Iterator[redis.Redis]:
    with connect_quick(server.url) as opened:
        opened.flushall()
        yield opened


@pytest.fixture
def database(
    database_url: str, server: EmbeddedRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    told = {
        "HOTLINE_DIR": str(tmp_path / "var"), "DATABASE_URL": database_url, "REDIS_URL": server.url,
        "DATA_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    }  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HOTLINE_ENV", raising=False)
    tasks._house.cache_clear()
    opened = Database.open(database_url)
    yield opened
    opened.close()
    tasks._house().close()
    tasks._house.cache_clear()


def work(server: EmbeddedRedis) -> None:
    """Run what waits, then stop."""
    with connect_patient(server.url) as connection:
        worker(connection).work(burst=True, logging_level="WARNING")


def said(database: Database, external_id: str, ago: timedelta) -> None:
    inbox.keep(
        database,
        Kept(
            provider="twilio", external_id=external_id, channel="sms", centre="lahore", person_index=b"p" * 32,
            thread_index=b"t" * 32, at=datetime.now(UTC) - ago, reply=b"sealed", text=b"sealed", session=b"sealed",
        ),
    )  # fmt: skip


def kept(database: Database) -> dict[str, tuple[bool, bool]]:
    """For every event: whether its words and its session are still there."""
    with database.reading() as connection:
        rows = connection.execute(select(inbound).order_by(inbound.c.id)).all()
    return {row.external_id: (row.text_sealed is not None, row.session_sealed is not None) for row in rows}


def test_what_was_said_is_forgotten_after_its_time_and_the_event_is_not(
    database: Database, server: EmbeddedRedis, quick: redis.Redis
) -> None:
    said(database, "old", timedelta(days=31))
    said(database, "yesterday", timedelta(days=2))
    said(database, "now", timedelta())
    assert Bell(quick).ring("forget_old", queue="bulk")
    work(server)
    assert kept(database) == {"old": (False, False), "yesterday": (True, False), "now": (True, True)}
    assert Bell(quick).ring("forget_old", queue="bulk"), "a job that is over may be rung for again"
    work(server)
    assert len(kept(database)) == 3


def test_who_asked_to_be_erased_is_gone_when_a_worker_comes_by(
    database: Database, server: EmbeddedRedis, quick: redis.Redis
) -> None:
    house = tasks._house()
    met(database, house.vault, "+923001234567")
    index = house.vault.index("number", "+923001234567")
    wish = Erase("e" * 32, index, datetime.now(UTC) - timedelta(seconds=0.5))
    event = Kept("twilio", "CA1", "voice", "lahore", index, index, datetime.now(UTC), b"sealed", effects=(wish,))
    inbox.keep(database, event)
    assert Bell(quick).ring("erase")
    work(server)
    with database.reading() as connection:
        assert not connection.execute(select(people)).all()
        assert connection.execute(select(erasures)).one().done_at
    assert not quick.keys("turn:*")
