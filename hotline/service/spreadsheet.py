"""Writing CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from hotline.errors import SettingError

# = + - @ as OWASP lists them for CSV injection, and their wide forms, which spreadsheets of some languages also run.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212")


def harmless(cell: str) -> str:
    """The cell as text: with an apostrophe before whatever a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(_STARTS) or cell.lstrip().startswith(_STARTS) else cell


class SheetFile:
    """A CSV file that appears under its name only when it is whole: `keep` it, or it is gone."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(f"{path.name}.part")
        self._file: io.TextIOWrapper | None = None

    def __enter__(self) -> SheetFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        # In a folder that could not be made there is nothing to remove, and the error under way says so.
        with suppress(OSError):
            self._part.unlink(missing_ok=True)

    def write(self, cells: Iterable[str]) -> None:
        """Add one row, made harmless. The first one makes the file, and its folder. Raises SettingError."""
        try:
            if self._file is None:
                self._part.parent.mkdir(parents=True, exist_ok=True)
                # With the mark, Excel knows that it is UTF-8.
                self._file = self._part.open("w", encoding="utf-8-sig", newline="")
            csv.writer(self._file).writerow([harmless(cell) for cell in cells])
        except OSError as error:
            raise SettingError(
                f"--dir {self._part.parent}: {error.strerror}. Rows with faults are listed there:"
                " make room, or name a folder this user may write to"
            ) from None

    def keep(self) -> Path | None:
        """Give the file its name; None, and no file of an earlier time either, where nothing was written."""
        if self._file is None:
            self._path.unlink(missing_ok=True)
            return None
        self._close()
        self._file = None
        return self._part.replace(self._path)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
