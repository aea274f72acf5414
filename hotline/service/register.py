"""Importing a list of agencies: survey it, compare it with the list in force, refuse it or publish it whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hotline.errors import Refused
from hotline.frozen import frozen
from hotline.service.register_reading import look_through
from hotline.service.register_survey import Preview, survey
from hotline.service.spreadsheet import SheetFile
from hotline.store.agencies import RegisterList, current
from hotline.store.database import Database, is_current
from hotline.store.publishing import NewList, Publication, listed, publish

SECOND_PERSON_PERCENT = 5
"""More of the old list than this answered otherwise, or gone: a second person must approve."""
REFUSED_PERCENT = 50
"""More of the old list than this gone: it is not a whole list."""


@frozen
class Order:
    """What staff ask for. `today` is the day in Asia/Karachi; `folder` takes the file of rejected rows."""

    path: Path
    list_date: date
    today: date
    folder: Path
    demo: bool = False
    dry_run: bool = False
    yes: bool = False
    replace_all: bool = False


class Staff(Protocol):
    """Who is at the keyboard."""

    def read(self, done: int, size: int) -> None:
        """So many bytes of the file are read."""

    def show(self, preview: Preview) -> None:
        """Show what would change."""

    def agree(self) -> bool:
        """Whether the list shall be published."""

    def vanishing(self) -> int | None:
        """The number of vanishing rows, as a second person typed it; None where nobody did."""


class Ending(StrEnum):
    """How an import ended."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    TRIED = "tried"


@frozen
class Outcome:
    """`preview` is None where this very file is in force already; `rejected` is the file of rejected rows, if any."""

    ending: Ending
    preview: Preview | None = None
    rejected: Path | None = None


def import_list(
    database: Database, order: Order, staff: Staff, clip_name: Callable[[str], str], now: datetime
) -> Outcome:
    """Publish a whole list, or leave everything as it was.

    Raises BadFile for a fault of the file, naming the row and the remedy; Refused where a rule or a person says no.
    """
    old = current(database) if is_current(database) else None
    _check_date(order, old)
    file = look_through(order.path)
    if old and (old.sha256, old.date, old.demo) == (file.sha256, order.list_date, order.demo):
        return Outcome(Ending.UNCHANGED)
    with SheetFile(rejected_path(order)) as rejected, survey(file, rejected, staff.read) as surveyed:
        preview = surveyed.compare(old, listed(database, old.version) if old else (), order.today)
        staff.show(preview)
        _check_vanishing(order, preview)
        if order.dry_run:
            return Outcome(Ending.TRIED, preview)
        _ask(order, preview, staff)
        new = NewList(order.list_date, order.demo, order.path.name, file.sha256)
        expected = old.version if old else None
        publish(database, Publication(new, surveyed.agencies(), expected, clip_name, now))
        return Outcome(Ending.PUBLISHED, preview, rejected.keep())


def rejected_path(order: Order) -> Path:
    """Where the rows with faults are written."""
    return order.folder / f"{order.path.name}.rejected.csv"


def needs_second_person(preview: Preview) -> bool:
    """Whether so much changes that one person may not decide alone. Any list may replace a demo's, or none."""
    if preview.old is None or preview.old.demo:
        return False
    return (preview.gone.count + preview.otherwise) * 100 > preview.old.rows * SECOND_PERSON_PERCENT


def _check_date(order: Order, old: RegisterList | None) -> None:
    # A day more, for a machine whose clock is set elsewhere.
    if order.list_date > order.today + timedelta(days=1):
        raise Refused(f"the list's date {order.list_date} is in the future: give the day the bureau's page was saved")
    if old is None or old.demo:
        return
    if order.demo:
        raise Refused("a real list is in force: a demo's may not replace it")
    if order.list_date < old.date:
        raise Refused(f"the list in force is of {old.date}: a list of {order.list_date} is older")


def _check_vanishing(order: Order, preview: Preview) -> None:
    old = preview.old
    if old is None or old.demo or order.replace_all:
        return
    if preview.gone.count * 100 > old.rows * REFUSED_PERCENT:
        raise Refused(
            f"{preview.gone.count} of {old.rows} rows would vanish: this is not a whole list."
            " Save the page for all licences, or use --replace-all if it is right"
        )


def _ask(order: Order, preview: Preview, staff: Staff) -> None:
    if order.replace_all:
        return
    if needs_second_person(preview):
        typed = staff.vanishing()
        if typed != preview.gone.count:
            raise Refused(
                "more than 5 % of the rows change state, lose or regain validity by their date, change name or vanish:"
                " a second person must type the number of vanishing rows, or use --replace-all"
            )
    elif not order.yes and not staff.agree():
        raise Refused("not published: nobody agreed. Use --yes to agree beforehand")
