"""What a trusted webhook says: the strict shape of each kind of form, and the event or receipt it carries.

The signature does not cover where one parameter ends and the next begins, so a request that was signed once can be cut
anew into another that validates too. Every name we read must therefore stand once, with a value of its own shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from hotline.channels.base import Inbound, OptOut, Receipt
from hotline.channels.twilio.request import Fields, Trusted
from hotline.errors import Untrusted
from hotline.flow.model import Channel
from hotline.flow.turn import Event, HungUp, Keyed, Said, Silence, Started

PROVIDER = "twilio"
MAX_BODY = 65_536
ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
UNANSWERED = frozenset({"busy", "no-answer"})
NOBODY = frozenset(
    {"", "anonymous", "unknown", "restricted", "unavailable", "withheld", "private", "blocked"}
    # The same words, keyed on a telephone: how a withheld number is shown.
    | {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"}
)
"""What stands in From when nobody is named, in lower case; two such messages need not be from one person."""

_SID = r"[A-Za-z]{2}[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_PATTERNS = {
    "AccountSid": r"[A-Za-z0-9-]{1,64}",
    "ApiVersion": r"[0-9-]{0,10}",
    "Body": r"[\s\S]*",
    "CallSid": _SID,
    "CallStatus": r"[a-z-]{2,20}",
    "Digits": r"[0-9*#A-D]{0,64}|hangup",
    "Direction": r"inbound|outbound(?:-[a-z]{2,10})?",
    "ErrorCode": r"[0-9]{0,6}",
    "ErrorUrl": r"\S{0,2000}",
    "From": r"[\s\S]{0,64}",
    "MessageSid": _SID,
    "MessageStatus": r"[a-z_-]{2,20}",
    "OptOutType": r"START|STOP|HELP",
    "RecordingDuration": r"-?[0-9]{0,6}",
    "RecordingUrl": r"https?://\S{1,500}",
    "To": r"[\s\S]{0,64}",
}
_IDS = re.compile(f"MessageSid({_SID})".encode())
_SHAPES = {name.encode(): (name, re.compile(pattern)) for name, pattern in _PATTERNS.items()}
# "Bodyhel" with the value "lo" is signed like Body=hello; a parameter yet unknown would go on with a capital.
_RENAMED = re.compile(f"(?:{'|'.join(name for name in _PATTERNS if name != 'To')})[^A-Z]".encode())
_USUAL = frozenset(
    name.encode()
    for name in (
        "NumMedia", "NumSegments", "SmsMessageSid", "SmsSid", "SmsStatus", "MessagingServiceSid",
        *(f"{end}{place}" for end in ("From", "To") for place in ("City", "Country", "State", "Zip")),
    )
)  # fmt: skip
"""Parameters of every text that we do not read: known to be no cut of one we do."""
_SWALLOWED = re.compile(
    r"(?:From|To|Body)(?:\+|\d{5})|(?:Account|Call|Message|Sms)Sid|ApiVersion|Num(?:Media|Segments)"
)
_PLACE = re.compile(r"City|State|Zip|Country")
_PATH = re.compile(
    r"/twilio/(?:(?P<sms>sms)|(?P<fallback>fallback)|(?P<status>status/[\w-]{1,64})|voice(?:/(?P<step>[1-9]\d{0,5}))?)"
)


def read(trusted: Trusted, account: str) -> Inbound | Receipt:
    """The event, or the receipt, of one webhook. Raises Untrusted: shape, account, too_large (over 64 kB of text)."""
    form = _known(trusted.fields)
    if not account or form.get("AccountSid") != account:
        raise Untrusted("account" if "AccountSid" in form else "shape")
    where = _place(trusted.path)
    if where["fallback"] and "CallSid" in form:
        # The event is the one that failed: it has the same id, so what was already answered is answered again.
        where = _place(urlsplit(form.get("ErrorUrl", "")).path, lenient=True)
    if where["sms"] or (where["fallback"] and "MessageSid" in form):
        return _message(form, _proof(trusted))
    if where["status"] and "MessageStatus" in form:
        _need(form, "MessageSid")
        own_id = (where["status"] or "").partition("/")[2]
        return Receipt(form["MessageSid"], form["MessageStatus"], form.get("ErrorCode", ""), own_id)
    if where["status"] and form.get("CallStatus") not in ENDED:
        _need(form, "CallSid", "CallStatus")
        return Receipt(form["CallSid"], form["CallStatus"])
    call = _call(form, int(where["step"] or 0))
    if where["status"] and call.placed_by_us and form["CallStatus"] in UNANSWERED:
        return replace(call, unanswered=where["status"].partition("/")[2])
    return call


def _proof(trusted: Trusted) -> str:
    """The signature, where more than one id could be cut out of what it covers: then an id alone knows no copy."""
    return trusted.signature if len(set(_IDS.findall(trusted.signed))) > 1 else ""


def _message(form: Mapping[str, str], proof: str) -> Inbound:
    _need(form, "MessageSid", "From", "To", "Body")
    if len(form["Body"].encode()) > MAX_BODY:
        raise Untrusted("too_large")
    text = _text(form["MessageSid"], (_address(form, "From"), _address(form, "To")), form["Body"], proof)
    # Advanced Opt-Out. After HELP too the provider has said something, but nothing of what we can do.
    kind = form.get("OptOutType", "")
    return replace(text, opt_out=OptOut(kind)) if kind in list(OptOut) else text


def fetched(sid: str, ends: tuple[str, str], body: str, sent: datetime) -> Inbound:
    """A text from the provider's list, as its webhook would have brought it; `ends` are its From and To."""
    sender, to = ends
    form = {"From": sender, "To": to}
    return replace(_text(sid, (_address(form, "From"), _address(form, "To")), body[:MAX_BODY], ""), sent=sent)


