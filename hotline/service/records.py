"""What of a turn must not be lost: the event, its answer, and the effects that commit with them, all sealed."""

from __future__ import annotations

import hashlib
import uuid

from hotline.domain.keeping import Effect, Kept, MeetPerson, NotUnderstood, ToldValid, bound, row
from hotline.flow.model import Ask, Channel, Record
from hotline.flow.save import dump
from hotline.flow.turn import HungUp, Said, Session, Turn
from hotline.frozen import frozen
from hotline.own_keys import OwnKey, person_owner
from hotline.service.meeting import can_go_on
from hotline.service.needs import Moment, Needs
from hotline.service.ports.base import Asker
from hotline.store import unread


@frozen
class Outcome:
    """What a turn came to: the answer's bytes, the conversation to remember (None: none), and what commits with it.

    `before` is where the person stood when they said it.
    """

    before: Session
    turn: Turn
    body: bytes
    session: bytes | None
    effects: tuple[Effect, ...]


def event_of(needs: Needs, moment: Moment, outcome: Outcome) -> Kept:
    """The event as it is kept, with everything that commits with it."""
    inbound, seal = moment.inbound, needs.vault.seal
    told = [effect.licence for effect in outcome.effects if isinstance(effect, ToldValid)]
    place, session = row("inbound", inbound.provider, inbound.id), outcome.session
    typed = said(needs, moment, outcome.before)
    return Kept(
        provider=inbound.provider,
        external_id=inbound.id,
        channel=inbound.channel.value,
        centre=moment.who.district.key,
        person_index=moment.who.indexes[0],
        thread_index=moment.who.threads[0],
        at=inbound.sent or moment.now,
        reply=seal("reply", outcome.body, place("reply")),
        text=seal("text", _octets(typed), place("text")) if typed else None,
        session=seal("session", session, place("session")) if session else None,
        proof=hashlib.sha256(inbound.proof.encode()).digest() if inbound.proof else None,
        effects=tuple([effect for effect in outcome.effects if not isinstance(effect, ToldValid)]),
        older=moment.who.indexes[1:],
        sensitive=_is_sensitive(needs, outcome.before) or _is_sensitive(needs, outcome.turn.session),
        told_valid=told[-1] if told else None,
        number=moment.who.number,
    )


def session_to_keep(needs: Needs, moment: Moment, turn: Turn) -> bytes | None:
    """The conversation to remember. A call that is over has none, unless it was cut off in the middle of something."""
    if isinstance(moment.inbound.event, HungUp):
        return dump(turn.session) if can_go_on(needs, turn.session) else None
    over = turn.session.channel is Channel.VOICE and turn.wait is None
    return None if over else dump(turn.session)


def met(needs: Needs, moment: Moment, before: Session, after: Session) -> tuple[Effect, ...]:
    """The person, where this turn is the first we remember them by: a first text; in a call, a chosen language."""
    who = moment.who
    is_first = before.step == 0 if before.channel is Channel.SMS else after.known
    if before.known or not is_first or not who.number:
        return ()
    own_id = uuid.uuid4().hex
    key = OwnKey.new(person_owner(own_id))
    country = needs.settings.country_of(who.number)
    return (
        MeetPerson(
            number_index=who.indexes[0],
            number_sealed=key.seal("number", who.number.encode()),
            locale=after.locale,
            centre=who.district.key,
            id=own_id,
            key_sealed=key.sealed(needs.vault),
            country=country.code if country else "",
        ),
    )


def not_understood(needs: Needs, moment: Moment, before: Session, turn: Turn, asker: Asker) -> tuple[Effect, ...]:
    """A text no word explains, for staff to read."""
    if not turn.missed or not said(needs, moment, before):
        return ()
    own_id, seal = unread.id_of(moment.inbound.provider, moment.inbound.id), needs.vault.seal
    return (
        NotUnderstood(
            id=own_id,
            centre=asker.centre,
            locale=turn.session.locale,
            reason_sealed=seal("text", _octets(turn.missed), bound("not_understood", "reason", own_id)),
            text_sealed=seal("text", _octets(text_of(moment)), bound("not_understood", "text", own_id)),
            at=asker.now,
        ),
    )


def text_of(moment: Moment) -> str:
    """What was typed; "" for anything but a text."""
    event = moment.inbound.event
    return event.text if isinstance(event, Said) else ""


def said(needs: Needs, moment: Moment, before: Session) -> str:
    """What was typed, as it may be kept: "" for the answer to a private question, also one left for a detour."""
    for name in (before.at, *before.detour):
        step = needs.book.steps.get(name)
        if isinstance(step, Ask | Record) and step.private:
            return ""
    return text_of(moment)


def _is_sensitive(needs: Needs, session: Session) -> bool:
    flow = needs.book.flows.get(session.at.partition(".")[0])
    return flow is not None and flow.sensitive


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")
