"""What waits for staff: cases with a promised time, and texts nobody's words explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.keeping import NotUnderstood, OpenCase
from hotline.errors import NotFound
from hotline.store.database import Database
from hotline.store.schema import cases, not_understood

_OPEN = {
    "sqlite": sqlite.insert(cases).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(cases).on_conflict_do_nothing(),
}
_CLOSE = (
    update(cases).where(cases.c.id == bindparam("of"), cases.c.closed_at.is_(None)).values(closed_at=bindparam("at"))
)
_PAGE = 50


def open_cases(database: Database, *, centre: str = "", kind: str = "") -> tuple[OpenCase, ...]:
    """Cases not closed yet, the most urgent first; of one centre and one kind where these are given."""
    wanted = select(cases).where(cases.c.closed_at.is_(None)).order_by(cases.c.due_at, cases.c.id)
    if centre:
        wanted = wanted.where(cases.c.centre == centre)
    if kind:
        wanted = wanted.where(cases.c.kind == kind)
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
    return tuple(map(_case, rows))


def find_open(database: Database, case: str) -> OpenCase | None:
    """The case, while it is open."""
    with database.reading() as connection:
        row = connection.execute(select(cases).where(cases.c.id == case, cases.c.closed_at.is_(None))).first()
    return _case(row) if row else None


def opened_since(database: Database, indexes: Sequence[bytes], kind: str, since: datetime) -> tuple[datetime, ...]:
    """When cases of this kind were opened for the person after a moment, open ones and closed ones."""
    wanted = select(cases.c.opened_at).where(
        cases.c.number_index.in_(indexes), cases.c.kind == kind, cases.c.opened_at > since
    )
    with database.reading() as connection:
        return tuple(connection.execute(wanted).scalars())


def is_open(database: Database, index: bytes, kind: str) -> bool:
    """Whether a case of this kind is open for the person."""
    wanted = select(cases.c.id).where(cases.c.number_index == index, cases.c.kind == kind, cases.c.closed_at.is_(None))
    with database.reading() as connection:
        return connection.execute(wanted.limit(1)).first() is not None


def close(database: Database, case: str, at: datetime) -> None:
    """The case is done. Raises NotFound where none of this id is open."""
    with database.writing() as connection:
        if not connection.execute(_CLOSE, {"of": case, "at": at}).rowcount:
            raise NotFound(f"no open case {case}")


def exchange(database: Database, case: str, instead: OpenCase | None, at: datetime) -> bool:
    """Close a case and open another instead, in one transaction; False, and nothing done, when it was closed already.

    Of several at once the database lets one close it.
    """
    with database.writing() as connection:
        if not connection.execute(_CLOSE, {"of": case, "at": at}).rowcount:
            return False
        if instead is not None:
            open_case(connection, instead)
    return True


def count_not_understood(database: Database, *, centre: str = "") -> int:
    """How many texts wait to be read."""
    counted = select(func.count()).select_from(not_understood)
    if centre:
        counted = counted.where(not_understood.c.centre == centre)
    with database.reading() as connection:
        return connection.execute(counted).scalar_one()


def list_not_understood(database: Database, *, centre: str = "", page: int = 1) -> tuple[NotUnderstood, ...]:
    """Texts that wait to be read, newest first, 50 a page; pages count from 1."""
    wanted = select(not_understood).order_by(not_understood.c.at.desc(), not_understood.c.id)
    if centre:
        wanted = wanted.where(not_understood.c.centre == centre)
    with database.reading() as connection:
        rows = connection.execute(wanted.limit(_PAGE).offset(_PAGE * (page - 1))).all()
    return tuple(
        NotUnderstood(
            id=row.id,
            centre=row.centre,
            locale=row.locale,
            reason_sealed=row.reason_sealed,
            text_sealed=row.text_sealed,
            at=row.at,
        )
        for row in rows
    )


def open_case(connection: Connection, effect: OpenCase) -> None:
    """Open it, unless one with the same `once` was opened before. One statement."""
    connection.execute(
        _OPEN[connection.dialect.name],
        {
            "id": effect.id,
            "kind": effect.kind,
            "once": effect.once,
            "centre": effect.centre,
            "number_index": effect.number_index,
            "number_sealed": effect.number_sealed,
            "detail_sealed": effect.detail_sealed,
            "opened_at": effect.opened_at,
            "due_at": effect.due_at,
        },
    )


def add_not_understood(connection: Connection, effect: NotUnderstood) -> None:
    """One statement."""
    connection.execute(
        not_understood.insert(),
        {
            "id": effect.id,
            "centre": effect.centre,
            "locale": effect.locale,
            "reason_sealed": effect.reason_sealed,
            "text_sealed": effect.text_sealed,
            "at": effect.at,
        },
    )


def forget_not_understood(database: Database, before: datetime, batch: int) -> Iterator[int]:
    """Delete texts older than `before`, a transaction a batch; yields how many each deleted."""
    old = select(not_understood.c.id).where(not_understood.c.at < before).limit(batch)
    while True:
        with database.writing() as connection:
            gone = connection.execute(delete(not_understood).where(not_understood.c.id.in_(old))).rowcount
        yield gone
        if gone < batch:
            return


def _case(row: Row[tuple[object, ...]]) -> OpenCase:
    return OpenCase(
        id=row.id,
        kind=row.kind,
        once=row.once,
        centre=row.centre,
        number_index=row.number_index,
        number_sealed=row.number_sealed,
        detail_sealed=row.detail_sealed,
        opened_at=row.opened_at,
        due_at=row.due_at,
    )
