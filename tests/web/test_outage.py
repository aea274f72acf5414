"""A part of the house is away: people are answered, nothing they sent is lost, and afterwards all is as before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from hotline.domain.keeping import bound
from hotline.errors import MemoryDown, SettingError
from hotline.house import House
from hotline.memory.embedded import EmbeddedRedis
from hotline.service.ports.base import Answer
from hotline.settings import load_settings
from hotline.store import cases
from hotline.store.schema import inbound, not_understood, people, suppressions
from hotline.web.wsgi import open_house
from tests.channels.twiml_subset import check
from tests.people_met import number_of_case
from tests.web.running import DATA_KEYS, Running, call, publish_agencies, running, sms
from tests.web.test_voice import Ear

# --- Redis ---


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A server that may be stopped."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def house_of_two(own_redis: EmbeddedRedis, sqlite_url: str, tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "var", sqlite_url, own_redis.url) as started:
        publish_agencies(started.house)
        yield started


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that will happen."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen")


def remembers(hotline: Running) -> bool:
    """Whether the hotline has Redis again: one that failed is not asked again at once."""
    try:
        return hotline.house.redis.call("PING") is not None
    except MemoryDown:
        return False


def test_without_redis_words_and_checks_are_answered_and_the_conversation_goes_on(
    house_of_two: Running, own_redis: EmbeddedRedis, person: str
) -> None:
    hotline = house_of_two
    hotline.text(person, "PUNJABI")
    hotline.text(person, "CHECK 2567")
    own_redis.stop()
    assert hotline.shows(hotline.text(person, "2"), "licence.verdict.barred#say", "pa_Arab")
    assert hotline.shows(hotline.text(person, "1"), "licence.which#say", "pa_Arab")
    assert hotline.shows(hotline.text(person, "4859"), "licence.verdict.valid#say", "pa_Arab")
    assert hotline.shows(hotline.text(person, "STOP"), "consent.stop.done#say", "pa_Arab")
    assert [row.stopped for row in hotline.rows(suppressions)] == [True]
    hotline.text(person, "menu")
    own_redis.start()
    until(lambda: remembers(hotline))
    with redis.Redis.from_url(own_redis.url) as inside:
        inside.flushall()
        hotline.text(person, "menu")
        assert hotline.shows(hotline.text(person, "1"), "licence.which#say", "pa_Arab")
        assert len(inside.keys("turn:*")) == 1


def test_without_redis_a_call_goes_on(house_of_two: Running, own_redis: EmbeddedRedis, person: str) -> None:
    ringing = house_of_two.ring(person, "2")
    ear = Ear(house_of_two, ringing)
    ear.words()
    own_redis.stop()
    ringing.press("1")
    assert ear.hears("licence.which#voice", "pa_Arab")
    ringing.press("4859#")
    assert ear.hears("licence.verdict.valid#voice", "pa_Arab")


def test_without_redis_a_message_is_still_answered_once(
    house_of_two: Running, own_redis: EmbeddedRedis, someone: Callable[[], str]
) -> None:
    hotline, person = house_of_two, someone()
    hotline.text(person, "COUNSELLOR")
    form = sms(person, "1")
    own_redis.stop()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: hotline.post("/twilio/sms", form), range(10)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert len(hotline.rows(inbound)) == 2
    assert len(cases.open_cases(hotline.house.database)) == 1


def test_without_redis_a_crowd_is_answered_and_one_person_is_not_answered_without_end(
    house_of_two: Running, own_redis: EmbeddedRedis, someone: Callable[[], str]
) -> None:
    hotline = house_of_two
    own_redis.stop()
    crowd = [someone() for _ in range(60)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda person: hotline.text(person, "CHECK 4859"), crowd))
    assert all("Chiragh" in answer for answer in answers)
    many = [hotline.text(crowd[0], "CHECK 1111") for _ in range(21)]
    assert all(many[:19])
    assert hotline.shows(many[19], "always.busy#say", "en")
    assert many[20] == ""


# --- the database ---


@contextmanager
def away(hotline: Running) -> Iterator[None]:
    """The database refuses everybody, those who are connected too."""
    url = hotline.house.settings.database_url
    if url.startswith("postgresql"):
        with closed(url):
            yield
        return
    folder = Path(str(make_url(url).database)).parent
    hidden = folder.with_name("hidden")
    hotline.house.database.close()
    folder.rename(hidden)
    try:
        yield
    finally:
        hidden.rename(folder)


@contextmanager
def closed(url: str) -> Iterator[None]:
    """A PostgreSQL database that refuses everybody, those who are connected too."""
    own = make_url(url)
    engine = create_engine(own.set(database="postgres"), isolation_level="AUTOCOMMIT")
    connected = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
    try:
        with engine.connect() as outside:
            outside.execute(text(f"ALTER DATABASE {own.database} ALLOW_CONNECTIONS false"))
            outside.execute(connected, {"name": own.database})
            try:
                yield
            finally:
                outside.execute(text(f"ALTER DATABASE {own.database} ALLOW_CONNECTIONS true"))
    finally:
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def hotline_of_its_own(
    request: pytest.FixtureRequest, redis_server: EmbeddedRedis, redis_inside: redis.Redis, tmp_path: Path
) -> Iterator[Running]:
    """As `fresh_hotline`, with the SQLite file in a folder that can be taken away."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    if request.param == "sqlite":
        (tmp_path / "disk").mkdir()
        file = (tmp_path / "hotline.db").rename(tmp_path / "disk" / "hotline.db")
        url = f"sqlite:///{file}"
    with running(tmp_path / "var", url, redis_server.url) as started:
        publish_agencies(started.house)
        yield started


