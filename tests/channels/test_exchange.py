"""What a provider's answer may look like on the wire, in how many pieces it may come, and what is no answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPException
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.channels.twilio.exchange import Answer, ask, form

pytestmark = pytest.mark.fast
ASKED = ("POST", "/Messages.json", {"Host": "127.0.0.1"})
PLAIN = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Our end and the provider's."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        yield ours, theirs


def answered(line: tuple[socket.socket, socket.socket], came: bytes) -> Answer:
    """Ask, when the answer lies there already."""
    ours, theirs = line
    theirs.sendall(came)
    theirs.shutdown(socket.SHUT_WR)
    return ask(ours, ASKED, b"To=1", 5.0)


def test_a_request_is_one_head_and_its_body(line: tuple[socket.socket, socket.socket]) -> None:
    answered(line, PLAIN)
    assert line[1].recv(9999) == b"POST /Messages.json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\nTo=1"


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (PLAIN, (201, b"{}", True)),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN, (201, b"{}", True)),
        (CHUNKED + b"2;a=b\r\n{}\r\n1\r\n \r\n0\r\nX: y\r\n\r\n", (200, b"{} ", True)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"", True)),
        (b"HTTP/1.1 200\r\nConnection: Close\r\nContent-Length: 2\r\n\r\n{}", (200, b"{}", False)),
        (b"HTTP/1.0 500 Oh no\r\nContent-Length: 2\r\n\r\n{}", (500, b"{}", False)),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", (200, b"until the end", False)),
    ],
)
def test_an_answer_is_read_in_whatever_pieces_it_comes(
    line: tuple[socket.socket, socket.socket], came: bytes, expected: tuple[int, bytes, bool], size: int
) -> None:
    ours, theirs = line

    def tell() -> None:
        for at in range(0, len(came), size):
            theirs.sendall(came[at : at + size])
        theirs.shutdown(socket.SHUT_WR)

    telling = threading.Thread(target=tell)
    telling.start()
    answer = ask(ours, ASKED, b"To=1", 5.0)
    telling.join()
    assert (answer.status, answer.body, answer.lasts) == expected


def test_a_line_on_which_more_came_than_an_answer_is_not_used_again(line: tuple[socket.socket, socket.socket]) -> None:
    assert not answered(line, PLAIN + b"HTTP/1.1 200 OK\r\n\r\n").lasts


@pytest.mark.parametrize(
    "came",
    [
        b"",
        b"HTTP/1.1 201 Created\r\nContent-Le",
        PLAIN[:-1],
        b"220 mail.example.org\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
        CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"2\r\n{}{}0\r\n\r\n",
        CHUNKED + b"2\r\n{}\r\n",
    ],
)
def test_what_is_no_answer_or_ends_too_soon_is_told_apart_from_one(
    line: tuple[socket.socket, socket.socket], came: bytes
) -> None:
    with pytest.raises(HTTPException):
        answered(line, came)


def test_an_answer_that_dribbles_in_is_not_waited_for_longer_than_one_that_never_comes(
    line: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = line
    over = threading.Event()

    def dribble() -> None:
        for octet in PLAIN * 1000:
            if over.wait(0.02):
                return
            theirs.sendall(bytes([octet]))

    dribbling = threading.Thread(target=dribble)
    dribbling.start()
    with pytest.raises(TimeoutError):
        ask(ours, ASKED, None, 0.2)
    over.set()
    dribbling.join()


def test_a_line_break_in_a_header_is_never_sent(line: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(ValueError, match="no line"):
        ask(line[0], ("POST", "/a\r\nX: y", {}), None, 1.0)


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), min_size=1))
def test_a_form_reads_as_the_librarys_would(pairs: list[tuple[str, str]]) -> None:
    assert parse_qsl(form(pairs), keep_blank_values=True) == parse_qsl(urlencode(pairs), keep_blank_values=True)
