"""The licence check as a flow sees it: a number or a name in, one of eight verdicts or a question out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol, TypeVar

from hotline.domain.agency import Agency, Licence, Reading, Status, Verdict, read_licence, short_names, verdict
from hotline.domain.keeping import ToldValid
from hotline.domain.places import REGION_WORDS
from hotline.flow.model import Shape
from hotline.flow.turn import Found, Row
from hotline.frozen import frozen
from hotline.service.agencies import Chosen, Listed
from hotline.service.ports.base import Answer, Asker
from hotline.store.agencies import Lookup
from hotline.text.script import digits, fold
from hotline.text.values import Kind

PICKED = "licence:"
"""What stands before a picked row's licence, so that it is exact from then on."""
MOST_ROWS = 9
NAME_LETTERS = 4
"""Letters of the shortest word that tells a name: the prefixes of numbers (OP, HRD, MPD, OEP) are shorter."""
LIKE = 0.65
"""A name this like what was typed is meant, whatever words stand in it."""
ALONE = 0.85
"""The same for a name without any word that speaks of agencies."""
_DIGITS = re.compile("[0-9]+")
_SUM = re.compile(
    r"(?:(?P<before>[^\W\d_]+)[.:]?\s*)?(?<![\d/.,-])(?P<number>[0-9]+(?:[.,][0-9]+)*)(?![\d]*\s*/\s*\w)(?:/-)?"
    r"\s*(?P<behind>[^\W\d_]*)"
)
_NUMBER_NEXT = re.compile(r"[.:]?\s*[0-9]")
ROUND = 5
"""Figures of a round sum (50000): the bureau's numbers are not that long yet."""
WRITTEN_OUT = 4
"""Figures of a licence written out: rupees behind it are those of the number that follows (4859 rs 5000)."""
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
        "unnamed": frozenset(),
        "no_licence": frozenset(),
    },
    fields={
        "agency.name": Kind.NAME,
        "agency.short": Kind.NAME,
        "agency.licence": Kind.LICENCE,
        "agency.until": Kind.DATE,
        "agency.state": Kind.STATE,
        "agency.city": Kind.CITY,
        "register.date": Kind.DATE,
        "asked": Kind.LICENCE,
    },
    rows=frozenset({"agency.name", "agency.short", "agency.licence", "agency.city"}),
)


@frozen
class Match:
    """What the register has for a question, and whether that is exactly what was asked for.

    `question` is the outcome that asks again, "" where there is an answer.
    """

    agencies: tuple[Agency, ...]
    exact: bool = False
    question: str = ""


_Match = TypeVar("_Match", bound=Chosen)


class Register(Protocol):
    """Where licences are looked up; each call is one read."""

    def look_up(self, find: Callable[[Listed], _Match]) -> tuple[_Match, Lookup]:
        """What is chosen of the list in force, and what may be said of it."""

    def in_force(self) -> Listed:
        """The list in force."""


