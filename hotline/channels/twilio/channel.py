"""Twilio as a channel: what the doors and the senders of this program see of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Literal

from hotline.channels.base import Inbound, Outbound, Receipt, Spoken, Written
from hotline.channels.twilio import forms, twiml
from hotline.channels.twilio.codes import Codes, Kind
from hotline.channels.twilio.request import Raw, Trusted
from hotline.channels.twilio.signature import Guard
from hotline.frozen import frozen

if TYPE_CHECKING:
    from hotline.channels.twilio.rest import OutboundCall, TwilioRest


@frozen
class Account:
    """One account: `tokens` all verify, the first logs in; `api_base` is another compatible API, "" is Twilio's own.

    The seconds are how long the API may take to pick up, and to answer.
    """

    sid: str
    tokens: Sequence[str]
    api_base: str = ""
    connect_seconds: float = 5.0
    answer_seconds: float = 20.0


class TwilioChannel:
    """trust · read · answer for what comes in, send · call for what goes out."""

    provider = forms.PROVIDER
    media_type = twiml.MEDIA_TYPE

    def __init__(self, account: Account, base_url: str, codes: Codes) -> None:
        """`base_url` is PUBLIC_BASE_URL. Raises SettingError when it is no address."""
        self._account = account
        self._base = base_url.rstrip("/")
        self._codes = codes
        self._guard = Guard(base_url, account.tokens)
        self._rest: TwilioRest | None = None
        self._opening = Lock()

    def trust(self, raw: Raw) -> Trusted:
        """Check the signature. Raises Untrusted, whose code is the reason; `too_large` is a 413, all else a 403."""
        return self._guard.check(raw)

    def read(self, trusted: Trusted) -> Inbound | Receipt:
        """The event or receipt of a trusted request. Raises Untrusted for another account or a shape nobody sends."""
        return forms.read(trusted, self._account.sid)

    def answer(self, reply: Written | Spoken) -> bytes:
        """The body of the HTTP response, of `media_type`. Raises Refused over 64 kB."""
        if isinstance(reply, Written):
            return twiml.written(reply)
        return twiml.spoken(reply, self._base)

    def reject(self, reason: Literal["busy", "rejected"] = "busy") -> bytes:
        """The body that leaves a call unanswered, free for the caller."""
        return twiml.reject(reason)

    def send(self, message: Outbound) -> str:
        """Ask for one message; gives the provider's id. Raises SendError."""
        return self.rest().send(message)

    def delete_message(self, provider_id: str) -> None:
        """Have the provider delete its copy of a message. Raises SendError, code 20404 where it has none."""
        self.rest().delete(provider_id)

    def call(self, call: OutboundCall) -> str:
        """Ask for one call; gives the provider's id. Raises SendError."""
        return self.rest().call(call)

    def kind(self, code: str) -> Kind:
        """What an error code of a SendError or a receipt means for us."""
        return self._codes.kind(code)

    def received(self, number: str, since: datetime) -> list[Inbound]:
        """Every text a number of ours received since a moment (aware), as its webhook would have brought it.

        Nothing without an account. Raises SendError.
        """
        if not self._has_account():
            return []
        listed = self.rest().received(number, since)
        return [forms.fetched(one.provider_id, (one.sender, one.to), one.text, one.created or since) for one in listed]

    def numbers(self) -> list[str]:
        """The account's numbers whose texts come here, whatever we know of them. Raises SendError."""
        return self.rest().numbers() if self._has_account() else []

    def _has_account(self) -> bool:
        return bool(self._account.sid) and any(self._account.tokens)

    def rest(self) -> TwilioRest:
        """The REST side, opened when it is first needed."""
        with self._opening:
            if self._rest is None:
                # The SDK takes a fifth of a second to import: a process that only answers never pays it.
                from hotline.channels.twilio.lines import Patience  # noqa: PLC0415
                from hotline.channels.twilio.rest import Login, TwilioRest  # noqa: PLC0415

                token = next((token for token in self._account.tokens if token), "")
                patience = Patience(self._account.connect_seconds, self._account.answer_seconds)
                login = Login(self._account.sid, token, self._account.api_base, patience)
                self._rest = TwilioRest(login, self._base, self._codes)
            return self._rest
