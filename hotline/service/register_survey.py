"""Going through a list once before anything is decided: faults, duplicates, what would change; rows wait on disk."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import TextIO

from hotline.domain.agency import Agency, Licence, Status
from hotline.domain.alarm import state_of
from hotline.errors import BadFile
from hotline.frozen import frozen
from hotline.service.register_reading import ListFile, RawRow, rows
from hotline.service.register_rows import NO_DATE, NO_LICENCE, NO_STATE, read_row
from hotline.service.spreadsheet import SheetFile
from hotline.store.agencies import RegisterList
from hotline.text.name_words import whole

MOST_UNREADABLE_PERCENT = 1
MOST_UNKNOWN_PERCENT = 50
"""More of the rows than this without a state, or without the date they need: the columns are not what they seem."""
EXAMPLES = 5
UNREADABLE = "unreadable"
_PROGRESS_ROWS = 500


@frozen
class Tally:
    """How many licences, and the first few of them as lines for staff."""

    count: int = 0
    examples: tuple[str, ...] = ()

    def and_one(self, example: str) -> Tally:
        """One more."""
        shown = (*self.examples, example) if len(self.examples) < EXAMPLES else self.examples
        return Tally(self.count + 1, shown)


@frozen
class Preview:
    """What publishing would change. `old` is the list in force; the examples are lines for staff.

    `state`, `expiry` and `name` are what people would be told otherwise: another state of the bureau, a date that bars
    a licence or bars it no more, another name; `otherwise` counts those licences, each once. `moved` are dates that
    change no answer.
    """

    encoding: str
    old: RegisterList | None
    rows: int
    left_out: int
    incomplete: int
    new: Tally = Tally()
    gone: Tally = Tally()
    state: Tally = Tally()
    expiry: Tally = Tally()
    name: Tally = Tally()
    moved: Tally = Tally()
    otherwise: int = 0


@frozen
class _Seen:
    row: int
    status: Status | None
    expiry: date | None
    name: bytes
    digest: bytes


@dataclass(slots=True)
class _Column:
    """How many cells of a column had to be read, how many could not, and the first of those: its row and fault."""

    needed: int = 0
    unread: int = 0
    first: tuple[int, str] = (0, "")

    def take(self, row: int, read: bool, faults: tuple[str, ...], fault: str) -> None:
        """Look at one row."""
        said = next((one.removeprefix(fault) for one in faults if one.startswith(fault)), "")
        self.needed += bool(said) or read
        self.unread += bool(said)
        if said and not self.first[0]:
            self.first = (row, said)


@dataclass(slots=True)
class Survey:
    """A list without a fault as a file. Memory holds a few bytes a licence; the rows wait in a file without a name."""

    file: ListFile
    waiting: TextIO
    seen: dict[Licence, _Seen] = field(default_factory=dict)
    left_out: int = 0
    incomplete: int = 0
    unreadable: int = 0
    first_unreadable: RawRow | None = None
    states: _Column = field(default_factory=_Column)
    dates: _Column = field(default_factory=_Column)

    def agencies(self) -> Iterator[Agency]:
        """The rows to publish, in the file's order."""
        self.waiting.seek(0)
        for line in self.waiting:
            serial, region, name, status, expiry, city, proprietor, office = json.loads(line)
            yield Agency(
                licence=Licence(serial, region),
                name=name,
                status=Status(status) if status else None,
                expiry=date.fromisoformat(expiry) if expiry else None,
                city=city,
                proprietor=proprietor,
                office=office,
            )

    def compare(self, old: RegisterList | None, listed: Iterable[Agency], today: date) -> Preview:
        """What would change against the rows of the list in force: what people would be told today, and what not."""
        tallies = dict.fromkeys(("new", "gone", "state", "expiry", "moved"), Tally())
        known: set[Licence] = set()
        renamed: dict[Licence, str] = {}
        names = otherwise = 0
        for before in listed:
            licence = before.licence
            mine = self.seen.get(licence)
            if mine is None:
                tallies["gone"] = tallies["gone"].and_one(str(licence))
                continue
            known.add(licence)
            kind, example = _difference(before, mine, today)
            if kind:
                tallies[kind] = tallies[kind].and_one(f"{licence}: {example}")
            other_name = _name(before.name) != mine.name
            if other_name:
                names += 1
                renamed |= {licence: before.name} if len(renamed) < EXAMPLES else {}
            otherwise += other_name or kind in ("state", "expiry")
        for licence in (mine for mine in self.seen if mine not in known):
            tallies["new"] = tallies["new"].and_one(str(licence))
        name = Tally(names, self._renamed(renamed))
        rows, called = len(self.seen), self.file.called
        return Preview(called, old, rows, self.left_out, self.incomplete, name=name, otherwise=otherwise, **tallies)

    def _renamed(self, before: Mapping[Licence, str]) -> tuple[str, ...]:
        """The old and the new name of a few licences; only the file knows the new one."""
        now = {agency.licence: agency.name for agency in self.agencies() if agency.licence in before} if before else {}
        return tuple(f"{licence}: {name} -> {now[licence]}" for licence, name in before.items())


