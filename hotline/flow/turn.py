"""What passes between a person and the engine: what they do, where they stand, and what a turn leads to. All frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from hotline.flow.model import Accept, Channel, Message
from hotline.frozen import frozen

# --- what a port answers ------------------------------------------------------------------------------------------


@frozen
class Row:
    """One thing found, to be picked: its identity (kept) and the fields its label shows."""

    id: str
    fields: Mapping[str, str]


@frozen
class Found:
    """A port's answer. `locale` is set only by the port that changes the person's language."""

    outcome: str
    fields: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    more: bool = False
    locale: str = ""


# --- what a person does ------------------------------------------------------------------------------------------


@frozen
class Started:
    """A call came in, or a person is met for the first time."""


@frozen
class Said:
    """A text message, as it was typed."""

    text: str


@frozen
class Keyed:
    """Keys pressed in a call: digits, `*` and `#` as pressed (a lone # arrives as Silence)."""

    keys: str


@frozen
class Silence:
    """Nothing was pressed before the time was up."""


@frozen
class HungUp:
    """The call is over."""


Event = Started | Said | Keyed | Silence | HungUp


# --- where a conversation stands, and what a turn leads to -------------------------------------------------------


@frozen
class Session:
    """All that must be remembered between two turns; small (≤ 600 bytes as JSON at a plain menu) and re-readable.

    `at` is the waiting step's full name, "" before the first. `back` are earlier waiting steps for `*`; `detour` the
    steps to come back to; `shown` how many rows of a pick are on offer (0 before any were); `guesses` the targets of an
    open "did you mean"; `more` the page of a text that was not told yet, as step:page; `written` the answers told in a
    call that may be had as SMS.
    """

    locale: str
    channel: Channel
    at: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    first_row: int = 0
    shown: int = 0
    back: tuple[str, ...] = ()
    detour: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    more: str = ""
    misses: int = 0
    silences: int = 0
    offered: bool = False
    step: int = 0
    known: bool = False
    written: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """A session while a turn is being made: the same fields, changed in place: a new one a change cost a third."""

    locale: str
    channel: Channel
    at: str
    facts: Mapping[str, str]
    rows: tuple[Row, ...]
    first_row: int
    shown: int
    back: tuple[str, ...]
    detour: tuple[str, ...]
    guesses: tuple[str, ...]
    marks: tuple[str, ...]
    more: str
    misses: int
    silences: int
    offered: bool
    step: int
    known: bool
    written: tuple[str, ...]

    @classmethod
    def of(cls, session: Session) -> Draft:
        """A draft that begins as this session."""
        return cls(*_VALUES(session))

    def session(self) -> Session:
        """The session as it is now."""
        return Session(*_VALUES(self))


_VALUES: Callable[[Session | Draft], tuple[Any, ...]] = attrgetter(*(one.name for one in fields(Session)))
assert [one.name for one in fields(Draft)] == [one.name for one in fields(Session)], "a draft has a session's fields"


@frozen
class Call:
    """What a turn needs from a port before it can go on: the step that asks, the port, and what it takes, in order."""

    step: str
    port: str
    args: tuple[str, ...] = ()
    effect: bool = False


@frozen
class Line:
    """One message to be told, with the values its holes need."""

    message: Message
    facts: Mapping[str, str]


@frozen
class Option:
    """One key that can be pressed, its label, and the language it is spoken in if not the caller's."""

    key: str
    label: Line
    spoken_in: str = ""


@frozen
class Wait:
    """What is waited for: options (a menu, pick or offer) or, without any, a typed or keyed answer."""

    options: tuple[Option, ...] = ()
    accept: Accept | None = None
    record: int = 0
    private: bool = False


@frozen
class Turn:
    """What the engine wants: things to say, then to wait (`wait`), to ask a port (`call`), or to finish (neither).

    `footer` comes after the options. `missed` is the reason, in words, why a text was not understood; it joins the
    *not understood* list. `moved`: the person got somewhere new, so this is no loop. `unread`: a text of which nothing
    was understood, or only a word within it, and then without that word too: a name may stand in it.
    """

    session: Session
    lines: tuple[Line, ...] = ()
    wait: Wait | None = None
    call: Call | None = None
    footer: tuple[Line, ...] = ()
    missed: str = ""
    moved: bool = True
    unread: tuple[str, ...] = ()


# --- what a channel is given to send ----------------------------------------------------------------------------


@frozen
class Clip:
    """One piece of sound: its address under /audio/, and the words it speaks in one language (for people and logs)."""

    name: str
    locale: str
    text: str


@frozen
class Written:
    """A reply by SMS. An empty text is no reply."""

    text: str
    parts: int = 0


@frozen
class Gather:
    """Wait for at most `keys` keys, ended by `finish` ("" = every key counts), until `seconds` after the sound ends."""

    keys: int = 1
    finish: str = ""
    seconds: int = 6

    def take(self, pressed: str) -> tuple[Event, str]:
        """What of the keys pressed one after another is heard now, and those left for whatever is waited for next."""
        keys = pressed[: self.keys]
        rest = pressed[self.keys :]
        if self.finish and self.finish in keys:
            keys, _, rest = pressed.partition(self.finish)
        return Keyed(keys) if keys else Silence(), rest


@frozen
class Spoken:
    """A reply in a call: clips, then either waiting for keys, recording (seconds > 0), dialling, or hanging up.

    `step` is the number the next event of this call will carry.
    """

    clips: tuple[Clip, ...]
    gather: Gather | None = None
    record: int = 0
    step: int = 0
