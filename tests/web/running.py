"""The whole hotline, running: a real server on the loopback interface, database, Redis, and a carrier that rings."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from sqlalchemy import Row, Table, select
from twilio.request_validator import RequestValidator
from werkzeug.serving import WSGIRequestHandler, make_server

from hotline.domain.agency import Agency, Licence, Notice, Status
from hotline.house import House
from hotline.pocket.account import Account, Hooks
from hotline.pocket.calls import Call
from hotline.pocket.carrier import Carrier
from hotline.settings import load_settings
from hotline.store import reach
from hotline.store.agencies import open_notice
from hotline.store.database import Database
from hotline.store.publishing import NewList, Publication, publish
from hotline.text.clipname import Voices
from hotline.text.values import NAMES_ARE_IN
from hotline.web.app import create_app
from tests.channels.twiml_subset import check

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ACCOUNT, TOKEN, NUMBER = "AC" + "0a" * 16, "a token with ünusual sïgns", "+924238000000"
DATA_KEYS = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
LISTED = date(2026, 11, 20)
OF_THE_REGISTER = ("about", "register_lists", "agencies", "notices", "spoken_names")
Pairs = Sequence[tuple[str, str]]


class Clock:
    """Eleven in the morning in Lahore, until it is moved."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **much: float) -> None:
        self.now += timedelta(**much)


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """What the person reads, without the TwiML around it; "" for an answer that says nothing."""
        root = check(self.body)
        return "".join(root.itertext())


@dataclass
class Running:
    """A hotline that answers at `url`; `carrier` texts and rings it; `documents` are all TwiML it has answered."""

    house: House
    app: Flask
    url: str
    carrier: Carrier
    clock: Clock
    documents: list[bytes] = field(default_factory=list)

    # --- what a person does ---

    def text(self, person: str, words: str) -> str:
        """Send a text; what comes back, "" where there is no reply. More than one reply is an error."""
        exchange = self.carrier.text(person, words)
        assert not exchange.trouble
        assert not exchange.fell_back
        assert len(exchange.replies) <= 1
        return exchange.replies[0].body if exchange.replies else ""

    def ring(self, person: str, *keys: str) -> Call:
        """Ring and press keys."""
        call = self.carrier.call(person)
        for key in keys:
            call.press(key)
        return call

    def hang_up(self, call: Call) -> None:
        """End a call; the hotline knows of it when this returns."""
        call.hang_up()
        assert self.carrier.settle()

    # --- the wire ---

    def post(self, path: str, form: Pairs, **how: str) -> Answer:
        """A webhook as the provider sends it; `signature` or `token` for one that it did not sign."""
        signature = how.pop("signature", None)
        if signature is None:
            signature = sign(self.url + path, form, how.pop("token", TOKEN))
        return self.send("POST", path, urlencode(list(form)).encode(), {"X-Twilio-Signature": signature})

    def send(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Any request at all."""
        host = urlsplit(self.url).netloc
        line = http.client.HTTPConnection(host, timeout=30)
        try:
            given = {"Content-Type": FORM} if body else {}
            line.request(method, path, body, given | dict(headers or {}))
            response = line.getresponse()
            return Answer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})
        finally:
            line.close()

    # --- what is known behind it ---

    def rows(self, table: Table) -> Sequence[Row[tuple[object, ...]]]:
        """Everything in a table, oldest first where it has a number."""
        with self.house.database.reading() as connection:
            found = select(table).order_by(table.c.get("id", next(iter(table.c))))
            return connection.execute(found).all()

    def count(self, what: str, why: str | None = None) -> float:
        """How often something was counted for /metrics, for one reason or for all."""
        return sum(
            sample.value
            for metric in self.house.metrics.registry.collect()
            for sample in metric.samples
            if sample.name == "hotline_events_total"
            and sample.labels["what"] == what
            and why in (None, sample.labels["why"])
        )

    def shows(self, text: str, key: str, locale: str) -> bool:
        """Whether a text holds this sentence of the catalogue, whatever stands in its holes."""
        rest = _flat(text)
        for piece in self.house.book.texts[locale][key]:
            if isinstance(piece, str):
                _, found, rest = rest.partition(_flat(piece)) if piece.strip() else ("", " ", rest)
                if not found:
                    return False
        return True

    def empty(self) -> None:
        """Forget everybody, keep the register."""
        with self.house.database.writing() as connection:
            for table in reversed(reach.metadata.sorted_tables):
                if table.name not in OF_THE_REGISTER:
                    connection.execute(table.delete())


def sign(url: str, form: Iterable[tuple[str, str]], token: str = TOKEN) -> str:
    """The signature as the provider's own library makes it."""
    signature: str = RequestValidator(token).compute_signature(url, dict(form))
    return signature


def sms(person: str, words: str, **changes: str | None) -> Pairs:
    """The form of a text as it comes in; a change of None leaves a field out."""
    sid = changes.get("MessageSid") or f"SM{uuid.uuid4().hex}"
    usual: dict[str, str | None] = {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "Body": words, "From": person, "MessageSid": sid,
        "NumMedia": "0", "NumSegments": "1", "SmsMessageSid": sid, "SmsSid": sid, "SmsStatus": "received", "To": NUMBER,
        "FromCountry": "PK", "ToCountry": "PK",
    }  # fmt: skip
    return [(name, value) for name, value in {**usual, **changes}.items() if value is not None]


def call(person: str, sid: str = "", **changes: str | None) -> Pairs:
    """The form of a call that comes in or goes on."""
    usual: dict[str, str | None] = {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": sid or f"CA{uuid.uuid4().hex}",
        "CallStatus": "in-progress", "Called": NUMBER, "Caller": person, "Direction": "inbound", "From": person,
        "To": NUMBER,
    }  # fmt: skip
    return [(name, value) for name, value in {**usual, **changes}.items() if value is not None]


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        logging.getLogger(__name__).debug("%s %s", self.requestline, code)


@contextmanager
def running(folder: Path, database_url: str, redis_url: str, **environ: str) -> Iterator[Running]:
    """Open a house and serve it until the block ends; of a start that fails nothing stays open."""
    clock = Clock()
    with ExitStack() as opened:
        door = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        told = {
            "DATABASE_URL": database_url, "REDIS_URL": redis_url, "PUBLIC_BASE_URL": url, "DATA_KEYS": DATA_KEYS,
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_API_BASE": url, **environ,
        }  # fmt: skip
        house = opened.enter_context(closing(House(load_settings(told, folder), clock)))
        app = create_app(house)
        hooks = Hooks(words_of=lambda clip: house.words_of(_name(clip)))
        carrier = opened.enter_context(closing(Carrier(Account(url, ACCOUNT, TOKEN, NUMBER), clock, hooks=hooks)))
        found = Running(house, app, url, carrier, clock)
        app.wsgi_app = listening(app.wsgi_app, found.documents)  # type: ignore[method-assign]
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, fd=door.fileno())
        opened.callback(server.server_close)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        opened.callback(thread.join, 10)
        opened.callback(server.shutdown)
        yield found


