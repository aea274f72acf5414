"""Deleted messages leave daily counts: each of them once, whoever dies in the middle and however many delete."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, insert, select

from hotline.domain.delivery import Priority, State
from hotline.settings import Settings
from hotline.store import numbers
from hotline.store.database import Database
from hotline.store.numbers import Counted
from hotline.store.reach import daily_counts, deliveries
from tests.reaching import NOW, SENDER, draft, enrol, office

KARACHI = ZoneInfo("Asia/Karachi")
OLD = NOW - timedelta(days=100)
EVENING = datetime(2026, 8, 15, 20, 0, tzinfo=UTC)
"""One o'clock at night in Lahore, the day after."""


def put(database: Database, many: int, broadcast: str = "", **changed: object) -> None:
    """Messages that were settled long ago, to people who are gone."""
    usual: dict[str, object] = {
        "broadcast": broadcast, "priority": int(Priority.BULK if broadcast else Priority.REPLY), "topic": "",
        "detail": "", "locale": "en", "sender": SENDER, "parts": 2, "state": "delivered", "reason": "", "due_at": OLD,
        "deadline_at": OLD, "attempt": 1, "looks": 0, "attempted_at": OLD, "made_at": OLD, "changed_at": OLD,
        "country": "PK",
    }  # fmt: skip
    with database.writing() as connection:
        before = connection.execute(select(func.count()).select_from(deliveries)).scalar_one()
        rows = [{"id": f"m{before + at}", "part_of": f"m{before + at}", "person_id": "nobody"} for at in range(many)]
        connection.execute(insert(deliveries), [usual | row | changed for row in rows])


def left(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(deliveries)).scalar_one()


def counts(database: Database) -> Counter[tuple[str, str, str, str]]:
    with database.reading() as connection:
        rows = connection.execute(select(daily_counts)).all()
    return Counter(
        {(row.centre, row.kind, row.country, f"{row.state} {row.reason}".strip()): row.messages for row in rows}
    )


def delete(database: Database) -> int:
    return sum(numbers.delete_old(database, NOW, KARACHI))


def test_what_is_deleted_is_counted_by_day_centre_kind_country_and_end(settings: Settings, database: Database) -> None:
    desk = office(settings, database)
    (person,) = enrol(database, 1, centre="lahore")
    bulk = desk.broadcasts.draft(draft(), OLD).id
    put(database, 3, bulk)
    put(database, 2, bulk, country="SA", state="failed", reason="handset")
    put(database, 1, person_id=person)
    put(database, 1, country="")
    put(database, 1, priority=int(Priority.REMINDER), attempted_at=None, made_at=EVENING, changed_at=EVENING)
    put(database, 1, bulk, state=State.QUEUED)
    put(database, 1, bulk, changed_at=NOW - timedelta(days=89))
    assert delete(database) == 8
    assert counts(database) == {
        ("lahore", "bulk", "PK", "delivered"): 3,
        ("lahore", "bulk", "SA", "failed handset"): 2,
        ("lahore", "reply", "PK", "delivered"): 1,
        ("", "reply", "", "delivered"): 1,
        ("", "reminder", "PK", "delivered"): 1,
    }
    with database.reading() as connection:
        days = {row.kind: (row.day, row.parts) for row in connection.execute(select(daily_counts))}
    assert days["reminder"] == (date(2026, 8, 16), 2), "a day is one of the centre's clock"
    assert (delete(database), left(database)) == (0, 2)


class Killed(Exception):
    """The process is gone."""


@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_who_dies_at_any_statement_counts_nothing_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    monkeypatch.setattr(numbers, "BATCH", 10)
    put(database, 25)
    passed = 0

    def dies(*_: object) -> None:
        nonlocal passed
        passed += 1
        if passed == nth:
            raise Killed

    event.listen(database.engine, "after_cursor_execute", dies)
    try:
        delete(database)
    except Killed:
        pass
    finally:
        event.remove(database.engine, "after_cursor_execute", dies)
    assert sum(counts(database).values()) + left(database) == 25
    delete(database)
    delete(database)
    assert (sum(counts(database).values()), left(database)) == (25, 0)


def test_however_many_delete_at_once_each_message_counts_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "BATCH", 7)
    put(database, 60)
    begin = threading.Barrier(3)

    def work() -> None:
        begin.wait()
        delete(database)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    delete(database)
    assert (sum(counts(database).values()), left(database)) == (60, 0)


def test_history_is_the_same_before_and_after_the_deletion(database: Database) -> None:
    put(database, 12)
    put(database, 5, state="failed", reason="handset")
    put(database, 4, changed_at=NOW, attempted_at=NOW)
    since = (OLD - timedelta(days=1)).date()
    before = numbers.history(database, since, KARACHI)
    assert {(one.state, one.day == OLD.date()): many.messages for one, many in before.items()} == {
        ("delivered", True): 12, ("failed", True): 5, ("delivered", False): 4,
    }  # fmt: skip
    delete(database)
    assert numbers.history(database, since, KARACHI) == before
    assert {one.day for one in numbers.history(database, NOW.date(), KARACHI)} == {NOW.date()}
    assert all(isinstance(one, Counted) for one in before)
