"""What a list that is taken back had led to: the alerts a machine drafted from it, and how each is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update

from hotline.domain.broadcast import SENDING, Broadcast, Stage, moved, paused, sent_back
from hotline.frozen import frozen
from hotline.store import broadcasts as store
from hotline.store.agencies import RegisterList
from hotline.store.alarm import NO_DRAFT, REGISTER, REPORTS, UNDONE
from hotline.store.database import Database
from hotline.store.reach import alarms, reports

_ONCE = 120
"""Letters of alarms.once."""
_WAITS = (Stage.DRAFT, Stage.SUBMITTED)
_AGREED = (Stage.APPROVED, Stage.SCHEDULED)


@frozen
class Withdrawn:
    """A broadcast drafted from the list, as it stood and as it stands now; the same where staff must decide."""

    id: str
    title: str
    before: Stage
    after: Stage


def take_back(connection: Connection, undone: RegisterList, now: datetime) -> tuple[Withdrawn, ...]:
    """Stop all that was drafted from a list, in the transaction that takes it back; a second time finds nothing.

    The same news, should another list tell them, may be drafted anew; reports are weighed again.
    """
    of_list = and_(alarms.c.made_by == REGISTER, alarms.c.once.like(f"{REGISTER}:{undone.date}:%"))
    drafted = select(alarms).where(alarms.c.at >= undone.published_at, or_(of_list, alarms.c.made_by == REPORTS))
    rows = connection.execute(drafted.where(alarms.c.once.not_like(f"{UNDONE}:%")).with_for_update()).all()
    for row in rows:
        # The code stays taken: it may have been read in a draft.
        values = {"once": f"{UNDONE}:{row.code}:{row.once}"[:_ONCE], "broadcast": row.broadcast or NO_DRAFT}
        connection.execute(update(alarms).where(alarms.c.once == row.once).values(**values))
    told = [row.subject for row in rows if row.made_by == REPORTS]
    connection.execute(update(reports).where(reports.c.agency.in_(told)).values(weighed_at=None))
    ids = sorted({row.broadcast for row in rows} - {"", NO_DRAFT})
    return tuple(_stopped(connection, ids, f"the list of {undone.date} was taken back", now))


def withdraw(database: Database, undone: RegisterList, now: datetime) -> tuple[Withdrawn, ...]:
    """The same of a list that was taken back before."""
    with database.writing() as connection:
        return take_back(connection, undone, now)


def _stopped(connection: Connection, ids: list[str], why: str, now: datetime) -> Iterator[Withdrawn]:
    for id in ids:
        held = store.hold(connection, id)
        one = held.broadcast
        after = _after(one, why, now)
        if after is not one:
            held.save(after)
        yield Withdrawn(id, one.draft.title, one.stage, after.stage)


def _after(one: Broadcast, why: str, now: datetime) -> Broadcast:
    """Nobody has agreed: cancelled. Agreed: a draft that nobody has approved. Being sent: paused. Else as it is."""
    if one.stage in _WAITS:
        return moved(one, Stage.CANCELLED, now, why)
    if one.stage in _AGREED:
        return sent_back(one, Stage.DRAFT, 0, now, why)
    return paused(one, now, why) if one.stage in SENDING else one
