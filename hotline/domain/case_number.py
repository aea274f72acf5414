"""A case's number: six digits and a check digit, said and written 3-3-1, and read from whatever a person types."""

from __future__ import annotations

import re

from hotline.text.script import digits, display

LENGTH = 7
# H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004): one wrong digit, or two neighbours swapped, never fit.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
_GROUPS = re.compile("[0-9]+")


def with_check(six: str) -> str:
    """Six digits → the case number. Raises ValueError for anything else."""
    if len(six) != LENGTH - 1 or not (six.isascii() and six.isdecimal()):
        raise ValueError("six digits are needed")
    return six + _rest(six)


def fits(number: str) -> bool:
    """Whether seven digits are a case number: the last one is the check digit of those before it."""
    return len(number) == LENGTH and number.isascii() and number.isdecimal() and _rest(number) == "0"


def read(typed: str) -> str | None:
    """The case number in a text: exactly seven digits of any script, however grouped, whatever stands around them.

    None where there are more or fewer, or the check digit does not fit.
    """
    found = "".join(_GROUPS.findall(digits(display(typed))))
    return found if fits(found) else None


def groups(number: str) -> tuple[str, str, str]:
    """The three groups it is said and written in: 482, 193, 5."""
    return number[:3], number[3:6], number[6:]


def _rest(number: str) -> str:
    rest = "0"
    for digit in number:
        rest = _DAMM[int(rest)][int(digit)]
    return rest
