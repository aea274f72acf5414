"""Looking agencies up for people: in the list as this process read it, while the database says it is in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock

from hotline.domain.agency import Agency, Licence, Reading
from hotline.store import agencies as store
from hotline.store.agencies import Lookup, RegisterList
from hotline.store.database import Database
from hotline.text.names import NameIndex

MOST_HITS = 9
"""Rows a name may lead to: three pages of three."""


class Agencies:
    """The register in force. Threads may share it.

    A list never changes once it is published, so a process reads it once, and every question asks the database only
    which list is in force and what notices are open: a new list or notice counts from the next question on.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._register = _Register(None, ())

    def warm(self) -> None:
        """Read the list and build its index of names now, so that the first caller need not wait for it."""
        self._register = _Register(*store.whole(self._database))
        self._register.index  # noqa: B018

    def numbered(self, reading: Reading) -> Lookup:
        """All rows with this serial, and region if one was named. One SELECT."""
        return self._in_force(lambda register: register.numbered(reading))

    def named(self, name: str) -> tuple[Lookup, bool]:
        """The rows whose name is like this, best first, and whether one alone bears exactly this name. One SELECT."""
        exact = False

        def alike(register: _Register) -> list[Agency]:
            nonlocal exact
            named, exact = register.named((name,))
            return named

        return self._in_force(alike), exact

    def either(self, reading: Reading, names: Sequence[str]) -> tuple[Lookup, Lookup, bool]:
        """What `numbered` finds, and what `named` finds by the first of the names that is like any. One SELECT."""
        numbered, named, exact = list[Agency](), list[Agency](), False

        def both(register: _Register) -> list[Agency]:
            nonlocal numbered, named, exact
            numbered, (named, exact) = register.numbered(reading), register.named(names)
            return [*numbered, *named]

        found = self._in_force(both)
        return found.among(agency.licence for agency in numbered), found.among(a.licence for a in named), exact

    def _in_force(self, find: Callable[[_Register], list[Agency]]) -> Lookup:
        """What the list in force has; found anew where the database says that another was published."""
        while True:
            register = self._register
            found = find(register)
            standing = store.standing(self._database, {agency.licence.serial for agency in found})
            if (standing.version, standing.sha256) == register.identity:
                licences = {agency.licence for agency in found}
                notices = tuple([notice for notice in standing.notices if notice.licence in licences])
                return Lookup(register.list, tuple(found), notices)
            self._renew(register)

    def _renew(self, outdated: _Register) -> None:
        with self._lock:
            if self._register is outdated:
                self._register = _Register(*store.whole(self._database))


class _Register:
    """A published list in memory."""

    def __init__(self, newest: RegisterList | None, rows: Sequence[Agency]) -> None:
        self.list = newest
        self.identity = (newest.version, newest.sha256) if newest else (None, "")
        self._rows = {agency.licence: agency for agency in rows}
        self._serials: dict[int, list[Agency]] = {}
        for agency in rows:
            self._serials.setdefault(agency.licence.serial, []).append(agency)

    @cached_property
    def index(self) -> NameIndex:
        """Its names, to be asked for; made when the first question comes."""
        return NameIndex((str(licence), agency.name) for licence, agency in self._rows.items())

    def numbered(self, reading: Reading) -> list[Agency]:
        """Every agency of a serial, and of a region if one was named; by region."""
        of_serial = self._serials.get(reading.serial, ())
        return [agency for agency in of_serial if reading.region in ("", agency.licence.region)]

    def named(self, names: Sequence[str]) -> tuple[list[Agency], bool]:
        """The rows like the first of the names that any is like; alone the one that bears it exactly, if there is."""
        hits = next(filter(None, (self.index.find(name, MOST_HITS) for name in names)), ())
        exact = [hit for hit in hits if hit.exact]
        meant = exact if len(exact) == 1 else hits
        return [self._rows[Licence.parse(hit.id)] for hit in meant], len(exact) == 1
