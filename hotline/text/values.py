"""How a value is written and spoken in each language: digits, dates, cities, states, names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from hotline.text.phone import groups
from hotline.text.script import digits, scripts
from hotline.text.wordtable import WEEK, english_key, holes
from hotline.text.wordtable import Words as Words
from hotline.text.wordtable import words as words


class Kind(StrEnum):
    """What a value is, so that each language can write and speak it; TEXT can only be written."""

    TEXT = "text"
    NUMBER = "number"
    DIGITS = "digits"
    LICENCE = "licence"
    NAME = "name"
    CITY = "city"
    STATE = "state"
    DATE = "date"
    TIME = "time"
    DAYS = "days"
    PHONE = "phone"
    CASE = "case"


SPEAKABLE = frozenset(Kind) - {Kind.TEXT}

NAMES_ARE_IN = "en"
"""The voice that speaks a firm's name: the register has names in English only."""
# --- writing -----------------------------------------------------------------------------------------------------

_LICENCE = re.compile(r"([0-9]{1,5})(?:\s*/\s*([A-Za-z]{2,4}))?")
_NO_BREAK = "\u00a0"


def write(kind: Kind, raw: str, words: Words) -> str:
    """What an SMS shows. Digits are ASCII, dates ISO; an empty DATE is "no list yet", any other empty value empty.

    In a right-to-left line a telephone or case number is joined by no-break blanks, and a number abroad begins with 00:
    with plain blanks or a plus the Unicode bidirectional algorithm (UAX #9) turns its groups round. Raises ValueError
    for malformed DAYS and for an unknown STATE: a bureau's word that nobody translated may hold the yes-word.
    """
    if not raw:
        return words.no_date if kind is Kind.DATE else ""
    match kind:
        case Kind.NUMBER:
            plain = digits(raw)
            return f"{int(plain):,}" if plain.isdecimal() and int(plain) >= 10_000 else plain
        case Kind.LICENCE:
            found = _LICENCE.fullmatch(digits(raw))
            return "/".join(_licence(found)) if found else digits(raw)
        case Kind.CITY:
            return _city(raw, words) or raw if words.right_to_left else raw
        case Kind.STATE:
            return _state(raw, words)
        case Kind.DAYS:
            return " ".join(_days(raw, words))
        case Kind.PHONE:
            return (_NO_BREAK if words.right_to_left else " ").join(_phone(raw, words.right_to_left))
        case Kind.CASE:
            plain = digits(raw)
            return (_NO_BREAK if words.right_to_left else " ").join((plain[:3], plain[3:6], plain[6:]))
        case Kind.TEXT | Kind.NAME:
            return raw
        case _:
            return digits(raw)


def _licence(found: re.Match[str]) -> tuple[str, ...]:
    serial = str(int(found[1])).zfill(4)
    return (serial, found[2].upper()) if found[2] else (serial,)


def _city(raw: str, words: Words) -> str:
    return words.cities.get(english_key(raw), "")


def _state(raw: str, words: Words) -> str:
    if raw not in words.states:
        raise ValueError(f"{raw!r} is no state of {words.locale}/values.yaml, which knows {', '.join(words.states)}")
    return words.states[raw]


def _phone(raw: str, spelled_out: bool) -> tuple[str, ...]:
    first, *rest = groups(raw) or (digits(raw),)
    return (first.replace("+", "00") if spelled_out else first, *rest)


# --- speaking ----------------------------------------------------------------------------------------------------

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DIGITS = re.compile(r"[0-9][0-9 -]*")
_NUMBER = re.compile(r"[0-9]{1,7}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]*")


def speak(kind: Kind, raw: str, words: Words) -> tuple[tuple[str, str], ...]:
    """The clips that say a value, in order: (voice, words to say). An empty value is silent, an empty DATE is not.

    A NAME, and a city the table does not know, is spoken as it stands by the English voice. Raises ValueError, with the
    reason, for what cannot be said: TEXT, a malformed value, an unknown state, a locale that is only written.
    """
    if not words.voice:
        raise ValueError(f"{words.locale} is written, not spoken")
    if not raw and kind is not Kind.DATE:
        return ()
    if kind is Kind.NAME:
        return ((NAMES_ARE_IN, raw),)
    if kind is Kind.CITY and not _city(raw, words):
        if scripts(raw) - {"Latn"}:
            raise ValueError(f"{raw!r} is no city of {words.locale}/values.yaml")
        return ((NAMES_ARE_IN, raw),)
    if kind not in _SPEAKERS:
        raise ValueError(f"a {kind} cannot be spoken: give the text a `voice:` twin without it")
    return tuple((words.voice, text) for text in _SPEAKERS[kind](raw, words))


