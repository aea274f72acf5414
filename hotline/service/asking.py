"""The words a person was asked with, as they read or heard them: what the ledger of consents keeps as proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

from hotline.domain.consent import Asked
from hotline.flow.book import Book
from hotline.flow.model import SPOKEN, Ask, Channel
from hotline.service.ports.base import Asker
from hotline.text import values

VERSION_LETTERS = 12


def asked_with(book: Book, step: str) -> Callable[[Asker, Mapping[str, str]], Asked]:
    """For an `ask` of the book: its question in the asker's language, with the values it was filled with.

    The version is a hash of the question's own words in that language: it changes when, and only when, they do.
    """
    ask = book.steps[step]
    if not isinstance(ask, Ask):
        raise TypeError(f"{step} asks nothing")

    def asked(asker: Asker, facts: Mapping[str, str]) -> Asked:
        heard = asker.channel is Channel.VOICE
        locale = SPOKEN[asker.locale] if heard else asker.locale
        pieces = book.texts[locale][ask.prompt.voice_key if heard else ask.prompt.sms_key]
        said, plain = [], []
        for piece in pieces:
            if isinstance(piece, str):
                said.append(piece)
                plain.append(piece)
            else:
                said.append(values.write(book.kind(piece.name), facts.get(piece.name, ""), book.values[locale]))
                plain.append(f"{{{piece.name}}}")
        version = sha256("".join(plain).encode()).hexdigest()[:VERSION_LETTERS]
        return Asked(asker.locale, asker.channel.value, "".join(said), version)

    return asked
