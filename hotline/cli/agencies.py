"""`hotline agencies`: import a list, show what the register says, keep the bureau's notices."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from hotline.cli import folder_option
from hotline.cli.keyboard import MUCH, Desk, agreed
from hotline.cli.serve import make_folder
from hotline.domain.agency import Agency, Licence, Notice, Reading, Verdict, read_licence, verdict
from hotline.domain.broadcast import Stage
from hotline.errors import FlowError, NotFound, Refused, SettingError, StoreDown
from hotline.service.register import Ending, Order, Outcome, import_list, needs_second_person, rejected_path
from hotline.service.waiting import FOLDED
from hotline.settings import ROOT, load_settings
from hotline.speech.recordings import Recordings
from hotline.store import alarm, publishing
from hotline.store.agencies import Lookup, close_notices, lookup, open_notice
from hotline.store.database import Database, is_current, is_empty
from hotline.store.migrating import migrate
from hotline.store.undoing import Withdrawn
from hotline.text.clipname import Voices
from hotline.text.values import NAMES_ARE_IN

KARACHI = ZoneInfo("Asia/Karachi")
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def agencies() -> None:
    """The register of licensed agencies: import, show, notices."""


@agencies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--list-date", required=True, type=_DAY, help="The day the bureau's page was saved.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--yes", is_flag=True, help="Agree to the ordinary preview beforehand.")
@click.option("--replace-all", is_flag=True, help="Publish however much changes or vanishes.")
@folder_option
def import_(file: Path, list_date: datetime, dry_run: bool, yes: bool, replace_all: bool, folder: Path) -> None:  # noqa: PLR0913, PLR0917  click hands every option over as an argument
    """Put a whole list in force: the bureau's table as CSV, or the saved page.

    Exit code 0: published. 2: the file cannot be used. 3: refused.
    """
    order = Order(
        path=file,
        list_date=list_date.date(),
        today=today(),
        folder=folder,
        dry_run=dry_run,
        yes=yes,
        replace_all=replace_all,
    )
    with opened(folder) as database, Desk() as desk:
        _prepare(database, dry_run)
        outcome = import_list(database, order, desk, partial(Voices().stand_in, NAMES_ARE_IN), datetime.now(UTC))
        _tell(outcome, order)
        if outcome.ending is Ending.PUBLISHED:
            _draft_alerts(database, folder)


@agencies.command()
@click.argument("number")
@folder_option
def show(number: str, folder: Path) -> None:
    """What the register says about a licence number, such as 4859 or 0008/RWP."""
    reading = _reading(number)
    with opened(folder) as database:
        found = lookup(database, reading.serial, reading.region) if is_current(database) else None
    if found is None or found.list is None:
        raise NotFound("no list was imported yet")
    click.echo(f"List of {found.list.date}{' (fictional, of the demo)' if found.list.demo else ''}")
    if not found.agencies:
        raise NotFound(f"{number}: not in the list")
    for agency in found.agencies:
        _tell_agency(agency, found)


@agencies.command()
@click.argument("number")
@click.option("--title", default="", help="What the bureau calls it.")
@click.option("--since", type=_DAY, help="The day of the notice.")
@click.option("--close", is_flag=True, help="Close every open notice about this licence.")
@folder_option
def notice(number: str, title: str, since: datetime | None, close: bool, folder: Path) -> None:
    """Keep a notice of the bureau about a licence, such as 4859/LHR, or close what is open."""
    if close == bool(title and since):
        raise click.UsageError("Give --title and --since to keep a notice, or --close.")
    with opened(folder) as database:
        migrate(database)
        licence = _one_licence(database, _reading(number))
        now = datetime.now(UTC)
        if close:
            count = close_notices(database, licence, now)
            if not count:
                raise NotFound(f"no open notice about {licence}")
            click.echo(f"{licence}: {count} closed.")
        elif since:
            agency = _noticed(database, licence, since.date())
            open_notice(database, Notice(licence, title, since.date()), now)
            click.echo(f"{licence}: kept. {_from_now_on(database, agency)}")


@agencies.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@folder_option
def undo(yes: bool, folder: Path) -> None:
    """Take the list in force back, so that the one before it is in force again."""
    with opened(folder) as database:
        migrate(database)
        newest = alarm.lists(database)
        if len(newest) == 2 and not yes:
            new, old = (f"{one.date} ({one.rows} rows)" for one in newest)
            if not agreed(f"Take the list of {new} back, so that the list of {old} is in force again?"):
                raise Refused("nobody agreed: nothing was taken back")
        before, withdrawn = publishing.undo(database, datetime.now(UTC))
    click.echo(f"In force again: the list of {before.date}, {before.rows} rows.")
    many = Counter(map(_became, withdrawn)) if len(withdrawn) > FOLDED else Counter[str]()
    for became, count in many.items():
        if became in _NOTHING_TO_DO:
            click.echo(f"{count} alerts: {became}")
    for one in withdrawn:
        if not many or _became(one) not in _NOTHING_TO_DO:
            click.echo(f"{one.id[:8]}  {one.title}: {_became(one)}")


_WITHDRAWN, _BEFORE = "withdrawn, nothing was sent", "it was cancelled before"
_NOTHING_TO_DO = (_WITHDRAWN, _BEFORE)
"""Of many such alerts only the number is told, so that what is left to decide is not lost among them."""


def _became(one: Withdrawn) -> str:
    """What became of an alert that was drafted from a list which was taken back, and what is left to decide."""
    recall = f"`hotline broadcast recall {one.id[:8]}` takes back what was sent: that is yours to decide"
    match one.after:
        case Stage.CANCELLED if one.before is not Stage.CANCELLED:
            return _WITHDRAWN
        case Stage.DRAFT:
            return "it was approved; it is a draft again and goes nowhere before it is submitted and approved anew"
        case Stage.PAUSED:
            return f"it was being sent and is paused; {recall}"
        case Stage.DONE:
            return f"it was sent; {recall}"
        case _:
            return f"it was {one.before} before"


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    """The database DATABASE_URL names, or the SQLite file in the folder; nothing else is needed."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        make_folder(folder)
        url = f"sqlite:///{folder / 'hotline.db'}"
    database = Database.open(url)
    try:
        yield database
    finally:
        database.close()


