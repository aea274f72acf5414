"""The short code by which a person asks whether an alert is ours: six digits, the last of which checks the others."""

from __future__ import annotations

LENGTH = 6
"""A licence has at most five digits and a case seven, so a code is never taken for one of them."""
FIRST, LAST = 10_000, 99_999
"""The five digits a code begins with: never 0, which some people leave out."""

# A quasigroup without fixed order (H. M. Damm, 2004): one wrong digit, or two neighbours changed round, never fit.
_TABLE = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def code_of(number: int) -> str:
    """The code that begins with these five digits. Raises ValueError where there are not five."""
    if not FIRST <= number <= LAST:
        raise ValueError(f"a code begins with {FIRST} to {LAST}")
    return f"{number}{_check(str(number))}"


def is_code(text: str) -> bool:
    """Whether six ASCII digits may be a code at all: of ten that are made up, nine are not."""
    if len(text) != LENGTH or not (text.isascii() and text.isdecimal()):
        return False
    return text[0] != "0" and _check(text) == "0"


def _check(digits: str) -> str:
    interim = "0"
    for digit in digits:
        interim = _TABLE[int(interim)][int(digit)]
    return interim
