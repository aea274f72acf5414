"""`hotline alerts`: which alerts a rule drafted, why, and what they would say."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from hotline.cli import folder_option
from hotline.cli.serve import database_of
from hotline.errors import NotFound
from hotline.settings import Settings, load_settings
from hotline.store import alarm as store
from hotline.store.alarm import Drafted, DraftText
from hotline.text import parts

MOST = 50


@click.group()
def alerts() -> None:
    """Alerts a rule drafted, and why."""


@alerts.command("list")
@folder_option
@click.option("--all", "everything", is_flag=True, help="Those that are decided too.")
def list_(folder: Path, everything: bool) -> None:
    """What waits for approval, the newest first, with the reason."""
    settings = load_settings(os.environ, folder)
    found = store.listing(database_of(settings), MOST)
    waiting = [one for one in found if everything or one.state in ("", "draft", "submitted")]
    for one in waiting:
        click.echo(
            f"{one.code}  {_when(one, settings)}  {one.state or 'being drafted':9}  {one.claim.subject}: {_of(one)}"
        )
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
    database = database_of(settings)
    one = next((found for found in store.listing(database, MOST) if found.code == code), None)
    if one is None:
        raise NotFound(f"no alert was drafted with the code {code}: `hotline alerts list` shows the newest {MOST}")
    click.echo(f"{one.claim.subject}: {_of(one)}, drafted {_when(one, settings)} ({one.claim.made_by})")
    click.echo(f"Why: {one.claim.reason}")
    draft = store.draft_text(database, one.broadcast)
    if draft is None:
        click.echo("It is being drafted: look again in a minute.")
        return
    _tell(draft)
    click.echo(f"It is {one.state}. Two people must agree: `hotline broadcast approve {one.broadcast}`.")


def _tell(draft: DraftText) -> None:
    audience = {name: value for name, value in json.loads(draft.audience).items() if value}
    click.echo(f"To: {', '.join(f'{name} {_plain(value)}' for name, value in audience.items())}")
    for locale, text in draft.texts.items():
        length = parts.count(text)
        click.echo(f"\n{locale} ({length.parts} part{'s' * (length.parts != 1)}):\n{text}")
    click.echo()


def _plain(value: object) -> str:
    return " and ".join(str(item) or "all" for item in value) if isinstance(value, list) else str(value)


def _of(one: Drafted) -> str:
    return f"{one.claim.text} ({one.claim.once.rpartition(':')[2]})"


def _when(one: Drafted, settings: Settings) -> str:
    return f"{one.claim.at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
