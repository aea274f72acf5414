"""The limits themselves, without Redis: pure rules about counts and answers."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.memory.limits import CAP_PEOPLE, FLOOD_SECONDS, MUTE_SECONDS, Cap, Loop, Sent, Verdict, flood, normal

words = st.text(st.sampled_from("0123456789abcdef"), min_size=12, max_size=12)
loops = st.builds(
    Loop,
    st.lists(st.builds(Sent, words, words, st.integers(0, 2**33), st.booleans()), max_size=6).map(tuple),
    st.integers(0, 2**33),
)


def talk(*turns, every=5):
    """Answers sent until somebody is muted; a turn is (said, answer, advanced)."""
    loop, now = Loop(), 1_000_000
    for count, (said, answer, advanced) in enumerate(turns, 1):
        loop = loop.after(said, answer, now, advanced=advanced)
        if loop.verdict(now) is Verdict.SILENT:
            return count
        now += every
    return 0


def test_twenty_messages_one_notice_then_silence():
    assert [flood(count) for count in (1, 20, 21, 22, 1000)] == [0, 0, 1, 2, 2]


@given(loops)
def test_the_loop_is_written_and_read_without_loss(loop):
    assert Loop.read(loop.write()) == loop
    assert len(loop.write()) <= 250
    assert loop.write().isascii()


@given(st.text(max_size=80))
def test_any_other_line_is_a_person_we_know_nothing_of_or_a_loop(line):
    assert isinstance(Loop.read(line), Loop)


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
        loop = loop.after("x", "menu", now, advanced=False)
    assert loop.verdict(2 + MUTE_SECONDS - 1) is Verdict.SILENT
    assert loop.verdict(2 + MUTE_SECONDS) is Verdict.OK
    for now in (0, MUTE_SECONDS, 2 * MUTE_SECONDS):
        loop = Loop().after("x", "menu", now, advanced=False)
    assert loop.verdict(2 * MUTE_SECONDS) is Verdict.OK


@pytest.mark.parametrize(
    ("one", "other"),
    [("Main menu.\n1 Check", "  main MENU 1: check "), ("\ufb8e\u0627", "\u06a9\u0627"), ("\uff11 a", "1A")],
)
def test_two_texts_are_the_same_whatever_their_case_space_and_signs(one, other):
    assert normal(one) == normal(other)


def test_the_cap_of_a_process_counts_each_sender_for_five_minutes():
    now = [0.0]
    cap = Cap(lambda: now[0])
    assert [cap.verdict("a") for _ in range(23)] == [Verdict.OK] * 20 + [Verdict.NOTICE] + [Verdict.SILENT] * 2
    assert cap.verdict("b") is Verdict.OK
    now[0] = FLOOD_SECONDS
    assert cap.verdict("a") is Verdict.OK


def test_the_cap_forgets_the_sender_who_began_longest_ago():
    cap = Cap(lambda: 0.0)
    for _ in range(22):
        cap.verdict("first")
    for number in range(CAP_PEOPLE - 1):
        cap.verdict(str(number))
    assert cap.verdict("first") is Verdict.SILENT
    cap.verdict("one more")
    assert cap.verdict("first") is Verdict.OK


def test_the_cap_counts_right_in_many_threads():
    cap, verdicts = Cap(lambda: 0.0), []

    def send():
        verdicts.extend(cap.verdict("a") for _ in range(10))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == [Verdict.OK] * 20 + [Verdict.NOTICE] + [Verdict.SILENT] * 59
