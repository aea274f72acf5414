"""How a message or a call is asked for over Twilio's REST API, and what can be asked about it later."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote, urlsplit

from requests import exceptions as http
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import MaxRetryError, NewConnectionError

from hotline.channels.base import Outbound
from hotline.channels.twilio.codes import Codes
from hotline.errors import SendError

CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
RING_SECONDS, CALL_SECONDS = 30, 900
IN_FLIGHT = 32
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to the API, and where it is: `api_base` is another Twilio-compatible API, "" is Twilio's own."""

    sid: str
    token: str
    api_base: str = ""


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """A call to a person. `id` is ours, opaque; it returns in the call's status."""

    id: str
    sender: str
    to: str


@dataclass(frozen=True, slots=True)
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
    """One connection pool to one account. Nothing is ever tried twice in here: a create is not idempotent (20500)."""

    def __init__(self, login: Login, base_url: str, codes: Codes) -> None:
        """`base_url` is PUBLIC_BASE_URL: where calls fetch their steps and statuses are reported."""
        self._base = base_url.rstrip("/")
        self._codes = codes
        self._web = _web()
        self._client = _client(login, self._web)

    def send(self, message: Outbound) -> str:
        """Ask for one message; gives the provider's id. Raises SendError; if ambiguous, ask before sending again."""
        return self._create(
            lambda: (
                self._client.messages.create(
                    to=message.to, from_=message.sender, body=message.text, status_callback=self._status(message.id)
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
        return self._ask(lambda: [_listed(one) for one in list_messages(limit=limit, page_size=limit, **wanted)])

    def close(self) -> None:
        """Let go of the connections."""
        self._web.session.close()

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
        except http.ReadTimeout:
            error = SendError("timeout", ambiguous=True)
        except http.RequestException as failed:
            error = SendError("connect", retry=True) if _unsent(failed) else SendError("cut", ambiguous=True)
        except (TwilioException, ValueError, TypeError, AttributeError):
            # Taken, it seems, but the answer is not what the API promises.
            error = SendError("reply", ambiguous=True)
        raise error


def _web() -> TwilioHttpClient:
    # The SDK writes queries, and with them numbers, to the log at INFO.
    web = TwilioHttpClient(logger=logging.Logger("twilio", logging.CRITICAL))
    # Its constructor takes one number only; without any it waits for ever.
    web.timeout = (CONNECT_SECONDS, READ_SECONDS)
    for prefix in ("http://", "https://"):
        web.session.mount(prefix, HTTPAdapter(pool_maxsize=IN_FLIGHT))
    return web


def _client(login: Login, web: TwilioHttpClient) -> Client:
    client = Client(login.sid, login.token, http_client=web)
    # Left in the environment, TWILIO_REGION and TWILIO_EDGE would send everything to another host.
    client.region = client.edge = None
    if login.api_base:
        client.api.base_url = login.api_base.rstrip("/")
        # A proxy of the environment would be asked for an address that only this machine knows.
        web.session.trust_env = urlsplit(login.api_base).hostname not in LOOPBACK
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


def _unsent(failed: http.RequestException) -> bool:
    """Whether not one byte left: the name did not resolve, or nobody took the connection."""
    if isinstance(failed, http.ConnectTimeout):
        return True
    cause = failed.args[0] if failed.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
