"""Messages that may have been sent: the provider's list says whether they were; only what is not there goes again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol

import structlog

from hotline.channels.base import READS, Receipt
from hotline.domain.delivery import Reason, State, looked, said, untold
from hotline.errors import NotFound, SealBroken, SendError
from hotline.frozen import frozen
from hotline.own_keys import open_number, person_owner
from hotline.sealing import Vault
from hotline.service import marking
from hotline.service.letters import text_of
from hotline.service.receipts import Receipts
from hotline.store import unsettled
from hotline.store.unsettled import Fate, Unsure

log = structlog.get_logger("reconcile")
BEFORE, AFTER = timedelta(seconds=5), timedelta(seconds=120)
"""How much earlier and later than our try the provider may say that it took the message."""
BY_ONE = 10
"""Up to so many messages of one sender the list is asked for each; beyond, once for all that are fresh."""
FRESH = timedelta(minutes=15)
"""A list for all reaches back so far at most: one old message must not make it longer than the provider gives."""
MOST_BY_ONE = 50
"""The list is asked for at most so many one by one before the others have their turn."""
ROWS = 500
SILENT_AFTER, SILENT_UNTIL = timedelta(hours=1), timedelta(hours=48)
"""When a message without a final receipt is asked about, again and again until it is too old to matter."""


class Listed(Protocol):
    """A message as the provider remembers it."""

    @property
    def provider_id(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def error(self) -> str: ...
    @property
    def created(self) -> datetime | None: ...


class Book(Protocol):
    """The provider's list. Both raise SendError."""

    def made_since(self, since: datetime, *, to: str = "", sender: str = "") -> Sequence[Listed]:
        """Messages of ours created since then, to one number or from one sender."""

    def fetch(self, provider_id: str) -> Listed:
        """One message."""


@frozen
class _Asked:
    """A message we look for: to whom it went, and what it said."""

    unsure: Unsure
    to: str
    text: str


@frozen
class Reconcile:
    """Looks for unknown messages, and asks about those of which nothing is heard."""

    vault: Vault
    receipts: Receipts
    book: Callable[[], Book]

    def unknown(self) -> int:
        """Look for every unknown message whose look is due; how many there were. Raises StoreDown."""
        now, sending = self.receipts.now(), self.receipts.settings.sending
        second = timedelta(seconds=sending.second_look_seconds)
        # For so long, as a page of the list may take, nobody else looks: a look that dies is begun anew.
        page = timedelta(seconds=READS * (sending.connect_seconds + sending.answer_seconds))
        rows = unsettled.to_look_for(self.receipts.database, now, max(second, page), ROWS)
        by_sender = groupby(sorted(rows, key=lambda row: row.sender), key=lambda row: row.sender)
        for sender, some in by_sender:
            fates = self._look(sender, list(some), now)
            self.receipts.mark(marking.LOOKED)
            unsettled.decide(self.receipts.database, fates, second, self.receipts.now())
            self.receipts.mark(marking.DECIDED)
        return len(rows)

    def silent(self) -> int:
        """Ask about sent messages without a final receipt; how many there were. Raises StoreDown."""
        found = unsettled.silent(self.receipts.database, self.receipts.now(), SILENT_AFTER, SILENT_UNTIL)
        for one in found:
            try:
                self._take(one.id, one.attempt, self.book().fetch(one.provider_id))
            except SendError as error:
                log.warning("not asked", id=one.id, code=error.code)
        return len(found)

    def _look(self, sender: str, rows: Sequence[Unsure], now: datetime) -> list[Fate]:
        fates, asked = [], []
        for row in rows:
            if (opened := self._opened(row)) is None:
                # Its person or its words are gone, and with them any way to recognise it.
                fates.append(_cannot_tell(row, now))
            else:
                asked.append(opened)
        try:
            listed, left = self._listed(sender, asked, now)
        except SendError as error:
            log.warning("the list is away", code=error.code, unknown=len(asked))
            return fates + [_cannot_tell(one.unsure, now) for one in asked]
        if left:
            unsettled.leave(self.receipts.database, [one.unsure.id for one in left], now)
        return fates + self._judged([one for one in asked if one not in left], listed, now)

    def _judged(self, asked: Sequence[_Asked], listed: Mapping[str, list[Listed]], now: datetime) -> list[Fate]:
        used = set(
            unsettled.known(self.receipts.database, [one.provider_id for some in listed.values() for one in some])
        )
        fates, attempts = [], self.receipts.settings.sending.attempts
        for one in asked:
            row = one.unsure
            matches = [found for found in listed[one.to] if found.provider_id not in used and _matches(one, found)]
            if len(matches) == 1:
                used.add(matches[0].provider_id)
                self._take(row.id, row.row.attempt, matches[0])
            elif matches:
                fates.append(_cannot_tell(row, now))
            else:
                looks = row.looks + 1
                fates.append(Fate(row.id, row.row.attempt, looks, looked(row.row, looks, attempts, now)))
        return fates

    def _listed(
        self, sender: str, asked: Sequence[_Asked], now: datetime
    ) -> tuple[Mapping[str, list[Listed]], Sequence[_Asked]]:
        """What the provider has for each number, and those it was not asked about yet. Raises SendError."""
        found: defaultdict[str, list[Listed]] = defaultdict(list)
        fresh = [one for one in asked if one.unsure.attempted_at > now - FRESH]
        old = [one for one in asked if one.unsure.attempted_at <= now - FRESH]
        if len(asked) > BY_ONE and fresh:
            since = min(one.unsure.attempted_at for one in fresh) - BEFORE
            try:
                for listed in self.book().made_since(since, sender=sender):
                    found[listed.to].append(listed)
            except SendError as error:
                if error.code != "too_many":
                    raise
                found.clear()
                old = [*old, *fresh]
        else:
            old = list(asked)
        some = set(list(dict.fromkeys(one.to for one in old))[:MOST_BY_ONE])
        for to in some:
            # Two of one person: the list must hold what belongs to the older, and beside it what belongs to the newer.
            since = min(one.unsure.attempted_at for one in asked if one.to == to) - BEFORE
            found[to] = list(self.book().made_since(since, to=to, sender=sender))
        return found, [one for one in old if one.to not in some]

    def _opened(self, row: Unsure) -> _Asked | None:
        if row.key_sealed is None or row.number_sealed is None:
            return None
        try:
            return _Asked(
                row,
                open_number(self.vault, person_owner(row.person_id), row.key_sealed, row.number_sealed),
                text_of(self.vault, row),
            )
        except SealBroken:
            return None

    def _take(self, message: str, attempt: int, listed: Listed) -> None:
        receipt = Receipt(listed.provider_id, listed.status, listed.error)
        state = said(listed.status) or State.SENT
        try:
            self.receipts.take(message, self.receipts.news(attempt, receipt, state), listed.error)
        except NotFound:
            log.warning("gone", id=message)


def _matches(one: _Asked, listed: Listed) -> bool:
    at = one.unsure.attempted_at
    return (
        listed.created is not None
        and at - BEFORE <= listed.created <= at + AFTER
        and listed.text == one.text
        and listed.sender == one.unsure.sender
    )


def _cannot_tell(row: Unsure, now: datetime) -> Fate:
    """Looked for again, the older the more rarely, and one day no more."""
    wait = (now - row.attempted_at) / 4
    return Fate(row.id, row.row.attempt, row.looks, untold(row.attempted_at, now), Reason.UNVERIFIED, wait)
