"""Proof 3: a hole is filled on every path that reaches its text."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.flow.book import Book, messages_of
from hotline.flow.catalogue import holes
from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import Finding
from hotline.flow.lint.graph import ROW, Arrow, arrows, doors, ends
from hotline.flow.model import Do, Find, Message, Pick, Step

CHOICE = frozenset({"key", "label"})
"""The holes of the one text that shows a choice."""


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the text whose hole may be empty; one a text and hole."""
    book = content.book
    for name, message in book.always.texts.items():
        for hole in sorted(_holes(message) ^ (CHOICE if name == "choice" else frozenset())):
            yield Finding(
                book.always.file, message.line, 3, f"{message.id}: {{{hole}}} has no place here, or is missing"
            )
    for flow in book.flows.values():
        for hole in sorted(_holes(flow.title)):
            yield Finding(flow.file, flow.title.line, 3, f"a title is said anywhere, so nothing fills {{{hole}}}")
    for name, facts in known_facts(book).items():
        step = book.steps[name]
        for message in messages_of(step):
            yield from _unfilled(content, step, message, facts)
        if isinstance(step, Pick) and not any(fact.startswith(ROW) for fact in facts):
            text = f"{name} picks, but not every way here comes from a find that leaves rows"
            yield Finding(*content.where(step), 3, text)
        yield from _handed(content, step, facts)


def _unfilled(content: Content, step: Step, message: Message, facts: frozenset[str]) -> Iterator[Finding]:
    rows = isinstance(step, Pick) and message is step.label
    # Without rows the pick itself is named, once.
    if rows and not any(fact.startswith(ROW) for fact in facts):
        return
    for hole in sorted(_holes(message)):
        if (ROW + hole if rows else hole) not in facts:
            text = f"{message.id}: not every way here fills {{{hole}}}"
            yield Finding(content.file(step.name), message.line, 3, text)


def _handed(content: Content, step: Step, facts: frozenset[str]) -> Iterator[Finding]:
    for arrow in arrows(content.book, step):
        filled = {fact.partition(".")[0] for fact in facts | (arrow.adds or frozenset())}
        for name in arrow.handed:
            if arrow.adds is not None and name not in filled:
                text = f"{step.name} hands {name} on to {arrow.target}, but not every way here fills it"
                yield Finding(content.file(step.name), arrow.line, 3, text)


def _holes(message: Message) -> frozenset[str]:
    return holes(message.sms) | holes(message.voice)


def known_facts(book: Book) -> dict[str, frozenset[str]]:
    """For every step that is reached, the facts that are filled whichever way led there.

    Who comes by a word or a universal key brings nothing along. Fields of rows begin with ROW.
    """
    known: dict[str, frozenset[str]] = {}
    todo: list[tuple[str, frozenset[str]]] = [(name, frozenset()) for name in doors(book)]
    while todo:
        name, facts = todo.pop()
        both = known[name] & facts if name in known else facts
        if known.get(name) == both:
            continue
        known[name] = both
        step = book.steps[name]
        for arrow in arrows(book, step):
            if arrow.adds is None:
                continue
            onward = _after(step, both) | arrow.adds
            todo.extend((end, _crossed(book, arrow, end, onward)) for end in ends(book, arrow))
    return known


def _after(step: Step, facts: frozenset[str]) -> frozenset[str]:
    """A port's answer replaces the rows."""
    return frozenset(fact for fact in facts if not fact.startswith(ROW)) if isinstance(step, Find | Do) else facts


def _crossed(book: Book, arrow: Arrow, end: str, facts: frozenset[str]) -> frozenset[str]:
    """Crossing to another flow forgets everything but what is handed on; a detour forgets nothing."""
    flow = end.partition(".")[0]
    if flow == arrow.start.partition(".")[0] or flow in book.always.detours:
        return facts
    return frozenset(fact for fact in facts if fact.partition(".")[0] in arrow.handed)
