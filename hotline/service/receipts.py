"""What the provider says became of a message: taken in any order and any number of times, acted on once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from hotline.channels.base import Receipt
from hotline.domain.delivery import News, State, Trouble, said
from hotline.errors import NotFound
from hotline.frozen import frozen
from hotline.service import marking
from hotline.service.letters import read_receipt_id
from hotline.service.marking import Mark
from hotline.service.needs import Count
from hotline.service.trying import NAMES, Kind
from hotline.settings import Settings
from hotline.store import breakers, deliveries, hearing
from hotline.store.breakers import Health
from hotline.store.database import Database

UNKNOWN_WAIT = timedelta(hours=2)
"""Before the one new try after a failure whose code we do not know."""


class Codes(Protocol):
    """The table of error codes."""

    def kind(self, code: str) -> Kind:
        """What an error code means."""


@frozen
class Receipts:
    """Takes receipts, and what a look into the provider's list found."""

    settings: Settings
    database: Database
    channel: Codes
    mark: Mark
    count: Count
    now: Callable[[], datetime]

    def hear(self, receipt: Receipt) -> None:
        """Take one receipt; one of a call, or of nothing we sent, is only counted. Raises StoreDown."""
        state = said(receipt.status)
        message, attempt = read_receipt_id(receipt.own_id)
        if state is None or not attempt:
            self.count("receipt", receipt.status)
            return
        self.count("receipt", receipt.status)
        try:
            self.take(message, self.news(attempt, receipt, state), receipt.error)
        except NotFound:
            self.count("receipt", "unknown")

    def news(self, attempt: int, receipt: Receipt, state: State) -> News:
        """What a receipt says of one try."""
        kind = self.channel.kind(receipt.error)
        trouble = Trouble(kind.name) if kind.name in NAMES else Trouble.UNKNOWN
        wait = timedelta(seconds=kind.wait) if trouble is not Trouble.UNKNOWN else UNKNOWN_WAIT
        return News(attempt, receipt.provider_id, state, trouble, wait)

    def take(self, message: str, news: News, code: str = "") -> bool:
        """Whether news changed anything. Raises NotFound and StoreDown."""
        told = hearing.hear(self.database, message, news, self.now(), code)
        if told is None:
            return False
        self.mark(marking.HEARD)
        if told.halts:
            sending = self.settings.sending
            rule = breakers.Rule(sending.breaker_errors, timedelta(seconds=sending.breaker_seconds))
            why = f"{code}: {self.channel.kind(code).means}"
            health = Health(told.halts, 1, worked=False, halt=True, why=why)
            deliveries.mark(self.database, deliveries.Report(health=[health]), rule, self.now())
            self.count("breaker", "open")
        return True
