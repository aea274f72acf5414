"""What is said to many: to whom, in which words, who agreed to it, and what may become of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from hotline.errors import Refused
from hotline.frozen import frozen


class Kind(StrEnum):
    """What a broadcast is. A correction goes to who was told VALID; a recall follows a broadcast that was wrong."""

    BULK = "bulk"
    ALERT = "alert"
    CORRECTION = "correction"
    RECALL = "recall"


class Stage(StrEnum):
    """Where a broadcast stands. Messages leave only in `canary` and `running`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    CANARY = "canary"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    RECALLED = "recalled"


_BACK = frozenset({Stage.DRAFT, Stage.SUBMITTED, Stage.CANCELLED})
MOVES = {
    Stage.DRAFT: frozenset({Stage.SUBMITTED, Stage.CANCELLED}),
    Stage.SUBMITTED: _BACK | {Stage.APPROVED},
    Stage.APPROVED: _BACK | {Stage.SCHEDULED, Stage.CANARY, Stage.RUNNING},
    Stage.SCHEDULED: _BACK | {Stage.CANARY, Stage.RUNNING, Stage.DONE},
    Stage.CANARY: frozenset({Stage.RUNNING, Stage.PAUSED, Stage.DONE, Stage.CANCELLED, Stage.RECALLED}),
    Stage.RUNNING: frozenset({Stage.PAUSED, Stage.DONE, Stage.CANCELLED, Stage.RECALLED}),
    Stage.PAUSED: frozenset({Stage.CANARY, Stage.RUNNING, Stage.DONE, Stage.CANCELLED, Stage.RECALLED}),
    # Back to running: a telephone that was off gets a new try hours later.
    Stage.DONE: frozenset({Stage.RUNNING, Stage.RECALLED}),
    Stage.CANCELLED: frozenset({Stage.RECALLED}),
    Stage.RECALLED: frozenset[Stage](),
}
SENDING = frozenset({Stage.CANARY, Stage.RUNNING})
EDITABLE = frozenset({Stage.DRAFT, Stage.SUBMITTED, Stage.APPROVED, Stage.SCHEDULED})

FREE_HEADS = 25
"""So many people may be written to without anybody's approval."""
GROWTH = 0.02
APPROVAL_LASTS = timedelta(hours=24)
TERMINAL = "terminal"
"""Who wrote or submitted at the command line without a password: it could be anybody, the approver too."""
NOBODY = frozenset({"register", "reports", TERMINAL})
"""Names that stand for no member of staff."""


@frozen
class Audience:
    """Who gets it: everybody subscribed to `topic`, narrowed by what is given; an empty tuple narrows nothing.

    `details` are districts of alerts, or licences that are watched (`0008/RWP`); `countries` are ISO 3166 codes of
    where people are; `phases` are `before` and `after` departure. `told_valid` is a licence: everybody who was told
    within 30 days that it is valid, whatever they subscribed to (kind `correction` only).
    """

    topic: str
    details: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    centres: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    told_valid: str = ""


@frozen
class Draft:
    """A broadcast as somebody wants it. `texts` by locale; `starts` is local in `zone`: `2026-12-01T09:00`, "" at once.

    `made_by` is a member of staff who signed in, or one of NOBODY. `licence` is the agency an alert names. It is not
    sent `hours_to_live` after its start any more. `repeats` is "", `day` or `week`, until the day `repeats_until`.
    `urgent` breaks the quiet hours. `news` is what a machine's draft tells of `licence` and since which list
    (`barred:suspended@7`): drafts of equal news tell one thing, whatever their words. "" where a person wrote it.
    """

    kind: Kind
    title: str
    centre: str
    sender: str
    audience: Audience
    texts: Mapping[str, str]
    made_by: str
    starts: str = ""
    zone: str = "Asia/Karachi"
    hours_to_live: int = 24
    licence: str = ""
    repeats: str = ""
    repeats_until: str = ""
    urgent: bool = False
    news: str = ""


@frozen
class Broadcast:
    """A draft and how far it came. `heads` is how many people it was submitted for, `edits` how often it was changed or
    sent back.

    `parent` is the series it repeats, or for a recall the broadcast that was wrong. `canary` counts the people of the
    first batch, `moved_at` is when it came to its stage, `paused_from` where it goes on, `stops` how often it stopped.
    """

    id: str
    draft: Draft
    made_at: datetime
    moved_at: datetime
    stage: Stage = Stage.DRAFT
    why: str = ""
    editors: tuple[str, ...] = ()
    submitted_by: str = ""
    edits: int = 0
    heads: int = 0
    approved_at: datetime | None = None
    starts_at: datetime | None = None
    deadline_at: datetime | None = None
    planned_at: datetime | None = None
    canary: int = 0
    cursor: str = ""
    stops: int = 0
    paused_from: str = ""
    parent: str = ""
    code: str = ""

    @property
    def authors(self) -> frozenset[str]:
        """Everybody who had a hand in it: none of them may approve."""
        return frozenset({self.draft.made_by, *self.editors, self.submitted_by}) - {""}

    @property
    def is_series(self) -> bool:
        """It repeats: it is never sent itself, each of its days is a broadcast of its own."""
        return bool(self.draft.repeats) and not self.parent

    @property
    def is_repeat(self) -> bool:
        """One day of a series, under the approvals of the series."""
        return bool(self.draft.repeats) and bool(self.parent)

    @property
    def fingerprint(self) -> str:
        """What an approval is bound to: SHA-256 of all that is said, to whom, when, how, and to how many."""
        return fingerprint(self.draft, self.heads, self.edits)

    @property
    def restart(self) -> str:
        """What an agreement to start again after this stop is bound to."""
        return sha256(f"{self.fingerprint}|restart|{self.stops}".encode()).hexdigest()


