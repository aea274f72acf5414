"""Reports of fraud or overcharging, the cases they open with their legal moves, and the rule of wrong PINs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from enum import StrEnum

from hotline.frozen import frozen

REPORT = "report"
"""The kind of case a report opens."""
MOST_WRONG, LOCKED = 5, timedelta(hours=24)
"""Wrong PINs of one case until it is locked, and for how long."""
MOST_GUESSES, GUESSES_COUNT = 10, timedelta(hours=24)
"""Wrong answers one sender gets, over all cases, until none of theirs is looked at, and how long each counts."""


class PaidTo(StrEnum):
    """Who took the money, or asked for it."""

    AGENCY = "agency"
    AGENT = "agent"
    RELATIVE = "relative"
    NOBODY = "nobody"


class Status(StrEnum):
    """Where a case stands: untouched, spoken about, with another office, done."""

    OPEN = "open"
    CALLED = "called"
    WAITING = "waiting"
    CLOSED = "closed"


MOVES = {
    Status.OPEN: frozenset({Status.CALLED, Status.WAITING, Status.CLOSED}),
    Status.CALLED: frozenset({Status.WAITING, Status.CLOSED}),
    Status.WAITING: frozenset({Status.CALLED, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.OPEN}),
}


def may_move(before: Status, after: Status) -> bool:
    """Whether a case in one state may come to be in another. To stay is no move, but may have a new date."""
    return after in MOVES[before] or (after is before and before is not Status.CLOSED)


@frozen
class Report:
    """What somebody told. `licence` is "0008/RWP", or "" where the list has no such agency; `name` the list's, else as

    it was typed, "" where none was named. `paid` counts rupees, None where it was not said.
    """

    licence: str
    name: str
    paid: int | None
    to: PaidTo
    district: str
    anonymous: bool

    def write(self) -> str:
        """As it is sealed: one line of JSON."""
        return json.dumps(
            {
                "licence": self.licence,
                "name": self.name,
                "paid": self.paid,
                "to": self.to.value,
                "district": self.district,
                "anonymous": self.anonymous,
            },
            ensure_ascii=False,
        )

    @classmethod
    def read(cls, written: str) -> Report:
        """What `write` wrote. Raises ValueError for anything else."""
        try:
            found = json.loads(written)
            return cls(
                licence=str(found["licence"]),
                name=str(found["name"]),
                paid=None if found["paid"] is None else int(found["paid"]),
                to=PaidTo(found["to"]),
                district=str(found["district"]),
                anonymous=bool(found["anonymous"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no report: {error}") from None


@frozen
class FileReport:
    """A report, to be kept with its case: once a case. It holds nothing that leads to the person.

    `agency` is the licence, or a keyed hash of a name the list does not have, or "". `reporter` is a keyed hash of
    number and agency: it tells one reporter of an agency from another, and nothing else. `older` are both under older
    data keys (report_keys.py): rows that are kept under those move to these. `name` is what is hashed, "" where there
    is a licence; no column has it.
    """

    case_id: str
    agency: str
    licence: str
    reporter: bytes
    centre: str
    at: datetime
    name: str = ""
    older: tuple[tuple[str, bytes], ...] = ()


@frozen
class CaseTried:
    """Somebody named a case and a PIN. `case_id` is "" where there is no such case; `id` is the turn's.

    A wrong one is counted for `sender` (a blind index) and for the case; a right one clears the case's count.
    """

    id: str
    case_id: str
    sender: bytes
    right: bool
    at: datetime


@frozen
class Told:
    """One report as it is weighed: about which agency (`FileReport.agency`), from which reporter, when, and where."""

    case_id: str
    agency: str
    licence: str
    reporter: bytes
    centre: str
    at: datetime
    weighed: bool


@frozen
class Lock:
    """How many wrong PINs in a row a case has had, and until when no PIN opens it."""

    wrong: int = 0
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether the case is locked."""
        return self.until is not None and now < self.until

    def after_wrong(self, now: datetime) -> Lock:
        """After one more wrong PIN: the fifth locks for 24 hours. What comes while it is locked changes nothing."""
        if self.holds(now):
            return self
        wrong = (0 if self.until else self.wrong) + 1
        return Lock(wrong, now + LOCKED if wrong >= MOST_WRONG else None)


@frozen
class Numbered:
    """A case as it is asked about. `pin` is a keyed hash; `number_sealed` holds "" where the report was anonymous."""

    id: str
    centre: str
    pin: bytes
    lock: Lock
    status: Status
    due_at: datetime
    number_index: bytes
    number_sealed: bytes
    key_sealed: bytes

    def said(self, now: datetime) -> str:
        """What is told of it: its status, or `late` when its promised time is over and it is not closed."""
        return "late" if self.status is not Status.CLOSED and now > self.due_at else self.status.value
