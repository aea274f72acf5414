"""What the texts and the calls of one carrier share, and how it refuses a customer's request."""

from __future__ import annotations

from hotline.errors import HotlineError
from hotline.frozen import frozen
from hotline.pocket.account import Account, Clock, Hooks
from hotline.pocket.faults import Faults
from hotline.pocket.later import Later
from hotline.pocket.ledger import Ledger
from hotline.pocket.webhooks import Webhooks


class Refusal(HotlineError):
    """The REST API does not take a request: HTTP status, Twilio's error number, Twilio's words."""

    code = "carrier_refused"

    def __init__(self, status: int, number: int, message: str) -> None:
        super().__init__(message)
        self.status, self.number, self.message = status, number, message


@frozen
class Desk:
    """One carrier's parts. `now` is the clock that can be moved, for stamps; `clock` is not moved, for waiting."""

    account: Account
    ledger: Ledger
    webhooks: Webhooks
    later: Later
    faults: Faults
    hooks: Hooks
    clock: Clock
    now: Clock
