"""How a message or a call is asked for over Twilio's REST API, and what can be asked about it later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar
from urllib.parse import quote

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.incoming_phone_number import IncomingPhoneNumberInstance, IncomingPhoneNumberList
from twilio.rest.api.v2010.account.message import MessageInstance
from twilio.rest.api.v2010.account.short_code import ShortCodeInstance, ShortCodeList

from hotline.channels.base import Outbound
from hotline.channels.twilio.codes import Codes
from hotline.channels.twilio.lines import Lines, Patience
from hotline.errors import SendError
from hotline.frozen import frozen

RING_SECONDS, CALL_SECONDS = 30, 900
LONGEST_VALID = 36_000
"""Seconds a message may wait at the provider, as it is without a word from us."""
PAGE = 1000
"""Messages in one answer of the list, as many as the API gives."""
RECEIPTS_AGAIN = "#rc=3&rp=all"
"""Connection overrides: a receipt we could not keep is told again. By default it would not be."""

Answer = TypeVar("Answer")


@frozen
class Login:
    """Who we are to the API, and where it is: `api_base` is another Twilio-compatible API, "" is Twilio's own."""

    sid: str
    token: str
    api_base: str = ""
    patience: Patience = field(default_factory=Patience)


@frozen
class OutboundCall:
    """A call to a person. `id` is ours, opaque; it returns in the call's status."""

    id: str
    sender: str
    to: str


@frozen
class Listed:
    """A message as the provider remembers it; `created` is in UTC, `inbound` says that a person sent it."""

    provider_id: str
    sender: str
    to: str
    text: str
    status: str
    error: str
    created: datetime | None
    inbound: bool


