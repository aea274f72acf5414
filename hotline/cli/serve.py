"""`hotline serve · work · clock · migrate`: the processes of a deployment, as the Procfile starts them."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import click

from hotline.cli import folder_option
from hotline.errors import Refused, SettingError
from hotline.logs import set_up
from hotline.sealing import Vault
from hotline.settings import ROOT, Settings, load_settings
from hotline.store.database import Database, is_current, is_demo


def settings_of(folder: Path) -> Settings:
    """The settings of this process's environment."""
    set_up()
    return load_settings(os.environ, folder)


def make_folder(folder: Path) -> None:
    """The folder of `--dir`, where it is not there yet. Raises SettingError where files cannot be made in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingError(f"--dir {folder}: {error.strerror}. Name a folder this user may write to.") from None


def made_keys(folder: Path) -> str:
    """DATA_KEYS of a machine that serves nobody in earnest: made once, and kept in its folder."""
    kept = folder / "data_keys"
    if not kept.exists():
        make_folder(folder)
        made = folder / f"data_keys.{os.getpid()}"
        made.touch(mode=0o600)
        made.write_text(Vault.new_key() + "\n", encoding="ascii")
        # Whole or not at all, and never over another process's: two keys would make half of the data unreadable.
        with contextlib.suppress(FileExistsError):
            os.link(made, kept)
        made.unlink()
    return kept.read_text(encoding="ascii").strip()


def make_tables(database: Database) -> None:
    """Create or upgrade the tables."""
    # Alembic takes a fifth of a second to import, and only a change of the tables needs it.
    from hotline.store.migrating import migrate as upgrade  # noqa: PLC0415

    upgrade(database)


def database_of(settings: Settings) -> Database:
    """The database DATABASE_URL names, or the SQLite file in the folder."""
    if not settings.database_url:
        make_folder(settings.folder)
    return Database.open(settings.database_url or f"sqlite:///{settings.folder / 'hotline.db'}")


def tables_of(settings: Settings) -> Database:
    """The same, its tables made. Raises Refused before `migrate`: without them every question is an error of SQL."""
    database = database_of(settings)
    if not is_current(database):
        database.close()
        raise Refused("the database's tables are not current: run `hotline migrate` first")
    return database


def open_for_service(folder: Path) -> Settings:
    """Settings for a process that serves people: the tables current, and no demo's database."""
    settings = settings_of(folder)
    database = tables_of(settings)
    if is_demo(database):
        raise Refused("this database was made by `hotline demo`; serve people from another (DATABASE_URL)")
    database.close()
    return settings


@click.command()
@folder_option
@click.option("--host", default="", help="Address to listen on; config/*.toml says the usual one.")
@click.option("--port", type=int, default=0, help="Port to listen on; config/*.toml says the usual one.")
def serve(folder: Path, host: str, port: int) -> None:
    """Answer webhooks until told to stop. Run `hotline migrate` before."""
    settings = open_for_service(folder)
    if not settings.tokens:
        click.echo("TWILIO_AUTH_TOKEN is not set: every webhook will be answered 403.", err=True)
    if not settings.redis_url:
        click.echo("REDIS_URL is not set: conversations are not remembered from one message to the next.", err=True)
    environment = {
        "PROMETHEUS_MULTIPROC_DIR": _counts(settings.folder),
        **os.environ,
        "DATA_KEYS": settings.data_keys or made_keys(settings.folder),
        "PUBLIC_BASE_URL": settings.public_base_url or f"http://127.0.0.1:{port or settings.port}",
        "HOTLINE_DIR": str(settings.folder.resolve()),
        "HOTLINE_BIND": f"{host or settings.host}:{port or settings.port}",
    }
    arguments = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "config/gunicorn.py"), "hotline.web.wsgi:make()"]
    os.execve(sys.executable, arguments, environment)  # noqa: S606  nothing of it comes from outside


def _counts(folder: Path) -> str:
    """Where the web processes count together; what an earlier start counted is gone."""
    counts = folder.resolve() / "metrics"
    shutil.rmtree(counts, ignore_errors=True)
    counts.mkdir(parents=True)
    return str(counts)


def open_for_background(folder: Path) -> Settings:
    """The same for a process that is rung for by way of Redis. Raises SettingError where none is named."""
    settings = open_for_service(folder)
    if not settings.redis_url:
        raise SettingError("REDIS_URL is not set: worker and clock need Redis, such as redis://127.0.0.1:6379/0")
    return settings


@click.command()
@folder_option
def work(folder: Path) -> None:
    """Run a worker until told to stop."""
    from workers.run import work as run  # noqa: PLC0415  the worker's libraries are slow to import

    run(open_for_background(folder))


@click.command()
@folder_option
def clock(folder: Path) -> None:
    """Ring the workers when something is due, until told to stop. Any number may run."""
    from workers.clock import run  # noqa: PLC0415  the worker's libraries are slow to import

    run(open_for_background(folder))


@click.command()
@folder_option
def migrate(folder: Path) -> None:
    """Create or upgrade the database's tables; nothing happens when they are current."""
    database = database_of(settings_of(folder))
    make_tables(database)
    click.echo("The database's tables are current.")
