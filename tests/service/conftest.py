"""A Redis and a wired outbox for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from hotline.memory.embedded import EmbeddedRedis
from hotline.sealing import Vault
from hotline.store.database import Database
from tests.outbox import Wired, wired


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    with redis.Redis.from_url(redis_server.url) as inside:
        inside.flushall()
    return redis_server.url


@pytest.fixture
def outbox(sqlite_database: Database, vault: Vault, redis_url: str) -> Iterator[Wired]:
    with wired(sqlite_database, vault, redis_url) as found:
        yield found
