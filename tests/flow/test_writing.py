"""What a caller may have as SMS is what they heard, wherever they went since, and nothing else."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from hotline.flow.book import Book
from hotline.flow.model import Channel, Menu, Say
from hotline.flow.save import dump, restore
from hotline.flow.turn import Event, Keyed, Said, Session, Silence, Started
from hotline.flow.writing import in_writing, on_offer
from hotline.sealing import Vault
from hotline.settings import Settings
from hotline.store.database import Database
from tests.theatre import ZONE, Reply, Stage, read_text

STAGE = """
given agency 4859/LHR  Chiragh Overseas Employment Promoters   valid to 2027-03-31
given agency 2567/LHR  Chiragh Travels   suspended
given case 4821935 PIN 0417  open  by 2026-12-03
list  2026-08-20
today 2026-08-25
"""
NOW = datetime(2026, 8, 25, 11, tzinfo=ZONE)
WAYS = (
    "1",
    "1",
    "1 4859",
    "1 2567",
    "1 9999",
    "5 1 042",
    "3 2 4821935 0417",
    "0",
    "0",
    "2",
    "9",
    "#",
    "*",
    "8",
    "8",
    "…",
    "7",
)


@pytest.fixture
def stage(book: Book, settings: Settings, sqlite_database: Database, vault: Vault) -> Stage:
    return Stage(book, settings, sqlite_database, vault).set(read_text("writing", STAGE))


def ring(stage: Stage, *keys: str) -> Reply:
    """A call of somebody who is known, up to what is heard after these keys."""
    reply = stage.hear(Session("en", Channel.VOICE, known=True, offered=True), Started(), NOW)
    for key in keys:
        reply = press(stage, reply, key)
    return reply


def press(stage: Stage, reply: Reply, key: str) -> Reply:
    event: Event = Silence() if key == "…" else Keyed(key)
    return stage.hear(restore(dump(reply.turn.session)), event, NOW)


def text(stage: Stage, reply: Reply) -> str:
    """What the key would send now."""
    found = in_writing(stage.book, reply.turn.session)
    return found.text if found else ""


def is_offered(reply: Reply) -> bool:
    return reply.turn.wait is not None and any(option.key == "8" for option in reply.turn.wait.options)


@examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ways=st.lists(st.sampled_from(WAYS), min_size=1, max_size=9))
def test_whatever_is_pressed_in_between_the_text_is_that_of_the_answer_that_was_heard(
    stage: Stage, ways: list[str]
) -> None:
    reply, heard = ring(stage), dict[tuple[str, ...], str]()
    for key in " ".join(ways).split():
        reply = press(stage, reply, key)
        if reply.turn.wait is None:
            return
        session, steps = reply.turn.session, stage.book.steps
        names = [line.message.id for line in reply.turn.lines]
        answers = tuple(name for name in names if isinstance(step := steps.get(name), Say) and step.written)
        if answers:
            assert on_offer(session) == answers
            heard[answers] = text(stage, reply)
        if on_offer(session):
            assert isinstance(steps[session.at], Menu)
            assert text(stage, reply) == heard[on_offer(session)]
        assert is_offered(reply) <= bool(on_offer(session))


def test_who_goes_on_to_another_agency_cannot_have_the_first_ones_verdict(stage: Stage) -> None:
    reply = ring(stage, "1", "4859")
    assert "VALID" in text(stage, reply)
    for key in ("1", "*"):
        reply = press(stage, reply, key)
        assert (text(stage, reply), is_offered(reply)) == ("", False)
    assert "That key is not on the list." in press(stage, reply, "8").shown


def test_a_detour_brings_its_own_answer_and_gives_the_first_back(stage: Stage) -> None:
    reply = ring(stage, "1", "4859", "0")
    assert text(stage, reply).startswith("The Migrant Resource Centre's telephone")
    reply = press(stage, reply, "8")
    assert reply.at == "counsellor.offer"
    reply = press(stage, reply, "2")
    assert (reply.at, is_offered(reply)) == ("licence.next", True)
    assert "VALID" in text(stage, reply)


def test_a_wrong_key_and_silence_take_nothing_away(stage: Stage) -> None:
    reply = ring(stage, "1", "4859")
    before = text(stage, reply)
    for key in ("9", "…", "9"):
        reply = press(stage, reply, key)
        assert (text(stage, reply), is_offered(reply)) == (before, True)
    reply = press(stage, reply, "7")
    assert (reply.at, is_offered(reply)) == ("help.stuck", False)
    reply = press(stage, reply, "2")
    assert (reply.at, text(stage, reply), is_offered(reply)) == ("licence.next", before, True)


def test_an_sms_is_in_writing_already(stage: Stage) -> None:
    session = Session("en", Channel.SMS, known=True, offered=True)
    reply = stage.hear(session, Said("CHECK 4859"), NOW)
    assert reply.turn.session.written == ()
    assert not is_offered(reply)
    assert "8" not in reply.shown.split("What next?")[1]
