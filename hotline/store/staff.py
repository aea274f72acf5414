"""Who works at the centre, as rows: roles, the hash of a password, and how often a wrong one was tried."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.broadcast import Stage
from hotline.domain.staff import Member, Role
from hotline.errors import NotFound, Refused
from hotline.frozen import frozen
from hotline.store.database import Database
from hotline.store.reach import approvals, broadcasts, staff

_UNUSED = (Stage.SUBMITTED, Stage.APPROVED, Stage.SCHEDULED, Stage.PAUSED)


@frozen
class Account:
    """Somebody who works here, with what signing in is checked against."""

    member: Member
    password_hash: str
    failures: int
    locked_until: datetime | None


def add(database: Database, member: Member, password_hash: str, at: datetime) -> None:
    """Keep a new account. Raises Refused when the name is taken, for ever: its approvals are under it."""
    new = sqlite.insert(staff) if database.dialect == "sqlite" else postgresql.insert(staff)
    made = new.on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
    values = {
        "name": member.name,
        "password_hash": password_hash,
        "roles": " ".join(sorted(member.roles)),
        "centre": member.centre,
        "added_at": at,
        "failures": 0,
    }
    with database.writing() as connection:
        if not connection.execute(made, values).rowcount:
            raise Refused(
                f"{member.name} has an account already: `hotline staff enable` takes back who left,"
                " `hotline staff roles` changes what they may"
            )


def find(database: Database, name: str) -> Member:
    """Somebody by name, disabled or not. Raises NotFound."""
    with database.reading() as connection:
        row = connection.execute(select(staff).where(staff.c.name == name)).first()
    if row is None:
        raise NotFound(f"nobody called {name} works here")
    return _member(row)


def everybody(database: Database) -> tuple[Member, ...]:
    """All accounts, by name."""
    with database.reading() as connection:
        return tuple(_member(row) for row in connection.execute(select(staff).order_by(staff.c.name)))


def named(database: Database, names: Collection[str]) -> tuple[Member, ...]:
    """Those of these names who work here."""
    with database.reading() as connection:
        rows = connection.execute(select(staff).where(staff.c.name.in_(names), staff.c.disabled_at.is_(None)))
        return tuple(_member(row) for row in rows)


def begin_try(
    database: Database, name: str, now: datetime, delay: Callable[[int], timedelta]
) -> tuple[Account | None, bool]:
    """The account, and whether it may be tried now. The try counts as a failure until it succeeded.

    Counted before the password is looked at: else a hundred guesses at once would all be the first.
    """
    with database.writing() as connection:
        row = connection.execute(select(staff).where(staff.c.name == name).with_for_update()).first()
        if row is None:
            return None, False
        account = Account(_member(row), row.password_hash, row.failures, row.locked_until)
        if account.locked_until is not None and now < account.locked_until:
            return account, False
        failures = account.failures + 1
        connection.execute(
            update(staff).where(staff.c.name == name).values(failures=failures, locked_until=now + delay(failures))
        )
    return account, True


def succeeded(database: Database, name: str, new_hash: str = "") -> None:
    """The password was right: the count begins anew, and the hash is renewed where it was made another way."""
    values: dict[str, Any] = {"failures": 0, "locked_until": None}
    if new_hash:
        values["password_hash"] = new_hash
    with database.writing() as connection:
        connection.execute(update(staff).where(staff.c.name == name).values(values))


def set_password(database: Database, name: str, password_hash: str) -> None:
    """A new password. Raises NotFound."""
    _change(database, name, {"password_hash": password_hash, "failures": 0, "locked_until": None})


def disable(database: Database, name: str, at: datetime) -> None:
    """This person works here no more: approvals not yet used count no more either. Raises NotFound."""
    _change(database, name, {"disabled_at": at})


def enable(database: Database, name: str, password_hash: str) -> None:
    """Whoever left is back. Raises NotFound, and Refused where they never left."""
    back = {"password_hash": password_hash, "disabled_at": None, "failures": 0, "locked_until": None}
    with database.writing() as connection:
        here = update(staff).where(staff.c.name == name, staff.c.disabled_at.is_not(None))
        if not connection.execute(here.values(**back)).rowcount:
            raise Refused(f"{name} works here already: `hotline staff password` gives a new password")
        _forget_approvals(connection, name)


def set_roles(database: Database, name: str, roles: Collection[Role]) -> None:
    """What somebody may from now on, instead of before. Raises NotFound."""
    with database.writing() as connection:
        changed = update(staff).where(staff.c.name == name).values(roles=" ".join(sorted(roles)))
        if not connection.execute(changed).rowcount:
            raise NotFound(f"nobody called {name} works here")
        _forget_approvals(connection, name)


def _forget_approvals(connection: Connection, name: str) -> None:
    """What was agreed to as somebody else, so to say, and is not used yet, counts no more."""
    unused = select(broadcasts.c.id).where(broadcasts.c.state.in_(_UNUSED))
    connection.execute(delete(approvals).where(approvals.c.staff == name, approvals.c.broadcast.in_(unused)))


def _change(database: Database, name: str, values: dict[str, Any]) -> None:
    with database.writing() as connection:
        if not connection.execute(update(staff).where(staff.c.name == name).values(values)).rowcount:
            raise NotFound(f"nobody called {name} works here")


def _member(row: Row[Any]) -> Member:
    roles = frozenset(Role(role) for role in row.roles.split())
    return Member(row.name, roles, row.centre, row.disabled_at)