def today() -> date:
    """The day it is where the centre is."""
    return datetime.now(KARACHI).date()


def _prepare(database: Database, dry_run: bool) -> None:
    """The tables as this program knows them; a dry run does not even make those."""
    if not dry_run:
        migrate(database)
    elif not is_current(database) and not is_empty(database):
        raise Refused("the database's tables are not current: run `hotline migrate` first")


def _draft_alerts(database: Database, folder: Path) -> None:
    """Tell staff at once which alerts the new list calls for. What fails here the job `weigh` does in ten minutes."""
    if not alarm.has_news(database):
        return
    from hotline.making import make_alarm, read_book  # noqa: PLC0415  only where a list was published

    try:
        settings = load_settings(os.environ, folder)
        book = read_book(ROOT, Recordings())
        drafts = make_alarm(settings, book, database).after_publish(datetime.now(UTC))
    except (SettingError, FlowError, StoreDown) as error:
        click.echo(f"Alerts are not drafted yet ({error}); the worker does it within ten minutes.", err=True)
        return
    if drafts:
        click.echo(f"Alerts drafted: {drafts}. See `hotline alerts list`.")


def _tell(outcome: Outcome, order: Order) -> None:
    if outcome.ending is Ending.UNCHANGED:
        click.echo(f"This very file is in force already, with the date {order.list_date}: nothing to do.")
        return
    if outcome.ending is Ending.TRIED:
        preview = outcome.preview
        if preview and needs_second_person(preview):
            click.echo(f"{MUCH}: a second person would have to approve.")
        if preview and preview.left_out + preview.incomplete:
            click.echo(f"Rows with faults would be listed in {rejected_path(order)}.")
        click.echo("Dry run: nothing was changed.")
        return
    if outcome.rejected:
        click.echo(f"Rows with faults: {outcome.rejected}")
    click.echo(f"Published: the list of {order.list_date}.")


def _tell_agency(agency: Agency, found: Lookup) -> None:
    click.echo(f"{agency.licence}  {agency.name}: {_verdict(agency, found)}")
    click.echo(f"  state {agency.status or 'unreadable'}, expiry {agency.expiry or 'unreadable'}")
    click.echo(f"  {agency.proprietor}; {agency.office}")
    for open_one in found.notices:
        if open_one.licence == agency.licence:
            click.echo(f"  notice since {open_one.since}: {open_one.title}")


def _verdict(agency: Agency, found: Lookup) -> Verdict:
    listed = found.list.date if found.list else None
    return verdict([agency], exact=True, notices=found.notices, list_date=listed, today=today())


def _reading(number: str) -> Reading:
    reading = read_licence(number)
    if reading is None:
        raise click.UsageError(f"{number!r} is no licence number. Write it as 4859 or 0008/RWP.")
    return reading


def _one_licence(database: Database, reading: Reading) -> Licence:
    """The licence meant: with its region, or the only one of its number in the list."""
    if reading.region:
        return Licence(reading.serial, reading.region)
    found = lookup(database, reading.serial).agencies
    if len(found) != 1:
        known = ", ".join(str(agency.licence) for agency in found) or "none in the list"
        raise NotFound(f"{reading.serial:04d}: which region? {known}")
    return found[0].licence


def _noticed(database: Database, licence: Licence, since: date) -> Agency:
    """The agency a notice is about. Raises NotFound where the list has none, Refused for a day still to come."""
    found = lookup(database, licence.serial)
    if found.list is None:
        raise NotFound("no list was imported yet: a notice is about an agency of the list")
    for agency in found.agencies:
        if agency.licence == licence:
            if since > today():
                raise Refused(f"--since {since} is in the future: give the day of the notice")
            return agency
    others = ", ".join(str(agency.licence) for agency in found.agencies)
    raise NotFound(
        f"{licence} is not in the list of {found.list.date}"
        + (f"; in it is {others}" if others else "")
        + ". Nothing was kept: what is not in the list is answered with 'do not pay' anyway"
    )


def _from_now_on(database: Database, agency: Agency) -> str:
    """What a notice changes for those who ask."""
    said = _verdict(agency, lookup(database, agency.licence.serial, agency.licence.region))
    if said is Verdict.CAUTIONED:
        return "From now on the answer is a caution."
    return f"The answer is {said} as before, and a caution when the list says that the licence is good."
