"""What must not be lost when a person is answered: the event itself and the effects that commit with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

from hotline.domain.consent import Subscribe, Unsubscribe
from hotline.domain.delivery import QueueText
from hotline.domain.journey import EndJourney, SetJourney
from hotline.domain.report import CaseTried, FileReport
from hotline.frozen import frozen

CALL_BACK = "call_back"
"""The kind of case in which a counsellor rings the person."""
NOBODY = bytes(32)
"""Stands for the index of a person or thread in the row of an event that leads to nobody any more."""


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


@frozen
class MeetPerson:
    """A number we have not met: remember it and its language. Nothing happens if it is known already.

    `number_sealed` is E.164 under the person's own key (own_keys.py), which is `key_sealed`.
    `id` is what other tables will know the person by; `country` (ISO 3166) where their number is from.
    """

    number_index: bytes
    number_sealed: bytes
    locale: str
    centre: str
    id: str
    key_sealed: bytes
    country: str = "PK"


@frozen
class SetLocale:
    """The person chose a language. `number_index` is the index the person is kept under."""

    number_index: bytes
    locale: str


@frozen
class Stop:
    """No pushes to this number any more, for ever, until START. `word` is the word that was sent, as folded."""

    number_index: bytes
    word: str
    at: datetime
    channel: str


@frozen
class Start:
    """The person lifts a stop."""

    number_index: bytes
    word: str
    at: datetime
    channel: str


@frozen
class OpenCase:
    """Something a counsellor must do by a promised time. A second case with the same `once` is not opened.

    `number_sealed` and `detail_sealed` are under the case's own key (own_keys.py), which is `key_sealed`;
    it is empty for a case whose key was destroyed. `code` is the number a person asks about it by
    (domain/case_number.py), `pin` the keyed hash of the PIN they chose: both or neither.
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
    key_sealed: bytes
    code: str | None = None
    pin: bytes | None = None
    status: str = "open"


@frozen
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


@frozen
class SetReach:
    """How the person may be reached from now on; what is None stays as it was.

    `hidden`: no pushes, the file is kept. `voice_only`: no SMS at all. `shared`: others read this phone too.
    `safe` are minutes of the person's day between which they may be written to.
    """

    number_index: bytes
    hidden: bool | None = None
    voice_only: bool | None = None
    shared: bool | None = None
    safe: tuple[int, int] | None = None


@frozen
class Erase:
    """Everything held on this number is to go; the row this leaves is what the erasing job works from."""

    id: str
    number_index: bytes
    at: datetime


@frozen
class ToldValid:
    """The person was told that exactly this licence is valid. Kept in the event's own row: no statement of its own."""

    licence: str


Effect = (
    MeetPerson
    | SetLocale
    | SetReach
    | Stop
    | Start
    | Subscribe
    | Unsubscribe
    | Erase
    | OpenCase
    | NotUnderstood
    | ToldValid
    | QueueText
    | SetJourney
    | EndJourney
    | FileReport
    | CaseTried
)


def wishes(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """What is done for a person past every limit, though nobody tells them: to be left alone, or forgotten."""
    wished = [effect for effect in effects if _is_wish(effect)]
    return tuple([effect for effect in effects if _is_wish(effect) or isinstance(effect, MeetPerson)]) if wished else ()


def _is_wish(effect: Effect) -> bool:
    if isinstance(effect, SetReach):
        return bool(effect.hidden or effect.voice_only)
    return isinstance(effect, Stop | Unsubscribe | Erase)


@frozen
class Kept:
    """One inbound event with everything that commits with it. Text, reply and session are sealed by the caller.

    They are bound to ("inbound", column, provider, external_id). `proof` is the hash of an SMS's signature value, by
    which a copy under another id is known; None where there can be none. `session` is None where the
    conversation ended or may not be resumed. `older` are the person's indexes under older data keys: whatever is kept
    under one of them moves to `person_index` before the effects, which know only that. `sensitive`: the words of this
    event are dropped after a week. `told_valid` is the licence of which this turn said VALID (`0008/RWP`). `number` is
    the person's (E.164), "" where it is not known: no column has it, but an event that waits on disk, sealed, may be
    kept under a newer data key than it was made under. `reply` is None where nothing is to be known but the id.
    """

    provider: str
    external_id: str
    channel: str
    centre: str
    person_index: bytes
    thread_index: bytes
    at: datetime
    reply: bytes | None
    text: bytes | None = None
    session: bytes | None = None
    proof: bytes | None = None
    effects: tuple[Effect, ...] = ()
    older: tuple[bytes, ...] = ()
    sensitive: bool = False
    told_valid: str | None = None
    number: str = ""


@frozen
class Earlier:
    """The answer an event already got. `reply` is sealed and bound to this id; None once its keeping time is over."""

    external_id: str
    reply: bytes | None


@frozen
class KeptSession:
    """A conversation as the database keeps it, sealed and bound to ("inbound", "session", provider, external_id)."""

    provider: str
    external_id: str
    sealed: bytes
