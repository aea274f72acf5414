"""The part of TwiML that Twilio and Somleng both follow, as a checker for tests: verbs, attributes, nesting, order."""

from __future__ import annotations

from xml.etree import ElementTree

VERBS = {
    "Say": {"language", "voice", "loop"},
    "Play": {"loop"},
    "Gather": {"input", "numDigits", "finishOnKey", "timeout", "actionOnEmptyResult", "bargeIn", "action", "method"},
    "Redirect": {"method"},
    "Reject": {"reason"},
    "Dial": {"action", "method", "timeout", "timeLimit", "callerId"},
    "Hangup": set(),
    "Record": {"action", "method", "maxLength", "timeout", "finishOnKey", "playBeep"},
    "Message": set(),
}
LAST = {"Redirect", "Hangup", "Reject"}


def check(document: bytes) -> ElementTree.Element:
    """The parsed document. AssertionError where a provider would stumble or a caller fall off in silence."""
    assert len(document) <= 65_536
    root = ElementTree.fromstring(document)
    assert root.tag == "Response"
    assert not root.attrib
    for place, verb in enumerate(root):
        assert verb.tag in VERBS, verb.tag
        assert set(verb.attrib) <= VERBS[verb.tag], verb.attrib
        assert verb.tag == "Gather" or not len(verb)
        assert all(inner.tag in {"Say", "Play"} and not len(inner) for inner in verb)
        assert verb.tag != "Reject" or place == 0
        for url in [verb.get("action"), *(one.text for one in verb.iter() if one.tag in {"Play", "Redirect"})]:
            assert url is None or url.startswith(("http://", "https://")), url
        assert verb.tag not in {"Gather", "Record"} or verb.get("action")
    if len(root) and root[0].tag != "Message":
        assert root[-1].tag in LAST
        assert all(verb.tag not in LAST for verb in root[:-1])
    return root


def meaning(document: bytes | str) -> object:
    """A document as nested tuples: equal for equal meaning, however it was written."""

    def told(verb: ElementTree.Element) -> object:
        return verb.tag, tuple(sorted(verb.attrib.items())), verb.text or "", tuple(told(inner) for inner in verb)

    return told(ElementTree.fromstring(document))
