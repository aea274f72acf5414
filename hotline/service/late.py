"""The answer to a text that nobody brought us: it was fetched from the provider, and is answered by a message."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from hotline.domain.delivery import Priority, QueueText
from hotline.domain.keeping import Effect, OpenCase, Start, Stop, bound
from hotline.flow.turn import Turn
from hotline.service.meeting import asker_of
from hotline.service.needs import Moment, Needs
from hotline.service.ports.person import open_case
from hotline.service.records import text_of
from hotline.text.parts import count

TOO_LATE = timedelta(hours=24)
"""A conversation by SMS lasts as long: an answer to older words would come out of nowhere."""
_SPEAKS_FOR_ITSELF = Stop | Start | OpenCase


def late(needs: Needs, moment: Moment, turn: Turn, text: str, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """What commits with the event instead of an answer in its webhook: `text` as a message that leaves once.

    To words older than 24 hours none leaves: a counsellor has the case, unless what they asked for is done already.
    """
    sent, who = moment.inbound.sent, moment.who
    if sent is None or who.mute or not who.number:
        return effects
    # A STOP that comes late must not undo a START that was sent after it.
    effects = tuple(replace(one, at=sent) if isinstance(one, Stop | Start) else one for one in effects)
    if moment.now - sent > TOO_LATE:
        if any(isinstance(one, _SPEAKS_FOR_ITSELF) for one in effects):
            return effects
        asker = asker_of(needs, moment, turn.session)
        return (*effects, open_case(needs.vault, asker, text_of(moment), who.district.desk.call_back_hours))
    return (*effects, _queued(needs, moment, turn, text)) if text else effects


def _queued(needs: Needs, moment: Moment, turn: Turn, text: str) -> QueueText:
    inbound = moment.inbound
    own_id = uuid.uuid5(uuid.NAMESPACE_OID, f"reply|{inbound.provider}|{inbound.id}").hex
    return QueueText(
        id=own_id,
        part_of=f"reply:{inbound.id}",
        number_index=moment.who.indexes[0],
        priority=Priority.REPLY,
        locale=turn.session.locale,
        sender=inbound.to,
        text_sealed=needs.vault.seal("delivery", text.encode(), bound("deliveries", "text", own_id)),
        parts=count(text).parts,
        due_at=moment.now,
        deadline_at=moment.now + TOO_LATE,
    )
