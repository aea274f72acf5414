"""What people type or key when asked for a number, an amount or a date: read, or not understood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

from hotline.frozen import frozen
from hotline.text.script import digits, display, fold
from hotline.text.wordtable import WEEK, Words

_WORDED = re.compile(r"(?:[^\W\d_]+[.:]?[\s#.\-]+){0,4}?([0-9][0-9\s#.\-]*)(?:\s[^\W\d_]+[.!\u06d4]?){0,2}")
MOST_AROUND = 8
"""Words of a sentence around a date."""
MOST_AHEAD = 400
"""Days: more is no journey's."""
_TO = fold("نوں")
"""Nine in Punjabi, and behind a day the word for "on"."""
_STROKED = re.compile(r"[0-9]{1,4}(?:[/.\-][0-9]{1,4}){1,2}")
LARGEST = 1_000_000_000
"""Above this a number is a slip of the finger."""
YEARS = range(1900, 2101)


@frozen
class Ambiguous:
    """A date that can be read two ways, both still to come: day first, then month first; or the nearer first."""

    first: date
    second: date


def read_digits(text: str, low: int, high: int) -> str | None:
    """The digits alone, as 0–9, where there are `low` to `high` of them, grouped by blanks, dashes, dots or a #.

    A few words may stand around them (case no. 482 193 5, my pin is 0417), none between or in them.
    """
    plain = digits(display(text)).strip()
    around = _WORDED.fullmatch(plain)
    found = re.sub(r"[\s#.\-]", "", around[1] if around else plain)
    return found if found.isascii() and found.isdecimal() and low <= len(found) <= high else None


def read_number(text: str, words: Iterable[Words] = ()) -> int | None:
    """A whole number from 0: digits of any script, grouped or not, or the words of any of the languages given."""
    found = _quantity(text, tuple(words), money=False)
    return int(found) if found is not None and found.denominator == 1 else None


def read_amount(text: str, words: Iterable[Words] = ()) -> int | None:
    """Whole rupees: 25,000 · Rs 25000/- · 2.5 lakh · ۲۵ ہزار, with the words of any of the languages given.

    "2 lakh 50" is not read: some mean 200,050 by it and most 250,000.
    """
    found = _quantity(text, tuple(words), money=True)
    return None if found is None else int(found)


def read_date(text: str, today: date, words: Iterable[Words] = ()) -> date | Ambiguous | None:
    """A date as anybody types or keys it; without a year the next one from `today` on; digits alone are day first.

    2026-12-05 · 5/12/2026 · 5.12.26 · 5/12 · 05122026 · 051226 · 0512 · 5 dec · dec 5th 2026 · ۵ دسمبر · tomorrow ·
    in 10 days · Friday, which alone is the next one after `today`; beside a date a day of the week says nothing new.
    In a short sentence only a day beside its month, or a date with strokes, is read. Day first is the rule; Ambiguous
    only where day first and month first are both to come, and not the same day, and for "next Friday".
    """
    tables = tuple(words)
    told = _told(text, tables)
    if told is None or (told.strange and not _stands_out(told, text)):
        return None
    if told.spans:
        return _after(told, today)
    if not (told.numbers or told.months or told.days):
        return _next_weekday(told, today)
    if told.days:
        alone = len(told.days) == 1 and not (told.numbers or told.months)
        return today + timedelta(days=told.days[0]) if alone else None
    numbers = [number for number, _ in told.numbers]
    if len(told.months) == 1:
        return _with_month(numbers, told.months[0][0], today)
    return None if told.months else _without_month(numbers, today)


def read_country(text: str, words: Iterable[Words] = ()) -> str | None:
    """The one country (ISO 3166) that a text names, or a city of it, in the words of any of the languages given."""
    tables = tuple(words)
    tokens = fold(text).split()
    pieces = ("".join(tokens[at : at + length]) for length in range(1, 4) for at in range(len(tokens) - length + 1))
    found = {value for piece in pieces for section, value in [_meaning(piece, tables)] if section == "countries"}
    return found.pop() if len(found) == 1 else None


