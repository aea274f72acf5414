"""What waits for staff: cases with a promised time, their numbers and PINs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.keeping import OpenCase
from hotline.domain.report import (
    GUESSES_COUNT,
    LOCKED,
    MOST_WRONG,
    CaseTried,
    Lock,
    Numbered,
    Status,
    may_move,
)
from hotline.errors import NotFound, Refused
from hotline.store.database import Database
from hotline.store.reach import case_tries
from hotline.store.schema import Instant, cases

# Asked for the new row's id, or without the option, PostgreSQL's driver does not say whether a row was inserted.
_COUNTED = {"preserve_rowcount": True}
_OPEN = {
    "sqlite": sqlite.insert(cases).on_conflict_do_nothing().inline(),
    "postgresql": postgresql.insert(cases).on_conflict_do_nothing().inline(),
}
_OPEN_NUMBERED = {
    "sqlite": sqlite.insert(cases).on_conflict_do_nothing(index_elements=["once"]).inline(),
    "postgresql": postgresql.insert(cases).on_conflict_do_nothing(index_elements=["once"]).inline(),
}
_TRY = {
    "sqlite": sqlite.insert(case_tries).on_conflict_do_nothing().inline().execution_options(**_COUNTED),
    "postgresql": postgresql.insert(case_tries).on_conflict_do_nothing().inline().execution_options(**_COUNTED),
}
_CLOSE = (
    update(cases)
    .where(cases.c.id == bindparam("of"), cases.c.closed_at.is_(None))
    .values(closed_at=bindparam("at"), status=Status.CLOSED.value)
)
_GUESSES = (
    select(func.count())
    .where(
        case_tries.c.sender.in_(bindparam("senders", expanding=True)),
        case_tries.c.at > bindparam("since", type_=Instant),
    )
    .scalar_subquery()
)
_ALWAYS = select(_GUESSES.label("guesses")).subquery()
_NUMBERED = select(cases, _ALWAYS.c.guesses).select_from(_ALWAYS.outerjoin(cases, cases.c.code == bindparam("code")))
_RIGHT = update(cases).where(cases.c.id == bindparam("of")).values(wrong_pins=0, locked_until=None)
# Lock.after_wrong for a row that others may change at the same moment. A test holds one against the other.
_NOW_WRONG = case((cases.c.locked_until.is_(None), cases.c.wrong_pins), else_=0) + 1
_WRONG = (
    update(cases)
    .where(
        cases.c.id == bindparam("of"),
        or_(cases.c.locked_until.is_(None), cases.c.locked_until <= bindparam("now", type_=Instant)),
    )
    .values(
        wrong_pins=_NOW_WRONG,
        locked_until=case((_NOW_WRONG >= MOST_WRONG, bindparam("until", type_=Instant)), else_=null()),
    )
)


FEWEST_SIGNS = 8
"""More than the digits of a case: one mistyped must not be another's id."""


def open_cases(database: Database, *, centre: str = "", kind: str = "", closed: bool = False) -> tuple[OpenCase, ...]:
    """Cases not closed yet, the most urgent first; of one centre and one kind where these are given.

    With `closed` those too that are.
    """
    wanted = select(cases).order_by(cases.c.due_at, cases.c.id)
    if not closed:
        wanted = wanted.where(cases.c.closed_at.is_(None))
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


def find_case(database: Database, named: str) -> OpenCase | None:
    """A case by its id, its seven digits, or the first signs of an id no other begins with; open or closed."""
    with database.reading() as connection:
        row = connection.execute(select(cases).where((cases.c.id == named) | (cases.c.code == named))).first()
        if row is None and len(named) >= FEWEST_SIGNS:
            begins = select(cases).where(cases.c.id.startswith(named, autoescape=True)).limit(2)
            found = connection.execute(begins).all()
            row = found[0] if len(found) == 1 else None
    return _case(row) if row else None


def ended(database: Database, case: str) -> datetime | None:
    """When a case was closed, or its person erased; None while it is open."""
    with database.reading() as connection:
        return connection.execute(select(cases.c.closed_at).where(cases.c.id == case)).scalar()


def numbered(database: Database, code: str, senders: Sequence[bytes], now: datetime) -> tuple[Numbered | None, int]:
    """The case with this number, as its person asks about it, and how many wrong answers the sender got of late.

    `senders` is the sender under every live key. One statement, whether there is such a case or not.
    """
    values = {"code": code, "senders": list(senders), "since": now - GUESSES_COUNT}
    with database.reading() as connection:
        row = connection.execute(_NUMBERED, values).one()
    return _numbered(row), row.guesses


