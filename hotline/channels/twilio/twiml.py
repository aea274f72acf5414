"""The XML a provider follows, written from checked templates: only what Twilio and Somleng both understand.

Source: Twilio, "TwiML for Programmable Voice" and "TwiML for Programmable SMS"; a document has at most 64 kB (11750).
"""

from __future__ import annotations

import re
from typing import Literal
from xml.sax.saxutils import escape

from hotline.channels.base import Clip, Gather, Spoken, Written
from hotline.errors import Refused

MEDIA_TYPE = "text/xml"
MAX_BYTES = 65_536
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
EMPTY = f"{_HEAD}<Response/>".encode()
# XML 1.0 §2.2: one such character and the whole document is thrown away (12100).
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE = re.compile("\r\n?")
_CLIP = re.compile(r"[A-Za-z0-9_-]{1,128}(?:\.wav)?")
_FINISH = re.compile(r"[0-9#*]*")


def written(reply: Written) -> bytes:
    """The answer to an SMS; without text, the document that says nothing. Raises Refused over 64 kB."""
    if not reply.text:
        return EMPTY
    return _document(f"<Message>{_text(reply.text)}</Message>")


def spoken(reply: Spoken, base_url: str) -> bytes:
    """One step of a call: clips, then keys or a recording sent to the step's address, or the end. Raises Refused."""
    base = _text(base_url.rstrip("/"))
    sounds = "".join(_sound(clip, base) for clip in reply.clips)
    action = f"{base}/twilio/voice/{reply.step}"
    if reply.step < 1 and (reply.gather or reply.record):
        # Step 0 is the incoming call: a key pressed there would start the conversation anew.
        raise Refused("a step that goes on has a number from 1")
    if reply.gather is not None:
        return _document(_gather(reply.gather, sounds, action) + _onward(action))
    if reply.record > 0:
        keep = (
            f'<Record action="{action}" method="POST" maxLength="{reply.record}" timeout="5" finishOnKey="#" '
            f'playBeep="true"/>'
        )
        return _document(sounds + keep + _onward(action))
    return _document(f"{sounds}<Hangup/>")


def reject(reason: Literal["busy", "rejected"] = "busy") -> bytes:
    """Do not answer the call: it costs the caller nothing. Only the first verb can."""
    return _document(f'<Reject reason="{reason}"/>')


def _gather(gather: Gather, sounds: str, action: str) -> str:
    if gather.keys < 1 or gather.seconds < 1 or not _FINISH.fullmatch(gather.finish):
        raise Refused(f"no telephone waits for {gather}")
    # Without actionOnEmptyResult a silent caller is never heard of; without bargeIn nobody can key over a prompt.
    return (
        f'<Gather input="dtmf" numDigits="{gather.keys}" finishOnKey="{gather.finish}" timeout="{gather.seconds}" '
        f'actionOnEmptyResult="true" bargeIn="true" action="{action}" method="POST">{sounds}</Gather>'
    )


def _onward(action: str) -> str:
    return f'<Redirect method="POST">{action}</Redirect>'


def _sound(clip: Clip, base: str) -> str:
    """A recording; or, where none is named, the provider's own voice, which knows English only."""
    if not clip.name:
        return f'<Say language="en-US">{_text(clip.text)}</Say>' if clip.locale == "en" and clip.text else ""
    if not _CLIP.fullmatch(clip.name):
        raise Refused(f"no clip has the name {clip.name!r}")
    return f"<Play>{base}/audio/{clip.name}{'' if clip.name.endswith('.wav') else '.wav'}</Play>"


def _text(text: str) -> str:
    if "\r" in text:
        text = _LINE.sub("\n", text)
    return escape(_NOT_XML.sub("", text), {'"': "&quot;"})


def _document(inside: str) -> bytes:
    document = f"{_HEAD}<Response>{inside}</Response>".encode()
    if len(document) > MAX_BYTES:
        raise Refused("a TwiML document has at most 64 kB")
    return document
