"""A session as bytes and back: compact JSON, fields at their defaults left out."""

from __future__ import annotations

import json
from dataclasses import fields
from operator import attrgetter
from typing import Any

from hotline.flow.model import Channel
from hotline.flow.turn import Row, Session

_WRITE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_CHANNELS = {channel.value: channel for channel in Channel}
_SHORT = {
    "at": "a", "facts": "f", "first_row": "n", "shown": "w", "back": "b", "detour": "d", "guesses": "g", "marks": "m",
    "more": "p", "misses": "x", "silences": "s", "offered": "o", "step": "t", "known": "k", "written": "i",
}  # fmt: skip
"""Fields that are written as they are, where they are not at their defaults, which are all empty, 0 or False."""
_VALUES = attrgetter(*_SHORT)


def dump(session: Session) -> bytes:
    """The session as UTF-8 JSON."""
    out: dict[str, Any] = {"l": session.locale, "c": session.channel}
    if session.rows:
        out["r"] = [[row.id, row.fields] for row in session.rows]
    for short, value in zip(_SHORT.values(), _VALUES(session), strict=True):
        if value:
            out[short] = value
    return _WRITE(out).encode()


def restore(data: bytes) -> Session:
    """What `dump` was given. Raises ValueError for anything else, such as a session of another version."""
    try:
        found = json.loads(data)
        given = found.get
        return Session(
            found["l"],
            _CHANNELS[found["c"]],
            given("a", ""),
            given("f", {}),
            tuple([Row(item[0], item[1]) for item in given("r", ())]),
            given("n", 0),
            given("w", 0),
            tuple(given("b", ())),
            tuple(given("d", ())),
            tuple(given("g", ())),
            tuple(given("m", ())),
            given("p", ""),
            given("x", 0),
            given("s", 0),
            given("o", False),
            given("t", 0),
            given("k", False),
            tuple(given("i", ())),
        )
    except (KeyError, TypeError, IndexError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a session: {error}") from None


assert {*_SHORT, "locale", "channel", "rows"} == {one.name for one in fields(Session)}, "every field is saved"
assert not any(_VALUES(Session("", Channel.SMS))), "what is not written is empty"
