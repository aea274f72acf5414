"""`hotline demo`, as a person starts it: one line when it is ready, a phone that works, and nothing left behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Table, func, select
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from hotline.cli.demo import ACCOUNT
from hotline.pocket.account import new_sid
from hotline.sealing import Vault
from hotline.store import unread
from hotline.store.cases import open_cases
from hotline.store.database import Database
from hotline.store.schema import inbound, people
from tests.cli.processes import Running, alive, descendants, free_port, hotline, run, wait_until

TOKEN = "the demo's token"
NASREEN, AKRAM = "+923001234567", "+923451234567"
CANARIES = ("AB1234567 Zorblax Wumpus", "زوربلیکس ومپس")
# One demo serves all tests of this file.
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Running]:
    """The demo of all tests of this file but the last."""
    port = free_port()
    arguments = ("demo", "--dir", str(folder / "var"), "--port", str(port))
    with hotline(folder / "first", *arguments, port=port, TWILIO_AUTH_TOKEN=TOKEN) as started:
        started.until(lambda: bool(started.said()))
        yield started


def bodies(phone: object) -> list[str]:
    """The texts of a phone as the page's interface shows it."""
    assert isinstance(phone, dict)
    return [text["body"] for text in phone["texts"]]


def webhook(demo: Running, person: str, words: str) -> tuple[int, bytes]:
    """A text as the provider would send it, signed with the demo's token."""
    sid = new_sid("SM")
    form = {"AccountSid": ACCOUNT, "MessageSid": sid, "From": person, "To": "+924238000000", "Body": words}
    signature = RequestValidator(TOKEN).compute_signature(f"{demo.url}/twilio/sms", form)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return demo.post("/twilio/sms", urlencode(form).encode(), headers)


def rows(folder: Path, table: Table) -> int:
    """How many rows a table of the demo's database has."""
    database = Database.open(f"sqlite:///{folder / 'var/hotline.db'}")
    with database.reading() as connection:
        found = connection.execute(select(func.count()).select_from(table)).scalar_one()
    database.close()
    return int(found)


def test_a_folder_that_cannot_be_made_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in ("/proc/x", str(tmp_path / "file" / "x")):
        done = run("demo", "--dir", folder, "--port", str(free_port()))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"hotline: --dir {folder}: ")
        assert done.stderr.count("\n") == 1


def test_it_says_one_line_when_a_message_would_be_answered(demo: Running) -> None:
    assert demo.said() == f"Hotline is ready: {demo.url}/phone\n"
    status, page = demo.get("/phone")
    assert status == 200
    assert b"<html" in page
    assert demo.get("/health/ready")[0] == 200


def test_a_text_from_the_phone_is_answered_from_the_fictional_list(demo: Running) -> None:
    answer = demo.ask("/phone/api/text", number=NASREEN, body="CHECK 4859")
    assert answer["trouble"] == 0
    assert "Sehrtara Overseas Employment Promoters" in bodies(answer["phone"])[-1]
    assert bodies(answer["phone"])[-1].startswith("VALID")


def test_a_signed_webhook_is_answered_and_an_unsigned_one_refused(demo: Running) -> None:
    status, body = webhook(demo, AKRAM, "CHECK 4859")
    assert status == 200
    assert b"<Message>" in body
    assert demo.post("/twilio/sms", b"Body=x", {"Content-Type": "application/x-www-form-urlencoded"})[0] == 403


def test_a_call_from_the_phone_plays_clips_that_are_there(demo: Running) -> None:
    call = demo.ask("/phone/api/call", number=NASREEN)
    assert call["waiting"] == "keys"
    heard = call["heard"]
    assert isinstance(heard, list)
    clips = [sound for sound in heard if sound["kind"] == "clip"]
    assert clips
    assert all(clip["words"] for clip in clips)
    status, sound = demo.get(clips[0]["url"].removeprefix(demo.url))
    assert (status, sound[:4]) == (200, b"RIFF")
    demo.ask(f"/phone/api/call/{call['sid']}/hang_up")