# --- numbers and amounts -----------------------------------------------------------------------------------------

_SIGNS = str.maketrans({"٬": ",", "،": ",", "٫": "."})
_NUMBER = re.compile(r"[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}")
_BLANKS_IN_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])")
_QUANTITY = re.compile(r"[0-9][0-9,]*[0-9](?:\.[0-9]+)?|[0-9](?:\.[0-9]+)?|[^\W\d_]+(?:-[^\W\d_]+)*|\S")
_HARMLESS = frozenset(".,:;!?#=~*۔'\"()")


def _quantity(text: str, words: tuple[Words, ...], *, money: bool) -> Fraction | None:
    plain = digits(display(text)).casefold().translate(_SIGNS)
    plain = re.sub(r"/[-=]*(?=\s|$)", "", _BLANKS_IN_NUMBER.sub(lambda found: found[0].replace(" ", ""), plain))
    total, pending, smallest = Fraction(0), None, None
    for token in _QUANTITY.findall(plain):
        if token in _HARMLESS:
            continue
        section, value = ("numbers", token) if token[0].isdecimal() else _meaning(token, words)
        if section == "noise" and value == "money" and money:
            continue
        if section == "numbers":
            pending = _joined(pending, _fraction(value))
            if pending is None:
                return None
        elif section == "times" and (smallest is None or int(value) < smallest):
            total, pending, smallest = total + (1 if pending is None else pending) * int(value), None, int(value)
        else:
            return None
    if pending is not None and smallest is not None and (pending >= smallest or (smallest > 1000 and pending < 100)):
        return None
    if pending is None and smallest is None:
        return None
    total += pending or 0
    return total if total <= LARGEST else None


def _fraction(text: str) -> Fraction | None:
    whole, point, part = text.partition(".")
    if not _NUMBER.fullmatch(whole) or len(whole) > 15 or len(part) > 2:
        return None
    return Fraction(f"{whole.replace(',', '')}{point}{part}")


def _joined(before: Fraction | None, number: Fraction | None) -> Fraction | None:
    """Twenty and five are twenty-five; any other two numbers side by side are not understood."""
    if before is None or number is None:
        return number
    joins = before in range(20, 100, 10) and number in range(1, 10)
    return before + number if joins else None


def _meaning(token: str, words: tuple[Words, ...]) -> tuple[str, str]:
    key = fold(token)
    return next((table.typed[key] for table in words if key in table.typed), ("", ""))


# --- dates -------------------------------------------------------------------------------------------------------

_DATE_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+|\S")
_BETWEEN = frozenset("-/.,:*#،۔'‐‑‒–—−!?()")


@frozen
class _Told:
    """What a text says of a day. `numbers` and `months` with where they stand, noise not counted.

    `strange` are words that mean nothing in a date, `later` whether "next" stands in it.
    """

    numbers: list[tuple[str, int]]
    months: list[tuple[int, int]]
    days: list[int]
    spans: list[int]
    weekdays: set[int]
    strange: int
    later: bool


def _told(text: str, words: tuple[Words, ...]) -> _Told | None:
    """None where a word makes something else of it: a sum, a no, a half."""
    weekdays = _weekdays(words)
    numbers: list[tuple[str, int]] = []
    months: list[tuple[int, int]] = []
    days: list[int] = []
    spans: list[int] = []
    named: set[int] = set()
    strange = at = 0
    later = False
    for token in _DATE_TOKEN.findall(digits(display(text)).casefold()):
        key = fold(token)
        if token in _BETWEEN:
            continue
        section, value = ("numbers", token) if token.isdecimal() else _meaning(token, words)
        if section == "times" or (section, value) == ("noise", "no") or "." in value:
            return None
        if (section, value) == ("noise", "next"):
            later = True
        elif key in weekdays:
            named.add(weekdays[key])
        elif section == "numbers" and not (key == _TO and ((months and numbers) or named)):
            numbers.append((value, at))
        elif section == "months":
            months.append((int(value), at))
        elif section == "days":
            days.append(int(value))
        elif section == "spans":
            spans.append(int(value))
        elif section not in ("noise", "numbers") or value == "money":
            strange += 1
        at += section != "noise"
    if max(strange - MOST_AROUND, len(numbers) + len(months) + len(days) + len(spans) - 3) > 0:
        return None
    return _Told(numbers, months, days, spans, named, strange, later)


