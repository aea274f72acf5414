"""Reports as they are weighed: which agency, which reporter, when; never what was told, which is sealed in the case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, Select, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.report import FileReport, Told
from hotline.store.database import Database
from hotline.store.reach import alarms, reports

_FILE = {
    "sqlite": sqlite.insert(reports).on_conflict_do_nothing(index_elements=["case_id"]),
    "postgresql": postgresql.insert(reports).on_conflict_do_nothing(index_elements=["case_id"]),
}


def file(connection: Connection, effect: FileReport) -> None:
    """Keep a report, once a case. One statement; while two data keys live, what older reports have in common moves."""
    if effect.older:
        _move(connection, effect)
    connection.execute(
        _FILE[connection.dialect.name],
        {
            "case_id": effect.case_id,
            "reporter": effect.reporter,
            "licence": effect.licence,
            "agency": effect.agency,
            "centre": effect.centre,
            "at": effect.at,
        },
    )


def _move(connection: Connection, effect: FileReport) -> None:
    move_agency(connection, [agency for agency, _ in effect.older], effect.agency)
    same = reports.c.agency == effect.agency, reports.c.reporter.in_([reporter for _, reporter in effect.older])
    connection.execute(update(reports).where(*same).values(reporter=effect.reporter))


def move_agency(connection: Connection, older: Sequence[str], newest: str) -> None:
    """Know a name no list has by its newest hash, and the drafts about it too: else a second would be made."""
    if others := sorted({*older} - {newest}):
        connection.execute(update(reports).where(reports.c.agency.in_(others)).values(agency=newest))
        connection.execute(update(alarms).where(alarms.c.subject.in_(others)).values(subject=newest))


def unweighed(database: Database, limit: int = 500) -> tuple[Told, ...]:
    """Reports that were not weighed yet and name somebody, oldest first."""
    wanted = select(reports).where(reports.c.weighed_at.is_(None), reports.c.agency != "")
    return _told(database, wanted.order_by(reports.c.at, reports.c.case_id).limit(limit))


def about(database: Database, agency: str, since: datetime) -> tuple[Told, ...]:
    """Every report about one agency (`Told.agency`) from a moment on, oldest first, weighed ones too.

    Distinct reporters are distinct values of `reporter`.
    """
    wanted = select(reports).where(reports.c.agency == agency, reports.c.at >= since)
    return _told(database, wanted.order_by(reports.c.at, reports.c.case_id))


def weighed(connection: Connection, cases: Sequence[str], at: datetime) -> None:
    """These reports (by their case) have been weighed; in the caller's transaction, with what came of it."""
    if cases:
        connection.execute(update(reports).where(reports.c.case_id.in_(cases)).values(weighed_at=at))


def _told(database: Database, wanted: Select[tuple[object, ...]]) -> tuple[Told, ...]:
    with database.reading() as connection:
        return tuple(map(_report, connection.execute(wanted).all()))


def _report(row: Row[tuple[object, ...]]) -> Told:
    return Told(
        case_id=row.case_id,
        agency=row.agency,
        licence=row.licence,
        reporter=row.reporter,
        centre=row.centre,
        at=row.at,
        weighed=row.weighed_at is not None,
    )
