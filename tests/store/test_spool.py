"""While the database is down events go to a folder, sealed, and come back in order, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.domain.consent import Asked, Subscribe, Topic
from hotline.domain.delivery import Priority, QueueText
from hotline.domain.keeping import (
    Erase,
    Kept,
    MeetPerson,
    NotUnderstood,
    OpenCase,
    SetLocale,
    SetReach,
    Start,
    Stop,
)
from hotline.errors import SettingError, StoreDown
from hotline.sealing import Vault
from hotline.store import people, schema
from hotline.store.database import Database
from hotline.store.spool import Spool, _read, _written

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ME = sha256(b"me").digest()


def an_event(number: int) -> Kept:
    return Kept(
        provider="twilio",
        external_id=f"SM{number}",
        channel="sms",
        centre="lahore",
        person_index=ME,
        thread_index=sha256(b"thread").digest(),
        at=NOW + timedelta(seconds=number),
        reply=b"reply",
    )


def kept_ids(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(select(schema.inbound.c.external_id).order_by(schema.inbound.c.id)).scalars())


EVERYTHING = replace(
    an_event(1),
    text=b"\x00\xff",
    session=b"session",
    proof=ME,
    effects=(
        MeetPerson(ME, b"number", "ur", "lahore", "1" * 32, b"key"),
        SetReach(ME, hidden=True, safe=(1020, 1260)),
        Subscribe(ME, Topic.ALERTS, "lahore", Asked("ur", "sms", "?", "1"), NOW),
        Erase("e1", b"o" * 32, NOW),
        SetLocale(ME, "en"),
        Stop(ME, "\ud800 stop", NOW, "sms"),
        Start(ME, "start", NOW, "sms"),
        OpenCase("c1", "call_back", "once", "lahore", ME, b"number", b"detail", NOW, NOW, b"key"),
        QueueText("d1", "d1", ME, Priority.REPLY, "ur", "+92", b"text", 1, NOW, NOW),
        NotUnderstood("n1", "lahore", "ur", b"reason", b"text", NOW),
    ),
)


def test_an_event_comes_back_as_it_was() -> None:
    assert _read(_written(EVERYTHING)) == EVERYTHING
    assert _read(_written(an_event(2))) == an_event(2)


def test_events_are_kept_in_the_order_they_came_and_then_deleted(
    database: Database, tmp_path: Path, vault: Vault
) -> None:
    spool = Spool(tmp_path / "spool", vault)
    for number in range(30):
        spool.append(an_event(number))
    assert len(spool) == 30
    assert spool.drain(database) == 30
    assert kept_ids(database) == [f"SM{number}" for number in range(30)]
    assert len(spool) == 0
    assert spool.drain(database) == 0


def test_effects_are_drained_with_their_event(database: Database, tmp_path: Path, vault: Vault) -> None:
    spool = Spool(tmp_path / "spool", vault)
    spool.append(
        replace(
            an_event(1), effects=(MeetPerson(ME, b"n", "ur", "lahore", "1" * 32, b"key"), Stop(ME, "stop", NOW, "sms"))
        )
    )
    spool.drain(database)
    found = people.find(database, (ME,))
    assert found is not None
    assert found.stopped


def test_an_event_kept_before_a_crash_is_not_kept_again(database: Database, tmp_path: Path, vault: Vault) -> None:
    spool = Spool(tmp_path / "spool", vault)
    spool.append(an_event(1))
    spool.append(an_event(1))
    assert spool.drain(database) == 2
    assert kept_ids(database) == ["SM1"]


def test_while_the_database_stays_down_nothing_is_lost(database_url: str, tmp_path: Path, vault: Vault) -> None:
    spool = Spool(tmp_path / "spool", vault)
    spool.append(an_event(1))
    spool.append(an_event(2))
    holder, mine = Database.open(database_url), Database.open(database_url, patience=0.2)
    with holder.writing() as connection:
        table = "BEGIN" if holder.dialect == "sqlite" else "LOCK TABLE inbound IN EXCLUSIVE MODE"
        if holder.dialect == "postgresql":
            connection.exec_driver_sql(table)
        with pytest.raises(StoreDown):
            spool.drain(mine)
    assert len(spool) == 2
    assert spool.drain(mine) == 2
    assert kept_ids(mine) == ["SM1", "SM2"]
    holder.close()
    mine.close()


def test_nothing_on_disk_can_be_read_without_the_keys(tmp_path: Path, vault: Vault) -> None:
    spool = Spool(tmp_path / "spool", vault)
    spool.append(EVERYTHING)
    for file in (tmp_path / "spool").iterdir():
        content = file.read_bytes()
        for word in (b"SM1", b"stop", b"lahore", b"twilio", ME):
            assert word not in content
        assert file.stat().st_mode & 0o077 == 0 or not content


def test_an_event_that_cannot_be_read_is_put_aside_and_the_rest_goes_on(
    database: Database, tmp_path: Path, vault: Vault
) -> None:
    spool = Spool(tmp_path / "spool", vault)
    spool.append(an_event(1))
    spool.append(an_event(2))
    first = min((tmp_path / "spool").glob("*.event"))
    octets = first.read_bytes()
    first.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    assert spool.drain(database) == 1
    assert kept_ids(database) == ["SM2"]
    assert [file.suffix for file in (tmp_path / "spool").glob("*.unreadable")] == [".unreadable"]


def test_an_event_the_database_refuses_is_put_aside_and_the_rest_goes_on(
    postgresql_url: str, tmp_path: Path, vault: Vault
) -> None:
    spool = Spool(tmp_path, vault)
    spool.append(an_event(1))
    spool.append(replace(an_event(2), centre="x" * 41))
    spool.append(an_event(3))
    database = Database.open(postgresql_url)
    assert spool.drain(database) == 2
    assert kept_ids(database) == [an_event(1).external_id, an_event(3).external_id]
    assert len(list(tmp_path.glob("*.refused"))) == 1
    assert len(spool) == 0
    database.close()


def test_a_second_process_does_not_drain_at_the_same_time(sqlite_url: str, tmp_path: Path, vault: Vault) -> None:
    database = Database.open(sqlite_url)
    first, second = Spool(tmp_path / "spool", vault), Spool(tmp_path / "spool", vault)
    first.append(an_event(1))
    with second._alone() as alone:
        assert alone
        assert first.drain(database) == 0
    assert first.drain(database) == 1
    database.close()


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path, vault: Vault) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingError, match="spool folder"):
        Spool(tmp_path / "file" / "spool", vault)


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="root may write everywhere here")
def test_a_read_only_folder_stops_the_start(tmp_path: Path, vault: Vault) -> None:
    # Root may write into any folder but one of the kernel's.
    folder = Path("/proc/self") if os.geteuid() == 0 else tmp_path / "spool"
    if os.geteuid() != 0:
        folder.mkdir(mode=0o500)
    with pytest.raises(SettingError, match="cannot be written"):
        Spool(folder, vault)


def test_an_event_that_cannot_be_written_is_told_not_to_be_kept(tmp_path: Path, vault: Vault) -> None:
    spool = Spool(tmp_path / "spool", vault)
    (tmp_path / "spool").rename(tmp_path / "gone")
    with pytest.raises(StoreDown, match="spool"):
        spool.append(an_event(1))


CHILD = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from hotline.domain.keeping import Kept
from hotline.sealing import Vault
from hotline.store.spool import Spool
spool = Spool(Path(sys.argv[1]), Vault.parse(sys.argv[2]))
number = 0
while True:
    spool.append(Kept("twilio", f"SM{number}", "sms", "lahore", b"i" * 32, b"t" * 32, datetime.now(UTC), b"reply"))
    print(number, flush=True)
    number += 1
"""


def test_what_was_acknowledged_before_a_kill_is_there_afterwards(sqlite_url: str, tmp_path: Path) -> None:
    key = Vault.new_key()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path / "spool"), key],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert child.stdout is not None
    for _ in range(20):
        child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    acknowledged = 20 + len(child.stdout.read().split())
    child.wait()
    child.stdout.close()
    database = Database.open(sqlite_url)
    drained = Spool(tmp_path / "spool", Vault.parse(key)).drain(database)
    assert acknowledged <= drained <= acknowledged + 1
    assert kept_ids(database) == [f"SM{number}" for number in range(drained)]
    database.close()
