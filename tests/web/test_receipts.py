"""Receipts at the door: taken in any order, an unknown one too; told again where we could not keep it."""

from __future__ import annotations

import itertools

import pytest

from hotline.errors import StoreDown
from hotline.store.own import consents
from hotline.store.schema import suppressions
from tests.outbox import Outbox, settings_of
from tests.people_met import is_stopped
from tests.web.running import ACCOUNT, NUMBER, Running

SID = "SM" + "4d" * 16


def receipt(status: str, sid: str = SID, **more: str) -> list[tuple[str, str]]:
    form = {"AccountSid": ACCOUNT, "MessageSid": sid, "MessageStatus": status, "To": "+923001234567", "From": NUMBER}
    return list({**form, **more}.items())


def outbox_of(hotline: Running) -> Outbox:
    return Outbox(settings_of(), hotline.house.database, hotline.house.vault)


def sending(outbox: Outbox) -> str:
    return outbox.message(outbox.person(), state="sending", attempt=1)


def test_a_receipt_brings_the_providers_id_and_only_lifts_the_row(fresh_hotline: Running) -> None:
    outbox = outbox_of(fresh_hotline)
    message = sending(outbox)
    for status in ("sent", "queued", "delivered", "sent", "undelivered", "delivered"):
        assert fresh_hotline.post(f"/twilio/status/{message}-1", receipt(status)).status == 204
    assert (outbox.row(message).state, outbox.row(message).provider_id) == ("delivered", SID)


def test_ten_orders_of_five_receipts_each_doubled_end_alike(fresh_hotline: Running) -> None:
    outbox = outbox_of(fresh_hotline)
    words = ("queued", "sending", "sent", "undelivered", "delivered")
    for place, order in enumerate(itertools.islice(itertools.permutations(words), 0, 120, 12)):
        message, sid = sending(outbox), f"SM{place:032x}"
        for status in order:
            for _ in range(2):
                fresh_hotline.post(f"/twilio/status/{message}-1", receipt(status, sid, ErrorCode="30005"))
        assert outbox.row(message).state == "delivered", order
        assert outbox.reader(message).strikes == 0


def test_a_bad_number_is_struck_once_and_a_stop_at_the_carrier_is_a_stop(fresh_hotline: Running) -> None:
    outbox = outbox_of(fresh_hotline)
    bad, stopped = sending(outbox), sending(outbox)
    for _ in range(2):
        fresh_hotline.post(f"/twilio/status/{bad}-1", receipt("undelivered", "SM" + "5e" * 16, ErrorCode="30005"))
        fresh_hotline.post(f"/twilio/status/{stopped}-1", receipt("failed", ErrorCode="30004"))
    assert (outbox.row(bad).reason, outbox.reader(bad).strikes) == ("bad_number", 1)
    assert (outbox.row(stopped).state, outbox.row(stopped).reason) == ("failed", "stopped")
    assert is_stopped(fresh_hotline.house.database, [outbox.reader(stopped).number_index])
    assert len(fresh_hotline.rows(suppressions)) == len(fresh_hotline.rows(consents)) == 1


def test_a_telephone_that_was_off_is_tried_again_hours_later(fresh_hotline: Running) -> None:
    outbox = outbox_of(fresh_hotline)
    message = sending(outbox)
    fresh_hotline.post(f"/twilio/status/{message}-1", receipt("undelivered", ErrorCode="30003"))
    row = outbox.row(message)
    assert (row.state, row.reason, row.again) == ("queued", "handset", 1)
    assert (row.due_at - fresh_hotline.clock()).total_seconds() == 7200


def test_what_is_none_of_ours_is_counted(fresh_hotline: Running) -> None:
    assert fresh_hotline.post("/twilio/status/nothing-1", receipt("sent")).status == 204
    assert fresh_hotline.post("/twilio/status/nothing", receipt("sent")).status == 204
    assert fresh_hotline.count("receipt", "unknown") == 1


def test_without_the_database_the_provider_is_asked_to_tell_again(
    fresh_hotline: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = outbox_of(fresh_hotline)
    message = sending(outbox)

    def down(*_: object) -> None:
        raise StoreDown("down")

    with monkeypatch.context() as away:
        away.setattr(fresh_hotline.house.database, "look", down)
        assert fresh_hotline.post(f"/twilio/status/{message}-1", receipt("sent")).status == 503
    assert fresh_hotline.post(f"/twilio/status/{message}-1", receipt("sent")).status == 204
    assert outbox.row(message).state == "sent"
