"""A handset writes, the hotline answers, and when it does not the carrier does as Twilio does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hotline.pocket.account import Account
from hotline.pocket.carrier import Carrier
from hotline.pocket.desk import Refusal
from hotline.pocket.faults import Faults, Odds
from hotline.pocket.ledger import What
from hotline.pocket.texts import Order
from hotline.text.parts import Alphabet

from .conftest import AKRAM, NASREEN, NUMBER, SID, TOKEN, FakeHotline


def test_a_text_arrives_signed_with_the_fields_of_twilio_and_its_reply_lands_in_the_inbox(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    hotline.answers["/twilio/sms"] = "<Response><Message>Which agency?</Message></Response>"
    exchange = carrier.text(NASREEN, "CHECK 4859")
    [asked] = hotline.at("/twilio/sms")
    assert asked.trusted
    assert asked.form["MessageSid"] == asked.form["SmsSid"] == exchange.sid
    assert exchange.sid.startswith("SM")
    assert len(exchange.sid) == 34
    assert {name: asked.form[name] for name in ("AccountSid", "From", "To", "Body", "NumMedia", "NumSegments")} == {
        "AccountSid": SID, "From": NASREEN, "To": NUMBER, "Body": "CHECK 4859", "NumMedia": "0", "NumSegments": "1",
    }  # fmt: skip
    assert (asked.form["FromCountry"], asked.form["SmsStatus"], asked.form["ApiVersion"]) == (
        "PK",
        "received",
        "2010-04-01",
    )
    [reply] = carrier.inbox(NASREEN)
    assert (reply.body, reply.length.alphabet, reply.length.parts) == ("Which agency?", Alphabet.GSM, 1)
    assert reply in exchange.replies
    assert carrier.inbox(AKRAM) == ()


def test_urdu_is_counted_in_parts_of_ucs2_and_two_replies_are_two_messages(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    long = "لائسنس " * 12
    hotline.answers["/twilio/sms"] = f"<Response><Message>{long}</Message><Message><Body>ok</Body></Message></Response>"
    carrier.text(NASREEN, "لائسنس ۴۸۵۹")
    first, second = carrier.inbox(NASREEN)
    assert (first.length.alphabet, first.length.parts) == (Alphabet.UCS2, 2)
    assert second.body == "ok"
    assert [text.body for text in carrier.conversation(NASREEN)] == ["لائسنس ۴۸۵۹", long, "ok"]


def test_an_error_of_the_hotline_is_answered_by_the_fallback_which_learns_what_went_wrong(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    hotline.answers |= {
        "/twilio/sms": ("broken", 500),
        "/twilio/fallback": "<Response><Message>Sorry</Message></Response>",
    }
    exchange = carrier.text(NASREEN, "hello")
    [asked] = hotline.at("/twilio/fallback")
    assert asked.trusted
    assert (asked.form["ErrorCode"], asked.form["ErrorUrl"]) == ("11200", f"{hotline.url}/twilio/sms")
    assert (asked.form["Body"], asked.form["MessageSid"]) == ("hello", exchange.sid)
    assert exchange.fell_back
    assert [text.body for text in carrier.inbox(NASREEN)] == ["Sorry"]
    assert [entry.detail for entry in carrier.ledger.of(exchange.sid, What.FAILED)] == ["11200 500 after 1"]


def test_a_document_that_cannot_be_read_is_error_12100_and_no_fallback_is_silence(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    hotline.answers |= {"/twilio/sms": "<Response><Message>never closed", "/twilio/fallback": ("", 503)}
    exchange = carrier.text(NASREEN, "hello")
    assert (exchange.trouble, exchange.replies, carrier.inbox(NASREEN)) == (12100, (), ())
    assert [entry.what for entry in carrier.ledger.of(exchange.sid)] == [
        What.TEXT, What.ASKED, What.FAILED, What.ASKED, What.FAILED,
    ]  # fmt: skip


def test_an_empty_response_is_no_reply_and_no_trouble(carrier: Carrier) -> None:
    exchange = carrier.text(NASREEN, "hello")
    assert (exchange.trouble, exchange.replies) == (0, ())


def test_a_withheld_sender_and_broken_letters_still_go_over_the_wire(carrier: Carrier, hotline: FakeHotline) -> None:
    carrier.text("anonymous", "half a letter \ud83d")
    [asked] = hotline.at("/twilio/sms")
    assert (asked.trusted, asked.form["From"], asked.form["FromCountry"]) == (True, "anonymous", "")
    assert asked.form["Body"] == "half a letter ?"


def test_a_replay_is_the_same_bytes_under_the_same_signature(carrier: Carrier, hotline: FakeHotline) -> None:
    exchange = carrier.text(NASREEN, "CHECK 4859")
    assert carrier.replay(exchange.sid).status == 200
    first, again = hotline.at("/twilio/sms")
    assert first == again


def test_a_webhook_is_doubled_and_an_older_one_replayed_when_the_odds_say_so(hotline: FakeHotline) -> None:
    faults = Faults(Odds(webhook_doubled=1.0, webhook_replayed=1.0))
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER), faults=faults)
    carrier.text(NASREEN, "one")
    carrier.text(NASREEN, "two")
    carrier.close()
    assert [asked.form["Body"] for asked in hotline.at("/twilio/sms")] == ["one", "one", "two", "two", "one"]
    assert all(asked.trusted for asked in hotline.asked)


def test_tries_go_on_only_as_the_account_overrides_say(hotline: FakeHotline) -> None:
    answers = iter([("", 503), ("", 503), "<Response><Message>at last</Message></Response>"])
    hotline.answers["/twilio/sms"] = lambda form: next(answers)
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER, overrides="rc=3&rp=ct,rt,5xx"))
    exchange = carrier.text(NASREEN, "hello")
    carrier.close()
    assert [reply.body for reply in exchange.replies] == ["at last"]
    assert len({asked.form["MessageSid"] for asked in hotline.at("/twilio/sms")}) == 1


def test_a_text_that_waited_longer_than_it_was_to_is_never_sent(hotline: FakeHotline) -> None:
    began = datetime(2026, 11, 23, 15, 55, tzinfo=UTC)
    times = [began]
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER, mps=5), lambda: times[0])
    carrier.send(Order(AKRAM, NUMBER, "in time", valid=300))
    late = carrier.send(Order(AKRAM, NUMBER, "late", hotline.url + "/twilio/status/1", valid=300))
    assert carrier.texts.kept.get(late.sid) is not None
    times[0] += timedelta(seconds=301)
    [told] = hotline.wait_for("/twilio/status/1")
    carrier.close()
    assert (told.form["MessageStatus"], told.form["ErrorCode"]) == ("failed", "30036")
    assert "late" not in [text.body for text in carrier.inbox(AKRAM)]


def test_how_long_a_text_may_wait_has_the_bounds_of_twilio(carrier: Carrier) -> None:
    for seconds in (0, 36_001):
        with pytest.raises(Refusal):
            carrier.send(Order(AKRAM, NUMBER, "x", valid=seconds))
