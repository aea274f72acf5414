"""What alarms are made of: who watches or was told VALID, new reports, two lists side by side; and their drafts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.agency import Agency, Licence, Status
from hotline.domain.alarm import Concerned, Report
from hotline.domain.consent import Topic
from hotline.domain.delivery import State
from hotline.frozen import frozen
from hotline.store.agencies import RegisterList, list_of
from hotline.store.database import Database
from hotline.store.occurrences import BEGUN
from hotline.store.own import subscriptions
from hotline.store.reach import alarms, broadcasts, deliveries, occurrences, reports
from hotline.store.schema import agencies, inbound, people, register_lists

CHUNK = 500
_DAY = timedelta(days=1)
# Written as the partial index has it, else the index of events by time is not used.
_KEPT = or_(inbound.c.text_sealed.is_not(None), inbound.c.reply_sealed.is_not(None))
_COMPARED = "lists compared"
# Without the option PostgreSQL's driver does not say whether a row was inserted.
_COUNTED = {"preserve_rowcount": True}
_CLAIM = {
    "sqlite": sqlite.insert(alarms).on_conflict_do_nothing().execution_options(**_COUNTED),
    "postgresql": postgresql.insert(alarms).on_conflict_do_nothing().execution_options(**_COUNTED),
}
_DONE = {
    "sqlite": sqlite.insert(occurrences).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(occurrences).on_conflict_do_nothing(),
}
NO_DRAFT = "none"
"""Stands for a draft where staff must write it: what the public calls an agency is read before it is repeated."""
REGISTER, REPORTS = "register", "reports"
"""What asked for a draft."""
UNDONE = "undone"
"""How `once` begins after the list was taken back that a draft was made from."""
_SENT, _ENDED = ("canary", "running", "paused", "done"), ("cancelled", "recalled")
_LEFT = (State.SENDING, State.UNKNOWN, State.SENT, State.DELIVERED)
"""Given up during its first batch, an alert has come to somebody: its code is ours, and must not be denied."""


@frozen
class SentAlert:
    """A message to many that went out: when, its texts by locale, the agency it names, whether it was taken back."""

    at: datetime
    texts: Mapping[str, str]
    licence: str
    withdrawn: bool


@frozen
class Claim:
    """A draft that shall be made once. `subject` is a licence or a folded name, `text` the step of alert_texts."""

    once: str
    subject: str
    text: str
    made_by: str
    reason: str
    at: datetime


@frozen
class Reported:
    """A report with the centre it came to, and whether it was weighed before."""

    report: Report
    centre: str
    weighed: bool


# --- whom it concerns ---


def told_valid_people(licence: str, since: datetime) -> Select[tuple[str]]:
    """The ids of the people who were told since a moment that a licence is valid; one who asked twice comes twice."""
    return (
        select(people.c.id)
        .join_from(inbound, people, people.c.number_index == inbound.c.person_index)
        .where(_KEPT, inbound.c.at >= since, inbound.c.told_valid == licence)
    )


def told_people(
    database: Database, licences: Collection[Licence], since: datetime, now: datetime
) -> dict[Licence, int]:
    """How many different people were told since a moment that each of these licences is valid."""
    told: dict[str, set[bytes]] = {str(licence): set() for licence in licences}
    for window in _days(since, now) if told else ():
        asked = select(inbound.c.told_valid, inbound.c.person_index).distinct()
        with database.reading() as connection:
            for row in connection.execute(asked.where(window, inbound.c.told_valid.in_(told))):
                told[row.told_valid].add(row.person_index)
    return {Licence.parse(licence): len(people) for licence, people in told.items()}


def concerned(database: Database, since: datetime, now: datetime) -> dict[Licence, Concerned]:
    """Every licence somebody watches or was told is valid since a moment, with how many and how often."""
    watching = select(subscriptions.c.detail, func.count()).where(subscriptions.c.topic == Topic.WATCH)
    with database.reading() as connection:
        watched = {row[0]: row[1] for row in connection.execute(watching.group_by(subscriptions.c.detail))}
    told: Counter[str] = Counter()
    for window in _days(since, now):
        of_day = select(inbound.c.told_valid, func.count()).where(window, inbound.c.told_valid.is_not(None))
        with database.reading() as connection:
            told.update({row[0]: row[1] for row in connection.execute(of_day.group_by(inbound.c.told_valid))})
    return {
        Licence.parse(licence): Concerned(watched.get(licence, 0), told[licence])
        for licence in sorted({*watched, *told})
    }


def _days(since: datetime, now: datetime) -> Iterator[ColumnElement[bool]]:
    """The time between as conditions of a day each: one look at all of it could take longer than a statement may."""
    while since <= now:
        yield and_(_KEPT, inbound.c.at >= since, inbound.c.at < since + _DAY)
        since += _DAY


# --- the register ---


def lists(database: Database) -> tuple[RegisterList, ...]:
    """The list in force and the one before it, newest first; fewer where there are fewer."""
    with database.reading() as connection:
        rows = connection.execute(select(register_lists).order_by(register_lists.c.version.desc()).limit(2)).all()
    return tuple(list_of(row) for row in rows)


def rows_of(database: Database, version: int, licences: Collection[Licence]) -> dict[Licence, Agency]:
    """These agencies as one list has them; those it does not have are missing."""
    found: dict[Licence, Agency] = {}
    serials = iter(sorted({licence.serial for licence in licences}))
    while chunk := list(islice(serials, CHUNK)):
        asked = select(agencies).where(agencies.c.version == version, agencies.c.serial.in_(chunk))
        with database.reading() as connection:
            for row in connection.execute(asked):
                licence = Licence(row.serial, row.region)
                status = Status(row.status) if row.status else None
                found[licence] = Agency(licence, row.name, status, row.expiry, row.city, row.proprietor, row.office)
    return {licence: found[licence] for licence in licences if licence in found}


def is_compared(database: Database, version: int) -> bool:
    """Whether this list was compared with the one before it, and every draft made."""
    mark = (occurrences.c.schedule == _COMPARED) & (occurrences.c.occurrence == str(version))
    with database.reading() as connection:
        return connection.execute(select(occurrences.c.at).where(mark)).first() is not None


def has_news(database: Database) -> bool:
    """Whether the list in force and the one before it are of one kind, and not compared yet."""
    found = lists(database)
    return len(found) == 2 and found[0].demo == found[1].demo and not is_compared(database, found[0].version)


def set_compared(database: Database, version: int, at: datetime) -> None:
    """Nothing more is to be drafted from this list."""
    with database.writing() as connection:
        row = {"schedule": _COMPARED, "occurrence": str(version), "at": at, "state": BEGUN}
        connection.execute(_DONE[database.dialect], row)


# --- reports ---


def reported(database: Database, since: datetime) -> tuple[Reported, ...]:
    """The reports of a window, oldest first, while one of all is not weighed yet; else none."""
    with database.reading() as connection:
        new = select(reports.c.case_id).where(reports.c.weighed_at.is_(None), reports.c.agency != "")
        if connection.execute(new.limit(1)).first() is None:
            return ()
        wanted = select(reports).where(reports.c.at >= since, reports.c.agency != "").order_by(reports.c.at)
        rows = connection.execute(wanted).all()
    return tuple(
        Reported(
            Report(row.case_id, row.case_id, row.reporter, row.agency, row.at),
            row.centre,
            row.weighed_at is not None,
        )
        for row in rows
    )


def set_weighed(database: Database, ids: Sequence[str], at: datetime) -> None:
    """These reports need not be looked at again by themselves."""
    for start in range(0, len(ids), CHUNK):
        with database.writing() as connection:
            some = ids[start : start + CHUNK]
            connection.execute(update(reports).where(reports.c.case_id.in_(some)).values(weighed_at=at))


# --- drafts ---


def claim(database: Database, wanted: Claim, codes: Iterator[str], stale: timedelta) -> str | None:
    """The code for a draft that is ours to make; None where it is made, or somebody made it theirs within `stale`.

    A draft whose maker died is made by the next one, under the code it had: a code stands for one draft only. If two
    take it over, both make the same one.
    """
    row = {name: getattr(wanted, name) for name in ("once", "subject", "text", "made_by", "reason", "at")}
    with database.writing() as connection:
        for code in codes:
            if connection.execute(_CLAIM[database.dialect], row | {"code": code, "broadcast": ""}).rowcount:
                return code
            known = connection.execute(select(alarms).where(alarms.c.once == wanted.once)).first()
            if known is None:
                continue  # another draft has this code
            if known.broadcast or known.at > wanted.at - stale:
                return None
            return str(known.code)
    return None


def set_drafted(database: Database, once: str, broadcast: str) -> bool:
    """The draft is made, or it is certain that there shall be none; False where what it rests on was taken back."""
    with database.writing() as connection:
        mine = update(alarms).where(alarms.c.once == once)
        return connection.execute(mine.values(broadcast=broadcast)).rowcount > 0


def last_drafted(database: Database) -> dict[str, datetime]:
    """When the last drafts about each subject were made; those of which one is still to be made count as not made."""
    with database.reading() as connection:
        asked = select(alarms.c.subject, alarms.c.at, alarms.c.broadcast).order_by(alarms.c.at)
        rows = connection.execute(asked.where(alarms.c.once.not_like(f"{UNDONE}:%"))).all()
    found: dict[str, datetime] = {}
    waiting: set[str] = set()
    for row in sorted(rows, key=lambda row: (row.at, row.broadcast)):
        waiting |= {row.subject} if not row.broadcast else set()
        if row.subject not in waiting:
            found[row.subject] = row.at
    return found


def is_pending(database: Database, made_by: str) -> bool:
    """Whether a draft was asked for and is not made yet."""
    waiting = select(alarms.c.once).where(alarms.c.made_by == made_by, alarms.c.broadcast == "")
    with database.reading() as connection:
        return connection.execute(waiting.limit(1)).first() is not None


def sent(database: Database, code: str) -> SentAlert | None:
    """What went out under a short code; None where nothing did, a draft is nobody's business yet."""
    with database.reading() as connection:
        row = connection.execute(select(broadcasts).where(broadcasts.c.code == code)).first()
        if row is None or row.state not in _SENT + _ENDED:
            return None
        if row.state in _ENDED and row.planned_at is None:
            left = select(literal(1)).where(deliveries.c.part_of == row.id, deliveries.c.state.in_(_LEFT))
            if connection.execute(left.limit(1)).first() is None:
                return None
    licence = str(Licence(row.serial, row.region)) if row.serial and row.region else ""
    at = row.starts_at or row.approved_at or row.made_at
    return SentAlert(at, json.loads(row.texts), licence, row.state == "recalled")
