"""What a turn costs in SQL: two statements, and at most two more for each thing it does and for a first contact.

Counted is what is handed to the driver, without BEGIN and COMMIT. A statement for many rows (executemany) counts once:
psycopg sends all of it in one exchange, and SQLite has none. While two data keys are live, what a turn does also moves
the person to the newer one: that is not counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast, get_args

import pytest
from sqlalchemy import select

from hotline.domain.alert_code import code_of
from hotline.domain.consent import Subscribe, Unsubscribe
from hotline.domain.delivery import QueueText
from hotline.domain.journey import EndJourney, SetJourney
from hotline.domain.keeping import (
    Effect,
    Erase,
    Kept,
    MeetPerson,
    NotUnderstood,
    OpenCase,
    SetLocale,
    SetReach,
    Start,
    Stop,
    ToldValid,
)
from hotline.domain.report import CaseTried, FileReport
from hotline.store.schema import cases
from tests.web.counting import statements
from tests.web.running import Running

AGREES, PLANNED = ("START", "1", "1"), ("TRAVEL", "saudi", "1", "20 December", "yes")
REPORTED = ("REPORT 4859", "2", "250000", "1", "0417")


@dataclass(frozen=True)
class Conversation:
    """Texts, or keys in a call; what the last one costs, and what it does. Who calls, or texts first, is unknown.

    `{case}` in a text stands for the number of the person's case.
    """

    name: str
    said: tuple[str, ...]
    costs: int
    does: tuple[type[Effect], ...] = ()
    by: Literal["text", "first text", "call"] = "text"


CONVERSATIONS = (
    Conversation("the menu", ("menu",), 1),
    Conversation("the step before", ("*",), 1),
    Conversation("an office", ("office Sialkot",), 1),
    Conversation("a valid licence", ("CHECK 4859",), 2, (ToldValid,)),
    Conversation("two of one number", ("CHECK 2567",), 2),
    Conversation("a number nobody has", ("CHECK 7777",), 2),
    Conversation("a name", ("agency Chiragh Overseas Employment",), 2, (ToldValid,)),
    Conversation("a name and a number", ("CHECK 4859 Chenab Travels",), 2),
    Conversation("a language", ("URDU",), 2, (SetLocale,)),
    Conversation("a text nobody understands", ("zorblax",), 3, (NotUnderstood,)),
    Conversation("nothing unasked", ("HIDE",), 2, (SetReach,)),
    Conversation("hours", ("SAFE 17-21",), 2, (SetReach,)),
    Conversation("stop", ("STOP",), 3, (Stop,)),
    Conversation("stop, of subscriptions", (*AGREES, "STOP"), 4, (Stop,)),
    Conversation("start", ("START",), 4, (Start,)),
    Conversation("a yes to alerts", ("START", "1"), 4, (Subscribe,)),
    Conversation("alerts of a district", ("ALERTS", "1", "1", "Lahore", "yes"), 4, (Subscribe,)),
    Conversation("no more alerts", ("START", "1", "ALERTS", "4"), 4, (Unsubscribe,)),
    Conversation("the code of an alert", ("ALERTS", "2", code_of(12345)), 2),
    Conversation("a watched agency", ("CHECK 4859", "3", "yes"), 4, (Subscribe,)),
    Conversation("what is watched", ("CHECK 4859", "3", "yes", "ALERTS", "3"), 2),
    Conversation("an agency watched no more", ("CHECK 4859", "3", "yes", "ALERTS", "3", "1"), 3, (Unsubscribe,)),
    Conversation("a call back", ("COUNSELLOR", "1"), 3, (OpenCase,)),
    Conversation("the way into a journey", ("TRAVEL",), 2),
    Conversation("a day to leave", PLANNED[:-1], 2),
    Conversation("a journey", PLANNED, 6, (Subscribe, SetJourney)),
    Conversation("the way back to it", (*PLANNED, "TRAVEL"), 2),
    Conversation("what comes next", (*PLANNED, "TRAVEL", "3"), 2),
    Conversation("another day", (*PLANNED, "TRAVEL", "1", "10 January", "yes"), 6, (Subscribe, SetJourney)),
    Conversation("no more reminders", (*PLANNED, "TRAVEL", "4"), 4, (EndJourney, Unsubscribe)),
    Conversation("an agency to report", REPORTED[:1], 2),
    Conversation("a report", REPORTED, 4, (OpenCase, FileReport)),
    Conversation("the number of a case", (*REPORTED, "CASE {case}"), 1),
    Conversation("where a case stands", (*REPORTED, "CASE {case}", "0417"), 3, (CaseTried,)),
    Conversation("a wrong PIN", (*REPORTED, "CASE {case}", "9999"), 4, (CaseTried,)),
    Conversation("a case nobody has", ("CASE 0000000", "9999"), 4, (CaseTried,)),
    Conversation("a wrong PIN that locks", (*REPORTED, *("CASE {case}", "9999") * 5), 5, (CaseTried, OpenCase)),
    Conversation("all data removed", ("DELETE", "1"), 2, (Erase,)),
    Conversation("a first text", ("CHECK 4859",), 4, (ToldValid, MeetPerson), by="first text"),
    Conversation("a first text that stops us", ("STOP",), 5, (MeetPerson, Stop), by="first text"),
    Conversation("a key in a call", ("3", "1"), 1, by="call"),
    Conversation("a first language in a call", ("3",), 3, (MeetPerson, SetLocale), by="call"),
    Conversation("all data removed by call", ("3", "5", "5", "5", "1"), 2, (QueueText,), by="call"),
)


@dataclass
class Listening:
    """Stands before the store of conversations, and remembers what each turn kept."""

    store: Any
    kept: list[Kept] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def keep(self, kept: Kept) -> Any:
        self.kept.append(kept)
        return self.store.keep(kept)


@pytest.fixture
def listening(fresh_hotline: Running) -> Listening:
    converse = fresh_hotline.house.converse
    found = Listening(converse.needs.store)
    converse.needs = replace(converse.needs, store=cast("Any", found))
    return found


@dataclass(frozen=True)
class Turn:
    """What was said, what it cost, and what it did."""

    said: str
    asked: list[str]
    does: tuple[type[Effect], ...]

    @property
    def budget(self) -> int:
        """That it was told VALID is in the event's own row."""
        return 2 + 2 * len([effect for effect in self.does if effect is not ToldValid])


