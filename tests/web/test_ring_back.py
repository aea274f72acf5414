"""A missed call, from handset to handset: busy at once, then the hotline rings, once and free for the caller."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import redis

from hotline.domain.keeping import CALL_BACK
from hotline.flow.render import fragments
from hotline.memory.client import connect_patient
from hotline.memory.embedded import EmbeddedRedis
from hotline.memory.jobs import Bell, worker
from hotline.pocket.calls import Call
from hotline.pocket.faults import Fault
from hotline.pocket.rest import rest_blueprint
from hotline.service.ring_back import AGAIN, RING
from hotline.settings import ROOT, load_settings
from hotline.store import cases
from hotline.store.schema import inbound
from tests.people_met import number_of_case
from tests.web import running as running_module
from tests.web.running import NUMBER, Running, call, publish_agencies, running
from tests.web.test_voice import Ear, told
from workers import tasks

LANGUAGES = (("1", "ur"), ("2", "pa_Arab"), ("3", "en"))


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's configuration, with a number that is not answered."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    lahore = tmp_path / "config/districts/lahore.toml"
    written = lahore.read_text(encoding="utf-8")
    assert 'entry = "answer"' in written
    lahore.write_text(written.replace('entry = "answer"', 'entry = "call_back"'), encoding="utf-8")
    monkeypatch.setattr(running_module, "load_settings", partial(load_settings, root=tmp_path))
    monkeypatch.setattr(tasks, "FREE_SECONDS", 0.0)


@contextmanager
def opened(folder: Path, url: str, redis_url: str, **environ: str) -> Iterator[Running]:
    with running(folder, url, redis_url, **environ) as started:
        started.app.register_blueprint(rest_blueprint(started.carrier))
        publish_agencies(started.house)
        yield started


@pytest.fixture
def missing(
    config: None, database_url: str, redis_server: EmbeddedRedis, redis_inside: redis.Redis, tmp_path: Path
) -> Iterator[Running]:
    """A hotline that answers no call, on SQLite and on PostgreSQL."""
    with opened(tmp_path / "var", database_url, redis_server.url) as started:
        yield started


@pytest.fixture
def unconnected(
    config: None, sqlite_url: str, redis_server: EmbeddedRedis, redis_inside: redis.Redis, tmp_path: Path
) -> Iterator[Running]:
    """A hotline whose provider's address nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with opened(tmp_path / "var", sqlite_url, redis_server.url, TWILIO_API_BASE=nobody) as started:
        yield started


