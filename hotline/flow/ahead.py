"""What of a flow still lies ahead of a step: whether leaving from there leaves something undone."""

from __future__ import annotations

from hotline.flow.book import Book
from hotline.flow.model import Ask, Do, Find, Menu, Pick, Record, Say, Step


def unfinished(book: Book, name: str) -> bool:
    """Whether the flow of this step has something to do further on, other than by beginning again."""
    flow = book.flows[name.partition(".")[0]]
    seen, todo = {flow.first}, [] if name == flow.first else [name]
    while todo:
        for arrow in _ways(flow.steps[todo.pop()]):
            target = book.place(arrow.partition(" with ")[0])
            if target in flow.steps and target not in seen:
                if isinstance(flow.steps[target], Do):
                    return True
                seen.add(target)
                todo.append(target)
    return False


def _ways(step: Step) -> tuple[str, ...]:
    match step:
        case Menu():
            return tuple(choice.then for choice in step.choices)
        case Find():
            return tuple(step.branches.values())
        case Do():
            return (*step.branches.values(), step.then)
        case Pick():
            return (step.then, step.none)
        case Ask():
            return (step.then, step.skip)
        case Say() | Record():
            return (step.then,)
