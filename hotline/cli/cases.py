"""`hotline cases · unread`: what waits for staff, until the console shows it."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path

import click
import structlog

from hotline import logs
from hotline.cli import folder_option
from hotline.cli.serve import tables_of
from hotline.domain.case_number import groups
from hotline.domain.case_number import read as read_number
from hotline.domain.keeping import CALL_BACK, NotUnderstood, OpenCase, bound
from hotline.domain.report import REPORT, Report, Status
from hotline.errors import NotFound, Refused
from hotline.own_keys import case_owner, open_detail, open_number
from hotline.sealing import Vault
from hotline.settings import Settings, load_settings
from hotline.store import cases as store
from hotline.store import unread as texts
from hotline.store.erasing import REASON as ERASED
from hotline.text.phone import masked, without_numbers

_LONGEST_REASON = 80
_DAY_ENDS = 18
"""The hour a promised day is over for staff."""


@click.group()
def cases() -> None:
    """Who waits for a call back, and reports with where they stand."""


@cases.command("list")
@folder_option
@click.option("--numbers", is_flag=True, help="Show whole numbers, for whoever is about to ring.")
@click.option("--kind", type=click.Choice(["", CALL_BACK, REPORT]), default="", help="Only of one kind.")
@click.option("--closed", is_flag=True, help="Closed ones too.")
@click.option("--held", is_flag=True, help="Only those under legal hold, open or closed.")
def list_(folder: Path, numbers: bool, kind: str, closed: bool, held: bool) -> None:
    """Open cases, the most urgent first. What a report says is shown by `show` only."""
    settings, vault = _open(folder)
    database = tables_of(settings)
    kept = {case.id for case in store.held_cases(database)}
    waiting = store.held_cases(database) if held else store.open_cases(database, kind=kind, closed=closed)
    for case in waiting:
        detail = "" if case.kind == REPORT else _plain(_detail(vault, case))
        columns = (case.id, _code(case), f"{case.kind:9}", f"{case.status:7}", _due(case, settings), case.centre)
        hold = "legal hold" if case.id in kept else ""
        click.echo("  ".join(filter(None, (*columns, _number(vault, case, numbers), hold, detail))).rstrip())
    if held:
        click.echo(f"{len(waiting)} under legal hold.")
    elif waiting:
        click.echo(f"{len(waiting)} in all, closed ones too." if closed else f"{len(waiting)} open.")
    else:
        click.echo("Nobody waits for a call back." if not kind else f"No case of kind {kind} is open.")


@cases.command()
@folder_option
@click.argument("case")
@click.option("--reason", prompt="Why do you look at it", help="Why you look: it is logged with your name.")
@click.option("--numbers", is_flag=True, help="Show the whole number, for whoever is about to ring.")
def show(folder: Path, case: str, reason: str, numbers: bool) -> None:
    """What a case says. CASE is its number, its id or the first eight signs of it; who looked and why is logged."""
    if not reason.strip():
        raise Refused("without a reason nothing is shown")
    settings, vault = _open(folder)
    found = _named(settings, case)
    logs.set_up()
    why = without_numbers(reason)[:_LONGEST_REASON]
    structlog.get_logger().info("case_shown", case=found.id, by=getpass.getuser(), numbers=numbers, why=why)
    number = _code(found).strip() or "no number"
    click.echo(f"{found.id}  {number}  {found.kind}  {found.status}  {_due(found, settings)}")
    click.echo(f"Centre {found.centre}, opened {found.opened_at.astimezone(settings.zone):%Y-%m-%d}.")
    if not found.key_sealed:
        click.echo(_gone(found, settings))
        return
    click.echo(f"Telephone: {_number(vault, found, numbers)}")
    if found.kind == REPORT:
        _show_report(Report.read(_detail(vault, found)))
    else:
        click.echo(f"Asked: {_plain(_detail(vault, found)) or 'to be called back'}")


@cases.command()
@folder_option
@click.argument("case")
@click.argument("status", type=click.Choice([one.value for one in Status]))
@click.option("--by", type=click.DateTime(["%Y-%m-%d"]), help="By when the next step is promised.")
def status(folder: Path, case: str, status: str, by: datetime | None) -> None:
    """Say where a case stands: from then on CASE says so. All but `closed` promise a day with --by."""
    settings, _ = _open(folder)
    found, to = _named(settings, case), Status(status)
    if not found.key_sealed:
        raise Refused(_gone(found, settings))
    now = datetime.now(UTC)
    due_at = by.replace(hour=_DAY_ENDS, tzinfo=settings.zone) if by else None
    if to is not Status.CLOSED and (due_at is None or due_at < now):
        raise Refused(f"{to} promises the person a day to come: give it with --by YYYY-MM-DD")
    before = store.move(tables_of(settings), found.id, to, now, due_at)
    click.echo(f"It was {before} and is now {to}{f', promised by {by:%Y-%m-%d}' if by else ''}.")


@cases.command()
@folder_option
@click.argument("case")
def close(folder: Path, case: str) -> None:
    """The case is done. CASE is its number, its id or the first eight signs of it."""
    settings, _ = _open(folder)
    store.close(tables_of(settings), _named(settings, case).id, datetime.now(UTC))
    click.echo("Closed.")


@cases.command()
@folder_option
@click.argument("case")
@click.option("--reason", prompt="Which law or court wants it kept", help="It is logged with your name.")
def hold(folder: Path, case: str, reason: str) -> None:
    """Keep what a case says until `release`, also when its time is over. DELETE removes the contact all the same."""
    _hold(folder, case, reason, held=True)
    click.echo("Kept until you release it.")


@cases.command()
@folder_option
@click.argument("case")
@click.option("--reason", prompt="Why is it not wanted any more", help="It is logged with your name.")
def release(folder: Path, case: str, reason: str) -> None:
    """The law wants a case no longer: it is kept as long as any other."""
    _hold(folder, case, reason, held=False)
    click.echo("Released.")


def _hold(folder: Path, case: str, reason: str, *, held: bool) -> None:
    if not reason.strip():
        raise Refused("without a reason nothing is changed")
    settings, _ = _open(folder)
    found = _named(settings, case)
    store.hold(tables_of(settings), found.id, held=held)
    logs.set_up()
    why = without_numbers(reason)[:_LONGEST_REASON]
    structlog.get_logger().info("case_held" if held else "case_released", case=found.id, by=getpass.getuser(), why=why)


@click.command()
@folder_option
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="50 a page, newest first.")
def unread(folder: Path, page: int) -> None:
    """Texts that were not understood, with the reason in words."""
    settings, vault = _open(folder)
    database = tables_of(settings)
    for row in texts.page_of(database, page=page):
        click.echo(f"{row.at.astimezone(settings.zone):%Y-%m-%d %H:%M}  {row.locale:8}{_words(vault, row)}")
    count = texts.count(database)
    click.echo(f"{count} in all." if count else "Everything was understood.")


def _words(vault: Vault, row: NotUnderstood) -> str:
    reason = vault.open("text", row.reason_sealed, bound("not_understood", "reason", row.id)).decode()
    text = vault.open("text", row.text_sealed, bound("not_understood", "text", row.id)).decode()
    return f"{_plain(text)[:100]}  ({reason})"


def _plain(text: str) -> str:
    """A text may hold line breaks or control signs that would write over the terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _show_report(report: Report) -> None:
    about = " ".join(filter(None, (report.name, report.licence))) or "nobody by name"
    paid = "not said" if report.paid is None else f"{report.paid:,} rupees"
    click.echo(f"About: {_plain(about)}")
    click.echo(f"Paid: {paid}, taken or asked for by: {report.to}")
    click.echo(f"District: {report.district}")
    if report.anonymous:
        click.echo("Anonymous: nobody can be called.")


