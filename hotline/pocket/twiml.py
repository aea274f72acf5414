"""TwiML, the carrier's half: a document from the hotline becomes a row of verbs, or an error with Twilio's number."""

from __future__ import annotations

from urllib.parse import urljoin
from xml.etree import ElementTree as Xml

from hotline.errors import HotlineError
from hotline.frozen import frozen
from hotline.pocket.wire import MAX_BODY

PARSE_FAILED, BAD_TYPE, TOO_LARGE, UNKNOWN_VERB = 12100, 12300, 11750, 12200
_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
_KEYS = frozenset("0123456789*#")


class BadTwiml(HotlineError):
    """A document Twilio would not follow; `number` is Twilio's error number."""

    code = "twiml"

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


@frozen
class Say:
    """Words for a machine voice."""

    text: str
    language: str = "en-US"
    loop: int = 1


@frozen
class Play:
    """A clip, by its absolute address."""

    url: str
    loop: int = 1


@frozen
class Pause:
    """Silence, in seconds."""

    seconds: int = 1


@frozen
class Gather:
    """Keys to wait for; `keys` 0: no limit; `timeout`: seconds after sound or key; `empty`: silence is posted."""

    sounds: tuple[Say | Play | Pause, ...]
    action: str
    method: str = "POST"
    keys: int = 0
    finish: str = "#"
    timeout: float = 5.0
    empty: bool = False
    barge: bool = True


@frozen
class Redirect:
    """Another document."""

    url: str
    method: str = "POST"


@frozen
class Record:
    """The caller's voice, at most `limit` seconds, ended by any key of `finish` or `timeout` seconds of silence."""

    action: str
    method: str = "POST"
    limit: int = 3600
    timeout: int = 5
    finish: str = "0123456789*#"
    callback: str = ""


@frozen
class Dial:
    """Another telephone; `action` "" means that the document goes on."""

    number: str
    action: str = ""
    method: str = "POST"
    timeout: int = 30


@frozen
class Reject:
    """No answer; `reason` is `busy` or `rejected`."""

    reason: str = "rejected"


@frozen
class Hangup:
    """The end of the call."""


@frozen
class Message:
    """A text to send; `to` "" is whoever wrote."""

    body: str
    to: str = ""
    callback: str = ""


Verb = Say | Play | Pause | Gather | Redirect | Record | Dial | Reject | Hangup | Message


@frozen
class Document:
    """Verbs in their order, the address they came from, and the names of verbs that were passed over."""

    verbs: tuple[Verb, ...]
    url: str = ""
    passed_over: tuple[str, ...] = ()


def parse(body: bytes, content_type: str, url: str) -> Document:
    """Read a document that came from `url`. An empty body is an empty document. Raises BadTwiml."""
    if len(body) > MAX_BODY:
        raise BadTwiml(TOO_LARGE, "the document is larger than 64 kB")
    if not body.strip():
        return Document((), url)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return Document((Message(body.decode("utf-8", "replace")),), url)
    if kind not in _TYPES:
        raise BadTwiml(BAD_TYPE, f"the content type is {kind or 'missing'}")
    try:
        if "<!DOCTYPE" in body.decode():
            raise BadTwiml(PARSE_FAILED, "a document type is not TwiML")
        root = Xml.fromstring(body)  # noqa: S314  bounded above, and entities need the DOCTYPE that was refused
    except (Xml.ParseError, LookupError, ValueError) as problem:
        raise BadTwiml(PARSE_FAILED, str(problem)) from None
    if root.tag != "Response":
        raise BadTwiml(PARSE_FAILED, f"the root is {root.tag}, not Response")
    return _document(root, url.partition("#")[0])


def _document(root: Xml.Element, url: str) -> Document:
    verbs, passed_over = list[Verb](), list[str]()
    for element in root:
        verb = _verb(element, url)
        if verb is None:
            passed_over.append(element.tag)
        else:
            verbs.append(verb)
    return Document(tuple(verbs), url, tuple(passed_over))


def _verb(element: Xml.Element, base: str) -> Verb | None:
    match element.tag:
        case "Say" | "Play" | "Pause":
            return _sound(element, base)
        case "Gather":
            return _gather(element, base)
        case "Redirect":
            return Redirect(urljoin(base, _text(element)), _method(element))
        case "Record":
            return _record(element, base)
        case "Dial":
            action = element.get("action", "")
            to = _text(element) or next((_text(inner) for inner in element if _text(inner)), "")
            return Dial(to, action and urljoin(base, action), _method(element), _count(element, "timeout", 30))
        case "Reject":
            return Reject("busy" if element.get("reason") == "busy" else "rejected")
        case "Hangup":
            return Hangup()
        case "Message":
            return _message(element, base)
    return None


def _sound(element: Xml.Element, base: str) -> Say | Play | Pause:
    if element.tag == "Say":
        return Say(_text(element), element.get("language", "en-US"), _count(element, "loop", 1))
    if element.tag == "Play":
        return Play(urljoin(base, _text(element)), _count(element, "loop", 1))
    return Pause(_count(element, "length", 1))


def _gather(element: Xml.Element, base: str) -> Gather:
    return Gather(
        sounds=tuple(_sound(inner, base) for inner in element if inner.tag in {"Say", "Play", "Pause"}),
        action=urljoin(base, element.get("action", "")),
        method=_method(element),
        keys=_count(element, "numDigits", 0),
        finish="".join(key for key in element.get("finishOnKey", "#")[:1] if key in _KEYS),
        timeout=float(_count(element, "timeout", 5)),
        empty=_flag(element, "actionOnEmptyResult", False),
        barge=_flag(element, "bargeIn", True),
    )


def _record(element: Xml.Element, base: str) -> Record:
    callback = element.get("recordingStatusCallback", "")
    return Record(
        action=urljoin(base, element.get("action", "")),
        method=_method(element),
        limit=_count(element, "maxLength", 3600),
        timeout=_count(element, "timeout", 5),
        finish=element.get("finishOnKey", "0123456789*#"),
        callback=callback and urljoin(base, callback),
    )


def _message(element: Xml.Element, base: str) -> Message:
    bodies = [inner.text or "" for inner in element if inner.tag == "Body"]
    callback = element.get("statusCallback", "") or element.get("action", "")
    return Message("".join(bodies) or element.text or "", element.get("to", ""), callback and urljoin(base, callback))


def _text(element: Xml.Element) -> str:
    return (element.text or "").strip()


def _method(element: Xml.Element) -> str:
    return "GET" if element.get("method", "").upper() == "GET" else "POST"


def _count(element: Xml.Element, name: str, default: int) -> int:
    value = element.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else default


def _flag(element: Xml.Element, name: str, default: bool) -> bool:
    return {"true": True, "false": False}.get(element.get(name, "").lower(), default)