@frozen
class AgencyPort:
    """Looks an agency up and says what may be said of it (product.md §3).

    Folded words: `idle` name nobody; a number beside one of `counted` (lakh, rupees, months) is no licence's.
    """

    register: Register
    idle: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        (query,) = args
        picked = _picked(query)
        telling = self._without_sums(query)
        reading = picked or read_licence(telling)
        if picked:
            match, lookup = self.register.look_up(lambda listed: Match(listed.numbered(picked), exact=True))
        elif reading:
            match, lookup = self.register.look_up(lambda listed: self._by_number(listed, query, reading))
        else:
            match, lookup = self.register.look_up(lambda listed: self._by_name(listed, telling))
        if match.question:
            return Answer(Found(match.question))
        said = judge(lookup, exact=match.exact, reading=reading, asker=asker)
        return Answer(said, (ToldValid(said.fields["agency.licence"]),) if said.outcome == Verdict.VALID else ())

    def named_in(self, text: str) -> str:
        """The words of a text that name an agency of the list so well that nothing else is meant by them; else "".

        With a generic word beside it a name may be misspelt; alone it must be spelled like the agency's own.
        """
        words = tuple(word for word in self._telling(text) if word not in REGION_WORDS)
        if not any(word.isalpha() and len(word) >= NAME_LETTERS for word in words):
            return ""
        named = self.register.in_force().named(" ".join(words))
        if not named.telling.own and not named.exact:
            return ""
        return " ".join(words) if named.like >= (LIKE if named.telling.generic else ALONE) else ""

    def _by_number(self, listed: Listed, query: str, reading: Reading) -> Match:
        """The agencies of a number; where its region has none, those of other regions, to be asked about."""
        match = Match(listed.numbered(reading), exact=True)
        if not match.agencies and reading.region:
            others = listed.numbered(Reading(reading.serial))
            match = Match(others) if others else match
        if _may_name(words := self._telling(query)):
            return _with_names(listed, query, " ".join(words), match)
        return match

    def _by_name(self, listed: Listed, query: str) -> Match:
        """The agencies of a name, or the question for one where the query names nobody.

        The words that could be a name are looked up again without those around them, and then are never exact: what
        was left out may be what an impostor's name begins with.
        """
        typed = listed.named(query)
        if typed.exact or typed.like >= LIKE:
            return Match(typed.agencies, typed.exact)
        every, words = fold(query).split(), self._telling(query)
        letters = [word for word in words if word.isalpha()]
        if all(word in REGION_WORDS for word in letters):
            numbers_only = not letters and any(map(str.isdecimal, query))
            return Match((), question="no_licence" if numbers_only else "unnamed")
        named = typed if len(words) == len(every) else listed.named(" ".join(words))
        if not named.telling.own:
            return Match((), question="unnamed")
        if not named.agencies and not named.telling.generic and len(every) - len(words) > len(words):
            return Match((), question="unnamed")
        return Match(named.agencies)

    def _without_sums(self, query: str) -> str:
        """A query less its sums and spans: by `3 lakh` licence 3 would be looked up, which is somebody's."""
        if query.strip().isdecimal():
            return query
        return _SUM.sub(self._less_sum, digits(query))

    def _less_sum(self, found: re.Match[str]) -> str:
        number, before, behind = found["number"], found["before"] or "", found["behind"]
        if len(number) >= WRITTEN_OUT and _NUMBER_NEXT.match(found.string, found.end()):
            behind = ""
        glued = found.end("number") == found.start("behind")
        grouped = len(_DIGITS.findall(number)) > 1 or (len(number) == ROUND and number.endswith("000"))
        if fold(before) in self.counted and len(before) > 1:
            return " "
        if grouped or (fold(behind) in self.counted and (glued or len(behind) > 1)):
            return f"{before} "
        return found[0]

    def names_nobody(self, query: str) -> bool:
        """Whether nothing in a query could name an agency, or anybody."""
        return not self._telling(query)

    def _telling(self, query: str) -> tuple[str, ...]:
        """The folded words of a query that could name an agency, and its numbers."""
        return tuple(word for word in fold(query).split() if word not in self.idle)


def _with_names(listed: Listed, query: str, words: str, numbered: Match) -> Match:
    """A number among words that name an agency: it may be part of the name (Al Noor 786) and is then no licence.

    Exact where the words name nobody, name the number's own agency, or are exactly a registered name.
    """
    named = listed.named(query)
    if named.exact:
        return Match(named.agencies, exact=True)
    others = named.agencies or listed.named(_DIGITS.sub(" ", words)).agencies
    licences = {agency.licence for agency in others}
    if not others or any(agency.licence in licences for agency in numbered.agencies):
        return numbered
    return Match((*numbered.agencies, *others))


def judge(lookup: Lookup, *, exact: bool, reading: Reading | None, asker: Asker) -> Found:
    """The verdict on a lookup as an outcome with its fields."""
    listed = lookup.list.date if lookup.list else None
    outcome = verdict(lookup.agencies, exact=exact, notices=lookup.notices, list_date=listed, today=asker.now.date())
    fields = {"register.date": listed.isoformat() if listed else ""}
    if listed is None:
        return Found("no_list", fields)
    match outcome:
        case Verdict.UNKNOWN if reading:
            return Found("unknown_number", fields | {"asked": _asked(reading)})
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


def _asked(reading: Reading) -> str:
    return f"{reading.serial:04d}/{reading.region}" if reading.region else f"{reading.serial:04d}"


def _may_name(words: tuple[str, ...]) -> bool:
    """Whether there is a word that could be of a name: longer than a prefix, and no region."""
    return any(len(word) >= NAME_LETTERS and word.isalpha() and word not in REGION_WORDS for word in words)


def _picked(query: str) -> Reading | None:
    if not query.startswith(PICKED):
        return None
    try:
        licence = Licence.parse(query.removeprefix(PICKED))
    except ValueError:
        return None
    return Reading(licence.serial, licence.region)