def test_without_the_database_each_is_told_so_in_their_language_and_nothing_is_lost(
    hotline_of_its_own: Running, someone: Callable[[], str]
) -> None:
    hotline, known, stranger = hotline_of_its_own, someone(), someone()
    hotline.text(known, "PUNJABI")
    with away(hotline):
        assert hotline.shows(hotline.text(known, "CHECK 4859"), "always.sorry#say", "pa_Arab")
        assert hotline.shows(hotline.text(stranger, "کیا ۴۸۵۹ کی ایجنسی ٹھیک ہے"), "always.sorry#say", "ur")
        assert hotline.shows(hotline.text(known, "menu"), "main.menu#menu", "pa_Arab")
        assert hotline.shows(hotline.text(stranger, "STOP"), "consent.stop.done#say", "ur")
        assert hotline.shows(hotline.text(known, "zorblax wumpus"), "always.not_understood#say", "pa_Arab")
        assert len(hotline.house.spool) == 5
        assert hotline.count("store_down") > 0
        state = hotline.house.state()
        assert (state.ready, state.database, state.redis) == (False, False, True)
    assert hotline.house.spool.drain(hotline.house.database) == 5
    assert len(hotline.house.spool) == 0
    rows = hotline.rows(inbound)
    vault = hotline.house.vault
    place = [(row.provider, row.external_id) for row in rows]
    texts = [
        vault.open("text", row.text_sealed, bound("inbound", "text", *at)).decode()
        for row, at in zip(rows, place, strict=True)
    ]
    assert texts == ["PUNJABI", "CHECK 4859", "کیا ۴۸۵۹ کی ایجنسی ٹھیک ہے", "menu", "STOP", "zorblax wumpus"]
    assert [row.stopped for row in hotline.rows(suppressions)] == [True]
    assert len(hotline.rows(not_understood)) == 1
    assert hotline.shows(hotline.text(known, "CHECK 4859"), "licence.verdict.valid#say", "pa_Arab")


def test_without_the_database_a_caller_hears_an_apology_and_is_let_go(hotline_of_its_own: Running, person: str) -> None:
    hotline = hotline_of_its_own
    ringing = hotline.ring(person, "2", "1")
    ear = Ear(hotline, ringing)
    ear.words()
    with away(hotline):
        ringing.press("4859#")
        assert ear.hears("always.sorry_call#say", "pa_Arab")
        assert ringing.status == "completed"
        assert hotline.carrier.settle()
    hotline.house.spool.drain(hotline.house.database)
    assert [row.external_id.rpartition(":")[2] for row in hotline.rows(inbound)] == ["0", "1", "2", "3", "end"]


def test_a_message_that_comes_twice_while_the_database_is_away_is_stored_once(
    hotline_of_its_own: Running, redis_inside: redis.Redis, person: str
) -> None:
    hotline = hotline_of_its_own
    form = sms(person, "STOP")
    with away(hotline):
        first = hotline.post("/twilio/sms", form)
        assert hotline.post("/twilio/sms", form).body == first.body
        assert len(hotline.house.spool) == 1
        redis_inside.flushall()
        assert hotline.post("/twilio/sms", form).body == first.body
        assert len(hotline.house.spool) == 2
    assert hotline.house.spool.drain(hotline.house.database) == 2
    assert len(hotline.rows(inbound)) == 1
    assert len(hotline.rows(people)) == 1


