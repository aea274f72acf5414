"""Wherever a person is and whatever they do there, they get an answer that fits, in their language."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from hotline.flow.book import Book
from hotline.flow.model import SPOKEN, Channel
from hotline.flow.save import dump, restore
from hotline.flow.turn import Event, HungUp, Keyed, Row, Said, Session, Silence, Started
from hotline.flow.walk import Waiting
from hotline.sealing import Vault
from hotline.settings import Settings
from hotline.store.database import Database
from tests.theatre import ZONE, Reply, Stage, read_text

STAGE = """
given agency 4859/LHR  Chiragh Overseas Employment Promoters   valid to 2027-03-31
given agency 2567/LHR  Chiragh Travels   valid to 2027-03-31
given agency 2567/MLK  Parwaz Manpower   expired
list  2026-08-20
today 2026-08-25
"""
ROWS = (
    tuple(
        Row(
            f"licence:{serial}",
            {"agency.licence": serial, "agency.name": name, "agency.short": name, "agency.city": "Lahore"},
        )
        for serial, name in (("2567/LHR", "Chiragh Travels"), ("2567/MLK", "Parwaz Manpower"), ("4859/LHR", "Chiragh"))
    )
    * 2
)
FACTS = {
    "register.date": "2026-08-20", "asked": "9999", "query": "4859", "place": "Lahore",
    "agency.name": "Chiragh Travels", "agency.licence": "2567/LHR", "agency.state": "expired",
    "journey.country": "Saudi Arabia", "journey.code": "SA", "journey.route": "agency", "journey.date": "2026-12-20",
    "journey.count": "9", "country": "SA", "gulf": "SA", "route": "agency", "date": "2026-12-20",
    "agency.until": "2027-03-31", "office.place": "Gujrat", "office.city": "Sialkot", "office.date": "2024-02-01",
    "case.number": "4821935", "case.first": "482", "case.middle": "193", "case.last": "5", "case.due": "2026-12-02",
    "number": "4821935", "pin": "0417", "to_whom": "agent", "amount": "250000", "call": "yes",
}  # fmt: skip
DAYS = tuple(Row(day, {"day.date": day}) for day in ("2026-12-05", "2027-05-12"))
KEYS = tuple("0123456789*")
TEXTS = (
    "1", "2", "9", "0", "*", "#", "", "   ", "CHECK 4859", "MENU", "STOP", "START", "URDU", "PUNJABI", "ENGLISH",
    "ROMAN", "HELP", "BACK", "REPEAT", "MORE", "YES", "NO", "0300 1234567", "35202-1234567-1", "۴۸۵۹", "لائسنس ۲۵۶۷",
    "xyzzy plugh", "😀", "counsallor", "a" * 10_000, "\u202e4859\u202c", "4859\x00",
)  # fmt: skip


@pytest.fixture
def stage(book: Book, settings: Settings, sqlite_database: Database, vault: Vault) -> Stage:
    return Stage(book, settings, sqlite_database, vault).set(read_text("every_step", STAGE))


NOW = datetime(2026, 8, 25, 11, tzinfo=ZONE)


def _check(book: Book, before: Session, reply: Reply, event: Event) -> None:
    turn = reply.turn
    assert restore(dump(turn.session)) == turn.session
    if isinstance(event, HungUp):
        return
    assert reply.shown.strip(), f"no answer at {before.at} to {event}"
    assert "{" not in reply.shown
    if turn.session.channel is Channel.SMS:
        assert reply.parts <= book.always.parts, reply.shown
    if turn.wait is None and turn.session.channel is Channel.SMS:
        assert turn.session.at == ""


@pytest.mark.parametrize("locale", ["en", "ur", "pa_Arab", "ur_Latn"])
def test_every_step_answers_everything_a_person_can_do(stage: Stage, locale: str) -> None:
    places = ["", *(name for name, step in stage.book.steps.items() if isinstance(step, Waiting))]
    for channel in Channel if locale in SPOKEN.values() else (Channel.SMS,):
        events: tuple[Event, ...] = (
            tuple(Said(text) for text in TEXTS)
            if channel is Channel.SMS
            else (*(Keyed(key) for key in KEYS), Keyed("2567"), Keyed("99999"), Silence(), HungUp(), Started())
        )
        for place in places:
            for misses in (0, 1):
                session = Session(
                    locale, channel, at=place, facts=FACTS, rows=_rows(place), misses=misses, offered=True, known=True
                )
                for event in events:
                    _check(stage.book, session, stage.hear(session, event, NOW), event)


def _rows(place: str) -> tuple[Row, ...]:
    """What was found before the person came to this place."""
    return DAYS if place == "departure.checked.two" else ROWS


_SMS = st.one_of(st.sampled_from(TEXTS[:-3]), st.text(max_size=40)).map(Said)
_VOICE = st.one_of(st.sampled_from(KEYS).map(Keyed), st.from_regex(r"\A[0-9]{1,5}\Z").map(Keyed), st.just(Silence()))


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(_SMS, min_size=1, max_size=12), locale=st.sampled_from(["en", "ur", "pa_Arab", "ur_Latn"]))
def test_no_walk_by_sms_ends_without_an_answer(stage: Stage, events: list[Event], locale: str) -> None:
    session = Session(locale, Channel.SMS)
    for event in events:
        reply = stage.hear(restore(dump(session)), event, NOW)
        _check(stage.book, session, reply, event)
        session = reply.turn.session


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(_VOICE, min_size=1, max_size=15), known=st.booleans())
def test_no_walk_by_voice_ends_without_an_answer(stage: Stage, events: list[Event], known: bool) -> None:
    session = Session("ur", Channel.VOICE, known=known)
    for event in (Started(), *events):
        reply = stage.hear(restore(dump(session)), event, NOW)
        _check(stage.book, session, reply, event)
        session = reply.turn.session
        if reply.turn.wait is None:
            return


def test_a_call_in_which_nothing_is_pressed_ends_after_at_most_six_silences(stage: Stage) -> None:
    reply = stage.hear(Session("ur", Channel.VOICE), Started(), NOW)
    silences = 0
    while reply.turn.wait is not None:
        reply = stage.hear(reply.turn.session, Silence(), NOW)
        silences += 1
        assert silences <= 6


def test_a_session_at_a_plain_menu_is_small(stage: Stage) -> None:
    session = replace(Session("pa_Arab", Channel.SMS), known=True, offered=True)
    reply = stage.hear(session, Said("MENU"), NOW)
    assert len(dump(reply.turn.session)) <= 600