def _stands_out(told: _Told, text: str) -> bool:
    """Whether a date is plain to see among other words."""
    if told.days or told.spans:
        return False
    if told.months:
        beside = [number for number, at in told.numbers if number.isdecimal() and abs(at - told.months[0][1]) == 1]
        years = [number for number, _ in told.numbers if len(number) == 4]
        return len(beside) - len(years) in (0, 1) and len(told.numbers) - len(years) == 1 and bool(beside)
    written = _STROKED.findall(digits(display(text)))
    return len(written) == 1 and len(re.findall("[0-9]+", written[0])) == len(told.numbers)


def _after(told: _Told, today: date) -> date | None:
    """So many days or weeks from today."""
    if told.months or told.days or len(told.numbers) != 1 or len(told.spans) != 1:
        return None
    ahead = int(told.numbers[0][0]) * told.spans[0]
    return today + timedelta(days=ahead) if 0 < ahead <= MOST_AHEAD else None


def _weekdays(words: tuple[Words, ...]) -> dict[str, int]:
    """Every spelling of a day of the week, from Monday 0 on."""
    named = {fold(word): WEEK.index(day) for table in words for day, word in table.weekdays.items()}
    typed = {key: WEEK.index(day) for table in words for key, (name, day) in table.typed.items() if name == "weekdays"}
    return {day: number for number, day in enumerate(WEEK)} | named | typed


def _next_weekday(told: _Told, today: date) -> date | Ambiguous | None:
    """The day of the week that is named; "next Friday" is this one to some and the one after to others."""
    if len(told.weekdays) != 1:
        return None
    coming = today + timedelta(days=(min(told.weekdays) - today.weekday() - 1) % 7 + 1)
    return Ambiguous(coming, coming + timedelta(days=7)) if told.later else coming


def _with_month(numbers: list[str], month: int, today: date) -> date | None:
    if len(numbers) == 1:
        return _next(numbers[0], month, today)
    if len(numbers) != 2:
        return None
    day, year = numbers if len(numbers[0]) < 4 else reversed(numbers)
    return _day(year, month, day)


def _without_month(numbers: list[str], today: date) -> date | Ambiguous | None:
    match numbers:
        case [keyed] if len(keyed) == 8:
            return _day(keyed[4:], keyed[2:4], keyed[:2]) or _day(keyed[:4], keyed[4:6], keyed[6:])
        case [keyed] if len(keyed) == 6:
            return _day(keyed[4:], keyed[2:4], keyed[:2])
        case [keyed] if len(keyed) == 4:
            return _next(keyed[:2], keyed[2:], today)
        case [first, second]:
            return _either(_next(first, second, today), _next(second, first, today), today)
        case [year, month, day] if len(year) == 4:
            return _day(year, month, day)
        case [first, second, year]:
            return _either(_day(year, second, first), _day(year, first, second), today)
        case _:
            return None


def _either(day_first: date | None, month_first: date | None, today: date) -> date | Ambiguous | None:
    if day_first is None or month_first is None:
        return day_first or month_first
    if day_first != month_first and min(day_first, month_first) >= today:
        return Ambiguous(day_first, month_first)
    return day_first


def _day(year: int | str, month: int | str, day: int | str) -> date | None:
    """The date these name, a year of two digits being of this century; None where there is no such day."""
    if any(isinstance(part, str) and len(part) > 4 for part in (year, month, day)):
        return None
    full = int(year) + (2000 if isinstance(year, str) and len(year) == 2 else 0)
    if full not in YEARS:
        return None
    try:
        return date(full, int(month), int(day))
    except ValueError:
        return None


def _next(day: int | str, month: int | str, today: date) -> date | None:
    """This day and month from today on; a 29 February may be some years away."""
    years = range(today.year, today.year + 9)
    return next((found for year in years if (found := _day(year, month, day)) and found >= today), None)
