"""What moves broadcasts on by itself: starts, first batches, planning, stopping where too much fails, and ends."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from hotline.domain.broadcast import (
    Broadcast,
    Kind,
    Stage,
    approvers,
    grew,
    moved,
    paused,
    sent_back,
)
from hotline.domain.delivery import State
from hotline.domain.failing import canary_failing, canary_waits, failing
from hotline.errors import HotlineError, NotFound, StoreDown
from hotline.frozen import frozen
from hotline.service.broadcast import why_unsendable
from hotline.service.dry_run import DryRun, Reach, dry_run
from hotline.service.news import why_untrue
from hotline.service.series import KEY
from hotline.store import broadcasts as store
from hotline.store import fanning, occurrences, progress
from hotline.store.fanning import CHUNK

MOST_CHUNKS = 50
"""Of one broadcast in one run: a million people; the next run goes on."""
CANCELLED, LATE = "cancelled", "late"
Told = Callable[[str, str, str], None]
"""(broadcast, its new stage, why): for the log."""


@frozen
class FanOut:
    """Looks at every broadcast that is not over and does what is due. Any number may run at once."""

    reach: Reach
    told: Told
    chunk: int = CHUNK

    def run(self, now: datetime) -> None:
        """One round. A broadcast that cannot be moved on says why, and holds back no other. Raises StoreDown."""
        for stages, step in (
            ((Stage.APPROVED, Stage.SCHEDULED), self._due),
            ((Stage.CANARY, Stage.RUNNING), self._recheck),
            ((Stage.CANARY,), self._first_batch),
            ((Stage.CANARY, Stage.RUNNING), self._watch),
            ((Stage.RUNNING,), self._go_on),
            ((Stage.PAUSED,), self._end_paused),
            ((Stage.CANCELLED, Stage.RECALLED), self._give_up),
        ):
            for broadcast in self._in(*stages):
                self._one(step, broadcast, now)

    def _recheck(self, broadcast: Broadcast, now: datetime) -> None:
        """What the register takes back meanwhile is not told any further."""
        if why := why_untrue(self.reach, broadcast.draft, now):
            self._stop(broadcast, now, why)

    def _one(self, step: Callable[[Broadcast, datetime], None], broadcast: Broadcast, now: datetime) -> None:
        try:
            step(broadcast, now)
        except StoreDown:
            raise
        except (HotlineError, LookupError, ValueError, ArithmeticError) as error:
            why = f"it cannot go on: {error if isinstance(error, HotlineError) else type(error).__name__}"
            with store.held(self.reach.database, broadcast.id) as held:
                if held.broadcast.why != why:
                    self._tell(held.save(replace(held.broadcast, why=why)))

    def begin(self, key: str, occurrence: str, now: datetime) -> bool:
        """The clock found this due: start it, or this day of a series. A second time changes nothing. Else False."""
        try:
            broadcast = store.find(self.reach.database, key.removeprefix(KEY))
        except NotFound:
            return False
        if not key.startswith(KEY) or broadcast.stage is not Stage.SCHEDULED:
            return False
        if not broadcast.is_series:
            return self.start(broadcast, now)
        return self._begin_day(broadcast, occurrence, now)

    def start(self, seen: Broadcast, now: datetime) -> bool:
        """Begin to send, if exactly this is still approved, and to no more people; else it goes back, and says why."""
        found = dry_run(self.reach, seen, now)
        untrue = why_untrue(self.reach, seen.draft, now)
        with store.held(self.reach.database, seen.id) as held:
            broadcast = held.broadcast
            # Counted outside the transaction: whoever changed it meanwhile is counted for in the next round.
            if broadcast != seen:
                return False
            why, back = (untrue, Stage.CANCELLED) if untrue else self._why_back(held, found, now)
            if why:
                self._tell(held.save(sent_back(broadcast, back, found.heads, now, why)))
                return False
            begins = max(now, broadcast.starts_at or now)
            # A day of a series that waited for an approval is still of that day.
            day = broadcast.made_at if broadcast.is_repeat else begins
            ends = broadcast.deadline_at or day + timedelta(hours=broadcast.draft.hours_to_live)
            if ends <= now:
                self._tell(held.save(moved(broadcast, Stage.CANCELLED, now, "its time was over before it began")))
                return False
            careful = broadcast.draft.kind is Kind.ALERT and found.heads > self.reach.settings.pushing.canary
            stage = Stage.CANARY if careful else Stage.RUNNING
            self._tell(held.save(replace(moved(broadcast, stage, now), starts_at=begins, deadline_at=ends)))
            return True

    def _why_back(self, held: store.Held, found: DryRun, now: datetime) -> tuple[str, Stage]:
        broadcast = held.broadcast
        if why := why_unsendable(found):
            return why, Stage.DRAFT
        needed = self.reach.needed(broadcast, found.heads)
        if needed and grew(broadcast.heads, found.heads):
            return f"the audience grew from {broadcast.heads} to {found.heads} people", Stage.SUBMITTED
        if len(approvers(broadcast, held.approvals(), now)) < needed:
            return "it is not approved as it stands: an approval is for these very words, for 24 hours", Stage.SUBMITTED
        return "", broadcast.stage

    def _due(self, broadcast: Broadcast, now: datetime) -> None:
        if broadcast.is_series:
            last = date.fromisoformat(broadcast.draft.repeats_until)
            # A day late, so that no zone's last day is cut off.
            if now.date() > last + timedelta(days=1):
                self._move(broadcast, Stage.DONE, now, "its last day is over")
                return
            key = KEY + broadcast.id
            for day in occurrences.begun(
                self.reach.database, key, now - timedelta(hours=broadcast.draft.hours_to_live)
            ):
                self.begin(key, day, now)
        elif broadcast.starts_at is None or broadcast.starts_at <= now:
            self.start(broadcast, now)

    def _begin_day(self, series: Broadcast, occurrence: str, now: datetime) -> bool:
        day = replace(
            series,
            id=uuid.uuid5(uuid.NAMESPACE_OID, f"{series.id}|{occurrence}").hex,
            stage=Stage.APPROVED,
            parent=series.id,
            made_at=now,
            moved_at=now,
            starts_at=None,
            deadline_at=None,
            code="",
        )
        if not store.create(self.reach.database, day):
            return False
        return self.start(store.find(self.reach.database, day.id), now)

    def _first_batch(self, broadcast: Broadcast, now: datetime) -> None:
        pushing = self.reach.settings.pushing
        if not broadcast.canary and broadcast.planned_at is None:
            order = self.reach.order(broadcast.draft, now)
            fanning.plan_few(self.reach.database, broadcast.id, order, pushing.canary)
            return
        first = progress.first_people(self.reach.database, broadcast.id, broadcast.moved_at)
        over = _is_over(broadcast, now)
        if canary_waits(first, now, timedelta(minutes=pushing.canary_minutes)) and not over:
            return
        if over:
            self._end_late(broadcast, now)
        elif broadcast.planned_at is None and not any(one.tried_at for one in first):
            # Nobody of them got it: the next few are the first.
            self._plan_few_more(broadcast, now)
        elif why := canary_failing(first, pushing.failure_stop):
            self._stop(broadcast, now, f"stopped after the first {len(first)} people: {why}")
        else:
            self._move(broadcast, Stage.RUNNING, now, "")

    def _plan_few_more(self, broadcast: Broadcast, now: datetime) -> None:
        with store.held(self.reach.database, broadcast.id) as held:
            if held.broadcast.stage is broadcast.stage and held.broadcast.moved_at == broadcast.moved_at:
                held.save(replace(held.broadcast, canary=0, moved_at=now))

    def _watch(self, broadcast: Broadcast, now: datetime) -> None:
        newest = progress.tried(self.reach.database, broadcast.id, broadcast.moved_at)
        if why := failing(newest, self.reach.settings.pushing.failure_stop):
            self._stop(broadcast, now, f"stopped by itself: {why}")

    def _go_on(self, broadcast: Broadcast, now: datetime) -> None:
        if broadcast.planned_at is None:
            order = replace(self.reach.order(broadcast.draft, now), chunk=self.chunk)
            for _ in range(MOST_CHUNKS):
                if fanning.plan(self.reach.database, broadcast.id, order).finished:
                    break
            return
        if _is_over(broadcast, now):
            self._end_late(broadcast, now)
            return
        # Looked at while it is held: else what comes back meanwhile could wait behind the cursor, or after the end.
        with store.held(self.reach.database, broadcast.id) as held:
            if held.broadcast.stage is not Stage.RUNNING:
                return
            first = progress.first_open(held)
            if first is None:
                self._tell(held.save(moved(held.broadcast, Stage.DONE, now, "")))
            elif first != held.broadcast.cursor:
                held.save(replace(held.broadcast, cursor=first))

    def _end_paused(self, broadcast: Broadcast, now: datetime) -> None:
        if _is_over(broadcast, now):
            self._end_late(broadcast, now)

    def _end_late(self, broadcast: Broadcast, now: datetime) -> None:
        """Its time is over: nothing more of it leaves, and it is done once no worker has any of it in hand.

        What nobody can tell about yet is no reason to wait: after its deadline it does not go again.
        """
        self._drop(broadcast, LATE, now)
        with store.held(self.reach.database, broadcast.id) as held:
            left = progress.any_in(held.connection, broadcast.id, State.QUEUED, State.SENDING)
            if held.broadcast.stage is broadcast.stage and not left:
                self._tell(held.save(moved(held.broadcast, Stage.DONE, now, held.broadcast.why)))

    def _give_up(self, broadcast: Broadcast, now: datetime) -> None:
        """Nothing more of it leaves: the rows say so. An empty cursor says that none can come back any more."""
        if not broadcast.cursor:
            return
        self._drop(broadcast, CANCELLED, now)
        with store.held(self.reach.database, broadcast.id) as held:
            if not progress.any_in(held.connection, broadcast.id, State.QUEUED, State.SENDING, State.UNKNOWN):
                held.save(replace(held.broadcast, cursor=""))

    def _drop(self, broadcast: Broadcast, reason: str, now: datetime) -> None:
        with self.reach.database.reading() as connection:
            waits = progress.any_in(connection, broadcast.id, State.QUEUED)
        if waits:
            for _ in progress.drop_queued(self.reach.database, broadcast.id, reason, now):
                pass

    def _stop(self, broadcast: Broadcast, now: datetime, why: str) -> None:
        with store.held(self.reach.database, broadcast.id) as held:
            if held.broadcast.stage is broadcast.stage and held.broadcast.stops == broadcast.stops:
                self._tell(held.save(paused(held.broadcast, now, why)))

    def _move(self, broadcast: Broadcast, stage: Stage, now: datetime, why: str) -> None:
        with store.held(self.reach.database, broadcast.id) as held:
            if held.broadcast.stage is broadcast.stage and held.broadcast.moved_at == broadcast.moved_at:
                self._tell(held.save(moved(held.broadcast, stage, now, why)))

    def _tell(self, broadcast: Broadcast) -> None:
        self.told(broadcast.id, broadcast.stage, broadcast.why)

    def _in(self, *stages: Stage) -> tuple[Broadcast, ...]:
        return store.in_stages(self.reach.database, *stages)


def _is_over(broadcast: Broadcast, now: datetime) -> bool:
    return broadcast.deadline_at is not None and broadcast.deadline_at <= now
