"""Every route is in this table with what guards it; a route that is not fails here, and each guard is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from hotline.cli.demo_web import make as make_demo
from hotline.web.wsgi import make

pytestmark = pytest.mark.fast

TOKEN, ACCOUNT = "a token", "AC" + "1" * 32
API, OURS = "/2010-04-01/Accounts/<account>", f"/2010-04-01/Accounts/{ACCOUNT}"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


@dataclass(frozen=True)
class Door:
    """A route: what may be done there, and who may (`signed`, `public`, `here or token`, `login`, `demo`)."""

    methods: str
    guard: str
    example: str = ""


DOORS = {
    "/twilio/sms": Door("POST", "signed"),
    "/twilio/voice": Door("POST", "signed"),
    "/twilio/voice/<int:step>": Door("POST", "signed", "/twilio/voice/1"),
    "/twilio/fallback": Door("POST", "signed"),
    "/twilio/status/<own_id>": Door("POST", "signed", "/twilio/status/x"),
    "/audio/<name>.wav": Door("GET", "public", f"/audio/{'0' * 64}.wav"),
    "/health/live": Door("GET", "public"),
    "/health/ready": Door("GET", "public"),
    "/metrics": Door("GET", "here or token"),
}
ONLY_IN_A_DEMO = {
    "/phone": Door("GET", "demo"),
    "/phone/static/<path:filename>": Door("GET", "demo", "/phone/static/page.js"),
    "/phone/api/state": Door("GET", "demo"),
    "/phone/api/text": Door("POST", "demo"),
    "/phone/api/call": Door("POST", "demo"),
    "/phone/api/missed": Door("POST", "demo"),
    "/phone/api/call/<sid>/<move>": Door("POST", "demo", "/phone/api/call/CA1/press"),
    "/phone/api/clock": Door("POST", "demo"),
    "/phone/api/dialogue": Door("GET", "demo"),
    f"{API}/Messages.json": Door("GET POST", "login", f"{OURS}/Messages.json"),
    f"{API}/Messages/<sid>.json": Door("DELETE GET", "login", f"{OURS}/Messages/SM1.json"),
    f"{API}/IncomingPhoneNumbers.json": Door("GET", "login", f"{OURS}/IncomingPhoneNumbers.json"),
    f"{API}/Calls.json": Door("GET POST", "login", f"{OURS}/Calls.json"),
    f"{API}/Calls/<sid>.json": Door("GET POST", "login", f"{OURS}/Calls/CA1.json"),
    # At the provider too, a recording is public to whoever knows its address.
    f"{API}/Recordings/<sid>.wav": Door("GET", "public", f"{OURS}/Recordings/RE1.wav"),
}


@pytest.fixture
def here(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "HOTLINE_DIR": str(tmp_path / "var"), "DATABASE_URL": sqlite_url,
        "REDIS_URL": f"unix://{tmp_path / 'none.sock'}", "PUBLIC_BASE_URL": "http://127.0.0.1:8000",
        "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
        "DATA_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    }  # fmt: skip
    for name in ("HOTLINE_ENV", "METRICS_TOKEN", "TWILIO_API_BASE", "PROMETHEUS_MULTIPROC_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def production(here: None) -> Flask:
    return make()


@pytest.fixture
def demo(here: None) -> Flask:
    return make_demo()


def routes(app: Flask) -> dict[str, str]:
    """Every rule with its methods, those that come by themselves left out."""
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        found.setdefault(rule.rule, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    return {rule: " ".join(sorted(methods)) for rule, methods in found.items()}


def tried(doors: dict[str, Door], *guards: str) -> Iterator[tuple[str, str]]:
    for rule, door in doors.items():
        if door.guard in guards:
            for method in door.methods.split():
                yield method, door.example or rule


def test_every_door_of_production_is_in_the_table(production: Flask) -> None:
    assert routes(production) == {rule: door.methods for rule, door in DOORS.items()}


def test_every_door_of_the_demo_is_in_the_table(demo: Flask) -> None:
    assert routes(demo) == {rule: door.methods for rule, door in {**DOORS, **ONLY_IN_A_DEMO}.items()}


def test_what_must_be_signed_is_closed_to_everybody_else(production: Flask) -> None:
    client = production.test_client()
    for method, path in tried(DOORS, "signed"):
        for headers in ({}, {"X-Twilio-Signature": "x"}, {"Authorization": f"Bearer {TOKEN}"}):
            answer = client.open(path, method=method, data={"AccountSid": ACCOUNT}, headers=headers)
            assert (answer.status_code, answer.data) == (403, b""), path


def test_what_is_public_only_gives(production: Flask) -> None:
    client = production.test_client()
    for method, path in tried(DOORS, "public"):
        assert method == "GET"
        assert client.get(path, environ_overrides=ELSEWHERE).status_code in (200, 404, 503), path
        assert client.post(path).status_code == 405, path


def test_what_is_for_this_machine_is_closed_to_others(production: Flask) -> None:
    client = production.test_client()
    for method, path in tried(DOORS, "here or token"):
        assert client.open(path, method=method, environ_overrides=ELSEWHERE).status_code == 403
        assert client.open(path, method=method).status_code == 200


def test_there_is_no_phone_and_no_carrier_in_production(production: Flask) -> None:
    client = production.test_client()
    for method, path in tried(ONLY_IN_A_DEMO, "demo", "login", "public"):
        assert client.open(path, method=method).status_code == 404, path


def test_the_demos_carrier_wants_the_accounts_key(demo: Flask) -> None:
    client = demo.test_client()
    for method, path in tried(ONLY_IN_A_DEMO, "login"):
        assert client.open(path, method=method).status_code == 401, path
        assert client.open(path, method=method, auth=(ACCOUNT, "another")).status_code == 401, path
        assert client.open(path, method=method, auth=(ACCOUNT, TOKEN)).status_code in (200, 400, 404), path


def test_a_page_of_another_site_cannot_use_the_demos_phone(demo: Flask) -> None:
    client = demo.test_client()
    for method, path in tried(ONLY_IN_A_DEMO, "demo"):
        if method == "POST":
            form = client.post(path, data={"number": "+923001234567", "body": "x"}, content_type="text/plain")
            assert form.status_code in (400, 404, 415), path
