"""What every provider's channel does: trust a request, read it, answer, send, and say what became of what was sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from hotline.flow.model import Channel
from hotline.flow.turn import Clip, Event, Gather, Spoken, Written
from hotline.frozen import frozen

__all__ = ["Channel", "Clip", "Event", "Gather", "Inbound", "OptOut", "Outbound", "Receipt", "Spoken", "Written"]

READS = 3
"""How often a provider is asked what changes nothing, before its failure counts."""


class OptOut(StrEnum):
    """What a text was taken for by the provider, which has confirmed it: no more messages, or messages again."""

    STOP = "STOP"
    START = "START"


@frozen
class Inbound:
    """One event from a person. `id` is unique per provider and event (a message's id; a call's id with the step).

    `sender` and `to` are as the provider gave them: E.164 where it is a number, else an opaque word (`anonymous`).
    `thread` is what a session belongs to: the sender for SMS, the call for voice.
    """

    provider: str
    id: str
    channel: Channel
    sender: str
    to: str
    thread: str
    event: Event
    step: int = 0
    proof: str = ""
    """The signature value of an SMS whose form could be cut into one with another id; "" where the id knows a copy."""
    withheld: bool = False
    """Whether the sender is a sign for nobody, even where it looks like a number."""
    placed_by_us: bool = False
    """Whether the hotline rang the person, and not they the hotline."""
    unanswered: str = ""
    """Our id of a call we placed that nobody picked up, where this is its end; "" for all others."""
    sent: datetime | None = None
    """When a text was sent that no webhook brought: it is answered by a message of its own. None for all others."""
    apart: bool = False
    """Whether such a text belongs to no conversation any more, because the person has written since, or long ago."""
    opt_out: OptOut | None = None
    """What the provider has confirmed already: it is done, whatever the words, and not confirmed by us again."""


@frozen
class Outbound:
    """One message to send. `id` is ours, opaque; it returns in the receipt.

    What has not left the provider after `valid_seconds` never does; 0 leaves that to the provider.
    """

    id: str
    sender: str
    to: str
    text: str
    valid_seconds: int = 0


@frozen
class Receipt:
    """What a provider says became of a message or call of ours; `own_id` is the id we gave it, "" where it has none."""

    provider_id: str
    status: str
    error: str = ""
    own_id: str = ""
