"""The nouns of a conversation: flows and their steps, what a person does, and what a turn leads to. All frozen."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hotline.frozen import frozen
from hotline.text.values import Kind

SOURCE = "en"
LOCALES = ("en", "ur", "pa_Arab", "ur_Latn")
SPOKEN = {"en": "en", "ur": "ur", "pa_Arab": "pa_Arab", "ur_Latn": "ur"}
"""The language a person of this locale hears: Roman Urdu is a way of writing, not of speaking."""
FALLBACK = {"en": ("en",), "ur": ("ur", "en"), "pa_Arab": ("pa_Arab", "ur", "en"), "ur_Latn": ("ur_Latn", "en")}

PUSH_PARTS = 2
"""Parts of a text nobody waits for, at most: each is paid for every person."""


class Channel(StrEnum):
    """How a person reaches us."""

    SMS = "sms"
    VOICE = "voice"


# --- what a flow is made of --------------------------------------------------------------------------------------


@frozen
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


@frozen
class Accept:
    """What an `ask` reads: `text`, `country`, `digits`, `number`, `amount`, `date`, `yesno`; `low`–`high` bound it."""

    reader: str
    low: int = 0
    high: int = 0


@frozen
class Say:
    """Tell and go on. More than one page means the channel offers the rest. `written`: a caller may have it as SMS."""

    name: str
    pages: tuple[Message, ...]
    then: str
    line: int = 0
    mark: bool = False
    written: bool = False


@frozen
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


@frozen
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


@frozen
class Menu:
    """Choose by key. `key` is where a choice's `keep` goes: the step's own short name."""

    name: str
    key: str
    prompt: Message
    choices: tuple[Choice, ...]
    line: int = 0


@frozen
class Pick:
    """Choose among the rows the last `find` left; the chosen one's identity is kept under `key`."""

    name: str
    key: str
    prompt: Message
    label: Message
    none: str
    then: str
    line: int = 0


@frozen
class Find:
    """Ask a port that only reads; its outcome names the branch."""

    name: str
    port: str
    by: tuple[str, ...]
    branches: Mapping[str, str]
    line: int = 0


@frozen
class Do:
    """Ask a port for an effect, idempotent per turn. Without branches every outcome goes to `then`."""

    name: str
    port: str
    by: tuple[str, ...]
    branches: Mapping[str, str]
    then: str = ""
    line: int = 0


@frozen
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


@frozen
class Flow:
    """One service. Steps are keyed by full name (`licence.which`); arrows hold full names, END, RETURN or RESUME.

    An arrow may hand named values on to another flow: `report with agency` is kept as `report.first with agency`.
    `sensitive`: what is said here is dropped after a week. `version` names the words of the whole file.
    `argument` is the `ask` that reads what follows the flow's word, where that is not the first step. A `push` flow
    holds texts that are sent unasked: no arrow leads to them, and nobody hears them.
    """

    name: str
    file: str
    title: Message
    keywords: tuple[str, ...]
    first: str
    steps: Mapping[str, Step]
    hangup: str = ""
    sensitive: bool = False
    version: str = ""
    argument: str = ""
    push: bool = False


# --- what a port promises ----------------------------------------------------------------------------------------


@frozen
class Shape:
    """What a port declares: for every outcome the fields it fills, and the kind of each field (`agency.name` → NAME).

    `rows` are the fields each row of a `pick` carries. `effect` marks a port for `do`.
    """

    outcomes: Mapping[str, frozenset[str]]
    fields: Mapping[str, Kind]
    rows: frozenset[str] = frozenset()
    effect: bool = False
