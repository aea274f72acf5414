"""Proof 11: only `valid` says yes, and of whom; every verdict is dated; without a yes a person is at hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hotline.flow.catalogue import Hole
from hotline.flow.lint.content import Content, Told
from hotline.flow.lint.finding import Finding
from hotline.flow.lint.graph import Way, ways
from hotline.flow.model import LOCALES, Ask, Channel, Find, Menu, Message, Pick
from hotline.frozen import frozen
from hotline.text.values import Kind, write

PORT, YES = "agency", "valid"
YES_WORDS = {
    "en": "VALID",
    "ur": "\u062f\u0631\u0633\u062a",
    "pa_Arab": "\u062f\u0631\u0633\u062a",
    "ur_Latn": "DURUST",
}
"""Each language's one yes-word (product.md 3)."""
NEVER = ("safe", "mehfooz", "mahfooz", "mehfuz", "\u0645\u062d\u0641\u0648\u0638")
"""Words for "safe": a licence does not make a job so."""
GOOD = {
    "en": ("good", "valid", "genuine", "fine", "okay", "all right", "licensed", "active", "cleared"),
    "ur": (
        "\u062f\u0631\u0633\u062a", "\u0679\u06be\u06cc\u06a9", "\u0635\u062d\u06cc\u062d",
        "\u0627\u0686\u06be\u0627", "\u0627\u0635\u0644\u06cc", "\u062c\u0627\u0626\u0632",
    ),
    "pa_Arab": (
        "\u062f\u0631\u0633\u062a", "\u0679\u06be\u06cc\u06a9", "\u0635\u062d\u06cc\u062d",
        "\u0686\u0646\u06af\u0627", "\u0627\u0635\u0644\u06cc", "\u062c\u0627\u0626\u0632",
    ),
}  # fmt: skip
"""Words that say of an agency that all is well. A call is clips: who missed the one before hears only the last."""
ABOUT_ONE = ("valid", "cautioned", "barred", "stale")
"""Outcomes about one known agency, which is named with its licence."""
NAMED, WARNED = frozenset({"agency.name", "agency.licence"}), ("valid", "cautioned")
ASKED_BACK = ("unnamed", "no_licence")
"""Outcomes that are no verdict but the question again: nothing was looked up."""
DATED, STATE = "register.date", "agency.state"
A_WARNING = 12
"""Letters that follow the agency's name, at least, where a warning does."""


