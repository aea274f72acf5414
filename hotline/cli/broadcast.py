"""`hotline broadcast`: what is said to many. Anybody at the terminal may draft and stop; approving asks a password."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hotline.cli import broadcast_shown as shown
from hotline.cli import folder_option
from hotline.cli.signing_in import desk, password_option, signed_in
from hotline.domain.broadcast import NOBODY, TERMINAL, Broadcast, Draft, Stage
from hotline.domain.staff import Member
from hotline.errors import BadFile, NotFound
from hotline.frozen import frozen
from hotline.making import make_reach, make_staff
from hotline.service.broadcast import Broadcasts
from hotline.service.drafting import changed, read_draft, written
from hotline.service.staff import Staff
from hotline.service.waiting import FOLDED
from hotline.settings import Settings

FOLLOW_SECONDS = 2.0
_ENDED = (Stage.DONE, Stage.CANCELLED, Stage.RECALLED)


@frozen
class Open:
    """What a command works with."""

    settings: Settings
    broadcasts: Broadcasts
    staff: Staff

    def one(self, name: str) -> Broadcast:
        """The broadcast whose id begins so. Raises NotFound, also where several do."""
        found = [one for one in self.broadcasts.all() if one.id.startswith(name)]
        if len(found) != 1:
            raise NotFound(f"{len(found)} broadcasts have an id that begins with {name}")
        return found[0]

    def author(self, name: str, from_stdin: bool, centre: str) -> str:
        """Who writes: whoever signs in under this name, or the terminal, for which two must approve."""
        return self.broadcasts.author(signed_in(self.staff, name, from_stdin), centre) if name else TERMINAL


@contextmanager
def opened(folder: Path) -> Iterator[Open]:
    """Settings, database and the verbs."""
    with desk(folder) as (settings, database):
        yield Open(settings, Broadcasts(make_reach(settings, database)), make_staff(settings, database))


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def as_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--as NAME`: sign in, so that one approver is enough."""
    return click.option("--as", "name", default="", help="Sign in: else two people must approve it.")(function)


@click.group()
def broadcast() -> None:
    """What is said to many: draft, check, approve, watch and stop it."""


@broadcast.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", default="")
@click.option("--topic", default="", help="What people subscribed to: alerts, watch, reminders.")
@click.option("--detail", "details", multiple=True, help="A district of alerts, or a licence that is watched.")
@click.option("--text", "texts", multiple=True, metavar="LOCALE=TEXT", help="The text in one language.")
@click.option("--starts", default="", help="Local time, such as 2026-12-01T09:00.")
@click.option("--change", default="", metavar="ID", help="Change what is given of this one, and nothing else.")
@as_option
@password_option
@folder_option
def draft(  # noqa: PLR0913, PLR0917  click hands every option over as an argument
    file: Path | None,
    title: str,
    topic: str,
    details: tuple[str, ...],
    texts: tuple[str, ...],
    starts: str,
    change: str,
    name: str,
    password_stdin: bool,
    folder: Path,
) -> None:
    """Draft one from FILE.toml (docs/operator.md has an example), from the options, or from both.

    With --change only what is given is changed, language by language.
    """
    aimed = {"topic": topic, "details": list(details)}
    options: dict[str, object] = {
        "title": title,
        "starts": starts,
        "texts": dict(_pair(text) for text in texts),
        "audience": {key: value for key, value in aimed.items() if value},
    }
    table = changed(_read(file), {key: value for key, value in options.items() if value})
    if change and not any(table.values()):
        raise click.UsageError("Say what is to change: a file, or an option such as --text.")
    with opened(folder) as office:
        old = office.one(change) if change else None
        if old:
            table = changed(written(old.draft), table)
        wished: Draft = read_draft(table, TERMINAL, office.settings)
        author = office.author(name, password_stdin, wished.centre)
        if old:
            kept = office.broadcasts.edit(old.id, wished, author, now())
        else:
            kept = office.broadcasts.draft(read_draft(table, author, office.settings), now())
        click.echo(f"{kept.id}  {kept.stage}: {kept.draft.title}")
        click.echo(f"Next: hotline broadcast dry-run {kept.id[:8]}")


@broadcast.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what is over.")
@folder_option
def list_(everything: bool, folder: Path) -> None:
    """What is drafted, waits, is being sent or stopped."""
    with opened(folder) as office:
        found = [one for one in office.broadcasts.all() if everything or one.stage not in _ENDED]
        machine = [one for one in found if one.stage is Stage.DRAFT and one.draft.made_by in NOBODY - {TERMINAL}]
        hidden = () if everything or len(machine) <= FOLDED else machine
        for one in found:
            if one not in hidden:
                click.echo(shown.line(one, office.settings.zone))
    if hidden:
        click.echo(f"{len(hidden)} drafts of alerts a rule made: `hotline alerts list`.")
    if not found:
        click.echo("No broadcast waits or is being sent. `hotline broadcast draft FILE.toml` begins one.")


