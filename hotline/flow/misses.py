"""What happens when it does not work out: asked again, "did you mean", and after some patience a person is offered."""

from __future__ import annotations

from dataclasses import replace

from hotline.flow.ahead import unfinished
from hotline.flow.model import Ask, Channel, Record
from hotline.flow.turn import Line, Option, Session, Turn, Wait
from hotline.flow.understand import Heard
from hotline.flow.walk import Waiting, Walk, person


def not_understood(walk: Walk, heard: Heard) -> Turn:
    """Ask "did you mean", or show the menu again; the reason goes to staff."""
    if heard.near and not isinstance(walk.step, Ask):
        walk.tell("meant")
        walk.change(guesses=tuple(word.then for word in heard.near))
        options = tuple(
            Option(str(number), Line(walk.book.title(word.then), {})) for number, word in enumerate(heard.near, 1)
        )
        if walk.book.always.person not in (word.then for word in heard.near):
            options += person(walk.book, walk.session)
        return replace(walk.turn(Wait(options)), missed=heard.reason, moved=False, unread=(heard.text,))
    unread = () if isinstance(walk.step, Ask | Record) or would_lose(walk) else (heard.text,)
    return replace(miss(walk, "not_understood"), missed=heard.reason, unread=unread)


def miss(walk: Walk, why: str) -> Turn:
    """One more wrong or missing answer: say so and ask again; after `patience` of them offer a person."""
    always, step = walk.book.always, walk.step
    walk.change(misses=walk.session.misses + 1)
    stuck = walk.book.place(always.stuck)
    if walk.session.misses >= always.patience:
        if walk.session.at == stuck and walk.session.channel is Channel.VOICE:
            return walk.finish()
        if walk.session.at != stuck:
            walk.leave_for(always.stuck)
            return replace(walk.go(always.stuck), moved=False)
    if not isinstance(step, Waiting):
        walk.tell(why)
        return replace(walk.go(always.main), moved=False)
    if isinstance(step, Ask) and step.again and why != "silence":
        walk.lines.append(Line(step.again, walk.session.facts))
        turn = walk.present(step)
        return replace(turn, lines=turn.lines[:-1], moved=False)
    walk.tell(why)
    return replace(walk.present(step), moved=False)


def asked_anew(walk: Walk, asked: Session, on: Turn) -> Turn:
    """An answer that a port leads back to its own question: ask in other words, and after `patience` offer a person."""
    always, step = walk.book.always, walk.step
    if on.wait is None or asked.detour or asked.at != walk.session.at or not isinstance(step, Ask):
        return on
    told = on.lines[:-1]
    if walk.session.misses >= always.patience:
        walk.lines = list(told)
        walk.leave_for(always.stuck)
        return replace(walk.go(always.stuck), moved=False)
    if told or not (step.again and walk.session.misses):
        return on
    return replace(on, lines=(Line(step.again, walk.session.facts),), moved=False)


def would_lose(walk: Walk) -> bool:
    """Whether leading somewhere else now would leave a question open, or something undone that was begun."""
    name = walk.behind
    if name not in walk.book.steps or name.partition(".")[0] == walk.book.always.numbers:
        return False
    return isinstance(walk.book.steps[name], Ask) or unfinished(walk.book, name)
