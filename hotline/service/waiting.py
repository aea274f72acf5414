"""The alarms that wait for staff: in groups that a tired person can read, and put away, one or many at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from hotline.domain.broadcast import TERMINAL, Stage
from hotline.errors import NotFound, Refused
from hotline.frozen import frozen
from hotline.service.broadcast import Broadcasts
from hotline.store import drafted as store
from hotline.store.alarm import set_drafted
from hotline.store.database import Database
from hotline.store.drafted import PUT_AWAY, YOURS, Drafted

DRAFTS = (Stage.DRAFT, Stage.SUBMITTED)
FOLDED = 5
"""More alarms than this that differ in the agency only are told as one."""


@frozen
class Alike:
    """Alarms of one list (or of reports) that say one thing to one kind of people, the newest first."""

    alarms: tuple[Drafted, ...]

    @property
    def is_folded(self) -> bool:
        """Whether they are told as one."""
        return len(self.alarms) > FOLDED


@frozen
class Waiting:
    """What nobody has decided yet. `broadcasts` gives up drafts."""

    database: Database
    broadcasts: Broadcasts

    def all(self, listed: date | None = None, to: str = "") -> tuple[Drafted, ...]:
        """All of them, or of one list and to one kind of people; the newest first."""
        found = store.waiting(self.database)
        return tuple(one for one in found if listed in (None, one.listed) and to in ("", one.to))

    def one(self, code: str) -> Drafted:
        """Any alarm, decided or not. Raises NotFound."""
        found = store.find(self.database, code)
        if found is None:
            raise NotFound(f"no alert was drafted with the code {code}: `hotline alerts list --all` shows the newest")
        return found

    def named(self, codes: Iterable[str]) -> tuple[Drafted, ...]:
        """Those of these codes, each once. Raises NotFound, and Refused where one of them does not wait."""
        found = tuple(self.one(code) for code in dict.fromkeys(codes))
        for one in found:
            _check(one)
        return found

    def put_away(self, code: str, now: datetime) -> None:
        """Staff have read it, or give its draft up: nobody is told by it. Raises Refused where it does not wait."""
        # Looked at again: of many the last is reached minutes later, and may be approved by then.
        one = self.one(code)
        _check(one)
        if one.stands == YOURS:
            set_drafted(self.database, one.claim.once, PUT_AWAY)
        else:
            self.broadcasts.cancel(one.broadcast, TERMINAL, now)


def _check(one: Drafted) -> None:
    if one.stands != YOURS and one.stands not in DRAFTS:
        raise Refused(f"{one.code} is {one.stands}: only what waits for you to look at it is put away")


def alike(alarms: Iterable[Drafted]) -> tuple[Alike, ...]:
    """The same alarms in groups, in the order of the first of each."""
    groups: dict[tuple[object, ...], list[Drafted]] = {}
    for one in alarms:
        groups.setdefault((one.claim.made_by, one.listed, one.claim.text, one.to, one.stands), []).append(one)
    return tuple(Alike(tuple(group)) for group in groups.values())
