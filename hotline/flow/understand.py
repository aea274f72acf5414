"""What a typed message means: a key, a word and its argument, nearly a word, or nothing we know, and why."""

from __future__ import annotations

import re

from hotline.flow.words import ANYWHERE, LONGEST, NEARLY, Vocabulary, Word
from hotline.frozen import frozen
from hotline.text import script
from hotline.text.phone import without_numbers

MOST_WORDS = 60
"""Words of a message that are looked at for a slip: a page of text is no slip of a word."""
MOST_AROUND = 6
"""Words of a message that is still nothing but the number in it."""
_KEY = re.compile(r"(?:option |number |no )?(\d{1,2})")
_GLUED = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


Token = tuple[str, str]
"""A piece of a message as typed, and folded."""


@frozen
class Heard:
    """A message, read. `word` with its `rest`, or `near` words with the reason, or neither and the reason.

    `place` says how the word stood: "alone", "first" or "within" the message. `courtesy`: the message is nothing but a
    "greeting", or "thanks".
    """

    text: str
    key: str = ""
    word: Word | None = None
    rest: str = ""
    place: str = ""
    near: tuple[Word, ...] = ()
    reason: str = ""
    courtesy: str = ""

    @property
    def readable_rest(self) -> bool:
        """Whether what follows the word can be read by itself: it has a digit."""
        return any(map(str.isdecimal, self.rest))

    @property
    def looks_numbered(self) -> bool:
        """Whether the message is a number of three to five digits with little around it, such as a licence's."""
        words = self._around()
        return any(word.isdecimal() and 3 <= len(word) <= 5 for word in words)

    def number_of(self, length: int) -> str:
        """The one number of so many digits: all of the message, however spaced, or with little around it; else ""."""
        words = script.fold(without_numbers(self.text)).split()
        whole = "".join(words)
        if whole.isdecimal():
            return whole if len(whole) == length else ""
        numbers = [word for word in self._around() if word.isdecimal() and len(word) == length]
        return numbers[0] if len(numbers) == 1 else ""

    @property
    def is_short(self) -> bool:
        """Whether the message is a few words, such as a command and a name, and no story."""
        return len(self.text.split()) <= MOST_AROUND

    def _around(self) -> list[str]:
        """The message's words, telephone numbers apart; none where there are more than stand around a number."""
        words = script.fold(without_numbers(self.text)).split()
        return words if len(words) <= MOST_AROUND else []

    @property
    def number_first(self) -> bool:
        """Whether the message is a licence's number with a word or two behind it: `4859 dubai`."""
        words = script.fold(without_numbers(self.text)).split()
        return 1 < len(words) <= 3 and words[0].isdecimal() and 3 <= len(words[0]) <= 5


def understand(vocabulary: Vocabulary, typed: str) -> Heard:
    """Read one message, in any script. Never fails; an empty message has no word and says so."""
    text = script.display(typed).strip()
    if text in ("*", "#"):
        return Heard(text, key=text)
    tokens = [(token, script.fold(token)) for token in _GLUED.sub(" ", text).split()]
    whole = _joined(tokens)
    if not whole:
        return Heard(text, reason="nothing that can be read")
    if found := _KEY.fullmatch(whole):
        return Heard(text, key=str(int(found[1])) if len(found[1]) == 1 else found[1])
    if courtesy := _courtesy(vocabulary, tokens):
        return Heard(text, reason="nothing but a courtesy", courtesy=courtesy)
    tokens = _without_politeness(vocabulary, tokens)
    return _first(vocabulary, text, tokens) or _anyhow(vocabulary, text, _joined(tokens).split())


def _anyhow(vocabulary: Vocabulary, text: str, words: list[str]) -> Heard:
    """What a message means whose first word, as typed, is none we know."""
    return (
        _first(vocabulary, text, [(word, word) for word in words])
        or _within(vocabulary, text, words)
        or _nearly(vocabulary, text, words)
    )


def _joined(tokens: list[Token]) -> str:
    """What these tokens fold to together."""
    return " ".join([folded for _, folded in tokens if folded])


def _courtesy(vocabulary: Vocabulary, tokens: list[Token]) -> str:
    """Which courtesy the whole message is, if it is nothing else."""
    thanked, at = False, 0
    while at < len(tokens):
        length = _polite(vocabulary, tokens[at:])
        if not length:
            return ""
        thanked = thanked or _joined(tokens[at : at + length]) in vocabulary.thanks
        at += length
    return "thanks" if thanked else "greeting"


def _without_politeness(vocabulary: Vocabulary, tokens: list[Token]) -> list[Token]:
    """The message less the courtesies around it; all of it when it is nothing else."""
    start, stop = 0, len(tokens)
    while start < stop and (length := _polite(vocabulary, tokens[start:stop])):
        start += length
    while stop > start and _is_polite(vocabulary, tokens[stop - 1 : stop]):
        stop -= 1
    return tokens[start:stop] or tokens


def _polite(vocabulary: Vocabulary, tokens: list[Token]) -> int:
    """How many tokens of the start are one courtesy: the longest, up to four (`assalam o alaikum`)."""
    for length in range(min(LONGEST, len(tokens)), 0, -1):
        if _is_polite(vocabulary, tokens[:length]):
            return length
    return 0


def _is_polite(vocabulary: Vocabulary, tokens: list[Token]) -> bool:
    folded = _joined(tokens)
    return not folded or folded in vocabulary.polite


def _first(vocabulary: Vocabulary, text: str, tokens: list[Token]) -> Heard | None:
    """The word that is the whole message, or stands first with an argument behind it."""
    for length in range(min(LONGEST, len(tokens)), 0, -1):
        word = vocabulary.words.get(_joined(tokens[:length]))
        if word is None:
            continue
        if not _joined(tokens[length:]):
            return Heard(text, word=word, place="alone")
        if not word.alone:
            rest = " ".join(token for token, _ in tokens[length:]).lstrip(" :=-.")
            return Heard(text, word=word, rest=rest, place="first")
    return None


def _within(vocabulary: Vocabulary, text: str, words: list[str]) -> Heard | None:
    """Long words anywhere, if all of them lead to one place; numbers in the message are then its argument."""
    found = [
        word
        for start in range(len(words))
        for length in range(1, LONGEST + 1)
        if len(piece := " ".join(words[start : start + length])) >= ANYWHERE
        and (word := vocabulary.anywhere.get(piece))
    ]
    if not found or len({word.then for word in found}) > 1:
        return None
    rest = text if any(letter.isdecimal() for letter in text) else ""
    return Heard(text, word=found[0], rest=rest, place="within")


def _nearly(vocabulary: Vocabulary, text: str, words: list[str]) -> Heard:
    near: dict[str, Word] = {}
    reason = ""
    for typed in words[:MOST_WORDS]:
        if len(typed) < NEARLY - 1:
            continue
        for length in (len(typed) - 1, len(typed), len(typed) + 1):
            for word in vocabulary.nearly.get(length, ()):
                if word.then not in near and script.near(typed, word.folded):
                    near[word.then] = word
                    reason = reason or f"'{typed}', one letter from '{word.spelling}'"
    found = tuple(near.values())[:3]
    return Heard(text, near=found, reason=reason or "no word we know")
