"""`hotline try`: talk to the hotline in this terminal, by text or by keys; nothing is kept and nobody is rung."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from hotline.cli import folder_option
from hotline.flow.model import LOCALES, Channel
from hotline.flow.render import spoken, written
from hotline.flow.turn import Event, Gather, Said, Session, Started
from hotline.making import make_ports, read_book
from hotline.sealing import Vault
from hotline.service.agencies import Agencies
from hotline.service.ports.base import Asker
from hotline.service.talk import talk
from hotline.settings import ROOT, Settings, load_settings
from hotline.speech.recordings import read_recordings
from hotline.store import agencies as register
from hotline.store.database import Database, is_current
from hotline.store.migrating import migrate

NUMBER = "+923000000000"


@click.command("try")
@folder_option
@click.option("--lang", type=click.Choice(LOCALES), default="en", show_default=True, help="The person's language.")
@click.option("--voice", is_flag=True, help="A call: type keys, an empty line is silence.")
def try_(folder: Path, lang: str, voice: bool) -> None:
    """Talk to the hotline here. An empty line in a call is silence; Ctrl-D hangs up."""
    settings = load_settings(os.environ, folder)
    with tempfile.TemporaryDirectory() as scratch:
        database = _database(settings, Path(scratch))
        _converse(settings, database, Session(lang, Channel.VOICE if voice else Channel.SMS, known=True, offered=True))
        database.close()


def _converse(settings: Settings, database: Database, session: Session) -> None:
    book = read_book(ROOT, read_recordings(ROOT / "translations", LOCALES))
    vault = Vault.parse(Vault.new_key())
    ports = make_ports(settings, book, database, vault, Agencies(database))
    index = vault.index("number", NUMBER)
    gather, rest = Gather(), ""
    event: Event | None = Started()
    if session.channel is Channel.SMS:
        event, rest = _typed(session, gather)
    while event is not None:
        now = datetime.now(UTC).astimezone(settings.zone)
        asker = Asker(NUMBER, index, session.locale, session.channel, settings.default_district, str(now), now)
        turn, _ = talk(book, ports, session, event, asker)
        session = turn.session
        if session.channel is Channel.SMS:
            reply = written(book, turn)
            click.echo(f"{reply.text}\n[{reply.parts} part{'s' * (reply.parts != 1)}]")
        else:
            said = spoken(book, turn)
            click.echo(" | ".join(clip.text for clip in said.clips))
            if said.gather is None:
                return
            gather = said.gather
        if rest:
            # Keys pressed on without waiting reach whatever is asked next, as on a telephone.
            event, rest = gather.take(rest)
        else:
            event, rest = _typed(session, gather)


def _typed(session: Session, gather: Gather) -> tuple[Event | None, str]:
    """The next line as an event, and the keys of a call that are left of it."""
    try:
        line = input("> ").strip()
    except EOFError:
        click.echo()
        return None, ""
    return (Said(line), "") if session.channel is Channel.SMS else gather.take(line)


def _database(settings: Settings, scratch: Path) -> Database:
    """The database of this folder, or a fictional register that is gone afterwards."""
    file = settings.folder / "hotline.db"
    if settings.database_url or file.exists():
        database = Database.open(settings.database_url or f"sqlite:///{file}")
        if is_current(database) and register.current(database):
            return database
        database.close()
    from hotline.cli.demo_register import publish  # noqa: PLC0415  only where there is no list

    click.echo("No list here: using the fictional one of the demo.", err=True)
    database = Database.open(f"sqlite:///{scratch / 'hotline.db'}")
    migrate(database)
    publish(database, scratch, date.today() - timedelta(days=1))
    return database
