"""One turn of a conversation, ports included: what happened in, what to say out."""

from __future__ import annotations

from dataclasses import replace

from hotline.domain.keeping import Effect
from hotline.errors import FlowError, StoreDown
from hotline.flow.book import Book
from hotline.flow.engine import found, hear
from hotline.flow.model import Channel
from hotline.flow.naming import named
from hotline.flow.render import spoken, written
from hotline.flow.turn import Event, Found, Said, Session, Turn
from hotline.flow.walk import Waiting, Walk
from hotline.flow.writing import in_writing
from hotline.service.ports.base import Asker, Ports

NAMES = "named"
"""The port that knows what has a name. No flow asks it."""
MOST_CALLS = 8
"""Ports one turn may ask; a flow that needs more is a circle."""


def talk(book: Book, ports: Ports, session: Session, event: Event, asker: Asker) -> tuple[Turn, tuple[Effect, ...]]:
    """Hear the event and ask ports until the turn waits or ends. Gives the turn and what must commit with it."""
    turn = hear(book, session, event, asker.now.date())
    if isinstance(event, Said) and (name := _named(ports, turn, asker)):
        turn = named(book, session, event.text, name, asker.now.date())
    effects: list[Effect] = []
    for _ in range(MOST_CALLS):
        call = turn.call
        if call is None:
            return turn, tuple(effects)
        if asker.locale != turn.session.locale:
            asker = replace(asker, locale=turn.session.locale)
        if call.effect and not asker.asked:
            asker = _with_question(book, session, asker)
        answer = ports[call.port](asker, call.args)
        effects.extend(answer.effects)
        turn = found(book, turn, answer.found)
    raise FlowError(book.flows[turn.session.at.partition(".")[0]].file, 1, "one turn asks too many ports")


def _named(ports: Ports, turn: Turn, asker: Asker) -> Found | None:
    """The district or agency that is named by what nothing else explains, before the text is given up."""
    if not turn.unread or NAMES not in ports:
        return None
    try:
        name = ports[NAMES](asker, turn.unread).found
    except StoreDown:
        # What the engine says without the register is a better answer than that something is wrong.
        return None
    return None if name.outcome == "nobody" else name


def _with_question(book: Book, session: Session, asker: Asker) -> Asker:
    """What an effect answers: the question that waited when the event came, and what a caller was told before it."""
    step = book.steps.get(session.at)
    if not isinstance(step, Waiting):
        return asker
    turn = Walk(book, session).present(step)
    if session.channel is Channel.SMS:
        words = written(book, turn).text
    else:
        words = " ".join(clip.text for clip in spoken(book, turn).clips)
    flow = book.flows[session.at.partition(".")[0]]
    heard = in_writing(book, session)
    return replace(asker, asked=words, version=flow.version, heard=heard, sensitive=flow.sensitive)
