"""The person at the keyboard while a list is imported: sees what is read and what would change, agrees or does not."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from hotline.service.register_survey import Preview

MUCH = "More than 5 % of the rows change state, expire or are licensed again, change name or vanish"


class Desk:
    """The person at this terminal. Progress is drawn on stderr, and only where that is a terminal."""

    def __init__(self) -> None:
        columns = (TextColumn("Reading"), BarColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID | None = None

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def read(self, done: int, size: int) -> None:
        """Draw how far the file is read."""
        if self._task is None:
            self._progress.start()
            self._task = self._progress.add_task("", total=size)
        self._progress.update(self._task, completed=done)
        if done >= size:
            self._progress.stop()

    def show(self, preview: Preview) -> None:
        """What would change, in numbers and a few examples."""
        old = preview.old
        against = f"the list of {old.date} ({old.rows} rows{', of the demo' if old.demo else ''})" if old else "no list"
        click.echo(f"{preview.rows} rows ({preview.encoding}), compared with {against}:")
        for what, tally in (
            ("new", preview.new),
            ("gone", preview.gone),
            ("state changed", preview.state),
            ("barred or licensed again by the expiry date", preview.expiry),
            ("name changed", preview.name),
            ("expiry date changed, the answer stays", preview.moved),
        ):
            more = ", ..." if tally.count > len(tally.examples) else ""
            click.echo(
                f"  {what} {tally.count}" + (f": {', '.join(tally.examples)}{more}" if old and tally.count else "")
            )
        if preview.left_out or preview.incomplete:
            click.echo(f"  left out {preview.left_out}, published with something unreadable {preview.incomplete}")

    def agree(self) -> bool:
        """Ask the person."""
        return agreed("Publish this list?")

    def vanishing(self) -> int | None:
        """Ask the second person."""
        click.echo(f"{MUCH}: a second person must approve.")
        number = typed("Second person, type the number of vanishing rows")
        return int(number) if number.isdecimal() else None


def agreed(question: str) -> bool:
    """Whether the answer is yes."""
    return typed(f"{question} [y/N]").casefold() in ("y", "yes")


def typed(question: str) -> str:
    """What is typed, or nothing where nobody can type."""
    click.echo(f"{question}: ", nl=False, err=True)
    line = sys.stdin.readline()
    if not line:
        click.echo(err=True)
    return line.strip()
