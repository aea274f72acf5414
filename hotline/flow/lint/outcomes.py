"""Proof 2: each `find` and `do` handles exactly the outcomes its port declares, and gives it what it takes."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.flow.lint.content import Content
from hotline.flow.lint.facts import known_facts
from hotline.flow.lint.finding import Finding
from hotline.flow.model import Ask, Do, Find, Shape


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the `find` or `do`."""
    book = content.book
    known = known_facts(book)
    # An answer that may be left out is given as "".
    left_out = {step.key for step in book.steps.values() if isinstance(step, Ask) and step.skip}
    for step in book.steps.values():
        if not isinstance(step, Find | Do):
            continue
        shape = book.shapes.get(step.port)
        texts = list(_handled(step, shape)) if shape else [f"no port is called {step.port}; there are {_all(content)}"]
        if step.name in known:
            filled = known[step.name] | left_out
            texts += [f"`by: {name}`: not every way here fills {name}" for name in step.by if name not in filled]
        for text in texts:
            yield Finding(*content.where(step), 2, text)
    for flow in book.flows.values():
        hangup = book.shapes.get(flow.hangup)
        if flow.hangup and (hangup is None or not hangup.effect):
            text = f"`hangup: {flow.hangup}` is no port with an effect; there are {_all(content)}"
            yield Finding(*content.flow_line(flow.name, "hangup"), 2, text)


def _all(content: Content) -> str:
    return ", ".join(sorted(content.book.shapes))


def _handled(step: Find | Do, shape: Shape) -> Iterator[str]:
    if isinstance(step, Find) and shape.effect:
        yield f"{step.port} has an effect: write `do: {step.port}`"
    if isinstance(step, Do) and not shape.effect:
        yield f"{step.port} only reads: write `find: {step.port}`"
    if not step.branches:
        return
    for outcome in sorted(set(shape.outcomes) - set(step.branches)):
        yield f"{step.port} may answer {outcome}: add a branch for it"
    for outcome in sorted(set(step.branches) - set(shape.outcomes)):
        yield f"{step.port} never answers {outcome}; it answers {', '.join(sorted(shape.outcomes))}"