def _named(settings: Settings, case: str) -> OpenCase:
    found = store.find_case(tables_of(settings), read_number(case) or case)
    if found is None:
        raise NotFound(f"no case {case}: `hotline cases list --closed` shows all, by id and number")
    return found


def _gone(case: OpenCase, settings: Settings) -> str:
    """What there is to say of a case whose key was destroyed."""
    at = store.ended(tables_of(settings), case.id)
    on = f" on {at.astimezone(settings.zone):%Y-%m-%d}" if at else ""
    return f"{'erased' if case.status == ERASED else 'closed'}{on}: nothing is kept"


def _number(vault: Vault, case: OpenCase, whole: bool) -> str:
    """The number, masked unless it is wanted whole; of a case whose contact was erased, that it was."""
    if not case.key_sealed or not case.number_sealed:
        return "(erased)"
    number = open_number(vault, case_owner(case.id), case.key_sealed, case.number_sealed)
    return (number if whole else masked(number)) if number else "anonymous"


def _detail(vault: Vault, case: OpenCase) -> str:
    return open_detail(vault, case.id, case.key_sealed, case.detail_sealed) if case.key_sealed else ""


def _code(case: OpenCase) -> str:
    return " ".join(groups(case.code)) if case.code else " " * 9


def _due(case: OpenCase, settings: Settings) -> str:
    return f"by {case.due_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"


def _open(folder: Path) -> tuple[Settings, Vault]:
    settings = load_settings(os.environ, folder)
    return settings, Vault.parse(settings.data_keys or keys_in(folder))


def keys_in(folder: Path) -> str:
    """The keys a demo keeps in its folder; "" where there are none."""
    kept = folder / "data_keys"
    return kept.read_text(encoding="ascii").strip() if kept.exists() else ""
