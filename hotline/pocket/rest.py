"""The REST API that the real `twilio` client speaks: messages, calls, recordings, and the faults of requests."""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import socket
import wave
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from flask import Blueprint, Response, jsonify, request

from hotline.pocket.account import API_VERSION
from hotline.pocket.calls import Call
from hotline.pocket.carrier import Carrier
from hotline.pocket.desk import Refusal
from hotline.pocket.faults import BEFORE, Fault
from hotline.pocket.ledger import What
from hotline.pocket.messages import Text, Wanted
from hotline.pocket.papers import Json, Sheet, call_paper, list_paper, message_paper, refusal_paper
from hotline.pocket.rings import Ring
from hotline.pocket.texts import QUEUE_SECONDS, Order
from hotline.pocket.twiml import BadTwiml, Document, parse

HOME = f"/{API_VERSION}/Accounts/<account>"
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
MAX_PAGE, MAX_WAV_SECONDS, WAV_RATE = 1000, 120, 8000


def rest_blueprint(carrier: Carrier) -> Blueprint:
    """The API of one carrier, under /2010-04-01/."""
    api = Blueprint("pocket_rest", __name__)
    desk = _Counter(carrier)
    api.before_request(desk.let_in)
    api.register_error_handler(Refusal, _refuse)
    for path, methods, view in (
        ("/Messages.json", ["POST"], desk.create_message),
        ("/Messages.json", ["GET"], desk.list_messages),
        ("/Messages/<sid>.json", ["GET"], desk.fetch_message),
        ("/Messages/<sid>.json", ["DELETE"], desk.delete_message),
        ("/IncomingPhoneNumbers.json", ["GET"], desk.list_numbers),
        ("/Calls.json", ["POST"], desk.create_call),
        ("/Calls.json", ["GET"], desk.list_calls),
        ("/Calls/<sid>.json", ["GET"], desk.fetch_call),
        ("/Calls/<sid>.json", ["POST"], desk.change_call),
        ("/Recordings/<sid>.wav", ["GET"], desk.recording),
    ):
        api.add_url_rule(HOME + path, view.__name__, view, methods=methods)
    return api


