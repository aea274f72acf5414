"""What a customer is told about a call: the fields of every webhook, and the progress receipts in their order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from email.utils import format_datetime
from math import ceil

from hotline.pocket.account import API_VERSION, geography, new_sid
from hotline.pocket.desk import Desk
from hotline.pocket.rings import Ring


def call_form(account_sid: str, sid: str, ring: Ring, status: str) -> dict[str, str]:
    """The fields Twilio sends with every webhook of a call."""
    inbound = ring.direction == "inbound"
    caller, called = (ring.handset, ring.number) if inbound else (ring.number, ring.handset)
    sides = {"From": caller, "To": called, "Caller": caller, "Called": called}
    places = [geography(side, number) for side, number in sides.items()]
    return {
        "CallSid": sid,
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "CallStatus": status,
        "Direction": ring.direction,
        **sides,
        **{name: place for fields in places for name, place in fields.items()},
    }


class Progress:
    """Posts a call's receipts one after another in the background, numbered, only those that were asked for."""

    def __init__(self, desk: Desk, ring: Ring, sid: str) -> None:
        """Nothing was told yet."""
        self._desk, self._ring, self._sid = desk, ring, sid
        self._sequence = 0
        self._row: deque[Mapping[str, str]] = deque()
        self._one_at_a_time = threading.Lock()

    def tell(self, event: str, status: str, seconds: int = 0) -> None:
        """`event` is initiated, ringing, answered or completed; `seconds` is how long the call was open."""
        if event not in self._ring.events or not self._ring.callback:
            return
        fields = {
            **call_form(self._desk.account.sid, self._sid, self._ring, status),
            "Timestamp": format_datetime(self._desk.now()),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._sequence),
        }
        if event == "completed":
            fields |= {"CallDuration": str(seconds), "Duration": str(ceil(seconds / 60))}
        self._sequence += 1
        self._row.append(fields)
        self._desk.later.work(self._post_next)

    def recording(self, seconds: int, url: str) -> dict[str, str]:
        """The fields of a new recording; where `url` is given it is told there that it can be fetched."""
        sid = new_sid("RE")
        address = self._desk.account.recording(sid)
        fields = {"RecordingSid": sid, "RecordingUrl": address, "RecordingDuration": str(seconds)}
        if url:
            ids = {"AccountSid": self._desk.account.sid, "CallSid": self._sid, "RecordingStatus": "completed"}
            self._desk.later.work(lambda: self._post(url, {**fields, **ids}))
        return fields

    def _post_next(self) -> None:
        with self._one_at_a_time:
            self._post(self._ring.callback, self._row.popleft())

    def _post(self, url: str, fields: Mapping[str, str]) -> None:
        self._desk.webhooks.tell(url, self._sid, self._ring.handset, fields)
