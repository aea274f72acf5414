"""An answer that a caller heard, as SMS: which answers may be asked for where the caller is, and what is then sent."""

from __future__ import annotations

from collections.abc import Sequence

from hotline.flow.book import Book
from hotline.flow.model import Channel, Menu, Say, Step
from hotline.flow.render import written
from hotline.flow.turn import Draft, Line, Session, Turn, Written


def on_offer(session: Session | Draft) -> tuple[str, ...]:
    """The answers that belong to where the caller is: those of a flow left for a detour wait until they are back."""
    return tuple(name for name in session.written if _flow(name) == _flow(session.at))


def told(book: Book, session: Draft, lines: Sequence[Line], *, moved: bool) -> tuple[str, ...]:
    """What may be asked for once these lines were told: their answers, and in a detour those from before it.

    Who did not move and was told no new answer keeps the last one.
    """
    if session.channel is not Channel.VOICE:
        return ()
    names = (line.message.id for line in lines)
    new = tuple(name for name in names if isinstance(step := book.steps.get(name), Say) and step.written)
    if not new and not moved:
        return session.written
    flow = _flow(session.at)
    return (*(name for name in session.written if session.detour and _flow(name) != flow), *new)


def is_asked(book: Book, session: Draft, step: Step | None, key: str) -> bool:
    """Whether this key, at this step, asks for what was told."""
    return key == book.always.keys["written"] and isinstance(step, Menu) and bool(on_offer(session))


def in_writing(book: Book, session: Session) -> Written | None:
    """The answers on offer as SMS shows them: the same messages, the same values. None where there are none."""
    steps = (book.steps[name] for name in on_offer(session))
    lines = tuple(Line(page, session.facts) for step in steps if isinstance(step, Say) for page in step.pages)
    return written(book, Turn(session, lines)) if lines else None


def _flow(name: str) -> str:
    return name.partition(".")[0]
