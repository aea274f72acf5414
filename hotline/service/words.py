"""A sentence said outside any flow, as a whole reply."""

from __future__ import annotations

from hotline.flow.book import Book
from hotline.flow.model import Channel
from hotline.flow.render import spoken, written
from hotline.flow.turn import Line, Session, Spoken, Turn, Written


def only(book: Book, name: str, locale: str, channel: Channel) -> Written | Spoken:
    """One text of `always` as a whole reply; in a call it is the last thing said."""
    turn = Turn(Session(locale, channel), (Line(book.always.texts[name], {}),))
    return written(book, turn) if channel is Channel.SMS else spoken(book, turn)