def inventory(words: Words) -> tuple[tuple[str, str], ...]:
    """Every clip `speak` can ask for except names, each once, so that recordings can be listed and made ahead."""
    if not words.voice:
        return ()
    tables = (
        words.digits, words.numbers, words.large, words.months, words.month_days, words.weekdays, words.day_parts,
        words.states, words.cities,
    )  # fmt: skip
    texts = [text for table in tables for text in table.values()]
    texts += [text for pattern in words.patterns.values() for hole, text in holes(pattern) if not hole]
    return tuple((words.voice, text) for text in dict.fromkeys([*texts, words.every_day, words.no_date]))


def _filled(pattern: str, values: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    filled: list[str] = []
    for hole, text in holes(pattern):
        filled.extend(values[hole] if hole else (text,))
    return tuple(filled)


def _spoken_digits(raw: str, words: Words) -> tuple[str, ...]:
    plain = digits(raw)
    if not _DIGITS.fullmatch(plain):
        raise ValueError(f"{raw!r} is not digits alone")
    return tuple(words.digits[digit] for digit in plain if digit.isdecimal())


def _spoken_number(raw: str, words: Words) -> tuple[str, ...]:
    plain = digits(raw).replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{raw!r} is no number from 0 to 9999999")
    return _composed(int(plain), words)


def _composed(number: int, words: Words) -> tuple[str, ...]:
    for name in ("100000", "1000", "100"):
        many, rest = divmod(number, int(name))
        if many:
            return (*_composed(many, words), words.large[name], *(_composed(rest, words) if rest else ()))
    return (words.numbers[str(number)],)


def _spoken_licence(raw: str, words: Words) -> tuple[str, ...]:
    found = _LICENCE.fullmatch(digits(raw))
    if not found:
        raise ValueError(f"{raw!r} is no licence such as 0008/RWP")
    serial, *region = _licence(found)
    city = _city(words.regions.get(region[0], ""), words) if region else ""
    return (*_spoken_digits(serial, words), *filter(None, (city,)))


def _spoken_city(raw: str, words: Words) -> tuple[str, ...]:
    return (_city(raw, words),)


def _spoken_state(raw: str, words: Words) -> tuple[str, ...]:
    return (_state(raw, words),)


def _spoken_date(raw: str, words: Words) -> tuple[str, ...]:
    if not raw:
        return (words.no_date,)
    if not _DATE.fullmatch(raw):
        raise ValueError(f"{raw!r} is no date such as 2026-08-20")
    day = date.fromisoformat(raw)
    number = str(day.day)
    return _filled(
        words.patterns["date"],
        {
            "day": (words.month_days.get(number) or words.numbers[number],),
            "month": (words.months[str(day.month)],),
            "year": _composed(day.year, words),
        },
    )


def _spoken_time(raw: str, words: Words) -> tuple[str, ...]:
    found = _TIME.fullmatch(raw)
    if not found:
        raise ValueError(f"{raw!r} is no time such as 09:00")
    hour, minute = int(found[1]), int(found[2])
    part = max(int(start) for start in words.day_parts if int(start) <= hour)
    values = {
        "hour": (words.numbers[str(hour % 12 or 12)],),
        "minute": (words.numbers[str(minute)],),
        "part": (words.day_parts[str(part)],),
    }
    return _filled(words.patterns["time_minutes" if minute else "time"], values)


def _days(raw: str, words: Words) -> tuple[str, ...]:
    said: tuple[str, ...] = ()
    for span in raw.lower().split(","):
        first, dash, last = span.strip().partition("-")
        if first not in WEEK or (dash and last not in WEEK):
            raise ValueError(f"{raw!r} is no days such as mon-fri or mon-thu,sat")
        ends = {"first": (words.weekdays[first],), "last": (words.weekdays[last or first],)}
        more = _filled(words.patterns["days"], ends) if dash else ends["first"]
        if (first, last) == (WEEK[0], WEEK[-1]):
            more = (words.every_day,)
        said = _filled(words.patterns["both"], {"left": said, "right": more}) if said else more
    return said


def _spoken_phone(raw: str, words: Words) -> tuple[str, ...]:
    if not _PHONE.fullmatch(digits(raw)):
        raise ValueError(f"{raw!r} is no telephone number")
    return _spoken_digits("".join(_phone(raw, True)), words)


_SPEAKERS: Mapping[Kind, Callable[[str, Words], tuple[str, ...]]] = MappingProxyType(
    {
        Kind.NUMBER: _spoken_number,
        Kind.DIGITS: _spoken_digits,
        Kind.LICENCE: _spoken_licence,
        Kind.CITY: _spoken_city,
        Kind.STATE: _spoken_state,
        Kind.DATE: _spoken_date,
        Kind.TIME: _spoken_time,
        Kind.DAYS: _days,
        Kind.PHONE: _spoken_phone,
        Kind.CASE: _spoken_digits,
    }
)
