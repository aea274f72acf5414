"""Clocks as processes, killed at any moment: what is due is begun once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from hotline.store.database import Database
from tests.workers.clocks import ENDED, acts, begun, race, start, wait_for_all


@contextmanager
def counted(url: str) -> Iterator[Database]:
    """The database, with the table in which acts are counted."""
    opened = Database.open(url)
    acts.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def test_four_clocks_that_are_killed_one_after_the_other_begin_everything_once(database_url: str) -> None:
    with counted(database_url) as database:
        kills, _ = race(database, database_url, count=80, seconds=0.02, every=0.3, most=3)
        assert begun(database) == {f"s{n}": 1 for n in range(80)}
        assert kills


def test_a_clock_that_dies_between_claim_and_act_leaves_it_to_the_next(database_url: str) -> None:
    with counted(database_url) as database:
        for point, acted in (("before", 0), ("after", 0), ("kept", 1)):
            assert start(database_url, 3, 0, point).wait(60) == ENDED
            assert sum(begun(database).values()) == acted, point
        clock = start(database_url, 3, 0)
        try:
            while len(begun(database)) < 3:
                assert clock.poll() is None
                time.sleep(0.05)
            wait_for_all([clock])
        finally:
            clock.kill()
            clock.wait()
        assert begun(database) == {f"s{n}": 1 for n in range(3)}
