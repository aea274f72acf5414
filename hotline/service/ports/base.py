"""What a port is: something a flow may find or do, for one person, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from hotline.domain.keeping import Effect
from hotline.flow.model import Channel
from hotline.flow.turn import Found, Written
from hotline.frozen import frozen


@frozen
class Asker:
    """For whom a port works. `number` is E.164, or "" when it is withheld; `index` its blind index; `now` is local.

    `turn` names the event that led here: the same event again must lead to the same effects. `older` are indexes of
    the number under older data keys: a port that looks for the person's rows looks under `indexes`, an effect names
    `index` alone. `asked` is the question that led to an effect, in the person's words, and `version` its flow's.
    `thread` is the call or the conversation by SMS; `heard` what the caller was told before that question and may have
    as SMS, and `sensitive` whether it comes of a sensitive flow.
    `reachable` says whether we write SMS to the country of the number.
    """

    number: str
    index: bytes
    locale: str
    channel: Channel
    centre: str
    turn: str
    now: datetime
    older: tuple[bytes, ...] = ()
    thread: str = ""
    asked: str = ""
    version: str = ""
    heard: Written | None = None
    sensitive: bool = False
    reachable: bool = True

    @property
    def indexes(self) -> tuple[bytes, ...]:
        """The blind index under every live data key, newest first."""
        return (self.index, *self.older)


@frozen
class Answer:
    """What a port found or did, and the effects to commit with the turn."""

    found: Found
    effects: tuple[Effect, ...] = ()


class Port(Protocol):
    """Called with the arguments a step names; must be quick, and idempotent per `asker.turn`."""

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer: ...


Ports = Mapping[str, Port]
