"""One message on its way to one person: the states it may be in, the legal moves, and what each answer leads to."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from hotline.frozen import frozen


class State(StrEnum):
    """Where a message stands. `unknown` may have been sent: it is asked about, never blindly sent again."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Priority(IntEnum):
    """Who goes first."""

    REPLY = 0
    ALERT = 1
    REMINDER = 2
    BULK = 3


class Reason(StrEnum):
    """Why a message was not sent, or is not sent yet; a key that the console and the command line put into words."""

    NONE = ""
    LATE = "late"
    GONE = "gone"
    NO_CONSENT = "no_consent"
    STOPPED = "stopped"
    HIDDEN = "hidden"
    VOICE_ONLY = "voice_only"
    BAD_NUMBER = "bad_number"
    COUNTRY = "country"
    WEEKLY_CAP = "weekly_cap"
    QUIET_HOURS = "quiet_hours"
    NO_TEXT = "no_text"
    SEALED = "sealed"
    CANCELLED = "cancelled"
    GAVE_UP = "gave_up"
    REFUSED = "refused"
    CONTENT = "content"
    ACCOUNT = "account"
    BUSY = "busy"
    HANDSET = "handset"
    UNSURE = "unsure"
    LEASE = "lease"
    ABSENT = "absent"
    UNVERIFIED = "unverified"
    RESTORED = "restored"
    CHANGED = "changed"
    SHARED = "shared"
    DAILY_CAP = "daily_cap"


MOVES = {
    State.QUEUED: frozenset({State.SENDING, State.SENT, State.DELIVERED, State.FAILED}),
    State.SENDING: frozenset({State.QUEUED, State.SENT, State.DELIVERED, State.FAILED, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.QUEUED, State.SENT, State.DELIVERED, State.FAILED}),
    # Back to queued: the telephone did not take it, and one more message may reach it hours later.
    State.SENT: frozenset({State.QUEUED, State.DELIVERED, State.FAILED}),
    State.DELIVERED: frozenset(),
    # A receipt that says delivered after one that said failed is a fact: the person has the message.
    # One the provider turns out to have taken, after we had given it up, is sent.
    State.FAILED: frozenset({State.SENT, State.DELIVERED}),
}
OPEN = frozenset({State.QUEUED, State.SENDING, State.UNKNOWN})
"""States in which something is still to be done. `sent` is none of them: the provider has it."""
STRIKES_OUT = 2
"""How often a number may be found bad before nothing is sent to it any more."""
AGAIN_AT_MOST = 2
"""New tries after a telephone did not take a message that the provider had taken."""


def may_move(before: State, after: State) -> bool:
    """Whether a message in one state may come to be in another."""
    return after in MOVES[before]


@frozen
class QueueText:
    """A single message to one person, to be kept with what led to it; a second of the same `part_of` is not.

    `text_sealed` has the purpose `delivery`, bound to ("deliveries", "text", id). `number_index` says who, as kept in
    `people`; a person nobody knows gets nothing. `topic` "" needs no consent: the reply to what they sent.
    """

    id: str
    part_of: str
    number_index: bytes
    priority: Priority
    locale: str
    sender: str
    text_sealed: bytes
    parts: int
    due_at: datetime
    deadline_at: datetime
    topic: str = ""
    detail: str = ""


class Trouble(StrEnum):
    """The classes of errors in config/twilio_errors.toml, and what no code stands for."""

    CONNECT = "connect"
    BUSY = "busy"
    UNSURE = "unsure"
    LATER = "later"
    HANDSET = "handset"
    NUMBER = "number"
    CONSENT = "consent"
    CONTENT = "content"
    ACCOUNT = "account"
    UNKNOWN = "unknown"


@frozen
class Next:
    """What follows from an error. `wait` counts from now; `counts`: it was a try of this very message.

    `strikes` against the number; `opt_out`: the person stopped messages at their carrier; `stop`: the broadcast's
    text is refused, staff must look; `halt`: nothing leaves from this sender until staff mend the account; `hurts`:
    the provider, not the message, was at fault, which the sender's breaker counts.
    """

    state: State
    reason: Reason
    wait: timedelta = timedelta(0)
    counts: bool = True
    strikes: int = 0
    opt_out: bool = False
    stop: bool = False
    halt: bool = False
    hurts: bool = False


_PLAIN = {
    Trouble.NUMBER: Next(State.FAILED, Reason.BAD_NUMBER, strikes=STRIKES_OUT),
    Trouble.CONSENT: Next(State.FAILED, Reason.STOPPED, opt_out=True),
    Trouble.CONTENT: Next(State.FAILED, Reason.CONTENT, stop=True),
    Trouble.UNKNOWN: Next(State.FAILED, Reason.REFUSED),
}


