"""Looking agencies up for people: in the list as this process read it, while the database says it is in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Protocol, TypeVar

from hotline.domain.agency import Agency, Licence, Reading
from hotline.frozen import frozen
from hotline.store import agencies as store
from hotline.store.agencies import Lookup, RegisterList
from hotline.store.database import Database
from hotline.text.names import NameIndex, Telling

MOST_HITS = 9
"""Rows a name may lead to: three pages of three."""


@frozen
class Named:
    """What a name leads to: the agencies like it, best first, and how like the best is (0-1).

    `exact`: one alone bears exactly this name. `telling`: what the words say whatever the agencies are.
    """

    agencies: tuple[Agency, ...]
    exact: bool
    like: float
    telling: Telling


class Listed:
    """A published list. It never changes."""

    def __init__(self, newest: RegisterList | None, rows: Sequence[Agency]) -> None:
        self.list = newest
        self.identity = (newest.version, newest.sha256) if newest else (None, "")
        self._index: NameIndex | None = None
        self._rows = {agency.licence: agency for agency in rows}
        self._serials: dict[int, list[Agency]] = {}
        for agency in rows:
            self._serials.setdefault(agency.licence.serial, []).append(agency)

    def index(self) -> NameIndex:
        """Its names, to be asked for; made when the first question comes."""
        if self._index is None:
            # Two threads may each make one: they are alike.
            self._index = NameIndex((str(licence), agency.name) for licence, agency in self._rows.items())
        return self._index

    def numbered(self, reading: Reading) -> tuple[Agency, ...]:
        """Every agency of a serial, and of a region if one was named; by region."""
        of_serial = self._serials.get(reading.serial, ())
        return tuple([agency for agency in of_serial if reading.region in ("", agency.licence.region)])

    def named(self, name: str) -> Named:
        """The agencies whose name is like this; alone the one that bears it exactly, where there is one."""
        index = self.index()
        hits = index.find(name, MOST_HITS)
        exact = [hit for hit in hits if hit.exact]
        meant = exact if len(exact) == 1 else hits
        agencies = tuple([self._rows[Licence.parse(hit.id)] for hit in meant])
        return Named(agencies, len(exact) == 1, hits[0].score if hits else 0.0, index.telling(name))


class Chosen(Protocol):
    """What a question found in a list."""

    @property
    def agencies(self) -> tuple[Agency, ...]:
        """Whom it is about."""


_Chosen = TypeVar("_Chosen", bound=Chosen)


class Agencies:
    """The register in force. Threads may share it.

    A process reads a list once, and every question asks the database only which list is in force and what notices are
    open: a new list or notice counts from the next question on.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._listed = Listed(None, ())

    def warm(self) -> None:
        """Read the list and build its index of names now, so that the first caller need not wait for it."""
        self._listed = Listed(*store.whole(self._database))
        self._listed.index()

    def look_up(self, find: Callable[[Listed], _Chosen]) -> tuple[_Chosen, Lookup]:
        """What `find` chooses of the list in force, and what may be said of it. One SELECT.

        `find` is asked again where the database says that another list was published.
        """
        while True:
            listed = self._listed
            found = find(listed)
            standing = store.standing(self._database, {agency.licence.serial for agency in found.agencies})
            if (standing.version, standing.sha256) == listed.identity:
                licences = {agency.licence for agency in found.agencies}
                notices = tuple([notice for notice in standing.notices if notice.licence in licences])
                return found, Lookup(listed.list, found.agencies, notices)
            self._renew(listed)

    def in_force(self) -> Listed:
        """The list in force. One SELECT."""
        while True:
            listed = self._listed
            standing = store.standing(self._database, ())
            if (standing.version, standing.sha256) == listed.identity:
                return listed
            self._renew(listed)

    def _renew(self, outdated: Listed) -> None:
        with self._lock:
            if self._listed is outdated:
                self._listed = Listed(*store.whole(self._database))