class TwilioRest:
    """One account, for any number of threads. Only what reads is asked again: a create is not idempotent (20500)."""

    def __init__(self, login: Login, base_url: str, codes: Codes) -> None:
        """`base_url` is PUBLIC_BASE_URL: where calls fetch their steps and statuses are reported."""
        self._base = base_url.rstrip("/")
        self._codes = codes
        self._lines = Lines(login.patience)
        self._client = _client(login, self._lines)

    def send(self, message: Outbound) -> str:
        """Ask for one message; gives the provider's id. Raises SendError; if ambiguous, ask before sending again."""
        valid = {"validity_period": min(message.valid_seconds, LONGEST_VALID)} if message.valid_seconds > 0 else {}
        create: Callable[..., MessageInstance] = self._client.messages.create
        return self._create(
            lambda: (
                create(
                    to=message.to,
                    from_=message.sender,
                    body=message.text,
                    status_callback=self._status(message.id) + RECEIPTS_AGAIN,
                    **valid,
                ).sid
            )
        )

    def call(self, call: OutboundCall) -> str:
        """Ask for one call, which then comes in like any other; gives the provider's id. Raises SendError as `send`."""
        return self._create(
            lambda: (
                self._client.calls.create(
                    to=call.to,
                    from_=call.sender,
                    url=f"{self._base}/twilio/voice",
                    method="POST",
                    status_callback=self._status(call.id),
                    timeout=RING_SECONDS,
                    time_limit=CALL_SECONDS,
                ).sid
            )
        )

    def fetch(self, provider_id: str) -> Listed:
        """One message by the provider's id. Raises SendError, code 20404 where there is none."""
        return self._ask(lambda: _listed(self._client.messages(provider_id).fetch()))

    def delete(self, provider_id: str) -> None:
        """Remove the provider's own copy of a message. Raises SendError, code 20404 where there is none."""
        if not self._ask(lambda: bool(self._client.messages(provider_id).delete())):
            raise SendError("reply", retry=True)

    def messages(
        self, *, to: str = "", sender: str = "", after: datetime | None = None, limit: int = 50
    ) -> list[Listed]:
        """The newest messages first, at most `limit`; `after` is aware and compares with the day they were sent."""
        wanted: dict[str, str | datetime] = {}
        if to:
            wanted["to"] = to
        if sender:
            wanted["from_"] = sender
        if after is not None:
            # The SDK writes the wall clock with a Z, whatever the zone.
            wanted["date_sent_after"] = after.astimezone(UTC)
        list_messages: Callable[..., list[MessageInstance]] = self._client.messages.list
        size = min(limit, PAGE)
        return self._ask(lambda: [_listed(one) for one in list_messages(limit=limit, page_size=size, **wanted)])

    def made_since(self, since: datetime, *, to: str = "", sender: str = "", limit: int = 20_000) -> list[Listed]:
        """Messages of ours created at `since` or later, the newest first. Raises SendError, `too_many` over `limit`.

        Not by the day they were sent: one that was not sent yet has none.
        """
        wanted = {name: value for name, value in (("to", to), ("from_", sender)) if value}
        stream: Callable[..., Iterator[MessageInstance]] = self._client.messages.stream

        def read() -> list[Listed]:
            found: list[Listed] = []
            for one in map(_listed, islice(stream(page_size=min(limit, PAGE), **wanted), limit + 1)):
                if one.created is not None and one.created < since:
                    return found
                found.append(one)
            return found

        found = self._ask(read)
        if len(found) > limit:
            raise SendError("too_many")
        return [one for one in found if not one.inbound]

    def received(self, to: str, since: datetime) -> list[Listed]:
        """Every message a number of ours received since a moment (aware), newest first. Raises SendError."""
        return self._ask(lambda: list(self._received(to, since)))

    def _received(self, to: str, since: datetime) -> Iterator[Listed]:
        """Page by page: the list compares days only, so that one busy day is not fetched for its last minutes."""
        for one in self._client.messages.stream(to=to, date_sent_after=since.astimezone(UTC), page_size=PAGE):
            listed = _listed(one)
            if listed.created is not None and listed.created < since:
                return
            if listed.inbound:
                yield listed

    def numbers(self) -> list[str]:
        """The account's numbers and short codes whose texts come to this program; none of a kind it does not list.

        Raises SendError where it may list them another time.
        """
        return [*self._leading(self._client.incoming_phone_numbers), *self._leading(self._client.short_codes)]

    def _leading(self, kind: IncomingPhoneNumberList | ShortCodeList) -> Iterator[str]:
        here = f"{self._base}/twilio/sms"
        read: Callable[..., list[IncomingPhoneNumberInstance | ShortCodeInstance]] = kind.list
        try:
            found = self._ask(lambda: read(page_size=PAGE))
        except SendError as error:
            # An API that speaks as Twilio's need not have this part of it.
            if error.retry or error.ambiguous:
                raise
            return
        for one in found:
            # Another program may share the account: its texts are not ours to answer.
            if re.split("[?#]", one.sms_url or "")[0] == here:
                yield (one.short_code if isinstance(one, ShortCodeInstance) else one.phone_number) or ""

    def close(self) -> None:
        """Let go of the connections."""
        self._lines.close()

    def _status(self, own_id: str) -> str:
        return f"{self._base}/twilio/status/{quote(own_id, safe='')}"

    def _create(self, ask: Callable[[], str | None]) -> str:
        provider_id = self._ask(ask)
        if not provider_id:
            raise SendError("reply", ambiguous=True)
        return provider_id

    def _ask(self, ask: Callable[[], Answer]) -> Answer:
        """Ask once, and say what a failure means. No cause is chained: the SDK's errors carry numbers and texts."""
        try:
            return ask()
        except (TwilioRestException, TwilioServiceException) as refused:
            error = self._codes.error(_number(refused.status) or 500, _number(refused.code))
            error.wait = self._lines.asked_to_wait
        except (TwilioException, ValueError, TypeError, AttributeError) as failed:
            # A list that is refused comes with the answer itself. Else it was taken, it seems, and the answer is not
            # what the API promises.
            answer = next((one for one in failed.args if isinstance(one, Response)), None)
            error = self._codes.error(answer.status_code, None) if answer else SendError("reply", ambiguous=True)
            error.wait = self._lines.asked_to_wait if answer else 0.0
        raise error


def _client(login: Login, lines: Lines) -> Client:
    client = Client(login.sid, login.token, http_client=lines)
    # Left in the environment, TWILIO_REGION and TWILIO_EDGE would send everything to another host.
    client.region = client.edge = None
    if login.api_base:
        client.api.base_url = login.api_base.rstrip("/")
    return client


def _listed(one: MessageInstance) -> Listed:
    return Listed(
        provider_id=one.sid or "",
        sender=one.from_ or "",
        to=one.to or "",
        text=one.body or "",
        status=str(one.status or ""),
        error=str(one.error_code or ""),
        created=one.date_created.astimezone(UTC) if one.date_created else None,
        inbound=str(one.direction or "") == "inbound",
    )


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None
