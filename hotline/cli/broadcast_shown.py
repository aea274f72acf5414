"""How a broadcast is shown at the terminal: a line, the whole, what it would do, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from hotline.domain.broadcast import SENDING, Approval, Broadcast, Stage
from hotline.service.broadcast import Progress
from hotline.service.dry_run import DryRun, parts_of
from hotline.store.breakers import Breaker

WHY = {
    "stopped": "said STOP",
    "hidden": "asked to be hidden",
    "voice_only": "want calls only",
    "bad_number": "have a number that does not work",
    "country": "are in a country we do not write to",
    "no_text": "speak a language without a text",
    "weekly_cap": "had their share of this week",
    "no_consent": "ended their consent",
    "quiet_hours": "sleep, have a holiday or want no messages until it is over",
    "has_news": "get another message about the same agency",
}
"""Why somebody is left out, after `who`."""
BECAUSE = {
    "late": "its time was over",
    "gone": "the person was erased",
    "no_consent": "they ended their consent",
    "sealed": "no data key opens it",
    "cancelled": "it was cancelled",
    "gave_up": "every try failed",
    "refused": "the provider refused it",
    "content": "the provider refused the text",
    "account": "the provider's account needs mending",
    "busy": "the provider was busy",
    "handset": "the telephone did not take it",
    "quiet_hours": "it waits for the morning",
    "unsure": "the provider may have it: it is asked",
    "lease": "a worker died with it: the provider is asked",
    "absent": "the provider never had it",
    "unverified": "nobody can tell: see `hotline doctor`",
    "restored": "it was under way before a restore: see `hotline doctor`",
    "daily_cap": "their number had its share of this day: it waits",
    "shared": "others use the telephone: it gets nothing about agencies, and one message a week",
    "changed": "the journey was changed or ended",
    "erased": "the person was erased",
}
"""Why one message stands where it does, where WHY has no words for it."""


def line(one: Broadcast, zone: ZoneInfo) -> str:
    """One of a list."""
    starts = f"  starts {_at(one.starts_at, zone)}" if one.starts_at else ""
    why = f"  ({one.why})" if one.why else ""
    # A draft is not counted yet, and "0 people" reads as if it would reach nobody.
    people = f"{one.heads:>8} people" if one.stage is not Stage.DRAFT else f"{'not counted':>15}"
    return f"{one.id[:8]}  {one.stage:10}{one.draft.kind:11}{people}  {one.draft.title}{starts}{why}"


def whole(one: Broadcast, approvals: Iterable[Approval], zone: ZoneInfo) -> Iterator[str]:
    """Everything an approver answers for."""
    draft = one.draft
    yield f"{draft.title}  ({draft.kind}, {one.stage})"
    if one.why:
        yield f"  {one.why}"
    yield f"  made by {draft.made_by}, changed by {', '.join(one.editors) or 'nobody'}"
    yield f"  submitted by {one.submitted_by}, for {one.heads} people" if one.submitted_by else "  not submitted yet"
    for approval in approvals:
        yield f"  approved by {approval.staff} at {_at(approval.at, zone)}"
    aimed = {name: value for name, value in asdict(draft.audience).items() if value}
    yield "  to " + "; ".join(f"{name}: {_several(value)}" for name, value in aimed.items())
    repeats = f", every {draft.repeats} until {draft.repeats_until}" if draft.repeats else ""
    yield f"  from {draft.sender}, starts {draft.starts or 'at once'} ({draft.zone}){repeats}"
    urgent = ", also in the quiet hours" if draft.urgent else ""
    yield f"  not sent {draft.hours_to_live} hours after its start any more{urgent}"
    each = parts_of(draft)
    for locale, text in sorted(draft.texts.items()):
        yield f"  {locale} ({each[locale]} {'part' if each[locale] == 1 else 'parts'}):"
        # A text may hold line breaks or control signs that would write over the terminal.
        yield "    " + "".join(sign if sign.isprintable() else " " for sign in text)


def would(found: DryRun, zone: ZoneInfo) -> Iterator[str]:
    """What a dry run found."""
    yield f"{found.people} people, {found.parts} parts, about {found.rupees:,.0f} rupees"
    for language in found.languages:
        yield f"  {language.locale:8} {language.people:>8} people, {language.parts_each} parts each"
    for reason, people in sorted(found.skipped.items()):
        yield f"  left out {people:>8} who {WHY.get(reason, reason)}"
    for locale, people in sorted(found.missing.items()):
        yield f"  ! no text in {locale}, which {people} people speak: it cannot be sent like this"
    ends = _at(found.finishes, zone) if found.finishes else "not within half a year"
    yield f"  begins {_at(found.begins, zone)}, ends {ends}"
    if found.late:
        yield "  ! not everybody gets it before its time is over: give it more hours, or narrow the audience"
    if found.over_cap:
        yield "  ! it costs more than the centre may spend in a day (sending.rupees_a_day): the rest waits for the next"
    yield f"  approvals needed: {found.approvals}"


def far(progress: Progress, rests: Iterable[Breaker], zone: ZoneInfo) -> Iterator[str]:
    """How far it is, in numbers, and why it goes no further."""
    one = progress.broadcast
    yield f"{one.draft.title}: {one.stage}{f' ({one.why})' if one.why else ''}"
    yield f"  {progress.over} of {progress.planned or one.heads} are over"
    for (state, reason), count in sorted(progress.counts.items()):
        words = BECAUSE.get(reason) or (f"who {WHY[reason]}" if reason in WHY else reason)
        yield f"  {count:>8} {state}{f': {words}' if words else ''}"
    if not progress.counts:
        yield "  nobody has a message yet"
    if not progress.counts and one.stage in (Stage.APPROVED, *SENDING):
        yield "  it begins within seconds; does it not, `hotline doctor` says whether worker and clock run"
    for rest in rests:
        yield f"  ! nothing leaves from {rest.sender} until {_at(rest.until, zone)}: {rest.reason}"


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _several(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
