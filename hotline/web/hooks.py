"""The provider's webhooks: what is trusted is heard and answered, everything else is refused and counted."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request

from hotline.channels.base import Inbound
from hotline.channels.twilio import Raw
from hotline.errors import StoreDown, Untrusted
from hotline.flow.model import HungUp, Started
from hotline.house import House
from hotline.service.words import sorry
from hotline.text.tongue import guess

log = structlog.get_logger("hooks")


def hooks(house: House) -> Blueprint:
    """POST /twilio/sms · /twilio/voice[/STEP] · /twilio/fallback · /twilio/status/ID."""
    door = Blueprint("hooks", __name__, url_prefix="/twilio")

    def hear(**_: object) -> Response:
        return _hear(house)

    for rule in ("/sms", "/voice", "/voice/<int:step>", "/fallback", "/status/<own_id>"):
        door.add_url_rule(
            rule,
            endpoint=rule.strip("/").partition("<")[0].strip("/").replace("/", "_") + str(len(rule)),
            view_func=hear,
            methods=["POST"],
        )
    return door


def _hear(house: House) -> Response:
    """Trust, read, answer. A provider is never sent a 5xx, save what could be stored nowhere."""
    if (request.content_length or 0) > house.settings.most_body_bytes:
        return _refused(house, "too_large")
    body = request.stream.read(house.settings.most_body_bytes + 1)
    if len(body) > house.settings.most_body_bytes:
        return _refused(house, "too_large")
    try:
        heard = house.channel.read(house.channel.trust(Raw.from_environ(request.environ, body)))
    except Untrusted as error:
        return _refused(house, error.code)
    if not isinstance(heard, Inbound):
        house.metrics.count("receipt", heard.status)
        return Response(status=204)
    return _answer(house, heard)


def _answer(house: House, inbound: Inbound) -> Response:
    channel = house.channel
    if isinstance(inbound.event, Started) and house.settings.entry_of(inbound.to) == "call_back":
        house.metrics.count("call_back")
        return _twiml(channel.reject())
    with house.metrics.timed(inbound.channel.value):
        try:
            body = house.converse.answer(channel, inbound, house.now())
        except StoreDown:
            house.metrics.count("not_kept")
            log.error("not kept", id=inbound.id)
            return Response(status=503)
        except Exception as error:
            house.metrics.count("broken", type(error).__name__)
            log.exception("broken", id=inbound.id)
            body = channel.answer(sorry(house.book, _locale(house, inbound), inbound.channel))
    if isinstance(inbound.event, HungUp):
        return Response(status=204)
    return _twiml(body)


def _locale(house: House, inbound: Inbound) -> str:
    text = getattr(inbound.event, "text", "")
    return guess(text) or house.settings.district_of(inbound.to).languages[0]


def _twiml(body: bytes) -> Response:
    return Response(body, 200, content_type="text/xml; charset=utf-8")


def _refused(house: House, why: str) -> Response:
    house.metrics.count("refused", why)
    return Response(status=413 if why == "too_large" else 403)
