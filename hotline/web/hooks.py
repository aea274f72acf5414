"""The provider's webhooks: what is trusted is heard and answered, everything else is refused and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, cast

import structlog
from flask import Blueprint, Response, request

from hotline.channels.base import Inbound, Receipt
from hotline.channels.twilio import Raw
from hotline.errors import StoreDown, Untrusted
from hotline.flow.turn import HungUp, Started
from hotline.frozen import frozen
from hotline.house import House

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger("hooks")
PREFIX = "/twilio/"
XML = "text/xml; charset=utf-8"


@frozen
class Reply:
    """What goes back to the provider."""

    status: HTTPStatus
    body: bytes = b""


def hooks(house: House) -> Blueprint:
    """POST /twilio/sms · /twilio/voice[/STEP] · /twilio/fallback · /twilio/status/ID."""
    door = Blueprint("hooks", __name__, url_prefix=PREFIX.rstrip("/"))

    def hear(**_: object) -> Response:
        reply = respond(house, request.environ)
        return Response(reply.body, reply.status, content_type=XML if reply.body else None)

    for name, rule in (
        ("sms", "/sms"),
        ("voice", "/voice"),
        ("step", "/voice/<int:step>"),
        ("fallback", "/fallback"),
        ("status", "/status/<own_id>"),
    ):
        door.add_url_rule(rule, endpoint=name, view_func=hear, methods=["POST"])
    return door


def shortcut(house: House, behind: WSGIApplication, headers: Iterable[tuple[str, str]]) -> WSGIApplication:
    """The same answers without Flask's routing and request objects, which cost as much as a turn's two statements.

    Whatever is no POST to a webhook goes on to the application behind.
    """
    fixed = [*headers, ("Content-Type", XML)]

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST" or not environ.get("PATH_INFO", "").startswith(PREFIX):
            return behind(environ, start)
        reply = respond(house, environ)
        length = [] if reply.status is HTTPStatus.NO_CONTENT else [("Content-Length", str(len(reply.body)))]
        start(f"{reply.status.value} {reply.status.phrase}", [*fixed, *length])
        return (reply.body,)

    return answer


def respond(house: House, environ: WSGIEnvironment) -> Reply:
    """Trust, read, answer. A provider is never sent a 5xx, save for what could be stored nowhere."""
    most = house.settings.most_body_bytes
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length) > most:
        return _refused(house, "too_large")
    stream = cast("InputStream", environ["wsgi.input"])
    body = stream.read(int(length)) if length.isdecimal() else _all(stream.read, environ, most + 1)
    if len(body) > most:
        return _refused(house, "too_large")
    try:
        heard = house.channel.read(house.channel.trust(Raw.from_environ(environ, body)))
    except Untrusted as error:
        return _refused(house, error.code)
    if not isinstance(heard, Inbound):
        return _receipt(house, heard)
    return _answer(house, heard)


def _receipt(house: House, receipt: Receipt) -> Reply:
    """Taken is 204, known or not; what could not be kept is told again for a 503."""
    try:
        house.receipts.hear(receipt)
    except StoreDown:
        house.metrics.count("not_kept")
        return Reply(HTTPStatus.SERVICE_UNAVAILABLE)
    except Exception as error:
        house.metrics.count("broken", type(error).__name__)
        log.exception("broken", id=receipt.own_id)
        return Reply(HTTPStatus.SERVICE_UNAVAILABLE)
    return Reply(HTTPStatus.NO_CONTENT)


def _all(read: Callable[[int], bytes], environ: WSGIEnvironment, most: int) -> bytes:
    """A body of no stated length: only a server that says it ends it itself may be read to the end."""
    return read(most) if environ.get("wsgi.input_terminated") else b""


def _answer(house: House, inbound: Inbound) -> Reply:
    if _is_missed(house, inbound):
        return _missed(house, inbound)
    if inbound.unanswered:
        # Nobody picked up our call: it may be made once more.
        _beside(house, inbound, house.ring_back.unanswered)
    start = perf_counter()
    try:
        body = _said(house, inbound)
    except StoreDown:
        house.metrics.count("not_kept")
        log.error("not kept", id=inbound.id)
        return Reply(HTTPStatus.SERVICE_UNAVAILABLE)
    except Exception as error:
        house.metrics.count("broken", type(error).__name__)
        log.exception("no apology", id=inbound.id)
        return Reply(HTTPStatus.SERVICE_UNAVAILABLE)
    finally:
        house.metrics.answered(inbound.channel.value, perf_counter() - start)
    if isinstance(inbound.event, HungUp):
        return Reply(HTTPStatus.NO_CONTENT)
    return Reply(HTTPStatus.OK, body)


def _said(house: House, inbound: Inbound) -> bytes:
    """The answer; where our own code fails, an apology."""
    try:
        return house.converse.answer(house.channel, inbound, house.now())
    except StoreDown:
        raise
    except Exception as error:
        house.metrics.count("broken", type(error).__name__)
        log.exception("broken", id=inbound.id)
        return house.converse.apologise(house.channel, inbound, house.now())


def _is_missed(house: House, inbound: Inbound) -> bool:
    """Whether this is the beginning or the end of a call that is not to be answered."""
    begins_or_ends = isinstance(inbound.event, Started | HungUp)
    return begins_or_ends and not inbound.placed_by_us and house.settings.entry_of(inbound.to) == "call_back"


def _missed(house: House, inbound: Inbound) -> Reply:
    """Busy, so that the caller pays nothing, whatever befalls us; then the hotline rings them."""
    if isinstance(inbound.event, HungUp):
        return Reply(HTTPStatus.NO_CONTENT)
    house.metrics.count("call_back")
    _beside(house, inbound, house.ring_back.asked)
    return Reply(HTTPStatus.OK, house.channel.reject())


def _beside(house: House, inbound: Inbound, work: Callable[[Inbound, datetime], object]) -> None:
    """Do what no answer hangs on: what befalls it is counted and logged, and the event goes its way."""
    try:
        work(inbound, house.now())
    except StoreDown:
        house.metrics.count("not_kept")
        log.error("not kept", id=inbound.id)
    except Exception as error:
        house.metrics.count("broken", type(error).__name__)
        log.exception("broken", id=inbound.id)


def _refused(house: House, why: str) -> Reply:
    house.metrics.count("refused", why)
    return Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE if why == "too_large" else HTTPStatus.FORBIDDEN)