def _text(sid: str, ends: tuple[str, str], body: str, proof: str) -> Inbound:
    sender, to = ends
    return Inbound(
        provider=PROVIDER,
        id=sid,
        channel=Channel.SMS,
        sender=sender,
        to=to,
        thread=sid if sender.lower() in NOBODY else sender,
        withheld=sender.lower() in NOBODY,
        event=Said(body),
        proof=proof,
    )


def _call(form: Mapping[str, str], step: int) -> Inbound:
    _need(form, "CallSid", "From", "To")
    event = _heard(form, step)
    ours, theirs = _address(form, "To"), _address(form, "From")
    placed_by_us = form.get("Direction", "").startswith("outbound")
    if placed_by_us:
        ours, theirs = theirs, ours
    return Inbound(
        provider=PROVIDER,
        id=f"{form['CallSid']}:{'end' if isinstance(event, HungUp) else step}",
        channel=Channel.VOICE,
        sender=theirs,
        to=ours,
        thread=form["CallSid"],
        event=event,
        step=step,
        withheld=theirs.lower() in NOBODY,
        placed_by_us=placed_by_us,
    )


def _heard(form: Mapping[str, str], step: int) -> Event:
    """What happened in a call. A recording arrives after the caller has hung up too, and is still to be kept."""
    recorded = form.get("RecordingUrl", "")
    if recorded and step and form.get("RecordingDuration", "1") not in ("0", "-1"):
        return Said(recorded)
    if form.get("CallStatus") in ENDED:
        return HungUp()
    if not step:
        return Started()
    keys = re.sub("[A-D]", "", form.get("Digits", ""))
    return Keyed(keys) if keys and keys != "hangup" and not recorded else Silence()


def _known(fields: Fields) -> Mapping[str, str]:
    """The parameters we read, each once and of its shape; those we do not know are let be."""
    form: dict[str, str] = {}
    for octets, sent in fields.octets:
        known = _SHAPES.get(octets)
        if known is None:
            if octets not in _USUAL and _RENAMED.match(octets):
                raise Untrusted("shape")
            continue
        name, shape = known
        value = sent.decode("utf-8", "replace")
        if name in form or not shape.fullmatch(value):
            raise Untrusted("shape")
        form[name] = value
    for name in ("From", "To"):
        value = form.get(name, "")
        place = _PLACE.match(value)
        if _SWALLOWED.search(value) or (place and all(name + place[0] != other for other, _ in fields.text)):
            raise Untrusted("shape")
    return form


def _need(form: Mapping[str, str], *names: str) -> None:
    if any(name not in form for name in names):
        raise Untrusted("shape")


def _address(form: Mapping[str, str], name: str) -> str:
    """A number or an opaque word, without signs that cannot be seen."""
    value = form[name]
    return (value if value.isprintable() else "".join(sign for sign in value if sign.isprintable())).strip()


def _place(path: str, *, lenient: bool = False) -> Mapping[str, str | None]:
    found = _PATH.search(path)
    if found and found.end() == len(path):
        return found.groupdict()
    if lenient:
        return dict.fromkeys(("sms", "fallback", "status", "step"))
    raise Untrusted("shape")
