"""What one row of the bureau's list says: the agency, and what of it could not be read."""

from __future__ import annotations

import re
from datetime import date

from hotline.domain.agency import Agency, Licence, Status, read_licence
from hotline.domain.places import city_of
from hotline.frozen import frozen
from hotline.service.register_reading import RawRow
from hotline.text.script import digits, display

NO_LICENCE = "left out: no readable licence number"
NO_STATE, NO_DATE = "published without its state: ", "published without its expiry date: "

_STATES = {status.value: status for status in Status} | {"cancelled": Status.CANCELED}
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_ENDS = r"(?:st|nd|rd|th)?"
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:[T ]00:00(?::00)?)?")
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})")
_DAY_AND_WORD = re.compile(rf"(?P<day>\d{{1,2}}){_ENDS}[-/. ]+(?P<word>[a-z]{{3,9}})[-/., ]+(?P<year>\d{{4}}|\d{{2}})")
_WORD_AND_DAY = re.compile(rf"(?P<word>[a-z]{{3,9}})[-/. ]+(?P<day>\d{{1,2}}){_ENDS}[-/., ]+(?P<year>\d{{4}})")


@frozen
class ReadRow:
    """`agency` is None where the row must be left out; `faults` are for staff, in words."""

    agency: Agency | None
    faults: tuple[str, ...] = ()


def read_row(row: RawRow) -> ReadRow:
    """The row's agency with what could be read of it. Cells are kept as text: a formula is only its letters."""
    reading = read_licence(row.licence)
    if reading is None or not reading.region:
        return ReadRow(None, (NO_LICENCE,))
    title, proprietor, office = (_clean(cell) for cell in (row.title, row.proprietor, row.office))
    if not title and not proprietor:
        return ReadRow(None, ("left out: neither a licence title nor a proprietor",))
    agency = Agency(
        licence=Licence(reading.serial, reading.region),
        name=title or proprietor,
        status=_STATES.get(_clean(row.status).casefold()),
        expiry=read_date(row.expiry),
        city=city_of(office, reading.region),
        proprietor=proprietor,
        office=office,
    )
    return ReadRow(agency, _faults(agency, row))


def read_date(text: str) -> date | None:
    """A day as the bureau and spreadsheets write it; day before month. None for anything else, such as 31-02-2026."""
    text = digits(_clean(text)).casefold()
    for shape in (_YEAR_FIRST, _DAY_FIRST, _DAY_AND_WORD, _WORD_AND_DAY):
        if found := shape.fullmatch(text):
            parts = found.groupdict()
            year = int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0)
            month = int(parts["month"]) if "month" in parts else _month(parts["word"])
            try:
                return date(year, month, int(parts["day"]))
            except ValueError:
                return None
    return None


def _faults(agency: Agency, row: RawRow) -> tuple[str, ...]:
    faults = []
    if not _clean(row.title):
        faults.append("published under the proprietor's name: no licence title")
    if agency.status is None:
        faults.append(f"{NO_STATE}{_quoted(row.status)} is none of {', '.join(Status)}")
    # A licence that is not active is barred on any date, and the bureau often gives it none.
    if agency.expiry is None and (_clean(row.expiry) or agency.status in (Status.ACTIVE, None)):
        faults.append(f"{NO_DATE}{_quoted(row.expiry)} is no date")
    return tuple(faults)


def _month(word: str) -> int:
    """1-12, or 0 for a word that is no month."""
    whole = {word, "september"} if word == "sept" else {word}
    return next((n for n, month in enumerate(_MONTHS, start=1) if month in whole or month[:3] == word), 0)


def _clean(cell: str) -> str:
    return " ".join(display(cell).split())


def _quoted(cell: str) -> str:
    shown = _clean(cell)
    return f"'{shown[:40]}'" if shown else "an empty cell"
