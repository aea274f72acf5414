"""What Twilio sends, for the tests: forms with every usual parameter, signed or not, as they arrive at our door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from hotline.channels.twilio import Raw
from hotline.channels.twilio.signature import sign

BASE = "https://hotline.example.org"
TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC" + "0a" * 16
MESSAGE = "SM" + "1b" * 16
CALL = "CA" + "2c" * 16
PERSON, CENTRE = "+923001234567", "+924299200000"
PLACES = {f"{end}{what}": "" for end in ("From", "To") for what in ("City", "State", "Zip", "Country")}

Pairs = Sequence[tuple[str, str]]


def sms(**changes: str | None) -> Pairs:
    """The parameters of an incoming SMS; a change of None leaves one out."""
    usual = {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "Body": "CHECK 4859", "From": PERSON, "MessageSid": MESSAGE,
        "NumMedia": "0", "NumSegments": "1", "SmsMessageSid": MESSAGE, "SmsSid": MESSAGE, "SmsStatus": "received",
        "To": CENTRE, **PLACES, "FromCountry": "PK", "ToCountry": "PK",
    }  # fmt: skip
    return changed(usual, changes)


def call(**changes: str | None) -> Pairs:
    """The parameters of a call that comes in, or goes on."""
    usual = {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": CALL, "CallStatus": "in-progress",
        "Called": CENTRE, "Caller": PERSON, "Direction": "inbound", "From": PERSON, "To": CENTRE, **PLACES,
    }  # fmt: skip
    return changed(usual, changes)


def changed(usual: Mapping[str, str], changes: Mapping[str, str | None]) -> Pairs:
    return [(name, value) for name, value in {**usual, **changes}.items() if value is not None]


def post(path: str, pairs: Iterable[tuple[str, str]], *, query: str = "", token: str = TOKEN, base: str = BASE) -> Raw:
    """A signed form POST to `path`, as Twilio makes it."""
    listed = list(pairs)
    return unsigned(
        path, listed, query=query, signature=sign(token, base + path + ("?" + query if query else ""), listed)
    )


def unsigned(path: str, pairs: Iterable[tuple[str, str]], *, query: str = "", signature: str = "") -> Raw:
    """A form POST that carries a signature made elsewhere, or none."""
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8", "x-twilio-signature": signature}
    return Raw(path, query.encode(), headers, urlencode(list(pairs)).encode())
