"""Proof 5: the universal keys keep their meaning, menus keep theirs short, and no text names a key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import Finding
from hotline.flow.lint.graph import ways
from hotline.flow.model import LOCALES, SPOKEN, Ask, Channel, Menu, Record, Say
from hotline.text import script

UNIVERSAL = {"person": "0", "written": "8", "repeat": "9", "back": "*", "main": "#"}
MOST_CHOICES = 5

_PRESSING = frozenset({"press", "dial", "push", "hit", "tap"})
_PRESSING_STEMS = ("dab", "\u062f\u0628\u0627", "\u062f\u0628\u0648")
"""How the words for pressing begin in Roman Urdu, Urdu and Punjabi."""
_SENDING = frozenset({"reply", "send", "type", "text", "enter", "answer"})
_SENDING_STEMS = ("likh", "bhej", "\u0644\u06a9\u06be", "\u0628\u06be\u06cc\u062c", "\u06af\u06be\u0644")
_BETWEEN = frozenset({"with", "the", "key", "number", "only", "just"})
_AFTER = frozenset({"for", "to", "or", "and", "if"})
_SIGNS = frozenset({"star", "asterisk"})
_HASH = frozenset({"hash", "pound", "\u06c1\u06cc\u0634"})
_ROMAN_DIGITS = ("sifar", "aik", "ek", "do", "teen", "char", "panch", "chay", "saat", "aath", "nau")
_CLAUSE = re.compile("[.,;:!?()\n\u06d4\u060c\u061f\u061b]+")


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the keys of `always`, the choice, the menu, or the text that names a key."""
    always = content.book.always
    if dict(always.keys) != UNIVERSAL:
        wanted = ", ".join(f"{name}: {key}" for name, key in UNIVERSAL.items())
        yield Finding(*content.always_line("always", "keys"), 5, f"leaflets print these keys; they stay {wanted}")
    if always.choices > MOST_CHOICES:
        yield Finding(*content.always_line("always", "choices"), 5, f"nobody remembers more than {MOST_CHOICES}")
    if always.rows + 2 > always.choices:
        text = f"with more and none of these, {always.rows} rows are more than {always.choices} choices"
        yield Finding(*content.always_line("always", "rows"), 5, text)
    for step in content.book.steps.values():
        if isinstance(step, Menu):
            yield from _menu(content, step)
        if isinstance(step, Say) and step.written:
            yield from _written(content, step)
    yield from _named(content)


def _menu(content: Content, step: Menu) -> Iterator[Finding]:
    file = content.file(step.name)
    for choice in step.choices:
        if choice.key not in "12345678":
            yield Finding(file, choice.line, 5, f"key {choice.key} means the same everywhere; choices use 1 to 8")
    most = content.book.always.choices
    for channel in Channel:
        count = sum(choice.only in (None, channel) for choice in step.choices)
        if count > most:
            yield Finding(file, step.line, 5, f"{step.name} offers {count} choices by {channel}; at most {most}")


def _written(content: Content, step: Say) -> Iterator[Finding]:
    """Where the key for an answer as SMS cannot be offered: it stands in a menu of the same flow, and is free there."""
    key = content.book.always.keys["written"]
    for way in ways(content.book, step.then, step.name):
        if not isinstance(way.waits, Menu) or way.waits.name.partition(".")[0] != step.name.partition(".")[0]:
            text = f"{step.name} is `written`, but no menu of its flow comes next: nobody would be offered it"
            yield Finding(content.file(step.name), step.line, 5, text)
        else:
            for choice in way.waits.choices:
                if choice.key == key and choice.only is not Channel.SMS:
                    text = f"after {step.name} key {key} asks for it as SMS: use another"
                    yield Finding(content.file(way.waits.name), choice.line, 5, text)


def _named(content: Content) -> Iterator[Finding]:
    entries = {
        message.id
        for step in content.book.steps.values()
        if isinstance(step, Ask | Record)
        for message in (step.prompt, getattr(step, "again", None))
        if message
    }
    seen: set[tuple[str, int, str]] = set()
    names = {locale: _digit_words(content, locale) for locale in LOCALES}
    for told in content.everything():
        found = named_key(told.words, names[told.locale], _SIGNS if told.message.id in entries else _SIGNS | _HASH)
        # A text that falls back to another language stands there once.
        if found and (told.file, told.line, told.key) not in seen:
            seen.add((told.file, told.line, told.key))
            text = f"{told.key} names a key ({found}): take it out, the channel adds the keys"
            yield Finding(told.file, told.line, 5, text)


def _digit_words(content: Content, locale: str) -> frozenset[str]:
    digits = content.book.values[SPOKEN[locale]].digits
    return frozenset((*_ROMAN_DIGITS, *(script.fold(word) for word in digits.values())))


def named_key(text: str, digit_words: frozenset[str], signs: frozenset[str]) -> str:
    """The words of a text that tell a person which key to press, or "". `signs` are the words for keys without a digit.

    A digit beside a word for sending counts only where the digit is all that is to be sent (`reply 1`, not `send 15
    photographs`); a digit, or its word, near a word for pressing always does.
    """
    for clause in _CLAUSE.split(text):
        words = script.fold(clause.replace("*", " star ").replace("#", " hash ")).split()
        for at, word in enumerate(words):
            digit = len(word) == 1 and word.isdecimal()
            near = words[max(0, at - 3) : at] + words[at + 1 : at + 4]
            if (digit or word in signs or word in digit_words) and any(map(_presses, near)):
                return clause.strip()
            if digit and _sent(words, at):
                return clause.strip()
    return ""


def _presses(word: str) -> bool:
    return word in _PRESSING or word.startswith(_FOLDED_PRESSING)


def _sent(words: list[str], at: int) -> bool:
    after = words[at + 1] if at + 1 < len(words) else ""
    if after.startswith(_FOLDED_SENDING):
        return True
    before = [word for word in words[:at] if word not in _BETWEEN][-1:]
    return bool(before) and before[0] in _SENDING and (not after or after in _AFTER)


_FOLDED_PRESSING = tuple(script.fold(stem) for stem in _PRESSING_STEMS)
_FOLDED_SENDING = tuple(script.fold(stem) for stem in _SENDING_STEMS)
