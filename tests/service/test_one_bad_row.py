"""One row that cannot be dealt with is set aside, said to staff, and holds back nobody else."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hotline.domain.broadcast import Stage
from hotline.domain.keeping import Erase, Kept, NotUnderstood
from hotline.flow.book import Book
from hotline.sealing import Vault
from hotline.service.erase import Eraser
from hotline.service.ring_back import MISSED
from hotline.service.rotate import Rotation
from hotline.settings import Settings
from hotline.store import broadcasts, erasing, inbox, people, schema
from hotline.store.database import Database
from hotline.store.own import reminders
from hotline.store.reach import broadcasts as broadcast_rows
from hotline.store.reminders import without_text
from hotline.store.spool import Spool
from tests.outbox import NOON, Outbox, settings_of
from tests.people_met import met
from tests.reaching import NOW, draft, enrol, office
from tests.service.test_remind import AKRAM, BILAL, Centre
from tests.service.test_remind import NOW as ELEVEN

K1 = f"k1:{base64.b64encode(bytes(range(32))).decode()}"
K2 = f"k2:{base64.b64encode(bytes(range(100, 132))).decode()}"


def test_a_reminder_without_words_is_set_aside_and_all_others_go(
    settings: Settings, book: Book, database: Database, vault: Vault
) -> None:
    centre = Centre(settings, book, database, vault)
    for number in (AKRAM, BILAL):
        centre.join(centre.meet(number))
    with database.writing() as connection:
        first = select(reminders.c.person_id).order_by(reminders.c.due_at, reminders.c.person_id).limit(1)
        poor = connection.execute(first).scalar_one()
        gone = reminders.c.person_id == poor, reminders.c.step == "certificate"
        connection.execute(update(reminders).where(*gone).values(step="no_such_step"))
    ticked = centre.remind.tick(ELEVEN)
    assert (ticked.queued, ticked.no_text) == (1, 1)
    assert (len(centre.sent()), without_text(database)) == (1, {"no_such_step": 1})
    assert centre.remind.tick(ELEVEN).no_text == 0, "once"


def test_a_broadcast_that_cannot_be_moved_on_says_why_and_the_others_go(settings: Settings, database: Database) -> None:
    desk = office(settings, database)
    enrol(database, 5)
    bad, good = (desk.broadcasts.draft(draft(title=title), NOW) for title in ("bad", "good"))
    for one in (bad, good):
        desk.broadcasts.submit(one.id, one.draft.made_by, NOW)
    with database.writing() as connection:
        connection.execute(
            update(broadcast_rows)
            .where(broadcast_rows.c.id == bad.id)
            .values(zone="Mars/Olympus", starts_local="2026-11-23T12:00")
        )
    for _ in range(2):
        desk.fan_out()
    assert broadcasts.find(database, good.id).stage is Stage.RUNNING
    assert broadcasts.find(database, bad.id).why == "it cannot go on: ZoneInfoNotFoundError"
    assert [told for told in desk.stages if told[0] == bad.id] == [
        (bad.id, "approved", "it cannot go on: ZoneInfoNotFoundError")
    ]


def test_a_person_no_key_opens_does_not_stop_a_new_key(database: Database) -> None:
    old, both = Vault.parse(K1), Vault.parse(f"{K2},{K1}")
    for number in (AKRAM, BILAL):
        met(database, old, number)
    with database.writing() as connection:
        broken = schema.people.c.number_index == old.index("number", AKRAM)
        connection.execute(update(schema.people).where(broken).values(key_sealed=b"\x01" + bytes(60)))
    for _ in Rotation(database, both).run(NOON):
        pass
    assert Rotation(database, both).standing().done == ("people", "cases", "reports", "inbound")
    assert people.find(database, [both.index("number", BILAL)]) is not None


class Nothing:
    """Redis and a spool that hold nothing."""

    def names(self, arrival: object) -> tuple[bytes, ...]:
        return ()

    def remove(self, names: Sequence[bytes]) -> None: ...

    def drain(self, database: Database) -> int:
        return 0

    def forget(self, indexes: object) -> int:
        return 0


def test_an_erasure_that_fails_does_not_stop_the_others(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, counted = Outbox(settings_of(), database, vault), Counter[tuple[str, ...]]()
    for number in (AKRAM, BILAL):
        box.person(number)
        with database.writing() as connection:
            erasing.ask(connection, Erase(f"e{number}", vault.index("number", number), NOON))

    def fails_on_one(real: Callable[..., object]) -> Callable[..., object]:
        def look(*args: object) -> object:
            if args[1] == [vault.index("number", AKRAM)]:
                raise ValueError("a row nobody foresaw")
            return real(*args)

        return look

    monkeypatch.setattr(people, "number_of", fails_on_one(people.number_of))
    nothing = Nothing()
    eraser = Eraser(database, vault, nothing, nothing, lambda sid: None, lambda *why: counted.update([why]))
    eraser.sweep(NOON + timedelta(seconds=5))
    assert people.find(database, [vault.index("number", BILAL)]) is None
    assert people.find(database, [vault.index("number", AKRAM)]) is not None
    assert counted["not_erased", "ValueError"] == 1


def test_an_event_no_driver_can_write_is_put_aside_and_those_behind_it_are_kept(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "spool", vault)
    event = Kept("twilio", "SM1", "sms", "lahore", b"i" * 32, b"t" * 32, NOON, b"")
    reason = NotUnderstood("n1", "half a sign: \ud800", "en", b"", b"", NOON)
    spool.append(replace(event, effects=(reason,)))
    spool.append(replace(event, external_id="SM2"))
    assert spool.drain(database) == 1
    assert len(spool) == 0
    assert len(list((tmp_path / "spool").glob("*.refused"))) == 1


def test_who_had_a_missed_call_is_erased_too(database: Database, vault: Vault) -> None:
    Outbox(settings_of(), database, vault).person(AKRAM)
    index, thread = vault.index("number", AKRAM), vault.index("thread", "voice|CA1")
    inbox.keep(database, Kept("twilio", "CA1", MISSED, "lahore", index, thread, NOON, vault.seal("reply", b"busy")))
    with database.writing() as connection:
        erasing.ask(connection, Erase("e1", index, NOON))
    nothing, counted = Nothing(), Counter[tuple[str, ...]]()
    Eraser(database, vault, nothing, nothing, lambda sid: None, lambda *why: counted.update([why])).sweep(
        NOON + timedelta(seconds=5)
    )
    assert people.find(database, [index]) is None
    assert counted == {("erased",): 1}
