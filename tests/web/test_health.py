"""What the process says of itself, and what a turn costs: health, metrics, statements and exchanges counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import event

from hotline.memory.embedded import EmbeddedRedis
from tests.web.running import Running, running

HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY"}


def test_a_process_that_lives_says_so(hotline: Running) -> None:
    answer = hotline.send("GET", "/health/live")
    assert (answer.status, answer.body.strip()) == (200, b'{"alive":true}')


def test_a_process_is_ready_when_a_message_would_be_answered_in_full(hotline: Running) -> None:
    answer = hotline.send("GET", "/health/ready")
    assert answer.status == 200
    assert answer.body.strip() == b'{"database":true,"ready":true,"redis":true,"register":"2026-11-20"}'


def test_without_a_database_or_redis_it_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "hotline.db").mkdir()
    with running(tmp_path, f"sqlite:///{tmp_path / 'hotline.db'}", f"unix://{tmp_path / 'none.sock'}") as hotline:
        answer = hotline.send("GET", "/health/ready")
        assert answer.status == 503
        assert answer.body.strip() == b'{"database":false,"ready":false,"redis":false,"register":""}'
        assert hotline.send("GET", "/health/live").status == 200


def test_tables_of_another_version_are_not_ready(tmp_path: Path, redis_server: EmbeddedRedis) -> None:
    with running(tmp_path, f"sqlite:///{tmp_path / 'empty.db'}", redis_server.url) as hotline:
        assert hotline.send("GET", "/health/ready").status == 503


def test_every_answer_carries_the_careful_headers(hotline: Running) -> None:
    for method, path in (("GET", "/health/live"), ("POST", "/twilio/sms"), ("GET", "/nowhere"), ("GET", "/metrics")):
        answer = hotline.send(method, path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path


def test_what_happened_is_counted_in_words_of_ours(hotline: Running, person: str) -> None:
    hotline.text(person, "zorblax canary")
    hotline.send("POST", "/twilio/sms", b"Body=x")
    answer = hotline.send("GET", "/metrics")
    page = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'hotline_answer_seconds_count{channel="sms"}' in page
    assert 'hotline_events_total{what="refused",why="no_signature"}' in page
    assert person not in page
    assert "canary" not in page


def test_metrics_are_for_this_machine_and_not_for_what_a_proxy_brings(hotline: Running) -> None:
    assert hotline.send("GET", "/metrics").status == 200
    assert hotline.send("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status == 403
    client = hotline.app.test_client()
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "::1"}).status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "secrét words", "Basic c2VjcsOpdDo=", "\x00", "ü" * 9])
def test_with_a_token_metrics_are_for_whoever_holds_it(
    sqlite_url: str, redis_server: EmbeddedRedis, tmp_path: Path, given: str
) -> None:
    with running(tmp_path / "var", sqlite_url, redis_server.url, METRICS_TOKEN="secrét") as hotline:
        client = hotline.app.test_client()
        headers = {"Authorization": given} if given else {}
        assert client.get("/metrics", headers=headers).status_code == 403
        held = {"Authorization": "Bearer " + "secrét".encode().decode("latin-1")}
        assert client.get("/metrics", headers=held, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 200


# --- what a turn costs ---


@contextmanager
def statements(hotline: Running) -> Iterator[list[str]]:
    """The SQL of what is done meanwhile; BEGIN and COMMIT are not among it."""
    found: list[str] = []

    def note(*args: object) -> None:
        found.append(str(args[2]))

    engine = hotline.house.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def exchanges(looking: redis.Redis) -> Iterator[list[str]]:
    """The commands Redis was sent meanwhile; what a script does inside counts as nothing."""
    found: list[str] = []
    with looking.monitor() as monitor:
        looking.echo("from here")
        while not monitor.next_command()["command"].startswith("ECHO"):
            pass
        yield found
        looking.echo("to here")
        while not (heard := monitor.next_command())["command"].startswith("ECHO"):
            if heard["client_type"] != "lua":
                found.append(heard["command"].split()[0])


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("CHECK 4859", 2), ("CHECK 2567", 2), ("CHECK 7777", 2), ("agency Chiragh Overseas Employment", 2), ("menu", 1),
        ("*", 1), ("office Sialkot", 1), ("URDU", 2), ("zorblax", 2), ("HIDE", 2), ("SAFE 17-21", 2),
    ],
)  # fmt: skip
def test_a_turn_of_a_known_person_costs_one_read_and_one_row(
    fresh_hotline: Running, redis_inside: redis.Redis, person: str, words: str, most: int
) -> None:
    fresh_hotline.text(person, "ENGLISH")
    fresh_hotline.text(person, "CHECK 1111")
    with statements(fresh_hotline) as asked, exchanges(redis_inside) as sent:
        fresh_hotline.text(person, words)
    assert 0 < len(asked) <= most, asked
    assert sent == ["SET", "MGET", "EVAL"]


@pytest.mark.parametrize(
    ("words", "exactly"),
    [
        (("COUNSELLOR", "1"), 3),
        (("DELETE", "1"), 2),
        (("STOP",), 4),
        (("START",), 4),
        (("START", "1"), 4),
        # The row of the event, the stop, its proof, the ledger, and the end of what there was.
        (("START", "1", "1", "STOP"), 5),
    ],
    ids=["a call back", "delete", "stop", "start", "a yes", "stop with subscriptions"],
)
def test_what_is_done_for_a_person_costs_two_more(
    fresh_hotline: Running, redis_inside: redis.Redis, person: str, words: tuple[str, ...], exactly: int
) -> None:
    for one in ("ENGLISH", *words[:-1]):
        fresh_hotline.text(person, one)
    with statements(fresh_hotline) as asked, exchanges(redis_inside) as sent:
        fresh_hotline.text(person, words[-1])
    assert len(asked) == exactly, asked
    assert sent[:3] == ["SET", "MGET", "EVAL"]


def test_a_first_contact_costs_two_more(
    fresh_hotline: Running, redis_inside: redis.Redis, someone: Callable[[], str]
) -> None:
    fresh_hotline.text(someone(), "menu")
    with statements(fresh_hotline) as asked, exchanges(redis_inside) as sent:
        fresh_hotline.text(someone(), "CHECK 4859")
    assert len(asked) == 4, asked
    assert sent == ["SET", "MGET", "EVAL"]


def test_a_step_of_a_call_costs_as_little(fresh_hotline: Running, redis_inside: redis.Redis, person: str) -> None:
    call = fresh_hotline.ring(person, "3")
    with statements(fresh_hotline) as asked, exchanges(redis_inside) as sent:
        call.press("1")
    assert len(asked) == 1, asked
    assert sent == ["SET", "MGET", "EVAL"]
    with statements(fresh_hotline) as asked:
        call.press("1111#")
    assert len([one for one in asked if "spoken_names" not in one]) <= 2, asked


def test_an_answer_given_just_before_costs_no_sql(
    fresh_hotline: Running, redis_inside: redis.Redis, person: str
) -> None:
    sid = fresh_hotline.carrier.text(person, "CHECK 4859").sid
    with statements(fresh_hotline) as asked, exchanges(redis_inside) as sent:
        assert fresh_hotline.carrier.replay(sid).status == 200
    assert asked == []
    assert sent == ["SET", "MGET", "EVAL"]
