"""The bureau's list as staff saved it, CSV or web page: its columns, and its rows as a stream of text."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from hotline.errors import BadFile
from hotline.frozen import frozen
from hotline.service.register_encoding import Detector
from hotline.service.register_page import TableReader

CHUNK_BYTES = 1 << 16
_NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"%PDF": "a PDF",
}
_COLUMNS = {
    "licence": ("Licence No", {"licenceno", "licenseno", "licencenumber", "licensenumber", "licence", "license"}),
    "proprietor": ("Proprietor Name", {"proprietorname", "proprietor", "nameofproprietor"}),
    "title": ("Licence Title", {"licencetitle", "licensetitle", "title"}),
    "status": ("Status", {"status", "licencestatus", "licensestatus"}),
    "expiry": ("Expiry Date", {"expirydate", "dateofexpiry", "expiry", "licenceexpirydate", "expiresat"}),
    "office": ("Head Office", {"headoffice", "headofficeaddress"}),
}
_BY_NAME = {name: column for column, (_, names) in _COLUMNS.items() for name in names}
_NO_LETTERS = re.compile("[^a-z]+")
_LONGEST_TITLE = 60
_ADVICE = "save the bureau's page for all licences again, or its table as CSV UTF-8"


@frozen
class ListFile:
    """A file that was looked through once. `encoding` is Python's name of it, `called` what people call it."""

    path: Path
    size: int
    sha256: str
    encoding: str
    called: str
    page: bool


@frozen
class RawRow:
    """One row as it stands in the file: its number there (the header is 1 where nothing is above it), and its byte.

    `cells` are all of its cells in the file's order; the other fields are those of the known columns.
    """

    number: int
    at: int
    cells: tuple[str, ...]
    licence: str
    proprietor: str
    title: str
    status: str
    expiry: str
    office: str


@frozen
class _Header:
    cells: tuple[str, ...]
    places: dict[str, int]

    def row(self, number: int, at: int, cells: Sequence[str]) -> RawRow:
        """Raises BadFile when the row has not the header's cells."""
        width = len(self.cells)
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            raise BadFile(
                f"row {number} has {len(cells)} cells where the header has {width}: the file is cut short or a quote is"
                f" missing; {_ADVICE}"
            )
        named = {name: cells[place] for name, place in self.places.items()}
        return RawRow(number, at, tuple(cells[:width]), **named)


def look_through(path: Path) -> ListFile:
    """Read the file once: its fingerprint, encoding and kind. Raises BadFile when it is no text, or a mixture."""
    fingerprint, detector, size = hashlib.sha256(), Detector(), 0
    start = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                start = start or chunk
                size += len(chunk)
                fingerprint.update(chunk)
                detector.feed(chunk)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}") from error
    for magic, kind in _NOT_TEXT.items():
        if start.startswith(magic):
            raise BadFile(f"{path.name} is {kind}, not CSV or a saved page: {_ADVICE}")
    encoding, called = detector.close()
    page = start.decode(encoding, "replace").lstrip("\ufeff \t\r\n").startswith("<")
    return ListFile(path, size, fingerprint.hexdigest(), encoding, called, page)


def rows(file: ListFile) -> Iterator[tuple[tuple[str, ...], RawRow]]:
    """The header's cells with each row, in order, without blank rows. Raises BadFile, naming the row and the remedy."""
    count = 0
    for header, row in _page_rows(file) if file.page else _csv_rows(file):
        count += 1
        yield header, row
    if not count:
        raise BadFile(f"{file.path.name} has no rows: {_ADVICE}")


def _csv_rows(file: ListFile) -> Iterator[tuple[tuple[str, ...], RawRow]]:
    header: _Header | None = None
    number = 0
    delimiter = _delimiter(file)
    with file.path.open("rb") as source, io.TextIOWrapper(source, encoding=file.encoding, newline="") as text:
        try:
            for number, cells in enumerate(csv.reader(text, delimiter=delimiter, strict=True), start=1):
                if not any(cell.strip() for cell in cells):
                    continue
                if header is None:
                    header = _header(number, cells)
                elif tuple(cells) != header.cells:
                    yield header.cells, header.row(number, source.tell(), cells)
        except csv.Error as error:
            raise BadFile(
                f"row {number + 1}: a quote is not closed, the file is cut short ({error}); {_ADVICE}"
            ) from None


def _page_rows(file: ListFile) -> Iterator[tuple[tuple[str, ...], RawRow]]:
    parser = TableReader(_is_header)
    header: _Header | None = None
    number = 0
    with file.path.open("rb") as source, io.TextIOWrapper(source, encoding=file.encoding) as text:
        while piece := text.read(CHUNK_BYTES):
            for cells in parser.read(piece):
                number += 1
                if header is None or _is_header(cells):
                    header = _header(number, cells)
                elif any(cell.strip() for cell in cells):
                    yield header.cells, header.row(number, source.tell(), cells)
    if parser.finish():
        raise BadFile(f"row {number + 1}: the page ends inside its table, so it is cut short; {_ADVICE}")
    if header is None:
        wanted = ", ".join(name for name, _ in _COLUMNS.values())
        raise BadFile(f"row 1: the page has no table with the columns {wanted}; {_ADVICE}")


def _is_header(cells: Sequence[str]) -> bool:
    return _places(cells).keys() >= _COLUMNS.keys()


def _header(number: int, cells: Sequence[str]) -> _Header:
    """Raises BadFile when a column is missing or stands twice."""
    named = list(cells)
    while named and not named[-1].strip():
        named.pop()
    places = _places(named)
    missing = [title for column, (title, _) in _COLUMNS.items() if column not in places]
    if missing:
        raise BadFile(f"row {number}: the header has no column {', '.join(missing)}; {_ADVICE}")
    found = [_BY_NAME.get(_plain(cell)) for cell in named]
    twice = [title for column, (title, _) in _COLUMNS.items() if found.count(column) > 1]
    if twice:
        raise BadFile(f"row {number}: the header has two columns {', '.join(twice)}; {_ADVICE}")
    return _Header(tuple(named), places)


def _places(cells: Sequence[str]) -> dict[str, int]:
    """Known column → its place in the row."""
    found = ((_BY_NAME.get(_plain(cell)), place) for place, cell in enumerate(cells))
    return {column: place for column, place in found if column}


def _plain(cell: str) -> str:
    return _NO_LETTERS.sub("", cell[:_LONGEST_TITLE].casefold())


def _delimiter(file: ListFile) -> str:
    """Excel writes commas, semicolons or, as `Unicode text`, tabs: whichever the header has most of."""
    with file.path.open(encoding=file.encoding, newline="") as text:
        line = next((line for line in text if line.strip()), "")
    return max((",", ";", "\t"), key=line.count)
