"""Sending over real HTTP to a server that behaves, and misbehaves, like the provider's API."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from hotline.channels.base import Outbound
from hotline.channels.twilio import Account, Codes, TwilioChannel
from hotline.channels.twilio.rest import Listed, OutboundCall
from hotline.errors import SendError, SettingError
from tests.channels.twilio_wire import ACCOUNT, BASE, CALL, CENTRE, MESSAGE, PERSON, TOKEN

TABLE = Path(__file__).parents[2] / "config" / "twilio_errors.toml"
CODES = Codes.parse(TABLE.read_text())
TEXT = Outbound("01J9ZK-a_b", CENTRE, PERSON, "لائسنس درست ہے 😀")
STORED = {
    "sid": MESSAGE, "from": CENTRE, "to": PERSON, "body": "hello", "status": "sent", "error_code": None,
    "direction": "outbound-api", "date_created": "Sat, 22 Nov 2026 10:00:00 +0000",
}  # fmt: skip


class Api(ThreadingHTTPServer):
    """Messages.json and Calls.json on loopback: `answers` are given in turn, `asked` is what came."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = deque()
        self.asked = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A client that was cut off is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        split = urlsplit(self.path)
        self.server.asked.append((self.command, split.path, dict(parse_qsl(form or split.query)), self.headers))
        answer = self.server.answers.popleft()
        if answer == "cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif answer == "hang":
            self.server.hung.wait()
            self.close_connection = True
        else:
            status, body = answer
            octets = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

    do_GET = do_DELETE = do_POST

    def log_message(self, *args):
        """The tests look at `asked`."""


