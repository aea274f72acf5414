"""`hotline keys`: the secrets a deployment needs, made here, and the move from one data key to the next."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hotline.cli import folder_option
from hotline.cli.cases import keys_in
from hotline.cli.serve import tables_of
from hotline.sealing import Vault
from hotline.service.rotate import STAGES, Rotation, Standing
from hotline.settings import load_settings

_STAGES = {"people": "people", "cases": "cases", "reports": "reports", "inbound": "events"}


@click.group()
def keys() -> None:
    """Make the secrets a deployment needs, and move to a new data key."""


@keys.command()
@click.option("--generation", type=click.IntRange(1, 255), default=1, show_default=True, help="1 for the first key.")
def new(generation: int) -> None:
    """A key for DATA_KEYS. A second generation goes before the first: DATA_KEYS=k2:…,k1:…

    It is printed, and kept nowhere.
    """
    click.echo(Vault.new_key(generation))


@keys.command()
def secret() -> None:
    """A value for SECRET_KEY. It is printed, and kept nowhere."""
    click.echo(secrets.token_urlsafe(48))


@keys.command()
@folder_option
def rotate(folder: Path) -> None:
    """Keep everything under the newest key of DATA_KEYS, while the service runs.

    Start web, worker and clock with both keys first. Ended in the middle, it goes on there when it is called again.
    """
    rotation = _rotation(folder)
    if len(rotation.vault.generations) == 1:
        click.echo(f"DATA_KEYS holds k{rotation.vault.newest} only: there is no older key to move from.")
        return
    rows = rotation.rows()
    columns = (TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {stage: progress.add_task(_STAGES[stage], total=rows[stage]) for stage in STAGES}
        for stage, count in rotation.run(datetime.now(UTC)):
            progress.advance(tasks[stage], count)
        for stage, task in tasks.items():
            progress.update(task, completed=rows[stage])
    _tell(rotation.standing(), rotation.vault.generations)


@keys.command()
@folder_option
def status(folder: Path) -> None:
    """How many values each key still opens, and when an older one may go."""
    rotation = _rotation(folder)
    _tell(rotation.standing(), rotation.vault.generations)


def _tell(standing: Standing, generations: tuple[int, ...]) -> None:
    for what, counts in standing.sealed.items():
        shown = ", ".join(f"{count} under k{generation}" for generation, count in sorted(counts.items(), reverse=True))
        click.echo(f"{what}: {shown or 'none'}")
    older = [generation for generation in generations if generation != standing.newest]
    if not older:
        click.echo(f"k{standing.newest} is the only key.")
    elif standing.free_on is None:
        left = ", ".join(_STAGES[stage] for stage in STAGES if stage not in standing.done)
        click.echo(f"The move to k{standing.newest} is not done ({left}): run `hotline keys rotate`. No key may go.")
    else:
        _tell_end(standing, older)


def _tell_end(standing: Standing, older: list[int]) -> None:
    names = ", ".join(f"k{generation}" for generation in older)
    if needed := _needed(standing.sealed, older):
        click.echo(
            f"{names} may go on {standing.free_on:%Y-%m-%d}, when the last texts they sealed are dropped ({needed})."
        )
    else:
        click.echo(f"Nothing is sealed with {names} any more.")
    if standing.strangers:
        click.echo(
            f"{standing.strangers} numbers said STOP and were erased or never met. Only {names} recognises them: "
            "without it they are not stopped any more. Nothing is sent to them either, until they subscribe anew."
        )


def _needed(sealed: Mapping[str, Mapping[int, int]], older: list[int]) -> int:
    return sum(count for counts in sealed.values() for generation, count in counts.items() if generation in older)


def _rotation(folder: Path) -> Rotation:
    settings = load_settings(os.environ, folder)
    return Rotation(tables_of(settings), Vault.parse(settings.data_keys or keys_in(folder)))
