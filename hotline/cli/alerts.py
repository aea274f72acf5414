"""`hotline alerts`: which alerts a rule drafted, why, and what they would say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from hotline.cli import folder_option
from hotline.cli.keyboard import agreed
from hotline.cli.serve import tables_of
from hotline.domain.alarm import To
from hotline.domain.broadcast import Draft, Stage
from hotline.errors import Refused
from hotline.making import make_reach
from hotline.service.broadcast import Broadcasts
from hotline.service.waiting import DRAFTS, Alike, Waiting, alike
from hotline.settings import Settings, load_settings
from hotline.store import broadcasts
from hotline.store.drafted import MAKING, PUT_AWAY, TAKEN_BACK, YOURS, Drafted, listing
from hotline.text import parts

MOST = 50
SOME = 3
"""So many agencies of a group are named."""


def narrowed(function: click.decorators.FC) -> click.decorators.FC:
    """`--list DAY --to WHO`: the alerts of one list, or to one kind of people."""
    to = click.option("--to", type=click.Choice([one.value for one in To]), help="Only those to these people.")
    day = click.DateTime(formats=["%Y-%m-%d"])
    return click.option("--list", "listed", type=day, help="Only those drafted from the list of this day.")(
        to(function)
    )


@click.group()
def alerts() -> None:
    """Alerts a rule drafted, and why."""


@alerts.command("list")
@folder_option
@click.option("--all", "everything", is_flag=True, help=f"The newest {MOST}, those that are decided too.")
@narrowed
def list_(folder: Path, everything: bool, listed: datetime | None, to: str | None) -> None:
    """What waits for approval, the newest first, with the reason.

    Many that differ in the agency only are one line. To see each: hotline alerts list --list 2026-11-20 --to watching
    """
    settings, waiting = _open(folder)
    newest = listing(waiting.database, MOST)
    found = newest if everything else waiting.all(listed.date() if listed else None, to or "")
    each = everything or bool(listed or to)
    for group in alike(found):
        if group.is_folded and not each:
            _fold(group)
        else:
            for one in group.alarms:
                click.echo(f"{one.code}  {_when(one, settings)}  {one.stands:13}  {one.claim.subject}: {_of(one)}")
                click.echo(f"        {one.claim.reason}")
    if found:
        click.echo(f"{len(found)} {'alerts' if everything else 'wait'}. Read one: `hotline alerts show CODE`.")
    elif newest and not each:
        click.echo("Nothing waits for approval. `hotline alerts list --all` shows what was decided.")
    elif newest:
        click.echo("None of these waits. `hotline alerts list` shows all that do.")
    else:
        click.echo("No alert was drafted yet. Reports and new lists make them; `hotline clock` and `work` must run.")


@alerts.command()
@folder_option
@click.argument("code")
def show(folder: Path, code: str) -> None:
    """One draft: why it was made, to whom it would go, what it says in each language, and how to approve it."""
    settings, waiting = _open(folder)
    one = waiting.one(code)
    click.echo(f"{one.claim.subject}: {_of(one)}, drafted {_when(one, settings)} ({one.claim.made_by})")
    click.echo(f"Why: {one.claim.reason}")
    if one.state:
        _tell(broadcasts.find(waiting.database, one.broadcast).draft)
    click.echo(_next(one))


@alerts.command()
@folder_option
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@narrowed
@click.option("--yes", is_flag=True, help="Do not ask.")
def done(folder: Path, codes: Sequence[str], listed: datetime | None, to: str | None, yes: bool) -> None:
    """Put away what staff have read themselves, and give up drafts that are not to be sent: one, several, or a list's.

    For example: hotline alerts done --list 2026-11-20 --to district
    """
    if bool(codes) == bool(listed or to):
        raise click.UsageError("Name the codes, or give --list or --to.")
    _, waiting = _open(folder)
    found = waiting.named(codes) or waiting.all(listed.date() if listed else None, to or "")
    if not found:
        raise Refused("none of these waits: `hotline alerts list` shows all that do")
    _agreed(found, yes)
    with click.progressbar(found, label="Putting away", file=sys.stderr, hidden=not sys.stderr.isatty()) as each:
        for one in each:
            waiting.put_away(one.code, datetime.now(UTC))
    if codes[1:] or not codes:
        click.echo(f"{len(found)} are put away.")
    else:
        given_up = "Nobody is told by it." if found[0].stands in DRAFTS else "New reports about it make a new one."
        click.echo(f"{found[0].code} is put away. {given_up}")


def _agreed(found: Sequence[Drafted], yes: bool) -> None:
    """Whoever gives up a warning says so. Raises Refused."""
    drafts = sum(one.stands in DRAFTS for one in found)
    many = "1 draft is" if drafts == 1 else f"{drafts} drafts are"
    if drafts and not yes and not agreed(f"{many} given up for good, and nobody is warned by them. Is that right?"):
        raise Refused("nobody agreed: nothing was put away")


def _open(folder: Path) -> tuple[Settings, Waiting]:
    settings = load_settings(os.environ, folder)
    database = tables_of(settings)
    return settings, Waiting(database, Broadcasts(make_reach(settings, database)))


def _fold(group: Alike) -> None:
    """Many as one: how many, what of, and how to see or put away them all."""
    first = group.alarms[0]
    subjects = list(dict.fromkeys(one.claim.subject for one in group.alarms))
    source = f"list of {first.listed}" if first.listed else "reports"
    more = ", ..." if len(subjects) > SOME else ""
    click.echo(f"{len(group.alarms)} x {first.stands}  {_of(first)}, {source}: {', '.join(subjects[:SOME])}{more}")
    if first.listed:
        which = f"--list {first.listed} --to {first.to}"
        click.echo(f"        each: `hotline alerts list {which}`; give all up: `hotline alerts done {which}`")
    else:
        click.echo(f"        each: `hotline alerts list --to {first.to}`")


_THEN: dict[str, Callable[[Drafted], str]] = {
    Stage.DRAFT: lambda one: (
        f"It is a draft. To send it, submit it: `hotline broadcast submit {one.broadcast}`. Then two people approve it."
        f" To give it up: `hotline alerts done {one.code}`."
    ),
    Stage.SUBMITTED: lambda one: (
        f"It is submitted. Two people must agree: `hotline broadcast approve {one.broadcast}`."
        f" To give it up: `hotline alerts done {one.code}`."
    ),
    Stage.CANCELLED: lambda one: f"It was given up, or withdrawn. Why: `hotline broadcast show {one.broadcast}`.",
    YOURS: lambda one: (
        "No list has this name, so nothing is drafted: read the cases (`hotline cases show`). To warn people,"
        f" write it yourself (`hotline broadcast draft`). Then put this away: `hotline alerts done {one.code}`."
    ),
    PUT_AWAY: lambda one: "Somebody has looked at it and put it away.",
    TAKEN_BACK: lambda one: "The list it came from was taken back before anything was drafted.",
    MAKING: lambda one: "It is being drafted: look again in a minute. Does it stay so, see the log of `hotline work`.",
}


def _next(one: Drafted) -> str:
    """What staff do now."""
    then = _THEN.get(one.stands)
    return then(one) if then else f"It is {one.stands}: `hotline broadcast show {one.broadcast}`."


def _tell(draft: Draft) -> None:
    audience = {name: value for name, value in asdict(draft.audience).items() if value}
    click.echo(f"To: {', '.join(f'{name} {_plain(value)}' for name, value in audience.items())}")
    for locale, text in draft.texts.items():
        length = parts.count(text)
        click.echo(f"\n{locale} ({length.parts} part{'s' * (length.parts != 1)}):\n{text}")
    click.echo()


def _plain(value: object) -> str:
    return " and ".join(str(item) or "all" for item in value) if isinstance(value, tuple) else str(value)


def _of(one: Drafted) -> str:
    return f"{one.claim.text} ({one.to})"


def _when(one: Drafted, settings: Settings) -> str:
    return f"{one.claim.at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
