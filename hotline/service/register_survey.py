"""Going through a list once before anything is decided: faults, duplicates, what would change; rows wait on disk."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from itertools import islice
from typing import TextIO

from hotline.domain.agency import Agency, Licence, Status
from hotline.errors import BadFile
from hotline.service.register_reading import ListFile, RawRow, rows
from hotline.service.register_rows import NO_LICENCE, read_row
from hotline.service.spreadsheet import SheetFile
from hotline.store.agencies import RegisterList

MOST_UNREADABLE_PERCENT = 1
EXAMPLES = 5
_PROGRESS_ROWS = 500


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing would change. `old` is the list in force; the examples are lines for staff."""

    encoding: str
    old: RegisterList | None
    rows: int
    new: int
    gone: int
    changed: int
    left_out: int
    incomplete: int
    new_examples: tuple[str, ...] = ()
    gone_examples: tuple[str, ...] = ()
    changed_examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    row: int
    status: Status | None
    digest: bytes


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

    def compare(self, old: RegisterList | None, states: Iterable[tuple[Licence, Status | None]]) -> Preview:
        """What would change against the states of the list in force."""
        known: set[Licence] = set()
        gone: list[str] = []
        changed: list[str] = []
        gone_count = changed_count = 0
        for licence, status in states:
            mine = self.seen.get(licence)
            if mine is None:
                gone_count += 1
                gone += [str(licence)] * (len(gone) < EXAMPLES)
                continue
            known.add(licence)
            if mine.status is not status:
                changed_count += 1
                changed += [f"{licence}: {_state(status)} -> {_state(mine.status)}"] * (len(changed) < EXAMPLES)
        new = [str(licence) for licence in islice((mine for mine in self.seen if mine not in known), EXAMPLES)]
        return Preview(
            encoding=self.file.called,
            old=old,
            rows=len(self.seen),
            new=len(self.seen) - len(known),
            gone=gone_count,
            changed=changed_count,
            left_out=self.left_out,
            incomplete=self.incomplete,
            new_examples=tuple(new),
            gone_examples=tuple(gone),
            changed_examples=tuple(changed),
        )


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
            _take(surveyed, row, read.agency, bool(read.faults))
        progress(file.size, file.size)
        _check_unreadable(surveyed, count)
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
        surveyed.seen[agency.licence] = _Seen(row.number, agency.status, digest)
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


def _state(status: Status | None) -> str:
    return status.value if status else "unreadable"
