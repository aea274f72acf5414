"""What waited on disk over a change of the data key is kept under the new one, and is still there without the old."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.domain.consent import Asked, Subscribe, Topic
from hotline.domain.delivery import Priority, QueueText
from hotline.domain.journey import Due, SetJourney
from hotline.domain.keeping import Effect, Kept, OpenCase, SetLocale, SetReach, Stop
from hotline.own_keys import seal_case
from hotline.sealing import Vault
from hotline.service.rotate import Rotation
from hotline.store import cases, consents, journeys, people, schema
from hotline.store.database import Database
from hotline.store.reach import deliveries
from hotline.store.spool import Spool
from tests.people_met import NOW, is_stopped, meeting, met, number_of, number_of_case

K1 = f"k1:{base64.b64encode(bytes(range(32))).decode()}"
K2 = f"k2:{base64.b64encode(bytes(range(100, 132))).decode()}"
AKRAM, NADIA = "+923001234567", "+923007654321"


@pytest.fixture
def old() -> Vault:
    return Vault.parse(K1)


@pytest.fixture
def both() -> Vault:
    return Vault.parse(f"{K2},{K1}")


@pytest.fixture
def new() -> Vault:
    """What is left when the old key has gone."""
    return Vault.parse(K2)


def event(vault: Vault, number: str, *effects: Effect) -> Kept:
    return Kept(
        provider="twilio", external_id="SM9", channel="sms", centre="lahore",
        person_index=vault.index("number", number), thread_index=vault.index("thread", f"sms|{number}"),
        at=NOW, reply=vault.seal("reply", b"ok"), effects=effects, number=number,
    )  # fmt: skip


def spooled_over_a_rotation(database: Database, folder: Path, old: Vault, both: Vault, kept: Kept) -> None:
    Spool(folder, old).append(kept)
    for _ in Rotation(database, both).run(NOW):
        pass
    assert Spool(folder, both).drain(database) == 1
    assert not list(folder.glob("*.refused"))


def test_a_stop_from_before_the_rotation_holds_also_without_the_old_key(
    database: Database, tmp_path: Path, old: Vault, both: Vault, new: Vault
) -> None:
    met(database, old, AKRAM)
    stop = Stop(old.index("number", AKRAM), "stop", NOW, "sms")
    spooled_over_a_rotation(database, tmp_path, old, both, event(old, AKRAM, stop))
    assert is_stopped(database, both.indexes("number", AKRAM))
    assert is_stopped(database, new.indexes("number", AKRAM))
    with database.reading() as connection:
        row = connection.execute(select(schema.inbound.c.person_index, schema.inbound.c.thread_index)).one()
    assert tuple(row) == (new.index("number", AKRAM), new.index("thread", f"sms|{AKRAM}"))


def test_a_stop_by_somebody_we_never_met_holds_too(
    database: Database, tmp_path: Path, old: Vault, both: Vault, new: Vault
) -> None:
    stop = Stop(old.index("number", AKRAM), "stop", NOW, "sms")
    spooled_over_a_rotation(database, tmp_path, old, both, event(old, AKRAM, stop))
    assert is_stopped(database, new.indexes("number", AKRAM))


def test_whatever_it_does_is_done_for_the_person_of_today(
    database: Database, tmp_path: Path, old: Vault, both: Vault, new: Vault
) -> None:
    met(database, old, AKRAM)
    index = old.index("number", AKRAM)
    effects = (
        SetLocale(index, "pa_Arab"),
        SetReach(index, shared=True),
        Subscribe(index, Topic.ALERTS, "lahore", Asked("ur", "sms", "?", "1"), NOW),
        SetJourney(index, "SA", "agency", NOW.date(), (Due("medical", "medical", "SA", NOW, NOW),), NOW),
        QueueText("d1", "d1", index, Priority.REPLY, "ur", "+92", b"text", 1, NOW, NOW + timedelta(days=1)),
    )
    spooled_over_a_rotation(database, tmp_path, old, both, event(old, AKRAM, *effects))
    mine = new.indexes("number", AKRAM)
    found = people.find(database, mine)
    assert found is not None
    assert found.locale == "pa_Arab"
    assert consents.standing(database, mine, Topic.ALERTS, "lahore").subscribed
    assert journeys.find(database, mine) is not None
    with database.reading() as connection:
        assert connection.execute(select(deliveries.c.id)).scalars().all() == ["d1"]
        assert connection.execute(select(schema.people.c.shared)).scalars().all() == [True]


def test_a_first_contact_and_a_case_of_anybody_open_without_the_old_key(
    database: Database, tmp_path: Path, old: Vault, both: Vault, new: Vault
) -> None:
    sealed = seal_case(old, "c1", NADIA, "PIN locked")
    case = OpenCase(
        id="c1", kind="call_back", once="c1", centre="lahore", number_index=old.index("number", NADIA),
        number_sealed=sealed.number_sealed, detail_sealed=sealed.detail_sealed, opened_at=NOW, due_at=NOW,
        key_sealed=sealed.key_sealed,
    )  # fmt: skip
    kept = event(old, AKRAM, meeting(old, AKRAM), case)
    spooled_over_a_rotation(database, tmp_path, old, both, kept)
    assert number_of(database, new, new.index("number", AKRAM)) == AKRAM
    assert cases.is_open(database, new.indexes("number", NADIA), "call_back")
    assert [number_of_case(new, one) for one in cases.open_cases(database)] == [NADIA]


def test_an_event_that_came_while_the_number_was_withheld_stays_as_it_was(
    database: Database, tmp_path: Path, old: Vault, both: Vault
) -> None:
    nobody = replace(event(old, AKRAM), number="", person_index=b"n" * 32)
    spooled_over_a_rotation(database, tmp_path, old, both, nobody)
    with database.reading() as connection:
        assert connection.execute(select(schema.inbound.c.person_index)).scalar() == b"n" * 32