class _Counter:
    """One request after another, at the counter of one carrier."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._deleted: set[str] = set()

    def let_in(self) -> None:
        """Basic auth by account and token; a recording is public to who knows its address, as at Twilio."""
        if (request.endpoint or "").endswith(".recording"):
            return
        account = self._carrier.account
        if not _knows(request.headers.get("Authorization", ""), f"{account.sid}:{account.token}"):
            raise Refusal(401, 20003, "Authenticate")
        if (request.view_args or {}).get("account") != account.sid:
            raise _missing()

    # --- messages ---------------------------------------------------------------------------------------------------

    def create_message(self, account: str) -> Response:
        form = request.form
        order = Order(
            form.get("To", ""),
            form.get("From", "") or form.get("MessagingServiceSid", ""),
            form.get("Body", ""),
            form.get("StatusCallback", ""),
            form.get("ValidityPeriod", QUEUE_SECONDS, type=int),
        )
        return self._create(lambda: message_paper(self._carrier.send(order), account))

    def list_messages(self, account: str) -> Response:
        asked = request.args
        number, size, below = _page()
        day, since, before = asked.get("DateSent", ""), asked.get("DateSent>", ""), asked.get("DateSent<", "")
        lag = self._carrier.faults.odds.list_lag
        wanted = Wanted(
            to=asked.get("To", ""),
            sender=asked.get("From", ""),
            day=_day(day),
            since=_moment(since),
            before=_end(before),
            below=below,
            until=self._carrier.kept_before(lag) if lag else None,
        )
        there = (text for text in self._carrier.texts.kept.newest(wanted) if text.sid not in self._deleted)
        found = list(islice(there, size + 1))
        token = f"PT{found[size - 1].place}" if len(found) > size else ""
        return _sheet("messages", [message_paper(text, account) for text in found[:size]], (number, size, token))

    def fetch_message(self, account: str, sid: str) -> Response:
        return jsonify(message_paper(self._known_message(sid), account))

    def delete_message(self, account: str, sid: str) -> Response:
        """The provider's copy goes; the handset keeps what it got."""
        self._deleted.add(self._known_message(sid).sid)
        return Response(status=204)

    def list_numbers(self, account: str) -> Response:
        """Every number that was ever texted leads to the hotline."""
        texts = self._carrier.texts.kept.newest(Wanted())
        numbers = {self._carrier.account.number, *(text.to for text in texts if text.direction == "inbound")}
        sms = self._carrier.account.webhook("sms")
        rows: list[Json] = [{"phone_number": one, "sms_url": sms} for one in sorted(numbers)]
        return _sheet("incoming_phone_numbers", rows, (0, MAX_PAGE, ""))

    def _known_message(self, sid: str) -> Text:
        text: Text | None = self._carrier.texts.kept.get(sid)
        if text is None or sid in self._deleted:
            raise _missing()
        return text

    # --- calls ------------------------------------------------------------------------------------------------------

    def create_call(self, account: str) -> Response:
        form = request.form
        ring = Ring(
            handset=form.get("To", ""),
            number=form.get("From", ""),
            url=form.get("Url", ""),
            document=_document(form.get("Twiml", "")),
            method=form.get("Method", "POST").upper(),
            fallback=form.get("FallbackUrl", ""),
            callback=form.get("StatusCallback", ""),
            events=EVENTS.intersection(form.getlist("StatusCallbackEvent")) or frozenset({"completed"}),
            timeout=min(600, form.get("Timeout", 60, type=int)),
            limit=form.get("TimeLimit", 14_400, type=int),
        )
        return self._create(lambda: {**call_paper(self._carrier.ring(ring), account), "status": "queued"})

    def list_calls(self, account: str) -> Response:
        number, size, below = _page()
        sheets = [call_paper(call, account) for call in self._carrier.all_calls()]
        for name, key in (("To", "to"), ("From", "from"), ("Status", "status")):
            sheets = [sheet for sheet in sheets if request.args.get(name, sheet[key]) == sheet[key]]
        token = f"PT{below + size}" if len(sheets) > below + size else ""
        return _sheet("calls", sheets[below : below + size], (number, size, token))

    def fetch_call(self, account: str, sid: str) -> Response:
        return jsonify(call_paper(self._known_call(sid), account))

    def change_call(self, account: str, sid: str) -> Response:
        call, form = self._known_call(sid), request.form
        self._carrier.change(
            call, status=form.get("Status", ""), url=form.get("Url", ""), method=form.get("Method", "POST").upper()
        )
        return jsonify(call_paper(call, account))

    def recording(self, account: str, sid: str) -> Response:
        """Silence of the length that was recorded: nobody speaks into this carrier."""
        lengths = {name: seconds for call in self._carrier.all_calls() for name, seconds in call.recordings}
        if sid not in lengths or account != self._carrier.account.sid:
            raise _missing()
        sound = io.BytesIO()
        with wave.open(sound, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(WAV_RATE)
            file.writeframes(bytes(2 * WAV_RATE * min(lengths[sid], MAX_WAV_SECONDS)))
        return Response(sound.getvalue(), mimetype="audio/x-wav")

    def _known_call(self, sid: str) -> Call:
        call = self._carrier.find_call(sid)
        if call is None:
            raise _missing()
        return call

    # --- faults -----------------------------------------------------------------------------------------------------

    def _create(self, accept: Callable[[], Json]) -> Response:
        """Answer 201 with what was created, unless a fault befalls the request before or after."""
        fault = self._carrier.faults.on_create()
        number = request.form.get("To", "")
        if fault is not None:
            self._carrier.ledger.write(What.FAULT, "", number, fault)
        if fault in BEFORE:
            raise (
                Refusal(429, 20429, "Too Many Requests") if fault is Fault.BUSY else Refusal(503, 20503, "Unavailable")
            )
        try:
            created = accept()
        except Refusal as refusal:
            self._carrier.ledger.write(What.REFUSED, "", number, str(refusal.number))
            raise
        if fault is Fault.CUT:
            _cut()
        elif fault is Fault.HANG:
            self._carrier.closing.wait(self._carrier.faults.odds.hang_seconds)
        if fault is not None:
            raise Refusal(500, 20500, "An internal server error has occurred")
        response = jsonify(created)
        response.status_code = 201
        return response


def _knows(header: str, secret: str) -> bool:
    """Whether Basic auth carries the secret. Clients encode letters outside ASCII in one of two ways (RFC 7617)."""
    kind, _, word = header.partition(" ")
    try:
        given = base64.b64decode(word, validate=True) if kind.lower() == "basic" else b""
    except binascii.Error:
        return False
    expected = (secret.encode(), secret.encode("latin-1", "replace"))
    return any(hmac.compare_digest(given, one) for one in expected)


def _cut() -> None:
    """Drop the line under the request, where the server lends its socket; else the 500 that follows stands for it."""
    line = request.environ.get("werkzeug.socket") or request.environ.get("gunicorn.socket")
    if isinstance(line, socket.socket):
        line.shutdown(socket.SHUT_RDWR)


def _refuse(refusal: Refusal) -> Response:
    response = jsonify(refusal_paper(refusal.status, refusal.number, refusal.message))
    response.status_code = refusal.status
    return response


def _missing() -> Refusal:
    return Refusal(404, 20404, f"The requested resource {request.path} was not found")


def _document(twiml: str) -> Document | None:
    if not twiml:
        return None
    try:
        return parse(twiml.encode(), "text/xml", "")
    except BadTwiml as problem:
        raise Refusal(400, problem.number, str(problem)) from None


def _page() -> tuple[int, int, int]:
    """The page's number, its size, and the place given by its token (0 for the first page)."""
    token = request.args.get("PageToken", "").removeprefix("PT")
    size = request.args.get("PageSize", 50, type=int)
    return request.args.get("Page", 0, type=int), max(1, min(MAX_PAGE, size)), int(token) if token.isdecimal() else 0


def _sheet(key: str, rows: list[Json], place: tuple[int, int, str]) -> Response:
    number, size, token = place
    asked = [(name, value) for name, value in request.args.items(multi=True)]
    return jsonify(list_paper(Sheet(key, rows, request.path, asked, number, size, token)))


def _day(text: str) -> date | None:
    moment = _moment(text)
    return moment.date() if moment else None


def _end(text: str) -> datetime | None:
    """Twilio's `<=`: a day counts to its end, a moment counts itself."""
    moment = _moment(text)
    return moment and moment + (timedelta(days=1) if len(text) == len("YYYY-MM-DD") else timedelta(microseconds=1))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
