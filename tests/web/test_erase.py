"""Whoever asks to be erased is gone within a minute: from the database's bytes, Redis, logs, disk, and old backups."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from sqlalchemy import LargeBinary, select, update

from hotline.domain.delivery import Priority, QueueText
from hotline.domain.keeping import Erase, Kept, bound
from hotline.errors import SendError
from hotline.memory.embedded import EmbeddedRedis
from hotline.own_keys import open_detail
from hotline.service.erase import Eraser
from hotline.store import backup, cases, erasing, inbox
from hotline.store.database import Database
from hotline.store.deliveries import queue
from hotline.store.migrating import migrate
from hotline.store.own import erasures, provider_copies
from hotline.store.reach import deliveries, metadata
from hotline.store.schema import cases as cases_table
from hotline.store.schema import inbound, not_understood, suppressions
from hotline.store.schema import people as people_table
from tests.people_met import is_stopped, meeting
from tests.web.running import Running, publish_agencies, running

PEOPLE = 20
"""Who are erased together."""


@dataclass(frozen=True)
class Planted:
    """What must not be found anywhere: numbers and texts in clear, and everything sealed that belongs to them."""

    clear: tuple[bytes, ...]
    sealed: tuple[bytes, ...]
    keys: tuple[bytes, ...]

    def in_(self, octets: bytes, *, sealed: bool = True) -> list[bytes]:
        """What of it stands there."""
        wanted = (*self.clear, *self.keys, *(self.sealed if sealed else ()))
        return [one for one in wanted if one in octets]


def live(hotline: Running, number: str, canary: str) -> None:
    """What a person leaves behind: texts, a case, subscriptions, a call, a message that waits."""
    for words in ("ENGLISH", canary, "COUNSELLOR", "1", "START", "1", "1"):
        hotline.text(number, words)
    hotline.hang_up(hotline.ring(number, "1"))
    vault, own_id = hotline.house.vault, uuid.uuid4().hex
    text = vault.seal("delivery", f"dear {canary}".encode(), bound("deliveries", "text", own_id))
    now = hotline.clock()
    letter = QueueText(
        id=own_id, part_of=own_id, number_index=vault.index("number", number), priority=Priority.REMINDER, locale="en",
        sender="+92", text_sealed=text, parts=1, due_at=now, deadline_at=now + timedelta(days=1), topic="reminders",
    )  # fmt: skip
    with hotline.house.database.writing() as connection:
        queue(connection, letter, now)


def planted(hotline: Running, numbers: list[str], canaries: list[str]) -> Planted:
    """Everything there is of these people now."""
    forms = [form for number in numbers for form in (number, number[3:], "0" + number[3:])]
    sealed: list[bytes] = []
    for table in (people_table, cases_table, inbound, not_understood, deliveries):
        columns = [column for column in table.c if column.name.endswith("_sealed") and column.name != "key_sealed"]
        for row in hotline.rows(table):
            sealed += [value for column in columns if (value := row._mapping[column.name])]
    keys = [row.key_sealed for table in (people_table, cases_table) for row in hotline.rows(table)]
    return Planted(tuple(one.encode() for one in (*forms, *canaries)), tuple(sealed), tuple(keys))


def erase(hotline: Running, *numbers: str) -> None:
    """They ask, confirm, and a worker comes by."""
    for number in numbers:
        hotline.text(number, "DELETE")
        assert hotline.shows(hotline.text(number, "1"), "mydata.erase.done#say", "en")
    hotline.clock.forward(seconds=2)
    hotline.house.eraser.sweep(hotline.clock())


def bytes_of(file: Path) -> bytes:
    """The file and what stands beside it."""
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


def bytes_in_redis(inside: redis.Redis) -> bytes:
    """Names and values, and values that were packed."""
    found = []
    for name in inside.keys("*"):
        kind = inside.type(name)
        value = inside.get(name) if kind == b"string" else repr(inside.dump(name)).encode()
        found += [name, value or b""]
        if kind == b"hash":
            for field, packed in inside.hgetall(name).items():
                found += [field, packed]
                try:
                    found.append(zlib.decompress(packed))
                except zlib.error:
                    continue
    return b"\0".join(found)


def restored(tmp_path: Path, copy: Path, keys: Path, hotline: Running) -> Database:
    database = Database.open(f"sqlite:///{tmp_path / 'restored.db'}")
    migrate(database)
    assert sum(backup.restore(database, copy, keys, hotline.clock()))
    return database


def test_people_are_gone_from_everywhere(
    redis_server: EmbeddedRedis,
    redis_inside: redis.Redis,
    sqlite_url: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with running(tmp_path / "var", sqlite_url, redis_server.url) as hotline:
        everything, _ = gone(hotline, redis_inside, tmp_path, PEOPLE)
    told = capfd.readouterr()
    assert not everything.in_((told.out + told.err).encode(), sealed=False)


def gone(hotline: Running, inside: redis.Redis, tmp_path: Path, count: int) -> tuple[Planted, float]:
    """So many people ask to be erased, and are: what there was of them, and seconds from first wish to last act.

    `tmp_path` holds the database, and is where backups go.
    """
    numbers = [f"+92317{(number * 7919 + 1000003) % 9000000 + 1000000}" for number in range(count)]
    canaries = [f"wumpus{number:04}quintuple" for number in range(count)]
    for number, canary in zip(numbers, canaries, strict=True):
        live(hotline, number, canary)
    everything = planted(hotline, numbers, canaries)
    assert len(everything.keys) == 2 * count
    assert not Planted(everything.clear, (), ()).in_(bytes_of(tmp_path / "hotline.db"))
    assert everything.in_(bytes_of(tmp_path / "hotline.db")), "it is found while it is there"
    copy, keys = tmp_path / "yesterday.backup", tmp_path / "keys.backup"
    for _ in backup.make(hotline.house.database, copy, hotline.clock()):
        pass
    backup.make_keys(hotline.house.database, keys, hotline.clock())
    began = time.monotonic()
    erase(hotline, *numbers)
    took = time.monotonic() - began
    backup.make_keys(hotline.house.database, keys, hotline.clock())

    assert not everything.in_(bytes_of(tmp_path / "hotline.db"))
    assert not inside.keys("turn:*")
    assert not everything.in_(bytes_in_redis(inside))
    spooled = b"".join(file.read_bytes() for file in (tmp_path / "var").rglob("*") if file.is_file())
    assert not everything.in_(spooled)
    assert not everything.in_(keys.read_bytes())
    # What is left of them in the backup is sealed with keys that exist nowhere.
    assert not replace(everything, sealed=()).in_(copy.read_bytes())
    assert all(row.done_at for row in hotline.rows(erasures))
    assert len(hotline.rows(erasures)) == count
    not_restored(everything, restored(tmp_path, copy, keys, hotline))
    return everything, took


def not_restored(everything: Planted, database: Database) -> None:
    with database.reading() as connection:
        assert not connection.execute(select(people_table)).all()
        left = {(row.number_sealed, row.key_sealed) for row in connection.execute(select(cases_table))}
        assert left == {(b"", None)}
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                assert not everything.in_(repr(row).encode())
    database.close()


def test_others_stay_and_a_stop_does_too(fresh_hotline: Running, someone: Callable[[], str]) -> None:
    hotline, gone, stays = fresh_hotline, someone(), someone()
    for person in (gone, stays):
        live(hotline, person, "wumpus")
    hotline.text(gone, "STOP")
    erase(hotline, gone)
    (row,) = hotline.rows(people_table)
    assert row.number_index == hotline.house.vault.index("number", stays)
    assert sorted(row.stopped for row in hotline.rows(suppressions)) == [False, True]
    assert is_stopped(hotline.house.database, hotline.house.vault.indexes("number", gone))
    assert len(cases.open_cases(hotline.house.database)) == 1
    states = sorted((row.state, row.reason, row.text_sealed is None) for row in hotline.rows(deliveries))
    assert states == [("failed", "erased", True), ("queued", "", False)]
    assert len([row for row in hotline.rows(inbound) if row.text_sealed]) == 7
    assert len(hotline.rows(not_understood)) == 1


def test_who_writes_again_is_a_stranger(fresh_hotline: Running, person: str) -> None:
    live(fresh_hotline, person, "wumpus")
    erase(fresh_hotline, person)
    answer = fresh_hotline.text(person, "CHECK 4859")
    assert fresh_hotline.shows(answer.splitlines()[-1], "always.languages#say", "en")
    assert len(fresh_hotline.rows(people_table)) == 1


def test_a_case_under_legal_hold_keeps_its_text_and_loses_its_contact(fresh_hotline: Running, person: str) -> None:
    hotline, vault = fresh_hotline, fresh_hotline.house.vault
    hotline.text(person, "ENGLISH")
    hotline.text(person, "COUNSELLOR")
    hotline.text(person, "1")
    with hotline.house.database.writing() as connection:
        connection.execute(update(cases_table).values(held=True))
    (before,) = hotline.rows(cases_table)
    erase(hotline, person)
    (case,) = cases.open_cases(hotline.house.database)
    assert case.number_sealed == b""
    assert open_detail(vault, case.id, case.key_sealed, case.detail_sealed) == ""
    assert case.key_sealed != before.key_sealed, "the old key opened the contact, in every backup"
    assert case.number_index not in vault.indexes("number", person)


def test_the_same_wish_again_finds_nothing_more_to_do(fresh_hotline: Running, person: str) -> None:
    live(fresh_hotline, person, "wumpus")
    erase(fresh_hotline, person)
    wish = fresh_hotline.rows(erasures)[0]
    with fresh_hotline.house.database.writing() as connection:
        connection.execute(update(erasures).values(done_at=None, erased_at=None))
    fresh_hotline.house.eraser.sweep(fresh_hotline.clock())
    assert fresh_hotline.rows(erasures)[0].id == wish.id
    assert fresh_hotline.rows(erasures)[0].done_at


def test_while_the_databases_log_still_has_the_person_the_wish_is_open_and_staff_can_see_it(
    fresh_hotline: Running, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotline, house = fresh_hotline, fresh_hotline.house
    live(hotline, person, "wumpus")
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "clear_log", lambda database: False)
        erase(hotline, person)
        assert hotline.rows(erasures)[0].done_at is None
        assert not hotline.rows(people_table), "the rest is gone at once"
        assert house.eraser.sweep(hotline.clock()) == timedelta(seconds=1), "it is tried again"
        assert hotline.count("log_kept") == 2
    assert house.eraser.sweep(hotline.clock()) is None
    assert hotline.rows(erasures)[0].done_at


def test_the_turn_that_takes_the_wish_is_waited_for(fresh_hotline: Running, person: str) -> None:
    hotline = fresh_hotline
    for words in ("ENGLISH", "DELETE", "1"):
        hotline.text(person, words)
    wait = hotline.house.eraser.sweep(hotline.clock())
    assert wait == timedelta(seconds=1)
    assert hotline.rows(people_table)
    hotline.clock.forward(seconds=1)
    assert hotline.house.eraser.sweep(hotline.clock()) is None
    assert not hotline.rows(people_table)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


def test_without_redis_the_rest_goes_at_once_and_redis_when_it_is_back(
    own_redis: EmbeddedRedis, sqlite_url: str, tmp_path: Path, person: str
) -> None:
    with running(tmp_path / "var", sqlite_url, own_redis.url) as hotline:
        publish_agencies(hotline.house)
        live(hotline, person, "wumpus")
        own_redis.stop()
        erase(hotline, person)
        (wish,) = hotline.rows(erasures)
        assert wish.erased_at
        assert wish.done_at is None
        assert not hotline.rows(people_table)
        own_redis.start()
        with redis.Redis.from_url(own_redis.url) as inside:
            left = erasing.waiting(hotline.house.database)[0].names
            assert any(name.startswith(b"turn:") for name in left)
            inside.mset(dict.fromkeys(left, b"what was there"))
            pause, tries = threading.Event(), iter(range(500))
            while hotline.rows(erasures)[0].done_at is None and next(tries, None) is not None:
                hotline.house.eraser.sweep(hotline.clock())
                pause.wait(0.02)
            assert inside.exists(*left) == 0
        assert hotline.rows(erasures)[0].names is None


def test_what_comes_late_from_the_disk_does_not_bring_the_person_back(fresh_hotline: Running, person: str) -> None:
    hotline, house = fresh_hotline, fresh_hotline.house
    live(hotline, person, "wumpus")
    index, earlier = house.vault.index("number", person), hotline.clock()
    late = Kept(
        provider="twilio", external_id="SMlate", channel="sms", centre="lahore", person_index=index,
        thread_index=b"t" * 32, at=earlier, reply=b"r", text=b"t", effects=(meeting(house.vault, person),),
    )  # fmt: skip
    hotline.clock.forward(seconds=5)
    erase(hotline, person)
    house.spool.append(late)
    house.spool.drain(house.database)
    assert not hotline.rows(people_table)
    assert [row.text_sealed for row in hotline.rows(inbound) if row.external_id == "SMlate"] == [None]


def test_the_provider_is_asked_until_it_has_deleted_its_copies(fresh_hotline: Running, person: str) -> None:
    hotline, asked = fresh_hotline, list[str]()
    live(hotline, person, "wumpus")
    sent = {row.external_id for row in hotline.rows(inbound) if row.external_id.startswith("SM")}
    erase(hotline, person)
    assert {row.provider_id for row in hotline.rows(provider_copies)} > sent
    codes: dict[int, str] = {0: "20404", 1: "timeout"}

    def delete(provider_id: str) -> None:
        asked.append(provider_id)
        if code := codes.get(len(asked) - 1):
            raise SendError(code, retry=True)

    house = hotline.house
    eraser = Eraser(house.database, house.vault, house.turns, house.spool, delete, house.metrics.count)
    waiting = len(hotline.rows(provider_copies))
    assert eraser.clear_copies(hotline.clock()) == waiting - 2
    (left,) = hotline.rows(provider_copies)
    assert (left.provider_id, left.tries) == (asked[1], 1)
    assert eraser.clear_copies(hotline.clock()) == 0, "not before ten minutes"
    hotline.clock.forward(minutes=10)
    assert eraser.clear_copies(hotline.clock()) == 1
    assert not hotline.rows(provider_copies)


def test_a_copy_the_provider_never_deletes_is_given_up_after_a_day(fresh_hotline: Running, person: str) -> None:
    hotline, house = fresh_hotline, fresh_hotline.house
    for words in ("ENGLISH", "DELETE"):
        hotline.text(person, words)
    erase(hotline, person)

    def refuse(provider_id: str) -> None:
        raise SendError("500", retry=True)

    eraser = Eraser(house.database, house.vault, house.turns, house.spool, refuse, house.metrics.count)
    hours = 0
    while hotline.rows(provider_copies):
        eraser.clear_copies(hotline.clock())
        hotline.clock.forward(hours=1)
        hours += 1
    assert 24 <= hours <= 25
    assert hotline.count("copy_kept") > 0


def test_a_wish_by_somebody_we_never_met_is_fulfilled(fresh_hotline: Running) -> None:
    hotline = fresh_hotline
    wish = Erase("e" * 32, b"i" * 32, hotline.clock() - timedelta(minutes=1))
    kept = Kept("twilio", "SM1", "sms", "lahore", b"i" * 32, b"t" * 32, hotline.clock(), b"r", effects=(wish,))
    inbox.keep(hotline.house.database, kept)
    hotline.house.eraser.sweep(hotline.clock())
    assert hotline.rows(erasures)[0].done_at


def test_a_key_a_page_kept_when_its_row_moved_goes_too(
    redis_server: EmbeddedRedis, sqlite_url: str, tmp_path: Path, person: str
) -> None:
    with running(tmp_path / "var", sqlite_url, redis_server.url) as hotline:
        hotline.text(person, "ENGLISH")
        (row,) = hotline.rows(people_table)
        file = tmp_path / "hotline.db"
        with closing(sqlite3.connect(file)) as careless:
            careless.execute("PRAGMA secure_delete=OFF")
            with careless:
                careless.execute("INSERT INTO about VALUES ('moved', ?)", (row.key_sealed,))
            with careless:
                careless.execute("DELETE FROM about WHERE key = 'moved'")
            careless.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert bytes_of(file).count(row.key_sealed) == 2
        erase(hotline, person)
        assert row.key_sealed not in bytes_of(file)


def test_nothing_sealed_is_left_out_of_the_scan() -> None:
    """A new sealed column must be looked at here too."""
    sealed = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, LargeBinary) and column.name.endswith("_sealed")
    }
    assert sealed == {
        "people.number_sealed", "cases.number_sealed", "cases.detail_sealed", "inbound.text_sealed",
        "inbound.reply_sealed", "inbound.session_sealed", "not_understood.reason_sealed",
        "not_understood.text_sealed", "deliveries.text_sealed", "people.key_sealed", "cases.key_sealed",
    }  # fmt: skip
