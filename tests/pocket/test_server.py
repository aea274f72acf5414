"""The carrier's own server: lines stay open from request to request, and no request is taken for part of another."""

from __future__ import annotations

import base64
import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import pytest

from hotline.pocket.carrier import Carrier
from hotline.pocket.ledger import What
from hotline.pocket.server import PocketServer

ORDER = urlencode({"To": "+923001234567", "From": "+924238000000", "Body": "hello"})


@pytest.fixture
def line(server: PocketServer) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)) as opened:
        yield opened


def sent(line: http.client.HTTPConnection, carrier: Carrier, token: str) -> int:
    """Ask for one text; the status."""
    login = base64.b64encode(f"{carrier.account.sid}:{token}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/x-www-form-urlencoded"}
    line.request("POST", f"/2010-04-01/Accounts/{carrier.account.sid}/Messages.json", ORDER, headers)
    answer = line.getresponse()
    answer.read()
    return answer.status


def test_one_line_carries_request_after_request_refused_ones_too(
    line: http.client.HTTPConnection, carrier: Carrier
) -> None:
    line.connect()
    ours = line.sock.getsockname()
    token = carrier.account.token
    assert [sent(line, carrier, given) for given in (token, "wrong", token)] == [201, 401, 201]
    assert line.sock.getsockname() == ours
    assert carrier.ledger.count(What.ACCEPTED) == 2


@pytest.mark.parametrize(
    "asked",
    [
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /x HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /phone/api/state HTTP/1.0\r\n\r\n",
        b"GET /phone/api/state HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_after_what_cannot_be_read_or_was_the_last_the_line_ends(server: PocketServer, asked: bytes) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as raw:
        raw.sendall(asked + b"GET /phone/api/state HTTP/1.1\r\n\r\n")
        came = b""
        while piece := raw.recv(9999):
            came += piece
    assert came.count(b"HTTP/1.1 ") <= 1


def test_closing_ends_lines_that_nobody_speaks_on(carrier: Carrier) -> None:
    before = threading.active_count()
    with PocketServer(carrier) as server:
        address = urlsplit(server.url)
        idle = socket.create_connection((address.hostname, address.port), timeout=5)
        idle.sendall(b"GET /phone/api/state HTTP/1.1\r\n\r\n")
        assert idle.recv(9999)
    with idle:
        assert idle.recv(9999) == b""
    assert threading.active_count() <= before + 1