def test_what_can_be_kept_nowhere_is_answered_503_and_the_provider_asks_elsewhere(
    hotline_of_its_own: Running, person: str
) -> None:
    hotline = hotline_of_its_own
    spool = hotline.house.settings.folder / "spool"
    form = sms(person, "CHECK 4859")
    with away(hotline):
        spool.rename(spool.with_name("full"))
        answer = hotline.post("/twilio/sms", form)
        assert (answer.status, answer.body) == (503, b"")
        assert hotline.post("/twilio/voice", call(person)).status == 503
        exchange = hotline.carrier.text(person, "menu")
        assert (exchange.trouble, exchange.replies) == (11200, ())
        spool.with_name("full").rename(spool)
    assert hotline.count("not_kept") == 4
    # Nothing was promised, so the provider may ask again and is answered in full.
    again = hotline.post("/twilio/fallback", [*form, ("ErrorCode", "11200"), ("ErrorUrl", f"{hotline.url}/twilio/sms")])
    assert hotline.shows(again.text, "licence.verdict.valid#say", "en")


def test_without_database_and_redis_a_text_gets_one_clear_sentence(
    own_redis: EmbeddedRedis, sqlite_url: str, tmp_path: Path, someone: Callable[[], str]
) -> None:
    with running(tmp_path / "var", sqlite_url, own_redis.url) as hotline:
        own_redis.stop()
        file = Path(str(make_url(sqlite_url).database))
        hotline.house.database.close()
        file.rename(tmp_path / "gone")
        file.mkdir()
        assert hotline.shows(hotline.text(someone(), "CHECK 4859"), "always.sorry#say", "en")
        assert hotline.shows(hotline.text(someone(), "show me the menu please"), "main.menu#menu", "en")
        for document in hotline.documents:
            check(document)
        assert len(hotline.house.spool) == 2
        assert hotline.send("GET", "/health/live").status == 200
        assert hotline.send("GET", "/health/ready").status == 503


# --- our own mistakes, and the start ---


def mistaken(*_: object) -> Answer:
    raise ZeroDivisionError("+923001234567 asked for something")


def test_a_mistake_of_ours_is_an_apology_and_a_case_and_the_event_is_kept(
    hotline: Running, someone: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(hotline.house.converse.needs.ports, "agency", mistaken)  # type: ignore[arg-type]
    writer, caller, broken = someone(), someone(), hotline.count("broken", "ZeroDivisionError")
    assert hotline.shows(hotline.text(writer, "یہ ایجنسی ۴۸۵۹ کیا ہے"), "always.sorry#say", "ur")
    ringing = hotline.ring(caller, "3", "1", "4859#")
    assert Ear(hotline, ringing).hears("always.sorry_call#say", "en")
    assert ringing.status == "completed"
    assert hotline.count("broken", "ZeroDivisionError") == broken + 2
    vault = hotline.house.vault
    waiting = cases.open_cases(hotline.house.database)
    numbers = {number_of_case(vault, case) for case in waiting}
    assert numbers == {writer, caller}
    assert hotline.carrier.settle()
    assert len(hotline.rows(inbound)) == 6


def test_a_mistake_that_can_be_kept_nowhere_promises_nothing(
    hotline_of_its_own: Running, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotline = hotline_of_its_own
    monkeypatch.setitem(hotline.house.converse.needs.ports, "agency", mistaken)  # type: ignore[arg-type]
    spool = hotline.house.settings.folder / "spool"
    with away(hotline):
        spool.rename(spool.with_name("full"))
        answer = hotline.post("/twilio/sms", sms(person, "CHECK 4859"))
    assert (answer.status, answer.body) == (503, b"")


def test_a_mistake_in_the_apology_too_is_no_stack_trace(
    hotline: Running, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotline.house.converse.needs.vault, "seal", mistaken)
    answer = hotline.post("/twilio/sms", sms(person, "CHECK 4859"))
    assert (answer.status, answer.body) == (503, b"")


def test_a_house_that_could_keep_nothing_in_an_outage_does_not_open(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var/spool").write_text("no folder")
    with pytest.raises(SettingError, match="spool"):
        House(load_settings({"DATABASE_URL": sqlite_url, "DATA_KEYS": DATA_KEYS}, tmp_path / "var"))


def test_a_process_starts_though_the_database_is_away(
    hotline_of_its_own: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = hotline_of_its_own.house.settings
    for name, value in (
        ("DATABASE_URL", settings.database_url),
        ("REDIS_URL", settings.redis_url),
        ("DATA_KEYS", DATA_KEYS),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOTLINE_DIR", str(settings.folder))
    with away(hotline_of_its_own):
        house = open_house(hotline_of_its_own.clock)
    try:
        assert house.state().ready
    finally:
        house.close()
