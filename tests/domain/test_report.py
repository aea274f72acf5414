"""Reports, the legal moves of their cases, and the lock that wrong PINs close."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.report import LOCKED, MOST_WRONG, MOVES, Lock, Numbered, PaidTo, Report, Status, may_move

pytestmark = pytest.mark.fast

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@given(
    st.builds(
        Report,
        licence=st.sampled_from(["", "0008/RWP"]),
        name=st.text(max_size=40),
        paid=st.none() | st.integers(0, 1_000_000_000),
        to=st.sampled_from(PaidTo),
        district=st.sampled_from(["lahore", "sialkot"]),
        anonymous=st.booleans(),
    )
)
def test_a_report_is_read_as_it_was_written(report: Report) -> None:
    assert Report.read(report.write()) == report


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"licence": ""}', "null"])
def test_what_is_no_report_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"no report|Expecting value"):
        Report.read(written)


def test_a_case_moves_only_along_its_arrows() -> None:
    legal = {(before, after) for before in Status for after in Status if may_move(before, after)}
    assert legal == {
        *((before, after) for before, afters in MOVES.items() for after in afters),
        (Status.OPEN, Status.OPEN),
        (Status.CALLED, Status.CALLED),
        (Status.WAITING, Status.WAITING),
    }
    assert (Status.CALLED, Status.OPEN) not in legal
    assert (Status.CLOSED, Status.CLOSED) not in legal


def test_the_fifth_wrong_pin_locks_for_a_day_and_the_sixth_changes_nothing() -> None:
    lock = Lock()
    for wrong in range(1, MOST_WRONG + 1):
        assert not lock.holds(NOW)
        lock = lock.after_wrong(NOW)
        assert lock.wrong == wrong
    assert lock.until == NOW + LOCKED
    assert lock.after_wrong(NOW + timedelta(hours=1)) == lock
    assert lock.holds(NOW + timedelta(hours=23, minutes=59))
    assert not lock.holds(NOW + LOCKED)


def test_after_a_lock_is_over_five_more_are_allowed() -> None:
    lock = Lock(MOST_WRONG, NOW)
    for _ in range(MOST_WRONG - 1):
        lock = lock.after_wrong(NOW)
        assert not lock.holds(NOW)
    assert lock.after_wrong(NOW).holds(NOW)


@given(st.lists(st.integers(0, 12 * 3600), max_size=200))
def test_however_guesses_are_spread_a_day_lies_between_any_five_and_the_next(gaps: list[int]) -> None:
    lock, at, looked_at = Lock(), NOW, []
    for gap in gaps:
        at += timedelta(seconds=gap)
        if not lock.holds(at):
            looked_at.append(at)
        lock = lock.after_wrong(at)
    for fifth, sixth in zip(looked_at[4::MOST_WRONG], looked_at[5::MOST_WRONG], strict=False):
        assert sixth - fifth >= LOCKED


@pytest.mark.parametrize(
    ("status", "hours", "said"),
    [
        (Status.OPEN, 1, "open"),
        (Status.OPEN, -1, "late"),
        (Status.CALLED, -1, "late"),
        (Status.WAITING, 1, "waiting"),
        (Status.CLOSED, -1, "closed"),
    ],
)
def test_a_promise_that_was_not_kept_is_told_as_that(status: Status, hours: int, said: str) -> None:
    case = Numbered("c", "lahore", b"", Lock(), status, NOW + timedelta(hours=hours), b"", b"", b"")
    assert case.said(NOW) == said
