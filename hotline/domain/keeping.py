"""What must not be lost when a person is answered: the event itself and the effects that commit with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

CALL_BACK = "call_back"
"""The kind of case in which a counsellor rings the person."""


def bound(table: str, column: str, *identity: str | bytes) -> bytes:
    """What a sealed value belongs to, for Vault.seal and Vault.open: table, column and an identity known before insert.

    Every part carries its length, so that no two places share one form.
    """
    return row(table, *identity)(column)


def row(table: str, *identity: str | bytes) -> Callable[[str], bytes]:
    """`bound` for several columns of one row: what it gives takes the column."""
    own = b"".join([_part(part) for part in identity])

    def place(column: str) -> bytes:
        return _column(table, column) + own

    return place


@cache
def _column(table: str, column: str) -> bytes:
    return _part(table) + _part(column)


def _part(part: str | bytes) -> bytes:
    octets = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
    return len(octets).to_bytes(4, "big") + octets


@dataclass(frozen=True, slots=True)
class MeetPerson:
    """A number we have not met: remember it and its language. Nothing happens if it is known already.

    `number_sealed` is E.164, purpose `number`, bound to ("people", "number", number_index).
    """

    number_index: bytes
    number_sealed: bytes
    locale: str
    centre: str


@dataclass(frozen=True, slots=True)
class SetLocale:
    """The person chose a language. `number_index` is the index the person is kept under."""

    number_index: bytes
    locale: str


@dataclass(frozen=True, slots=True)
class Stop:
    """No pushes to this number any more, for ever, until START. `word` is the word that was sent, as folded."""

    number_index: bytes
    word: str
    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class Start:
    """The person lifts a stop."""

    number_index: bytes
    word: str
    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Something a counsellor must do by a promised time. A second case with the same `once` is not opened.

    `number_sealed` and `detail_sealed` have the purpose `case`, bound to ("cases", column, id).
    """

    id: str
    kind: str
    once: str
    centre: str
    number_index: bytes
    number_sealed: bytes
    detail_sealed: bytes
    opened_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A text no list of words explains, for staff to read; the reason quotes it, so it is sealed too.

    Both have the purpose `text`, bound to ("not_understood", column, id).
    """

    id: str
    centre: str
    locale: str
    reason_sealed: bytes
    text_sealed: bytes
    at: datetime


Effect = MeetPerson | SetLocale | Stop | Start | OpenCase | NotUnderstood


@dataclass(frozen=True, slots=True)
class Kept:
    """One inbound event with everything that commits with it. Text, reply and session are sealed by the caller.

    They are bound to ("inbound", column, provider, external_id). `proof` is the hash of an SMS's signature value, by
    which a replay under another id is known; None for a call, whose id carries the step. `session` is None where the
    conversation ended or may not be resumed.
    """

    provider: str
    external_id: str
    channel: str
    centre: str
    person_index: bytes
    thread_index: bytes
    at: datetime
    reply: bytes
    text: bytes | None = None
    session: bytes | None = None
    proof: bytes | None = None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The answer an event already got. `reply` is sealed and bound to this id; None once its keeping time is over."""

    external_id: str
    reply: bytes | None


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A conversation as the database keeps it, sealed and bound to ("inbound", "session", provider, external_id)."""

    provider: str
    external_id: str
    sealed: bytes
