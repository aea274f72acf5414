"""What a person may change about how we speak to them: language, messages, a call back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hotline.domain.keeping import CALL_BACK, OpenCase, SetLocale, Start, Stop
from hotline.flow.model import LOCALES, SPOKEN, Channel, Shape
from hotline.flow.turn import Found
from hotline.frozen import frozen
from hotline.own_keys import seal_case
from hotline.sealing import Vault
from hotline.service.ports.base import Answer, Asker

_DONE = Shape({"done": frozenset()}, {}, effect=True)
_WITH_NUMBER = Shape({"done": frozenset(), "no_number": frozenset()}, {}, effect=True)
SHAPES = {
    "set_language": _DONE,
    "use_urdu": _DONE,
    "use_punjabi": _DONE,
    "use_english": _DONE,
    "use_roman": _DONE,
    "stop": _WITH_NUMBER,
    "start": _WITH_NUMBER,
    "call_back": Shape({"done": frozenset(), "already": frozenset(), "no_number": frozenset()}, {}, effect=True),
    "answer_later": _DONE,
}
FIXED = {"use_urdu": "ur", "use_punjabi": "pa_Arab", "use_english": "en", "use_roman": "ur_Latn"}


@frozen
class SetLanguage:
    """Remember the language that was chosen: the one given at the start, or the step's argument."""

    locale: str = ""

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        locale = self.locale or (args[0] if args else "")
        if locale not in LOCALES:
            raise ValueError(f"no such language: {locale!r}")
        if asker.channel is Channel.VOICE and SPOKEN[asker.locale] == locale:
            # What somebody wants to hear says nothing of the letters they write: Roman Urdu stays.
            locale = asker.locale
        effects = (SetLocale(asker.index, locale),) if asker.number else ()
        return Answer(Found("done", locale=locale), effects)


def stop(asker: Asker, args: tuple[str, ...]) -> Answer:
    """No more messages from us, until START."""
    if not asker.number:
        return Answer(Found("no_number"))
    return Answer(Found("done"), (Stop(asker.index, "stop", asker.now, asker.channel.value),))


def start(asker: Asker, args: tuple[str, ...]) -> Answer:
    """Messages again."""
    if not asker.number:
        return Answer(Found("no_number"))
    return Answer(Found("done"), (Start(asker.index, "start", asker.now, asker.channel.value),))


@frozen
class CallBack:
    """Leave a case: a counsellor rings back within `hours`. One open case a person and kind.

    `waiting(indexes)` says whether one is open already.
    """

    vault: Vault
    hours: Callable[[str], int]
    waiting: Callable[[Sequence[bytes]], bool]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        if not asker.number:
            return Answer(Found("no_number"))
        if self.waiting(asker.indexes):
            return Answer(Found("already"))
        return Answer(Found("done"), (open_case(self.vault, asker, "", self.hours(asker.centre)),))


@frozen
class AnswerLater:
    """Leave a case with what was asked, because the list cannot say: a counsellor rings with the answer."""

    vault: Vault
    hours: Callable[[str], int]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        if not asker.number:
            return Answer(Found("done"))
        case = open_case(self.vault, asker, args[0], self.hours(asker.centre))
        # Who asks the same again the same day waits for the same call.
        asked = self.vault.index("case", f"{args[0].casefold()}|{asker.number}").hex()
        return Answer(Found("done"), (replace(case, once=f"answer:{asker.now.date()}:{asked}"),))


def open_case(vault: Vault, asker: Asker, detail: str, hours: int) -> OpenCase:
    """A call-back case. Its id comes from the turn, so that the same event again opens the same case."""
    case_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{asker.turn}|{detail}").hex
    sealed = seal_case(vault, case_id, asker.number, detail)
    return OpenCase(
        id=case_id,
        kind=CALL_BACK,
        once=f"{CALL_BACK}:{asker.turn}",
        centre=asker.centre,
        number_index=asker.index,
        number_sealed=sealed.number_sealed,
        detail_sealed=sealed.detail_sealed,
        opened_at=asker.now,
        due_at=due(asker.now, hours),
        key_sealed=sealed.key_sealed,
    )


def due(now: datetime, hours: int) -> datetime:
    """`hours` from now, moved past Saturday and Sunday."""
    at = now + timedelta(hours=hours)
    while at.weekday() >= 5:
        at += timedelta(days=1)
    return at
