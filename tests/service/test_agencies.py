"""A process that has read the register answers as one that reads it now, whatever is published, undone or noted."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import event

from hotline.domain.agency import Agency, Licence, Notice, Reading, Status
from hotline.errors import Refused
from hotline.service.agencies import Agencies, Listed
from hotline.store import agencies as store
from hotline.store import publishing
from hotline.store.agencies import Lookup
from hotline.store.database import Database
from hotline.store.publishing import NewList, Publication

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAMES = ("Chiragh Travels", "Parwaz Manpower", "Sitara Overseas Employment", "Al Noor 786 Recruiting")
LICENCES = (Licence(2567, "LHR"), Licence(2567, "MLK"), Licence(8, "RWP"), Licence(4859, "LHR"))
ROWS = tuple(
    Agency(licence, name, Status.ACTIVE, date(2027, 3, 31), "Lahore", "Khalid", "Mall Road")
    for licence, name in zip(LICENCES, NAMES, strict=True)
)


def publish(database: Database, rows: tuple[Agency, ...], file: str) -> None:
    current = store.current(database)
    new = NewList(date(2026, 11, 20), demo=False, file=file, sha256=file.zfill(64))
    expected = current.version if current else None
    publishing.publish(database, Publication(new, rows, expected, lambda name: f"clip of {name}", NOW))


@dataclass(frozen=True)
class Found:
    agencies: tuple[Agency, ...]
    like: float = 0.0


def numbered(register: Agencies, reading: Reading) -> Lookup:
    return register.look_up(lambda listed: Found(listed.numbered(reading)))[1]


def named(register: Agencies, name: str) -> tuple[Found, Lookup]:
    def alike(listed: Listed) -> Found:
        found = listed.named(name)
        return Found(found.agencies, found.like)

    return register.look_up(alike)


def answers(register: Agencies) -> list[object]:
    readings = [Reading(2567), Reading(2567, "MLK"), Reading(8, "RWP"), Reading(4859), Reading(1)]
    of_names = [named(register, name) for name in (*NAMES, "Chirag", "nobody at all")]
    return [*(numbered(register, reading) for reading in readings), *of_names, register.in_force().list]


def test_what_a_process_has_read_is_what_the_database_says_after_every_change(database: Database) -> None:
    lasting, chance = Agencies(database), random.Random(26)
    assert answers(lasting) == answers(Agencies(database))
    for number in range(30):
        match chance.choice(["publish", "publish", "undo", "note", "close"]):
            case "publish":
                rows = tuple(
                    replace(row, status=chance.choice([*Status, None]), name=chance.choice(NAMES))
                    for row in chance.sample(ROWS, chance.randint(1, len(ROWS)))
                )
                publish(database, rows, str(number))
            case "undo":
                try:
                    publishing.undo(database, NOW)
                except Refused:
                    continue
            case "note":
                store.open_notice(database, Notice(chance.choice(LICENCES), "Warning", date(2026, 11, 1)), NOW)
            case "close":
                store.close_notices(database, chance.choice(LICENCES), NOW)
        assert answers(lasting) == answers(Agencies(database))


def test_a_question_costs_one_statement_once_the_list_is_read(database: Database) -> None:
    publish(database, ROWS, "1")
    register = Agencies(database)
    register.warm()
    store.open_notice(database, Notice(LICENCES[0], "Warning", date(2026, 11, 1)), NOW)
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    asked = len(answers(register))
    event.remove(database.engine, "before_cursor_execute", note)
    assert len(seen) == asked
    assert [notice.title for notice in numbered(register, Reading(2567)).notices] == ["Warning"]


def test_threads_that_ask_while_lists_are_published_each_get_one_list_whole(database: Database) -> None:
    first = tuple(replace(row, name=f"{row.name} First") for row in ROWS)
    second = tuple(replace(row, name=f"{row.name} Second") for row in ROWS)
    publish(database, first, "0")
    register, torn, over = Agencies(database), list[str](), threading.Event()

    def ask() -> None:
        while not over.is_set():
            found = numbered(register, Reading(2567))
            lists = {agency.name.rpartition(" ")[2] for agency in found.agencies}
            wanted = "First" if found.list and int(found.list.sha256) % 2 == 0 else "Second"
            if len(found.agencies) != 2 or lists != {wanted}:
                torn.append(f"{found.list}: {lists}")

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 9):
        publish(database, second if number % 2 else first, str(number))
    over.set()
    for thread in threads:
        thread.join()
    assert torn == []
