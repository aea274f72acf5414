"""How an SMS travels: its alphabet, its length, how many parts it costs, and where a long text may be cut."""

from __future__ import annotations

import re
from enum import StrEnum

import regex

from hotline.frozen import frozen
from hotline.text.gsm import BASIC, EXTENSION, GSM, PLAIN

GSM_ALONE, GSM_JOINED = 160, 153
UCS2_ALONE, UCS2_JOINED = 70, 67

_PLAIN = re.compile(f"[{re.escape(''.join(sorted(BASIC)))}]*")
"""A text of one septet a character, as most are: a pattern sees that in a third of the time a set takes."""


class Alphabet(StrEnum):
    """The two alphabets a carrier uses (3GPP TS 23.038)."""

    GSM = "gsm"
    UCS2 = "ucs2"


@frozen
class Length:
    """`units` are septets in GSM, UTF-16 code units in UCS-2; `parts` is what the sender pays, 0 for an empty text."""

    alphabet: Alphabet
    units: int
    parts: int


def alphabet(text: str) -> Alphabet:
    """The alphabet the whole message travels in: one character outside GSM 03.38 makes all of it UCS-2."""
    return Alphabet.GSM if GSM.issuperset(text) else Alphabet.UCS2


def tidy(text: str) -> str:
    """Typographic quotes, dashes and blanks made plain where that brings the text into GSM; any other text as it is."""
    if _PLAIN.fullmatch(text):
        return text
    changed = False
    for char in text:
        if char not in GSM:
            if ord(char) not in PLAIN:
                return text
            changed = True
    return text.translate(PLAIN) if changed else text


def count(text: str) -> Length:
    """Length and parts as carriers count: 160/153 septets or 70/67 code units, a pair never split between two parts."""
    if _PLAIN.fullmatch(text):
        return Length(Alphabet.GSM, len(text), _parts(text, 0, GSM_ALONE, GSM_JOINED))
    if alphabet(text) is Alphabet.GSM:
        doubles = sum(map(text.count, EXTENSION))
        return Length(Alphabet.GSM, len(text) + doubles, _parts(text, doubles, GSM_ALONE, GSM_JOINED))
    doubles = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    return Length(Alphabet.UCS2, len(text) + doubles, _parts(text, doubles, UCS2_ALONE, UCS2_JOINED))


def _parts(text: str, doubles: int, alone: int, joined: int) -> int:
    units = len(text) + doubles
    if units <= alone:
        return min(units, 1)
    if not doubles:
        return -(-units // joined)
    parts, used = 1, 0
    for char in text:
        width = 2 if char > "\uffff" or (joined == GSM_JOINED and char in EXTENSION) else 1
        used += width
        if used > joined:
            parts, used = parts + 1, width
    return parts


# --- cutting a text that must go as more than one message --------------------------------------------------------

_SENTENCE = re.compile(r"[۔؟][\"')\]”’»]*(?![\"')\]”’»۔؟!?.])|[!?][\"')\]”’»]*(?=\s)|\.[\"')\]”’»]*(?=\s)(?!\s+\d)|\n")
_TOKEN = re.compile(r"\S+")
_CORE = re.compile(r"\+?\(?\d(?:[\d/:.,()-]*\d)?(?:/[A-Za-z]+)?(?:/\d+)?")
_GOES_ON = re.compile(r"[(+]*\d|/")
_TRAILING = regex.compile(r"\s+$")
_LEADING = regex.compile(r"(?:\s(?![\p{M}\p{Cf}]))*")


def pages(text: str, parts: int = 3) -> tuple[str, ...]:
    """The text as one or more messages of at most `parts` SMS parts each; nothing is lost but blanks at the cuts.

    Cut at the end of a sentence or line, else at a blank outside any number, else between graphemes outside a number;
    only what has none of these for a whole page is cut wherever it must be.
    """
    if parts < 1:
        raise ValueError("a page has at least one part")
    found, rest = [], text
    while not _fits(rest, parts):
        cut = _cut(rest, parts)
        page, rest = _TRAILING.sub("", rest[:cut]), rest[cut:]
        if page:
            found.append(page)
        rest = _LEADING.sub("", rest, count=1)
    if rest.strip() or not found:
        found.append(rest)
    return tuple(found)


def _fits(text: str, parts: int) -> bool:
    return len(text) <= max(GSM_ALONE, parts * GSM_JOINED) and count(text).parts <= parts


def _cut(text: str, parts: int) -> int:
    room = _room(text, parts)
    edges = [at for at in _edges(text, room) if 0 < at <= room]
    numbers, cores = _numbers(text, 2 * room), [match.span() for match in _CORE.finditer(text, 0, 2 * room)]
    sentences = {match.end() for match in _SENTENCE.finditer(text, 0, room + 1)}
    blanks = {at for at in edges if text[at].isspace()}
    for wanted, spared in ((sentences, numbers), (blanks, numbers), (blanks, ()), (edges, cores), (edges, ())):
        for at in reversed(edges):
            if at in wanted and not any(start < at < end for start, end in spared):
                return at
    return room


def _room(text: str, parts: int) -> int:
    low, high = 1, min(len(text), max(GSM_ALONE, parts * GSM_JOINED))
    while low < high:
        middle = (low + high + 1) // 2
        if count(text[:middle]).parts <= parts:
            low = middle
        else:
            high = middle - 1
    return low


def _edges(text: str, room: int) -> list[int]:
    found = []
    for match in regex.finditer(r"\X", text):
        found.append(match.end())
        if match.end() >= room:
            break
    return found


def _numbers(text: str, limit: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(text, 0, limit):
        token, start, end = match[0], match.start(), match.end()
        if found and 0 < start - found[-1][1] <= 2 and "\n" not in text[found[-1][1] : start]:
            before = text[found[-1][0] : found[-1][1]].rstrip(")")[-1:]
            if (before.isdecimal() and _GOES_ON.match(token)) or before == "/":
                found[-1] = (found[-1][0], end)
                continue
        if any(map(str.isdecimal, token)):
            found.append((start, end))
    return found
