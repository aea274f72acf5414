"""A saved web page as a stream of table rows: only the table whose header is wanted, whatever else the page holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser

_UNREAD = frozenset({"script", "style", "template"})
_BREAKS = frozenset({"br", "p", "div", "li"})
_MOST_SPAN = 50


class TableReader(HTMLParser):
    """Fed pieces of a page, gives the rows of every table that has a row for which `wanted` is true, from that row on.

    Tables inside a cell belong to the cell. Closing tags of cells and rows may be missing, as HTML allows.
    """

    def __init__(self, wanted: Callable[[list[str]], bool]) -> None:
        super().__init__(convert_charrefs=True)
        self._wanted = wanted
        self._done: list[list[str]] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1
        self._depth = 0
        self._found_at = 0
        self._unread = 0

    def read(self, piece: str) -> Iterator[list[str]]:
        """The rows that end in this piece, each a list of cells."""
        self.feed(piece)
        done, self._done = self._done, []
        yield from done

    def finish(self) -> bool:
        """Whether the page ends before its table does."""
        self.close()
        return bool(self._found_at)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that opens a part of a table, or parts words."""
        if tag in _UNREAD:
            self._unread += 1
        elif tag == "table":
            self._open_table()
        elif self._inside():
            if self._cell is not None:
                self._cell.append(" ")
        elif tag == "tr":
            self._end_row()
            self._row = []
        elif tag in ("td", "th"):
            self._end_cell()
            self._row = [] if self._row is None else self._row
            self._cell, self._span = [], _span(dict(attrs).get("colspan"))
        elif tag in _BREAKS and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """A tag that closes a part of a table."""
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag == "table":
            self._close_table()
        elif self._inside():
            return
        elif tag == "tr":
            self._end_row()
        elif tag in ("td", "th"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        """Words, which count only inside a cell."""
        if self._cell is not None and not self._unread:
            self._cell.append(data)

    def _inside(self) -> bool:
        """Whether we are in a table inside a cell of the wanted one."""
        return bool(self._found_at) and self._depth > self._found_at

    def _open_table(self) -> None:
        self._depth += 1
        if not self._found_at:
            # A page may lay itself out with tables: the outer one's open row is not ours.
            self._row = self._cell = None

    def _close_table(self) -> None:
        if self._depth == self._found_at:
            self._end_row()
            self._found_at = 0
        elif not self._found_at:
            self._row = self._cell = None
        self._depth = max(0, self._depth - 1)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append(" ".join("".join(self._cell).split()))
            self._row.extend([""] * (self._span - 1))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row and not self._found_at and self._wanted(self._row):
            self._found_at = self._depth
        if self._row and self._found_at:
            self._done.append(self._row)
        self._row = None


def _span(given: str | None) -> int:
    """How many columns a cell covers; nonsense is one."""
    return min(int(given), _MOST_SPAN) if given and given.isdecimal() and int(given) else 1