def _numbered(row: Row[Any]) -> Numbered | None:
    if row.pin is None:
        return None
    return Numbered(
        id=row.id,
        centre=row.centre,
        pin=row.pin,
        lock=Lock(row.wrong_pins, row.locked_until),
        status=Status(row.status),
        due_at=row.due_at,
        number_index=row.number_index,
        number_sealed=row.number_sealed,
        key_sealed=row.key_sealed or b"",
    )


def holder(database: Database, code: str) -> str:
    """The id of the case that has this number, or ""."""
    with database.reading() as connection:
        return connection.execute(select(cases.c.id).where(cases.c.code == code)).scalar() or ""


def tried(connection: Connection, effect: CaseTried) -> None:
    """Count a wrong PIN for sender and case, each once a turn; a right one clears the case's count.

    Two statements at most; a number nobody has takes the same.
    """
    if effect.right:
        connection.execute(_RIGHT, {"of": effect.case_id})
        return
    row = {"id": effect.id, "sender": effect.sender, "at": effect.at}
    if connection.execute(_TRY[connection.dialect.name], row).rowcount:
        connection.execute(_WRONG, {"of": effect.case_id, "now": effect.at, "until": effect.at + LOCKED})


def move(database: Database, case: str, to: Status, at: datetime, due_at: datetime | None = None) -> Status:
    """Say where a case stands, and where given by when the next step is promised. Gives where it stood.

    Raises NotFound, and Refused for a move that is not legal.
    """
    with database.writing() as connection:
        found = connection.execute(select(cases.c.status).where(cases.c.id == case).with_for_update()).scalar()
        if found is None:
            raise NotFound(f"no case {case}")
        if found not in list(Status):
            raise Refused("the person was erased: nobody can be told where it stands, so it can only be closed")
        before = Status(found)
        if not may_move(before, to):
            raise Refused(f"a case that is {before} cannot become {to}")
        values: dict[str, object] = {"status": to.value, "closed_at": at if to is Status.CLOSED else None}
        if due_at is not None:
            values["due_at"] = due_at
        connection.execute(update(cases).where(cases.c.id == case).values(values))
    return before


def hold(database: Database, case: str, *, held: bool) -> None:
    """Keep what a case says while the law wants it, or no longer. Raises NotFound where nothing is left of it."""
    with database.writing() as connection:
        mine = cases.c.id == case, cases.c.key_sealed.is_not(None)
        if not connection.execute(update(cases).where(*mine).values(held=held)).rowcount:
            raise NotFound(f"nothing is left of case {case} that could be kept")


def held_cases(database: Database) -> tuple[OpenCase, ...]:
    """The cases under legal hold, open or closed, the oldest first."""
    wanted = select(cases).where(cases.c.held).order_by(cases.c.opened_at, cases.c.id)
    with database.reading() as connection:
        return tuple(map(_case, connection.execute(wanted).all()))


def opened_since(database: Database, indexes: Sequence[bytes], kind: str, since: datetime) -> tuple[datetime, ...]:
    """When cases of this kind were opened for the person after a moment, open ones and closed ones."""
    wanted = select(cases.c.opened_at).where(
        cases.c.number_index.in_(indexes), cases.c.kind == kind, cases.c.opened_at > since
    )
    with database.reading() as connection:
        return tuple(connection.execute(wanted).scalars())


def is_open(database: Database, indexes: Sequence[bytes], kind: str) -> bool:
    """Whether a case of this kind is open for the person, by their index under every live key."""
    mine = cases.c.number_index.in_(list(indexes))
    wanted = select(cases.c.id).where(mine, cases.c.kind == kind, cases.c.closed_at.is_(None))
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


def open_case(connection: Connection, effect: OpenCase) -> None:
    """Open it, unless one with the same `once` was opened before. One statement.

    Raises IntegrityError where its number has meanwhile been given to another case: it was promised to nobody yet.
    """
    connection.execute(
        (_OPEN_NUMBERED if effect.code else _OPEN)[connection.dialect.name],
        {
            "id": effect.id,
            "kind": effect.kind,
            "once": effect.once,
            "centre": effect.centre,
            "number_index": effect.number_index,
            "number_sealed": effect.number_sealed,
            "detail_sealed": effect.detail_sealed,
            "key_sealed": effect.key_sealed,
            "opened_at": effect.opened_at,
            "due_at": effect.due_at,
            "code": effect.code,
            "pin": effect.pin,
            "status": effect.status,
        },
    )


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
        key_sealed=row.key_sealed or b"",
        code=row.code,
        pin=row.pin,
        status=row.status,
    )
