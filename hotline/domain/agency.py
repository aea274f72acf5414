"""An agency's licence: how its number is read, and which of six things may be said about it. Explainable to a court."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hotline.domain.places import REGION_WORDS
from hotline.frozen import frozen
from hotline.text.phone import without_numbers
from hotline.text.script import digits, fold

OLD_AFTER_DAYS = 30
"""A list saved longer ago than this cannot say that a licence is valid."""
MOST_DIGITS = 5
"""Digits of a serial."""
SHORT_NAME = 20
"""Characters of a name's short form; two words are shown even where they are longer."""


class Status(StrEnum):
    """The bureau's own states of a licence."""

    ACTIVE = "active"
    INVALID = "invalid"
    EXPIRED = "expired"
    CANCELED = "canceled"
    SURRENDERED = "surrendered"
    SUSPENDED = "suspended"


class Verdict(StrEnum):
    """What a licence check can end in. Only VALID says yes."""

    VALID = "valid"
    CAUTIONED = "cautioned"
    BARRED = "barred"
    STALE = "stale"
    UNKNOWN = "unknown"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True, order=True)
class Licence:
    """The identity of a licence: serial (1-99999) and region code. Prefix and year are decoration."""

    serial: int
    region: str

    def __str__(self) -> str:
        return f"{self.serial:04d}/{self.region}"

    @classmethod
    def parse(cls, text: str) -> Licence:
        """Read our own form, such as 0008/RWP. Raises ValueError for any other."""
        found = _OWN_FORM.fullmatch(text)
        if not found or not int(found[1]):
            raise ValueError(f"not a licence: {text!r}")
        return cls(int(found[1]), found[2])


@frozen
class Reading:
    """What was read from a text: the serial, and the region's code or "" where none was named."""

    serial: int
    region: str = ""


@frozen
class Agency:
    """One row of the register. None means the bureau's cell could not be read; `city` is one of places.CITIES or ""."""

    licence: Licence
    name: str
    status: Status | None
    expiry: date | None
    city: str = ""
    proprietor: str = ""
    office: str = ""


@frozen
class Notice:
    """A notice of the bureau about a licence (show cause, hearing, warning), open since a date."""

    licence: Licence
    title: str
    since: date


_OWN_FORM = re.compile(r"([0-9]{4,5})/([A-Z]{2,4})")
_SERIAL = re.compile(r"(?<![0-9])[0-9]{1,5}(?![0-9])")
# In OP&HRD/PWR/2023 the serial is missing: 2023 is the year, and licence 2023 is somebody else's.
_ONLY_A_YEAR = re.compile(r"[^0-9]*/\s*[A-Za-z]{2,4}\s*/\s*(?:19|20)[0-9]{2}(?![0-9])")
_YEAR_FIRST = re.compile(r"[\W_]*(?:19|20)[0-9]{2}(?=[\W_]+[^\W\d_])")
_CODE_AFTER = re.compile(r"[^\w]*[/\\][^\w]*([A-Za-z]{2,4})(?![A-Za-z])")
_LONGEST_NAME = 6
"""Words a region's name may be broken into: `aar dablyu pi` as letters apart."""
_ALSO_A_VERB = "kar"
"""Roman Urdu for "do": a region only where nothing follows it (4859 kar) or a stroke says so (4859/kar)."""


def read_licence(text: str) -> Reading | None:
    """The licence number in anything people write, or None: `OEPL No. 4859/LHR`, `MPD/3014/Karachi`, `4859 lhr`.

    The first run of exactly 1-5 digits is the serial, in any digits, once identity-card and phone numbers are out. The
    region is the code or city that stands beside it; after a stroke any code of 2-4 letters counts.
    """
    text = digits(text).strip()
    if text.isdecimal() and len(text) <= MOST_DIGITS:
        return Reading(int(text)) if int(text) else None
    text = _without_lone_year(without_numbers(text))
    for run in _SERIAL.finditer(text):
        if int(run[0]):
            return Reading(int(run[0]), _region_after(text[run.end() :]) or _region_before(text[: run.start()]))
    return None


def verdict(
    matches: Sequence[Agency], *, exact: bool, notices: Collection[Notice], list_date: date | None, today: date
) -> Verdict:
    """What may be said of what was found, in the order of the rule.

    `exact` means found by number, or picked; `notices` are the open ones;
    `list_date` is None where there is no register; `today` is the day in Asia/Karachi.
    """
    if list_date is None:
        return Verdict.STALE
    if len({match.licence for match in matches}) > 1 or (matches and not exact):
        return Verdict.SEVERAL
    if not matches:
        return Verdict.UNKNOWN
    agency = matches[0]
    if agency.status not in (Status.ACTIVE, None) or (agency.expiry is not None and agency.expiry < today):
        return Verdict.BARRED
    if agency.status is None or agency.expiry is None or (today - list_date).days > OLD_AFTER_DAYS:
        return Verdict.STALE
    if any(notice.licence == agency.licence for notice in notices):
        return Verdict.CAUTIONED
    return Verdict.VALID


def short_names(agencies: Sequence[Agency]) -> tuple[str, ...]:
    """The names' short forms in the same order: cut at a word to 20 characters, at least two words.

    Where two would read alike, each gets the first word that differs.
    """
    names = [agency.name.split() for agency in agencies]
    shown = [words[: _fitting(words)] for words in names]
    read = [len(words) for words in shown]
    while alike := _first_alike(names, shown, read):
        further = 0
        while len({_word(names[row], read[row] + further) for row in alike}) == 1:
            further += 1
        for row in alike:
            read[row] += further + 1
            shown[row] = shown[row] + names[row][read[row] - 1 : read[row]]
    return tuple(" ".join(words) for words in shown)


def _fitting(words: list[str]) -> int:
    count = min(2, len(words))
    while count < len(words) and len(" ".join(words[: count + 1])) <= SHORT_NAME:
        count += 1
    return count


def _first_alike(names: list[list[str]], shown: list[list[str]], read: list[int]) -> list[int]:
    """Rows that read alike now but have different words left, or nothing."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for row, words in enumerate(shown):
        groups.setdefault(tuple(word.casefold() for word in words), []).append(row)
    for rows in groups.values():
        if len({tuple(word.casefold() for word in names[row][read[row] :]) for row in rows}) > 1:
            return rows
    return []


def _word(words: list[str], at: int) -> str:
    return words[at].casefold() if at < len(words) else ""


def _without_lone_year(text: str) -> str:
    found = _ONLY_A_YEAR.match(text)
    return text[found.end() :] if found else text


def _region_after(rest: str) -> str:
    rest = _YEAR_FIRST.sub("", rest, count=1)
    words = fold(re.split(r"[0-9]", rest, maxsplit=1)[0]).split()
    for count in range(min(_LONGEST_NAME, len(words)), 0, -1):
        region = REGION_WORDS.get("".join(words[:count]))
        if region and (words[:count] != [_ALSO_A_VERB] or len(words) == 1 or _CODE_AFTER.match(rest)):
            return region
    code = _CODE_AFTER.match(rest)
    return code[1].upper() if code else ""


def _region_before(start: str) -> str:
    words = fold(re.split(r"[0-9]", start)[-1]).split()
    for count in range(min(_LONGEST_NAME, len(words)), 0, -1):
        region = REGION_WORDS.get("".join(words[-count:]))
        if region and (words[-count:] != [_ALSO_A_VERB] or start.rstrip().endswith(("/", "-"))):
            return region
    return ""
