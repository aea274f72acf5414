"""Floor 4: the `hotline` command. Each group loads only when it is called, so that --help is quick."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

from hotline import __version__
from hotline.errors import BadFile, HotlineError, Refused

COMMANDS = {
    "demo": ("hotline.cli.demo", "demo", "The whole hotline on this machine, with a phone in the browser."),
    "serve": ("hotline.cli.serve", "serve", "Answer webhooks."),
    "work": ("hotline.cli.serve", "work", "Run a worker for what happens in the background."),
    "clock": ("hotline.cli.serve", "clock", "Ring the workers when something is due."),
    "migrate": ("hotline.cli.serve", "migrate", "Create or upgrade the database's tables."),
    "agencies": ("hotline.cli.agencies", "agencies", "The register of licensed agencies: import, show, notices."),
    "broadcast": ("hotline.cli.broadcast", "broadcast", "What is said to many: draft, approve, watch, stop."),
    "alerts": ("hotline.cli.alerts", "alerts", "Alerts a rule drafted, and why."),
    "staff": ("hotline.cli.staff", "staff", "Who works here: accounts, roles, passwords."),
    "cases": ("hotline.cli.cases", "cases", "Who waits for a call back; reports, and where they stand."),
    "unread": ("hotline.cli.cases", "unread", "Texts that were not understood, with the reason."),
    "people": ("hotline.cli.people", "people", "The people who wrote or rang: what one will get, and when."),
    "numbers": ("hotline.cli.numbers", "numbers", "How many messages of each day came to what end."),
    "lint": ("hotline.cli.lint", "lint", "Prove the flows, words and translations."),
    "try": ("hotline.cli.trying", "try_", "Talk to the hotline in this terminal."),
    "doctor": ("hotline.cli.doctor", "doctor", "What is not well, and what to do."),
    "prompts": ("hotline.cli.prompts", "prompts", "What callers hear: list, record, make stand-ins."),
    "translations": ("hotline.cli.translations", "translations", "Keep the catalogues in step with the flows."),
    "keys": ("hotline.cli.keys", "keys", "Make the secrets a deployment needs; move to a new data key."),
    "backup": ("hotline.cli.backup", "backup", "Copy the database, and bring it back."),
}
EXIT_BAD_FILE, EXIT_REFUSED = 2, 3


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import it now; while only --help is wanted, a command of its name and sentence will do."""
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of --help, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, _, sentence) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hotline")
def hotline() -> None:
    """The hotline of a Migrant Resource Centre: SMS and voice, in Urdu, Punjabi and English."""


def main() -> None:
    """The door: our own errors become one line and an exit code: 2 a bad file or setting, 3 refused, 1 all else."""
    try:
        hotline()
    except BadFile as error:
        _end(error, EXIT_BAD_FILE)
    except Refused as error:
        _end(error, EXIT_REFUSED)
    except HotlineError as error:
        _end(error, EXIT_BAD_FILE if error.code == "setting" else 1)


def _end(error: HotlineError, code: int) -> None:
    click.echo(f"hotline: {error}", err=True)
    sys.exit(code)


def folder_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--dir DIR`: where everything lives that is not the database's."""
    return click.option(
        "--dir",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("var"),
        show_default=True,
        help="Where the data that is not in the database lives.",
    )(function)
