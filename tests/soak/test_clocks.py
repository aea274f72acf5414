"""F9: four clocks, two hundred schedules due in one second, one clock killed every two seconds."""

from __future__ import annotations

import pytest

from tests.workers.clocks import begun, race
from tests.workers.test_clock_processes import counted

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]


def test_two_hundred_are_begun_once_by_four_clocks_that_are_killed(database_url: str) -> None:
    with counted(database_url) as database:
        # 200 acts of a tenth of a second are ten kills.
        seconds = 0.1
        kills, took = race(database, database_url, count=200, seconds=seconds, every=2.0)
        print(f"F9 {database.dialect}: {kills} kills, {took:.1f} s")
        assert begun(database) == {f"s{n}": 1 for n in range(200)}
        assert kills >= 4
