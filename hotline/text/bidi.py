"""Where a date may stand in a line that is read from the right, so that every phone shows it in its order (UAX #9)."""

from __future__ import annotations

import re
from unicodedata import bidirectional

_DATE = re.compile(r" +(?=[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9]))")


def placed(text: str) -> str:
    """The text with each date that follows an Arabic letter at the start of a line of its own; no longer than before.

    After such a letter rule W2 makes its digits Arabic numbers, which a hyphen does not join: 2028-04-04 is seen as
    04-04-2028, and breaks across lines. First in its line, or after a Latin word, it is one number.
    """
    if text.isascii():
        return text
    done, rest = "", text
    while found := _DATE.search(rest):
        done, rest = done + rest[: found.start()], rest[found.start() :]
        done, rest = done + ("\n" if _is_arabic(done) else found[0]), rest[len(found[0]) :]
    return done + rest


def _is_arabic(before: str) -> bool:
    """Whether the last letter of the line that far is an Arabic one."""
    for sign in reversed(before):
        kind = "B" if sign == "\n" else bidirectional(sign)
        if kind in ("AL", "L", "R", "B"):
            return kind == "AL"
    return False