def play(hotline: Running, listening: Listening, person: str, conversation: Conversation) -> Iterator[Turn]:
    call = hotline.ring(person) if conversation.by == "call" else None
    if conversation.by == "text":
        hotline.text(person, "ENGLISH")
    for words in conversation.said:
        said = words.format(case=case_of(hotline, person)) if "{case}" in words else words
        with statements(hotline.house) as asked:
            if call:
                call.press(said)
            else:
                hotline.text(person, said)
        kept = listening.kept[-1]
        effects = tuple(type(effect) for effect in kept.effects)
        yield Turn(said, asked, (ToldValid, *effects) if kept.told_valid else effects)


def case_of(hotline: Running, person: str) -> str:
    mine = cases.c.number_index == hotline.house.vault.index("number", person)
    with hotline.house.database.reading() as connection:
        number: str = connection.execute(select(cases.c.code).where(mine, cases.c.code.is_not(None))).scalar_one()
    return number


def test_every_turn_keeps_to_its_budget(
    fresh_hotline: Running, listening: Listening, someone: Callable[[], str]
) -> None:
    seen, over = [], []
    for conversation in CONVERSATIONS:
        for turn in play(fresh_hotline, listening, someone(), conversation):
            over += [(conversation.name, turn)] if len(turn.asked) > turn.budget else []
        seen.append(replace(conversation, costs=len(turn.asked), does=turn.does))
    assert over == []
    assert seen == list(CONVERSATIONS)


def test_everything_a_turn_can_do_has_its_conversation() -> None:
    assert {effect for conversation in CONVERSATIONS for effect in conversation.does} == set(get_args(Effect))


def test_the_way_into_every_flow_keeps_to_its_budget(
    fresh_hotline: Running, listening: Listening, someone: Callable[[], str]
) -> None:
    words = [word for flow in fresh_hotline.house.book.flows.values() for word in flow.keywords]
    assert words
    for word in words:
        (turn,) = play(fresh_hotline, listening, someone(), Conversation(word, (word,), 0))
        assert len(turn.asked) <= turn.budget, turn
