"""What people sent while no webhook reached us is fetched from the provider and answered once, by a message."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
from sqlalchemy import select

from hotline.channels.base import Inbound
from hotline.channels.twilio import rest
from hotline.domain.delivery import Priority, State
from hotline.domain.keeping import CALL_BACK, bound
from hotline.errors import SendError
from hotline.memory.client import connect_patient
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.jobs import Bell, worker
from hotline.pocket.rest import rest_blueprint
from hotline.store import cases
from hotline.store.own import consents
from hotline.store.reach import deliveries
from hotline.store.schema import inbound, not_understood
from hotline.store.schema import people as people_table
from tests.people_met import detail_of_case, is_stopped, number_of_case
from tests.web.running import NUMBER, Running, publish_agencies, running
from tests.web.test_outage import closed
from workers import tasks

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

OTHER = "+924238111111"
"""A number of the account that leads to us, and stands in no file of config/districts."""


@pytest.fixture
def back(
    database_url: str,
    redis_server: EmbeddedRedis,
    redis_inside: redis.Redis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Running]:
    """A hotline that can ask its provider, on SQLite and on PostgreSQL; it has asked once, a moment ago."""
    with running(tmp_path / "var", database_url, redis_server.url) as started:
        started.app.register_blueprint(rest_blueprint(started.carrier))
        publish_agencies(started.house)
        monkeypatch.setattr(tasks, "_house", lambda: started.house)
        tasks.catch_up()
        yield started


@contextmanager
def down(hotline: Running) -> Iterator[None]:
    """No webhook gets through: the proxy in front has nobody to ask. The provider itself goes on."""
    behind: WSGIApplication = hotline.app.wsgi_app

    def away(environ, start):  # type: ignore[no-untyped-def]
        if not environ["PATH_INFO"].startswith("/twilio/"):
            return behind(environ, start)
        start("503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b""]

    hotline.app.wsgi_app = away  # type: ignore[method-assign]
    yield
    hotline.app.wsgi_app = behind  # type: ignore[method-assign]


@contextmanager
def asked(hotline: Running) -> Iterator[list[str]]:
    """The pages of the list that were asked for."""
    behind: WSGIApplication = hotline.app.wsgi_app
    pages: list[str] = []

    def listens(environ, start):  # type: ignore[no-untyped-def]
        pages.append(environ["QUERY_STRING"])
        return behind(environ, start)

    hotline.app.wsgi_app = listens  # type: ignore[method-assign]
    yield pages
    hotline.app.wsgi_app = behind  # type: ignore[method-assign]


@contextmanager
def unavailable(hotline: Running) -> Iterator[None]:
    """The database keeps nothing: PostgreSQL refuses everybody, SQLite's file has another writer who never ends."""
    database = hotline.house.database
    if database.dialect == "postgresql":
        with closed(database.engine.url.render_as_string(hide_password=False)):
            yield
        return
    with sqlite3.connect(database.engine.url.database or "", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    other.close()


def lost(hotline: Running, person: str, words: str) -> str:
    """A text nobody took; its sid."""
    exchange = hotline.carrier.text(person, words)
    assert exchange.trouble
    assert not exchange.replies
    return exchange.sid


def later(hotline: Running, **much: float) -> None:
    """After a while the provider is asked."""
    hotline.clock.forward(**much or {"minutes": 1})
    tasks.catch_up()


def waiting(hotline: Running, person: str = "") -> list[str]:
    """The texts of the messages that wait to leave, to one person or to all, in the order of what they answer."""
    vault = hotline.house.vault
    wanted = select(deliveries, people_table.c.number_index).join(
        people_table, people_table.c.id == deliveries.c.person_id
    )
    with hotline.house.database.reading() as connection:
        rows = connection.execute(wanted).all()
    order = [f"reply:{row.external_id}" for row in hotline.rows(inbound)]
    return [
        vault.open("delivery", row.text_sealed, bound("deliveries", "text", row.id)).decode()
        for row in sorted(rows, key=lambda row: order.index(row.part_of))
        if not person or row.number_index == vault.index("number", person)
    ]


def test_each_text_is_answered_once_however_often_and_by_how_many_it_is_fetched(
    back: Running, someone: Callable[[], str]
) -> None:
    persons = [someone() for _ in range(12)]
    with down(back):
        sids = {lost(back, person, words) for person in persons for words in ("CHECK 4859", "CHECK 1111")}
    assert (len(back.rows(inbound)), waiting(back)) == (0, [])
    back.clock.forward(minutes=1)
    with ThreadPoolExecutor(4) as pool:
        for ended in [pool.submit(tasks.catch_up) for _ in range(4)]:
            ended.result()
    for _ in range(2):
        later(back)
    assert {row.external_id for row in back.rows(inbound)} == sids
    assert len(back.rows(inbound)) == len(sids)
    twin = someone()
    # The line about languages stands under whichever was answered first.
    wanted = {back.text(twin, words).splitlines()[0] for words in ("CHECK 4859", "CHECK 1111")}
    for person in persons:
        answers = waiting(back, person)
        assert len(answers) == 2
        assert {answer.splitlines()[0] for answer in answers} == wanted, "as its webhook would have answered"
    for row in back.rows(deliveries):
        assert (row.state, row.priority, row.topic, row.sender) == (State.QUEUED, Priority.REPLY, "", NUMBER)
        assert row.part_of.removeprefix("reply:") in sids
        assert row.deadline_at - row.due_at == timedelta(hours=24)
        assert row.parts >= 1


def test_a_webhook_at_the_same_moment_and_a_fetch_are_one_answer(back: Running, someone: Callable[[], str]) -> None:
    with down(back):
        sids = [lost(back, someone(), "CHECK 4859") for _ in range(20)]
    back.clock.forward(minutes=1)
    with ThreadPoolExecutor(5) as pool:
        fetching = pool.submit(tasks.catch_up)
        bodies = dict(zip(sids, pool.map(lambda sid: back.carrier.replay(sid).body, reversed(sids)), strict=True))
        fetching.result()
    by_webhook = {sid for sid, body in zip(reversed(sids), bodies.values(), strict=True) if b"<Message>" in body}
    by_message = {row.part_of.removeprefix("reply:") for row in back.rows(deliveries)}
    assert not by_webhook & by_message
    assert by_webhook | by_message == set(sids)
    assert len(back.rows(inbound)) == len(sids)


def test_a_webhook_that_comes_after_the_fetch_says_nothing(
    back: Running, person: str, redis_inside: redis.Redis
) -> None:
    with down(back):
        sid = lost(back, person, "CHECK 4859")
    later(back)
    assert b"<Message>" not in back.carrier.replay(sid).body
    redis_inside.flushall()
    assert b"<Message>" not in back.carrier.replay(sid).body
    assert len(waiting(back)) == 1


def test_a_conversation_goes_on_where_it_was(back: Running, person: str) -> None:
    assert back.shows(back.text(person, "CHECK"), "licence.which#say", "en")
    with down(back):
        lost(back, person, "Chiragh Overseas Employment")
        back.clock.forward(seconds=1)
        lost(back, person, "1")
    later(back)
    first, second = waiting(back, person)
    assert "4859/LHR" in first
    assert back.shows(second, "licence.which#say", "en"), "key 1 after a verdict checks another"
    assert "Sitara" in back.text(person, "1111")


def test_what_was_written_since_is_another_conversation_which_stays_where_it_is(back: Running, person: str) -> None:
    back.text(person, "CHECK 4859")
    back.clock.forward(seconds=1)
    with down(back):
        lost(back, person, "1")
    back.clock.forward(seconds=1)
    assert back.shows(back.text(person, "COUNSELLOR"), "counsellor.offer#menu", "en")
    later(back)
    assert not cases.open_cases(back.house.database), "1 was no answer to the question that was asked since"
    assert len(waiting(back, person)) == 1
    assert back.shows(back.text(person, "1"), "counsellor.leave.done#say", "en"), "which waits for its answer"
    assert len(cases.open_cases(back.house.database)) == 1


def test_a_stop_sent_while_we_were_down_acts_and_a_start_after_it_counts(
    back: Running, someone: Callable[[], str]
) -> None:
    stopped, started = someone(), someone()
    for one in (stopped, started):
        back.text(one, "CHECK 4859")
    back.clock.forward(seconds=1)
    with down(back):
        for one in (stopped, started):
            lost(back, one, "STOP")
    back.clock.forward(seconds=1)
    back.text(started, "START")
    later(back)
    vault, database = back.house.vault, back.house.database
    assert is_stopped(database, vault.indexes("number", stopped))
    assert not is_stopped(database, vault.indexes("number", started))
    assert len(back.rows(consents)) == 3, "each is kept as proof"
    assert len(waiting(back, stopped)) == 1, "and confirmed"


def test_a_number_no_district_names_is_asked_for_too(back: Running, person: str) -> None:
    """Its texts are answered, by the default centre: so they are missed as any others."""
    with down(back):
        assert back.carrier.text(person, "CHECK 4859", OTHER).trouble
    later(back)
    (answer,) = waiting(back, person)
    assert "4859/LHR" in answer
    (row,) = back.rows(deliveries)
    assert row.sender == OTHER, "from the number that was asked"


def test_words_older_than_a_day_are_a_counsellors_case_and_an_old_stop_acts(
    back: Running, someone: Callable[[], str]
) -> None:
    asks, stops = someone(), someone()
    with down(back):
        lost(back, asks, "CHECK 4859")
        lost(back, stops, "STOP")
    for _ in range(2):
        later(back, hours=25)
    vault, database = back.house.vault, back.house.database
    (case,) = cases.open_cases(database, kind=CALL_BACK)
    assert number_of_case(vault, case) == asks
    assert detail_of_case(vault, case) == "CHECK 4859"
    assert is_stopped(database, vault.indexes("number", stops))
    assert waiting(back) == []
    assert len(back.rows(inbound)) == 2


def test_a_text_that_may_still_be_under_way_is_let_be_for_a_moment(back: Running, person: str) -> None:
    with down(back):
        lost(back, person, "CHECK 4859")
    later(back, seconds=19)
    assert not back.rows(inbound)
    later(back, seconds=2)
    assert len(waiting(back)) == 1


def test_what_came_in_before_we_ever_asked_was_never_ours(
    fresh_hotline: Running, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh_hotline.app.register_blueprint(rest_blueprint(fresh_hotline.carrier))
    monkeypatch.setattr(tasks, "_house", lambda: fresh_hotline.house)
    with down(fresh_hotline):
        lost(fresh_hotline, person, "CHECK 4859")
        fresh_hotline.clock.forward(minutes=90)
        sid = lost(fresh_hotline, person, "CHECK 1111")
    later(fresh_hotline)
    assert [row.external_id for row in fresh_hotline.rows(inbound)] == [sid]


def test_a_long_list_comes_in_pages_and_no_longer_than_it_must(
    back: Running, someone: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "PAGE", 4)
    with down(back):
        for _ in range(40):
            lost(back, someone(), "CHECK 4859")
    later(back, hours=2)
    with down(back):
        sids = {lost(back, someone(), "CHECK 4859") for _ in range(11)}
    with asked(back) as pages:
        found = back.house.channel.received(NUMBER, back.clock() - timedelta(minutes=1))
    assert {one.id for one in found} == sids
    assert len(pages) == 3, "the older ones of the same day were not fetched"
    later(back)
    assert len(waiting(back)) == 51


def test_a_database_that_fails_in_the_middle_loses_and_doubles_nothing(
    back: Running, someone: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with down(back):
        sids = {lost(back, someone(), "CHECK 4859") for _ in range(6)}
    back.clock.forward(minutes=1)
    answer, answered = back.house.converse.answer, 0

    def fails(channel: object, event: Inbound, now: object) -> bytes:
        nonlocal answered
        answered += 1
        if answered == 4:
            with unavailable(back):
                return answer(channel, event, now)  # type: ignore[arg-type]
        return answer(channel, event, now)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(back.house.converse, "answer", fails)
        tasks.catch_up()
    assert len(back.rows(inbound)) == 3
    assert len(back.house.spool) == 0
    later(back)
    assert {row.external_id for row in back.rows(inbound)} == sids
    assert len(waiting(back)) == 6


def test_a_text_our_code_fails_on_gets_an_apology_and_keeps_no_other_waiting(
    back: Running, someone: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, other = someone(), someone()
    with down(back):
        lost(back, poison, "CHECK 4859")
        back.clock.forward(seconds=1)
        lost(back, other, "CHECK 4859")
    answer = back.house.converse.answer

    def breaks(channel: object, event: Inbound, now: object) -> bytes:
        if event.sender == poison:
            raise ZeroDivisionError
        return answer(channel, event, now)  # type: ignore[arg-type]

    monkeypatch.setattr(back.house.converse, "answer", breaks)
    for _ in range(2):
        later(back)
    assert "4859/LHR" in "".join(waiting(back, other))
    assert len(waiting(back, other)) == 1
    assert len(cases.open_cases(back.house.database)) == 1, "a counsellor looks at it"
    assert len(back.rows(inbound)) == 2


def test_a_provider_that_cannot_be_asked_is_asked_for_the_same_again(
    back: Running, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with down(back):
        lost(back, person, "CHECK 4859")

    def refuses(number: str, since: object) -> list[Inbound]:
        raise SendError("connect", retry=True)

    with monkeypatch.context() as patched:
        patched.setattr(back.house.channel, "received", refuses)
        later(back, hours=3)
    assert not back.rows(inbound)
    later(back)
    assert len(waiting(back)) == 1


def test_what_waits_on_the_disk_was_answered_and_is_not_answered_again(
    back: Running, person: str, redis_inside: redis.Redis
) -> None:
    with unavailable(back):
        back.text(person, "STOP")
    redis_inside.flushall()
    later(back, hours=2)
    assert not back.rows(inbound)
    assert back.house.spool.drain(back.house.database) == 1
    later(back)
    assert waiting(back) == []
    assert len(back.rows(inbound)) == 1


@pytest.mark.parametrize("sender", ["JAZZ", "8080", NUMBER, "anonymous"])
def test_nobody_who_cannot_be_written_to_gets_a_message(back: Running, sender: str) -> None:
    with down(back):
        lost(back, sender, "CHECK 4859")
    later(back)
    later(back, hours=25)
    assert not back.rows(deliveries)
    assert len(back.rows(inbound)) == 1
    assert not cases.open_cases(back.house.database)


def test_a_ring_lets_a_worker_catch_up(back: Running, person: str, redis_server: EmbeddedRedis) -> None:
    with down(back):
        lost(back, person, "zorblax nonsense")
    back.clock.forward(minutes=1)
    with connect_patient(redis_server.url) as connection:
        Bell(connection).ring("catch_up")
        worker(connection).work(burst=True, logging_level="WARNING")
    assert len(waiting(back)) == 1
    assert back.count("caught_up") == 1
    assert len(back.rows(not_understood)) == 1, "and staff read what it was"
