"""Looking agencies up for people: by number in one read, by name through an index of the list in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

from hotline.domain.agency import Agency, Licence, Reading
from hotline.store import agencies as store
from hotline.store.agencies import Lookup
from hotline.store.database import Database
from hotline.text.names import NameIndex, Telling

MOST_HITS = 9
"""Rows a name may lead to: three pages of three."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a name leads to: the rows like it, best first, and how like the best is (0-1).

    `exact`: one row alone bears exactly this name. `telling`: what the words say whatever the rows are.
    """

    lookup: Lookup
    exact: bool
    like: float
    telling: Telling


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

    def named(self, name: str) -> Named:
        """The rows whose name is like this."""
        for _ in range(2):
            hits = self._index.find(name, MOST_HITS)
            lookup = store.by_licences(self._database, [Licence.parse(hit.id) for hit in hits])
            version = lookup.list.version if lookup.list else None
            if version == self._version:
                break
            self._renew(version)
        exact = [hit for hit in hits if hit.exact]
        if len(exact) == 1:
            alone = tuple(agency for agency in lookup.agencies if str(agency.licence) == exact[0].id)
            if alone:
                return Named(replace(lookup, agencies=alone), True, 1.0, self._index.telling(name))
        return Named(lookup, False, hits[0].score if hits else 0.0, self._index.telling(name))

    def of(self, licences: Sequence[Licence]) -> tuple[Agency, ...]:
        """The agencies of these licences that the list knows, in the order asked."""
        return store.by_licences(self._database, licences).agencies

    def _renew(self, version: int | None) -> None:
        with self._lock:
            if version == self._version:
                return
            rows = store.names(self._database, version) if version is not None else ()
            self._index = NameIndex(rows)
            self._version = version
