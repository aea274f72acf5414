"""Proof 4: whatever is spoken can be spoken, value by value and in every voice."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.flow.lint.content import SPOKEN_LOCALES, Content, Told
from hotline.flow.lint.finding import Finding
from hotline.flow.lint.samples import samples
from hotline.flow.model import Channel, Menu
from hotline.text.values import SPEAKABLE, speak


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the text that cannot be heard, or the choice that asks for a voice nobody has."""
    for told in content.everything():
        if told.channel is Channel.VOICE:
            yield from _values(content, told)
            if not told.holes and not any(letter.isalnum() for letter in told.words):
                yield Finding(told.file, told.line, 4, f"{told.key} ({told.locale}) is silent: write words")
    for step in content.book.steps.values():
        for choice in step.choices if isinstance(step, Menu) else ():
            if choice.spoken_in not in ("", *SPOKEN_LOCALES):
                text = f"`in: {choice.spoken_in}` is not spoken; there are {', '.join(SPOKEN_LOCALES)}"
                yield Finding(content.file(step.name), choice.line, 4, text)


def _values(content: Content, told: Told) -> Iterator[Finding]:
    for hole in sorted(set(told.holes)):
        kind = content.book.kinds.get(hole)
        if kind is None or hole == "label":
            continue
        if kind not in SPEAKABLE:
            text = f"{told.key}: {{{hole}}} is free text, which has no clips: give the text a `voice:` without it"
            yield Finding(told.file, told.line, 4, text)
            continue
        for raw in samples(kind, content.book.values[told.locale]):
            try:
                speak(kind, raw, content.book.values[told.locale])
            except (ValueError, KeyError) as error:
                yield Finding(told.file, told.line, 4, f"{told.key} ({told.locale}): {{{hole}}} as {raw!r}: {error}")
                break
