"""Accounts: passwords are hashed, guessing is slowed down, and nobody learns which names there are."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import select, update

from hotline.domain.staff import Member, Right, Role
from hotline.errors import NotFound, Refused
from hotline.service.staff import NOT_KNOWN, Staff, usual_hasher
from hotline.settings import Settings
from hotline.store import reach
from hotline.store.database import Database
from tests.reaching import AUTHOR, approver, draft, enrol, office

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ASMA = Member("asma", frozenset({Role.APPROVER, Role.COUNSELLOR}), "lahore")
RIGHT, WRONG = "kettle orbit mango thief", "kettle orbit mango chief"


def floor() -> PasswordHasher:
    """The least OWASP allows, so that tests are quick."""
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@pytest.fixture
def staff(database: Database) -> Staff:
    made = Staff(database, floor(), {"chocolate", "banana"}, ("lahore", "multan"))
    made.add(ASMA, RIGHT, NOW)
    return made


def test_the_right_password_tells_who_it_is(staff: Staff) -> None:
    assert staff.sign_in("asma", RIGHT, NOW) == ASMA
    assert staff.everybody() == (ASMA,)


def test_the_usual_hash_is_above_the_owasp_floor() -> None:
    kept = extract_parameters(usual_hasher().hash(RIGHT))
    assert kept.type.name == "ID"
    assert kept.memory_cost >= 19_456
    assert (kept.time_cost, kept.parallelism) == (3, 4)


@pytest.mark.parametrize(("name", "password"), [("asma", WRONG), ("nobody", RIGHT), ("ASMA", RIGHT), ("", "")])
def test_whatever_is_wrong_is_told_in_the_same_words(staff: Staff, name: str, password: str) -> None:
    with pytest.raises(Refused) as refused:
        staff.sign_in(name, password, NOW)
    assert str(refused.value) == NOT_KNOWN


def test_an_unknown_name_costs_a_hash_too(database: Database) -> None:
    class Counting(PasswordHasher):
        verified = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            Counting.verified += 1
            return super().verify(hash, password)

    made = Staff(database, Counting(time_cost=2, memory_cost=19_456, parallelism=1), (), ("lahore",))
    made.add(ASMA, RIGHT, NOW)
    for name in ("asma", "nobody"):
        with pytest.raises(Refused):
            made.sign_in(name, WRONG, NOW)
    assert Counting.verified == 2


def test_after_ten_failures_even_the_right_password_waits_a_quarter_of_an_hour(staff: Staff) -> None:
    at = NOW
    for _ in range(10):
        with pytest.raises(Refused):
            staff.sign_in("asma", WRONG, at)
        at += timedelta(minutes=2)
    with pytest.raises(Refused):
        staff.sign_in("asma", RIGHT, at)
    at += timedelta(minutes=15)
    assert staff.sign_in("asma", RIGHT, at) == ASMA
    with pytest.raises(Refused):
        staff.sign_in("asma", WRONG, at)
    assert staff.sign_in("asma", RIGHT, at) == ASMA, "the count began anew"


def test_a_locked_account_does_not_tell_whether_the_password_was_right(staff: Staff, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(update(reach.staff).values(failures=10, locked_until=NOW + timedelta(minutes=15)))
    said = set()
    for password in (RIGHT, WRONG):
        with pytest.raises(Refused) as refused:
            staff.sign_in("asma", password, NOW)
        said.add(str(refused.value))
    assert said == {NOT_KNOWN}


def test_many_guesses_at_once_are_many_guesses(staff: Staff, database: Database) -> None:
    def guess() -> None:
        with pytest.raises(Refused):
            staff.sign_in("asma", WRONG, NOW)

    guesses = [threading.Thread(target=guess) for _ in range(8)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join()
    with database.reading() as connection:
        row = connection.execute(select(reach.staff)).one()
    assert row.failures == 3, "from the third on the others were turned away without a look"
    assert row.locked_until == NOW + timedelta(seconds=1)


def test_whoever_left_cannot_sign_in(staff: Staff) -> None:
    staff.disable("asma", NOW)
    with pytest.raises(Refused, match="belong together"):
        staff.sign_in("asma", RIGHT, NOW)
    assert staff.everybody()[0].disabled_at == NOW


def test_a_new_password_replaces_the_old_one(staff: Staff) -> None:
    staff.set_password("asma", "blue doors in the rain")
    with pytest.raises(Refused):
        staff.sign_in("asma", RIGHT, NOW)
    assert staff.sign_in("asma", "blue doors in the rain", NOW) == ASMA


def test_an_older_hash_is_renewed_when_its_owner_comes(staff: Staff, database: Database) -> None:
    later = Staff(database, PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1), (), ("lahore",))
    later.sign_in("asma", RIGHT, NOW)
    with database.reading() as connection:
        kept = connection.execute(select(reach.staff.c.password_hash)).scalar_one()
    assert extract_parameters(kept).time_cost == 3
    assert later.sign_in("asma", RIGHT, NOW) == ASMA


@pytest.mark.parametrize(
    ("member", "password", "why"),
    [
        (ASMA, RIGHT, "has an account already"),
        (Member("terminal", frozenset({Role.APPROVER}), "lahore"), RIGHT, "stands for nobody"),
        (Member("danish", frozenset(), "lahore"), RIGHT, "needs a role"),
        (Member("danish", frozenset({Role.APPROVER}), "okara"), RIGHT, "no centre okara"),
        (Member("danish", frozenset({Role.APPROVER}), "lahore"), "chocolatebanana", "tried first"),
        (Member("danish.khan", frozenset({Role.APPROVER}), "lahore"), "danish-1234567", "a name everybody here knows"),
        (Member("danish", frozenset({Role.APPROVER}), "lahore"), "short", "at least 12"),
    ],
)
def test_what_will_not_do_is_refused_in_words(staff: Staff, member: Member, password: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        staff.add(member, password, NOW)


def test_nobody_is_disabled_who_is_not_there(staff: Staff) -> None:
    with pytest.raises(NotFound):
        staff.disable("nobody", NOW)
    with pytest.raises(NotFound):
        staff.set_password("nobody", RIGHT)


def test_a_new_password_is_no_way_back_for_who_left(staff: Staff) -> None:
    """It was said that she has a new password, and she could not sign in with it."""
    staff.disable("asma", NOW)
    with pytest.raises(Refused, match="hotline staff enable asma"):
        staff.set_password("asma", "another kettle in orbit")
    with pytest.raises(Refused, match="hotline staff enable"):
        staff.add(Member("asma", frozenset({Role.APPROVER}), "lahore"), "another kettle in orbit", NOW)


def test_who_left_comes_back_under_the_same_name_with_a_new_password(staff: Staff) -> None:
    staff.disable("asma", NOW)
    assert staff.enable("asma", "another kettle in orbit").disabled_at is None
    assert staff.sign_in("asma", "another kettle in orbit", NOW).name == "asma"
    with pytest.raises(Refused, match="works here already"):
        staff.enable("asma", "a third kettle in orbit")
    with pytest.raises(NotFound):
        staff.enable("nobody", "a third kettle in orbit")


def test_roles_are_changed_without_a_second_name(staff: Staff) -> None:
    changed = staff.set_roles("asma", {Role.COUNSELLOR})
    assert changed.roles == {Role.COUNSELLOR}
    assert not changed.may(Right.APPROVE, "lahore")
    with pytest.raises(NotFound):
        staff.set_roles("nobody", {Role.COUNSELLOR})


@pytest.mark.parametrize("how", ["back", "otherwise"])
def test_what_was_approved_before_is_not_approved_by_coming_back_or_by_another_role(
    database: Database, settings: Settings, how: str
) -> None:
    staff = Staff(database, floor(), {"chocolate"}, ("lahore",))
    desk = office(settings, database)
    enrol(database, 30)
    one = desk.broadcasts.draft(draft(made_by="terminal"), NOW)
    one = desk.broadcasts.submit(one.id, AUTHOR, NOW)
    desk.broadcasts.approve(one.id, approver("danish"), one.fingerprint, NOW)
    assert len(desk.broadcasts.show(one.id)[1]) == 1
    if how == "back":
        staff.disable("danish", NOW)
        staff.enable("danish", "another kettle in orbit")
    else:
        staff.set_roles("danish", {Role.COUNSELLOR})
    assert desk.broadcasts.show(one.id)[1] == ()