@contextmanager
def survey(file: ListFile, rejected: SheetFile, progress: Callable[[int, int], None]) -> Iterator[Survey]:
    """Go through the file. `progress` is told (bytes read, bytes in all). Raises BadFile for a fault of the file."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as waiting:
        surveyed = Survey(file, waiting)
        count = 0
        for count, (header, row) in enumerate(rows(file), start=1):
            if count % _PROGRESS_ROWS == 0:
                progress(row.at, file.size)
            read = read_row(row)
            if read.faults:
                if not surveyed.left_out + surveyed.incomplete:
                    rejected.write(("Row", "Reason", *header))
                rejected.write((str(row.number), "; ".join(read.faults), *row.cells))
            if NO_LICENCE in read.faults:
                surveyed.unreadable += 1
                surveyed.first_unreadable = surveyed.first_unreadable or row
            if read.agency:
                surveyed.states.take(row.number, read.agency.status is not None, read.faults, NO_STATE)
                surveyed.dates.take(row.number, read.agency.expiry is not None, read.faults, NO_DATE)
            _take(surveyed, row, read.agency, bool(read.faults))
        progress(file.size, file.size)
        _check_unreadable(surveyed, count)
        _check_column("Status", surveyed.states)
        _check_column("Expiry Date", surveyed.dates)
        yield surveyed


def _take(surveyed: Survey, row: RawRow, agency: Agency | None, faulty: bool) -> None:
    if agency is None:
        surveyed.left_out += 1
        return
    surveyed.incomplete += faulty
    line = _line(agency)
    digest = blake2b(line.encode(), digest_size=16).digest()
    before = surveyed.seen.get(agency.licence)
    if before is None:
        surveyed.seen[agency.licence] = _Seen(row.number, agency.status, agency.expiry, _name(agency.name), digest)
        surveyed.waiting.write(line)
    elif before.digest != digest:
        raise BadFile(
            f"row {row.number}: licence {agency.licence} stands in row {before.row} too, with other data;"
            " delete the row that is wrong"
        )


def _check_unreadable(surveyed: Survey, count: int) -> None:
    first = surveyed.first_unreadable
    if first and surveyed.unreadable * 100 > count * MOST_UNREADABLE_PERCENT:
        raise BadFile(
            f"row {first.number}: {first.licence.strip()[:40]!r} is no licence number such as 0008 / RWP, and so it is"
            f" in {surveyed.unreadable} of {count} rows: check the column Licence No, or save the bureau's page again"
        )


def _check_column(name: str, column: _Column) -> None:
    """A file whose states or dates cannot be read says nothing of anybody: published, it would take every answer."""
    row, said = column.first
    if column.unread * 100 > column.needed * MOST_UNKNOWN_PERCENT:
        raise BadFile(
            f"row {row}: {said}, and so it is in {column.unread} of {column.needed} rows: check the column {name},"
            " or save the bureau's page again"
        )


def _line(agency: Agency) -> str:
    """The agency as one line of JSON: eight values in a fixed order."""
    values = (
        agency.licence.serial,
        agency.licence.region,
        agency.name,
        agency.status,
        agency.expiry.isoformat() if agency.expiry else None,
        agency.city,
        agency.proprietor,
        agency.office,
    )
    return json.dumps(values) + "\n"


def _difference(before: Agency, mine: _Seen, today: date) -> tuple[str, str]:
    """Which tally a row belongs to, and how it changed; "" where state and date are the same."""
    after = Agency(before.licence, "", mine.status, mine.expiry)
    if before.status is not after.status:
        return "state", f"{before.status or UNREADABLE} -> {after.status or UNREADABLE}"
    if before.expiry == after.expiry:
        return "", ""
    same = _answer(before, today) == _answer(after, today)
    return "moved" if same else "expiry", f"{before.expiry or UNREADABLE} -> {after.expiry or UNREADABLE}"


def _answer(agency: Agency, today: date) -> tuple[str, bool]:
    """The state that bars it, and whether all of it could be read: what the licence check goes by."""
    barred = state_of(agency, today)
    return barred, bool(barred) or (agency.status is not None and agency.expiry is not None)


def _name(name: str) -> bytes:
    """A name as people read it: case, spacing and a last (Pvt) Ltd are no other name."""
    return blake2b((whole(name) or name).encode(), digest_size=8).digest()
