"""The missed call: who may have it answered by a call of ours, and how it is rung once and never forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from hotline.channels.base import Inbound
from hotline.domain.claiming import hours
from hotline.domain.delivery import Priority
from hotline.domain.keeping import CALL_BACK, NOBODY, Earlier, Kept, OpenCase, bound
from hotline.domain.window import Window
from hotline.errors import MemoryDown, NotFound, SealBroken, StoreDown
from hotline.frozen import frozen
from hotline.own_keys import case_owner, open_detail, open_number, seal_case
from hotline.sealing import Vault
from hotline.service.needs import Count
from hotline.service.ports.person import due
from hotline.service.whereabouts import locals_of
from hotline.settings import Settings
from hotline.text.phone import is_person

RING = "ring"
"""The kind of case that the hotline itself ends, by ringing."""
AGAIN = "again"
"""The kind of case that is a second try, because nobody picked up the first."""
SECOND = "-2"
"""How the id of a second call ends: nobody picking that up is not tried again."""
MISSED = "missed"
"""The channel of a missed call. As `voice` it would hide the call before it, which was cut off and can go on."""
JOB = "ring_back"
APART = timedelta(minutes=5)
GIVE_UP = timedelta(minutes=10)
"""From when a call is due until it is a counsellor's."""
PAUSE = timedelta(minutes=15)
"""Between a call nobody picked up and the second."""
DAY = timedelta(days=1)


class Store(Protocol):
    """The database, and the spool behind it. All raise StoreDown."""

    def keep(self, kept: Kept) -> Earlier | None:
        """Keep the event with its case; the earlier answer if it was there already."""

    def spool(self, kept: Kept) -> None:
        """Put it on disk until the database is back. Raises StoreDown when the disk refuses too."""

    def opened_since(self, indexes: Sequence[bytes], kind: str, since: datetime) -> Sequence[datetime]:
        """When cases of this kind were opened for the person, open ones and closed ones."""

    def open_cases(self, kind: str) -> Sequence[OpenCase]:
        """Every case of this kind that is open."""

    def open_case(self, case: str) -> OpenCase | None:
        """The case, while it is open."""

    def is_open(self, indexes: Sequence[bytes], kind: str) -> bool:
        """Whether a case of this kind is open for the person."""

    def safe_hours(self, indexes: Sequence[bytes]) -> tuple[int, int] | None:
        """The minutes of the day between which alone the person wants to be reached."""

    def exchange(self, case: str, instead: OpenCase | None, at: datetime) -> bool:
        """Close a case and open another instead, at once; False, and nothing done, when it was closed already."""

    def close(self, case: str, at: datetime) -> None:
        """The case is done. Raises NotFound where none of this id is open."""


class Bell(Protocol):
    """What wakes a worker."""

    def ring(self, job: str, *ids: str) -> bool:
        """Ask for one run of a job. Raises MemoryDown."""


@frozen
class Ring:
    """A call to make now: `sender` is the number of ours that was rung, `to` whoever rang it.

    `promise` is the counsellor's case that stays open unless the call is made; "" where the person had one before.
    """

    id: str
    sender: str
    to: str
    promise: str