@pytest.fixture
def work(redis_server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> Callable[[Running], None]:
    """Let a real worker run what waits, in the house of a hotline."""

    def run(hotline: Running) -> None:
        monkeypatch.setattr(tasks, "_house", lambda: hotline.house)
        with connect_patient(redis_server.url) as connection:
            worker(connection).work(burst=True, logging_level="WARNING")

    return run


def rung(hotline: Running, person: str) -> list[Call]:
    """The calls that rang this handset."""
    return [one for one in hotline.carrier.calls_of(person) if one.ring.direction == "outbound-api"]


def waits(hotline: Running, kind: str) -> list[str]:
    """The numbers of open cases."""
    return [number_of_case(hotline.house.vault, case) for case in cases.open_cases(hotline.house.database, kind=kind)]


def test_a_missed_call_is_rung_back_and_begins_with_the_language(
    missing: Running, work: Callable[[Running], None], person: str
) -> None:
    first = missing.carrier.missed_call(person)
    assert (first.status, first.answered, [sound.kind for sound in first.heard]) == ("busy", None, ["reject"])
    assert (rung(missing, person), waits(missing, RING)) == ([], [person])
    work(missing)
    (ringing,) = rung(missing, person)
    assert (ringing.ring.number, ringing.status) == (NUMBER, "ringing")
    assert (waits(missing, RING), waits(missing, CALL_BACK)) == ([], [])
    ringing.answer()
    ear = Ear(missing, ringing)
    words = ear.words()
    for key, locale in LANGUAGES:
        (piece,) = fragments(missing.house.book.texts[locale][f"welcome.choose.{key}#voice"])
        assert any(piece in clip for clip in words), key
    ringing.press("2")
    assert ear.hears("main.menu#menu", "pa_Arab")
    missing.hang_up(ringing)
    assert missing.count("ring_back", "made") == 1
    assert missing.count("broken") == 0


def test_the_same_webhook_five_times_is_one_call(
    missing: Running, work: Callable[[Running], None], person: str
) -> None:
    form = call(person, CallStatus="ringing")
    answers = {missing.post("/twilio/voice", form).body for _ in range(5)}
    assert len(answers) == 1
    assert b"<Reject" in answers.pop()
    work(missing)
    missing.clock.forward(minutes=30)
    missing.post("/twilio/voice", form)
    work(missing)
    assert len(rung(missing, person)) == 1
    assert len(missing.rows(inbound)) == 1


def test_two_workers_ring_once(missing: Running, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_house", lambda: missing.house)
    missing.carrier.missed_call(person)
    (case,) = cases.open_cases(missing.house.database, kind=RING)
    seen = missing.house.ring_back.waiting(case.id)
    assert seen is not None
    tasks.ring_back(case.id)
    assert missing.house.ring_back.claim(seen, missing.clock()) is None, "it looked before the other took it"
    tasks.ring_back(case.id)
    assert len(rung(missing, person)) == 1


@pytest.mark.parametrize(("fault", "rings"), [(Fault.DOWN, 0), (Fault.BUSY, 0), (Fault.BROKEN, 1), (Fault.CUT, 1)])
def test_whom_the_provider_does_not_surely_ring_a_counsellor_rings(
    missing: Running, work: Callable[[Running], None], person: str, fault: Fault, rings: int
) -> None:
    missing.carrier.missed_call(person)
    missing.carrier.faults.next(fault)
    work(missing)
    assert (waits(missing, RING), waits(missing, CALL_BACK)) == ([], [person])
    assert missing.count("ring_back", "not_taken") == 1
    tasks.sweep_ring_backs()
    work(missing)
    assert len(rung(missing, person)) == rings, "it is never tried a second time"


def test_a_provider_that_takes_no_connection_leaves_a_counsellors_case(
    unconnected: Running, work: Callable[[Running], None], person: str
) -> None:
    unconnected.carrier.missed_call(person)
    work(unconnected)
    assert (waits(unconnected, RING), waits(unconnected, CALL_BACK)) == ([], [person])
    assert unconnected.count("ring_back", "not_taken") == 1


@pytest.mark.parametrize("sender", ["anonymous", "+266696687", "+18765551234", "8080", NUMBER])
def test_nobody_else_is_rung(missing: Running, work: Callable[[Running], None], sender: str) -> None:
    assert b"<Reject" in missing.post("/twilio/voice", call(sender, CallStatus="ringing")).body
    work(missing)
    assert not [one for one in missing.carrier.all_calls() if one.ring.direction == "outbound-api"]
    assert (waits(missing, RING), waits(missing, CALL_BACK)) == ([], [])


@pytest.mark.parametrize("declined", [True, False])
def test_whom_our_call_does_not_reach_is_rung_once_more_a_quarter_of_an_hour_later(
    missing: Running, work: Callable[[Running], None], person: str, monkeypatch: pytest.MonkeyPatch, declined: bool
) -> None:
    def nobody() -> None:
        ringing = rung(missing, person)[-1]
        ringing.refuse() if declined else ringing.end("no-answer")
        assert missing.carrier.settle()

    def after(minutes: float) -> int:
        missing.clock.forward(minutes=minutes)
        monkeypatch.setattr(tasks, "_house", lambda: missing.house)
        tasks.sweep_ring_backs()
        work(missing)
        return len(rung(missing, person))

    missing.carrier.missed_call(person)
    work(missing)
    nobody()
    assert [after(1), after(13)] == [1, 1]
    assert after(2) == 2
    nobody()
    assert [after(16), after(60), after(24 * 60)] == [2, 2, 2]
    assert (missing.count("ring_back", "made"), missing.count("ring_back", "nobody_twice")) == (2, 1)
    assert waits(missing, CALL_BACK) == []
    assert missing.count("broken") == 0


def test_a_call_that_was_answered_is_not_made_again(
    missing: Running, work: Callable[[Running], None], person: str
) -> None:
    missing.carrier.missed_call(person)
    work(missing)
    (ringing,) = rung(missing, person)
    ringing.answer()
    missing.hang_up(ringing)
    assert missing.carrier.settle()
    assert waits(missing, AGAIN) == []


def test_without_redis_the_caller_hears_busy_and_is_rung_when_it_is_back(
    config: None, sqlite_url: str, tmp_path: Path, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server, opened(tmp_path / "var", sqlite_url, server.url) as hotline:
        server.stop()
        assert hotline.carrier.missed_call(person).status == "busy"
        server.start()
        monkeypatch.setattr(tasks, "_house", lambda: hotline.house)
        assert Bell(hotline.house.bells).ring("sweep_ring_backs")
        with connect_patient(server.url) as connection:
            worker(connection).work(burst=True, logging_level="WARNING")
        assert len(rung(hotline, person)) == 1


def test_a_call_that_was_cut_off_goes_on_when_the_hotline_rings_back(
    missing: Running, work: Callable[[Running], None], person: str
) -> None:
    def ring_back() -> Call:
        missing.carrier.missed_call(person)
        assert missing.carrier.settle()
        work(missing)
        ringing = rung(missing, person)[-1]
        ringing.answer()
        return ringing

    ringing = ring_back()
    ringing.press("2")
    ringing.press("1")
    missing.hang_up(ringing)
    missing.clock.forward(minutes=6)
    again = ring_back()
    assert told(missing, Ear(missing, again).words(), "welcome.cut_off#menu", "pa_Arab")
