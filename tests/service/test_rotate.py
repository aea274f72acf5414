"""A new data key comes into use while people go on writing: nobody is missed, whatever ends it on the way."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.domain.consent import Asked, Subscribe, Topic
from hotline.domain.keeping import Kept, OpenCase, SetLocale, Start, Stop
from hotline.own_keys import seal_case
from hotline.sealing import Vault
from hotline.service.rotate import Rotation
from hotline.store import cases, consents, inbox, people, schema
from hotline.store.database import Database
from hotline.store.own import consents as ledger
from tests.people_met import NOW, is_stopped, meeting, met, number_of, number_of_case

K1 = f"k1:{base64.b64encode(bytes(range(32))).decode()}"
K2 = f"k2:{base64.b64encode(bytes(range(100, 132))).decode()}"
AKRAM = "+923001234567"


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


def an_event(vault: Vault, number: str, external_id: str, **changed: object) -> Kept:
    index, *older = vault.indexes("number", number)
    kept = Kept(
        provider="twilio", external_id=external_id, channel="sms", centre="lahore", person_index=index,
        thread_index=vault.index("thread", f"sms|{number}"), at=NOW, reply=vault.seal("reply", b"ok"),
        older=tuple(older),
    )  # fmt: skip
    return replace(kept, **changed)  # type: ignore[arg-type]


def a_case(vault: Vault, number: str, case_id: str) -> OpenCase:
    sealed = seal_case(vault, case_id, number, "4859")
    return OpenCase(
        id=case_id, kind="call_back", once=case_id, centre="lahore", number_index=vault.index("number", number),
        number_sealed=sealed.number_sealed, detail_sealed=sealed.detail_sealed, opened_at=NOW,
        due_at=NOW + timedelta(days=1), key_sealed=sealed.key_sealed,
    )  # fmt: skip


def run(database: Database, vault: Vault) -> int:
    return sum(count for _, count in Rotation(database, vault).run(NOW))


def test_a_person_who_writes_is_moved_before_what_they_asked_for_is_done(
    database: Database, old: Vault, both: Vault
) -> None:
    met(database, old, AKRAM)
    index = both.index("number", AKRAM)
    effects = (SetLocale(index, "pa_Arab"), Stop(index, "stop", NOW, "sms"))
    inbox.keep(database, an_event(both, AKRAM, "SM1", effects=effects))
    found = people.find(database, both.indexes("number", AKRAM))
    assert found is not None
    assert (found.index, found.locale, found.chosen, found.stopped) == (index, "pa_Arab", True, True)
    assert number_of(database, both, index) == AKRAM


def test_an_open_case_is_seen_whichever_key_it_was_opened_under(database: Database, old: Vault, both: Vault) -> None:
    with database.writing() as connection:
        cases.open_case(connection, a_case(old, AKRAM, "c1"))
    assert cases.is_open(database, both.indexes("number", AKRAM), "call_back")
    assert not cases.is_open(database, both.indexes("number", "+923007654321"), "call_back")


def test_after_it_the_old_key_may_go(database: Database, old: Vault, both: Vault, new: Vault) -> None:
    index = old.index("number", AKRAM)
    met(database, old, AKRAM)
    yes = Subscribe(index, Topic.ALERTS, "lahore", Asked("ur", "sms", "?", "1"), NOW)
    case, stranger = a_case(old, AKRAM, "c1"), a_case(old, "+923007654321", "c2")
    inbox.keep(database, an_event(old, AKRAM, "SM1", effects=(yes, case, stranger)))
    inbox.keep(database, an_event(old, AKRAM, "SM2", effects=(Stop(index, "stop", NOW, "sms"),)))
    inbox.keep(database, an_event(old, AKRAM, "SM3", effects=(Start(index, "start", NOW, "sms"), yes)))
    assert run(database, both)
    assert run(database, both) == 0, "it is done"
    mine = new.indexes("number", AKRAM)
    found = people.find(database, mine)
    assert found is not None
    assert (found.stopped, number_of(database, new, mine[0])) == (False, AKRAM)
    assert consents.standing(database, mine, Topic.ALERTS, "lahore") == consents.Standing(
        subscribed=True, stopped=False, shared=False
    )
    assert cases.is_open(database, mine, "call_back")
    assert cases.is_open(database, new.indexes("number", "+923007654321"), "call_back")
    assert [number_of_case(new, one) for one in cases.open_cases(database)] == [AKRAM, "+923007654321"]
    with database.reading() as connection:
        events = connection.execute(select(schema.inbound.c.person_index, schema.inbound.c.thread_index)).all()
        words = connection.execute(select(ledger.c.number_index)).scalars().all()
        sealed = [
            key
            for table in (schema.people, schema.cases)
            for key in connection.execute(select(table.c.key_sealed)).scalars()
        ]
    assert {tuple(event) for event in events} == {(mine[0], new.index("thread", f"sms|{AKRAM}"))}
    assert set(words) == set(mine)
    assert [key[0] for key in sealed] == [2, 2, 2]


def test_a_stop_under_the_old_key_and_a_start_under_the_new_one_come_to_the_start(
    database: Database, old: Vault, both: Vault
) -> None:
    met(database, old, AKRAM)
    inbox.keep(database, an_event(old, AKRAM, "SM1", effects=(Stop(old.index("number", AKRAM), "stop", NOW, "sms"),)))
    later = NOW + timedelta(minutes=1)
    start = Start(both.index("number", AKRAM), "start", later, "sms")
    # As a process that knew only the new key would have kept it.
    inbox.keep(database, replace(an_event(both, AKRAM, "SM2", effects=(start,)), older=()))
    run(database, both)
    assert not is_stopped(database, [both.index("number", AKRAM)])
    with database.reading() as connection:
        assert len(connection.execute(select(schema.suppressions)).all()) == 1


def test_ended_in_the_middle_it_goes_on_there(database: Database, old: Vault, both: Vault, new: Vault) -> None:
    numbers = [f"+9230012{number:05}" for number in range(450)]
    with database.writing() as connection:
        for number in numbers:
            people.meet(connection, meeting(old, number), NOW)
    for _ in range(20):
        steps = Rotation(database, both).run(NOW)
        if next(steps, None) is None:
            break
        steps.close()
    assert Rotation(database, both).standing().free_on == NOW + timedelta(days=30)
    assert all(people.find(database, new.indexes("number", number)) for number in numbers)


def test_what_still_needs_the_old_key_is_told(database: Database, old: Vault, both: Vault) -> None:
    met(database, old, AKRAM)
    stop = Stop(old.index("number", "+923007654321"), "stop", NOW - timedelta(days=1), "voice")
    inbox.keep(database, an_event(old, AKRAM, "SM1", effects=(stop,)))
    before = Rotation(database, both).standing()
    assert (before.begun, before.free_on, before.sealed["own keys"]) == (None, None, {1: 1})
    run(database, both)
    after = Rotation(database, both).standing()
    assert (after.sealed["own keys"], after.sealed["texts"], after.strangers) == ({2: 1}, {1: 1}, 1)
    assert after.free_on == NOW + timedelta(days=30)


def test_two_thousand_people_are_found_all_the_time(database: Database, old: Vault, both: Vault) -> None:
    numbers = [f"+9230098{number:05}" for number in range(2000)]
    with database.writing() as connection:
        for number in numbers:
            people.meet(connection, meeting(old, number), NOW)
    looked, missed = looked_up_meanwhile(database, both, numbers)
    assert not missed
    assert looked > 100
    with database.reading() as connection:
        kept = set(connection.execute(select(schema.people.c.number_index)).scalars())
    assert kept == {both.index("number", number) for number in numbers}


def looked_up_meanwhile(database: Database, both: Vault, numbers: Sequence[str]) -> tuple[int, list[str]]:
    """Move everybody to the new key while two others look people up: how many they looked up, and whom they missed."""
    missed: list[str] = []
    looked: list[int] = []
    over = threading.Event()

    def look(step: int) -> None:
        for turn in _endless(over):
            number = numbers[turn * step % len(numbers)]
            if people.find(database, both.indexes("number", number)) is None:
                missed.append(number)
            looked.append(1)

    lookers = [threading.Thread(target=look, args=(step,)) for step in (7, 1999)]
    for looker in lookers:
        looker.start()
    try:
        run(database, both)
    finally:
        over.set()
        for looker in lookers:
            looker.join()
    return len(looked), missed


def _endless(over: threading.Event) -> Iterator[int]:
    turn = 0
    while not over.is_set():
        turn += 1
        yield turn
