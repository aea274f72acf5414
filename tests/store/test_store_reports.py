"""Reports and numbered cases in the database: once a turn, counted right, and forgotten on time."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from hotline.domain.keeping import Effect, Kept, OpenCase
from hotline.domain.report import LOCKED, CaseTried, FileReport, Lock, Numbered, Status
from hotline.errors import NotFound, Refused
from hotline.sealing import Vault
from hotline.store import cases, forgetting, inbox, reports
from hotline.store.database import Database
from hotline.store.reach import case_tries
from hotline.store.schema import inbound
from hotline.store.spool import Spool

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
CODE = "4821935"


def index(word: str) -> bytes:
    return sha256(word.encode()).digest()


def event(external_id: str, *effects: Effect, at: datetime = NOW, sensitive: bool = False) -> Kept:
    return Kept(
        provider="twilio", external_id=external_id, channel="sms", centre="lahore", person_index=index("p"),
        thread_index=index("t"), at=at, reply=b"reply", text=b"text", effects=effects, sensitive=sensitive,
    )  # fmt: skip


def a_case(name: str = "c1", code: str | None = CODE) -> OpenCase:
    return OpenCase(
        id=name, kind="report", once=f"report:{name}", centre="lahore", number_index=index(name), number_sealed=b"n",
        detail_sealed=b"d", opened_at=NOW, due_at=NOW + timedelta(days=1), key_sealed=b"k", code=code,
        pin=index("pin"),
    )  # fmt: skip


def a_report(case: str = "c1", agency: str = "0008/RWP", reporter: str = "r1", at: datetime = NOW) -> FileReport:
    return FileReport(case, agency, agency, index(reporter), "lahore", at)


def numbered(database: Database) -> Numbered | None:
    return cases.numbered(database, CODE, [index("s1")], NOW)[0]


def guesses(database: Database, sender: str, now: datetime) -> int:
    return cases.numbered(database, "0000000", [index(sender)], now)[1]


def wrong(turn: str, case: str = "c1", sender: str = "s1", at: datetime = NOW) -> CaseTried:
    return CaseTried(turn, case, index(sender), False, at)


def test_a_report_and_its_case_are_kept_together_and_once(database: Database) -> None:
    kept = event("SM1", a_case(), a_report())
    assert inbox.keep(database, kept) is None
    assert inbox.keep(database, kept) is not None
    inbox.keep(database, event("SM2", a_case(), a_report()))
    assert [told.case_id for told in reports.unweighed(database)] == ["c1"]
    (case,) = cases.open_cases(database, kind="report")
    assert (case.id, case.code, case.status) == ("c1", CODE, "open")
    assert cases.find_case(database, CODE) == cases.find_case(database, "c1") == case
    assert (cases.holder(database, CODE), cases.holder(database, "1002005")) == ("c1", "")


def test_a_number_another_case_has_got_meanwhile_is_never_given_twice(database: Database) -> None:
    inbox.keep(database, event("SM1", a_case(), a_report()))
    with pytest.raises(IntegrityError):
        inbox.keep(database, event("SM2", a_case("c2"), a_report("c2")))
    assert [told.case_id for told in reports.unweighed(database)] == ["c1"]
    assert inbox.keep(database, event("SM2", a_case("c2", "1002005"), a_report("c2"))) is None


def test_cases_without_a_number_do_not_stand_in_each_others_way(database: Database) -> None:
    plain = [replace(a_case(name, None), pin=None, kind="call_back") for name in ("c1", "c2")]
    inbox.keep(database, event("SM1", *plain))
    assert len(cases.open_cases(database)) == 2
    assert numbered(database) is None


def test_reports_of_an_agency_tell_reporters_apart_and_nothing_else(database: Database) -> None:
    told = (
        a_report("c1", reporter="ali", at=NOW - timedelta(days=40)),
        a_report("c2", reporter="ali"),
        a_report("c3", reporter="bano"),
        a_report("c4", agency="name:ff", reporter="ali"),
        a_report("c5", agency="", reporter="ali"),
    )
    inbox.keep(database, event("SM1", *told))
    lately = reports.about(database, "0008/RWP", NOW - timedelta(days=30))
    assert [one.case_id for one in lately] == ["c2", "c3"]
    assert len({one.reporter for one in lately}) == 2
    assert len(reports.about(database, "0008/RWP", NOW - timedelta(days=60))) == 3
    assert [one.case_id for one in reports.unweighed(database)] == ["c1", "c2", "c3", "c4"]
    with database.writing() as connection:
        reports.weighed(connection, ["c1", "c3"], NOW)
        reports.weighed(connection, [], NOW)
    assert [one.case_id for one in reports.unweighed(database)] == ["c2", "c4"]
    assert [one.weighed for one in reports.about(database, "0008/RWP", NOW)] == [False, True]


def test_wrong_pins_are_counted_once_a_turn_and_the_fifth_locks(database: Database) -> None:
    inbox.keep(database, event("SM0", a_case()))
    for number in range(1, 6):
        found = numbered(database)
        assert found is not None
        assert not found.lock.holds(NOW)
        inbox.keep(database, event(f"SM{number}", wrong(f"t{number}")))
        inbox.keep(database, event(f"again {number}", wrong(f"t{number}")))
    found = numbered(database)
    assert found is not None
    assert found.lock == Lock(5, NOW + LOCKED)
    assert guesses(database, "s1", NOW) == 5
    assert guesses(database, "s2", NOW) == 0


def test_a_right_pin_clears_the_count_of_its_case_and_not_of_its_sender(database: Database) -> None:
    inbox.keep(database, event("SM0", a_case(), wrong("t1"), wrong("t2")))
    inbox.keep(database, event("SM1", CaseTried("t3", "c1", index("s1"), True, NOW)))
    found = numbered(database)
    assert found is not None
    assert found.lock == Lock()
    assert guesses(database, "s1", NOW) == 2


def test_the_row_of_a_case_locks_as_the_rule_says(database: Database) -> None:
    inbox.keep(database, event("SM0", a_case()))
    chance, lock, at = random.Random(7), Lock(), NOW
    for number in range(80):
        at += timedelta(hours=chance.choice((0, 1, 24)))
        right = chance.random() < 0.1
        inbox.keep(database, event(f"SM{number + 1}", CaseTried(f"t{number}", "c1", index("s1"), right, at)))
        lock = Lock() if right else lock.after_wrong(at)
        found = numbered(database)
        assert found is not None
        assert found.lock == lock, number


def test_guesses_at_no_case_count_for_the_sender_for_a_day_and_then_are_gone(database: Database) -> None:
    inbox.keep(database, event("SM1", *(wrong(f"t{number}", case="") for number in range(7))))
    assert guesses(database, "s1", NOW) == 7
    later = NOW + timedelta(hours=24)
    assert guesses(database, "s1", later) == 0
    inbox.keep(database, event("SM2", wrong("t9", case="", sender="s2", at=later)))
    assert forgetting.forget(database, later, UTC).guesses == 7
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(case_tries)).scalar_one() == 1


def test_a_case_is_moved_along_its_arrows_only(database: Database) -> None:
    inbox.keep(database, event("SM1", a_case()))
    due = NOW + timedelta(days=9)
    assert cases.move(database, "c1", Status.CALLED, NOW, due) is Status.OPEN
    (case,) = cases.open_cases(database)
    assert (case.status, case.due_at) == ("called", due)
    with pytest.raises(Refused, match="called cannot become open"):
        cases.move(database, "c1", Status.OPEN, NOW, due)
    assert cases.move(database, "c1", Status.CLOSED, NOW) is Status.CALLED
    assert cases.open_cases(database) == ()
    assert [one.status for one in cases.open_cases(database, closed=True)] == ["closed"]
    assert cases.move(database, "c1", Status.OPEN, NOW, due) is Status.CLOSED
    assert len(cases.open_cases(database)) == 1
    with pytest.raises(NotFound):
        cases.move(database, "c9", Status.CLOSED, NOW)


def test_closing_a_case_says_so_to_its_person(database: Database) -> None:
    inbox.keep(database, event("SM1", a_case()))
    cases.close(database, "c1", NOW)
    found = numbered(database)
    assert found is not None
    assert found.status is Status.CLOSED


def test_what_is_said_in_a_sensitive_flow_is_forgotten_after_a_week(database: Database) -> None:
    old = NOW - timedelta(days=8)
    inbox.keep(database, event("SM1", at=old, sensitive=True))
    inbox.keep(database, event("SM2", at=old))
    inbox.keep(database, event("SM3", at=NOW - timedelta(days=6), sensitive=True))
    assert inbox.forget_old(database, NOW).words == 1
    with database.reading() as connection:
        rows = connection.execute(select(inbound.c.external_id, inbound.c.text_sealed, inbound.c.reply_sealed)).all()
    assert {row.external_id for row in rows if row.text_sealed is None and row.reply_sealed is None} == {"SM1"}


def test_effects_of_a_report_outlast_an_outage(database: Database, vault: Vault, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", vault)
    spool.append(event("SM1", a_case(), a_report(), wrong("t1"), sensitive=True))
    assert spool.drain(database) == 1
    found = numbered(database)
    assert found is not None
    assert found.lock == Lock(1)
    assert len(reports.unweighed(database)) == 1
