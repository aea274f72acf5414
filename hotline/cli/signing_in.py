"""Who is at this terminal: a name and a password, asked for or read from standard input, never an argument."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from hotline.cli.serve import tables_of
from hotline.domain.staff import Member
from hotline.errors import Refused
from hotline.service.staff import Staff
from hotline.settings import Settings, load_settings
from hotline.store.database import Database


def password_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--password-stdin`: for scripts; a terminal is asked."""
    return click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")(
        function
    )


def asked_password(from_stdin: bool, who: str, *, twice: bool = False) -> str:
    """The password as it was typed or piped. Raises Refused where there is none."""
    if from_stdin:
        typed = sys.stdin.readline().rstrip("\n")
    else:
        typed = click.prompt(f"Password of {who}", hide_input=True, confirmation_prompt=twice, err=True)
    if not typed:
        raise Refused("no password was given")
    return typed


def signed_in(staff: Staff, name: str, from_stdin: bool) -> Member:
    """Whoever proves to be this person. Raises Refused."""
    name = name or click.prompt("Your name", err=True)
    return staff.sign_in(name, asked_password(from_stdin, name), datetime.now(UTC))


@contextmanager
def desk(folder: Path) -> Iterator[tuple[Settings, Database]]:
    """Settings and database for staff's commands; no keys, Redis or provider. Raises Refused before `migrate`."""
    settings = load_settings(os.environ, folder)
    database = tables_of(settings)
    try:
        yield settings, database
    finally:
        database.close()
