"""What is due is acted on once: the row and the act are one transaction."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select

from hotline.store import occurrences as store
from hotline.store.database import Database
from hotline.store.occurrences import BEGUN, MISSED
from hotline.store.schema import about

AT = datetime(2027, 3, 28, 1, tzinfo=UTC)


class Broken(Exception):
    """An act that fails."""


def write(key: str) -> store.Act:
    """An act that can be seen, and fails if it is done twice."""
    return lambda connection: connection.execute(about.insert().values(key=key, value="done")) and None


def done(database: Database) -> Counter[str]:
    with database.reading() as connection:
        return Counter(connection.execute(select(about.c.key)).scalars())


def test_of_many_at_once_one_acts(database: Database) -> None:
    places = [(f"s{n}", "2027-03-28") for n in range(10)]
    with ThreadPoolExecutor(8) as pool:
        did = list(pool.map(lambda place: store.claim(database, *place, AT, write(place[0])), places * 8))
    assert sum(did) == 10
    assert done(database) == {f"s{n}": 1 for n in range(10)}
    assert store.known(database, places) == dict.fromkeys(places, BEGUN)


def test_an_act_that_fails_leaves_nothing_and_is_done_by_the_next(database: Database) -> None:
    def fail(connection: Connection) -> None:
        write("half")(connection)
        raise Broken

    with pytest.raises(Broken):
        store.claim(database, "s", "2027-03-28", AT, fail)
    assert not done(database)
    assert not store.known(database, [("s", "2027-03-28")])
    assert store.claim(database, "s", "2027-03-28", AT, write("whole"))
    assert not store.claim(database, "s", "2027-03-28", AT, write("again"))
    assert done(database) == {"whole": 1}


def test_what_is_missed_is_told_once_and_may_still_be_begun(database: Database) -> None:
    days = [("s", "2027-03-26"), ("s", "2027-03-27")]
    assert store.claim(database, *days[0], AT)
    assert store.miss(database, days, AT) == days[1:]
    assert store.miss(database, days, AT) == []
    assert store.known(database, days) == {days[0]: BEGUN, days[1]: MISSED}
    assert store.claim(database, *days[1], AT)
    assert not store.claim(database, *days[1], AT)


def test_the_latest_of_each_schedule_is_known(database: Database) -> None:
    for schedule, day in (("a", "2027-03-26"), ("a", "2027-12-01"), ("b", "2026-01-01")):
        store.claim(database, schedule, day, AT)
    assert store.last(database, ["a", "b", "c"]) == {"a": "2027-12-01", "b": "2026-01-01"}
    assert store.last(database, [f"x{n}" for n in range(1000)]) == {}