@contextmanager
def serving():
    api = Api()
    api.hung = threading.Event()
    thread = threading.Thread(target=api.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        api.hung.set()
        api.shutdown()
        thread.join()
        api.server_close()


@pytest.fixture
def api(monkeypatch):
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving() as served:
        yield served


@pytest.fixture
def channel(api):
    opened = TwilioChannel(Account(ACCOUNT, ["", TOKEN, "other"], api.url + "/"), BASE + "/", CODES)
    yield opened
    opened.rest().close()


def failure(channel, message=TEXT):
    with pytest.raises(SendError) as failed:
        channel.send(message)
    assert failed.value.__cause__ is None
    assert PERSON not in str(failed.value)
    return failed.value.code, failed.value.retry, failed.value.ambiguous


def test_a_message_is_asked_for_once_with_the_address_of_its_receipt(api, channel):
    api.answers.append((201, STORED))
    assert channel.send(TEXT) == MESSAGE
    ((method, path, form, headers),) = api.asked
    assert (method, path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert form == {
        "To": PERSON,
        "From": CENTRE,
        "Body": TEXT.text,
        "StatusCallback": BASE + "/twilio/status/01J9ZK-a_b#rc=3&rp=all",
    }
    assert headers["Authorization"].startswith("Basic ")


def test_a_call_is_asked_for_with_its_limits(api, channel):
    api.answers.append((201, {"sid": CALL}))
    assert channel.call(OutboundCall("c/7", CENTRE, PERSON)) == CALL
    ((_, path, form, _),) = api.asked
    assert path.endswith("/Calls.json")
    assert form == {
        "To": PERSON, "From": CENTRE, "Url": BASE + "/twilio/voice", "Method": "POST", "Timeout": "30",
        "TimeLimit": "900", "StatusCallback": BASE + "/twilio/status/c%2F7",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((429, {"code": 20429, "message": "Too many"}), ("20429", True, False)),
        ((429, "slow down"), ("429", True, False)),
        ((400, {"code": 21610, "message": f"{PERSON} has stopped"}), ("21610", False, False)),
        ((400, {"code": 21611, "message": "queue"}), ("21611", True, False)),
        ((401, {"code": 20003, "message": "login"}), ("20003", False, False)),
        ((400, {"code": 99999, "message": "new"}), ("99999", False, False)),
        ((404, "<html>"), ("404", False, False)),
        ((307, ""), ("307", False, False)),
        ((500, {"code": 20500, "message": "oops"}), ("20500", False, True)),
        ((500, {"code": 21610, "message": "oops"}), ("21610", False, True)),
        ((503, "<html>"), ("503", False, True)),
        ((400, {"type": "u", "title": "t", "status": 400, "code": 21610}), ("21610", False, False)),
        ((503, {"type": "u", "title": "t", "status": 503, "code": 20503}), ("20503", False, True)),
        ((400, {"type": "u", "title": "t", "status": "?", "code": "?"}), ("500", False, True)),
        ((201, "not json"), ("reply", False, True)),
        ((201, "[1]"), ("reply", False, True)),
        ((201, {}), ("reply", False, True)),
        ((201, ""), ("reply", False, True)),
        ("cut", ("cut", False, True)),
    ],
)
def test_each_failure_says_whether_it_may_be_sent_again(api, channel, answer, expected):
    api.answers.append(answer)
    assert failure(channel) == expected
    assert len(api.asked) == 1


def test_an_answer_that_never_comes_is_ambiguous(api):
    channel = TwilioChannel(Account(ACCOUNT, [TOKEN], api.url, answer_seconds=0.05), BASE, CODES)
    api.answers.append("hang")
    assert failure(channel) == ("timeout", False, True)
    assert len(api.asked) == 1
    channel.rest().close()


def test_where_nobody_listens_nothing_was_sent():
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        channel = TwilioChannel(Account(ACCOUNT, [TOKEN], f"http://127.0.0.1:{unheard.getsockname()[1]}"), BASE, CODES)
        assert failure(channel) == ("connect", True, False)
        channel.rest().close()


def test_the_sdk_writes_no_number_to_the_log(api, channel, caplog):
    caplog.set_level(logging.INFO)
    api.answers.extend([(201, STORED), (200, {"messages": []})])
    channel.send(TEXT)
    channel.rest().messages(to=PERSON)
    assert PERSON[1:] not in caplog.text


def test_a_message_can_be_fetched_and_listed(api, channel):
    api.answers.extend([(200, STORED), (200, {"messages": [STORED, {**STORED, "direction": "inbound"}]}), (404, {})])
    known = Listed(MESSAGE, CENTRE, PERSON, "hello", "sent", "", datetime(2026, 11, 22, 10, tzinfo=UTC), False)
    assert channel.rest().fetch(MESSAGE) == known
    since = datetime(2026, 11, 22, 3, 30, tzinfo=timezone(timedelta(hours=5)))
    first, second = channel.rest().messages(to=PERSON, sender=CENTRE, after=since, limit=2)
    assert first == known
    assert second.inbound
    assert api.asked[1][2] == {"To": PERSON, "From": CENTRE, "DateSent>": "2026-11-21T22:30:00Z", "PageSize": "2"}
    with pytest.raises(SendError, match="404"):
        channel.rest().fetch(MESSAGE)


def test_a_page_that_fails_is_asked_for_again_and_the_list_is_read_to_its_end(api, channel):
    onward = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=PT1"
    pages = [{"messages": [STORED], "next_page_uri": onward}, {"messages": [{**STORED, "sid": "SM" + "9" * 32}]}]
    api.answers.extend([(200, pages[0]), (503, "<html>"), "cut", (200, pages[1])])
    found = channel.rest().made_since(datetime(2026, 11, 22, tzinfo=UTC), sender=CENTRE)
    assert [one.provider_id for one in found] == [MESSAGE, "SM" + "9" * 32]
    assert [query.get("Page") for _, _, query, _ in api.asked] == [None, "1", "1", "1"]


@pytest.mark.parametrize(
    ("answer", "times"), [((500, {}), 3), ("cut", 3), ((429, {}), 1), ((404, {}), 1), ((401, {}), 1)]
)
def test_what_fails_again_and_again_is_asked_for_three_times_and_what_is_refused_once(api, channel, answer, times):
    api.answers.extend([answer] * times)
    with pytest.raises(SendError):
        channel.rest().fetch(MESSAGE)
    assert len(api.asked) == times


def test_a_reading_that_hangs_is_not_waited_for_again(api):
    channel = TwilioChannel(Account(ACCOUNT, [TOKEN], api.url, answer_seconds=0.05), BASE, CODES)
    api.answers.append("hang")
    with pytest.raises(SendError, match="timeout"):
        channel.rest().fetch(MESSAGE)
    assert len(api.asked) == 1
    channel.rest().close()


def test_a_message_is_deleted_at_the_provider(api, channel):
    api.answers.extend([(204, ""), (404, {"code": 20404, "message": "not found"}), (500, {})])
    channel.delete_message(MESSAGE)
    assert api.asked[0][:2] == ("DELETE", f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}.json")
    with pytest.raises(SendError, match="20404"):
        channel.delete_message(MESSAGE)
    with pytest.raises(SendError):
        channel.delete_message(MESSAGE)


def test_the_numbers_whose_texts_come_here_are_told_from_the_others_of_the_account(api, channel):
    ours = {"phone_number": CENTRE, "sms_url": BASE + "/twilio/sms#rc=2&rp=all"}
    others = [
        {"phone_number": "+924238000001", "sms_url": url} for url in ("", None, BASE, "https://else.example/twilio/sms")
    ]
    codes = {"short_codes": [{"short_code": "8080", "sms_url": BASE + "/twilio/sms"}]}
    api.answers.extend([(200, {"incoming_phone_numbers": [ours, *others]}), (200, codes)])
    assert channel.numbers() == [CENTRE, "8080"]


@pytest.mark.parametrize("status", [401, 404, 405])
def test_an_api_that_lists_no_numbers_names_none(api, channel, status):
    api.answers.extend([(status, "<p>Not found</p>"), (200, {"short_codes": []})])
    assert channel.numbers() == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_numbers_that_cannot_be_listed_now_are_no_empty_list(api, channel, status):
    api.answers.extend([(status, {})] * 3)
    with pytest.raises(SendError, match=str(status)):
        channel.numbers()


def test_the_table_of_codes_names_the_class_of_each():
    assert [CODES.kind(code).name for code in ("21610", "30003", "30007", "20003", "21614", "14107", "1")] == [
        "consent", "handset", "content", "account", "number", "later", "unknown",
    ]  # fmt: skip
    assert CODES.kind("30003").retry
    assert CODES.kind("20500").ambiguous
    assert not any(kind.retry and kind.ambiguous for kind in CODES.kinds.values())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a", "config"),
        ("a = 1", "a"),
        ('[a]\nmeans = "m"\ncodes = [1]\nretries = true', "may hold only"),
        ("[a]\ncodes = [1]", "needs means"),
        ('[a]\nmeans = "m"\ncodes = ["1"]', "whole numbers"),
        ('[a]\nmeans = "m"\ncodes = [1]\nwait = -1', "seconds"),
        ('[a]\nmeans = "m"\ncodes = [1]\nretry = 1', "true or false"),
        ('[a]\nmeans = "m"\ncodes = [1]\n[b]\nmeans = "m"\ncodes = [1]', "stands in"),
    ],
)
def test_a_wrong_table_stops_the_start_by_name(text, says):
    with pytest.raises(SettingError, match=says):
        Codes.parse(text)


def test_how_long_a_message_is_worth_sending_is_told_within_the_bounds_of_the_api(api, channel):
    for given, asked in ((0, None), (300, "300"), (90_000, "36000")):
        api.answers.append((201, STORED))
        channel.send(replace(TEXT, valid_seconds=given))
        assert api.asked[-1][2].get("ValidityPeriod") == asked
