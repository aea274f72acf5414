"""One try of a message: what the provider said to it, what follows, and what it says of the sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from hotline.channels.base import Outbound
from hotline.domain.delivery import Next, Reason, State, Trouble
from hotline.errors import SendError
from hotline.store import breakers
from hotline.store.claims import Claimed
from hotline.store.deliveries import Missed, Report, Taken

CONNECT_WAIT = timedelta(seconds=5)
NAMES = frozenset(trouble.value for trouble in Trouble)
BACK = Next(State.QUEUED, Reason.NONE, counts=False)
"""Not tried at all."""


class Kind(Protocol):
    """A class of errors."""

    @property
    def name(self) -> str: ...
    @property
    def means(self) -> str: ...
    @property
    def wait(self) -> int: ...


class Channel(Protocol):
    """A provider."""

    def send(self, message: Outbound) -> str:
        """Ask for one message; the provider's id. Raises SendError."""

    def kind(self, code: str) -> Kind:
        """What an error code means."""


class Rate(Protocol):
    """Slots of the senders. Both raise MemoryDown."""

    def reserve(self, sender: str, parts: int, per_second: float) -> tuple[bool, float]:
        """Whether slots were given, and seconds until the first."""

    def hold(self, sender: str, seconds: float) -> None:
        """Nothing from this sender for so long."""


@dataclass(slots=True)
class Done:
    """One try that is over: what became of it, and what it says of the sender (None: nothing)."""

    message: Claimed
    result: Taken | Missed
    hurts: bool | None = None
    halt: bool = False
    why: str = ""


def trouble_of(channel: Channel, error: SendError) -> tuple[Trouble, timedelta, str]:
    """The class of an error, how long to wait, and what it means in words."""
    kind = channel.kind(error.code)
    if error.ambiguous:
        return Trouble.UNSURE, timedelta(0), "no answer, or none that says whether it was taken"
    if error.code == "connect":
        return Trouble.CONNECT, CONNECT_WAIT, "nobody picked up"
    trouble = Trouble(kind.name) if kind.name in NAMES else Trouble.UNKNOWN
    return trouble, timedelta(seconds=max(kind.wait, error.wait)), kind.means


def back(message: Claimed) -> Done:
    """Given back, as if it had not been claimed."""
    return Done(message, missed(message, BACK))


def missed(message: Claimed, follows: Next, code: str = "") -> Missed:
    """A try the provider did not take."""
    return Missed(message.id, message.attempt, message.lease_until, message.person_id, message.broadcast, follows, code)


def report(results: Sequence[Done]) -> Report:
    """What a batch of tries came to, as the database keeps it."""
    taken = [done.result for done in results if isinstance(done.result, Taken)]
    not_taken = [done.result for done in results if isinstance(done.result, Missed)]
    senders = dict.fromkeys(done.message.sender for done in results if done.hurts is not None)
    return Report(taken, not_taken, [_health(sender, results) for sender in senders])


def _health(sender: str, results: Sequence[Done]) -> breakers.Health:
    """How one sender fared, in the order in which its tries were over."""
    own = [done for done in results if done.message.sender == sender and done.hurts is not None]
    errors = 0
    for done in own:
        errors = errors + 1 if done.hurts else 0
    why = next((done.why for done in reversed(own) if done.hurts), "")
    return breakers.Health(sender, errors, any(not done.hurts for done in own), any(done.halt for done in own), why)
