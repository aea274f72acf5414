"""The lines to the API: connections kept open and lent to one request at a time, for the SDK's client to speak over."""

from __future__ import annotations

import base64
import http.client
import logging
import select
import ssl
import time
from collections import deque
from collections.abc import Iterator, Mapping
from threading import local
from typing import TypedDict, Unpack
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
from twilio.http import HttpClient
from twilio.http.response import Response

from hotline.channels.base import READS
from hotline.channels.twilio import exchange
from hotline.errors import SendError
from hotline.frozen import frozen

MOST_IDLE = 64
"""Connections kept open while nobody uses them."""
PAUSE_SECONDS = 0.1
FAILING = frozenset({500, 502, 503, 504})
"""Statuses after which the same question may be answered; a 429 asks us to wait longer than that."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@frozen
class Patience:
    """Seconds until the provider has picked up, and until it says something."""

    connect: float = 5.0
    answer: float = 20.0


class Asked(TypedDict, total=False):
    """What the SDK says of a request; our own patience stands for its timeout, and redirects are not followed."""

    params: Mapping[str, object] | None
    data: Mapping[str, object] | None
    headers: Mapping[str, str] | None
    auth: tuple[str, str] | None
    timeout: float | None
    allow_redirects: bool


class Lines(HttpClient):  # type: ignore[misc]
    """Requests to one provider. Raises SendError where no answer came; if ambiguous, ask before again.

    What changes something is asked once. What only reads is asked up to READS times: a list of ten pages of which one
    failed would be read from its beginning, and whom it should have told of would wait for that.

    The SDK's own client costs ten times the processor time of a request, which with a broadcast is most of it.
    `asked_to_wait` is what a 429 of this thread said in Retry-After, in seconds.
    """

    def __init__(self, patience: Patience) -> None:
        # The SDK writes queries, and with them numbers, to the log at INFO.
        super().__init__(logging.Logger("twilio", logging.CRITICAL), False, patience.answer)
        self._patience = patience
        self._idle: dict[tuple[str, str], deque[http.client.HTTPConnection]] = {}
        self._context: ssl.SSLContext | None = None
        self._own = local()

    @property
    def asked_to_wait(self) -> float:
        """Seconds to let pass, 0 where the provider did not say."""
        wait: float = getattr(self._own, "wait", 0.0)
        return wait

    def request(self, method: str, uri: str, **asked: Unpack[Asked]) -> Response:
        """What the SDK asks for; redirects are not followed."""
        for _ in range(READS - 1 if method.upper() == "GET" else 0):
            try:
                answer = self._once(method, uri, asked)
            except SendError as error:
                if error.code == "timeout":
                    raise
            else:
                if answer.status_code not in FAILING:
                    return answer
            time.sleep(PAUSE_SECONDS)
        return self._once(method, uri, asked)

    def _once(self, method: str, uri: str, asked: Asked) -> Response:
        parts = urlsplit(uri)
        query = "&".join(filter(None, (parts.query, exchange.form(_pairs(asked.get("params"))))))
        data = asked.get("data")
        body = exchange.form(_pairs(data)).encode() if data else None
        sent = {"Host": parts.netloc.rpartition("@")[2], "Accept-Encoding": "identity", **(asked.get("headers") or {})}
        if auth := asked.get("auth"):
            sent["Authorization"] = _basic(*auth)
        target = (parts.path or "/") + (f"?{query}" if query else "")
        line = self._line(parts.scheme, parts.netloc)
        try:
            answer = exchange.ask(line.sock, (method.upper(), target, sent), body, self._patience.answer)
        except TimeoutError:
            line.close()
            raise SendError("timeout", ambiguous=True) from None
        except (OSError, http.client.HTTPException):
            line.close()
            raise SendError("cut", ambiguous=True) from None
        self._keep(parts.scheme, parts.netloc, line, over=not answer.lasts)
        after = answer.headers.get("retry-after", "") if answer.status == 429 else ""
        self._own.wait = float(after) if after.isdecimal() else 0.0
        return Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)

    def close(self) -> None:
        """Let go of the connections nobody uses."""
        for lines in self._idle.values():
            while lines:
                lines.pop().close()

    def _line(self, scheme: str, host: str) -> http.client.HTTPConnection:
        idle = self._idle.setdefault((scheme, host), deque())
        while True:
            try:
                line = idle.pop()
            except IndexError:
                return self._connect(scheme, host)
            # One the server has closed can be read from: a message sent on it would be lost without a word.
            if not _readable(line):
                return line
            line.close()

    def _connect(self, scheme: str, host: str) -> http.client.HTTPConnection:
        line = self._new(scheme, host)
        try:
            line.connect()
        except OSError:
            # Not one byte of the message has left.
            line.close()
            raise SendError("connect", retry=True) from None
        return line

    def _new(self, scheme: str, host: str) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, timeout=self._patience.connect)
        if self._context is None:
            context = ssl.create_default_context()
            context.load_verify_locations(certifi.where())
            self._context = context
        proxy = _proxy(scheme, host)
        line = http.client.HTTPSConnection(
            proxy.rpartition("@")[2] or host, timeout=self._patience.connect, context=self._context
        )
        if proxy:
            name, at, _ = proxy.rpartition("@")
            line.set_tunnel(host, headers={"Proxy-Authorization": _basic(*_split(name))} if at else {})
        return line

    def _keep(self, scheme: str, host: str, line: http.client.HTTPConnection, *, over: bool) -> None:
        idle = self._idle[scheme, host]
        if over or len(idle) >= MOST_IDLE:
            line.close()
        else:
            idle.append(line)


def _pairs(given: Mapping[str, object] | None) -> Iterator[tuple[str, object]]:
    """A list stands for its values, each under the same name."""
    for name, value in (given or {}).items():
        for one in value if isinstance(value, list | tuple) else (value,):
            yield name, one


def _readable(line: http.client.HTTPConnection) -> bool:
    poll = select.poll()
    poll.register(line.sock, select.POLLIN)
    return bool(poll.poll(0))


def _basic(name: str, word: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{word}".encode()).decode()


def _split(name: str) -> tuple[str, str]:
    first, _, second = name.partition(":")
    return unquote(first), unquote(second)


def _proxy(scheme: str, host: str) -> str:
    """Whom the environment wants asked instead: `name:word@host:port`, or "". Never for an address of this machine."""
    alone = urlsplit(f"//{host}").hostname or ""
    if alone in LOOPBACK or proxy_bypass(host):
        return ""
    return urlsplit(getproxies().get(scheme, "")).netloc
