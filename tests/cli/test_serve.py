"""`hotline serve` and its helpers as processes: what they refuse, what they answer, and that a restart loses nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from hotline.memory.embedded import EmbeddedRedis
from hotline.pocket import agencies as fictional
from hotline.pocket.account import Account, new_sid
from hotline.pocket.carrier import Carrier
from hotline.settings import NEEDED_IN_PRODUCTION
from hotline.store.database import Database
from hotline.store.schema import inbound
from tests.cli.processes import Running, alive, descendants, free_port, hotline, run, wait_until
from tests.test_settings import PRODUCTION
from tests.web.running import ACCOUNT, DATA_KEYS, NUMBER, TOKEN, sign
from tests.web.test_outage import closed


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@contextmanager
def served(folder: Path, url: str, redis_url: str, *, port: int = 0, processes: int = 1) -> Iterator[Running]:
    """`hotline serve`, ready."""
    port = port or free_port()
    told = {
        "DATABASE_URL": url, "REDIS_URL": redis_url, "DATA_KEYS": DATA_KEYS, "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN, "HOTLINE_PROCESSES": str(processes),
    }  # fmt: skip
    with hotline(folder, "serve", "--dir", str(folder / "var"), "--port", str(port), port=port, **told) as started:
        started.until(lambda: started.get("/health/ready")[0] == 200)
        yield started


def text(server: Running, person: str, words: str) -> tuple[int, str]:
    """A signed text and what is answered."""
    sid = new_sid("SM")
    form = {"AccountSid": ACCOUNT, "MessageSid": sid, "From": person, "To": NUMBER, "Body": words}
    signature = sign(f"{server.url}/twilio/sms", form.items())
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    status, body = server.post("/twilio/sms", urlencode(form).encode(), headers)
    return status, body.decode()


def rows(url: str) -> int:
    """How many events are kept."""
    database = Database.open(url)
    with database.reading() as connection:
        found = connection.execute(select(func.count()).select_from(inbound)).scalar_one()
    database.close()
    return int(found)


# --- what they refuse ---


@pytest.mark.parametrize("command", ["serve", "work", "clock"])
def test_production_with_a_missing_setting_stops_by_name(command: str, tmp_path: Path) -> None:
    environ = {**PRODUCTION, "DATA_KEYS": ""}
    refused = run(command, "--dir", str(tmp_path), **environ)
    assert refused.returncode == 2
    assert "DATA_KEYS" in refused.stderr
    assert not [name for name in NEEDED_IN_PRODUCTION if name != "DATA_KEYS" and name in refused.stderr]
    assert not [value for value in environ.values() if len(value) > 12 and value in refused.stderr]
    assert "Traceback" not in refused.stderr


def test_tables_that_were_never_made_are_told_and_made_by_migrate(tmp_path: Path) -> None:
    folder = str(tmp_path / "var")
    refused = run("serve", "--dir", folder)
    assert refused.returncode == 3
    assert "hotline migrate" in refused.stderr
    for _ in range(2):
        made = run("migrate", "--dir", folder)
        assert (made.returncode, made.stderr) == (0, "")
    assert rows(f"sqlite:///{folder}/hotline.db") == 0


def test_without_a_token_or_redis_it_says_so_and_believes_nobody(sqlite_url: str, tmp_path: Path) -> None:
    """Typed somewhere else than where the program lies, with a folder named from there."""
    (tmp_path / "var").mkdir()
    Path(sqlite_url.removeprefix("sqlite:///")).rename(tmp_path / "var/hotline.db")
    port = free_port()
    with hotline(tmp_path, "serve", "--dir", "var", "--port", str(port), port=port, where=tmp_path) as server:
        server.until(lambda: server.get("/health/live")[0] == 200)
        assert "TWILIO_AUTH_TOKEN is not set" in server.complained()
        assert "REDIS_URL is not set" in server.complained()
        assert text(server, "+923001234567", "CHECK 4859")[0] == 403
        status, state = server.get("/health/ready")
        assert (status, json.loads(state)["database"]) == (503, True)
        assert server.get("/phone")[0] == 404


# --- what they answer ---


def test_it_answers_from_a_new_list_on_the_next_message_and_counts_for_all_its_processes(
    sqlite_url: str, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    today = datetime.now(UTC).date()
    listed = today - timedelta(days=1)
    file = tmp_path / "bureau.csv"
    fictional.write_csv(file, listed)
    with served(tmp_path, sqlite_url, redis_server.url, processes=2) as server:
        assert "Chiragh" not in text(server, "+923001230000", "CHECK 2567")[1]
        imported = run(
            "agencies", "import", str(file), "--list-date", listed.isoformat(), "--yes", "--dir", str(tmp_path / "var"),
            DATABASE_URL=sqlite_url,
        )  # fmt: skip
        assert imported.returncode == 0, imported.stderr
        assert "Chiragh" in text(server, "+923001230000", "CHECK 2567")[1]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda turn: text(server, f"+92300123{turn:04d}", "CHECK 4859"), range(1, 41)))
        assert {status for status, _ in answers} == {200}
        assert all("Sehrtara" in body for _, body in answers)
        assert rows(sqlite_url) == 42
        counted = re.search(rb'hotline_answer_seconds_count\{channel="sms"\} ([\d.]+)', server.get("/metrics")[1])
        assert counted
        assert float(counted[1]) == 42
        children = descendants(server.process.pid)
        assert len(children) == 2
        assert server.stop() == 0
        assert not alive(children)
        assert "Traceback" not in server.complained()


def test_calls_go_on_where_they_were_after_a_restart(
    sqlite_url: str, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    port = free_port()
    carrier = Carrier(Account(f"http://127.0.0.1:{port}", ACCOUNT, TOKEN, NUMBER))
    try:
        with served(tmp_path, sqlite_url, redis_server.url, port=port) as server:
            calls = [carrier.call(f"+92300777{turn:04d}", live=True) for turn in range(10)]
            for call in calls:
                call.press("31")
            assert server.stop() == 0
        with served(tmp_path, sqlite_url, redis_server.url, port=port):
            for call in calls:
                assert call.status == "in-progress"
                before = len(call.heard)
                call.press("4859#")
                assert not [sound for sound in call.heard[before:] if sound.kind == "trouble"]
                # There is no list yet: the verdict says so, and the menu after it waits for a key.
                assert call.waiting is not None
        assert rows(sqlite_url) == 40
    finally:
        carrier.close()


def test_what_came_while_the_database_was_away_is_stored_when_it_is_back(
    postgresql_url: str, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    with served(tmp_path, postgresql_url, redis_server.url) as server:
        with closed(postgresql_url):
            answers = [text(server, f"+92300999{turn:04d}", "STOP") for turn in range(12)]
            assert {status for status, _ in answers} == {200}
            assert all("<Message>" in body for _, body in answers)
            assert server.get("/health/ready")[0] == 503
        # Nobody is told that it is back: the process looks by itself.
        wait_until(lambda: rows(postgresql_url) == 12)
        assert rows(postgresql_url) == 12
        assert server.get("/health/ready")[0] == 200
        assert not list((tmp_path / "var/spool").glob("*.event"))
