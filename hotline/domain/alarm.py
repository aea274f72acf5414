"""When staff are handed the draft of an alert: rules over reports and over two lists, which give their reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from hotline.domain.agency import Agency, Licence, Status
from hotline.frozen import frozen

SHOWN = 10
"""Cases a reason names."""
TOLD_DAYS = 30
"""Days for which it is remembered who was told that a licence is valid."""


@frozen
class Thresholds:
    """Enough for a draft: so many different people within so many days; then `quiet_days` without another."""

    reporters: int
    days: int
    quiet_days: int


@frozen
class Report:
    """One report as it is weighed. `reporter` only tells people apart.

    `subject` is a licence, or what stands for a name no list has; "" where no agency was named.
    """

    id: str
    case: str
    reporter: bytes
    subject: str
    at: datetime


@frozen
class Suspicion:
    """An agency that enough different people reported. `cases` are those of the reports that count, oldest first."""

    subject: str
    reporters: int
    cases: tuple[str, ...]
    reason: str


def weigh(
    reports: Iterable[Report], alerted: Mapping[str, datetime], thresholds: Thresholds, now: datetime
) -> tuple[Suspicion, ...]:
    """The agencies staff should look at, by subject. `alerted`: when a draft about a subject was last made.

    One person counts once, however often they report. Reports that name nobody count nothing, nor do those from outside
    the window or from the future. An agency about which a draft was made within `quiet_days` is left alone.
    """
    since = now - timedelta(days=thresholds.days)
    by_subject: dict[str, list[Report]] = {}
    for report in reports:
        if report.subject and since <= report.at <= now:
            by_subject.setdefault(report.subject, []).append(report)
    quiet_since = now - timedelta(days=thresholds.quiet_days)
    found = []
    for subject, rows in sorted(by_subject.items()):
        people = len({report.reporter for report in rows})
        if people < thresholds.reporters or (subject in alerted and alerted[subject] > quiet_since):
            continue
        cases = tuple(report.case for report in sorted(rows, key=lambda report: (report.at, report.id)))
        shown = ", ".join(cases[:SHOWN]) + (" and more" if len(cases) > SHOWN else "")
        reason = f"{people} different people reported it within {thresholds.days} days, cases {shown}"
        found.append(Suspicion(subject, people, cases, reason))
    return tuple(found)


# --- what a new list changes -------------------------------------------------------------------------------------


class Standing(StrEnum):
    """What a list says about a licence on a day."""

    GOOD = "good"
    BARRED = "barred"
    UNCLEAR = "unclear"
    GONE = "gone"


class News(StrEnum):
    """What became of a licence from one list to the next."""

    BARRED = "barred"
    GONE = "gone"
    RESTORED = "restored"


@frozen
class Listed:
    """Some agencies as the list `of` a date has them, and the day for which they are judged."""

    of: date
    day: date
    agencies: Mapping[Licence, Agency]


@frozen
class Concerned:
    """Who must hear of it: how many watch the licence, and how many were told within 30 days that it is valid."""

    watching: int = 0
    told_valid: int = 0


@frozen
class Change:
    """News of a licence somebody counts on. `agency` is its newest row; `state` the bureau's word, "" where none."""

    licence: Licence
    news: News
    agency: Agency
    state: str
    concerned: Concerned
    reason: str


def standing(agency: Agency | None, day: date) -> Standing:
    """What a row says on a day, as the licence check would (`domain/agency.verdict`), whatever the list's age."""
    if agency is None:
        return Standing.GONE
    if state_of(agency, day):
        return Standing.BARRED
    return Standing.UNCLEAR if agency.status is None or agency.expiry is None else Standing.GOOD


def state_of(agency: Agency, day: date) -> str:
    """The bureau's state that bars an agency, `expired` for a date that is over; "" where nothing bars it."""
    if agency.status not in (Status.ACTIVE, None):
        return agency.status.value if agency.status else ""
    return Status.EXPIRED.value if agency.expiry is not None and agency.expiry < day else ""


def changes(old: Listed, new: Listed, concerned: Mapping[Licence, Concerned]) -> tuple[Change, ...]:
    """The news of the licences in `concerned`, by licence; nothing of any other.

    A licence that was barred and is gone, or barred in another state, is no news: nobody may pay it either way. Of one
    nobody watches or was told is valid it is news only that it was listed and may not be paid any more.
    """
    found = []
    for licence in sorted(concerned):
        before, after = old.agencies.get(licence), new.agencies.get(licence)
        news = _NEWS.get((standing(before, old.day), standing(after, new.day)))
        agency = after or before
        if news is None or agency is None:
            continue
        if news is News.RESTORED and not concerned[licence].watching:
            continue
        if before is None and concerned[licence] == Concerned():
            continue
        reason = (
            f"{_said(before, old)}, {_said(after, new)}; {concerned[licence].watching} watch it,"
            f" {concerned[licence].told_valid} were told within {TOLD_DAYS} days that it is valid"
        )
        state = state_of(agency, new.day) if news is News.BARRED else ""
        found.append(Change(licence, news, agency, state, concerned[licence], reason))
    return tuple(found)


_NEWS: Mapping[tuple[Standing, Standing], News] = {
    (Standing.GOOD, Standing.BARRED): News.BARRED,
    (Standing.UNCLEAR, Standing.BARRED): News.BARRED,
    (Standing.GONE, Standing.BARRED): News.BARRED,
    (Standing.GOOD, Standing.GONE): News.GONE,
    (Standing.UNCLEAR, Standing.GONE): News.GONE,
    (Standing.BARRED, Standing.GOOD): News.RESTORED,
    (Standing.GONE, Standing.GOOD): News.RESTORED,
}


def holds(news: News, now: Standing) -> bool:
    """Whether news may still be told, where the list in force says this. Barred or gone, nobody may pay."""
    return now is Standing.GOOD if news is News.RESTORED else now in (Standing.BARRED, Standing.GONE)


def _said(agency: Agency | None, listed: Listed) -> str:
    where = f"in the list of {listed.of}"
    if agency is None:
        return f"not {where}"
    return f"{state_of(agency, listed.day) or agency.status or 'unreadable'} {where}"


# --- who is written to -------------------------------------------------------------------------------------------


class To(StrEnum):
    """Who one draft goes to, those first whom it concerns most."""

    WATCHING = "watching"
    TOLD_VALID = "told_valid"
    DISTRICT = "district"


def audiences(news: News, concerned: Concerned) -> tuple[To, ...]:
    """Which drafts a change of the register makes. Good news goes only to those who asked about this very agency."""
    if news is News.RESTORED:
        return (To.WATCHING,)
    wanted = {To.WATCHING: concerned.watching, To.TOLD_VALID: concerned.told_valid, To.DISTRICT: 1}
    return tuple(to for to, count in wanted.items() if count)
