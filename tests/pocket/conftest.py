"""A small real hotline on the loopback interface, a clock that stands still, and a carrier between them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator
from werkzeug.serving import WSGIRequestHandler, make_server

from hotline.pocket.account import Account
from hotline.pocket.carrier import Carrier
from hotline.pocket.faults import Faults
from hotline.pocket.server import PocketServer

SID, TOKEN, NUMBER = "AC" + "0" * 32, "a secret, with ünusual sïgns", "+924232345678"
NASREEN, AKRAM = "+923001234567", "+923451234567"

Answer = str | tuple[str, int] | Callable[[Mapping[str, str]], str]


@dataclass(frozen=True)
class Asked:
    """One request the hotline saw."""

    method: str
    path: str
    form: dict[str, str]
    headers: dict[str, str]
    trusted: bool


@dataclass
class FakeHotline:
    """Answers each path as told; `asked` is what it saw, in order."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    clips: dict[str, bytes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def at(self, path: str) -> list[Asked]:
        with self.changed:
            return [asked for asked in self.asked if asked.path == path]

    def wait_for(self, path: str, count: int = 1) -> list[Asked]:
        with self.changed:
            assert self.changed.wait_for(lambda: len([a for a in self.asked if a.path == path]) >= count, 10)
        return self.at(path)

    def answer(self, path: str) -> Response:
        trusted = RequestValidator(TOKEN).validate(
            self.url + request.environ["REQUEST_URI"],
            request.form if request.method == "POST" else {},
            request.headers.get("X-Twilio-Signature", ""),
        )
        with self.changed:
            self.asked.append(
                Asked(request.method, "/" + path, request.values.to_dict(), dict(request.headers), trusted)
            )
            self.changed.notify_all()
        if "/" + path in self.clips:
            return Response(self.clips["/" + path], mimetype="audio/x-wav")
        told = self.answers.get("/" + path, "<Response/>")
        if callable(told):
            told = told(request.values)
        body, status = told if isinstance(told, tuple) else (told, 200)
        return Response(body, status, mimetype="text/xml")


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Clock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 8, 25, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def serve(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def hotline() -> Iterator[FakeHotline]:
    fake = FakeHotline()
    app = Flask("fake", static_folder=None)
    app.add_url_rule("/<path:path>", view_func=fake.answer, methods=["GET", "POST"])
    for url in serve(app):
        fake.url = url
        yield fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def carrier(hotline: FakeHotline, clock: Clock) -> Iterator[Carrier]:
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER), clock, Faults())
    yield carrier
    carrier.close()


@pytest.fixture
def server(carrier: Carrier) -> Iterator[PocketServer]:
    with PocketServer(carrier) as server:
        yield server
