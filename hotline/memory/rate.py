"""How fast a sender may send: one row of slots for all processes of all machines, kept in Redis by its own clock."""

from __future__ import annotations

import hashlib

from hotline.errors import MemoryDown
from hotline.memory.client import Client

FAR_SECONDS = 5.0
"""Slots further away than this are given to nobody: the messages would wait with a worker that may die."""

_RESERVE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
if free < now then free = now end
local wait = free - now
if wait > tonumber(ARGV[2]) then return {0, wait} end
local upto = free + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', upto), 'PX', math.ceil((upto - now) / 1000) + 60000)
return {1, wait}
"""
_HOLD = """
local time = redis.call('TIME')
local upto = time[1] * 1000000 + time[2] + tonumber(ARGV[1])
if upto > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.0f', upto), 'PX', math.ceil(tonumber(ARGV[1]) / 1000) + 60000)
end
return 1
"""


class Rate:
    """The slots of every sender. While Redis is down nobody gets one: what is paid for waits until it is back."""

    def __init__(self, client: Client) -> None:
        """`client` as for the turns of a webhook."""
        self._client = client

    def reserve(self, sender: str, parts: int, per_second: float) -> tuple[bool, float]:
        """Slots for `parts` in a row: (True, seconds until the first), or (False, seconds until one is free).

        Nothing is reserved where that is more than FAR_SECONDS. Raises MemoryDown.
        """
        micros = round(parts / per_second * 1_000_000)
        answer = self._client.call(b"EVAL", _RESERVE, 1, _key(sender), micros, int(FAR_SECONDS * 1_000_000))
        if not isinstance(answer, list) or len(answer) != 2:
            raise MemoryDown("reply")
        given, wait = answer
        assert isinstance(wait, int)
        return given == 1, wait / 1_000_000

    def hold(self, sender: str, seconds: float) -> None:
        """Nothing from this sender for so long: the provider asked for it. Raises MemoryDown."""
        self._client.call(b"EVAL", _HOLD, 1, _key(sender), round(seconds * 1_000_000))


def _key(sender: str) -> bytes:
    """Not the number itself: no telephone number stands in Redis."""
    return b"rate:" + hashlib.sha256(sender.encode()).hexdigest()[:16].encode()
