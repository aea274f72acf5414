"""`hotline backup`: a copy of the database without keys and words, the keys apart from it, and both back again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hotline.cli import folder_option
from hotline.cli.serve import tables_of
from hotline.settings import load_settings
from hotline.store import backup as store
from hotline.store.database import Database

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def backup() -> None:
    """Copy the database, and bring it back. Keep the two files apart: one is useless without the other."""


@backup.command()
@folder_option
@click.argument("file", type=_FILE)
def make(folder: Path, file: Path) -> None:
    """Write everything but own keys and people's words into FILE."""
    database = _database(folder)
    done = _shown("copied", store.make(database, file, datetime.now(UTC)), store.count(database))
    click.echo(f"{done} rows in {file}. It can be read only with the newest `hotline backup keys`.")


@backup.command()
@folder_option
@click.argument("file", type=_FILE)
def keys(folder: Path, file: Path) -> None:
    """Write the own keys into FILE, over the one before: the keys of erased people must be in no file any more."""
    done = store.make_keys(_database(folder), file, datetime.now(UTC))
    click.echo(f"{done} keys in {file}. Keep one such file only, apart from the backups.")


@backup.command()
@folder_option
@click.option("--keys", "keys_file", type=_FILE, required=True, help="The newest file of `hotline backup keys`.")
@click.argument("file", type=_FILE)
def restore(folder: Path, file: Path, keys_file: Path) -> None:
    """Fill an empty database from FILE. What may have been sent since the backup is not sent again."""
    database, mark = _database(folder), store.read_mark(file, "data")
    done = _shown("restored", store.restore(database, file, keys_file, datetime.now(UTC)), None)
    came_to = store.settled(database)
    click.echo(f"{done} rows of {mark.made_at:%Y-%m-%d %H:%M} UTC.")
    click.echo(f"{came_to.withheld} messages may have been sent since: they stay unknown and are not sent again.")
    click.echo("Broadcasts under way are paused, those that waited for their start are drafts again: look at each.")


def _shown(what: str, batches: Iterable[int], total: int | None) -> int:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    done = 0
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=total)
        for count in batches:
            done += count
            progress.advance(task, count)
        progress.update(task, total=done)
    return done


def _database(folder: Path) -> Database:
    return tables_of(load_settings(os.environ, folder))
