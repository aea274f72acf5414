"""A hotline that runs, for the tests of this folder: nobody is known or remembered, a few agencies are listed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import redis

from hotline.logs import set_up
from hotline.memory.embedded import EmbeddedRedis
from tests.channels.twiml_subset import check
from tests.web.running import Running, publish_agencies, running


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """As in every process that serves: ids and short words, never what a person sent."""
    set_up()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_inside(redis_server: EmbeddedRedis) -> Iterator[redis.Redis]:
    """A plain client of the server, which is empty, to look behind the scenes."""
    with redis.Redis.from_url(redis_server.url) as looking:
        looking.flushall()
        yield looking


@pytest.fixture(scope="session")
def _served(
    _sqlite_made: Path, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("house")
    file = shutil.copy(_sqlite_made, folder / "hotline.db")
    with running(folder, f"sqlite:///{file}", redis_server.url) as started:
        publish_agencies(started.house)
        yield started


@pytest.fixture
def hotline(_served: Running, redis_inside: redis.Redis) -> Iterator[Running]:
    """The hotline on SQLite. Whatever a test made it say in TwiML is looked at when the test is over."""
    _served.empty()
    _served.clock.reset()
    _served.documents.clear()
    yield _served
    _look_at(_served)


@pytest.fixture
def fresh_hotline(
    database_url: str, redis_server: EmbeddedRedis, redis_inside: redis.Redis, tmp_path: Path
) -> Iterator[Running]:
    """A hotline of this test's own, on SQLite and on PostgreSQL."""
    with running(tmp_path / "var", database_url, redis_server.url) as started:
        publish_agencies(started.house)
        yield started
        _look_at(started)


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return count(3001000000)


@pytest.fixture
def someone(_numbers: Iterator[int]) -> Callable[[], str]:
    """Gives the number of a person nobody has met."""
    return lambda: f"+92{next(_numbers)}"


@pytest.fixture
def person(someone: Callable[[], str]) -> str:
    """The number of a person nobody has met."""
    return someone()


def _look_at(hotline: Running) -> None:
    """Every document can be followed: it parses, a silent caller is heard of, and nobody falls off at its end."""
    for document in hotline.documents:
        for gather in check(document).iter("Gather"):
            assert gather.get("actionOnEmptyResult") == "true"
