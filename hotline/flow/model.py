"""The nouns of a conversation: flows and their steps, what a person does, and what a turn leads to. All frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hotline.text.values import Kind

SOURCE = "en"
LOCALES = ("en", "ur", "pa_Arab", "ur_Latn")
SPOKEN = {"en": "en", "ur": "ur", "pa_Arab": "pa_Arab", "ur_Latn": "ur"}
"""The language a person of this locale hears: Roman Urdu is a way of writing, not of speaking."""
FALLBACK = {"en": ("en",), "ur": ("ur", "en"), "pa_Arab": ("pa_Arab", "ur", "en"), "ur_Latn": ("ur_Latn", "en")}


class Channel(StrEnum):
    """How a person reaches us."""

    SMS = "sms"
    VOICE = "voice"


# --- what a flow is made of --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One text of a flow and its twins. `id` is flow.step or flow.step.branch; `sms` and `voice` are English templates.

    `sms_key`/`voice_key` are the catalogue contexts, such as `licence.which#say`; they are equal when there is no twin.
    """

    id: str
    sms: str
    voice: str
    sms_key: str
    voice_key: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Accept:
    """What an `ask` reads: `text`, `digits`, `number`, `amount`, `date`, `yesno`; `low`–`high` bound the digits."""

    reader: str
    low: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True)
class Say:
    """Tell and go on. More than one page means the channel offers the rest."""

    name: str
    pages: tuple[Message, ...]
    then: str
    line: int = 0
    mark: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask and keep the answer under `key`."""

    name: str
    key: str
    prompt: Message
    accept: Mapping[Channel, Accept]
    then: str
    again: Message | None = None
    skip: str = ""
    private: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of a menu. `key` is the digit as written in the flow, which never moves.

    `spoken_in` is the language its label is spoken in whatever the caller's is; `only` the one channel that offers it.
    """

    key: str
    label: Message
    then: str
    keep: str = ""
    spoken_in: str = ""
    only: Channel | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Menu:
    """Choose by key. `key` is where a choice's `keep` goes: the step's own short name."""

    name: str
    key: str
    prompt: Message
    choices: tuple[Choice, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Pick:
    """Choose among the rows the last `find` left; the chosen one's identity is kept under `key`."""

    name: str
    key: str
    prompt: Message
    label: Message
    none: str
    then: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Find:
    """Ask a port that only reads; its outcome names the branch."""

    name: str
    port: str
    by: tuple[str, ...]
    branches: Mapping[str, str]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Do:
    """Ask a port for an effect, idempotent per turn. Without branches every outcome goes to `then`."""

    name: str
    port: str
    by: tuple[str, ...]
    branches: Mapping[str, str]
    then: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """Voice: a recording of at most `seconds`, after its notice. In SMS it is an `ask` for text."""

    name: str
    key: str
    prompt: Message
    seconds: int
    then: str
    private: bool = False
    line: int = 0


Step = Say | Ask | Menu | Pick | Find | Do | Record

END, RETURN, RESUME = "end", "return", "resume"


@dataclass(frozen=True, slots=True)
class Flow:
    """One service. Steps are keyed by full name (`licence.which`); arrows hold full names, END, RETURN or RESUME.

    An arrow may hand named values on to another flow: `report with agency` is kept as `report.first with agency`.
    """

    name: str
    file: str
    title: Message
    keywords: tuple[str, ...]
    first: str
    steps: Mapping[str, Step]
    hangup: str = ""


# --- what a port promises ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """What a port declares: for every outcome the fields it fills, and the kind of each field (`agency.name` → NAME).

    `rows` are the fields each row of a `pick` carries. `effect` marks a port for `do`.
    """

    outcomes: Mapping[str, frozenset[str]]
    fields: Mapping[str, Kind]
    rows: frozenset[str] = frozenset()
    effect: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One thing found, to be picked: its identity (kept) and the fields its label shows."""

    id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A port's answer. `locale` is set only by the port that changes the person's language."""

    outcome: str
    fields: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    more: bool = False
    locale: str = ""


# --- what a person does ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """A call came in, or a person is met for the first time."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text message, as it was typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Keyed:
    """Keys pressed in a call: digits, `*` and `#` as pressed (a lone # arrives as Silence)."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was pressed before the time was up."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The call is over."""


Event = Started | Said | Keyed | Silence | HungUp


# --- where a conversation stands, and what a turn leads to -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Session:
    """All that must be remembered between two turns; small (≤ 600 bytes as JSON at a plain menu) and re-readable.

    `at` is the waiting step's full name, "" before the first. `back` are earlier waiting steps for `*`; `detour` the
    steps to come back to; `shown` how many rows of a pick are on offer (0 before any were); `guesses` the targets of an
    open "did you mean"; `more` the page of a text that was not told yet, as step:page.
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


@dataclass(frozen=True, slots=True)
class Call:
    """What a turn needs from a port before it can go on: the step that asks, the port, and what it takes, in order."""

    step: str
    port: str
    args: tuple[str, ...] = ()
    effect: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One message to be told, with the values its holes need."""

    message: Message
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One key that can be pressed, its label, and the language it is spoken in if not the caller's."""

    key: str
    label: Line
    spoken_in: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """What is waited for: options (a menu, pick or offer) or, without any, a typed or keyed answer."""

    options: tuple[Option, ...] = ()
    accept: Accept | None = None
    record: int = 0
    private: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What the engine wants: things to say, then to wait (`wait`), to ask a port (`call`), or to finish (neither).

    `footer` comes after the options. `missed` is the reason, in words, why a text was not understood; it joins the
    *not understood* list. `moved`: the person got somewhere new, so this is no loop.
    """

    session: Session
    lines: tuple[Line, ...] = ()
    wait: Wait | None = None
    call: Call | None = None
    footer: tuple[Line, ...] = ()
    missed: str = ""
    moved: bool = True


# --- what a channel is given to send ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clip:
    """One piece of sound: its address under /audio/, and the words it speaks in one language (for people and logs)."""

    name: str
    locale: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A reply by SMS. An empty text is no reply."""

    text: str
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Gather:
    """Wait for at most `keys` keys, ended by `finish` ("" = every key counts), until `seconds` after the sound ends."""

    keys: int = 1
    finish: str = ""
    seconds: int = 6


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reply in a call: clips, then either waiting for keys, recording (seconds > 0), dialling, or hanging up.

    `step` is the number the next event of this call will carry.
    """

    clips: tuple[Clip, ...]
    gather: Gather | None = None
    record: int = 0
    step: int = 0
