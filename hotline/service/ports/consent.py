"""What a person agrees to be written about, topic by topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hotline.domain.consent import Asked, Subscribe, Topic
from hotline.flow.model import Shape
from hotline.flow.turn import Found
from hotline.frozen import frozen
from hotline.service.ports.base import Answer, Asker
from hotline.store.consents import Standing

_OUTCOMES = dict.fromkeys(("done", "already", "stopped", "no_number", "no_sms"), frozenset[str]())
"""What comes of subscribing. `stopped`: a STOP, HIDE or NOSMS stands, and only START lifts it."""
SHAPES = {
    "subscribe_alerts": Shape({**_OUTCOMES, "shared": frozenset()}, {}, effect=True),
    "subscribe_reminders": Shape(_OUTCOMES, {}, effect=True),
}


@frozen
class SubscribePort:
    """Subscribe to a topic after the person said yes; the step's argument, if it has one, is the detail.

    The question that was answered goes into the ledger, so it must itself say what, how often, the cost, STOP, DELETE.
    """

    topic: Topic
    standing: Callable[[Sequence[bytes], Topic, str], Standing]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        if not asker.number:
            return Answer(Found("no_number"))
        if not asker.reachable:
            return Answer(Found("no_sms"))
        detail = args[0] if args else ""
        now = self.standing(asker.indexes, self.topic, detail)
        if now.stopped:
            return Answer(Found("stopped"))
        if now.shared and self.topic is Topic.ALERTS:
            # It would never get one: nobody else may learn what somebody fears.
            return Answer(Found("shared"))
        if now.subscribed:
            return Answer(Found("already"))
        return Answer(Found("done"), (Subscribe(asker.index, self.topic, detail, asked_as(asker), asker.now),))


def asked_as(asker: Asker) -> Asked:
    """How the person was asked, for the ledger."""
    return Asked(asker.locale, asker.channel.value, asker.asked, asker.version)
