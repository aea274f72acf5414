"""What a broadcast would do if it were sent now: people, parts, rupees, who is left out and why, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.domain.broadcast import Broadcast, Draft, Kind, needed
from hotline.domain.claiming import hours
from hotline.domain.delivery import Priority, Reason
from hotline.domain.naming import names_agency
from hotline.domain.pace import finishes
from hotline.domain.window import NEVER, Hours
from hotline.frozen import frozen
from hotline.service.whereabouts import locals_of
from hotline.settings import Settings
from hotline.store import audience
from hotline.store.audience import Group, Rules, Told
from hotline.store.database import Database
from hotline.store.fanning import Order
from hotline.text import parts
from hotline.text.names import NameIndex


@frozen
class Reach:
    """What every verb about broadcasts needs. `names` finds the register's agencies by name."""

    settings: Settings
    database: Database
    names: Callable[[], NameIndex]
    told: Told

    def rules(self, draft: Draft, now: datetime) -> Rules:
        """What holds for every person of an audience at this moment, which is today where the centre is."""
        return Rules(
            locales=tuple(sorted(draft.texts)),
            countries=tuple(sorted(self.settings.countries)),
            weekly_cap=self.settings.pushing.weekly_cap,
            now=now,
            today=now.astimezone(self.settings.zone).date(),
        )

    def order(self, draft: Draft, now: datetime) -> Order:
        """How it is planned."""
        return Order(parts_of(draft), self.rules(draft, now), self.told)

    def needed(self, broadcast: Broadcast, heads: int) -> int:
        """How many must approve it."""
        # Nobody need read the names where it is for many people anyway: that takes a second.
        many = needed(broadcast, heads, names_one=False)
        return many or needed(broadcast, heads, names_agency(broadcast.draft, self.names()))


@frozen
class Language:
    """What is sent in one language: people, the parts of the text, and the rupees of all of it."""

    locale: str
    people: int
    parts_each: int
    rupees: float


@frozen
class DryRun:
    """What would happen. `skipped` by reason; `missing` are people by language for whom there is no text.

    `people` get it. `heads` are asked about by approvals: also those whose hours do not come before its end, which
    depends on when it is asked.

    `finishes` is None when it would take more than half a year; `late` when not all of it fits before its end,
    `over_cap` when it costs more than a centre may spend in a day.
    """

    people: int
    parts: int
    rupees: float
    languages: tuple[Language, ...]
    skipped: Mapping[str, int]
    missing: Mapping[str, int]
    begins: datetime
    finishes: datetime | None
    late: bool
    heads: int
    over_cap: bool
    approvals: int


def parts_of(draft: Draft) -> Mapping[str, int]:
    """The SMS parts of the text in each language."""
    return {locale: parts.count(text).parts for locale, text in sorted(draft.texts.items())}


def starts_at(draft: Draft) -> datetime | None:
    """The moment a start means; None for at once."""
    if not draft.starts:
        return None
    return datetime.fromisoformat(draft.starts).replace(tzinfo=ZoneInfo(draft.zone)).astimezone(UTC)


def begins_at(draft: Draft, now: datetime) -> datetime:
    """When it would begin."""
    return max(now, starts_at(draft) or now)


def why_past(draft: Draft, now: datetime) -> str:
    """Why a start cannot be taken; "" where it can. One that was would begin at once, though another day was meant."""
    begins = starts_at(draft)
    if begins is None or begins >= now or draft.repeats:
        return ""
    return f"starts: {draft.starts} is past: write a time to come, or leave it out to start at once"


def why_over(broadcast: Broadcast, now: datetime) -> str:
    """Why it could not be sent any more; "" where it can. Each day of a series is for that day."""
    begins = broadcast.made_at if broadcast.is_repeat else starts_at(broadcast.draft)
    if broadcast.is_series or begins is None or begins + timedelta(hours=broadcast.draft.hours_to_live) > now:
        return ""
    return "its time is over: write when it starts anew, or cancel it"


def dry_run(reach: Reach, broadcast: Broadcast, now: datetime) -> DryRun:
    """Count it all; nothing is changed. Raises Refused where the audience cannot be known, StoreDown."""
    draft = broadcast.draft
    groups = audience.survey(reach.database, broadcast, reach.rules(draft, begins_at(draft, now)), reach.told)
    return _told(reach, broadcast, groups, now)


def _told(reach: Reach, broadcast: Broadcast, groups: Iterable[Group], now: datetime) -> DryRun:
    draft, countries = broadcast.draft, reach.settings.countries
    each = parts_of(draft)
    heads = dict.fromkeys(each, 0)
    rupees = dict.fromkeys(each, 0.0)
    skipped: dict[str, int] = {}
    asleep = 0
    missing: dict[str, int] = {}
    load: dict[Hours, float] = {}
    places = locals_of(reach.settings)
    begins = begins_at(draft, now)
    over = broadcast.deadline_at or begins + timedelta(hours=draft.hours_to_live)
    priority = Priority.BULK if draft.kind is Kind.BULK else Priority.ALERT
    for group in groups:
        if group.reason:
            skipped[group.reason] = skipped.get(group.reason, 0) + group.people
            if group.reason == "no_text":
                missing[group.locale] = missing.get(group.locale, 0) + group.people
            continue
        own = hours(priority, places[group.country], group.safe, urgent=draft.urgent)
        opens = own.opens(begins)
        if opens is not NEVER:
            # Also of those for whom it would be too late: so it says how much longer it would need.
            load[own] = load.get(own, 0.0) + group.people * each[group.locale]
        if opens is not None and opens >= over:
            asleep += group.people
            continue
        country = countries[group.country]
        count = group.people * each[group.locale]
        heads[group.locale] += group.people
        rupees[group.locale] += count * country.rupees
    ends = finishes(load, begins, reach.settings.sending.parts_per_second)
    people = sum(heads.values())
    skipped |= {Reason.QUIET_HOURS: asleep} if asleep else {}
    return DryRun(
        people=people,
        parts=sum(heads[locale] * each[locale] for locale in heads),
        rupees=sum(rupees.values()),
        languages=tuple(Language(locale, heads[locale], each[locale], rupees[locale]) for locale in heads),
        skipped=skipped,
        missing=missing,
        begins=begins,
        finishes=ends,
        late=ends is None or ends > over,
        over_cap=0 < reach.settings.sending.rupees_a_day < sum(rupees.values()),
        heads=people + asleep,
        approvals=reach.needed(broadcast, people + asleep),
    )
