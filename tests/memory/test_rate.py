"""The slots of a sender: in a row, never closer than its pace, shared by everybody, and gone with Redis."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from hotline.errors import MemoryDown
from hotline.memory.client import Client, connect
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.rate import FAR_SECONDS, Rate

SENDER = "+924238000000"


def test_slots_follow_each_other_at_the_senders_pace(client: Client) -> None:
    rate = Rate(client)
    waits = [rate.reserve(SENDER, 3, 10) for _ in range(4)]
    assert all(given for given, _ in waits)
    assert waits[0][1] == 0
    assert waits[3][1] == pytest.approx(0.9, abs=0.25)


def test_many_processes_at_once_get_no_slot_twice(client: Client, server: EmbeddedRedis) -> None:
    opened = [connect(server.url, time.monotonic) for _ in range(4)]
    rates = [Rate(one) for one in opened]
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        slots = list(pool.map(lambda n: (time.monotonic(), rates[n % 4].reserve(SENDER, 1, 50)), range(100)))
    for one in opened:
        one.close()
    last = max(at + wait for at, (given, wait) in slots if given)
    assert all(given for _, (given, _) in slots)
    assert last - began >= 99 / 50 - 0.05


def test_senders_do_not_share_and_far_slots_are_given_to_nobody(client: Client) -> None:
    rate = Rate(client)
    assert rate.reserve(SENDER, 100, 10) == (True, 0)
    given, wait = rate.reserve(SENDER, 1, 10)
    assert (given, wait > FAR_SECONDS) == (False, True)
    assert rate.reserve("+924238000001", 1, 10) == (True, 0)


def test_a_sender_told_to_wait_gets_no_slot_before(client: Client) -> None:
    rate = Rate(client)
    rate.hold(SENDER, 2)
    given, wait = rate.reserve(SENDER, 1, 10)
    assert given
    assert wait == pytest.approx(2, abs=0.3)
    rate.hold(SENDER, 0.1)
    assert rate.reserve(SENDER, 1, 10)[1] > 1.5


def test_no_number_stands_in_redis(client: Client, inspect: redis.Redis) -> None:
    Rate(client).reserve(SENDER, 1, 10)
    (key,) = inspect.keys()
    assert SENDER[1:].encode() not in key + inspect.get(key)
    assert inspect.ttl(key) > 0


def test_a_redis_that_starts_anew_and_knows_no_script_is_not_taken_for_down(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server:
        now = 0.0
        client = connect(server.url, lambda: now)
        rate = Rate(client)
        rate.reserve(SENDER, 1, 10)
        server.stop()
        with pytest.raises(MemoryDown):
            rate.reserve(SENDER, 1, 10)
        server.start()
        now = 2.0
        assert rate.reserve(SENDER, 1, 10) == (True, 0)
        client.close()