@frozen
class Answer:
    """One way a licence check can end: the outcome, the step that gave it, and what the turn then passes."""

    outcome: str
    find: Find
    way: Way


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the text, or at the branch that says too little."""
    answers = tuple(_answers(content))
    verdicts = {page.id: answer.outcome for answer in answers for say in answer.way.says for page in say.pages}
    for told in content.everything():
        yield from _words(told, verdicts.get(told.message.id, ""))
    for answer in answers:
        yield from _said(content, answer)
    yield from _asked_back(content)
    yield from _states(content)


def _answers(content: Content) -> Iterator[Answer]:
    """Every ending of a check; where several were found, choosing none of them is one too."""
    book = content.book
    for find in book.steps.values():
        if not isinstance(find, Find) or find.port != PORT:
            continue
        for outcome, target in find.branches.items():
            if outcome in ASKED_BACK:
                continue
            for way in ways(book, target.partition(" with ")[0], find.name):
                if isinstance(way.waits, Pick) and not way.says:
                    none = ways(book, way.waits.none.partition(" with ")[0], way.waits.name)
                    yield from (Answer("none", find, other) for other in none)
                else:
                    yield Answer(outcome, find, way)


def _asked_back(content: Content) -> Iterator[Finding]:
    """What is no verdict must ask: one that led to a menu would be read as an answer."""
    book = content.book
    checks = [step for step in book.steps.values() if isinstance(step, Find) and step.port == PORT]
    for find, outcome in itertools.product(checks, ASKED_BACK):
        if outcome in find.branches:
            for way in ways(book, find.branches[outcome].partition(" with ")[0], find.name):
                if not isinstance(way.waits, Ask):
                    text = f"{find.name}: outcome {outcome} must ask again which agency is meant"
                    yield Finding(content.file(find.name), find.line, 11, text)


def _words(told: Told, outcome: str) -> Iterator[Finding]:
    yes, words = YES_WORDS[told.locale], told.words
    if outcome == YES:
        if yes.casefold() not in words.casefold():
            yield Finding(told.file, told.line, 11, f"{told.key} ({told.locale}) must say {ascii(yes).strip(chr(39))}")
    elif (outcome and yes.casefold() in words.casefold()) or f" {yes} " in _spaced(words):
        text = f"{told.key} ({told.locale}) has the yes-word, which only outcome {YES} may say"
        yield Finding(told.file, told.line, 11, text)
    if outcome not in ("", YES) and told.channel is Channel.VOICE:
        yield from _clips(told)
    for word in NEVER:
        if outcome and word in words.casefold():
            yield Finding(told.file, told.line, 11, f"{told.key}: a verdict never says {ascii(word).strip(chr(39))}")


def _clips(told: Told) -> Iterator[Finding]:
    """A piece between two holes is a clip of its own: "is good", after a name, would be the opposite verdict."""
    for piece in (piece for piece in told.template if isinstance(piece, str)):
        for word in GOOD.get(told.locale, ()):
            if f" {word} " in _spaced(piece.casefold()):
                text = f"{told.key} ({told.locale}): a clip says {ascii(word).strip(chr(39))}, which only {YES} may say"
                yield Finding(told.file, told.line, 11, text)


def _spaced(words: str) -> str:
    return f" {' '.join(''.join(letter if letter.isalnum() else ' ' for letter in words).split())} "


def _said(content: Content, answer: Answer) -> Iterator[Finding]:
    """What the branch must carry, on both channels, in the first text it tells."""
    says, file = answer.way.says, content.file(answer.find.name)
    if not says:
        yield Finding(file, answer.find.line, 11, f"{answer.find.name}: outcome {answer.outcome} says nothing")
        return
    wanted = {DATED} | (NAMED if answer.outcome in ABOUT_ONE else set())
    wanted |= {STATE} if answer.outcome == "barred" else set()
    first = says[0].pages[0]
    for channel in Channel:
        yield from _carried(content, first, channel, frozenset(wanted))
    if answer.outcome in WARNED:
        yield from _warned(content, first)
    if answer.outcome != YES and not isinstance(answer.way.waits, Menu | Pick):
        text = f"after {first.id} no key 0 is offered: let the turn end in a menu"
        yield Finding(content.file(says[-1].name), says[-1].line, 11, text)


def _carried(content: Content, first: Message, channel: Channel, wanted: frozenset[str]) -> Iterator[Finding]:
    for told in content.told(first, channel):
        if missing := wanted - set(told.holes):
            holes = ", ".join(f"{{{hole}}}" for hole in sorted(missing))
            yield Finding(told.file, told.line, 11, f"{told.key} ({told.locale}) must carry {holes}")


def _warned(content: Content, first: Message) -> Iterator[Finding]:
    """The voice says the name, and last of all what to do when it is another than the one that was told."""
    for told in content.told(first, Channel.VOICE):
        last = told.template[-1] if told.template else ""
        named = any(piece == Hole("agency.name") for piece in told.template)
        if named and (isinstance(last, Hole) or sum(map(str.isalpha, last)) < A_WARNING):
            text = f"{told.key} ({told.locale}) must end with what to do when this is not the name that was told"
            yield Finding(told.file, told.line, 11, text)


def _states(content: Content) -> Iterator[Finding]:
    """A bureau's state is said inside a verdict: "invalid" would put the yes-word there."""
    for locale in LOCALES:
        words = content.book.values[locale]
        for state in words.states:
            said = write(Kind.STATE, state, words)
            if YES_WORDS[locale].casefold() in said.casefold() or any(word in said.casefold() for word in NEVER):
                text = f"the state {state} is said with the yes-word or the word safe: say it in other words"
                yield Finding(*content.value_line(locale, "states", state), 11, text)
