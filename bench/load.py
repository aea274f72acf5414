"""Requests as Twilio sends them: signed beforehand, sent over kept-alive connections at full or at a fixed rate."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bench import MeasureError

ACCOUNT = "AC" + "0" * 32
CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to send; `path` with its query."""

    path: str
    body: bytes
    headers: dict[str, str]


class Signer:
    """Makes requests with the signature Twilio would give them."""

    def __init__(self, token: str, base_url: str) -> None:
        self._validator, self._base = RequestValidator(token), base_url
        self._numbers = itertools.count(1)

    def sms(self, sender: str, body: str) -> Request:
        """A new message with every field Twilio sends."""
        sid = f"SM{next(self._numbers):032x}"
        place = {f"{end}{part}": "" for end in ("From", "To") for part in ("City", "State", "Zip")}
        form = {
            "ToCountry": "PK", "MessageSid": sid, "SmsMessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT,
            "From": sender, "To": "+15005550006", "Body": body, "NumMedia": "0", "NumSegments": "1",
            "SmsStatus": "received", "FromCountry": "PK", "ApiVersion": "2010-04-01", "ReferralNumMedia": "0", **place,
        }  # fmt: skip
        return self.signed("/twilio/sms", form)

    def signed(self, path: str, form: dict[str, str]) -> Request:
        """A form posted to `path` of the public address."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": self._validator.compute_signature(self._base + path, form),
            "User-Agent": "TwilioProxy/1.1",
        }
        return Request(path, urlencode(form).encode(), headers)


class Client:
    """One kept-alive connection; opened anew where the server closed it between two requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def send(self, request: Request) -> str:
        """The body of the answer. Raises MeasureError for any but 200: a benchmark of refusals measures nothing."""
        for last in (False, True):
            try:
                self._connection.request("POST" if request.body else "GET", request.path, request.body, request.headers)
                answer = self._connection.getresponse()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                if last:
                    raise
                self._connection.close()
        body = answer.read().decode()
        if answer.status != 200:
            raise MeasureError(f"{request.path} answered {answer.status}: {body[:200]}")
        return body

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


def burst(port: int, requests: Sequence[Request]) -> list[str]:
    """Send all as fast as they are answered, over four connections; the answers, in order."""
    clients = threading.local()
    opened: list[Client] = []

    def send(request: Request) -> str:
        if not hasattr(clients, "own"):
            clients.own = Client(port)
            opened.append(clients.own)
        own: Client = clients.own
        return own.send(request)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        answers = list(threads.map(send, requests))
    for client in opened:
        client.close()
    return answers


def steady(port: int, requests: Iterable[Request], per_second: float) -> list[float]:
    """Send at a fixed rate, whatever the answers take; milliseconds from when each was due until it was answered."""
    clients = threading.local()
    took: list[float] = []

    def send(due: float, request: Request) -> None:
        if not hasattr(clients, "own"):
            clients.own = Client(port)
        clients.own.send(request)
        took.append((time.perf_counter() - due) * 1000)

    with ThreadPoolExecutor(32) as threads:
        sent = [threads.submit(send, due, request) for due, request in _paced(requests, per_second)]
        for one in sent:
            one.result()
    return took


def _paced(requests: Iterable[Request], per_second: float) -> Iterator[tuple[float, Request]]:
    start = time.perf_counter()
    for number, request in enumerate(requests):
        due = start + number / per_second
        time.sleep(max(0.0, due - time.perf_counter()))
        yield due, request


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
