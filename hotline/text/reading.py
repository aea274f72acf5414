"""What people type or key when asked for a number, an amount or a date: read, or not understood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from hotline.text.script import digits, display, fold
from hotline.text.wordtable import WEEK, Words

_WORDED = re.compile(r"(?:[^\W\d_]+[.:]?[\s#.\-]+){0,4}?([0-9][0-9\s#.\-]*)(?:\s[^\W\d_]+[.!\u06d4]?){0,2}")
LARGEST = 1_000_000_000
"""Above this a number is a slip of the finger."""
YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A date that can be read two ways, both of them still to come."""

    day_first: date
    month_first: date


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
    Friday, which alone is the next one after `today`; beside a date a day of the week says nothing new.
    Day first is the rule; Ambiguous only where day first and month first are both to come, and not the same day.
    """
    tables = tuple(words)
    tokens = _date_tokens(text, tables)
    if tokens is None:
        return None
    if not tokens:
        return _next_weekday(text, tables, today)
    numbers = [value for section, value in tokens if section == "numbers"]
    months = [int(value) for section, value in tokens if section == "months"]
    days = [int(value) for section, value in tokens if section == "days"]
    if days:
        return today + timedelta(days=days[0]) if len(tokens) == 1 else None
    if len(months) == 1:
        return _with_month(numbers, months[0], today)
    return None if months else _without_month(numbers, today)


def read_country(text: str, words: Iterable[Words] = ()) -> str | None:
    """The one country (ISO 3166) that a text names, in the words of any of the languages given; else None."""
    tables = tuple(words)
    found = {
        value for token in fold(text).split() for section, value in [_meaning(token, tables)] if section == "countries"
    }
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


def _date_tokens(text: str, words: tuple[Words, ...]) -> list[tuple[str, str]] | None:
    """What the text says, as (section of `typed`, meaning) without noise; None where a word means nothing in a date."""
    weekdays = _weekdays(words)
    found: list[tuple[str, str]] = []
    for token in _DATE_TOKEN.findall(digits(display(text)).casefold()):
        if token in _BETWEEN or fold(token) in weekdays:
            continue
        section, value = ("numbers", token) if token.isdecimal() else _meaning(token, words)
        if (section, value) == ("noise", "date"):
            continue
        if section not in ("numbers", "months", "days") or "." in value:
            return None
        if len(found) == 3:
            return None
        found.append((section, value))
    return found


def _weekdays(words: tuple[Words, ...]) -> dict[str, int]:
    """Every spelling of a day of the week, from Monday 0 on."""
    named = {fold(word): WEEK.index(day) for table in words for day, word in table.weekdays.items()}
    return {day: number for number, day in enumerate(WEEK)} | named


def _next_weekday(text: str, words: tuple[Words, ...], today: date) -> date | None:
    weekdays = _weekdays(words)
    found = {
        weekdays[key] for token in _DATE_TOKEN.findall(display(text).casefold()) if (key := fold(token)) in weekdays
    }
    return today + timedelta(days=(found.pop() - today.weekday() - 1) % 7 + 1) if len(found) == 1 else None


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
