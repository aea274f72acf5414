"""The limits themselves, without Redis: pure rules about counts and answers."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.memory.limits import (
    CAP_PEOPLE,
    DIGEST_BYTES,
    FLOOD_SECONDS,
    MUTE_SECONDS,
    Cap,
    Count,
    Loop,
    Sent,
    Verdict,
    digest,
    flood,
    normal,
)

words = st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES)
loops = st.builds(
    Loop,
    st.lists(st.builds(Sent, words, words, st.integers(0, 2**33), st.booleans()), max_size=6).map(tuple),
    st.integers(0, 2**33),
)


counts = st.builds(Count, st.integers(0, 2**32 - 1), st.integers(0, 2**33), loops)


def talk(*turns, every=5):
    """Answers sent until somebody is muted; a turn is (said, answer, advanced)."""
    loop, now = Loop(), 1_000_000
    for count, (said, answer, advanced) in enumerate(turns, 1):
        loop = loop.after(digest(said), digest(answer), now, advanced=advanced)
        if loop.verdict(now) is Verdict.SILENT:
            return count
        now += every
    return 0


def test_twenty_messages_one_notice_then_silence():
    assert [flood(count) for count in (1, 20, 21, 22, 1000)] == [0, 0, 1, 2, 2]


@given(counts)
def test_a_count_is_written_and_read_without_loss(count):
    assert Count.read(count.write()) == count
    assert len(count.write()) <= 150


def test_a_window_of_five_minutes_begins_with_its_first_message():
    count = Count()
    for now, messages in ((1000.9, 1), (1000.9, 2), (1299.9, 3), (1300.0, 1), (900.0, 1), (901.0, 2)):
        count = count.one_more(now)
        assert count.messages == messages


@given(st.integers(0, 100), st.integers(0, 2000), st.integers(0, 2000))
def test_of_flood_and_loop_the_stricter_holds(messages, until, now):
    verdict = Count(messages, 0, Loop((), until)).verdict(now)
    assert verdict == max(flood(messages), Verdict.SILENT if now < until else Verdict.OK)


def test_the_same_answer_three_times_in_a_row_is_a_loop():
    assert talk(*[("x", "menu", False)] * 5) == 3
    assert talk(("x", "menu", False), ("x", "menu", False), ("y", "other", False), ("x", "menu", False)) == 0


def test_a_text_that_differs_each_time_but_is_never_understood_is_a_loop():
    assert talk(*[(f"auto reply {count}", "menu", False) for count in range(5)]) == 3


def test_the_same_keyword_with_the_same_answer_three_times_is_a_loop():
    assert talk(*[("call me", "we shall call", True)] * 5) == 3


def test_three_questions_with_one_answer_are_no_loop():
    assert talk(*[(f"check {name}", "not in our list", True) for name in range(20)]) == 0


def test_six_answers_within_a_minute_that_lead_nowhere_are_a_loop():
    answers = [(f"x{count}", f"a{count}", False) for count in range(10)]
    assert talk(*answers, every=5) == 6
    assert talk(*answers, every=13) == 0


def test_a_step_forward_counts_as_the_first_of_the_six():
    stuck = [(f"x{count}", f"a{count}", False) for count in range(10)]
    assert talk(("1", "menu", True), *stuck) == 6
    assert talk(*stuck[:5], ("1", "menu", True), *stuck[5:9]) == 0


def test_our_own_answer_sent_back_is_no_new_question():
    assert talk(*[(f"a{count - 1}", f"a{count}", True) for count in range(1, 20)]) == 6
    assert talk(("hello", "a", True), *[("ab"[count % 2], "ba"[count % 2], True) for count in range(20)]) <= 6


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=8, max_size=40))
def test_whoever_never_gets_on_is_muted_by_the_sixth_answer(turns):
    assert 1 <= talk(*((said, answer, False) for said, answer in turns), every=1) <= 6


def test_a_mute_ends_and_an_old_answer_is_no_part_of_a_loop():
    loop = Loop()
    for now in (0, 1, 2):
        loop = loop.after(b"x", b"menu", now, advanced=False)
    assert loop.verdict(2 + MUTE_SECONDS - 1) is Verdict.SILENT
    assert loop.verdict(2 + MUTE_SECONDS) is Verdict.OK
    for now in (0, MUTE_SECONDS, 2 * MUTE_SECONDS):
        loop = Loop().after(b"x", b"menu", now, advanced=False)
    assert loop.verdict(2 * MUTE_SECONDS) is Verdict.OK


@pytest.mark.parametrize(
    ("one", "other"),
    [("Main menu.\n1 Check", "  main MENU 1: check "), ("\ufb8e\u0627", "\u06a9\u0627"), ("\uff11 a", "1A")],
)
def test_two_texts_are_the_same_whatever_their_case_space_and_signs(one, other):
    assert normal(one) == normal(other)
    assert digest(one) == digest(other) != digest(one + "x")


def test_any_text_has_a_digest():
    assert len(digest("\ud800")) == len(digest("")) == DIGEST_BYTES


def test_the_cap_of_a_process_counts_each_sender_for_five_minutes():
    now = [0.0]
    cap = Cap(lambda: now[0])
    assert [cap.verdict(b"a") for _ in range(23)] == [Verdict.OK] * 20 + [Verdict.NOTICE] + [Verdict.SILENT] * 2
    assert cap.verdict(b"b") is Verdict.OK
    now[0] = FLOOD_SECONDS
    assert cap.verdict(b"a") is Verdict.OK


def test_the_cap_forgets_the_sender_who_began_longest_ago():
    cap = Cap(lambda: 0.0)
    for _ in range(22):
        cap.verdict(b"first")
    for number in range(CAP_PEOPLE - 1):
        cap.verdict(b"%d" % number)
    assert cap.verdict(b"first") is Verdict.SILENT
    cap.verdict(b"one more")
    assert cap.verdict(b"first") is Verdict.OK


def test_the_cap_counts_right_in_many_threads():
    cap, verdicts = Cap(lambda: 0.0), []

    def send():
        verdicts.extend(cap.verdict(b"a") for _ in range(10))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == [Verdict.OK] * 20 + [Verdict.NOTICE] + [Verdict.SILENT] * 59