def refused(trouble: Trouble, wait: timedelta, attempt: int, attempts: int) -> Next:
    """What follows when the provider did not take a message, or may not have, on the `attempt`-th of `attempts`.

    What says nothing about the message itself is no try of it: else an outage would use up everybody's.
    """
    if trouble in _PLAIN:
        return _PLAIN[trouble]
    if trouble is Trouble.UNSURE:
        return Next(State.UNKNOWN, Reason.UNSURE, wait, hurts=True)
    if trouble is Trouble.ACCOUNT:
        # Counted: some of these are about one country, and would halt everybody for ever.
        last = attempt >= attempts
        return Next(State.FAILED if last else State.QUEUED, Reason.ACCOUNT, wait, halt=True, hurts=True)
    if trouble in (Trouble.CONNECT, Trouble.BUSY):
        return Next(State.QUEUED, Reason.BUSY, wait, counts=False, hurts=True)
    if attempt >= attempts:
        return Next(State.FAILED, Reason.GAVE_UP)
    return Next(State.QUEUED, Reason.BUSY if trouble is Trouble.LATER else Reason.HANDSET, wait)


_SAID = {
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}
_ON_THE_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})


def said(status: str) -> State | None:
    """The state a provider's word for a message means; None for a word that is none, as of a call.

    Every word that is not final says one thing: the provider has the message.
    """
    return State.SENT if status in _ON_THE_WAY else _SAID.get(status)


_RANK = {State.QUEUED: 0, State.SENDING: 1, State.UNKNOWN: 1, State.SENT: 2, State.FAILED: 3, State.DELIVERED: 4}


@frozen
class Row:
    """A message as it stands when news of it come. `again`: new tries so far after a telephone did not take it."""

    state: State
    attempt: int
    provider_id: str
    again: int
    deadline_at: datetime


@frozen
class News:
    """What the provider says of one try; `trouble` and `wait` only where it failed."""

    attempt: int
    provider_id: str
    state: State
    trouble: Trouble = Trouble.UNKNOWN
    wait: timedelta = timedelta(0)


def heard(row: Row, news: News, now: datetime) -> Next | None:
    """What news change; None where they are old or known. In any order, any number of times, the end is the same.

    Of a try that another has followed only `delivered` matters: the person has the message. The same holds for one
    whose failure is known and that waits for its new try.
    """
    known = row.state is State.QUEUED and row.provider_id != ""
    if (news.attempt != row.attempt or known) and news.state is not State.DELIVERED:
        return None
    rank = 0 if row.state is State.FAILED and not row.provider_id else _RANK[row.state]
    if _RANK[news.state] <= rank:
        return None
    if news.state is not State.FAILED:
        return Next(news.state, Reason.NONE)
    return _undelivered(row, news, now)


def _undelivered(row: Row, news: News, now: datetime) -> Next:
    """The provider had it, and it did not arrive."""
    if news.trouble is Trouble.NUMBER:
        return Next(State.FAILED, Reason.BAD_NUMBER, strikes=1)
    if news.trouble in (Trouble.CONSENT, Trouble.CONTENT):
        return _PLAIN[news.trouble]
    if news.trouble is Trouble.ACCOUNT:
        return Next(State.FAILED, Reason.ACCOUNT, halt=True)
    most = 1 if news.trouble is Trouble.UNKNOWN else AGAIN_AT_MOST
    if row.again < most and now + news.wait < row.deadline_at:
        return Next(State.QUEUED, Reason.HANDSET, news.wait)
    return Next(State.FAILED, Reason.HANDSET)


GIVE_UP = timedelta(hours=24)
"""From a try of which nobody can tell until it is looked for no more."""
LOOKS = 2
"""Looks into the provider's list, each after its lag, in which a message must be missing to be proven absent."""


def looked(row: Row, looks: int, attempts: int, now: datetime) -> Next | None:
    """What follows when the `looks`-th look did not find it: one more look (None), another try, or the end."""
    if looks < LOOKS:
        return None
    if now >= row.deadline_at:
        return Next(State.FAILED, Reason.LATE)
    if row.attempt >= attempts:
        return Next(State.FAILED, Reason.GAVE_UP)
    return Next(State.QUEUED, Reason.ABSENT)


def untold(attempted_at: datetime, now: datetime) -> Next | None:
    """What follows when a look could not tell: another (None), or the end. A receipt that comes later still counts."""
    return Next(State.FAILED, Reason.UNVERIFIED) if now >= attempted_at + GIVE_UP else None