def test_the_providers_own_client_sends_a_message_through_the_carrier(
    demo: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(ACCOUNT, TOKEN)
    monkeypatch.setattr(client.api, "base_url", demo.url)
    sent = client.messages.create(to=AKRAM, from_="+924238000000", body="Salaam")
    assert sent.sid.startswith("SM")
    wait_until(lambda: client.messages(sent.sid).fetch().status == "delivered")
    assert client.messages(sent.sid).fetch().status == "delivered"
    status, state = demo.get(f"/phone/api/state?phone=%2B{AKRAM[1:]}")
    assert status == 200
    assert b"Salaam" in state


def test_nothing_a_person_sent_can_be_read_in_any_file_or_line_it_leaves(demo: Running, folder: Path) -> None:
    for words in (*CANARIES, "COUNSELLOR", "1", "STOP"):
        demo.ask("/phone/api/text", number=AKRAM, body=words)
    _, metrics = demo.get("/metrics")
    secrets = [
        *(number[start:].encode() for number in (NASREEN, AKRAM) for start in (0, 3)),
        *(word.encode(form) for word in ("Zorblax", "AB1234567", "زوربلیکس") for form in ("utf-8", "utf-16-le")),
        "زوربلیکس".encode("unicode-escape"),
    ]
    database = Database.open(f"sqlite:///{folder / 'var/hotline.db'}")
    assert len(open_cases(database)) == 1
    assert unread.count(database) == 2
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"hotline.db", "hotline.db-wal", "err", "redis.log"} <= {path.name for path in files}
    assert any("aof" in path.name for path in files)
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret in content], path
    assert not [secret for secret in secrets if secret in metrics]
    database.close()


def test_its_keys_are_for_its_owner_alone(demo: Running, folder: Path) -> None:
    keys = folder / "var/data_keys"
    assert keys.stat().st_mode & 0o077 == 0
    Vault.parse(keys.read_text(encoding="ascii").strip())


def test_a_port_that_is_taken_is_told(demo: Running, tmp_path: Path) -> None:
    other = run("demo", "--dir", str(tmp_path), "--port", str(demo.port))
    assert (other.returncode, other.stdout) == (1, "")
    assert other.stderr.startswith(f"hotline: port {demo.port}: ")


def test_a_database_of_people_is_not_for_a_demo(sqlite_url: str, tmp_path: Path) -> None:
    database = Database.open(sqlite_url)
    with database.writing() as connection:
        met = {"number_index": b"x" * 32, "number_sealed": b"x", "locale": "ur", "centre": "lahore"}
        connection.execute(people.insert().values(**met, since=datetime.now(UTC)))
    database.close()
    refused = run("demo", "--dir", str(tmp_path / "var"), "--port", str(free_port()), DATABASE_URL=sqlite_url)
    assert refused.returncode == 3
    assert "not a demo's" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_demos_database_is_not_for_people(demo: Running, folder: Path) -> None:
    for command in ("serve", "work", "clock"):
        refused = run(command, "--dir", str(folder / "var"))
        assert refused.returncode == 3
        assert "hotline demo" in refused.stderr


def test_it_ends_with_everybody_it_started_and_the_next_one_goes_on_where_it_was(demo: Running, folder: Path) -> None:
    webhook(demo, NASREEN, "menu")
    children = descendants(demo.process.pid)
    assert len(children) >= 5
    assert demo.stop() == 0
    assert not alive(children)
    # Not before: the end of a call that was still open comes last.
    before = (rows(folder, inbound), rows(folder, people))
    assert "Traceback" not in demo.complained()
    again = ("demo", "--dir", str(folder / "var"), "--port", str(demo.port))
    with hotline(folder / "second", *again, port=demo.port, TWILIO_AUTH_TOKEN=TOKEN) as second:
        second.until(lambda: bool(second.said()))
        assert (rows(folder, inbound), rows(folder, people)) == before
        status, body = webhook(second, AKRAM, "menu")
        assert status == 200
        assert b"<Message>" in body
        assert rows(folder, inbound) == before[0] + 1
        children = descendants(second.process.pid)
        assert len(children) >= 5
        second.stop(signal.SIGKILL)
        # Nobody could tell them: the kernel does.
        wait_until(lambda: not alive(children))
        assert not alive(children)
