"""The register in the database: one question a turn, whole lists only, and one list to go back to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from hotline.domain.agency import Agency, Licence, Notice, Status
from hotline.errors import Refused
from hotline.store import agencies, publishing, schema
from hotline.store.database import Database
from hotline.store.publishing import NewList, Publication

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LAHORE, MALAKAND, PINDI = Licence(2567, "LHR"), Licence(2567, "MLK"), Licence(8, "RWP")


def agency(licence: Licence, name: str, status: Status | None = Status.ACTIVE) -> Agency:
    return Agency(licence, name, status, date(2027, 3, 31) if status else None, "Lahore", "Khalid", "Mall Road, Lahore")


ROWS = (
    agency(LAHORE, "Chiragh Travels"),
    agency(MALAKAND, "Parwaz Manpower", Status.EXPIRED),
    agency(PINDI, "X", None),
)


def publish(database: Database, rows: object = ROWS, day: int = 20, *, demo: bool = False) -> int:
    current = agencies.current(database)
    new = NewList(date(2026, 11, day), demo, "list.csv", f"{day:064d}")
    expected = current.version if current else None
    return publishing.publish(database, Publication(new, rows, expected, lambda name: f"clip of {name}", NOW))  # type: ignore[arg-type]


def count(database: Database, table: str) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.metadata.tables[table])).scalar_one()


def test_without_a_list_nothing_is_found_and_that_is_told_apart(database: Database) -> None:
    assert agencies.current(database) is None
    assert agencies.lookup(database, 2567) == agencies.Lookup(None, (), ())
    assert agencies.standing(database, ()) == agencies.Standing(None, "", ())
    assert agencies.whole(database) == (None, ())
    assert agencies.names(database) == []


def test_a_question_is_one_statement_and_tells_list_rows_and_notices(database: Database) -> None:
    version = publish(database)
    agencies.open_notice(database, Notice(LAHORE, "Show cause notice", date(2026, 11, 1)), NOW)
    agencies.open_notice(database, Notice(LAHORE, "Warning", date(2026, 10, 1)), NOW)
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    found = agencies.lookup(database, 2567)
    standing = agencies.standing(database, {LAHORE.serial})
    of_many = agencies.standing(database, {PINDI.serial, LAHORE.serial, 1})
    event.remove(database.engine, "before_cursor_execute", note)
    assert len(seen) == 3
    assert found.list == agencies.RegisterList(version, date(2026, 11, 20), False, 3, "list.csv", f"{20:064d}", NOW)
    assert found.agencies == ROWS[:2]
    assert [notice.title for notice in found.notices] == ["Warning", "Show cause notice"]
    assert (standing.version, standing.sha256) == (version, f"{20:064d}")
    assert sorted(notice.title for notice in standing.notices) == ["Show cause notice", "Warning"]
    assert set(of_many.notices) == set(standing.notices)
    assert agencies.standing(database, ()) == agencies.Standing(version, f"{20:064d}", ())


def test_a_region_narrows_the_answer_and_an_unknown_one_leaves_the_list(database: Database) -> None:
    publish(database)
    assert [row.licence for row in agencies.lookup(database, 2567, "MLK").agencies] == [MALAKAND]
    nothing = agencies.lookup(database, 2567, "KAR")
    assert nothing.agencies == ()
    assert nothing.list is not None


def test_what_the_bureau_left_unreadable_comes_back_unreadable(database: Database) -> None:
    publish(database)
    assert agencies.lookup(database, 8).agencies == (ROWS[2],)


def test_notices_are_closed_and_outlive_lists(database: Database) -> None:
    agencies.open_notice(database, Notice(LAHORE, "Warning", date(2026, 10, 1)), NOW)
    publish(database)
    publish(database, day=21)
    assert len(agencies.lookup(database, 2567).notices) == 1
    assert agencies.close_notices(database, LAHORE, NOW) == 1
    assert agencies.close_notices(database, LAHORE, NOW) == 0
    assert agencies.lookup(database, 2567).notices == ()
    assert count(database, "notices") == 1


def test_a_list_is_read_whole_in_the_order_of_its_licences(database: Database) -> None:
    publish(database)
    newest, rows = agencies.whole(database)
    assert newest == agencies.current(database)
    assert rows == (ROWS[2], *ROWS[:2])
    assert sorted(agencies.names(database)) == ["Chiragh Travels", "Parwaz Manpower", "X"]


def test_the_clips_of_names_are_known_by_their_name_for_ever(database: Database) -> None:
    publish(database)
    publish(database, (agency(LAHORE, "Chiragh Tours"), agency(MALAKAND, "Chiragh Tours")), 21)
    assert agencies.spoken_name(database, "clip of Chiragh Tours") == "Chiragh Tours"
    assert agencies.spoken_name(database, "clip of Chiragh Travels") == "Chiragh Travels"
    assert agencies.spoken_name(database, "another clip") is None
    assert len(list(agencies.spoken_names(database))) == 4


def test_the_list_before_is_kept_for_undo_and_older_ones_go(database: Database) -> None:
    versions = [publish(database, ROWS[:number], 17 + number) for number in (1, 2, 3)]
    assert versions == sorted(set(versions))
    assert count(database, "register_lists") == 2
    assert count(database, "agencies") == 2 + 3
    assert publishing.undo(database, NOW)[0].rows == 2
    current = agencies.current(database)
    assert current is not None
    assert (current.version, current.rows, current.date) == (versions[1], 2, date(2026, 11, 19))
    with pytest.raises(Refused, match="no earlier list"):
        publishing.undo(database, NOW)
    assert agencies.current(database) == current


def test_a_version_is_never_used_again(database: Database) -> None:
    publish(database)
    second = publish(database, day=21)
    publishing.undo(database, NOW)
    assert publish(database, day=22) > second


def test_undo_without_any_list_is_refused(database: Database) -> None:
    with pytest.raises(Refused, match="no earlier list"):
        publishing.undo(database, NOW)


def test_rows_that_break_off_leave_the_old_list_whole(database: Database) -> None:
    def rows() -> Iterator[Agency]:
        for serial in range(1, 1500):
            yield agency(Licence(serial, "KAR"), f"Agency {serial}")
        raise OSError("the file went away")

    version = publish(database)
    with pytest.raises(OSError, match="went away"):
        publish(database, rows(), 21)
    current = agencies.current(database)
    assert current is not None
    assert current.version == version
    assert count(database, "agencies") == 3


def test_of_two_who_publish_at_once_one_is_refused(database: Database) -> None:
    endings: list[str] = []

    def one(day: int) -> None:
        new = NewList(date(2026, 11, day), False, "list.csv", f"{day:064d}")
        try:
            publishing.publish(database, Publication(new, ROWS, None, str, NOW))
            endings.append("published")
        except Refused:
            endings.append("refused")

    threads = [threading.Thread(target=one, args=(day,)) for day in (20, 21, 22)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(endings) == ["published", "refused", "refused"]
    assert count(database, "register_lists") == 1


CHILD = """
import sys
from datetime import UTC, date, datetime
from hotline.domain.agency import Agency, Licence, Status
from hotline.store.database import Database
from hotline.store.publishing import NewList, Publication, publish

def rows():
    for serial in range(1, 20001):
        if serial == 10000:
            print("half", flush=True)
            sys.stdin.readline()
        yield Agency(Licence(serial, "KAR"), f"Agency {serial}", Status.ACTIVE, date(2027, 3, 31))

new = NewList(date(2026, 11, 21), False, "new.csv", "0" * 64)
publish(Database.open(sys.argv[1]), Publication(new, rows(), int(sys.argv[2]), str, datetime.now(UTC)))
"""


def test_a_kill_in_the_middle_leaves_the_old_list_in_force_and_whole(database: Database, database_url: str) -> None:
    version = publish(database)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, database_url, str(version)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "half\n"
        during = agencies.lookup(database, 2567)
        child.send_signal(signal.SIGKILL)
    assert during.agencies == ROWS[:2]
    current = agencies.current(database)
    assert current is not None
    assert current.version == version
    assert count(database, "agencies") == 3
    assert agencies.lookup(database, 2567) == during
    publish(database, day=22)
    assert count(database, "agencies") == 6
