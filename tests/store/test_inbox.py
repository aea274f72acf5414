"""An event is kept once with all its effects, answered alike for ever, and forgotten on time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from hotline.domain.keeping import (
    Earlier,
    Effect,
    Kept,
    KeptSession,
    MeetPerson,
    NotUnderstood,
    OpenCase,
    SetLocale,
    Start,
    Stop,
    bound,
)
from hotline.domain.person import Person
from hotline.errors import NotFound, SealBroken, StoreDown
from hotline.sealing import Vault
from hotline.store import cases, inbox, people, schema, unread
from hotline.store.database import Database
from hotline.store.own import consents
from tests.people_met import is_stopped

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NUMBER = "+923001234567"


def index(word: str) -> bytes:
    return sha256(word.encode()).digest()


def an_event(external_id: str = "SM1", **changed: object) -> Kept:
    kept = Kept(
        provider="twilio",
        external_id=external_id,
        channel="sms",
        centre="lahore",
        person_index=index(NUMBER),
        thread_index=index("thread"),
        at=NOW,
        reply=b"reply of " + external_id.encode(),
        text=b"text",
        session=b"session of " + external_id.encode(),
    )
    return replace(kept, **changed)  # type: ignore[arg-type]


def meeting(number: str = NUMBER) -> MeetPerson:
    return MeetPerson(index(number), b"sealed number", "ur", "lahore", index(number).hex()[:32], b"sealed key")


def a_case(case_id: str = "c1", once: str = "call_back|SM1", due: int = 24) -> OpenCase:
    return OpenCase(
        id=case_id,
        kind="call_back",
        once=once,
        centre="lahore",
        number_index=index(NUMBER),
        number_sealed=b"number",
        detail_sealed=b"agency 4859",
        opened_at=NOW,
        due_at=NOW + timedelta(hours=due),
        key_sealed=b"sealed key",
    )


def a_riddle(riddle_id: str = "n1", at: datetime = NOW) -> NotUnderstood:
    return NotUnderstood(riddle_id, "lahore", "ur_Latn", b"reason", b"text", at)


def count(database: Database, table: str) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.metadata.tables[table])).scalar_one()


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is sent to the database meanwhile, without the begin and end of transactions."""
    seen: list[str] = []

    def note(*args: object) -> None:
        if not str(args[2]).startswith("BEGIN"):
            seen.append(str(args[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_a_new_event_is_kept_with_one_statement(database: Database) -> None:
    with statements(database) as sent:
        assert inbox.keep(database, an_event()) is None
    assert len(sent) == 1
    assert count(database, "inbound") == 1


def test_the_same_event_again_gets_the_answer_it_got_and_nothing_more_is_kept(database: Database) -> None:
    inbox.keep(database, an_event(effects=(meeting(),)))
    again = an_event(reply=b"another reply", effects=(a_case(), a_riddle(), Stop(index(NUMBER), "stop", NOW, "sms")))
    assert inbox.keep(database, again) == Earlier("SM1", b"reply of SM1")
    assert [count(database, table) for table in ("inbound", "people", "cases", "not_understood", "consents")] == [
        1, 1, 0, 0, 0,
    ]  # fmt: skip
    assert inbox.earlier(database, "twilio", "SM1") == Earlier("SM1", b"reply of SM1")
    assert inbox.earlier(database, "twilio", "SM2") is None


def test_a_replay_under_another_id_is_known_by_its_proof(database: Database) -> None:
    inbox.keep(database, an_event("SM1", proof=index("signature")))
    assert inbox.keep(database, an_event("SM2", proof=index("signature"))) == Earlier("SM1", b"reply of SM1")
    assert inbox.keep(database, an_event("SM3", proof=index("another"))) is None
    assert count(database, "inbound") == 2


def test_events_without_a_proof_are_not_taken_for_each_other(database: Database) -> None:
    assert inbox.keep(database, an_event("CA1|1", channel="voice")) is None
    assert inbox.keep(database, an_event("CA1|2", channel="voice")) is None
    assert inbox.keep(database, an_event("CA1|1", provider="another")) is None
    assert count(database, "inbound") == 3


def test_twenty_deliveries_of_one_event_at_once_act_once_and_answer_alike(database: Database) -> None:
    answers: list[bytes | None] = []

    def deliver(number: int) -> None:
        mine = b"reply %d" % number
        found = inbox.keep(database, an_event(reply=mine, effects=(meeting(), a_case(f"c{number}", f"once {number}"))))
        answers.append(mine if found is None else found.reply)

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert [count(database, table) for table in ("inbound", "people", "cases")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("effect", "cost"),
    [
        (meeting(), 1),
        (SetLocale(index(NUMBER), "pa_Arab"), 1),
        (Stop(index(NUMBER), "stop", NOW, "sms"), 2),
        (Start(index(NUMBER), "start", NOW, "sms"), 3),
        (a_case(), 1),
        (a_riddle(), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_effect_costs_more_than_three_statements(database: Database, effect: Effect, cost: int) -> None:
    with statements(database) as sent:
        inbox.keep(database, an_event(effects=(effect,)))
    assert len(sent) == 1 + cost <= 4


def test_when_an_effect_cannot_be_kept_the_event_is_not_either(database: Database) -> None:
    inbox.keep(database, an_event("SM1", effects=(a_riddle("n1"),)))
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE consents")
    broken = an_event("SM2", effects=(meeting(), Stop(index(NUMBER), "stop", NOW, "sms")))
    with pytest.raises(Exception, match="consents"):
        inbox.keep(database, broken)
    assert [count(database, table) for table in ("inbound", "people", "suppressions")] == [1, 0, 0]


def test_a_person_is_met_once_and_found_by_any_live_index(database: Database) -> None:
    old, new = index("under the old key"), index("under the new key")
    assert people.find(database, (new, old)) is None
    inbox.keep(database, an_event("SM1", effects=(MeetPerson(old, b"first", "ur", "lahore", "1" * 32, b"key"),)))
    inbox.keep(database, an_event("SM2", effects=(MeetPerson(old, b"second", "en", "multan", "2" * 32, b"key"),)))
    with statements(database) as sent:
        assert people.find(database, (new, old)) == Person(old, "ur", "lahore", NOW, chosen=False, stopped=False)
    assert len(sent) == 1
    assert people.number_of(database, [old]) == people.SealedNumber("1" * 32, old, b"first", b"key")
    assert people.number_of(database, [new]) is None


def test_a_chosen_language_is_remembered(database: Database) -> None:
    inbox.keep(database, an_event("SM1", effects=(meeting(), SetLocale(index(NUMBER), "ur_Latn"))))
    found = people.find(database, (index(NUMBER),))
    assert found is not None
    assert (found.locale, found.chosen) == ("ur_Latn", True)


def test_stop_holds_until_start_and_both_are_proven(database: Database) -> None:
    mine = index(NUMBER)
    inbox.keep(database, an_event("SM1", effects=(meeting(), Stop(mine, "stop", NOW, "sms"))))
    found = people.find(database, (mine,))
    assert found is not None
    assert found.stopped
    later = NOW + timedelta(minutes=1)
    inbox.keep(database, an_event("SM2", effects=(Start(mine, "start", later, "sms"),)))
    found = people.find(database, (mine,))
    assert found is not None
    assert not found.stopped
    with database.reading() as connection:
        proof = connection.execute(select(consents).order_by(consents.c.id)).all()
    assert [(row.topic, row.detail, row.given, row.at) for row in proof] == [
        ("", "stop", False, NOW), ("", "start", True, later),
    ]  # fmt: skip


def test_a_stop_that_arrives_late_does_not_undo_a_newer_start(database: Database) -> None:
    mine = index(NUMBER)
    inbox.keep(database, an_event("SM2", effects=(Start(mine, "start", NOW + timedelta(minutes=1), "sms"),)))
    inbox.keep(database, an_event("SM1", effects=(Stop(mine, "stop", NOW, "sms"),)))
    assert not is_stopped(database, (mine,))
    assert count(database, "consents") == 2


def test_a_stop_outlives_the_person_and_the_key(database: Database) -> None:
    old, new = index("under the old key"), index("under the new key")
    inbox.keep(database, an_event("SM1", effects=(Stop(old, "stop", NOW, "sms"),)))
    assert people.find(database, (new, old)) is None
    assert is_stopped(database, (new, old))
    assert not is_stopped(database, (new,))
    inbox.keep(database, an_event("SM2", effects=(MeetPerson(new, b"again", "en", "lahore", "3" * 32, b"key"),)))
    found = people.find(database, (new, old))
    assert found is not None
    assert found.stopped


def test_a_case_is_opened_once_however_often_the_turn_is_repeated(database: Database) -> None:
    inbox.keep(database, an_event("SM1", effects=(a_case("c1"),)))
    inbox.keep(database, an_event("SM2", effects=(a_case("c2"),)))
    assert [case.id for case in cases.open_cases(database)] == ["c1"]
    assert cases.open_cases(database)[0] == a_case("c1")


def test_open_cases_are_listed_by_their_due_time_and_closed_once(database: Database) -> None:
    effects = (a_case("late", "1", 48), a_case("soon", "2", 1), replace(a_case("far", "3", 2), centre="multan"))
    inbox.keep(database, an_event(effects=effects))
    assert [case.id for case in cases.open_cases(database)] == ["soon", "far", "late"]
    assert [case.id for case in cases.open_cases(database, centre="lahore", kind="call_back")] == ["soon", "late"]
    assert cases.open_cases(database, kind="report") == ()
    cases.close(database, "soon", NOW)
    assert [case.id for case in cases.open_cases(database)] == ["far", "late"]
    with pytest.raises(NotFound, match="soon"):
        cases.close(database, "soon", NOW)


def test_texts_not_understood_are_counted_and_paged_newest_first(database: Database) -> None:
    effects = tuple(a_riddle(f"n{number}", NOW + timedelta(seconds=number)) for number in range(60))
    inbox.keep(database, an_event(effects=effects))
    assert unread.count(database) == 60
    assert unread.count(database, centre="multan") == 0
    first, second = (unread.page_of(database, page=page) for page in (1, 2))
    assert [row.id for row in first[:2]] == ["n59", "n58"]
    assert [len(first), len(second)] == [50, 10]
    assert second[-1] == a_riddle("n0")


def test_the_newest_session_of_a_thread_is_found_until_its_time_is_over(database: Database) -> None:
    thread = index("thread")
    assert inbox.last_session(database, [thread], NOW) is None
    inbox.keep(database, an_event("SM1"))
    inbox.keep(database, an_event("SM2", at=NOW + timedelta(minutes=1)))
    inbox.keep(database, an_event("SM3", at=NOW + timedelta(minutes=2), thread_index=index("another")))
    newest = KeptSession("twilio", "SM2", b"session of SM2")
    assert inbox.last_session(database, [thread], NOW + timedelta(minutes=2)) == newest
    assert inbox.last_session(database, [thread], NOW + timedelta(hours=24)) == newest
    assert inbox.last_session(database, [thread], NOW + timedelta(hours=24, minutes=1)) is None


def test_a_thread_is_sought_in_a_day_of_the_index_of_rows_that_still_hold_words(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'plan.db'}")
    schema.metadata.create_all(database.engine)
    with statements(database) as sent:
        inbox.last_session(database, [index("thread")], NOW)
    with database.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sent[0]}", (b"", "", 1, 0)[: sent[0].count("?")]).all()
    assert "INDEX ix_inbound_words (at>?)" in plan[0].detail
    database.close()


def test_a_copy_is_sought_by_its_id_and_its_proof_in_an_index_each(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'plan.db'}")
    schema.metadata.create_all(database.engine)
    with statements(database) as sent:
        inbox.earlier(database, "twilio", "SM1", b"proof")
    with database.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sent[0]}", ("twilio", "SM1", b"proof", 1, 0)).all()
    assert [step.detail.partition("INDEX ")[2] for step in plan if "SEARCH" in step.detail] == [
        "sqlite_autoindex_inbound_1 (provider=? AND external_id=?)",
        "uq_inbound_proof (proof=?)",
    ]
    database.close()


def test_a_call_is_forgotten_after_four_hours(database: Database) -> None:
    inbox.keep(database, an_event("CA1|1", channel="voice"))
    assert inbox.last_session(database, [index("thread")], NOW + timedelta(hours=3, minutes=59)) is not None
    assert inbox.last_session(database, [index("thread")], NOW + timedelta(hours=4)) is None


def test_a_conversation_that_ended_is_not_resumed_from_before_its_end(database: Database) -> None:
    inbox.keep(database, an_event("SM1"))
    inbox.keep(database, an_event("SM2", at=NOW + timedelta(minutes=1), session=None))
    assert inbox.last_session(database, [index("thread")], NOW + timedelta(minutes=2)) is None


def test_words_go_after_thirty_days_and_ids_stay(database: Database) -> None:
    old = NOW - timedelta(days=30, minutes=1)
    inbox.keep(database, an_event("SM1", at=old, effects=(a_riddle("n1", old), a_riddle("n2", NOW))))
    inbox.keep(database, an_event("SM2", at=NOW - timedelta(days=29)))
    inbox.keep(database, an_event("SM3", at=NOW))
    forgotten = inbox.forget_old(database, NOW)
    assert forgotten == inbox.Forgotten(words=1, sessions=1, not_understood=1)
    with database.reading() as connection:
        rows = connection.execute(select(schema.inbound).order_by(schema.inbound.c.external_id)).all()
    assert [(row.text_sealed, row.reply_sealed, row.session_sealed) for row in rows] == [
        (None, None, None),
        (b"text", b"reply of SM2", None),
        (b"text", b"reply of SM3", b"session of SM3"),
    ]
    assert inbox.keep(database, an_event("SM1")) == Earlier("SM1", None)
    assert [row.id for row in unread.page_of(database)] == ["n2"]
    assert inbox.forget_old(database, NOW) == inbox.Forgotten(0, 0, 0)


def test_forgetting_goes_on_over_more_than_one_batch(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "BATCH", 3)
    old = NOW - timedelta(days=31)
    for number in range(7):
        inbox.keep(database, an_event(f"SM{number}", at=old, effects=(a_riddle(f"n{number}", old),)))
    assert inbox.forget_old(database, NOW) == inbox.Forgotten(words=7, sessions=0, not_understood=7)


def test_a_store_that_is_down_keeps_nothing(database_url: str) -> None:
    holder, mine = Database.open(database_url), Database.open(database_url, patience=0.2)
    with holder.writing() as connection:
        connection.execute(inbox._INSERT[holder.dialect], inbox._values(an_event()))
        with pytest.raises(StoreDown):
            inbox.keep(mine, an_event())
    assert count(mine, "inbound") == 1
    holder.close()
    mine.close()


def test_what_is_sealed_opens_only_in_its_own_place(database: Database, vault: Vault) -> None:
    def sealed(external_id: str) -> Kept:
        place = bound("inbound", "reply", "twilio", external_id)
        return an_event(external_id, reply=vault.seal("reply", b"answer to " + external_id.encode(), place))

    inbox.keep(database, sealed("SM1"))
    inbox.keep(database, sealed("SM2"))
    first, second = (inbox.keep(database, sealed(external_id)) for external_id in ("SM1", "SM2"))
    assert first is not None
    assert second is not None
    assert first.reply is not None
    assert second.reply is not None
    place = bound("inbound", "reply", "twilio", first.external_id)
    assert vault.open("reply", first.reply, place) == b"answer to SM1"
    with pytest.raises(SealBroken):
        vault.open("reply", second.reply, place)


def test_no_two_places_are_bound_alike() -> None:
    places = [("a", "b", "c"), ("ab", "", "c"), ("a", "bc", ""), ("a", "b", "c", ""), ("a", "b", "", "c"), ("a", "b")]
    assert len({bound(*place) for place in places}) == len(places)
    assert bound("a", "b", "c") == bound("a", "b", b"c")
