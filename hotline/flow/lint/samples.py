"""The longest and the oddest values each kind can have: what the proofs of speech and cost fill holes with."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.flow.book import Book
from hotline.text.values import Kind, write
from hotline.text.wordtable import Words

SAMPLES: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("W" * 60,),
    Kind.NUMBER: ("0", "7", "99", "100", "2567", "9999999"),
    Kind.DIGITS: ("0", "042", "123456789"),
    Kind.LICENCE: ("8", "2567", "0008/RWP", "12345/MLKD"),
    Kind.NAME: ("Al Wahhab and Brothers International Manpower Recruiting Bur",),
    Kind.CITY: ("Lahore", "Mandi Bahauddin", "Dera Ghazi Khan"),
    Kind.DATE: ("", "2026-01-01", "2027-09-30", "2028-12-31"),
    Kind.TIME: ("00:00", "09:00", "12:30", "21:45"),
    Kind.DAYS: ("mon", "mon-fri", "mon-thu,sat", "mon-sun", "mon-wed,thu-sat"),
    Kind.PHONE: ("042-99204093", "03001234567", "+923001234567", "1043"),
    Kind.CASE: ("4821935",),
}
"""STATE has none here: a bureau's states are those the word tables know."""

NARROW = {
    "agency.short": "International Manpower",
    "agency.city": "Faisalabad12",
    "asked": "12345/MLKD",
    "journey.count": "99",
    "alert.code": "482913",
    "alert.text": "W" * 134,
}
"""Holes whose port promises less than their kind allows (short form, city, serial, a plan's messages, two parts)."""


UNFILLED = {"no_list": "register.date"}
"""Outcome → the date it leaves empty, which is then said in words; every other date is a day."""


def samples(kind: Kind, words: Words) -> tuple[str, ...]:
    """Values to try, as a port would give them."""
    if kind is Kind.STATE:
        return tuple(words.states)
    if kind is Kind.CITY:
        return (*SAMPLES[kind], *words.cities)
    return SAMPLES[kind]


def longest(book: Book, locale: str) -> dict[str, str]:
    """For every hole anything fills, the value that takes most room when it is written in this language."""
    words = book.values[locale]
    return {hole: NARROW.get(hole) or _longest(kind, words) for hole, kind in book.kinds.items()}


def _longest(kind: Kind, words: Words) -> str:
    return max(filter(None, samples(kind, words)), key=lambda raw: len(write(kind, raw, words)))
