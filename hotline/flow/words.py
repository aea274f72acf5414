"""What people type: every spelling of every word, in all scripts at once, and where each leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hotline.flow.always import Always
from hotline.flow.model import SOURCE, Flow
from hotline.frozen import frozen
from hotline.text import script
from hotline.text.tongue import SMALL

ANYWHERE = 5
"""Letters from which a word counts anywhere in a message (docs/flows.md, Words)."""
NEARLY = 6
"""Letters from which one wrong letter is asked back."""
LONGEST = 4
"""Words of the longest spelling we look for at the start of a message."""


@frozen
class Word:
    """One spelling: folded for comparing, as listed for people, the word it means, where that leads."""

    folded: str
    spelling: str
    name: str
    then: str
    alone: bool
    locale: str


@frozen
class Clash:
    """Two words with one spelling that lead to different places."""

    kept: Word
    other: Word


@frozen
class Vocabulary:
    """All words by folded spelling; those that count anywhere; those a slip of one letter may mean, by their length.

    `idle` are single words that name no agency: small words of every language, courtesies, the words for a check.
    """

    words: Mapping[str, Word]
    anywhere: Mapping[str, Word]
    nearly: Mapping[int, tuple[Word, ...]]
    polite: frozenset[str]
    thanks: frozenset[str]
    idle: frozenset[str]
    clashes: tuple[Clash, ...]


def gather(always: Always, flows: Iterable[Flow], lists: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Vocabulary:
    """Join the English words of `always` and flows with each locale's list (`lists[locale][name]`)."""
    words: dict[str, Word] = {}
    clashes = []
    for word in _every(always, {flow.name: flow for flow in flows}, lists):
        kept = words.setdefault(word.folded, word)
        if kept.then != word.then:
            clashes.append(Clash(kept, word))
    anywhere = {key: word for key, word in words.items() if len(key) >= ANYWHERE and not word.alone}
    nearly: dict[int, list[Word]] = {}
    for key, word in words.items():
        if len(key) >= NEARLY and " " not in key and not word.alone:
            nearly.setdefault(len(key), []).append(word)
    thanks = _listed("thanks", always.thanks, lists)
    polite = _listed("politeness", always.politeness, lists) | thanks
    lengths = {length: tuple(found) for length, found in nearly.items()}
    idle = _idle(always, words, polite | _listed("idle", always.idle, lists))
    return Vocabulary(words, anywhere, lengths, polite, thanks, idle, tuple(clashes))


def _listed(name: str, english: tuple[str, ...], lists: Mapping[str, Mapping[str, tuple[str, ...]]]) -> frozenset[str]:
    """One list of all languages, folded."""
    return frozenset(
        script.fold(item) for listed in (english, *(table.get(name, ()) for table in lists.values())) for item in listed
    )


def _idle(always: Always, words: Mapping[str, Word], listed: frozenset[str]) -> frozenset[str]:
    asking = {folded for folded, word in words.items() if word.then == always.numbers}
    return SMALL | {piece for folded in listed | asking for piece in folded.split()}


def _every(
    always: Always, flows: Mapping[str, Flow], lists: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> Iterator[Word]:
    for concept in always.concepts.values():
        for spelling in concept.words:
            yield _word(spelling, concept.name, concept.then, always, SOURCE)
    for flow in flows.values():
        for spelling in flow.keywords:
            yield _word(spelling, flow.name, flow.name, always, SOURCE)
    for locale, table in lists.items():
        for name, spellings in table.items():
            then = always.concepts[name].then if name in always.concepts else name if name in flows else ""
            for spelling in spellings if then else ():
                yield _word(spelling, name, then, always, locale)


def _word(spelling: str, name: str, then: str, always: Always, locale: str) -> Word:
    return Word(script.fold(spelling), spelling, name, then, name in always.alone, locale)
