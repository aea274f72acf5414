"""Proof 1: arrows land, every step is reached, nothing ends by accident, no circle goes without a person in it."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.flow.always import BUILT_IN, TARGETS
from hotline.flow.book import Book
from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import Finding
from hotline.flow.lint.graph import Arrow, arrows, doors, ends, lands, pushed, reached
from hotline.flow.model import RESUME, Ask, Channel, Menu, Say
from hotline.flow.walk import Waiting


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the step, choice or word whose arrow is wrong."""
    yield from _landing(content)
    yield from _always(content)
    yield from _resuming(content)
    yield from _unreached(content)
    yield from _dumb_menus(content)
    yield from _circles(content)


def _landing(content: Content) -> Iterator[Finding]:
    book = content.book
    for flow in book.flows.values():
        if flow.first not in flow.steps:
            file, line = content.flow_line(flow.name, "first")
            yield Finding(file, line, 1, f"`first: {flow.first}` is no step of this flow")
        if flow.argument and not isinstance(flow.steps.get(flow.argument), Ask):
            file, line = content.flow_line(flow.name, "argument")
            yield Finding(file, line, 1, f"`argument: {flow.argument}` is no `ask` of this flow")
    for step in book.steps.values():
        _, _, name = step.name.partition(".")
        if name in book.flows:
            yield Finding(*content.where(step), 1, f"the step {name} bears a flow's name: steps and flows share none")
        for arrow in arrows(book, step):
            if not lands(book, arrow.target):
                way = f"{step.name} ({arrow.why})" if arrow.why else step.name
                text = f"{way} leads to `{arrow.target}`, which is no step and no flow: name one that exists"
                yield Finding(content.file(step.name), arrow.line, 1, text)


def _always(content: Content) -> Iterator[Finding]:
    always, book = content.book.always, content.book
    for concept in always.concepts.values():
        if concept.then not in BUILT_IN and not lands(book, concept.then):
            text = f"the word {concept.name} leads to `{concept.then}`, which is no step and no flow"
            yield Finding(always.file, concept.line, 1, text)
    places = {key: getattr(always, key) for key in TARGETS}
    for key, target in places.items():
        if not lands(book, target):
            yield Finding(*content.always_line("always", key), 1, f"`{key}: {target}` is no step and no flow")
    for name in sorted(always.detours - set(book.flows)):
        yield Finding(*content.always_line("always", "detours"), 1, f"the detour {name} is no flow")


def _resuming(content: Content) -> Iterator[Finding]:
    book = content.book
    for step in book.steps.values():
        flow = book.flows[step.name.partition(".")[0]]
        lessons = any(isinstance(other, Say) and other.mark for other in flow.steps.values())
        if not lessons and any(arrow.target == RESUME for arrow in arrows(book, step)):
            yield Finding(*content.where(step), 1, f"{step.name} resumes, but no step of the flow has `mark: yes`")


def _unreached(content: Content) -> Iterator[Finding]:
    """Of steps that only lead to each other, the first in the file is named."""
    book = content.book
    known = reached(book, doors(book)) | set(pushed(book))
    lost = [step for step in book.steps.values() if step.name not in known]
    behind = {end for step in lost for arrow in arrows(book, step) for end in ends(book, arrow) if end != step.name}
    for step in (*(step for step in lost if step.name not in behind), *lost):
        if step.name not in known:
            known |= reached(book, (step.name,))
            text = f"nothing leads to {step.name}: draw an arrow to it, give its flow keywords, or take it out"
            yield Finding(*content.where(step), 1, text)


def _dumb_menus(content: Content) -> Iterator[Finding]:
    for step in content.book.steps.values():
        for channel in Channel:
            if isinstance(step, Menu) and all(choice.only not in (None, channel) for choice in step.choices):
                yield Finding(*content.where(step), 1, f"{step.name} ends by accident: no choice is left by {channel}")


def _circles(content: Content) -> Iterator[Finding]:
    """A step that comes back to itself before anybody is waited for; each circle once."""
    book = content.book
    named: set[str] = set()
    for name, step in book.steps.items():
        if name in named or isinstance(step, Waiting):
            continue
        if circle := _circle(book, name):
            named |= circle
            text = f"{' → '.join(sorted(circle))} is a circle in which nobody is waited for: put a question in it"
            yield Finding(*content.where(step), 1, text)


def _circle(book: Book, start: str) -> set[str]:
    """The steps on ways from `start` back to it that never wait; empty when there are none."""
    onward = _silent(book, {start})
    return {name for name in onward if start in _silent(book, {name})} if start in onward else set()


def _silent(book: Book, starts: set[str]) -> set[str]:
    todo, found = list(starts), set()
    while todo:
        step = book.steps[todo.pop()]
        for arrow in () if isinstance(step, Waiting) else arrows(book, step):
            for end in _resumed(book, arrow):
                if end not in found and not isinstance(book.steps[end], Waiting):
                    found.add(end)
                    todo.append(end)
    return found


def _resumed(book: Book, arrow: Arrow) -> tuple[str, ...]:
    """Resuming passes each lesson once; only then does it lead to the first step, again and again."""
    return ends(book, arrow)[-1:] if arrow.target == RESUME else ends(book, arrow)