def listening(app: WSGIApplication, documents: list[bytes]) -> WSGIApplication:
    """The same application; the TwiML it answers is written down."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        kinds: list[tuple[str, str]] = []

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            kinds.extend((status[:3], value) for name, value in headers if name == "Content-Type")
            return start(status, headers, *more)

        answered = app(environ, begin)
        try:
            body = b"".join(answered)
        finally:
            # Whoever takes the body out of an answer must close it: a clip's file would stay open.
            if close := getattr(answered, "close", None):
                close()
        if kinds == [("200", "text/xml; charset=utf-8")]:
            documents.append(body)
        return [body]

    return answer


def _name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2].removesuffix(".wav")


def _flat(text: str) -> str:
    return " ".join(text.split())


def publish_agencies(house: House) -> None:
    """As `publish_rows`; and the house knows their names."""
    publish_rows(house.database)
    house.agencies.warm()


def publish_rows(database: Database) -> None:
    """A list of a few agencies: one of each verdict, and one number in two regions."""
    later, past = date(2028, 3, 31), date(2026, 1, 31)
    rows = (
        Agency(Licence(4859, "LHR"), "Chiragh Overseas Employment", Status.ACTIVE, later, "Lahore"),
        Agency(Licence(2567, "LHR"), "Chenab Travels", Status.ACTIVE, later, "Lahore"),
        Agency(Licence(2567, "MLK"), "Parwaz Manpower", Status.EXPIRED, past, "Malakand"),
        Agency(Licence(1111, "RWP"), "Sitara Recruiting", Status.SUSPENDED, later, "Rawalpindi"),
        Agency(Licence(3333, "SKT"), "Sialkot Gulf Bureau", Status.ACTIVE, later, "Sialkot"),
    )
    at = datetime(2026, 11, 20, tzinfo=UTC)
    new = NewList(LISTED, demo=False, file="list.csv", sha256="0" * 64)
    publish(database, Publication(new, rows, None, partial(Voices().stand_in, NAMES_ARE_IN), at))
    open_notice(database, Notice(Licence(3333, "SKT"), "Show cause notice", date(2026, 11, 1)), at)
