"""A backup holds neither keys nor words, comes back into either database, and sends nothing twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hotline.domain.consent import Asked, Subscribe, Topic
from hotline.domain.delivery import State
from hotline.domain.keeping import Kept, NotUnderstood, OpenCase
from hotline.errors import BadFile, Refused
from hotline.own_keys import seal_case
from hotline.sealing import Vault
from hotline.store import backup, cases, inbox, people
from hotline.store.database import Database
from hotline.store.migrating import migrate
from hotline.store.own import reminders, subscriptions
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import cases as cases_table
from hotline.store.schema import inbound, not_understood, notices
from hotline.store.schema import people as people_table
from tests.people_met import NOW, detail_of_case, met, number_of, number_of_case

AKRAM, BASHIR = "+923001234567", "+923007654321"
LATER = NOW + timedelta(hours=1)


def fill(database: Database, vault: Vault) -> None:
    """Two people, one with a subscription, words, and messages in every state."""
    for number in (AKRAM, BASHIR):
        met(database, vault, number)
    mine = vault.index("number", AKRAM)
    person = people.number_of(database, [mine])
    assert person is not None
    sealed = seal_case(vault, "c1", AKRAM, "4859")
    effects = (
        Subscribe(mine, Topic.ALERTS, "lahore", Asked("ur", "sms", "?", "1"), NOW),
        NotUnderstood("n1", "lahore", "ur", b"the reason", b"the words", NOW),
        OpenCase(
            id="c1", kind="call_back", once="c1", centre="lahore", number_index=mine,
            number_sealed=sealed.number_sealed, detail_sealed=sealed.detail_sealed, opened_at=NOW, due_at=LATER,
            key_sealed=sealed.key_sealed,
        ),
    )  # fmt: skip
    told = {"reply": b"the reply", "text": b"the text", "session": b"the session", "effects": effects}
    inbox.keep(database, Kept("twilio", "SM1", "sms", "lahore", mine, mine, NOW, **told))  # type: ignore[arg-type]
    letter = {
        "person_id": person.person_id, "broadcast": "", "priority": 2, "topic": "alerts", "detail": "", "locale": "ur",
        "sender": "+92", "text_sealed": b"the letter", "parts": 1, "reason": "", "due_at": NOW, "deadline_at": LATER,
        "attempt": 1, "lease_until": NOW, "looks": 0, "made_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    plan = {"person_id": person.person_id, "version": 1, "deadline_at": LATER, "state": "waiting"}
    said = {
        "kind": "bulk", "topic": "alerts", "detail": "", "title": "t", "centre": "lahore", "sender": "+92",
        "audience": '{"topic": "alerts"}', "texts": "{}", "starts_local": "", "zone": "Asia/Karachi", "repeats": "",
        "hours_to_live": 1, "why": "", "made_by": "a", "edited_by": "", "submitted_by": "", "made_at": NOW,
        "fingerprint": "", "heads": 0, "canary": 0, "cursor": "", "parent": "",
    }  # fmt: skip
    with database.writing() as connection:
        connection.execute(
            deliveries.insert(), [letter | {"id": state, "part_of": state, "state": state} for state in State]
        )
        connection.execute(
            reminders.insert(),
            [
                plan | {"step": "soon", "once": "soon", "due_at": NOW + timedelta(minutes=30)},
                plan | {"step": "later", "once": "later", "due_at": LATER + timedelta(days=1)},
            ],
        )
        connection.execute(
            broadcasts.insert(), [said | {"id": state, "state": state} for state in ("draft", "running", "done")]
        )


def made(database: Database, tmp_path: Path) -> tuple[Path, Path]:
    """The two files."""
    copy, keys = tmp_path / "copy.backup", tmp_path / "keys.backup"
    assert sum(backup.make(database, copy, NOW)) == backup.count(database)
    backup.make_keys(database, keys, NOW)
    return copy, keys


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path / 'empty.db'}")
    migrate(database)
    yield database
    database.close()


def states(database: Database, table: str) -> dict[str, str]:
    chosen = {"deliveries": deliveries, "broadcasts": broadcasts, "reminders": reminders}[table]
    key = "step" if table == "reminders" else "id"
    with database.reading() as connection:
        return {row._mapping[key]: row.state for row in connection.execute(select(chosen))}


def test_what_was_there_comes_back_and_can_be_read(
    database: Database, empty: Database, vault: Vault, tmp_path: Path
) -> None:
    fill(database, vault)
    copy, keys = made(database, tmp_path)
    assert sum(backup.restore(empty, copy, keys, LATER))
    for number in (AKRAM, BASHIR):
        assert number_of(empty, vault, vault.index("number", number)) == number
    (case,) = cases.open_cases(empty)
    assert (number_of_case(vault, case), detail_of_case(vault, case)) == (AKRAM, "4859")
    with empty.reading() as connection:
        assert connection.execute(select(subscriptions.c.topic)).scalars().all() == ["alerts"]
        row = connection.execute(select(inbound)).one()
    assert (row.external_id, row.at, row.text_sealed, row.reply_sealed, row.session_sealed) == (
        "SM1", NOW, None, None, None,
    )  # fmt: skip


def test_a_copy_of_sqlite_comes_back_into_postgresql(
    sqlite_database: Database, postgresql_url: str, vault: Vault, tmp_path: Path
) -> None:
    fill(sqlite_database, vault)
    copy, keys = made(sqlite_database, tmp_path)
    target = Database.open(postgresql_url)
    try:
        for _ in backup.restore(target, copy, keys, LATER):
            pass
        assert number_of(target, vault, vault.index("number", AKRAM)) == AKRAM
        mine = vault.index("number", AKRAM)
        # The next number of a row is free.
        assert inbox.keep(target, Kept("twilio", "SM2", "sms", "lahore", mine, mine, LATER, b"r")) is None
        with target.reading() as connection:
            assert connection.execute(select(func.count()).select_from(inbound)).scalar_one() == 2
            assert connection.execute(select(notices)).all() == []
    finally:
        target.close()


def test_neither_keys_nor_words_are_in_the_copy(database: Database, vault: Vault, tmp_path: Path) -> None:
    fill(database, vault)
    with database.reading() as connection:
        own = [
            key
            for table in (people_table, cases_table)
            for key in connection.execute(select(table.c.key_sealed)).scalars()
        ]
    assert len(own) == 3
    copy, keys = made(database, tmp_path)
    octets = copy.read_bytes()
    for secret in (*own, b"the words", b"the reason", b"the text", b"the reply", b"the session", b"the letter"):
        assert secret not in octets
    assert all(key in keys.read_bytes() for key in own)
    assert (copy.stat().st_mode & 0o077, keys.stat().st_mode & 0o077) == (0, 0)
    with sqlite3.connect(copy) as opened:
        names = "SELECT name FROM sqlite_master WHERE name IN ('own_keys', 'not_understood')"
        assert not opened.execute(names).fetchall()
        own_keys = "SELECT key_sealed FROM people UNION SELECT key_sealed FROM cases"
        assert opened.execute(own_keys).fetchall() == [(None,)]


def test_nothing_that_may_have_been_sent_is_sent_again(
    database: Database, empty: Database, vault: Vault, tmp_path: Path
) -> None:
    fill(database, vault)
    for _ in backup.restore(empty, *made(database, tmp_path), LATER):
        pass
    assert states(empty, "deliveries") == {
        "queued": "unknown", "sending": "unknown", "unknown": "unknown",
        "sent": "sent", "delivered": "delivered", "failed": "failed",
    }  # fmt: skip
    with empty.reading() as connection:
        kept = connection.execute(select(deliveries).where(deliveries.c.state == "unknown")).all()
    # Without a lease nobody asks the provider about it, and so nobody finds it absent and sends it.
    assert {(row.reason, row.lease_until) for row in kept} == {("restored", None)}
    assert states(empty, "reminders") == {"soon": "dropped", "later": "waiting"}
    assert states(empty, "broadcasts") == {"draft": "draft", "running": "paused", "done": "done"}
    assert backup.settled(empty).withheld == 3


def test_who_was_erased_since_stays_erased(database: Database, empty: Database, vault: Vault, tmp_path: Path) -> None:
    fill(database, vault)
    copy, _ = made(database, tmp_path)
    gone = people.number_of(database, [vault.index("number", AKRAM)])
    assert gone is not None
    with database.writing() as connection:
        connection.execute(people_table.delete().where(people_table.c.id == gone.person_id))
        connection.execute(cases_table.update().values(key_sealed=None))
    backup.make_keys(database, tmp_path / "keys.backup", LATER)
    for _ in backup.restore(empty, copy, tmp_path / "keys.backup", LATER):
        pass
    with empty.reading() as connection:
        left = connection.execute(select(people_table.c.number_index)).scalars().all()
        assert connection.execute(select(subscriptions)).all() == []
        case = connection.execute(select(cases_table)).one()
    assert (case.status, case.number_sealed, case.detail_sealed, case.closed_at) == ("erased", b"", b"", LATER)
    assert left == [vault.index("number", BASHIR)]


def test_keys_are_written_over_those_before(sqlite_database: Database, vault: Vault, tmp_path: Path) -> None:
    met(sqlite_database, vault, AKRAM)
    file = tmp_path / "keys.backup"
    backup.make_keys(sqlite_database, file, NOW)
    before = file.open("rb")
    with sqlite_database.writing() as connection:
        (own,) = connection.execute(select(people_table.c.key_sealed)).scalars()
        connection.execute(people_table.delete())
    assert own in before.read()
    assert backup.make_keys(sqlite_database, file, LATER) == 0
    assert own not in file.read_bytes()
    before.seek(0)
    assert own not in before.read(), "the bytes on the disk are overwritten, not only the name"
    before.close()
    assert backup.read_mark(file, "keys").made_at == LATER


def test_what_does_not_fit_is_refused_by_name(
    database: Database, empty: Database, vault: Vault, tmp_path: Path
) -> None:
    fill(database, vault)
    copy, keys = made(database, tmp_path)
    with pytest.raises(BadFile, match="this holds keys, not data"):
        next(backup.restore(empty, keys, keys, LATER))
    (tmp_path / "x").write_bytes(b"no database")
    with pytest.raises(BadFile, match="no backup"):
        next(backup.restore(empty, tmp_path / "x", keys, LATER))
    for _ in backup.make(database, copy, LATER):
        pass
    with pytest.raises(Refused, match="older than the backup"):
        next(backup.restore(empty, copy, keys, LATER))
    with pytest.raises(Refused, match="empty database"):
        next(backup.restore(database, *made(database, tmp_path), LATER))


def test_a_backup_that_fails_leaves_the_one_before(sqlite_database: Database, vault: Vault, tmp_path: Path) -> None:
    fill(sqlite_database, vault)
    copy, _ = made(sqlite_database, tmp_path)
    steps = backup.make(sqlite_database, copy, LATER)
    next(steps)
    steps.close()
    assert backup.read_mark(copy, "data").made_at == NOW
    assert [file.name for file in tmp_path.glob("*.part")] == []
    assert not_understood.name not in {table.name for table in backup.tables()}
