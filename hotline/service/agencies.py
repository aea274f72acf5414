"""Looking agencies up for people: by number in one read, by name through an index of the list in force."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from threading import Lock

from hotline.domain.agency import Licence, Reading
from hotline.store import agencies as store
from hotline.store.agencies import Lookup
from hotline.store.database import Database
from hotline.text.names import Hit, NameIndex

MOST_HITS = 9
"""Rows a name may lead to: three pages of three."""


class Agencies:
    """The register in force. The name index is made anew when a lookup shows that another list was published."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._version: int | None = None
        self._index = NameIndex(())

    def warm(self) -> None:
        """Build the name index now, so that the first caller need not wait for it."""
        current = store.current(self._database)
        self._renew(current.version if current else None)

    def numbered(self, reading: Reading) -> Lookup:
        """All rows with this serial, and region if one was named."""
        return store.lookup(self._database, reading.serial, reading.region)

    def named(self, name: str) -> tuple[Lookup, bool]:
        """The rows whose name is like this, best first, and whether one alone bears exactly this name."""
        lookup, hits = self._find((name,), ())
        return _meant(lookup, hits)

    def either(self, reading: Reading, names: Sequence[str]) -> tuple[Lookup, Lookup, bool]:
        """What `numbered` finds, and what `named` finds by the first of the names that is like any. One read."""
        lookup, hits = self._find(names, (reading.serial,))
        asked = [row.licence for row in lookup.agencies if row.licence.serial == reading.serial]
        numbered = lookup.among(licence for licence in asked if reading.region in ("", licence.region))
        return numbered, *_meant(lookup, hits)

    def _find(self, names: Sequence[str], serials: Collection[int]) -> tuple[Lookup, Sequence[Hit]]:
        """The hits of the first name that has any, and what the register says about them and these serials. One read.

        Two where another list was published since the last question about a name.
        """
        for _ in range(2):
            hits = next(filter(None, (self._index.find(name, MOST_HITS) for name in names)), ())
            lookup = store.by_serials(self._database, {*serials, *(_licence(hit).serial for hit in hits)})
            version = lookup.list.version if lookup.list else None
            if version == self._version:
                break
            self._renew(version)
        return lookup, hits

    def _renew(self, version: int | None) -> None:
        with self._lock:
            if version == self._version:
                return
            rows = store.names(self._database, version) if version is not None else ()
            self._index = NameIndex(rows)
            self._version = version


def _meant(lookup: Lookup, hits: Sequence[Hit]) -> tuple[Lookup, bool]:
    """The rows of the hits, best first; alone the one whose name this exactly is, where there is one."""
    exact = [hit for hit in hits if hit.exact]
    if len(exact) == 1:
        alone = lookup.among([_licence(exact[0])])
        if alone.agencies:
            return alone, True
    return lookup.among(map(_licence, hits)), False


def _licence(hit: Hit) -> Licence:
    return Licence.parse(hit.id)
