"""The licence check as a flow sees it: a number or a name in, one of eight outcomes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hotline.domain.agency import Agency, Licence, Reading, Status, Verdict, read_licence, short_names, verdict
from hotline.domain.keeping import ToldValid
from hotline.domain.places import REGION_WORDS
from hotline.flow.model import Shape
from hotline.flow.turn import Found, Row
from hotline.service.ports.base import Answer, Asker
from hotline.store.agencies import Lookup
from hotline.text.script import digits, fold
from hotline.text.values import Kind

PICKED = "licence:"
"""What stands before a picked row's licence, so that it is exact from then on."""
MOST_ROWS = 9
NAME_LETTERS = 4
"""Letters of the shortest word that tells a name: the prefixes of numbers (OP, HRD, MPD, OEP) are shorter."""
_DIGITS = re.compile("[0-9]+")
NO_CITY = "Pakistan"

_ROW = frozenset({"agency.name", "agency.licence", "register.date"})
SHAPE = Shape(
    outcomes={
        "valid": _ROW | {"agency.until"},
        "cautioned": _ROW,
        "barred": _ROW | {"agency.state"},
        "stale": _ROW,
        "no_list": frozenset({"register.date"}),
        "unknown": frozenset({"register.date"}),
        "unknown_number": frozenset({"register.date", "asked"}),
        "several": frozenset({"register.date"}),
    },
    fields={
        "agency.name": Kind.NAME,
        "agency.short": Kind.NAME,
        "agency.licence": Kind.LICENCE,
        "agency.until": Kind.DATE,
        "agency.state": Kind.STATE,
        "agency.city": Kind.CITY,
        "register.date": Kind.DATE,
        "asked": Kind.DIGITS,
    },
    rows=frozenset({"agency.name", "agency.short", "agency.licence", "agency.city"}),
)


class Register(Protocol):
    """Where licences are looked up; each call is one read."""

    def numbered(self, reading: Reading) -> Lookup:
        """All rows with this serial (and region, if one was named)."""

    def named(self, name: str) -> tuple[Lookup, bool]:
        """The rows whose name is like this, best first, and whether the first bears exactly this name alone."""

    def either(self, reading: Reading, names: Sequence[str]) -> tuple[Lookup, Lookup, bool]:
        """What `numbered` finds, and what `named` finds by the first of the names that is like any."""


@dataclass(frozen=True, slots=True)
class AgencyPort:
    """Looks an agency up and says what may be said of it (product.md §3)."""

    register: Register

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        (query,) = args
        picked = _picked(query)
        reading = picked or read_licence(query)
        if reading is None:
            lookup, exact = self.register.named(query)
        elif not picked and _may_name(query):
            lookup, exact = self._either(query, reading)
        else:
            lookup, exact = self.register.numbered(reading), True
        said = judge(lookup, exact=exact, reading=reading, asker=asker)
        return Answer(said, (ToldValid(said.fields["agency.licence"]),) if said.outcome == Verdict.VALID else ())

    def _either(self, query: str, reading: Reading) -> tuple[Lookup, bool]:
        """A number among words that name an agency: it may be part of the name (Al Noor 786) and is then no licence.

        Exact where the words name nobody, name the number's own agency, or are exactly a registered name.
        """
        words = _DIGITS.sub(" ", digits(query))
        numbered, named, exact = self.register.either(reading, (query, words))
        if exact:
            return named, True
        licences = {agency.licence for agency in named.agencies}
        if not licences or any(agency.licence in licences for agency in numbered.agencies):
            return numbered, True
        return replace(numbered, agencies=(*numbered.agencies, *named.agencies)), False


def judge(lookup: Lookup, *, exact: bool, reading: Reading | None, asker: Asker) -> Found:
    """The verdict on a lookup as an outcome with its fields."""
    listed = lookup.list.date if lookup.list else None
    outcome = verdict(lookup.agencies, exact=exact, notices=lookup.notices, list_date=listed, today=asker.now.date())
    fields = {"register.date": listed.isoformat() if listed else ""}
    if listed is None:
        return Found("no_list", fields)
    match outcome:
        case Verdict.UNKNOWN if reading:
            return Found("unknown_number", fields | {"asked": f"{reading.serial:04d}"})
        case Verdict.UNKNOWN:
            return Found("unknown", fields)
        case Verdict.SEVERAL:
            return Found("several", fields, _rows(lookup.agencies[:MOST_ROWS]))
    agency = lookup.agencies[0]
    fields |= {"agency.name": agency.name, "agency.licence": str(agency.licence)}
    if outcome is Verdict.VALID and agency.expiry:
        fields["agency.until"] = agency.expiry.isoformat()
    if outcome is Verdict.BARRED:
        fields["agency.state"] = _state(agency)
    return Found(outcome.value, fields)


def _rows(agencies: tuple[Agency, ...]) -> tuple[Row, ...]:
    return tuple(
        Row(
            f"{PICKED}{agency.licence}",
            {
                "agency.licence": str(agency.licence),
                "agency.name": agency.name,
                "agency.short": short,
                "agency.city": agency.city or NO_CITY,
            },
        )
        for agency, short in zip(agencies, short_names(agencies), strict=True)
    )


def _state(agency: Agency) -> str:
    """The state in the bureau's words; active with a past date is expired."""
    return agency.status.value if agency.status not in (None, Status.ACTIVE) else Status.EXPIRED.value


def _may_name(query: str) -> bool:
    """Whether a text has a word that could be of a name: longer than a prefix, and no region."""
    return any(
        len(word) >= NAME_LETTERS and word.isalpha() and word not in REGION_WORDS for word in fold(query).split()
    )


def _picked(query: str) -> Reading | None:
    if not query.startswith(PICKED):
        return None
    try:
        licence = Licence.parse(query.removeprefix(PICKED))
    except ValueError:
        return None
    return Reading(licence.serial, licence.region)
