"""What staff do with a broadcast: draft, edit, submit, approve, pause, resume, cancel, recall, and look at it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from hotline.domain.broadcast import (
    APPROVAL_LASTS,
    EDITABLE,
    NOBODY,
    SENDING,
    Approval,
    Broadcast,
    Draft,
    Kind,
    Stage,
    approvers,
    may_move,
    moved,
    paused,
    resumed,
    why_not_approver,
    why_not_restart,
)
from hotline.domain.staff import Member, Right
from hotline.errors import Refused
from hotline.frozen import frozen
from hotline.service.drafting import checked
from hotline.service.dry_run import DryRun, Reach, dry_run, starts_at, why_over, why_past
from hotline.service.news import check_news
from hotline.store import broadcasts as store
from hotline.store import progress
from hotline.store import staff as accounts
from hotline.store.audience import REACHED
from hotline.store.breakers import Breaker, resting


@frozen
class Progress:
    """How far a broadcast is: its people by (state, reason). `over` counts those nothing more happens to."""

    broadcast: Broadcast
    counts: Mapping[tuple[str, str], int]

    @property
    def planned(self) -> int:
        """How many have a message."""
        return sum(self.counts.values())

    @property
    def over(self) -> int:
        """How many were sent one, or will not be."""
        return sum(count for (state, _), count in self.counts.items() if state in ("sent", "delivered", "failed"))


@frozen
class Broadcasts:
    """The verbs. `by` is a member of staff who signed in, or one of NOBODY, and everything it touches needs two."""

    reach: Reach

    def draft(self, draft: Draft, now: datetime, *, id: str = "", code: str = "", parent: str = "") -> Broadcast:
        """Keep a new draft; the same `id` twice is kept once. Raises Refused with all that is wrong with it."""
        if (draft.kind is Kind.RECALL) != bool(parent):
            raise Refused("a recall is made from the broadcast it takes back")
        fresh = checked(draft, self.reach.settings)
        _never(why_past(fresh, now))
        new = Broadcast(
            id=id or uuid.uuid4().hex,
            draft=fresh,
            made_at=now,
            moved_at=now,
            parent=parent,
            code=code,
        )
        store.create(self.reach.database, new)
        return store.find(self.reach.database, new.id)

    def edit(self, id: str, draft: Draft, by: str, now: datetime) -> Broadcast:
        """Say it otherwise: it is a draft again, and every approval is void. Who made it stays its maker."""
        fresh = checked(draft, self.reach.settings)
        _never(why_past(fresh, now))
        with store.held(self.reach.database, id) as held:
            old = held.broadcast
            if old.stage not in EDITABLE:
                raise Refused(f"a broadcast that is {old.stage} cannot be changed any more")
            if (fresh.kind is Kind.RECALL) != (old.draft.kind is Kind.RECALL):
                raise Refused(f"it is a {old.draft.kind} and stays one: leave out `kind`")
            if old.parent and fresh.repeats != old.draft.repeats:
                raise Refused("what follows another broadcast does not repeat")
            # Another licence is another story, which the register cannot be asked about.
            news = old.draft.news if fresh.licence == old.draft.licence else ""
            stage = old if old.stage is Stage.DRAFT else moved(old, Stage.DRAFT, now)
            return held.save(
                replace(
                    stage,
                    draft=replace(fresh, made_by=old.draft.made_by, news=news),
                    editors=(*(name for name in old.editors if name != by), by),
                    edits=old.edits + 1,
                    submitted_by="",
                    heads=0,
                    approved_at=None,
                    starts_at=None,
                    deadline_at=None,
                )
            )

    def submit(self, id: str, by: str, now: datetime) -> Broadcast:
        """Ask for approval; what needs none is approved at once. Raises Refused where it could not be sent."""
        seen = store.find(self.reach.database, id)
        if seen.stage is not Stage.DRAFT:
            raise Refused(f"a broadcast that is {seen.stage} cannot be submitted")
        _never(why_over(seen, now))
        check_news(self.reach, seen, now)
        found = dry_run(self.reach, seen, now)
        if why := why_unsendable(found):
            raise Refused(why)
        with store.held(self.reach.database, id) as held:
            if held.broadcast != seen:
                raise Refused("it was changed meanwhile: look at it again")
            asked = replace(seen, submitted_by=by, heads=found.heads)
            asked = moved(asked, Stage.SUBMITTED, now)
            # By whoever is an author from now on: at the terminal that is anybody.
            free = self.reach.needed(asked, found.heads) == 0
            return held.save(_agreed(asked, now) if free else asked)

    def approve(self, id: str, by: Member, seen: str, now: datetime) -> Broadcast:
        """Agree to exactly what was `seen` (a fingerprint). Raises Refused for an author, or when it was changed."""
        looked_at = store.find(self.reach.database, id)
        check_news(self.reach, looked_at, now)
        wanted = self.reach.needed(looked_at, looked_at.heads)
        with store.held(self.reach.database, id) as held:
            broadcast = held.broadcast
            _may(by, Right.APPROVE, broadcast)
            if why := why_not_approver(broadcast, by.name):
                raise Refused(why)
            if broadcast.stage is not Stage.SUBMITTED:
                raise Refused(f"a broadcast that is {broadcast.stage} waits for no approval")
            if broadcast.fingerprint != seen or looked_at.fingerprint != seen:
                raise Refused("it was changed since you looked: look again before you approve")
            _never(why_over(broadcast, now))
            begins = _begins(broadcast)
            if begins is not None and begins > now + APPROVAL_LASTS:
                raise Refused("an approval is good for 24 hours: approve it within the day before it starts")
            held.approve(Approval(by.name, seen, now))
            if len(approvers(broadcast, held.approvals(), now)) < wanted:
                return broadcast
            return held.save(_agreed(broadcast, now))

    def pause(self, id: str, by: str, now: datetime, why: str = "") -> Broadcast:
        """Stop sending now; one person is enough. What the provider has already cannot be called back."""
        with store.held(self.reach.database, id) as held:
            return held.save(paused(held.broadcast, now, why or f"paused by {by}"))

    def resume(self, id: str, by: Member, now: datetime) -> Broadcast:
        """Agree to start again; it starts with the second person. One of them is an approver and no author of it."""
        check_news(self.reach, store.find(self.reach.database, id), now)
        with store.held(self.reach.database, id) as held:
            broadcast = held.broadcast
            if broadcast.stage is not Stage.PAUSED:
                raise Refused(f"a broadcast that is {broadcast.stage} is not paused")
            if broadcast.deadline_at is not None and broadcast.deadline_at <= now:
                raise Refused("its time is over: make a new one")
            _may(by, Right.STOP, broadcast)
            held.approve(Approval(by.name, broadcast.restart, now))
            agreed = {one.staff for one in held.approvals(broadcast.restart) if now <= one.at + APPROVAL_LASTS}
            can = self._who_may_approve(agreed, broadcast)
            if why_not_restart(broadcast, agreed, can):
                return broadcast
            return held.save(resumed(broadcast, now))

    def cancel(self, id: str, by: str, now: datetime) -> Broadcast:
        """Give it up for good; one person is enough."""
        with store.held(self.reach.database, id) as held:
            return held.save(moved(held.broadcast, Stage.CANCELLED, now, f"cancelled by {by}"))

    def recall(self, id: str, texts: Mapping[str, str], by: str, now: datetime) -> Broadcast:
        """Stop it for good, and draft the message that takes it back, to exactly those whom it reached."""
        wrong = store.find(self.reach.database, id)
        old = wrong.draft
        new = replace(
            old,
            kind=Kind.RECALL,
            title=f"Recall: {old.title}"[:120],
            texts=texts,
            made_by=by,
            audience=replace(old.audience, told_valid=""),
            starts="",
            repeats="",
            repeats_until="",
            news="",
        )
        own_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{id}|recall").hex
        if why := self._why_not_recalled(wrong, own_id):
            raise Refused(why)
        # The draft first, and always the same: if we die between, recalling again does the rest.
        draft = self.draft(new, now, id=own_id, parent=id)
        with store.held(self.reach.database, id) as held:
            held.save(moved(held.broadcast, Stage.RECALLED, now, f"recalled by {by}"))
        return draft

    def dry_run(self, id: str, now: datetime) -> DryRun:
        """What it would do if it were sent now."""
        return dry_run(self.reach, store.find(self.reach.database, id), now)

    def show(self, id: str) -> tuple[Broadcast, tuple[Approval, ...]]:
        """It, and who has agreed to what it is now: to start again, where it is paused."""
        broadcast = store.find(self.reach.database, id)
        asked = broadcast.restart if broadcast.stage is Stage.PAUSED else ""
        return broadcast, store.approvals_of(self.reach.database, broadcast, asked)

    def all(self, *stages: Stage) -> tuple[Broadcast, ...]:
        """Those in these stages, or all, the oldest first."""
        return store.in_stages(self.reach.database, *stages)

    def progress(self, id: str) -> Progress:
        """How far it is."""
        return Progress(store.find(self.reach.database, id), progress.progress(self.reach.database, id))

    def author(self, by: Member, centre: str) -> str:
        """The name of somebody who signed in and may write broadcasts of this centre. Raises Refused."""
        if by.name in NOBODY or not by.may(Right.DRAFT, centre):
            raise Refused(f"{by.name} may not {Right.DRAFT} at {centre}")
        return by.name

    def rests(self, broadcast: Broadcast, now: datetime) -> tuple[Breaker, ...]:
        """Why nothing of it leaves now although it is being sent: its number rests, for trouble or for money."""
        found = resting(self.reach.database, now) if broadcast.stage in SENDING else ()
        return tuple(one for one in found if one.sender == broadcast.draft.sender)

    def _why_not_recalled(self, wrong: Broadcast, recall: str) -> str:
        """Why it cannot be taken back; "" where it can."""
        if wrong.stage is Stage.RECALLED:
            return f"it is recalled already, by {recall[:8]}: `broadcast draft --change` mends that one"
        if not may_move(wrong.stage, Stage.RECALLED):
            return f"a broadcast that is {wrong.stage} was never sent: `cancel` gives it up"
        if wrong.stage in (Stage.CANCELLED, Stage.DONE):
            counts = progress.progress(self.reach.database, wrong.id)
            if not any(count and state in REACHED for (state, _), count in counts.items()):
                return f"nothing of it was sent before it was {wrong.stage}: there is nothing to take back"
        return ""

    def _who_may_approve(self, names: Collection[str], broadcast: Broadcast) -> list[str]:
        members = accounts.named(self.reach.database, names)
        return [member.name for member in members if member.may(Right.APPROVE, broadcast.draft.centre)]


def why_unsendable(found: DryRun) -> str:
    """Why it could not be sent: nobody to get it, or a language of the audience without a text."""
    if found.missing:
        listed = ", ".join(f"{locale} ({people} people)" for locale, people in sorted(found.missing.items()))
        return f"there is no text in {listed}: write it, or narrow the audience to the languages you have"
    return "" if found.heads else "nobody would get it"


def _agreed(broadcast: Broadcast, now: datetime) -> Broadcast:
    """Approved: it waits for its start, where it has one."""
    approved = replace(moved(broadcast, Stage.APPROVED, now), approved_at=now)
    begins = _begins(broadcast)
    if begins is None:
        return approved
    ends = begins + timedelta(hours=broadcast.draft.hours_to_live)
    return replace(moved(approved, Stage.SCHEDULED, now), starts_at=begins, deadline_at=ends)


def _begins(broadcast: Broadcast) -> datetime | None:
    """When it starts; None for at once: a day of a series has come when it is there."""
    return None if broadcast.is_repeat else starts_at(broadcast.draft)


def _may(member: Member, right: Right, broadcast: Broadcast) -> None:
    if member.name in NOBODY or not member.may(right, broadcast.draft.centre):
        raise Refused(f"{member.name} may not {right} at {broadcast.draft.centre}")


def _never(why: str) -> None:
    if why:
        raise Refused(why)
