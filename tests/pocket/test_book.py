"""The carrier's book, its list of texts, its reader of documents and its own threads."""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.pocket.account import Account, country_of
from hotline.pocket.carrier import Carrier
from hotline.pocket.faults import Fault, Faults, Odds
from hotline.pocket.later import Later
from hotline.pocket.ledger import Ledger, What
from hotline.pocket.messages import Wanted
from hotline.pocket.texts import Order
from hotline.pocket.twiml import BadTwiml, Document, Gather, Hangup, Message, Pause, Play, Record, Redirect, Say, parse

from .conftest import NUMBER, SID, TOKEN, Clock, FakeHotline

NOW = datetime(2026, 8, 25, tzinfo=UTC)
URL = "https://hotline.example/twilio/voice?s=1"


def read(text: str) -> Document:
    return parse(f"<Response>{text}</Response>".encode(), "text/xml; charset=utf-8", URL)


def test_the_book_is_written_from_many_threads_without_a_gap_and_read_by_message() -> None:
    ledger = Ledger(lambda: NOW)
    threads = [
        threading.Thread(target=lambda name=name: [ledger.write(What.STATUS, name, f"+{name}") for _ in range(200)])
        for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.place for entry in ledger.since()] == list(range(1, 801))
    assert len(ledger.of("a")) == 200
    assert ledger.of("a")[-1].place == ledger.last_of("+a")
    assert (ledger.count(What.STATUS), len(ledger.since(790)), ledger.last_of("+z")) == (800, 10, 0)


def test_ten_thousand_sends_are_each_accepted_once_and_land_once(clock: Clock) -> None:
    carrier = Carrier(Account("http://127.0.0.1:1", SID, TOKEN, NUMBER), clock)
    for n in range(10_000):
        carrier.send(Order(f"+92300{n % 1000:07d}", NUMBER, f"message {n}"))
    assert carrier.settle()
    carrier.close()
    assert (carrier.ledger.count(What.ACCEPTED), carrier.ledger.count(What.LANDED)) == (10_000, 10_000)
    assert sorted(int(text.body.split()[1]) for n in range(1000) for text in carrier.inbox(f"+92300{n:07d}")) == list(
        range(10_000)
    )
    newest = carrier.texts.kept.newest(Wanted(to="+923000000007"))
    assert [next(newest).body, next(newest).body] == ["message 9007", "message 8007"]


def test_work_is_waited_for_and_alarms_are_not() -> None:
    later, done = Later(), threading.Event()
    later.alarm(done.set, 3600)
    later.work(lambda: None, 0.01)
    assert later.settle(10)
    assert not done.is_set()
    later.work(done.wait, 0)
    assert not later.settle(0.05)
    done.set()
    assert later.settle(10)
    later.close()
    later.work(done.clear)
    assert done.is_set()


def test_forced_faults_come_first_and_in_order_and_equal_seeds_draw_equal_faults() -> None:
    faults = Faults()
    faults.next(Fault.CUT, None, Fault.BUSY)
    assert [faults.on_create() for _ in range(5)] == [Fault.CUT, None, Fault.BUSY, None, None]
    odds = Odds(busy=0.02, down=0.02, broken=0.02, cut=0.01, hang=0.01)
    one, two = Faults(odds, 5), Faults(odds, 5)
    drawn = [one.on_create() for _ in range(2000)]
    assert drawn == [two.on_create() for _ in range(2000)]
    assert set(drawn) == {None, *Fault}
    assert sum(one.met.values()) == sum(fault is not None for fault in drawn)


def test_a_document_becomes_verbs_with_twilios_defaults_and_absolute_addresses() -> None:
    document = read(
        "<Say>Hi</Say><Play loop='2'>/audio/a.wav</Play><Pause/>"
        "<Gather action='key?s=2' numDigits='4' finishOnKey='' timeout='8' actionOnEmptyResult='true' bargeIn='false'>"
        "<Play>b.wav</Play></Gather><Gather/><Record/><Redirect method='GET'>/next</Redirect><Sms>no</Sms><Hangup/>"
    )
    assert document.verbs == (
        Say("Hi"),
        Play("https://hotline.example/audio/a.wav", 2),
        Pause(1),
        Gather(
            (Play("https://hotline.example/twilio/b.wav"),), "https://hotline.example/twilio/key?s=2",
            keys=4, finish="", timeout=8.0, empty=True, barge=False,
        ),
        Gather((), URL),
        Record(URL),
        Redirect("https://hotline.example/next", "GET"),
        Hangup(),
    )  # fmt: skip
    assert document.passed_over == ("Sms",)


def test_a_message_may_stand_bare_or_in_a_body_and_keeps_its_lines() -> None:
    assert read("<Message>one\n two </Message><Message to='+92'><Body>a&amp;b</Body></Message>").verbs == (
        Message("one\n two "),
        Message("a&b", "+92"),
    )
    assert parse("سلام".encode(), "text/plain", URL).verbs == (Message("سلام"),)
    assert parse(b" \n", "", URL).verbs == ()


@pytest.mark.parametrize(
    ("body", "kind", "number"),
    [
        (b"<Response><Say>", "text/xml", 12100),
        (b"<Reply/>", "text/xml", 12100),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><Response>&a;</Response>", "text/xml", 12100),
        (b"<Response>\x0b</Response>", "text/xml", 12100),
        (b"<?xml version='1.0' encoding='x-none'?><Response/>", "text/xml", 12100),
        (b"<?xml version='1.0' encoding='utf-7'?><Response>+AGE</Response>", "text/xml", 12100),
        (b"<Response/>", "", 12300),
        (b"{}", "application/json", 12300),
        (b"<Response>" + b" " * 65_536 + b"</Response>", "text/xml", 11750),
    ],
)
def test_what_twilio_would_not_follow_has_twilios_number(body: bytes, kind: str, number: int) -> None:
    with pytest.raises(BadTwiml) as refused:
        parse(body, kind, URL)
    assert refused.value.number == number


@given(st.binary(max_size=200), st.sampled_from(["text/xml", "application/xml", "text/plain", ""]))
def test_no_bytes_whatever_are_more_than_a_bad_document(body: bytes, kind: str) -> None:
    with contextlib.suppress(BadTwiml):
        parse(b"<Response>" + body + b"</Response>", kind, URL)
    with contextlib.suppress(BadTwiml):
        parse(body, kind, URL)


def test_a_country_is_known_of_a_number_and_of_nothing_else() -> None:
    assert [country_of(number) for number in ("+923001234567", "+966501234567", "8080", "anonymous", "")] == [
        "PK", "SA", "", "", "",
    ]  # fmt: skip


def test_closing_forgets_what_was_not_yet_due(hotline: FakeHotline) -> None:
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER, mps=0.1))
    carrier.send(Order("+923001234567", NUMBER, "now"))
    carrier.send(Order("+923001234567", NUMBER, "in ten seconds"))
    assert not carrier.settle(0.3)
    carrier.close()
    assert carrier.settle(5)
    assert [text.body for text in carrier.inbox("+923001234567")] == ["now"]
