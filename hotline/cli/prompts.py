"""`hotline prompts`: what callers hear, which of it people have recorded, and stand-ins made before the first call."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import click

from hotline.cli import folder_option
from hotline.errors import SpeechError
from hotline.flow.book import Book
from hotline.flow.clips import SPOKEN_LOCALES, clips
from hotline.frozen import frozen
from hotline.making import read_book
from hotline.settings import ROOT
from hotline.speech.clips import ClipStore
from hotline.speech.engine import EspeakEngine
from hotline.speech.recordings import Recordings, read_recordings, stale
from hotline.text.clipname import text_hash

language = click.option("--locale", type=click.Choice(SPOKEN_LOCALES), help="Only this language.")


class Prompts(Protocol):
    """What these commands need."""

    def clips(self) -> Iterable[tuple[str, str]]:
        """Every (locale, text) a caller can hear, save agencies' names, which are made when first heard."""
        ...

    @property
    def sound(self) -> ClipStore:
        """Where the clips are kept."""
        ...

    @property
    def recordings(self) -> Recordings:
        """What people recorded."""
        ...


@frozen
class Shelf:
    """The prompts of this installation: flows, recordings, clips. It needs no key and no database."""

    book: Book
    recordings: Recordings
    sound: ClipStore

    def clips(self) -> Iterable[tuple[str, str]]:
        """See Prompts."""
        return clips(self.book)

    @classmethod
    def open(cls, folder: Path) -> Shelf:
        """Read flows, translations and recordings. Raises FlowError."""
        recordings = read_recordings(ROOT / "translations", SPOKEN_LOCALES)
        return cls(read_book(ROOT, recordings), recordings, ClipStore(folder / "clips", EspeakEngine(), recordings))


@click.group()
@folder_option
@click.pass_context
def prompts(context: click.Context, folder: Path) -> None:
    """What callers hear: list it, find what nobody has recorded, make stand-ins."""
    context.obj = context.obj or Shelf.open(folder)


@prompts.command()
@language
@click.pass_obj
def build(house: Prompts, locale: str | None) -> None:
    """Make every stand-in now, so that no first caller waits for one."""
    from rich.progress import Progress  # noqa: PLC0415  slow to import; `hotline --help` need not wait for it

    with Progress(transient=True) as bar:
        task = bar.add_task("Making clips", total=None)
        try:
            made = house.sound.build(_clips(house, locale), lambda done, of: bar.update(task, completed=done, total=of))
        except SpeechError as problem:
            raise click.ClickException(str(problem)) from problem
    click.echo(f"{made} clips made; the others were there.")


@prompts.command("list")
@language
@click.pass_obj
def list_(house: Prompts, locale: str | None) -> None:
    """Every clip: its language, who speaks, its words."""
    for spoken, text in _clips(house, locale):
        who = "recorded" if house.sound.recorded(spoken, text) else "stand-in"
        click.echo(f"{spoken:8}{who:10}{text}")


@prompts.command()
@language
@click.pass_obj
def missing(house: Prompts, locale: str | None) -> None:
    """Texts without a recording, with the hash clips.toml wants, and recordings whose text has changed."""
    wanted = _clips(house, locale)
    lacking = [clip for clip in wanted if not house.sound.recorded(*clip)]
    for spoken, text in lacking:
        click.echo(f"{spoken:8}{text_hash(text)}  {text}")
    old = [row for row in stale(house.recordings.rows, house.clips()) if locale in (None, row.locale)]
    for row in old:
        click.echo(f"{row.locale:8}{row.file} (line {row.line}) speaks words no flow says any more: record it again")
    click.echo(f"{len(lacking)} of {len(wanted)} texts have no recording; {len(old)} recordings are out of date.")


def _clips(house: Prompts, locale: str | None) -> list[tuple[str, str]]:
    """Sorted by language, each text once, in the order the house gives them."""
    known = dict.fromkeys(clip for clip in house.clips() if locale in (None, clip[0]))
    return sorted(known, key=lambda clip: SPOKEN_LOCALES.index(clip[0]))
