"""One try of a message: what the provider said to it, what follows, and what it says of the sender."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Protocol

from hotline.channels.base import Outbound
from hotline.domain.delivery import Next, Reason, State, Trouble
from hotline.errors import SendError
from hotline.settings import Settings
from hotline.store import breakers
from hotline.store.claims import Claimed
from hotline.store.deliveries import Missed, Report, Taken
from hotline.store.spending import Spent

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
    """One try that is over: what became of it, what it says of the sender (None: nothing), and what it costs."""

    message: Claimed
    result: Taken | Missed
    hurts: bool | None = None
    halt: bool = False
    why: str = ""
    rupees: float = 0.0


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


def spent(settings: Settings, results: Sequence[Done], now: datetime) -> tuple[Spent, ...]:
    """What a batch of tries cost each centre: what the provider took, and what it may have."""
    local = now.astimezone(settings.zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), settings.zone)
    found = []
    for centre, some in groupby(sorted(results, key=_centre_by(settings)), key=_centre_by(settings)):
        paid = [done for done in some if done.rupees]
        senders = tuple(settings.districts[centre].numbers)
        parts, rupees = sum(done.message.parts for done in paid), sum(done.rupees for done in paid)
        cap = settings.sending.rupees_a_day
        if paid:
            found.append(Spent(centre, senders, local.date(), midnight, cap, parts, rupees))
    return tuple(found)


def _centre_by(settings: Settings) -> Callable[[Done], str]:
    return lambda done: settings.district_of(done.message.sender).key


def _health(sender: str, results: Sequence[Done]) -> breakers.Health:
    """How one sender fared, in the order in which its tries were over."""
    own = [done for done in results if done.message.sender == sender and done.hurts is not None]
    errors = 0
    for done in own:
        errors = errors + 1 if done.hurts else 0
    why = next((done.why for done in reversed(own) if done.hurts), "")
    return breakers.Health(sender, errors, any(not done.hurts for done in own), any(done.halt for done in own), why)
