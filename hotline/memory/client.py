"""How this program reaches Redis: quickly and never for long inside a webhook, patiently in a worker."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, cast

import redis
from hiredis import pack_command
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

from hotline.errors import MemoryDown

CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 1.0
DOWN_SECONDS = 1.0
"""How long a Redis that failed is not asked again: what a turn would lose by asking is as long as that."""
LOST = (redis.ConnectionError, redis.TimeoutError, OSError)

Reply = bytes | int | None | list["Reply"]
Word = bytes | str | int


class _Connection(Protocol):
    """What we use of redis-py's Connection."""

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def can_read(self, timeout: float = 0) -> bool: ...
    def send_packed_command(self, command: list[bytes], check_health: bool = True) -> None: ...
    def read_response(self) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script, and the name the server knows it by."""

    text: str
    sha: str

    @classmethod
    def of(cls, text: str) -> Script:
        """The script of this text."""
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Client:
    """Redis for webhooks: one exchange a call, no second try; while it is down a call fails at once.

    Connections are kept here and not by redis-py's pool, whose bookkeeping costs as much as the exchange itself.
    """

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        """`url` is redis://, rediss:// or unix://; `clock` counts seconds and never goes back."""
        self._settings = redis.ConnectionPool.from_url(url, **_quick())
        self._clock = clock
        self._idle: deque[_Connection] = deque()
        self._process = os.getpid()
        self._lock = Lock()
        self._down = False
        self._again = 0.0

    def call(self, *words: Word) -> Reply:
        """One command. Raises MemoryDown for whatever goes wrong."""
        try:
            return self._exchange(words)
        except (redis.RedisError, OSError) as failed:
            raise MemoryDown(type(failed).__name__) from failed

    def run(self, script: Script, keys: Sequence[bytes], args: Sequence[Word]) -> Reply:
        """One script, one exchange; two when the server does not know it yet. Raises MemoryDown."""
        words = (len(keys), *keys, *args)
        try:
            try:
                return self._exchange((b"EVALSHA", script.sha, *words))
            except NoScriptError:
                return self._exchange((b"EVAL", script.text, *words))
        except (redis.RedisError, OSError) as failed:
            raise MemoryDown(type(failed).__name__) from failed

    def close(self) -> None:
        """Let go of the idle connections."""
        while self._idle:
            self._idle.pop().disconnect()

    def _exchange(self, words: Sequence[Word]) -> Reply:
        self._wait_out()
        try:
            connection = self._connection()
            try:
                connection.send_packed_command([_packed(words)], check_health=False)
                reply = connection.read_response()
            except redis.ResponseError:
                self._idle.append(connection)
                raise
            except BaseException:
                # Half an answer may still be on its way, and would be read as the next one.
                connection.disconnect()
                raise
        except LOST:
            self._again = self._clock() + DOWN_SECONDS
            self._down = True
            raise
        self._down = False
        self._idle.append(connection)
        return reply

    def _wait_out(self) -> None:
        if not self._down:
            return
        with self._lock:
            now = self._clock()
            if now < self._again:
                raise MemoryDown("down")
            # One turn tries; the others that come meanwhile do not wait with it.
            self._again = now + DOWN_SECONDS

    def _connection(self) -> _Connection:
        if self._process != os.getpid():
            # After a fork both processes would read each other's answers.
            self._idle, self._process = deque(), os.getpid()
        while self._idle:
            try:
                connection = self._idle.pop()
                if not connection.can_read():
                    return connection
            except (IndexError, *LOST):
                continue
            # The server has closed it, or it holds what nobody asked for.
            connection.disconnect()
        fresh = cast(_Connection, self._settings.connection_class(**self._settings.connection_kwargs))
        fresh.connect()
        return fresh


def _packed(words: Sequence[Word]) -> bytes:
    """A command as it is sent. hiredis' own types know commands of one word only."""
    packed: bytes = pack_command(cast("tuple[Word]", tuple(words)))
    return packed


def connect(url: str, clock: Callable[[], float]) -> Client:
    """Redis for the turns of a webhook. Nothing is connected until it is first used."""
    return Client(url, clock)


def connect_quick(url: str) -> redis.Redis:
    """Redis for ringing a worker from a webhook or the console: as impatient as a Client, in redis-py's own form."""
    return redis.Redis.from_url(url, **_quick())


def connect_patient(url: str) -> redis.Redis:
    """Redis for a worker: it waits for a server that is away, about ten minutes, before it gives up."""
    extra = {} if url.startswith("unix") else {"socket_keepalive": True}
    return redis.Redis.from_url(
        url,
        retry=Retry(ExponentialWithJitterBackoff(base=0.1, cap=3), retries=200),
        retry_on_error=[redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError],
        health_check_interval=30,
        protocol=2,
        **extra,
    )


def _quick() -> dict[str, object]:
    return {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        # RESP3 would cost two more exchanges on every new connection, and nothing here needs it.
        "protocol": 2,
    }
