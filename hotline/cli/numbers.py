"""`hotline numbers`: how many messages of each day came to what end, without anybody's name."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from hotline.cli import folder_option
from hotline.cli.serve import tables_of
from hotline.settings import load_settings
from hotline.store import numbers as store
from hotline.store.numbers import Counted, Many

FEWEST = 10
"""Of fewer people a number could tell who they are."""


@click.command()
@folder_option
@click.option("--days", type=click.IntRange(1), default=7, show_default=True, help="So many days, today included.")
@click.option("--countries", is_flag=True, help="By country too.")
@click.option("--errors", is_flag=True, help="By the class of error too.")
def numbers(folder: Path, days: int, countries: bool, errors: bool) -> None:
    """Messages by day, centre, kind and what became of them. Numbers below 10 are not told."""
    settings = load_settings(os.environ, folder)
    since = datetime.now(UTC).astimezone(settings.zone).date() - timedelta(days=days - 1)
    shown: defaultdict[tuple[date, str], Many] = defaultdict(Many)
    for one, many in store.history(tables_of(settings), since, settings.zone).items():
        total = shown[one.day, _line(one, countries, errors)]
        total.messages += many.messages
        total.parts += many.parts
    for (day, line), many in sorted(shown.items()):
        told = (
            (f"{many.messages:>8}", f"{many.parts:>8} parts") if many.messages >= FEWEST else (f"{'<10':>8}", " " * 14)
        )
        click.echo(f"{day}  {told[0]} messages  {told[1]}  {line}")
    if not shown:
        click.echo(f"No message came to an end since {since}.")


def _line(one: Counted, countries: bool, errors: bool) -> str:
    what = f"{one.state} ({one.reason})" if errors and one.reason else one.state
    where = (f"{one.country or '--'}",) if countries else ()
    return "  ".join((f"{one.centre or '--':10}", f"{one.kind:10}", *where, what))
