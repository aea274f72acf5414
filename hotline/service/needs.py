"""What a conversation needs from the floors below, as small protocols, and the value that holds it all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from hotline.channels.base import Inbound, Spoken, Written
from hotline.domain.keeping import Earlier, Kept, KeptSession
from hotline.domain.person import Person
from hotline.flow.book import Book
from hotline.frozen import frozen
from hotline.memory.turns import Arrival, Done, Opened
from hotline.sealing import Vault
from hotline.service.ports.base import Ports
from hotline.settings import District, Settings


class Answers(Protocol):
    """A channel: the provider's form of a reply."""

    def answer(self, reply: Written | Spoken) -> bytes:
        """The HTTP body that says it."""


class Memory(Protocol):
    """Redis: one exchange to open a turn, half a one to close it. A Redis that is down is no error."""

    def open(self, arrival: Arrival) -> Opened:
        """Find an earlier answer, take the thread's lock, load its session, count the message."""

    def close(self, opened: Opened, done: Done) -> None:
        """Remember the answer, save the session, let go of the lock."""

    def abandon(self, opened: Opened) -> None:
        """Let go of the lock after a failure."""


class Store(Protocol):
    """The database. All raise StoreDown."""

    def person(self, indexes: Sequence[bytes]) -> Person | None:
        """Who this is, if we have met."""

    def last_session(self, threads: Sequence[bytes], now: datetime) -> KeptSession | None:
        """Where the conversation stood, when memory is gone."""

    def cut_off(self, indexes: Sequence[bytes], since: datetime) -> KeptSession | None:
        """Where the person's last call since a moment stood when it was cut off."""

    def keep(self, kept: Kept) -> Earlier | None:
        """Keep the event with everything that must not be lost; the earlier answer if it was there already."""

    def spool(self, kept: Kept) -> None:
        """Put it on disk until the database is back. Raises StoreDown when the disk refuses too."""


class Count(Protocol):
    """Counts what happened, by short words."""

    def __call__(self, what: str, why: str = "") -> None: ...


class Ring(Protocol):
    """Wakes a worker for a job; when Redis is down the clock's sweep comes instead."""

    def __call__(self, job: str) -> None: ...


@frozen
class Needs:
    """Everything a conversation is made of."""

    settings: Settings
    book: Book
    ports: Ports
    vault: Vault
    memory: Memory
    store: Store
    count: Count
    ring: Ring


@frozen
class Who:
    """The person behind an event: `number` is "" when withheld; never written to if `mute`.

    `indexes` are the person's and `threads` the conversation's, under every generation of the data keys, newest first.
    """

    number: str
    indexes: tuple[bytes, ...]
    threads: tuple[bytes, ...]
    district: District
    mute: bool


@frozen
class Moment:
    """One event, whose it is, and when it came."""

    inbound: Inbound
    who: Who
    now: datetime
