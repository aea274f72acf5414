"""Senders at rest: after refusals in a row or trouble with the account, until one message shows that it works again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.frozen import frozen
from hotline.store.database import Database
from hotline.store.reach import breakers

_PREFIX, _MONEY = "sender:", "money:"
"""A sender that met trouble, and one whose centre has spent its day's money: that one tries nothing before its time."""
_CHANGED = ("opened_at", "until", "reason", "errors")
_SQLITE, _POSTGRESQL = sqlite.insert(breakers), postgresql.insert(breakers)
_SET = {
    "sqlite": _SQLITE.on_conflict_do_update(
        index_elements=["name"], set_={name: _SQLITE.excluded[name] for name in _CHANGED}
    ),
    "postgresql": _POSTGRESQL.on_conflict_do_update(
        index_elements=["name"], set_={name: _POSTGRESQL.excluded[name] for name in _CHANGED}
    ),
}


@frozen
class Breaker:
    """A sender that rests until a moment, and why, in words for staff."""

    sender: str
    opened_at: datetime
    until: datetime
    reason: str


@frozen
class Senders:
    """Who may not send now, and who may send one message to see whether it works again."""

    resting: frozenset[str]
    trying: frozenset[str]


@frozen
class Health:
    """What a sender met, in order: `errors` in a row at the end, after something that `worked` or not.

    `halt` says that the account itself is in trouble; `why` is in words for staff.
    """

    sender: str
    errors: int
    worked: bool
    halt: bool = False
    why: str = ""


@frozen
class Rule:
    """How many errors in a row open a breaker, and for how long."""

    errors: int
    rest: timedelta


def senders(connection: Connection, now: datetime) -> Senders:
    """Who rests, and whose rest is over. One statement."""
    rows = connection.execute(select(breakers).where(breakers.c.until > breakers.c.opened_at)).all()
    poor = {row.name.removeprefix(_MONEY) for row in rows if row.name.startswith(_MONEY) and row.until > now}
    named = {row.name.removeprefix(_PREFIX): row.until for row in rows if row.name.startswith(_PREFIX)}
    resting = poor | {name for name, until in named.items() if until > now}
    return Senders(frozenset(resting), frozenset(named) - resting)


def out_of_money(connection: Connection, rest: Breaker) -> None:
    """Nothing leaves from a sender until a moment, whatever works."""
    connection.execute(
        _SET[connection.dialect.name],
        {
            "name": _MONEY + rest.sender,
            "opened_at": rest.opened_at,
            "until": rest.until,
            "reason": rest.reason,
            "errors": 0,
        },
    )


def tried(connection: Connection, sender: str, until: datetime) -> None:
    """One message is on its way to see; nobody else tries before `until`."""
    connection.execute(update(breakers).where(breakers.c.name == _PREFIX + sender).values(until=until))


def note(connection: Connection, health: Health, rule: Rule, now: datetime) -> bool:
    """Count what a sender met; whether it rests from now on. A sender that works is forgotten."""
    row = connection.execute(select(breakers).where(breakers.c.name == _PREFIX + health.sender)).first()
    errors = health.errors + (row.errors if row is not None and not health.worked else 0)
    opens = health.halt or errors >= rule.errors
    if not errors and not opens:
        if row is not None and health.worked:
            connection.execute(delete(breakers).where(breakers.c.name == row.name))
        return False
    was_open = row is not None and row.until > row.opened_at
    if was_open and not opens:
        opens = not health.worked
    connection.execute(
        _SET[connection.dialect.name],
        {
            "name": _PREFIX + health.sender,
            "opened_at": row.opened_at if row is not None and was_open and opens else now,
            "until": now + rule.rest if opens else now,
            "reason": health.why,
            "errors": errors,
        },
    )
    return opens


def resting(database: Database, now: datetime) -> tuple[Breaker, ...]:
    """Every sender that rests or is being tried again, for staff."""
    wanted = select(breakers).where(breakers.c.until > breakers.c.opened_at).order_by(breakers.c.name)
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
    # Past its time a rest for money is over; any other ends with the first message that gets through.
    there = (row for row in rows if row.until > now or not row.name.startswith(_MONEY))
    return tuple(Breaker(row.name.partition(":")[2], row.opened_at, row.until, row.reason) for row in there)


def close(database: Database, sender: str) -> bool:
    """Staff mended it: the sender goes on at once. False when it did not rest."""
    with database.writing() as connection:
        names = (_PREFIX + sender, _MONEY + sender)
        return bool(connection.execute(delete(breakers).where(breakers.c.name.in_(names))).rowcount)
