"""A broadcast's legal moves, what an approval is bound to, and when it counts."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.broadcast import (
    APPROVAL_LASTS,
    MOVES,
    NOBODY,
    SENDING,
    Approval,
    Audience,
    Broadcast,
    Draft,
    Kind,
    Stage,
    approvers,
    grew,
    may_move,
    moved,
    needed,
    why_not_approver,
    why_not_restart,
)
from hotline.errors import Refused

pytestmark = pytest.mark.fast
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DRAFT = Draft(Kind.BULK, "A day", "lahore", "+924238000000", Audience("alerts", ("lahore",)), {"en": "Come."}, "bilal")
ONE = Broadcast("a" * 32, DRAFT, NOW, NOW, Stage.SUBMITTED, submitted_by="bilal", heads=100)

LEGAL = """
draft: submitted cancelled
submitted: draft submitted approved cancelled
approved: draft submitted scheduled canary running cancelled
scheduled: draft submitted canary running done cancelled
canary: running paused done cancelled recalled
running: paused done cancelled recalled
paused: canary running done cancelled recalled
done: recalled running
cancelled: recalled
recalled:
"""


def test_the_legal_moves_are_these_and_no_others() -> None:
    table = {line.partition(":")[0]: set(line.partition(":")[2].split()) for line in LEGAL.split("\n") if line}
    assert set(table) == set(Stage) == set(MOVES)
    for before in Stage:
        assert {after.value for after in Stage if may_move(before, after)} == table[before]


@pytest.mark.parametrize("before", Stage)
def test_nothing_is_sent_that_was_not_approved_or_stopped_by_two(before: Stage) -> None:
    if any(may_move(before, after) for after in SENDING):
        assert before in {Stage.APPROVED, Stage.SCHEDULED, Stage.CANARY, Stage.PAUSED, Stage.DONE}


def test_a_move_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(Refused, match="a broadcast that is submitted cannot become running"):
        moved(ONE, Stage.RUNNING, NOW)


OTHERWISE = {
    "kind": Kind.ALERT,
    "title": "Another day",
    "centre": "multan",
    "sender": "+924238000001",
    "audience": Audience("alerts", ("multan",)),
    "texts": {"en": "Come!"},
    "starts": "2026-12-01T09:00",
    "zone": "Asia/Riyadh",
    "hours_to_live": 25,
    "licence": "0008/RWP",
    "repeats": "day",
    "repeats_until": "2026-12-31",
    "urgent": True,
    "news": "barred:expired@2",
}


def test_every_field_an_approver_answers_for_changes_the_fingerprint() -> None:
    assert set(OTHERWISE) == {field.name for field in fields(Draft)} - {"made_by"}
    prints = {replace(ONE, draft=replace(DRAFT, **{name: value})).fingerprint for name, value in OTHERWISE.items()}
    prints |= {ONE.fingerprint, replace(ONE, heads=101).fingerprint, replace(ONE, edits=1).fingerprint}
    assert len(prints) == len(OTHERWISE) + 3


def test_the_order_of_languages_and_the_stage_do_not() -> None:
    both, turned = {"en": "Come.", "ur": "x"}, {"ur": "x", "en": "Come."}
    assert (
        replace(ONE, draft=replace(DRAFT, texts=both)).fingerprint
        == replace(ONE, draft=replace(DRAFT, texts=turned), stage=Stage.APPROVED, why="x").fingerprint
    )


NAMES = st.sampled_from(["asma", "bilal", "danish", "nadia", "register", "terminal"])


@given(
    made_by=NAMES,
    editors=st.lists(NAMES, max_size=3),
    submitted_by=NAMES,
    given_by=st.lists(st.tuples(NAMES, st.booleans(), st.integers(-90_000, 90_000)), max_size=6),
    heads=st.integers(0, 60),
)
def test_whoever_counts_is_no_author_saw_these_words_and_not_long_ago(
    made_by: str, editors: list[str], submitted_by: str, given_by: list[tuple[str, bool, int]], heads: int
) -> None:
    one = replace(
        ONE, draft=replace(DRAFT, made_by=made_by), editors=tuple(editors), submitted_by=submitted_by, heads=heads
    )
    approvals = [
        Approval(name, one.fingerprint if right else "0" * 64, NOW - timedelta(seconds=ago))
        for name, right, ago in given_by
    ]
    counted = approvers(one, approvals, NOW)
    assert counted.isdisjoint({made_by, *editors, submitted_by} | NOBODY)
    for name in counted:
        assert (name, True) in {(given, right) for given, right, ago in given_by if 0 <= ago <= 86_400}
    if len(counted) >= needed(one, heads, names_one=True) and one.authors & NOBODY:
        assert len(counted) >= 2


@pytest.mark.parametrize(
    ("heads", "names_one", "urgent", "made_by", "people"),
    [
        (25, False, False, "bilal", 0),
        (25, False, False, "terminal", 0),
        (26, False, False, "bilal", 1),
        (1, True, False, "bilal", 1),
        (26, False, False, "terminal", 2),
        (1, True, False, "register", 2),
        (1, True, False, "reports", 2),
        (1, False, True, "bilal", 2),
    ],
)
def test_how_many_must_approve(heads: int, names_one: bool, urgent: bool, made_by: str, people: int) -> None:
    one = replace(ONE, draft=replace(DRAFT, urgent=urgent, made_by=made_by), heads=heads)
    assert needed(one, heads, names_one) == people


def test_those_it_was_submitted_for_count_as_much_as_those_there_are_now() -> None:
    assert needed(replace(ONE, heads=10), 30, names_one=False) == 1
    assert needed(replace(ONE, heads=30), 10, names_one=False) == 1


@pytest.mark.parametrize(("seconds", "counts"), [(0, True), (86_400, True), (86_401, False), (-1, False)], ids=str)
def test_an_approval_counts_for_a_day(seconds: int, counts: bool) -> None:
    given_at = NOW - timedelta(seconds=seconds)
    assert bool(approvers(ONE, [Approval("asma", ONE.fingerprint, given_at)], NOW)) is counts


def test_the_days_of_a_series_rest_on_the_approvals_of_the_series_and_only_on_those() -> None:
    repeating = replace(DRAFT, repeats="day", repeats_until="2026-12-31", starts="2026-11-24T09:00")
    day = replace(ONE, draft=repeating, parent="b" * 32, made_at=NOW + timedelta(days=5))
    later = day.made_at + APPROVAL_LASTS + timedelta(hours=1)
    assert approvers(day, [Approval("asma", day.fingerprint, NOW)], later) == {"asma"}
    assert not approvers(day, [Approval("asma", day.fingerprint, day.made_at + timedelta(minutes=1))], later)
    assert not approvers(replace(day, parent=""), [Approval("asma", day.fingerprint, NOW)], later)


@pytest.mark.parametrize(
    ("before", "now", "more"), [(100, 102, False), (100, 103, True), (10, 10, False), (0, 1, True)]
)
def test_two_percent_more_people_are_too_many(before: int, now: int, more: bool) -> None:
    assert grew(before, now) is more


def test_machines_and_the_terminal_approve_nothing() -> None:
    assert all(why_not_approver(replace(ONE, draft=replace(DRAFT, made_by="x")), name) for name in NOBODY)


@pytest.mark.parametrize(
    ("agreed", "can", "starts"),
    [
        ((), (), False),
        (("asma",), ("asma",), False),
        (("asma", "asma"), ("asma",), False),
        (("bilal", "nadia"), (), False),
        (("bilal", "nadia"), ("bilal",), False),
        (("bilal", "asma"), ("asma",), True),
        (("asma", "terminal"), ("asma",), False),
    ],
)
def test_two_start_it_again_one_of_them_an_approver_and_no_author(
    agreed: tuple[str, ...], can: tuple[str, ...], starts: bool
) -> None:
    assert (why_not_restart(ONE, agreed, can) == "") is starts


def test_every_stop_needs_an_agreement_of_its_own() -> None:
    assert len({ONE.restart, replace(ONE, stops=1).restart, ONE.fingerprint}) == 3
