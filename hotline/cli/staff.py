"""`hotline staff`: who works here, in which role, and with which password."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from hotline.cli import folder_option
from hotline.cli.signing_in import asked_password, desk, password_option
from hotline.domain.staff import Member, Role
from hotline.making import make_staff


@click.group()
def staff() -> None:
    """The people who work here: add, list, disable, enable, change roles or a password."""


def role_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--role ROLE`, once or several times."""
    known = click.Choice([role.value for role in Role])
    return click.option("--role", "roles", multiple=True, required=True, type=known, help="Several: --role again.")(
        function
    )


@staff.command()
@click.argument("name")
@role_option
@click.option("--centre", default="", help="A district of config/districts; the default one otherwise.")
@password_option
@folder_option
def add(name: str, roles: tuple[str, ...], centre: str, password_stdin: bool, folder: Path) -> None:
    """Take somebody on. The password is typed by that person, twice."""
    with desk(folder) as (settings, database):
        member = Member(name, frozenset(map(Role, roles)), centre or settings.default_district)
        password = asked_password(password_stdin, name, twice=True)
        make_staff(settings, database).add(member, password, datetime.now(UTC))
    click.echo(f"{name}: {', '.join(sorted(roles))} at {member.centre}.")


@staff.command("list")
@folder_option
def list_(folder: Path) -> None:
    """Everybody with an account."""
    with desk(folder) as (settings, database):
        members = make_staff(settings, database).everybody()
    for member in members:
        gone = f"  disabled {member.disabled_at.astimezone(settings.zone):%Y-%m-%d}" if member.disabled_at else ""
        click.echo(f"{member.name:20}{member.centre:12}{', '.join(sorted(member.roles))}{gone}")
    if not members:
        click.echo("Nobody has an account yet: `hotline staff add NAME --role approver` makes the first.")


@staff.command()
@click.argument("name")
@folder_option
def disable(name: str, folder: Path) -> None:
    """This person works here no more; what they approved and was not sent yet needs another approval."""
    with desk(folder) as (settings, database):
        make_staff(settings, database).disable(name, datetime.now(UTC))
    click.echo(f"{name} can do nothing any more.")


@staff.command()
@click.argument("name")
@password_option
@folder_option
def password(name: str, password_stdin: bool, folder: Path) -> None:
    """Give somebody a new password, typed by that person, twice."""
    with desk(folder) as (settings, database):
        make_staff(settings, database).set_password(name, asked_password(password_stdin, name, twice=True))
    click.echo(f"{name} has a new password.")


@staff.command()
@click.argument("name")
@password_option
@folder_option
def enable(name: str, password_stdin: bool, folder: Path) -> None:
    """Take back who left, under the same name, with a new password typed by that person, twice."""
    with desk(folder) as (settings, database):
        member = make_staff(settings, database).enable(name, asked_password(password_stdin, name, twice=True))
    click.echo(f"{name} is back: {', '.join(sorted(member.roles))} at {member.centre}.")


@staff.command("roles")
@click.argument("name")
@role_option
@folder_option
def roles_(name: str, roles: tuple[str, ...], folder: Path) -> None:
    """What somebody may from now on, instead of before. What they approved and was not sent needs another approval."""
    with desk(folder) as (settings, database):
        member = make_staff(settings, database).set_roles(name, frozenset(map(Role, roles)))
    click.echo(f"{name}: {', '.join(sorted(member.roles))} at {member.centre}.")
