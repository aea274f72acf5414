"""What each role may do, which passwords are refused, and how guessing is slowed down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.staff import LOCK, RIGHTS, Member, Right, Role, delay, why_no_name, why_weak
from hotline.settings import ROOT

pytestmark = pytest.mark.fast
COMMON = frozenset((ROOT / "config/common_passwords.txt").read_text(encoding="ascii").split())
OWN = ("lahore", "hotline", "nasreen")

MAY = """
counsellor: OWN_CASES REVEAL_OWN
content_editor: EDIT
broadcaster: DRAFT STOP
approver: DRAFT APPROVE STOP
registry_officer: REGISTER
centre_manager: ALL_CASES REVEAL DRAFT APPROVE STOP EXPORT EXPORT_NUMBERS ROLES AUDIT_OWN
auditor: EXPORT AUDIT
system_admin: STOP ACCOUNTS AUDIT_HEAD
"""


def test_every_role_may_what_the_table_says_and_nothing_else() -> None:
    table = {line.partition(":")[0]: set(line.partition(":")[2].split()) for line in MAY.split("\n") if line}
    assert set(table) == set(Role) == set(RIGHTS)
    for role in Role:
        member = Member("nasreen", frozenset({role}), "lahore")
        assert {right.name for right in Right if member.may(right, "lahore")} == table[role]


@given(st.frozensets(st.sampled_from(Role)), st.sampled_from(Right))
def test_nobody_may_anything_elsewhere_or_after_they_left(roles: frozenset[Role], right: Right) -> None:
    assert not Member("nasreen", roles, "lahore").may(right, "multan")
    assert not Member("nasreen", roles, "lahore", datetime(2026, 1, 1, tzinfo=UTC)).may(right, "lahore")
    assert Member("nasreen", roles, "lahore").may(right, "lahore") is any(right in RIGHTS[role] for role in roles)


@pytest.mark.parametrize(
    "password",
    [
        "short words",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "123456789012345",
        "password1234567",
        "P@ssw0rd20262026",
        "qwertyuiopasdfgh",
        "poiuytrewq12345678",
        "hotline-lahore-2026",
        "Nasreen1234567",
        "lahorelahore1947",
        "pakistanzindabad",
        "iloveyou12345678",
        "chocolatebanana",
        "1qaz2wsx3edc4rfv",
        "x" * 257,
    ],
)
def test_what_a_guesser_tries_first_is_refused(password: str) -> None:
    assert why_weak(password, OWN, COMMON)


@pytest.mark.parametrize(
    "password",
    [
        "kettle orbit mango thief",
        "\u0686\u0627\u0626\u06d2 \u06a9\u06d2 \u0633\u0627\u062a\u06be \u0628\u0627\u0631\u0634",
        "V7#kq2!mZp0w",
        "grandmother's 3 blue doors",
        "the lahore train was late again",
    ],
)
def test_a_few_words_or_chance_will_do(password: str) -> None:
    assert why_weak(password, OWN, COMMON) == ""


def test_the_list_is_long_enough() -> None:
    assert len(COMMON) >= 3_000


@pytest.mark.parametrize("name", ["register", "reports", "terminal", "", "a", "Asma", "a b", "x" * 41, "9asma", "a,b"])
def test_names_that_stand_for_nobody_or_cannot_be_read_are_refused(name: str) -> None:
    assert why_no_name(name)


@given(st.integers(0, 10_000))
def test_guessing_gets_slower_and_is_never_locked_out_for_ever(failures: int) -> None:
    assert timedelta(0) <= delay(failures) <= delay(failures + 1) <= LOCK


def test_a_lock_comes_with_the_tenth_failure() -> None:
    assert (delay(2), delay(3), delay(9), delay(10)) == (
        timedelta(0),
        timedelta(seconds=1),
        timedelta(seconds=64),
        timedelta(minutes=15),
    )