@frozen
class RingBack:
    """Takes missed calls, and gives each to one worker. `busy` is the answer the caller's provider got."""

    settings: Settings
    vault: Vault
    store: Store
    bell: Bell
    busy: bytes
    count: Count

    def asked(self, inbound: Inbound, now: datetime) -> bool:
        """Whether this missed call will be rung back; only ever the number it came from, never one that was typed.

        Raises StoreDown only when it could be kept neither in the database nor on disk.
        """
        why = self._stranger(inbound)
        case = None if why else self._case(inbound, now)
        if case is None:
            self.count(JOB, why)
            return False
        kept = self._kept(inbound, case, now)
        try:
            why = self._too_soon(inbound.sender, now) or ("known" if self.store.keep(kept) else "")
        except StoreDown:
            # The limits are in the database too. Spooled, two cases of one 5 minutes are one when they are drained.
            self.count("store_down")
            self.store.spool(kept)
        self.count(JOB, why or "asked")
        if not why:
            self._ring(case.id)
        return not why

    def unanswered(self, inbound: Inbound, now: datetime) -> bool:
        """Whether a call of ours that nobody picked up is tried a second time: after a pause, and not at night.

        Raises StoreDown only when it could be kept neither in the database nor on disk.
        """
        why = "nobody_twice" if inbound.unanswered.endswith(SECOND) else self._stranger(inbound)
        if why:
            self.count(JOB, why)
            return False
        case = self._case(inbound, now, again=True)
        kept = self._kept(replace(inbound, id=f"{inbound.thread}:{AGAIN}"), case, now)
        try:
            why = self._too_many(inbound.sender, now) or ("known" if self.store.keep(kept) else "")
        except StoreDown:
            self.count("store_down")
            self.store.spool(kept)
        # Nobody is rung for: the sweep does it once the pause is over.
        self.count(JOB, why or "nobody")
        return not why

    def waiting(self, case: str) -> OpenCase | None:
        """A missed call nobody has taken on yet."""
        return self.store.open_case(case)

    def claim(self, case: OpenCase, now: datetime) -> Ring | None:
        """Take it on: of any number of workers one gets the call to make. None for the others, and when it is too late.

        Until `made` a counsellor has it as well: a worker that dies before the call, or a refusal, loses nobody.
        """
        try:
            number = open_number(self.vault, case_owner(case.id), case.key_sealed, case.number_sealed)
            sender = open_detail(self.vault, case.id, case.key_sealed, case.detail_sealed)
        except SealBroken:
            # Kept open it would be tried for ever: without the key nobody can ring.
            self.count(JOB, "sealed")
            self.store.exchange(case.id, None, now)
            return None
        if now < case.due_at - GIVE_UP or self._is_over(case, number, now):
            return None
        waiting = self.store.is_open(self.vault.indexes("number", number), CALL_BACK)
        promise = None if waiting else self._promise(case, number, now)
        if not self.store.exchange(case.id, promise, now):
            return None
        if case.due_at <= now or (case.kind == AGAIN and self._opens(number, now) > now):
            self.count(JOB, "late")
            return None
        own_id = case.id + (SECOND if case.kind == AGAIN else "")
        return Ring(own_id, sender, number, promise.id if promise else "")

    def made(self, ring: Ring, now: datetime) -> None:
        """The provider took the call: the counsellor need not."""
        self.count(JOB, "made")
        if ring.promise:
            # A counsellor may have been quicker.
            with suppress(NotFound):
                self.store.close(ring.promise, now)

    def failed(self) -> None:
        """The provider did not take the call, or may not have: the counsellor's case stays."""
        self.count(JOB, "not_taken")

    def sweep(self, now: datetime) -> int:
        """Ring again for what nobody took on, and leave to a counsellor what is too old; how many were open."""
        cases = (*self.store.open_cases(RING), *self.store.open_cases(AGAIN))
        for case in cases:
            if case.due_at <= now:
                self.claim(case, now)
            elif case.due_at - GIVE_UP <= now:
                self._ring(case.id)
        return len(cases)

    def _stranger(self, inbound: Inbound) -> str:
        """Why this caller is never rung; "" when they may be."""
        if inbound.withheld:
            return "withheld"
        if not is_person(inbound.sender):
            return "nobody"
        if any(inbound.sender in district.numbers for district in self.settings.districts.values()):
            return "own"
        # Numbers abroad are rented out to be rung: every minute would pay whoever hired one.
        return "" if self.settings.country_of(inbound.sender) else "country"

    def _too_soon(self, number: str, now: datetime) -> str:
        rung = self.store.opened_since(self.vault.indexes("number", number), RING, now - DAY)
        return "again" if any(at > now - APART for at in rung) else self._too_many(number, now)

    def _too_many(self, number: str, now: datetime) -> str:
        indexes = self.vault.indexes("number", number)
        calls = sum(len(self.store.opened_since(indexes, kind, now - DAY)) for kind in (RING, AGAIN))
        return "too_many" if calls >= self.settings.ring_backs_a_day else ""

    def _is_over(self, case: OpenCase, number: str, now: datetime) -> bool:
        """Whether a second try is none any more: they rang again themselves, which is answered by itself."""
        if case.kind != AGAIN:
            return False
        anew = self.store.opened_since(self.vault.indexes("number", number), RING, case.opened_at)
        if anew and self.store.exchange(case.id, None, now):
            self.count(JOB, "rang_anew")
        return bool(anew)

    def _opens(self, number: str, at: datetime) -> datetime:
        """The next moment at which somebody may be rung who did not just ring us: by day, and in their safe hours."""
        country = self.settings.country_of(number)
        assert country is not None
        try:
            named = self.store.safe_hours(self.vault.indexes("number", number))
        except StoreDown:
            named = None
        local = locals_of(self.settings)[country.code]
        return hours(Priority.ALERT, local, Window(*named) if named else None).opens(at) or at

    def _ring(self, case: str) -> None:
        try:
            self.bell.ring(JOB, case)
        except MemoryDown:
            self.count("memory_down")

    def _case(self, inbound: Inbound, now: datetime, *, again: bool = False) -> OpenCase:
        event = f"{inbound.unanswered}|{AGAIN}" if again else f"{inbound.provider}|{inbound.id}|{RING}"
        turn = uuid.uuid5(uuid.NAMESPACE_OID, event).hex
        # In one piece it may hold nine digits in a row, and what could be a number is no argument of a job.
        own_id = "-".join(turn[at : at + 8] for at in range(0, 32, 8))
        slot = int(now.timestamp() // APART.total_seconds())
        sealed = seal_case(self.vault, own_id, inbound.sender, inbound.to)
        return OpenCase(
            id=own_id,
            kind=AGAIN if again else RING,
            once=event if again else f"{RING}:{self.vault.index('ring', f'{inbound.sender}|{slot}').hex()}",
            centre=self.settings.district_of(inbound.to).key,
            number_index=self.vault.index("number", inbound.sender),
            number_sealed=sealed.number_sealed,
            detail_sealed=sealed.detail_sealed,
            opened_at=now,
            due_at=(self._opens(inbound.sender, now + PAUSE) if again else now) + GIVE_UP,
            key_sealed=sealed.key_sealed,
        )

    def _promise(self, case: OpenCase, number: str, now: datetime) -> OpenCase:
        """The counsellor's case that comes after a ring. Its id comes from the ring's, so that there is one."""
        own_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{case.id}|{CALL_BACK}").hex
        promised = self.settings.districts[case.centre].desk.call_back_hours
        sealed = seal_case(self.vault, own_id, number, "")
        return OpenCase(
            id=own_id,
            kind=CALL_BACK,
            once=f"{CALL_BACK}:{case.id}",
            centre=case.centre,
            number_index=case.number_index,
            number_sealed=sealed.number_sealed,
            detail_sealed=sealed.detail_sealed,
            opened_at=now,
            due_at=due(now.astimezone(self.settings.zone), promised),
            key_sealed=sealed.key_sealed,
        )

    def _kept(self, inbound: Inbound, case: OpenCase, now: datetime) -> Kept:
        place = bound("inbound", "reply", inbound.provider, inbound.id)
        return Kept(
            provider=inbound.provider,
            external_id=inbound.id,
            channel=MISSED,
            centre=case.centre,
            # The case knows who rang. Of the event only the id is needed, so nothing of it need be found to be erased.
            person_index=NOBODY,
            thread_index=self.vault.index("thread", f"{inbound.channel}|{inbound.thread}"),
            at=now,
            reply=self.vault.seal("reply", self.busy, place),
            effects=(case,),
            number=inbound.sender,
        )
