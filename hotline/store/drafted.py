"""The alarms as staff see them, each with where its draft stands: those that wait, the newest, or one by its code."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, and_, or_, select

from hotline.domain.broadcast import Stage
from hotline.frozen import frozen
from hotline.store.alarm import NO_DRAFT, REGISTER, UNDONE, Claim
from hotline.store.database import Database
from hotline.store.reach import alarms, broadcasts

PUT_AWAY = "put away"
"""Stands for a draft where staff have looked at what they had to write themselves."""
MAKING, YOURS, TAKEN_BACK = "being drafted", "for you", "taken back"
"""States of what is no draft: not made yet; a name no list has, which a person must read; of a list taken back."""
_UNDECIDED = (Stage.DRAFT, Stage.SUBMITTED)


@frozen
class Drafted:
    """An alarm as staff see it: its draft, and where that stands ("" where there is no draft yet)."""

    claim: Claim
    code: str
    broadcast: str
    state: str

    @property
    def stands(self) -> str:
        """Where it stands: the draft's own state where there is one."""
        if self.state:
            return self.state
        if self.broadcast == PUT_AWAY:
            return PUT_AWAY
        if self.claim.once.startswith(f"{UNDONE}:"):
            return TAKEN_BACK
        return YOURS if self.broadcast == NO_DRAFT else MAKING

    @property
    def to(self) -> str:
        """Whom it is for, as `To` has it."""
        return self.claim.once.rpartition(":")[2]

    @property
    def listed(self) -> date | None:
        """The day of the list it was drafted from; None where reports made it."""
        whole = self.claim.once.removeprefix(f"{UNDONE}:{self.code}:")
        return date.fromisoformat(whole.split(":")[1]) if self.claim.made_by == REGISTER else None


def waiting(database: Database) -> tuple[Drafted, ...]:
    """All that nobody has decided, however many: newest first."""
    unmade = and_(alarms.c.broadcast.in_(("", NO_DRAFT)), alarms.c.once.not_like(f"{UNDONE}:%"))
    return _read(database, _ALL.where(or_(broadcasts.c.state.in_(_UNDECIDED), unmade)))


def listing(database: Database, limit: int) -> tuple[Drafted, ...]:
    """The newest of all."""
    return _read(database, _ALL.limit(limit))


def find(database: Database, code: str) -> Drafted | None:
    """The one of this code, however old."""
    return next(iter(_read(database, _ALL.where(alarms.c.code == code))), None)


_ALL = (
    select(alarms, broadcasts.c.state)
    .join_from(alarms, broadcasts, broadcasts.c.id == alarms.c.broadcast, isouter=True)
    .order_by(alarms.c.at.desc(), alarms.c.once)
)


def _read(database: Database, wanted: Select[tuple[object, ...]]) -> tuple[Drafted, ...]:
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
    return tuple(
        Drafted(
            Claim(row.once, row.subject, row.text, row.made_by, row.reason, row.at),
            row.code,
            row.broadcast,
            row.state or "",
        )
        for row in rows
    )
