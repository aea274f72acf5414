"""A real Redis-compatible server for the tests of this folder, empty before each."""

from __future__ import annotations

import time

import pytest
import redis

from hotline.memory.client import connect, connect_quick
from hotline.memory.embedded import EmbeddedRedis


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
def inspect(server):
    """A plain client of the same server, to look behind the scenes."""
    with redis.Redis.from_url(server.url) as looking:
        looking.flushall()
        looking.script_flush()
        yield looking


@pytest.fixture
def client(server, inspect):
    opened = connect(server.url, time.monotonic)
    yield opened
    opened.close()


@pytest.fixture
def quick(server, inspect):
    with connect_quick(server.url) as opened:
        yield opened
