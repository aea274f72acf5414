"""`hotline cases · unread`: what waits for staff, until the console shows it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from hotline.cli import folder_option
from hotline.cli.serve import database_of
from hotline.domain.keeping import NotUnderstood, OpenCase, bound
from hotline.sealing import Vault
from hotline.settings import Settings, load_settings
from hotline.store import cases as store
from hotline.text.phone import masked


@click.group()
def cases() -> None:
    """Who waits for a call back."""


@cases.command("list")
@folder_option
@click.option("--numbers", is_flag=True, help="Show whole numbers, for whoever is about to ring.")
def list_(folder: Path, numbers: bool) -> None:
    """Open cases, the most urgent first."""
    settings, vault = _open(folder)
    waiting = store.open_cases(database_of(settings))
    for case in waiting:
        number = vault.open("case", case.number_sealed, bound("cases", "number", case.id)).decode()
        detail = vault.open("case", case.detail_sealed, bound("cases", "detail", case.id)).decode()
        shown = number if numbers else masked(number)
        click.echo(f"{case.id}  {_due(case, settings)}  {case.centre}  {shown}  {detail}".rstrip())
    click.echo(f"{len(waiting)} open." if waiting else "Nobody waits for a call back.")


@cases.command()
@folder_option
@click.argument("case")
def close(folder: Path, case: str) -> None:
    """The person was called; the case is done."""
    settings, _ = _open(folder)
    store.close(database_of(settings), case, datetime.now(UTC))
    click.echo("Closed.")


@click.command()
@folder_option
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="50 a page, newest first.")
def unread(folder: Path, page: int) -> None:
    """Texts that were not understood, with the reason in words."""
    settings, vault = _open(folder)
    database = database_of(settings)
    for row in store.list_not_understood(database, page=page):
        click.echo(f"{row.at.astimezone(settings.zone):%Y-%m-%d %H:%M}  {row.locale:8}{_words(vault, row)}")
    count = store.count_not_understood(database)
    click.echo(f"{count} in all." if count else "Everything was understood.")


def _words(vault: Vault, row: NotUnderstood) -> str:
    reason = vault.open("text", row.reason_sealed, bound("not_understood", "reason", row.id)).decode()
    text = vault.open("text", row.text_sealed, bound("not_understood", "text", row.id)).decode()
    # A text may hold line breaks or control signs that would write over the terminal.
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return f"{plain[:100]}  ({reason})"


def _due(case: OpenCase, settings: Settings) -> str:
    return f"by {case.due_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"


def _open(folder: Path) -> tuple[Settings, Vault]:
    settings = load_settings(os.environ, folder)
    return settings, Vault.parse(settings.data_keys or keys_in(folder))


def keys_in(folder: Path) -> str:
    """The keys a demo keeps in its folder; "" where there are none."""
    kept = folder / "data_keys"
    return kept.read_text(encoding="ascii").strip() if kept.exists() else ""
