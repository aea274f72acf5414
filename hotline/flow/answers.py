"""Reading an answer as what was asked for: text, a country, digits, a number, an amount, a date, yes or no."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from hotline.flow.book import Book
from hotline.flow.model import Accept
from hotline.text import reading, script
from hotline.text.wordtable import Words

MOST_AROUND = 4
"""Words before and behind a sum that may be taken off."""


def read_answer(book: Book, accept: Accept, typed: str, today: date) -> str | None:
    """The interpreted value, as it is kept: text as typed, a country by its code (one we do not know as typed), digits
    and numbers in ASCII, dates as ISO, yes or no.

    None when it cannot be read so. A date that can be read two ways is kept as both, joined by `/`: the port
    that takes it has the person choose.
    """
    text, words = script.display(typed).strip(), book.values.values()
    match accept.reader:
        case "text":
            return text or None
        case "country":
            return reading.read_country(text, words) or text or None
        case "digits":
            return reading.read_digits(text, accept.low, accept.high)
        case "number":
            number = reading.read_number(text, words)
            return None if number is None else str(number)
        case "amount":
            amount = reading.read_amount(text, words)
            if amount is None:
                amount = reading.read_amount(_less_around(text, words), words)
            return None if amount is None else str(amount)
        case "date":
            day = reading.read_date(text, today, words)
            if isinstance(day, reading.Ambiguous):
                return f"{day.first.isoformat()}/{day.second.isoformat()}"
            return day.isoformat() if day else None
        case _:
            word = book.vocabulary.words.get(script.fold(text))
            return word.name if word and word.name in ("yes", "no") else None


def _less_around(text: str, words: Collection[Words]) -> str:
    """A few words (maine 3 lakh diye) taken off both ends of a sum; a word that says something of it stays, as a no."""
    tokens = text.split()

    def says_nothing(token: str) -> bool:
        plain = script.fold(token)
        means = next((table.typed[plain] for table in words if plain in table.typed), ("", ""))
        return not any(map(str.isdecimal, token)) and means in (("", ""), ("noise", "date"))

    for _ in range(MOST_AROUND):
        if tokens and says_nothing(tokens[0]):
            tokens = tokens[1:]
        if tokens and says_nothing(tokens[-1]):
            tokens = tokens[:-1]
    return " ".join(tokens)
