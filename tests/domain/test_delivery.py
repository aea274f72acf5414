"""What news of a message lead to: in every order, however often, the same end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.delivery import (
    MOVES,
    News,
    Next,
    Reason,
    Row,
    State,
    Trouble,
    heard,
    looked,
    may_move,
    refused,
    said,
)

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SENDING = Row(State.SENDING, 1, "", 0, NOW + timedelta(days=1))
WORDS = ("queued", "sending", "sent", "undelivered", "delivered")


def told(row: Row, news: News) -> Row:
    """The row after news, as the store keeps it."""
    follows = heard(row, news, NOW)
    if follows is None:
        return row
    assert may_move(row.state, follows.state)
    again = row.again + (follows.state is State.QUEUED)
    return replace(row, state=follows.state, provider_id=news.provider_id, again=again)


def news_of(word: str, trouble: Trouble = Trouble.NUMBER) -> News:
    state = said(word)
    assert state is not None
    return News(1, "SM1", state, trouble, timedelta(hours=2))


@pytest.mark.parametrize("trouble", [Trouble.NUMBER, Trouble.HANDSET, Trouble.CONSENT, Trouble.UNKNOWN])
@pytest.mark.parametrize("before", [State.SENDING, State.UNKNOWN, State.SENT])
def test_all_orders_of_five_receipts_each_doubled_have_one_end(trouble: Trouble, before: State) -> None:
    ends = set()
    for order in permutations(WORDS):
        row = replace(SENDING, state=before)
        for word in order:
            for _ in range(2):
                row = told(row, news_of(word, trouble))
        ends.add((row.state, row.provider_id))
    assert ends == {(State.DELIVERED, "SM1")}


@pytest.mark.parametrize("trouble", [Trouble.NUMBER, Trouble.HANDSET])
def test_without_delivered_the_end_is_the_failure_acted_on_once(trouble: Trouble) -> None:
    ends = set()
    for order in permutations(WORDS[:4]):
        row, acted = SENDING, 0
        for word in order:
            for _ in range(2):
                acted += heard(row, news_of(word, trouble), NOW) is not None and word == "undelivered"
                row = told(row, news_of(word, trouble))
        ends.add((row.state, row.again, acted))
    assert ends == {(State.FAILED, 0, 1) if trouble is Trouble.NUMBER else (State.QUEUED, 1, 1)}


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.sampled_from(list(Trouble)))
def test_a_message_only_ever_rises(words: list[str], trouble: Trouble) -> None:
    row = SENDING
    for word in words:
        after = told(row, news_of(word, trouble))
        assert after == row or may_move(row.state, after.state)
        assert row.state is not State.DELIVERED or after == row
        row = after


def test_of_an_earlier_try_only_delivered_counts() -> None:
    second = replace(SENDING, attempt=2, provider_id="SM1", again=1)
    assert heard(second, news_of("sent"), NOW) is None
    assert heard(second, news_of("undelivered"), NOW) is None
    assert heard(second, news_of("delivered"), NOW) == Next(State.DELIVERED, Reason.NONE)


def test_what_we_gave_up_and_the_provider_took_is_sent() -> None:
    given_up = replace(SENDING, state=State.FAILED)
    assert heard(given_up, news_of("sent"), NOW) == Next(State.SENT, Reason.NONE)
    queued_again = replace(SENDING, state=State.QUEUED)
    assert heard(queued_again, news_of("sent"), NOW) == Next(State.SENT, Reason.NONE)


def test_a_telephone_that_does_not_take_it_is_tried_twice_more_and_not_past_the_deadline() -> None:
    for again, state in ((0, State.QUEUED), (1, State.QUEUED), (2, State.FAILED)):
        follows = heard(replace(SENDING, again=again), news_of("undelivered", Trouble.HANDSET), NOW)
        assert follows is not None
        assert follows.state is state
    late = replace(SENDING, deadline_at=NOW + timedelta(hours=1))
    assert heard(late, news_of("undelivered", Trouble.HANDSET), NOW) == Next(State.FAILED, Reason.HANDSET)


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (Trouble.CONNECT, (State.QUEUED, False, True)),
        (Trouble.BUSY, (State.QUEUED, False, True)),
        (Trouble.UNSURE, (State.UNKNOWN, True, True)),
        (Trouble.LATER, (State.QUEUED, True, False)),
        (Trouble.HANDSET, (State.QUEUED, True, False)),
        (Trouble.NUMBER, (State.FAILED, True, False)),
        (Trouble.CONSENT, (State.FAILED, True, False)),
        (Trouble.CONTENT, (State.FAILED, True, False)),
        (Trouble.ACCOUNT, (State.QUEUED, True, True)),
        (Trouble.UNKNOWN, (State.FAILED, True, False)),
    ],
)
def test_what_each_class_of_errors_leads_to(trouble: Trouble, expected: tuple[State, bool, bool]) -> None:
    follows = refused(trouble, timedelta(seconds=5), 1, 5)
    assert (follows.state, follows.counts, follows.hurts) == expected
    last = refused(trouble, timedelta(seconds=5), 5, 5)
    assert last.state in (State.FAILED, State.UNKNOWN) or not last.counts
    assert (follows.opt_out, follows.stop, follows.halt) == (
        trouble is Trouble.CONSENT,
        trouble is Trouble.CONTENT,
        trouble is Trouble.ACCOUNT,
    )


def test_two_looks_prove_that_it_was_not_taken() -> None:
    row = replace(SENDING, state=State.UNKNOWN)
    assert looked(row, 1, 5, NOW) is None
    assert looked(row, 2, 5, NOW) == Next(State.QUEUED, Reason.ABSENT)
    assert looked(row, 2, 1, NOW) == Next(State.FAILED, Reason.GAVE_UP)
    assert looked(row, 2, 5, row.deadline_at) == Next(State.FAILED, Reason.LATE)


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(State)
