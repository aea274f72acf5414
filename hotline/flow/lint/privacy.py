"""Proof 12: what was typed into a private question is never in an SMS, and never loses its mark."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.flow.book import every_message
from hotline.flow.catalogue import holes
from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import Finding
from hotline.flow.lint.graph import arrows
from hotline.flow.model import Ask, Menu, Pick, Record


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the text that shows a private answer, or the step that would make it public."""
    book = content.book
    private = {step.key for step in book.steps.values() if isinstance(step, Ask | Record) and step.private}
    for file, message in every_message(book.always, book.flows):
        for hole in sorted(holes(message.sms) & private):
            yield Finding(file, message.line, 12, f"{message.id} would send {{{hole}}} by SMS, and it is private")
    for step in book.steps.values():
        if isinstance(step, Ask | Record | Menu | Pick) and step.key in private and not getattr(step, "private", False):
            text = f"{step.name} keeps {step.key}, which is private elsewhere: give one of them another name"
            yield Finding(*content.where(step), 12, text)
        for arrow in arrows(book, step):
            for name in sorted(private.intersection(arrow.handed)):
                text = f"{step.name} hands {name} on to {arrow.target}, and it is private: ask for it there"
                yield Finding(content.file(step.name), arrow.line, 12, text)
