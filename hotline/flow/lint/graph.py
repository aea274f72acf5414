"""The arrows of all flows as one graph: where each leads, what it fills, who may go there, and what one turn passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hotline.flow.always import BUILT_IN
from hotline.flow.book import Book
from hotline.flow.model import END, RESUME, RETURN, Ask, Channel, Do, Find, Menu, Pick, Record, Say, Step
from hotline.flow.walk import Waiting
from hotline.frozen import frozen

ROW = "row "
"""What stands before the name of a field that only the rows of a pick carry."""


@frozen
class Arrow:
    """One way out of a step. `why` is the key, outcome or branch; `keys` what a caller keys to go it.

    `adds` are the facts it fills, None where nobody knows because the port or outcome does not exist.
    """

    start: str
    target: str
    line: int
    why: str = ""
    handed: tuple[str, ...] = ()
    adds: frozenset[str] | None = frozenset()
    keys: int = 0
    only: Channel | None = None


@frozen
class Way:
    """What one turn passes: steps that do not wait, then the step that waits, or END or RETURN."""

    steps: tuple[Step, ...]
    waits: Ask | Menu | Pick | Record | None
    how: str = ""

    @property
    def says(self) -> tuple[Say, ...]:
        """The steps that tell something."""
        return tuple(step for step in self.steps if isinstance(step, Say))


def arrows(book: Book, step: Step) -> Iterator[Arrow]:
    """The ways out of one step, as written."""
    match step:
        case Say():
            yield _arrow(step, step.then)
        case Ask():
            yield _arrow(step, step.then, keys=1, adds=frozenset({step.key}))
            if step.skip:
                yield _arrow(step, step.skip, why="skip", keys=1)
        case Menu():
            for choice in step.choices:
                target, _, handed = choice.then.partition(" with ")
                adds = frozenset({step.key} if choice.keep else ())
                yield Arrow(
                    step.name, target, choice.line, choice.key, tuple(handed.split()), adds, keys=1, only=choice.only
                )
        case Pick():
            yield _arrow(step, step.then, keys=1, adds=frozenset({step.key}))
            yield _arrow(step, step.none, why="none", keys=1)
        case Record():
            yield _arrow(step, step.then, keys=1, adds=frozenset({step.key}))
        case Find() | Do():
            for outcome, target in step.branches.items():
                yield _arrow(step, target, why=outcome, adds=_filled(book, step.port, outcome))
            if isinstance(step, Do) and not step.branches:
                yield _arrow(step, step.then, adds=_filled(book, step.port, ""))


def _arrow(step: Step, then: str, *, why: str = "", keys: int = 0, adds: frozenset[str] | None = frozenset()) -> Arrow:
    target, _, handed = then.partition(" with ")
    return Arrow(step.name, target, step.line, why, tuple(handed.split()), adds, keys)


def _filled(book: Book, port: str, outcome: str) -> frozenset[str] | None:
    """The facts an outcome fills; without an outcome, those every outcome fills."""
    shape = book.shapes.get(port)
    if shape is None or (outcome and outcome not in shape.outcomes):
        return None
    rows = frozenset(ROW + name for name in shape.rows)
    if outcome:
        return shape.outcomes[outcome] | rows
    return frozenset.intersection(*shape.outcomes.values()) | rows


def lands(book: Book, target: str) -> bool:
    """Whether an arrow's target exists."""
    return target in (END, RETURN, RESUME) or book.place(target) in book.steps


def ends(book: Book, arrow: Arrow) -> tuple[str, ...]:
    """The steps an arrow may lead to: none for END, RETURN and a broken arrow, several for RESUME."""
    if arrow.target == RESUME:
        flow = book.flows[arrow.start.partition(".")[0]]
        lessons = [name for name, step in flow.steps.items() if isinstance(step, Say) and step.mark]
        return tuple(dict.fromkeys((*lessons, *filter(book.steps.__contains__, (flow.first,)))))
    place = book.place(arrow.target)
    return (place,) if place in book.steps else ()


def doors(book: Book, channel: Channel | None = None) -> tuple[str, ...]:
    """The steps a person comes to from anywhere: by a word (SMS), by a universal key, by being stuck, by calling."""
    always = book.always
    found = [always.main, always.person, always.stuck]
    if channel is not Channel.SMS:
        found += [always.voice, always.cut_off, always.written]
    if channel is not Channel.VOICE:
        found += [always.numbers, always.places, always.codes]
        found += [concept.then for concept in always.concepts.values() if concept.then not in BUILT_IN]
        for flow in book.flows.values():
            found += [name for name in (flow.first, flow.argument) if name and flow.keywords]
    return tuple(dict.fromkeys(place for name in found if (place := book.place(name)) in book.steps))


def pushed(book: Book) -> dict[str, Say]:
    """The texts that are sent unasked, by name."""
    flows = (flow for flow in book.flows.values() if flow.push)
    return {name: step for flow in flows for name, step in flow.steps.items() if isinstance(step, Say)}


def reached(book: Book, starts: Iterable[str], channel: Channel | None = None) -> set[str]:
    """Every step that can be come to from `starts`, by one channel if one is named."""
    todo, found = list(starts), set()
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        for arrow in arrows(book, book.steps[name]):
            if channel is None or arrow.only in (None, channel):
                todo.extend(ends(book, arrow))
    return found


def ways(book: Book, target: str, start: str = "") -> Iterator[Way]:
    """Every way one turn can go from an arrow's target (of step `start`) until a person is waited for."""
    todo: list[tuple[Arrow, tuple[Step, ...]]] = [(Arrow(start, target, 0), ())]
    while todo:
        arrow, passed = todo.pop()
        if arrow.target in (END, RETURN):
            yield Way(passed, None, arrow.target)
        for name in ends(book, arrow):
            step = book.steps[name]
            if isinstance(step, Waiting):
                yield Way(passed, step)
            elif step not in passed:
                todo.extend((onward, (*passed, step)) for onward in arrows(book, step))
