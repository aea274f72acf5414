"""Proof 6: one word leads to one place, none hides another, and no text offers a word the carriers have taken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import Finding
from hotline.flow.yaml import Mapping as Block
from hotline.flow.yaml import Scalar, Sequence, read
from hotline.text import script

STOPS = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout")
"""Carriers stop our messages at these words, whatever we think of them (telecom.md 4)."""
OURS = {**dict.fromkeys(STOPS, "stop"), "start": "start", "help": "help", "info": "help", "yes": "yes", "no": "no"}
LANGUAGES = ("urdu", "punjabi", "english", "roman")
ALONE = frozenset({"stop", "start", "yes", "no", "back", "repeat", "more"})
RESERVED = ("CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "UNSUBSCRIBE", "STOPALL", "INFO", "YES")
_PRINTED = re.compile(rf"\b(?:{'|'.join(RESERVED)})\b")
_OFFERED = re.compile(rf"\b(?:send|reply|text|write|type)(?: with)?\s+['\"]?({'|'.join(RESERVED)})\b(?! \w)", re.I)


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the spelling, or at the text that prints a reserved word."""
    vocabulary = content.book.vocabulary
    for clash in vocabulary.clashes:
        kept, other = clash.kept, clash.other
        text = f"{other.spelling!r} already leads to {kept.then} ({kept.name}): take it out of {other.name}"
        yield Finding(*content.word_at(other), 6, text)
    for word in vocabulary.words.values():
        if not word.folded or word.folded.isdecimal():
            yield Finding(*content.word_at(word), 6, f"{word.spelling!r} reads as a key or as nothing, not as a word")
    yield from _taken(content)
    yield from _unknown(content)
    yield from _polite(content)
    yield from _printed(content)


def _taken(content: Content) -> Iterator[Finding]:
    always = content.book.always
    for spelling, name in (OURS | {language: language for language in LANGUAGES}).items():
        concept = always.concepts.get(name)
        if concept is None:
            yield Finding(*content.always_line("words"), 6, f"the word {name} is missing")
        elif _meaning(content, spelling) != name:
            yield Finding(always.file, concept.line, 6, f"{spelling.upper()} must be among the words of {name}")
    for name in sorted(ALONE - always.alone):
        file, line = content.always_line("always", "alone")
        yield Finding(file, line, 6, f"{name} must be among `alone`: within a sentence it means something else")


def _meaning(content: Content, spelling: str) -> str:
    word = content.book.vocabulary.words.get(script.fold(spelling))
    return word.name if word else ""


def _unknown(content: Content) -> Iterator[Finding]:
    """A list for a word that does not exist would be read by nobody."""
    names = {"politeness", "thanks", "idle", *content.book.always.concepts, *content.book.flows}
    for file, source in content.sources.words.values():
        block = read(file, source)
        for name, line in block.key_lines.items() if isinstance(block, Block) else ():
            if name not in names:
                text = f"no word and no flow is called {name}; there are {', '.join(sorted(names))}"
                yield Finding(file, line, 6, text)


def _polite(content: Content) -> Iterator[Finding]:
    """A courtesy is dropped before a message is read: a word that is one too would never be heard with others."""
    for file, line, spelling in _courtesies(content):
        word = content.book.vocabulary.words.get(script.fold(spelling))
        if word:
            yield Finding(file, line, 6, f"{spelling!r} is a courtesy and also the word {word.name}: it can be one")


def _courtesies(content: Content) -> Iterator[tuple[str, int, str]]:
    for file, source in (content.sources.always, *content.sources.words.values()):
        block = read(file, source)
        for name in ("politeness", "thanks"):
            listed = block.items.get(name) if isinstance(block, Block) else None
            for item in listed.items if isinstance(listed, Sequence) else ():
                if isinstance(item, Scalar):
                    yield file, item.line, item.text


def _printed(content: Content) -> Iterator[Finding]:
    seen: set[tuple[str, int, str]] = set()
    for told in content.everything():
        found = _PRINTED.search(told.words) or _OFFERED.search(told.words)
        if found and (told.file, told.line, told.key) not in seen:
            seen.add((told.file, told.line, told.key))
            text = f"{told.key} offers {found[0]!r}, which carriers take for themselves: offer another word"
            yield Finding(told.file, told.line, 6, text)
