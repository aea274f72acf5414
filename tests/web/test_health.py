"""What the process says of itself, and what a turn costs: health, metrics, and exchanges with Redis counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from hotline.memory.embedded import EmbeddedRedis
from tests.web.counting import exchanges, statements
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


# --- what a turn costs: exchanges with Redis; statements are counted in test_budget.py ---


@pytest.mark.parametrize("words", ["CHECK 4859", "menu", "zorblax", "STOP"])
def test_a_turn_of_a_known_person_costs_two_exchanges_with_redis(
    fresh_hotline: Running, redis_inside: redis.Redis, person: str, words: str
) -> None:
    fresh_hotline.text(person, "ENGLISH")
    with exchanges(redis_inside) as sent:
        fresh_hotline.text(person, words)
    assert sent == ["SET", "MGET", "EVAL"]


def test_a_first_contact_costs_as_little(
    fresh_hotline: Running, redis_inside: redis.Redis, someone: Callable[[], str]
) -> None:
    fresh_hotline.text(someone(), "menu")
    with exchanges(redis_inside) as sent:
        fresh_hotline.text(someone(), "CHECK 4859")
    assert sent == ["SET", "MGET", "EVAL"]


def test_a_step_of_a_call_costs_as_little(fresh_hotline: Running, redis_inside: redis.Redis, person: str) -> None:
    call = fresh_hotline.ring(person, "3")
    with exchanges(redis_inside) as sent:
        call.press("1")
    assert sent == ["SET", "MGET", "EVAL"]


def test_an_answer_given_just_before_costs_no_sql(
    fresh_hotline: Running, redis_inside: redis.Redis, person: str
) -> None:
    sid = fresh_hotline.carrier.text(person, "CHECK 4859").sid
    with statements(fresh_hotline.house) as asked, exchanges(redis_inside) as sent:
        assert fresh_hotline.carrier.replay(sid).status == 200
    assert asked == []
    assert sent == ["SET", "MGET", "EVAL"]
