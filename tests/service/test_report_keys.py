"""Reports are added up over a change of the data key: one reporter counts once, and one name stays one name."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.domain.keeping import Kept
from hotline.domain.report import MOST_GUESSES
from hotline.flow.model import Channel
from hotline.sealing import Vault
from hotline.service.ports.base import Asker
from hotline.service.ports.report import CaseStatus, ReportPort
from hotline.service.rotate import Rotation
from hotline.store import cases, inbox, reports
from hotline.store.database import Database
from hotline.store.reach import alarms
from hotline.store.spool import Spool
from tests.theatre import ZONE

K1 = f"k1:{base64.b64encode(bytes(range(32))).decode()}"
K2 = f"k2:{base64.b64encode(bytes(range(100, 132))).decode()}"
OLD, BOTH, NEW = Vault.parse(K1), Vault.parse(f"{K2},{K1}"), Vault.parse(K2)
NOW = datetime(2026, 12, 1, 11, 23, 45, tzinfo=ZONE)
AKRAM, NADIA = "+923001234567", "+923007654321"
UNLISTED, LISTED = ("", "Bismillah Travels"), ("0008/RWP", "Chiragh Overseas Employment")
TURNS = count()


def event(vault: Vault, number: str, agency: tuple[str, str], call: str = "yes") -> Kept:
    turn = f"twilio|SM{next(TURNS)}"
    index = vault.index("number", number)
    asker = Asker(number, index, "en", Channel.SMS, "lahore", turn, NOW)
    port = ReportPort(vault, lambda _: 24, lambda _: "")
    effects = port(asker, (*agency, "agent", "", call, "0417")).effects
    return Kept("twilio", turn, "sms", "lahore", index, b"t" * 32, NOW, b"r", effects=effects, number=number)


def report(
    database: Database, vault: Vault, number: str, agency: tuple[str, str] = UNLISTED, call: str = "yes"
) -> None:
    inbox.keep(database, event(vault, number, agency, call))


def rotate(database: Database) -> None:
    for _ in Rotation(database, BOTH).run(NOW):
        pass


def weighed(database: Database) -> tuple[set[str], int]:
    """The agencies there are, and how many different people reported the only one."""
    told = reports.unweighed(database)
    return {one.agency for one in told}, len({one.reporter for one in told})


@pytest.mark.parametrize("agency", [UNLISTED, LISTED])
@pytest.mark.parametrize("call", ["yes", "no"])
def test_while_two_keys_live_who_reports_again_is_one_reporter(
    database: Database, agency: tuple[str, str], call: str
) -> None:
    report(database, OLD, AKRAM, agency, call)
    report(database, OLD, NADIA, agency, call)
    report(database, BOTH, AKRAM, agency, call)
    found, people = weighed(database)
    assert (len(found), people) == (1, 2)


@pytest.mark.parametrize("agency", [UNLISTED, LISTED])
def test_after_the_rotation_the_same_holds_without_the_old_key(database: Database, agency: tuple[str, str]) -> None:
    report(database, OLD, AKRAM, agency)
    report(database, OLD, NADIA, agency, call="no")
    report(database, OLD, "", agency)
    rotate(database)
    report(database, NEW, AKRAM, agency)
    report(database, NEW, "", agency)
    found, people = weighed(database)
    assert (len(found), people) == (1, 3)


def test_an_anonymous_report_from_before_moves_with_the_next_of_the_same_reporter(database: Database) -> None:
    report(database, OLD, AKRAM, call="no")
    rotate(database)
    report(database, BOTH, AKRAM, call="no")
    assert weighed(database)[1] == 1
    report(database, NEW, AKRAM)
    assert weighed(database)[1] == 1


def test_a_report_that_waited_on_disk_is_added_up_too(database: Database, tmp_path: Path) -> None:
    report(database, OLD, AKRAM)
    Spool(tmp_path, OLD).append(event(OLD, AKRAM, UNLISTED, "no"))
    rotate(database)
    assert Spool(tmp_path, BOTH).drain(database) == 1
    report(database, NEW, AKRAM)
    found, people = weighed(database)
    assert (len(found), people) == (1, 1)


@pytest.mark.parametrize("by", ["rotation", "report"])
def test_a_draft_about_a_name_is_not_made_again(database: Database, by: str) -> None:
    report(database, OLD, AKRAM)
    (before,) = weighed(database)[0]
    with database.writing() as connection:
        connection.execute(
            alarms.insert().values(
                once="reports:1", subject=before, text="unlisted", made_by="reports", reason="", code="123456",
                broadcast="b1", at=NOW - timedelta(days=1),
            )
        )  # fmt: skip
    if by == "rotation":
        rotate(database)
    else:
        report(database, BOTH, NADIA)
    (after,) = weighed(database)[0]
    with database.reading() as connection:
        assert after != before
        assert connection.execute(select(alarms.c.subject)).scalars().all() == [after]


def asked(database: Database, vault: Vault, code: str, pin: str, number: str = NADIA) -> str:
    """What CASE says, and what it leaves behind."""
    turn = f"twilio|SM{next(TURNS)}"
    index, *older = vault.indexes("number", number)
    asker = Asker(number, index, "en", Channel.SMS, "lahore", turn, NOW, older=tuple(older))
    answer = CaseStatus(vault, partial(cases.numbered, database))(asker, (code, pin))
    inbox.keep(database, Kept("twilio", turn, "sms", "lahore", index, b"t" * 32, NOW, b"r", effects=answer.effects))
    return answer.found.outcome


@pytest.mark.parametrize("call", ["yes", "no"])
def test_a_case_is_told_to_who_has_its_pin_also_when_the_key_it_was_opened_under_is_gone(
    database: Database, call: str
) -> None:
    report(database, OLD, AKRAM, call=call)
    (case,) = cases.open_cases(database)
    assert asked(database, OLD, case.code or "", "0417") == "open"
    rotate(database)
    for vault in (BOTH, NEW):
        assert asked(database, vault, case.code or "", "0417") == "open"
        assert asked(database, vault, case.code or "", "0418") == "wrong"


def test_a_new_key_gives_nobody_new_guesses(database: Database) -> None:
    report(database, OLD, AKRAM)
    (case,) = cases.open_cases(database)
    for guess in range(MOST_GUESSES):
        asked(database, OLD, f"000{guess:04}", "0417")
    assert asked(database, BOTH, case.code or "", "0417") == "wrong"
    assert asked(database, BOTH, case.code or "", "0417", AKRAM) == "open"


def test_without_redis_a_conversation_goes_on_over_a_change_of_the_key(database: Database) -> None:
    thread = OLD.index("thread", f"sms|{AKRAM}")
    kept = Kept("twilio", "SM1", "sms", "lahore", b"i" * 32, thread, NOW, b"r", text=b"t", session=b"where it stood")
    inbox.keep(database, kept)
    assert inbox.last_session(database, BOTH.indexes("thread", f"sms|{AKRAM}"), NOW) is not None
