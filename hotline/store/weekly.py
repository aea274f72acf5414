"""How many broadcasts somebody has had within a week: one rule for who is counted, who is planned and who gets it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select

from hotline.domain.broadcast import SENDING, Kind, Stage
from hotline.domain.claiming import WEEK
from hotline.domain.delivery import Priority, State
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import Instant

_HAD = (State.SENDING, State.SENT, State.DELIVERED, State.UNKNOWN)
_BEGUN = (*SENDING, Stage.PAUSED, Stage.DONE, Stage.CANCELLED, Stage.RECALLED)


def had(since: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Deliveries that count: broadcasts that were tried since a moment, and reached the person or may have."""
    return and_(deliveries.c.priority == int(Priority.BULK), tried(since))


def tried(since: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Deliveries of any kind that were tried since a moment, and reached the person or may have."""
    return and_(deliveries.c.state.in_(_HAD), deliveries.c.attempted_at > since)


def shares(person: ColumnElement[str], mine: str, now: datetime) -> ColumnElement[int]:
    """How many other broadcasts a person has had by now, or will before one that is planned now."""
    own = deliveries.c.person_id == person, deliveries.c.broadcast != mine
    since = literal(now - WEEK, Instant())
    return select(func.count()).where(*own, or_(had(since), _waits())).scalar_subquery()


def begun(connection: Connection, mine: str, now: datetime) -> int:
    """How many other broadcasts somebody may have had: nobody can have had more."""
    # Not by the cursor: one that was given up has none, and some of its messages may have left.
    lately = broadcasts.c.state.in_(_BEGUN), broadcasts.c.moved_at > literal(now - 2 * WEEK, Instant())
    count = select(func.count()).where(broadcasts.c.kind == Kind.BULK, broadcasts.c.id != mine, *lately)
    return connection.execute(count).scalar_one()


def _waits() -> ColumnElement[bool]:
    going = select(broadcasts.c.id).where(broadcasts.c.state.in_(SENDING))
    bulk = deliveries.c.priority == int(Priority.BULK)
    return and_(bulk, deliveries.c.state == State.QUEUED, deliveries.c.broadcast.in_(going))
