"""A text that names what a port knows, an agency or a district: where that leads."""

from __future__ import annotations

from datetime import date

from hotline.flow.book import Book
from hotline.flow.engine import with_languages
from hotline.flow.model import Ask
from hotline.flow.moves import lead_to
from hotline.flow.turn import Found, Session, Turn
from hotline.flow.understand import understand
from hotline.flow.walk import Walk


def named(book: Book, session: Session, text: str, name: Found, today: date) -> Turn:
    """The turn for a text that names what a port knows: the place of `always` the outcome says, with the name.

    A word of the text that leads to where the same is asked leads there with it (fraud, watch).
    """
    walk = Walk(book, session)
    walk.session.step += 1
    target = {"place": book.always.places, "agency": book.always.numbers}[name.outcome]
    word = understand(book.vocabulary, text).word
    if word and _asks_alike(book, word.then, target):
        target = word.then
    return with_languages(book, lead_to(walk, target, name.fields["name"], today))


def _asks_alike(book: Book, one: str, other: str) -> bool:
    """Whether two flows begin with a question whose answer is kept under one name."""
    first, second = book.steps[book.place(one)], book.steps[book.place(other)]
    return isinstance(first, Ask) and isinstance(second, Ask) and first.key == second.key
