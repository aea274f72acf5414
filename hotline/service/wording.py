"""What no message may say that comes unasked: what asks for an answer where none comes, what others must not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from hotline.countries import Country
from hotline.domain.broadcast import Draft, Kind
from hotline.outgoing import Wording
from hotline.settings import Settings
from hotline.text.script import fold

_LEAST_CAPITALS = 2
"""Letters of a word in capitals that is to be sent; a single one may begin a name."""


def faults(draft: Draft, settings: Settings) -> Iterator[str]:
    """What is wrong with the words of a draft, with the word, the language and the country."""
    mute = _mute(draft, settings)
    for locale, text in draft.texts.items():
        if mute and (word := asks_for_answer(text, settings.wording)):
            yield (
                f"texts.{locale}: {word!r} asks for an answer, and from {_named(mute)} none reaches us: say it"
                " otherwise, or write in audience.countries only those who can answer"
            )
        if _neutral(draft) and (word := tells_too_much(text, settings.wording)):
            yield f"texts.{locale}: {word!r} may be read by others who hold the telephone: say it in neutral words"


def asks_for_answer(text: str, wording: Wording) -> str:
    """The words that ask people to write back; "" where none do."""
    if found := _first(text, wording.reply):
        return found
    words = text.split()
    send = {fold(word) for word in wording.send}
    for one, other in pairwise(words):
        if (fold(one) in send and _is_key(other)) or (fold(other) in send and _is_key(one)):
            return f"{one} {other}"
    return ""


def tells_too_much(text: str, wording: Wording) -> str:
    """The first word nobody else should read; "" where there is none."""
    return _first(text, wording.private)


def _neutral(draft: Draft) -> bool:
    """An alert, its correction and its recall are worded as the official notice: people asked for them."""
    return draft.kind is Kind.BULK or (draft.kind is Kind.RECALL and not draft.licence)


def _mute(draft: Draft, settings: Settings) -> list[Country]:
    """The countries of the audience from which nobody can answer."""
    wanted = draft.audience.countries or tuple(settings.countries)
    return [
        settings.countries[code]
        for code in wanted
        if code in settings.countries and not settings.countries[code].replies
    ]


def _named(countries: Iterable[Country]) -> str:
    return ", ".join(country.name for country in countries)


def _first(text: str, listed: Iterable[str]) -> str:
    words = f" {fold(text)} "
    return next((one for one in listed if f" {fold(one)} " in words), "")


def _is_key(word: str) -> bool:
    """A digit to send, or a word in capitals: STOP, CHECK."""
    bare = "".join(sign for sign in word if sign.isalnum())
    return bare.isdecimal() or (bare.isascii() and bare.isupper() and len(bare) >= _LEAST_CAPITALS)
