"""A customer's account with the carrier: its keys, number and webhook addresses; and what the phone page may ask it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import phonenumbers

from hotline.frozen import frozen

Clock = Callable[[], datetime]
"""Gives the time, aware, in UTC."""

API_VERSION = "2010-04-01"
RECEIPTS = ("queued", "sending", "sent", "delivered")


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def new_sid(kind: str) -> str:
    """A fresh identifier: two letters (`SM` message, `CA` call, `RE` recording) and 32 hex digits."""
    return kind + uuid.uuid4().hex


@frozen
class Account:
    """One customer. `webhook_base` is the hotline's public address without a trailing slash.

    `overrides` is a connection-override fragment such as `rc=2&rp=ct,rt,5xx`, put on every webhook address.
    `mps` is parts a second, 0 for no limit. `receipts` are the statuses told to a StatusCallback, in order.
    `api_base` is where this carrier itself is reached (recordings), by default the hotline's address.
    """

    webhook_base: str
    sid: str
    token: str
    number: str
    mps: float = 0.0
    overrides: str = ""
    receipts: tuple[str, ...] = RECEIPTS
    api_base: str = ""

    def webhook(self, path: str) -> str:
        """The address of one of the customer's webhooks, such as `sms` or `status/call`."""
        return f"{self.webhook_base}/twilio/{path}" + (f"#{self.overrides}" if self.overrides else "")

    def recording(self, sid: str) -> str:
        """Where a recording can be fetched (`.wav` is added by the customer)."""
        return f"{self.api_base or self.webhook_base}/{API_VERSION}/Accounts/{self.sid}/Recordings/{sid}"


@frozen
class Hooks:
    """What the hotline tells the phone page: a clip's words, whether a person spoke it; its clock: how to move it, and
    the zone (IANA) its hours are shown in.
    """

    words_of: Callable[[str], str | None] = lambda url: None
    is_recording: Callable[[str], bool] = lambda url: False
    set_clock: Callable[[timedelta], None] = lambda offset: None
    zone: str = "Asia/Karachi"


def country_of(number: str) -> str:
    """The two-letter country a number belongs to, or "" for short codes, words and withheld numbers."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def geography(side: str, number: str) -> dict[str, str]:
    """The four place fields of one side (`From`, `To`, `Caller`, `Called`); only the country is ever known here."""
    return {f"{side}City": "", f"{side}State": "", f"{side}Zip": "", f"{side}Country": country_of(number)}
