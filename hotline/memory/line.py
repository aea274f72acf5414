"""One connection to Redis: redis-py opens it, what is said over it goes past redis-py, whose care costs as much."""

from __future__ import annotations

import select
import socket
from collections.abc import Sequence
from typing import Protocol, cast

import redis
from hiredis import Reader, pack_command

Reply = bytes | int | None | list["Reply"]
Word = bytes | str | int
Command = Sequence[Word]
MOST_OCTETS = 65_536
# A server that went away half-closes first. Only Linux tells of that apart from what can be read.
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL | getattr(select, "POLLRDHUP", 0)


class Opened(Protocol):
    """What we use of redis-py's Connection: it knows the address, TLS, the password and the number of the database."""

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def _get_socket(self) -> socket.socket: ...


class Line:
    """Commands out, replies in. Whatever it raises but ResponseError, nothing more may be said over it."""

    def __init__(self, opened: Opened) -> None:
        """Connect. Raises redis.RedisError."""
        opened.connect()
        self._opened = opened
        self._socket = opened._get_socket()
        self._reader = Reader(replyError=redis.ResponseError)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN | _GONE)
        self._owed = False

    def ask(self, commands: Sequence[Command]) -> list[Reply]:
        """An exchange: a reply each. Raises ResponseError for the first that is one, when all are read; OSError."""
        self._socket.sendall(_packed(commands))
        self._settle()
        replies = [self._read() for _ in commands]
        for reply in replies:
            if isinstance(reply, redis.ResponseError):
                raise reply
        return cast("list[Reply]", replies)

    def tell(self, command: Command) -> None:
        """Half an exchange: the reply, whatever it is, is read before the next. Raises OSError."""
        self._settle()
        self._socket.sendall(_packed((command,)))
        self._owed = True

    def lives(self) -> bool:
        """Whether the server is still there, and holds nothing that nobody asked for."""
        signs = self._poll.poll(0)
        return not signs or (self._owed and not signs[0][1] & _GONE)

    def close(self) -> None:
        """Hang up."""
        self._opened.disconnect()

    def _settle(self) -> None:
        if self._owed:
            self._read()
            self._owed = False

    def _read(self) -> Reply | redis.ResponseError:
        # RESP2 has no False, so that it can only mean: not yet whole.
        while (reply := self._reader.gets()) is False:
            octets = self._socket.recv(MOST_OCTETS)
            if not octets:
                raise redis.ConnectionError("the server hung up")
            self._reader.feed(octets)
        return cast("Reply | redis.ResponseError", reply)


def _packed(commands: Sequence[Command]) -> bytes:
    """Commands as they are sent. hiredis' own types know those of one word only."""
    return b"".join([pack_command(cast("tuple[Word]", tuple(words))) for words in commands])
