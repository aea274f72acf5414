"""A broadcast that does not arrive stops by itself, and one bad number does not stop it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hotline.domain.failing import Canary, Tried, canary_failing, canary_waits, failing

pytestmark = pytest.mark.fast
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
TEN = timedelta(minutes=10)


def tries(**counts: int) -> list[Tried]:
    """Newest first: refused_3 are failures the provider never took."""
    made = {"failed": ("failed", True), "refused": ("failed", False), "sent": ("sent", True)}
    made |= {"delivered": ("delivered", True), "sending": ("sending", False)}
    return [Tried(*made[name]) for name, count in counts.items() for _ in range(count)]


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (tries(refused=19), ""),
        (tries(refused=5, sent=20), ""),
        (tries(refused=6, sent=20), "6 of the last 26 messages failed"),
        (tries(refused=21, sent=79), "21 of the last 100 messages failed"),
        (tries(refused=20, sent=80), ""),
        (tries(sent=100, refused=100), ""),
        (tries(sending=500, refused=21, sent=79), "21 of the last 100 messages failed"),
        # None arrives, but a thousand are merely on their way.
        (tries(sent=1000, failed=30, delivered=10), "30 of the last 40 messages did not arrive"),
        (tries(sent=1000, failed=5, delivered=30), ""),
    ],
)
def test_too_many_failures_among_the_last_hundred_stop_it(made: list[Tried], why: str) -> None:
    assert failing(made, 0.2) == why


def first(state: str, count: int, minutes: int | None = 0) -> list[Canary]:
    at = None if minutes is None else NOW - timedelta(minutes=minutes)
    return [Canary(state, True, at)] * count


@pytest.mark.parametrize(
    ("people", "waits"),
    [
        (first("queued", 20, None), True),
        (first("queued", 11, None) + first("sent", 9, 60), True),
        (first("queued", 10, None) + first("sent", 10, 10), False),
        (first("sent", 20, 9), True),
        (first("sent", 20, 10), False),
        (first("delivered", 19, 0) + first("failed", 1, 0), False),
        (first("delivered", 19, 0) + first("unknown", 1, 0), True),
        (first("failed", 20, None), False),
        ([], False),
    ],
)
def test_the_first_batch_is_judged_when_it_was_tried_and_had_its_time(people: list[Canary], waits: bool) -> None:
    assert canary_waits(people, NOW, TEN) is waits


def test_the_first_batch_speaks_even_when_it_is_small() -> None:
    assert canary_failing(first("failed", 2) + first("delivered", 3), 0.2) == "2 of the last 5 messages failed"
    assert canary_failing(first("failed", 1) + first("delivered", 4), 0.2) == ""


def test_who_was_never_tried_says_nothing() -> None:
    assert canary_failing(first("failed", 9, None) + first("delivered", 1), 0.2) == ""
