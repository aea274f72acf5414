"""The phone page: two basic phones in the browser, the small JSON interface under it, and the door to the REST API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, render_template, request

from hotline.pocket.calls import ENDED, Call
from hotline.pocket.carrier import Carrier
from hotline.pocket.dialogue import dialogue
from hotline.pocket.messages import Text
from hotline.pocket.papers import Json
from hotline.pocket.rest import rest_blueprint
from hotline.pocket.rings import Sound
from hotline.pocket.twiml import Dial, Gather, Record

HERE = Path(__file__).parent
SHOWN = 200
LETTERS = (".,?!", "ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ", "+", "space", "aA1")
KEYPAD = tuple(zip("123456789*0#", LETTERS, strict=True))
MAX_OFFSET = timedelta(days=3650)
_HANDSET = re.compile(r"\+?[0-9A-Za-z]{3,15}")
_KEYS = re.compile(r"[0-9*#]{1,32}")
_OUTCOMES = frozenset({"completed", "busy", "no-answer", "failed"})


def pocket_blueprint(carrier: Carrier) -> Blueprint:
    """REST at /2010-04-01/, the page at /phone, its files at /phone/static/, its interface at /phone/api/.

    A text or a key is answered when the hotline has answered, so the server needs a thread for each phone and one more.
    """
    words: dict[str, dict[str, str]] = json.loads((HERE / "static" / "words.json").read_text("utf-8"))
    pocket = Blueprint(
        "pocket", __name__, static_folder="static", static_url_path="/phone/static", template_folder="templates"
    )
    page = _Page(carrier, words)
    pocket.register_blueprint(rest_blueprint(carrier))
    for path, methods, view in (
        ("/phone", ["GET"], page.show),
        ("/phone/api/state", ["GET"], page.state),
        ("/phone/api/text", ["POST"], page.text),
        ("/phone/api/call", ["POST"], page.call),
        ("/phone/api/missed", ["POST"], page.missed),
        ("/phone/api/call/<sid>/<move>", ["POST"], page.move),
        ("/phone/api/clock", ["POST"], page.clock),
        ("/phone/api/dialogue", ["GET"], page.dialogue),
    ):
        pocket.add_url_rule(path, view.__name__, view, methods=methods)
    return pocket


class _Page:
    """The page of one carrier."""

    def __init__(self, carrier: Carrier, words: Mapping[str, Mapping[str, str]]) -> None:
        self._carrier, self._words = carrier, words

    def show(self) -> Response:
        """The page itself, in the language asked for."""
        known = [name for name in self._words if name != "hints"]
        language = request.args.get("lang", "")
        if language not in known:
            language = request.accept_languages.best_match(known) or known[0]
        html = render_template(
            "phone.html",
            language=language,
            words=self._words[language],
            number=self._carrier.account.number,
            zone=self._carrier.hooks.zone,
            hints=self._words["hints"].values(),
            keypad=KEYPAD,
        )
        response = Response(html)
        sound = urlsplit(self._carrier.account.webhook_base)
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'; media-src 'self' {sound.scheme}://{sound.netloc}; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        return response

    def state(self) -> Response:
        """Both phones as they are; 204 where nothing changed since the version the page has."""
        numbers = [_handset(number) for number in request.args.getlist("phone")[:4]]
        version = "-".join(str(self._carrier.ledger.last_of(number)) for number in numbers)
        if request.args.get("version") == version:
            return Response(status=204)
        phones = {number: self._phone(number) for number in numbers}
        return jsonify({"version": version, "phones": phones, **self._time()})

    def text(self) -> Response:
        """A text is sent; `trouble` is Twilio's error number, 0 when the hotline answered."""
        given = _given()
        number, body = _handset(given.get("number")), given.get("body")
        if not isinstance(body, str) or not body.strip() or len(body) > 1600:
            abort(400)
        exchange = self._carrier.text(number, body)
        return jsonify({"trouble": exchange.trouble, "phone": self._phone(number)})

    def call(self) -> Response:
        """A phone rings the hotline; the answer comes when the hotline has said what to play."""
        number = _handset(_given().get("number"))
        if any(call.status not in ENDED for call in self._carrier.calls_of(number)):
            abort(409)
        return jsonify(self._call(self._carrier.call(number, live=True)))

    def missed(self) -> Response:
        """A phone rings once and hangs up."""
        number = _handset(_given().get("number"))
        return jsonify(self._call(self._carrier.missed_call(number)))

    def move(self, sid: str, move: str) -> Response:
        """Something a person does in a call: answer, refuse, press, played, dialled, hang_up."""
        call, given = self._carrier.find_call(sid), _given()
        if call is None:
            abort(404)
        keys, place, outcome = given.get("keys"), given.get("place"), given.get("outcome")
        match move:
            case "answer":
                call.answer(live=True)
            case "refuse":
                call.refuse()
            case "hang_up":
                call.hang_up()
            case "press" if isinstance(keys, str) and _KEYS.fullmatch(keys):
                call.press(keys)
            case "played" if isinstance(place, int) and place > 0:
                call.played(place)
            case "dialled" if isinstance(outcome, str) and outcome in _OUTCOMES:
                call.dialled(outcome)
            case _:
                abort(400)
        return jsonify(self._call(call))

    def clock(self) -> Response:
        """Move the clock: `seconds` from the real time."""
        seconds = _given().get("seconds")
        if not isinstance(seconds, int | float) or abs(seconds) > MAX_OFFSET.total_seconds():
            abort(400)
        self._carrier.move_clock(timedelta(seconds=seconds))
        return jsonify(self._time())

    def dialogue(self) -> Response:
        """The conversation of one phone, to be saved as a file."""
        number = _handset(request.args.get("phone"))
        carrier = self._carrier
        text = dialogue(number, carrier.now(), carrier.conversation(number), carrier.calls_of(number))
        name = f"dialogue-{number.lstrip('+')}.txt"
        headers = {"Content-Disposition": f"attachment; filename={name}"}
        return Response(text, mimetype="text/plain", headers=headers)

    def _time(self) -> Json:
        return {"now": self._carrier.now().isoformat(), "offset": self._carrier.offset.total_seconds()}

    def _phone(self, number: str) -> Json:
        texts = self._carrier.conversation(number, SHOWN)
        calls = self._carrier.calls_of(number)
        return {"texts": [_text(text) for text in texts], "call": self._call(calls[-1]) if calls else None}

    def _call(self, call: Call) -> Json:
        waiting = call.waiting
        return {
            "sid": call.sid,
            "direction": call.ring.direction,
            "other": call.ring.number,
            "status": call.status,
            "ended": call.status in ENDED,
            "answered": _iso(call.answered),
            "seconds": call.seconds,
            "waiting": _WAITING.get(type(waiting), "") if waiting else "",
            "barge": not isinstance(waiting, Gather) or waiting.barge,
            "digits": call.digits,
            "played": call.hearing.played_to,
            "heard": [self._sound(sound) for sound in call.heard],
        }

    def _sound(self, sound: Sound) -> Json:
        stand_in = sound.kind == "say" or (sound.kind == "clip" and not self._carrier.hooks.is_recording(sound.url))
        return {
            "place": sound.place,
            "kind": sound.kind,
            "url": sound.url,
            "words": sound.words,
            "language": sound.language,
            "seconds": sound.seconds,
            "stand_in": stand_in,
        }


_WAITING = {Gather: "keys", Record: "recording", Dial: "dialling"}


def _text(text: Text) -> Json:
    return {
        "sid": text.sid,
        "mine": text.direction == "inbound",
        "body": text.body,
        "alphabet": str(text.length.alphabet),
        "units": text.length.units,
        "parts": text.length.parts,
        "at": _iso(text.created),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _given() -> Mapping[str, object]:
    """The JSON of a request. Only JSON is taken, which no form on another site can send."""
    given = request.get_json()
    if not isinstance(given, dict):
        abort(400)
    return given


def _handset(number: object) -> str:
    if not isinstance(number, str) or not _HANDSET.fullmatch(number):
        abort(400)
    return number
