"""A session as bytes and back: compact JSON, fields at their defaults left out."""

from __future__ import annotations

import json
from dataclasses import fields
from operator import attrgetter
from typing import Any

from hotline.flow.model import Channel
from hotline.flow.turn import Row, Session

_SHORT = {
    "locale": "l", "channel": "c", "at": "a", "facts": "f", "rows": "r", "first_row": "n", "shown": "w",
    "back": "b", "detour": "d", "guesses": "g", "marks": "m", "more": "p", "misses": "x", "silences": "s",
    "offered": "o", "step": "t", "known": "k", "written": "i",
}  # fmt: skip
_LONG = {short: name for name, short in _SHORT.items()}
_VALUES = attrgetter(*_SHORT)
# No language and no channel: both are always written.
_USUAL = (None, None, *_VALUES(Session("", Channel.SMS))[2:])
_WRITE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_TUPLES = frozenset({"back", "detour", "guesses", "marks", "written"})


def dump(session: Session) -> bytes:
    """The session as UTF-8 JSON."""
    out: dict[str, Any] = {}
    for short, value, usual in zip(_SHORT.values(), _VALUES(session), _USUAL, strict=True):
        if value != usual:
            out[short] = [[row.id, row.fields] for row in value] if short == "r" else value
    return _WRITE(out).encode()


def restore(data: bytes) -> Session:
    """What `dump` was given. Raises ValueError for anything else, such as a session of another version."""
    try:
        found = json.loads(data.decode())
        given: dict[str, Any] = {_LONG[short]: value for short, value in found.items() if short in _LONG}
        given["channel"] = Channel(given["channel"])
        for name in _TUPLES & given.keys():
            given[name] = tuple(given[name])
        given["rows"] = tuple(Row(item[0], item[1]) for item in given.get("rows", ()))
        return Session(**given)
    except (KeyError, TypeError, IndexError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a session: {error}") from None


assert set(_SHORT) == {field.name for field in fields(Session)}, "every field of a session is saved"
