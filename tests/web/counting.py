"""What is asked of the database and of Redis meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from sqlalchemy import event

from hotline.house import House


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """The SQL of what is done meanwhile; BEGIN and COMMIT are not among it."""
    found: list[str] = []

    def note(*args: object) -> None:
        # The telephone of these tests asks what a clip says; no webhook does.
        if "spoken_names" not in str(args[2]):
            found.append(str(args[2]))

    event.listen(house.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(house.database.engine, "before_cursor_execute", note)


@contextmanager
def exchanges(looking: redis.Redis) -> Iterator[list[str]]:
    """The commands Redis was sent meanwhile; what a script does inside counts as nothing."""
    found: list[str] = []
    with looking.monitor() as monitor:
        looking.echo("from here")
        while not monitor.next_command()["command"].startswith("ECHO"):
            pass
        yield found
        looking.echo("to here")
        while not (heard := monitor.next_command())["command"].startswith("ECHO"):
            if heard["client_type"] != "lua":
                found.append(heard["command"].split()[0])
