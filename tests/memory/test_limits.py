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
    st.booleans(),
)


counts = st.builds(Count, st.integers(0, 2**32 - 1), st.integers(0, 2**33), loops)


def talk(*turns, every=5):
    """Answers sent until somebody is muted; a turn is (said, answer, advanced)."""
    loop, now = Loop(), 1_000_000
    for count, (said, answer, advanced) in enumerate(turns, 1):
        loop = loop.after(digest(said), digest(answer), now, advanced=advanced)
        if loop.verdict(now) is Verdict.LOOP:
            return count
        now += every
    return 0


def test_twenty_messages_one_notice_then_silence():
    assert [flood(count) for count in (1, 20, 21, 22, 1000)] == [0, 0, 2, 3, 3]


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
    for noticed, muted in ((True, Verdict.SILENT), (False, Verdict.LOOP)):
        verdict = Count(messages, 0, Loop((), until, noticed)).verdict(now)
        assert verdict == max(flood(messages), muted if now < until else Verdict.OK)


def test_the_same_answer_three_times_in_a_row_is_a_loop():
    assert talk(*[("x", "menu", False)] * 5) == 3
    assert talk(("x", "menu", False), ("x", "menu", False), ("y", "other", False), ("x", "menu", False)) == 0


def test_a_text_that_differs_each_time_but_is_never_understood_is_a_loop():
    assert talk(*[(f"auto reply {count}", "menu", False) for count in range(5)]) == 3


def test_the_same_keyword_with_the_same_answer_three_times_is_a_loop():
    assert talk(*[("call me", "we shall call", True)] * 5) == 3


def test_three_questions_with_one_answer_are_no_loop():
    assert talk(*[(f"check {name}", "not in our list", True) for name in range(20)]) == 0


def test_five_answers_within_a_minute_that_lead_nowhere_are_a_loop():
    answers = [(f"x{count}", f"a{count}", False) for count in range(10)]
    assert talk(*answers, every=5) == 5
    assert talk(*answers, every=16) == 0


def test_a_step_forward_counts_as_the_first_of_the_five():
    stuck = [(f"x{count}", f"a{count}", False) for count in range(10)]
    assert talk(("1", "menu", True), *stuck) == 5
    assert talk(*stuck[:4], ("1", "menu", True), *stuck[4:7]) == 0


def test_our_own_answer_sent_back_is_no_new_question():
    assert talk(*[(f"a{count - 1}", f"a{count}", True) for count in range(1, 20)]) == 5
    assert talk(("hello", "a", True), *[("ab"[count % 2], "ba"[count % 2], True) for count in range(20)]) <= 5


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=8, max_size=40))
def test_whoever_never_gets_on_is_muted_by_the_fifth_answer(turns):
    assert 1 <= talk(*((said, answer, False) for said, answer in turns), every=1) <= 5


def exchange(loop, now, said, answer, *, understood):
    """One text to a loop guard, as a conversation asks it; the loop after it, and what was sent back."""
    verdict = loop.verdict(now)
    if understood and loop.leaves(digest(said)):
        verdict = Verdict.OK
    sent = {Verdict.OK: answer, Verdict.LOOP: "notice"}.get(verdict, "")
    if sent:
        loop = loop.after(digest(said), digest(sent), now, advanced=understood and verdict is Verdict.OK)
    return loop, sent


def sent_to(robot, answers, *, understood):
    """All that a machine is sent that makes each of its texts from our last."""
    loop, last, got = Loop(), "hello", []
    for now, answer in enumerate(answers):
        loop, sent = exchange(loop, now, robot(last), answer, understood=understood)
        got += [sent] if sent else []
        last = sent or last
    return got


@given(
    st.sampled_from([lambda last: last, lambda last: f"> {last.upper()}!"]),
    st.lists(st.sampled_from(["menu", "other menu", "sorry", "which?"]), min_size=60, max_size=599),
    st.booleans(),
)
def test_a_machine_that_sends_our_texts_back_gets_six_messages_and_is_told_why_once(robot, answers, understood):
    got = sent_to(robot, answers, understood=understood)
    assert len(got) <= 6
    assert got.count("notice") == 1


@given(st.text(min_size=1), st.booleans())
def test_a_machine_with_one_text_and_one_answer_gets_three_and_is_told_why_once(said, understood):
    assert sent_to(lambda _: said, ["menu"] * 599, understood=understood) == ["menu"] * 3 + ["notice"]


@given(st.lists(st.sampled_from(["blah", "kuch nahi", "xyz"]), min_size=6, max_size=19), st.sampled_from("xyz"))
def test_a_person_is_heard_again_with_the_first_thing_that_is_understood(nonsense, answer):
    loop, got = Loop(), []
    for count, said in enumerate(nonsense):
        loop, sent = exchange(loop, count, said, answer, understood=False)
        got.append(sent)
    assert got.count("notice") == 1
    loop, sent = exchange(loop, 30, "4859", "VALID", understood=True)
    assert sent == "VALID"
    assert exchange(loop, 31, "MENU", "main", understood=True)[1] == "main"
    assert exchange(loop, 31, "blah", answer, understood=False)[1] == answer


def test_a_mute_ends_and_an_old_answer_is_no_part_of_a_loop():
    loop = Loop()
    for now in (0, 1, 2):
        loop = loop.after(b"x", b"menu", now, advanced=False)
    assert loop.verdict(2 + MUTE_SECONDS - 1) is Verdict.LOOP
    noticed = loop.after(b"x", b"notice", 3, advanced=False)
    assert [noticed.verdict(at) for at in (3, 2 + MUTE_SECONDS - 1)] == [Verdict.SILENT] * 2
    assert loop.verdict(2 + MUTE_SECONDS) is noticed.verdict(2 + MUTE_SECONDS) is Verdict.OK
    again = noticed.after(b"x", b"menu", 2 + MUTE_SECONDS, advanced=False)
    assert (again.muted_until, again.noticed) == (0, False)
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
    assert [cap.verdict(b"a") for _ in range(23)] == [Verdict.OK] * 20 + [Verdict.FLOOD] + [Verdict.SILENT] * 2
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
    assert sorted(verdicts) == [Verdict.OK] * 20 + [Verdict.FLOOD] + [Verdict.SILENT] * 59
