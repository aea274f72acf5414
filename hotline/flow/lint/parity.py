"""Proof 10: what can be learnt by SMS can be learnt by voice, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import Finding
from hotline.flow.lint.graph import doors, reached
from hotline.flow.model import Ask, Channel, Find, Say

BY_WORD = "help"
"""The word whose flow is not an answer but a hand held out: in a call key 0 holds it out instead.

Nor is what a caller hears of an answer that is sent as SMS: who texts has it already.
"""
OTHER = {Channel.SMS: Channel.VOICE, Channel.VOICE: Channel.SMS}


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the step that one channel never comes to, or that a call cannot answer."""
    book = content.book
    known = {channel: reached(book, doors(book, channel), channel) for channel in Channel}
    asked = {
        channel: {step.port for name in names if isinstance(step := book.steps[name], Find)}
        for channel, names in known.items()
    }
    helping = {book.always.concepts[BY_WORD].then if BY_WORD in book.always.concepts else "", book.always.written}
    for channel, other in OTHER.items():
        for name in sorted(known[channel] - known[other]):
            step = book.steps[name]
            if isinstance(step, Find) and step.port in asked[other]:
                # Another way to what the other channel learns too, such as what follows a word.
                continue
            if isinstance(step, Say | Find) and name.partition(".")[0] not in helping:
                text = f"{name} is reached by {channel} and never by {other}: lead there by both"
                yield Finding(*content.where(step), 10, text)
    for name in sorted(known[Channel.VOICE]):
        step = book.steps[name]
        if isinstance(step, Ask) and step.accept[Channel.VOICE].reader in ("text", "country"):
            text = f"{name} accepts text, which no caller can key: write accept: {{sms: text, voice: digits 1-5}}"
            yield Finding(*content.where(step), 10, text)
