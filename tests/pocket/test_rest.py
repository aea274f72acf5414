"""The real Twilio client speaks to the carrier and believes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from hotline.pocket.account import Account
from hotline.pocket.carrier import Carrier
from hotline.pocket.faults import Fault, Faults, Odds
from hotline.pocket.ledger import What
from hotline.pocket.server import PocketServer

from .conftest import AKRAM, NASREEN, NUMBER, SID, TOKEN, Clock, FakeHotline

RECEIPT = "/twilio/status/row-7"


def client_of(server: PocketServer, token: str = TOKEN, timeout: float | None = 10) -> Client:
    client = Client(SID, token, http_client=TwilioHttpClient(timeout=timeout))
    client.api.base_url = server.url
    return client


@pytest.fixture
def client(server: PocketServer) -> Client:
    return client_of(server)


def test_a_message_lands_in_the_inbox_and_its_receipts_come_signed_and_in_order(
    client: Client, carrier: Carrier, hotline: FakeHotline
) -> None:
    sent = client.messages.create(
        to=NASREEN, from_=NUMBER, body="آپ کی اپیل", status_callback=f"{hotline.url}{RECEIPT}#rc=3&rp=all"
    )
    assert (sent.status, sent.direction, sent.num_segments, sent.from_) == ("queued", "outbound-api", "1", NUMBER)
    assert carrier.settle()
    told = hotline.at(RECEIPT)
    assert [asked.form["MessageStatus"] for asked in told] == ["queued", "sending", "sent", "delivered"]
    assert all(asked.trusted and asked.form["MessageSid"] == sent.sid for asked in told)
    [landed] = carrier.inbox(NASREEN)
    assert (landed.sid, landed.body) == (sent.sid, "آپ کی اپیل")
    fetched = client.messages(sent.sid).fetch()
    assert (fetched.status, fetched.date_sent, fetched.body) == (
        "delivered", datetime(2026, 8, 25, 9, 0, tzinfo=UTC), "آپ کی اپیل",
    )  # fmt: skip


def test_a_handset_that_is_off_gives_undelivered_with_the_reason(
    client: Client, carrier: Carrier, hotline: FakeHotline
) -> None:
    carrier.texts.switch_off(AKRAM)
    sent = client.messages.create(to=AKRAM, from_=NUMBER, body="x", status_callback=hotline.url + RECEIPT)
    assert carrier.settle()
    last = hotline.at(RECEIPT)[-1].form
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30003")
    assert (client.messages(sent.sid).fetch().error_code, carrier.inbox(AKRAM)) == (30003, ())


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"to": "8080"}, 400, 21211),
        ({"to": "+92300\u06f1234567"}, 400, 21211),
        ({"body": " "}, 400, 21602),
        ({"body": "x" * 1601}, 400, 21617),
        ({"from_": ""}, 400, 21603),
        ({"to": AKRAM}, 400, 21610),
    ],
)
def test_what_twilio_would_refuse_is_refused_with_its_number_and_nothing_is_accepted(
    client: Client, carrier: Carrier, fields: dict[str, str], status: int, code: int
) -> None:
    carrier.texts.block(AKRAM)
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**{"to": NASREEN, "from_": NUMBER, "body": "x"} | fields)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert (carrier.ledger.count(What.ACCEPTED), carrier.ledger.count(What.REFUSED)) == (0, 1)


def test_a_wrong_token_and_an_unknown_message_are_told_apart(server: PocketServer, client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client_of(server, "wrong").messages.create(to=NASREEN, from_=NUMBER, body="x")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    with pytest.raises(TwilioRestException) as missing:
        client.messages("SM" + "0" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)


def test_a_message_deleted_here_stays_on_the_handset(client: Client, carrier: Carrier) -> None:
    sent = client.messages.create(to=NASREEN, from_=NUMBER, body="x")
    assert carrier.settle()
    assert client.messages(sent.sid).delete()
    for ask in (client.messages(sent.sid).fetch, client.messages(sent.sid).delete):
        with pytest.raises(TwilioRestException) as refused:
            ask()
        assert refused.value.code == 20404
    assert client.messages.list(to=NASREEN) == []
    assert [text.sid for text in carrier.inbox(NASREEN)] == [sent.sid]


def test_the_list_is_filtered_by_numbers_and_days_and_comes_newest_first_in_pages(
    client: Client, carrier: Carrier, clock: Clock
) -> None:
    for day in range(3):
        for n in range(3):
            client.messages.create(to=NASREEN if n else AKRAM, from_=NUMBER, body=f"{day}.{n}")
            assert carrier.settle()
        clock.forward(86_400)
    carrier.text(NASREEN, "from a handset")

    def bodies(**wanted: object) -> list[str]:
        return [message.body for message in client.messages.list(**wanted)]

    assert bodies(to=NASREEN) == ["2.2", "2.1", "1.2", "1.1", "0.2", "0.1"]
    assert bodies(to=NASREEN, page_size=2) == ["2.2", "2.1", "1.2", "1.1", "0.2", "0.1"]
    assert bodies(to=AKRAM, date_sent=date(2026, 8, 26)) == ["1.0"]
    assert bodies(from_=NASREEN) == ["from a handset"]
    assert bodies(date_sent_after=datetime(2026, 8, 27, tzinfo=UTC), from_=NUMBER) == ["2.2", "2.1", "2.0"]
    assert bodies(date_sent_before=datetime(2026, 8, 25, 9, tzinfo=UTC), to=AKRAM) == ["0.0"]
    assert len(bodies(page_size=4, limit=6)) == 6


def test_too_many_requests_accepts_nothing_and_an_error_after_accepting_leaves_exactly_one(
    client: Client, carrier: Carrier
) -> None:
    carrier.faults.next(Fault.BUSY, Fault.DOWN, Fault.BROKEN)
    statuses = []
    for _ in range(3):
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(to=NASREEN, from_=NUMBER, body="once")
        statuses.append((refused.value.status, refused.value.code))
    assert statuses == [(429, 20429), (503, 20503), (500, 20500)]
    assert carrier.settle()
    assert carrier.ledger.count(What.ACCEPTED) == 1
    assert [text.body for text in carrier.inbox(NASREEN)] == ["once"]
    assert [message.body for message in client.messages.list(to=NASREEN)] == ["once"]


def test_a_line_cut_or_hanging_after_accepting_leaves_exactly_one_each(hotline: FakeHotline) -> None:
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER))
    with PocketServer(carrier) as server:
        carrier.faults.next(Fault.CUT, Fault.HANG)
        client = client_of(server, timeout=0.5)
        with pytest.raises(requests.ConnectionError):
            client.messages.create(to=NASREEN, from_=NUMBER, body="cut")
        with pytest.raises(requests.ReadTimeout):
            client.messages.create(to=NASREEN, from_=NUMBER, body="hang")
        assert carrier.settle()
        assert sorted(text.body for text in carrier.inbox(NASREEN)) == ["cut", "hang"]
        client.http_client.session.close()


def test_a_list_that_lags_shows_a_message_only_after_a_while(hotline: FakeHotline, clock: Clock) -> None:
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER), clock, Faults(Odds(list_lag=1.5)))
    with PocketServer(carrier) as server:
        client = client_of(server)
        client.messages.create(to=NASREEN, from_=NUMBER, body="x")
        assert client.messages.list(to=NASREEN) == []
        clock.forward(1.5)
        assert len(client.messages.list(to=NASREEN)) == 1


def test_parts_leave_no_faster_than_the_line_allows(hotline: FakeHotline) -> None:
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER, mps=20))
    with PocketServer(carrier) as server:
        client = client_of(server)
        for _ in range(4):
            client.messages.create(to=NASREEN, from_=NUMBER, body="x" * 300)
        assert client.messages.list(to=NASREEN)[0].status == "queued"
        assert carrier.settle()
    landed = carrier.ledger.since()
    times = [entry.at for entry in landed if entry.what is What.LANDED]
    assert times[-1] - times[0] >= timedelta(seconds=0.25)


def test_receipts_are_doubled_shuffled_and_lost_only_as_the_seed_says(hotline: FakeHotline) -> None:
    odds = Odds(receipt_doubled=0.4, receipts_shuffled=0.5, receipt_lost=0.2)
    plans = [[Faults(odds, seed=7).receipts("abcd") for _ in range(20)] for _ in range(2)]
    assert plans[0] == plans[1]
    faults = Faults(odds, seed=7)
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER), faults=faults)
    with PocketServer(carrier) as server:
        for _ in range(10):
            client_of(server).messages.create(to=NASREEN, from_=NUMBER, body="x", status_callback=hotline.url + RECEIPT)
        assert carrier.settle()
    told = len(hotline.at(RECEIPT))
    assert told == 40 + faults.met["receipt_doubled"] - faults.met["receipt_lost"]
    assert carrier.ledger.count(What.RECEIPT_LOST) == faults.met["receipt_lost"] > 0
    assert faults.met["receipts_shuffled"] > 0
    assert len(carrier.inbox(NASREEN)) == 10


def test_the_hotline_rings_a_handset_which_answers_and_hears_its_document(
    client: Client, carrier: Carrier, hotline: FakeHotline, clock: Clock
) -> None:
    hotline.answers["/twilio/voice/back"] = (
        "<Response><Gather action='/twilio/voice/key' numDigits='1'><Say>Hi</Say></Gather></Response>"
    )
    made = client.calls.create(
        to=NASREEN, from_=NUMBER, url=f"{hotline.url}/twilio/voice/back", timeout=30,
        status_callback=hotline.url + RECEIPT, status_callback_event=["initiated", "ringing", "answered", "completed"],
    )  # fmt: skip
    assert (made.status, made.direction) == ("queued", "outbound-api")
    [call] = carrier.calls_of(NASREEN)
    assert client.calls(made.sid).fetch().status == "ringing"
    call.answer()
    call.press("1")
    [asked] = hotline.at("/twilio/voice/back")
    assert (asked.trusted, asked.form["From"], asked.form["To"], asked.form["CallStatus"]) == (
        True, NUMBER, NASREEN, "in-progress",
    )  # fmt: skip
    assert [sound.words for sound in call.heard] == ["Hi", "1"]
    assert carrier.settle()
    told = hotline.at(RECEIPT)
    assert [asked.form["CallStatus"] for asked in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert [asked.form["SequenceNumber"] for asked in told] == ["0", "1", "2", "3"]
    assert [found.sid for found in client.calls.list(to=NASREEN, status="completed")] == [made.sid]


def test_a_call_nobody_answers_ends_as_no_answer_and_one_refused_as_busy(
    client: Client, carrier: Carrier, clock: Clock
) -> None:
    made = [client.calls.create(to=to, from_=NUMBER, twiml="<Response/>", timeout=25) for to in (NASREEN, AKRAM)]
    carrier.calls_of(AKRAM)[0].refuse()
    clock.forward(25)
    carrier.tick()
    assert [client.calls(call.sid).fetch().status for call in made] == ["no-answer", "busy"]


def test_the_hotline_ends_a_call_or_sends_it_elsewhere(client: Client, carrier: Carrier, hotline: FakeHotline) -> None:
    hotline.answers |= {
        "/twilio/voice": "<Response><Gather action='/k'/></Response>",
        "/elsewhere": "<Response><Say>there</Say><Gather action='/k'/></Response>",
    }
    call = carrier.call(NASREEN)
    client.calls(call.sid).update(url=f"{hotline.url}/elsewhere")
    assert carrier.settle()
    assert [sound.words for sound in call.heard] == ["there"]
    client.calls(call.sid).update(status="completed")
    assert carrier.settle()
    assert client.calls(call.sid).fetch().status == "completed"


def test_a_recording_can_be_fetched_at_the_address_that_was_told(
    carrier: Carrier, server: PocketServer, hotline: FakeHotline, clock: Clock
) -> None:
    hotline.answers["/twilio/voice"] = "<Response><Record action='/said'/></Response>"
    call = carrier.call(NASREEN)
    clock.forward(3)
    call.press("1")
    url = hotline.at("/said")[0].form["RecordingUrl"].replace(hotline.url, server.url) + ".wav"
    got = requests.get(url, timeout=10)
    assert (got.status_code, got.content[:4], len(got.content)) == (200, b"RIFF", 44 + 3 * 16_000)
    assert requests.get(url.replace("RE", "RX"), timeout=10).status_code == 404
