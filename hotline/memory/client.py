"""How this program reaches Redis: quickly and never for long inside a webhook, patiently in a worker."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import TypeVar, cast

import redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.retry import Retry

from hotline.errors import MemoryDown
from hotline.memory.line import Command, Line, Opened, Reply, Word

CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 1.0
DOWN_SECONDS = 1.0
"""How long a Redis that failed is not asked again: what a turn would lose by asking is as long as that."""
LOST = (redis.ConnectionError, redis.TimeoutError, OSError)

Said = TypeVar("Said")


class Client:
    """Redis for webhooks: one exchange a call, no second try; while it is down a call fails at once.

    Lines are kept here and not by redis-py's pool, whose bookkeeping costs as much as the exchange itself.
    """

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        """`url` is redis://, rediss:// or unix://; `clock` counts seconds and never goes back."""
        self._settings = redis.ConnectionPool.from_url(url, **_quick())
        self._clock = clock
        self._idle: deque[Line] = deque()
        self._process = os.getpid()
        self._lock = Lock()
        self._down = False
        self._again = 0.0

    def call(self, *words: Word) -> Reply:
        """One command. Raises MemoryDown for whatever goes wrong."""
        return self._over(lambda line: line.ask((words,)))[0]

    def calls(self, *commands: Command) -> list[Reply]:
        """Several commands in one exchange, an answer each. Raises MemoryDown when one of them goes wrong."""
        return self._over(lambda line: line.ask(commands))

    def tell(self, *words: Word) -> None:
        """One command whose answer nobody needs, and nobody waits for. Raises MemoryDown when it cannot be sent."""
        self._over(lambda line: line.tell(words))

    def close(self) -> None:
        """Let go of the idle lines."""
        while self._idle:
            self._idle.pop().close()

    def _over(self, say: Callable[[Line], Said]) -> Said:
        """Say something over a line nobody else uses."""
        self._wait_out()
        try:
            line = self._line()
            try:
                said = say(line)
            except redis.ResponseError:
                # It answered, so it is up.
                self._down = False
                self._idle.append(line)
                raise
            except BaseException:
                # Half an answer may still be on its way, and would be read as the next one.
                line.close()
                raise
        except LOST as lost:
            self._again = self._clock() + DOWN_SECONDS
            self._down = True
            raise MemoryDown(type(lost).__name__) from lost
        except redis.RedisError as failed:
            raise MemoryDown(type(failed).__name__) from failed
        self._down = False
        self._idle.append(line)
        return said

    def _wait_out(self) -> None:
        if not self._down:
            return
        with self._lock:
            now = self._clock()
            if now < self._again:
                raise MemoryDown("down")
            # One turn tries; the others that come meanwhile do not wait with it.
            self._again = now + DOWN_SECONDS

    def _line(self) -> Line:
        if self._process != os.getpid():
            # After a fork both processes would read each other's answers.
            self._idle, self._process = deque(), os.getpid()
        while self._idle:
            try:
                line = self._idle.pop()
            except IndexError:
                break
            if line.lives():
                return line
            line.close()
        return Line(cast("Opened", self._settings.connection_class(**self._settings.connection_kwargs)))


def connect(url: str, clock: Callable[[], float]) -> Client:
    """Redis for the turns of a webhook. Nothing is connected until it is first used."""
    return Client(url, clock)


def connect_quick(url: str) -> redis.Redis:
    """Redis for ringing a worker from a webhook or the console: as impatient as a Client, in redis-py's own form."""
    return redis.Redis.from_url(url, **_quick())


class Patience(ExponentialWithJitterBackoff):
    """How a worker waits for a server that is away: longer and longer, at most 3 s, and no more once it `ends`."""

    def __init__(self) -> None:
        """Waits from the first."""
        super().__init__(base=0.1, cap=3)
        self._ended = False

    def __deepcopy__(self, _memo: object) -> Patience:
        # Every connection takes a copy, and each would have to be told.
        return self

    def end(self) -> None:
        """Whoever is told to stop does not wait for a server that may never come back."""
        self._ended = True

    def compute(self, failures: int) -> float:
        """Seconds until the next try. Raises redis.ConnectionError at the end of patience."""
        if self._ended:
            raise redis.ConnectionError("told to stop")
        return super().compute(failures)


def connect_patient(url: str, patience: Patience | None = None) -> redis.Redis:
    """Redis for a worker: it waits for a server that is away, about ten minutes, before it gives up."""
    extra = {} if url.startswith("unix") else {"socket_keepalive": True}
    return redis.Redis.from_url(
        url,
        retry=Retry(patience or Patience(), retries=200),
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