@broadcast.command()
@click.argument("id")
@folder_option
def show(id: str, folder: Path) -> None:
    """All of it: texts, audience, who wrote it, who approved it."""
    with opened(folder) as office:
        for line in shown.whole(*office.broadcasts.show(office.one(id).id), office.settings.zone):
            click.echo(line)


@broadcast.command("dry-run")
@click.argument("id")
@folder_option
def dry_run(id: str, folder: Path) -> None:
    """People, parts, rupees, who is left out and why, and when it would end. Sends nothing."""
    with opened(folder) as office:
        for line in shown.would(office.broadcasts.dry_run(office.one(id).id, now()), office.settings.zone):
            click.echo(line)


@broadcast.command()
@click.argument("id")
@as_option
@password_option
@folder_option
def submit(id: str, name: str, password_stdin: bool, folder: Path) -> None:
    """Ask for approval; what needs none is sent at once, or at its time."""
    with opened(folder) as office:
        one = office.one(id)
        kept = office.broadcasts.submit(one.id, office.author(name, password_stdin, one.draft.centre), now())
        click.echo(f"{kept.id[:8]}  {kept.stage}, for {kept.heads} people.")


@broadcast.command()
@click.argument("id")
@click.option("--name", default="", help="Your name; asked for otherwise.")
@password_option
@folder_option
def approve(id: str, name: str, password_stdin: bool, folder: Path) -> None:
    """Read all of it, then approve it with your own password: never what you wrote, changed or submitted."""
    with opened(folder) as office:
        one, approvals = office.broadcasts.show(office.one(id).id)
        for line in (*shown.whole(one, approvals, office.settings.zone), ""):
            click.echo(line)
        member = signed_in(office.staff, name, password_stdin)
        kept = office.broadcasts.approve(one.id, member, one.fingerprint, now())
        waits = kept.stage is Stage.SUBMITTED
        click.echo("Approved by you; a second person must approve it too." if waits else f"It is {kept.stage}.")


@broadcast.command()
@click.argument("id")
@folder_option
def pause(id: str, folder: Path) -> None:
    """Stop it now. Two people are needed to start it again."""
    _do(folder, id, lambda office, one: office.broadcasts.pause(one.id, TERMINAL, now()))


@broadcast.command()
@click.argument("id")
@click.option("--name", default="", help="Your name; asked for otherwise.")
@password_option
@folder_option
def resume(id: str, name: str, password_stdin: bool, folder: Path) -> None:
    """Agree to start it again; it starts with the second person."""
    with opened(folder) as office:
        one = office.one(id)
        member: Member = signed_in(office.staff, name, password_stdin)
        kept = office.broadcasts.resume(one.id, member, now())
        if kept.stage is Stage.PAUSED:
            click.echo("You agree. A second person must agree too; one of you an approver who did not write it.")
        else:
            click.echo(f"It is {kept.stage} again.")


@broadcast.command()
@click.argument("id")
@folder_option
def cancel(id: str, folder: Path) -> None:
    """Give it up for good. What was sent stays sent."""
    _do(folder, id, lambda office, one: office.broadcasts.cancel(one.id, TERMINAL, now()))


@broadcast.command()
@click.argument("id")
@click.option("--text", "texts", multiple=True, required=True, metavar="LOCALE=TEXT")
@folder_option
def recall(id: str, texts: tuple[str, ...], folder: Path) -> None:
    """Stop it for good and draft the message that takes it back, to those whom it reached."""
    with opened(folder) as office:
        kept = office.broadcasts.recall(office.one(id).id, dict(_pair(text) for text in texts), TERMINAL, now())
        click.echo(f"{kept.id}  {kept.stage}: {kept.draft.title}")
        click.echo(f"Next: hotline broadcast submit {kept.id[:8]}")


@broadcast.command()
@click.argument("id")
@click.option("--follow", is_flag=True, help="Go on looking until it is over.")
@folder_option
def progress(id: str, folder: Path, follow: bool) -> None:
    """How far it is: people by what became of their message, and why."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with opened(folder) as office:
        one = office.one(id)
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(one.draft.title, total=max(one.heads, 1))
            while True:
                far = office.broadcasts.progress(one.id)
                bar.update(task, completed=far.over, total=max(far.planned, far.broadcast.heads, 1))
                if not follow or far.broadcast.stage in (*_ENDED, Stage.PAUSED):
                    break
                time.sleep(FOLLOW_SECONDS)
        rests = office.broadcasts.rests(far.broadcast, now())
        for line in shown.far(far, rests, office.settings.zone):
            click.echo(line)


def _do(folder: Path, id: str, verb: Callable[[Open, Broadcast], Broadcast]) -> None:
    with opened(folder) as office:
        kept = verb(office, office.one(id))
        click.echo(f"{kept.id[:8]}  {kept.draft.title}: {kept.why or kept.stage}")


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{file.name}: {error}") from None


def _pair(text: str) -> tuple[str, str]:
    locale, found, words = text.partition("=")
    if not found:
        raise click.UsageError(f"{text!r}: write the language and the text, such as en='...'")
    return locale.strip(), words
