"""Bringing a database's tables to what this program knows. Apart from database.py because Alembic is slow to import."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError

from hotline.errors import Refused
from hotline.store.database import Database

# Any number will do, so long as every version of this program uses the same one.
_ONE_AT_A_TIME = 0x686F746C696E65


def migrate(database: Database) -> None:
    """Create or upgrade the tables, in one transaction; nothing happens when they are current.

    Processes that start together wait for each other. Raises StoreDown; Refused when the tables are newer than we are.
    """
    config = _config()
    with database.writing() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            if isinstance(error.__cause__, ResolutionError):
                raise Refused("this database was made by a newer Hotline: install that version") from error
            raise


def head() -> str | None:
    """The newest revision there is in the folder."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    # A percent sign in the path would be read as an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
