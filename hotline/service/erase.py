"""Erasing a person within a minute of their wish: database, Redis, spool, and the provider's copies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from hotline.errors import HotlineError, MemoryDown, SealBroken, SendError, StoreDown
from hotline.flow.model import Channel
from hotline.frozen import frozen
from hotline.memory.turns import Arrival
from hotline.own_keys import OwnKey, case_owner, open_number, person_owner
from hotline.sealing import Vault
from hotline.service.needs import Count
from hotline.store import erasing, people
from hotline.store.database import Database
from hotline.store.erasing import Erasure, Event, Resealed, Traces

log = structlog.get_logger("erase")
JOB = "erase"
SETTLE = timedelta(seconds=1)
"""From the wish until it is carried out: the turn that took it still puts its conversation into Redis."""
SOON = timedelta(seconds=1)
"""Until the database's log is cleared again, where others were at it."""
WORDS_KEPT = timedelta(days=31)
AGAIN = timedelta(minutes=10)
NOT_THERE = ("20404", "404")
"""The provider's ways of saying that it has no such message."""


class Memory(Protocol):
    """What Redis remembers of threads."""

    def names(self, arrival: Arrival) -> tuple[bytes, ...]:
        """Under which names."""

    def remove(self, names: Sequence[bytes]) -> None:
        """Remove it. Raises MemoryDown."""


class Spool(Protocol):
    """What waits on disk."""

    def drain(self, database: Database) -> int:
        """Keep what waits. Raises StoreDown."""

    def forget(self, indexes: Collection[bytes]) -> int:
        """Delete what a person sent that was put aside."""


@frozen
class Eraser:
    """Carries out wishes to be erased. `delete_copy` asks the provider to delete one message; raises SendError."""

    database: Database
    vault: Vault
    memory: Memory
    spool: Spool
    delete_copy: Callable[[str], None]
    count: Count

    def sweep(self, now: datetime) -> timedelta | None:
        """Erase everybody whose wish has settled. How long until the next one has; None when nobody waits.

        A wish is done when the database, its log and Redis hold nothing. Raises StoreDown.
        """
        wishes = erasing.waiting(self.database)
        settled = [wish for wish in wishes if wish.asked_at + SETTLE <= now]
        if settled:
            # What came before the wish and is still on disk would bring the person back.
            self.spool.drain(self.database)
        for wish in settled:
            try:
                self._forget(self._erase(wish, now) if wish.erased_at is None else wish)
            except StoreDown:
                raise
            except (HotlineError, LookupError, ValueError) as error:
                # It stays open, and is tried again; the others' must not wait for it.
                self.count("not_erased", type(error).__name__)
                log.error("not erased", id=wish.id, why=type(error).__name__)
        waits = [wish.asked_at + SETTLE - now for wish in wishes if wish not in settled]
        if settled and erasing.clear_log(self.database):
            erasing.done(self.database, now)
        elif settled:
            # The log still has what was deleted: while it does, nobody's wish is fulfilled.
            self.count("log_kept")
            waits.append(SOON)
        return min(waits, default=None)

    def clear_copies(self, now: datetime) -> int:
        """Ask the provider to delete what is due, again every 10 minutes for a day; how many it deleted."""
        gone = 0
        for provider_id, until, _ in erasing.due_copies(self.database, now):
            try:
                self.delete_copy(provider_id)
            except SendError as error:
                if error.code in NOT_THERE:
                    erasing.copy_gone(self.database, provider_id)
                elif now + AGAIN > until:
                    self.count("copy_kept", error.code)
                    erasing.copy_gone(self.database, provider_id)
                else:
                    erasing.copy_again(self.database, provider_id, now + AGAIN)
            else:
                erasing.copy_gone(self.database, provider_id)
                gone += 1
        return gone

    def _erase(self, wish: Erasure, now: datetime) -> Erasure:
        traces, threads = self._traces(wish)
        events = erasing.events(self.database, traces, wish.asked_at - WORDS_KEPT)
        wish = Erasure(wish.id, wish.number_index, wish.asked_at, now, self._names(events, threads))
        held = map(self._resealed, erasing.held_cases(self.database, traces.indexes))
        erasing.erase(self.database, wish, traces, [one for one in held if one is not None], now)
        self.spool.forget(traces.indexes)
        self.count("erased")
        return wish

    def _traces(self, wish: Erasure) -> tuple[Traces, tuple[str, ...]]:
        """By what the person's rows are found, and the name of their texts' thread; by the wish alone if unknown."""
        kept = people.number_of(self.database, [wish.number_index])
        if kept is None:
            return Traces((wish.number_index,), ()), ()
        try:
            number = open_number(self.vault, person_owner(kept.person_id), kept.key_sealed, kept.number_sealed)
        except SealBroken:
            return Traces((wish.number_index,), ()), ()
        indexes = {wish.number_index, *self.vault.indexes("number", number)}
        thread = f"{Channel.SMS}|{number}"
        return Traces(tuple(indexes), self.vault.indexes("thread", thread)), (thread,)

    def _names(self, events: Sequence[Event], threads: tuple[str, ...]) -> tuple[bytes, ...]:
        arrivals = [Arrival("", "", self.vault.indexes("thread", thread), Channel.SMS) for thread in threads]
        for event in events:
            call = event.external_id.partition(":")[0]
            thread = f"{Channel.VOICE}|{call}" if event.channel == Channel.VOICE else (*threads, call)[0]
            indexes = self.vault.indexes("thread", thread)
            arrivals.append(Arrival(event.provider, event.external_id, indexes, Channel(event.channel)))
        return tuple(dict.fromkeys(name for arrival in arrivals for name in self.memory.names(arrival)))

    def _forget(self, wish: Erasure) -> None:
        try:
            self.memory.remove(wish.names)
        except MemoryDown:
            # What Redis had comes back with it; the wish stays open until that is gone too.
            self.count("memory_down")
        else:
            erasing.forgotten(self.database, wish.id)

    def _resealed(self, held: tuple[str, bytes, bytes]) -> Resealed | None:
        """A case under legal hold with a new key; None for one that nobody can read any more."""
        case, key_sealed, detail_sealed = held
        owner = case_owner(case)
        try:
            detail = OwnKey.kept(self.vault, owner, key_sealed).open("detail", detail_sealed)
        except SealBroken:
            return None
        fresh = OwnKey.new(owner)
        return Resealed(case, fresh.sealed(self.vault), fresh.seal("detail", detail))