@frozen
class Approval:
    """A member of staff agreed to what has this fingerprint."""

    staff: str
    fingerprint: str
    at: datetime


def may_move(before: Stage, after: Stage) -> bool:
    """Whether a broadcast in one stage may come to another."""
    return after in MOVES[before]


def moved(broadcast: Broadcast, stage: Stage, now: datetime, why: str = "") -> Broadcast:
    """The same in another stage. Raises Refused for a move that is none."""
    if not may_move(broadcast.stage, stage):
        raise Refused(f"a broadcast that is {broadcast.stage} cannot become {stage}")
    return replace(broadcast, stage=stage, moved_at=now, why=why)


def paused(broadcast: Broadcast, now: datetime, why: str) -> Broadcast:
    """The same, stopped, by whomever. Raises Refused where nothing is being sent."""
    if broadcast.stage not in SENDING:
        raise Refused(f"a broadcast that is {broadcast.stage} is not being sent: `cancel` gives it up")
    stopped = moved(broadcast, Stage.PAUSED, now, why)
    return replace(stopped, paused_from=broadcast.stage.value, stops=broadcast.stops + 1)


def resumed(broadcast: Broadcast, now: datetime) -> Broadcast:
    """The same, where it was stopped. Raises Refused where it is not paused."""
    if broadcast.stage is not Stage.PAUSED:
        raise Refused(f"a broadcast that is {broadcast.stage} is not paused")
    # A new first batch: the old one was judged, or it was stopped before it could be.
    return replace(moved(broadcast, Stage(broadcast.paused_from), now), canary=0, paused_from="")


def sent_back(broadcast: Broadcast, stage: Stage, heads: int, now: datetime, why: str) -> Broadcast:
    """To be submitted or approved anew, for so many people: no approval that was given fits it any more."""
    back = moved(broadcast, stage, now, why)
    return replace(back, heads=heads, edits=broadcast.edits + 1, approved_at=None, starts_at=None, deadline_at=None)


def fingerprint(draft: Draft, heads: int, edits: int) -> str:
    """SHA-256, in hex, of everything an approver answers for. `edits` makes a change and its undoing two changes."""
    said = {name: value for name, value in asdict(draft).items() if name != "made_by"}
    said["texts"] = dict(draft.texts)
    whole = json.dumps([said, heads, edits], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(whole.encode()).hexdigest()


def needed(broadcast: Broadcast, heads: int, names_one: bool) -> int:
    """How many must approve: nobody for a few people, else one; two where it is urgent or no one answers for a word."""
    if max(heads, broadcast.heads) <= FREE_HEADS and not names_one and not broadcast.draft.urgent:
        return 0
    return 2 if broadcast.draft.urgent or broadcast.authors & NOBODY else 1


def why_not_approver(broadcast: Broadcast, staff: str) -> str:
    """Why this person may not approve it; "" where they may."""
    if staff in NOBODY:
        return "only a member of staff can approve"
    if staff == broadcast.draft.made_by:
        return f"{staff} made this draft: somebody else approves"
    if staff in broadcast.editors:
        return f"{staff} edited this draft: somebody else approves"
    if staff == broadcast.submitted_by:
        return f"{staff} submitted this draft: somebody else approves"
    return ""


def approvers(broadcast: Broadcast, approvals: Iterable[Approval], now: datetime) -> frozenset[str]:
    """Who has approved exactly this, not longer than a day ago. A day of a series rests on the series' approvals."""
    return frozenset(
        approval.staff
        for approval in approvals
        if approval.fingerprint == broadcast.fingerprint
        and not why_not_approver(broadcast, approval.staff)
        and (_of_series(broadcast, approval) or approval.at <= now <= approval.at + APPROVAL_LASTS)
    )


def _of_series(broadcast: Broadcast, approval: Approval) -> bool:
    return broadcast.is_repeat and approval.at <= broadcast.made_at


def grew(before: int, now: int) -> bool:
    """Whether the audience has more than 2 % more people than were approved."""
    return now > before * (1 + GROWTH)


def why_not_restart(broadcast: Broadcast, agreed: Collection[str], may_approve: Collection[str]) -> str:
    """Why a stopped broadcast does not start again yet; "" where it may: two agree, one of them no author of it.

    `may_approve` are those of `agreed` who hold the right to approve.
    """
    if not any(not why_not_approver(broadcast, name) for name in may_approve):
        return "an approver who did not write it must agree"
    return "" if len(set(agreed) - NOBODY) >= 2 else "a second person must agree"
