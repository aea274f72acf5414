"""What becomes of what we hold on a person, and how they may be reached: nothing unasked, only calls, certain hours."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta

from hotline.domain.consent import Topic
from hotline.domain.delivery import Priority, QueueText
from hotline.domain.keeping import Erase, SetReach, bound
from hotline.domain.window import DAY_MINUTES, NEVER, Window, opens_at
from hotline.flow.book import Book
from hotline.flow.model import Channel, Shape
from hotline.flow.turn import Found, Row, Written
from hotline.frozen import frozen
from hotline.sealing import Vault
from hotline.service.ports.base import Answer, Asker, Ports
from hotline.service.ports.consent import SubscribePort
from hotline.service.words import only
from hotline.settings import Settings
from hotline.store import consents
from hotline.store.database import Database
from hotline.text.hours import Hours, read_hours
from hotline.text.values import Kind
from hotline.text.wordtable import Words

CONFIRM_HOURS = 24
_SAFE = frozenset({"window.from", "window.until"})
_WITH_NUMBER = Shape({"done": frozenset(), "no_number": frozenset()}, {}, effect=True)
SHAPES = {
    "hide": _WITH_NUMBER,
    "voice_only": _WITH_NUMBER,
    "shared_phone": _WITH_NUMBER,
    "own_phone": _WITH_NUMBER,
    "safe_hours": Shape(
        {
            "done": _SAFE,
            "half": frozenset(),
            "several": frozenset(),
            "unclear": frozenset(),
            "no_number": frozenset(),
            "night": _SAFE,
        },
        {"window.from": Kind.TIME, "window.until": Kind.TIME},
        rows=_SAFE,
        effect=True,
    ),
    "erase": Shape(
        {"done": frozenset(), "texted": frozenset(), "no_text": frozenset(), "no_number": frozenset()}, {}, effect=True
    ),
}


@frozen
class Reach:
    """Change how the person may be reached: the fields of SetReach that are given."""

    hidden: bool | None = None
    voice_only: bool | None = None
    shared: bool | None = None

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        if not asker.number:
            return Answer(Found("no_number"))
        return Answer(Found("done"), (SetReach(asker.index, self.hidden, self.voice_only, self.shared),))


@frozen
class SafeHours:
    """Read between which hours a person may be written to, from one answer or two, and remember it.

    `half`: only one hour is known. `several`: it may mean two spans, and the rows say which. `night`: nobody is written
    to unasked in any of these hours; `window(number)` is when people there are.
    """

    words: Sequence[Words]
    window: Callable[[str], Window | None]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        if not asker.number:
            return Answer(Found("no_number"))
        hours = read_hours(" - ".join(filter(None, args)), self.words)
        match hours:
            case ():
                return Answer(Found("unclear"))
            case (Hours(until=None),):
                return Answer(Found("half"))
            case (Hours(start, int(until)),) if (day := self._never(asker, Window(start, until))) is not None:
                # Kept all the same: they named no other hour as safe.
                found = Found("night", _clock(Hours(day.opens, day.closes)))
                return Answer(found, (SetReach(asker.index, safe=(start, until)),))
            case (Hours(start, int(until)),):
                found = Found("done", _clock(hours[0]))
                return Answer(found, (SetReach(asker.index, safe=(start, until)),))
            case _:
                rows = tuple(Row("-".join(_clock(one).values()).replace(":", ""), _clock(one)) for one in hours)
                return Answer(Found("several", rows=rows))

    def _never(self, asker: Asker, safe: Window) -> Window | None:
        """The hours in which people there are written to, where the safe ones are outside them."""
        day = self.window(asker.number)
        return day if day is not None and opens_at(asker.now, asker.now.tzinfo or UTC, (day, safe)) is NEVER else None


def _clock(hours: Hours) -> dict[str, str]:
    times = {"window.from": hours.start, "window.until": hours.until or 0}
    return {name: f"{minutes // 60 % 24:02}:{minutes % 60:02}" for name, minutes in times.items()}


@frozen
class ErasePort:
    """Everything on this number is to go. In a call that is asked by SMS first: whoever holds the line may be anybody.

    `confirm(locale)` is that SMS; `sender(centre)` the number it comes from, "" where the centre has none; `answers`
    whether an SMS from the person's country would reach us.
    """

    vault: Vault
    confirm: Callable[[str], Written]
    sender: Callable[[str], str]
    answers: Callable[[str], bool]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        if not asker.number:
            return Answer(Found("no_number"))
        own_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{asker.turn}|erase").hex
        if asker.channel is Channel.SMS:
            return Answer(Found("done"), (Erase(own_id, asker.index, asker.now),))
        sender = self.sender(asker.centre)
        if not sender or not self.answers(asker.number):
            return Answer(Found("no_text"))
        text = self.confirm(asker.locale)
        sealed = self.vault.seal("delivery", text.text.encode(), bound("deliveries", "text", own_id))
        queued = QueueText(
            id=own_id,
            part_of=f"erase:{own_id}",
            number_index=asker.index,
            priority=Priority.REPLY,
            locale=asker.locale,
            sender=sender,
            text_sealed=sealed,
            parts=text.parts,
            due_at=asker.now,
            deadline_at=asker.now + timedelta(hours=CONFIRM_HOURS),
        )
        return Answer(Found("texted"), (queued,))


def data_ports(settings: Settings, book: Book, database: Database, vault: Vault) -> Ports:
    """The ports of this module and of subscriptions, by name."""

    def standing(indexes: Sequence[bytes], topic: Topic, detail: str) -> consents.Standing:
        return consents.standing(database, indexes, topic, detail)

    def confirm(locale: str) -> Written:
        asked = only(book, "erase_asked", locale, Channel.SMS)
        assert isinstance(asked, Written)
        return asked

    def sender(centre: str) -> str:
        return settings.districts[centre].sender

    def answers(number: str) -> bool:
        country = settings.country_of(number)
        return country is not None and country.replies

    def window(number: str) -> Window | None:
        country = settings.country_of(number)
        return None if country is None else Window(country.opens % DAY_MINUTES, country.closes % DAY_MINUTES)

    return {
        "subscribe_alerts": SubscribePort(Topic.ALERTS, standing),
        "subscribe_reminders": SubscribePort(Topic.REMINDERS, standing),
        "hide": Reach(hidden=True),
        "voice_only": Reach(voice_only=True),
        "shared_phone": Reach(shared=True),
        "own_phone": Reach(shared=False),
        "safe_hours": SafeHours(tuple(book.values.values()), window),
        "erase": ErasePort(vault, confirm, sender, answers),
    }
