"""`hotline keys`: the secrets a deployment needs, made here so that nobody invents them."""

from __future__ import annotations

import secrets

import click

from hotline.sealing import Vault


@click.group()
def keys() -> None:
    """Make the secrets a deployment needs. They are printed, and kept nowhere."""


@keys.command()
@click.option("--generation", type=click.IntRange(1, 255), default=1, show_default=True, help="1 for the first key.")
def new(generation: int) -> None:
    """A key for DATA_KEYS. A second generation goes before the first: DATA_KEYS=k2:…,k1:…"""
    click.echo(Vault.new_key(generation))


@keys.command()
def secret() -> None:
    """A value for SECRET_KEY."""
    click.echo(secrets.token_urlsafe(48))
