"""`hotline alerts`: which alerts a rule drafted, why, and what they would say."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from hotline.cli import folder_option
from hotline.cli.serve import tables_of
from hotline.domain.broadcast import Draft
from hotline.errors import NotFound, Refused
from hotline.settings import Settings, load_settings
from hotline.store import alarm as store
from hotline.store import broadcasts
from hotline.store.alarm import NO_DRAFT, Drafted
from hotline.store.database import Database
from hotline.text import parts

MOST = 50
MAKING, YOURS, PUT_AWAY = "being drafted", "for you", "put away"
"""States of what is no draft: not made yet; a name no list has, which a person must read first; that, when read."""
WAITING = (MAKING, YOURS, "draft", "submitted")


@click.group()
def alerts() -> None:
    """Alerts a rule drafted, and why."""


@alerts.command("list")
@folder_option
@click.option("--all", "everything", is_flag=True, help="Those that are decided too.")
def list_(folder: Path, everything: bool) -> None:
    """What waits for approval, the newest first, with the reason."""
    settings = load_settings(os.environ, folder)
    found = store.listing(tables_of(settings), MOST)
    waiting = [one for one in found if everything or _state(one) in WAITING]
    for one in waiting:
        click.echo(f"{one.code}  {_when(one, settings)}  {_state(one):13}  {one.claim.subject}: {_of(one)}")
        click.echo(f"        {one.claim.reason}")
    if waiting:
        click.echo("Read one: `hotline alerts show CODE`.")
    elif found:
        click.echo("Nothing waits for approval. `hotline alerts list --all` shows what was decided.")
    else:
        click.echo("No alert was drafted yet. Reports and new lists make them; `hotline clock` and `work` must run.")


@alerts.command()
@folder_option
@click.argument("code")
def show(folder: Path, code: str) -> None:
    """One draft: why it was made, to whom it would go, what it says in each language, and how to approve it."""
    settings = load_settings(os.environ, folder)
    database = tables_of(settings)
    one = _one(database, code)
    click.echo(f"{one.claim.subject}: {_of(one)}, drafted {_when(one, settings)} ({one.claim.made_by})")
    click.echo(f"Why: {one.claim.reason}")
    if one.state:
        _tell(broadcasts.find(database, one.broadcast).draft)
    click.echo(_next(one))


@alerts.command()
@folder_option
@click.argument("code")
def done(folder: Path, code: str) -> None:
    """Put away what staff were to look at themselves: a report about a name no list has."""
    settings = load_settings(os.environ, folder)
    database = tables_of(settings)
    one = _one(database, code)
    if _state(one) != YOURS:
        raise Refused(f"{code} is {_state(one)}: only what waits for you to look at it is put away")
    store.set_drafted(database, one.claim.once, PUT_AWAY)
    click.echo(f"{code} is put away. New reports about it make a new one.")


def _one(database: Database, code: str) -> Drafted:
    found = next((one for one in store.listing(database, MOST) if one.code == code), None)
    if found is None:
        raise NotFound(f"no alert was drafted with the code {code}: `hotline alerts list` shows the newest {MOST}")
    return found


def _state(one: Drafted) -> str:
    """Where it stands: the draft's own state where there is one."""
    return one.state or {NO_DRAFT: YOURS, PUT_AWAY: PUT_AWAY}.get(one.broadcast, MAKING)


def _next(one: Drafted) -> str:
    """What staff do now."""
    match _state(one):
        case "draft":
            then = f"submit it: `hotline broadcast submit {one.broadcast}`. Then two people approve it."
            return f"It is a draft. To send it, {then} To give it up: `hotline broadcast cancel {one.broadcast}`."
        case "submitted":
            return f"It is submitted. Two people must agree: `hotline broadcast approve {one.broadcast}`."
        case "cancelled":
            return f"It was given up, or withdrawn. Why: `hotline broadcast show {one.broadcast}`."
        case state if state == YOURS:
            return (
                "No list has this name, so nothing is drafted: read the cases (`hotline cases show`). To warn people,"
                f" write it yourself (`hotline broadcast draft`). Then put this away: `hotline alerts done {one.code}`."
            )
        case state if state == PUT_AWAY:
            return "Somebody has looked at it and put it away."
        case state if state == MAKING:
            return "It is being drafted: look again in a minute. Does it stay so, see the log of `hotline work`."
        case state:
            return f"It is {state}: `hotline broadcast show {one.broadcast}`."


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
    return f"{one.claim.text} ({one.claim.once.rpartition(':')[2]})"


def _when(one: Drafted, settings: Settings) -> str:
    return f"{one.claim.at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
