"""A turn costs two exchanges, one person's turns never overlap, and nothing in Redis can be read or moved."""

from __future__ import annotations

import threading
import time
from collections import deque

import pytest

from hotline.flow.model import Channel
from hotline.memory.client import connect
from hotline.memory.limits import Verdict
from hotline.memory.turns import LOCK_SECONDS, WAIT_SECONDS, Arrival, Done, Turns
from hotline.sealing import Vault
from tests.memory.wires import Wire

PERSON = "+923001234567"
OLD, NEW = bytes(range(32)), bytes(range(32, 64))
VAULT = Vault({1: OLD})
NOON = 1_800_000_000.0


def sms(number=1, sender=PERSON):
    return Arrival("twilio", f"SM{number}", sender, Channel.SMS, proof=f"signature {number}", sender=sender)


def step(number, call="CA1"):
    return Arrival("twilio", f"{call}:{number}", call, Channel.VOICE)


class Watch:
    """A clock that sleeping moves; `during` are things that happen while somebody sleeps, one a sleep."""

    def __init__(self):
        self.now = NOON
        self.slept = 0.0
        self.during = deque()

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.slept += seconds
        if self.during:
            self.during.popleft()()


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def turns(client, watch):
    return Turns(client, VAULT, watch, watch.sleep)


def test_a_session_lasts_from_one_turn_to_the_next(turns):
    first = turns.open(sms(1))
    assert (first.session, first.reply, first.locked, first.verdict) == (None, None, True, Verdict.OK)
    assert turns.close(first, Done(b"<a/>", b"where"))
    second = turns.open(sms(2))
    assert (second.session, second.reply, second.locked) == (b"where", None, True)
    assert turns.close(second, Done(b"<b/>", None))
    assert turns.open(sms(3)).session is None


def test_a_turn_is_two_exchanges(server, inspect, tmp_path_factory, watch):
    inspect.config_resetstat()
    with Wire(tmp_path_factory.mktemp("w") / "s", server.socket) as wire:
        client = connect(wire.url, time.monotonic)
        turns = Turns(client, VAULT, watch, watch.sleep)
        counts = []
        for number in range(4):
            before = wire.exchanges
            turns.close(turns.open(sms(number)), Done(b"<a/>", b"s", "1", f"answer {number}", True))
            turns.close(turns.open(step(number)), Done(b"<a/>", b"s"))
            counts.append(wire.exchanges - before)
        assert counts[1:] == [4, 4, 4]
        before = wire.exchanges
        assert turns.open(sms(1)).reply == b"<a/>"
        assert wire.exchanges - before == 1
        client.close()
    seen = inspect.info("commandstats")
    assert (seen["cmdstat_evalsha"]["calls"], seen["cmdstat_eval"]["calls"]) == (17, 2)


def test_the_same_message_gets_the_same_bytes_and_is_counted_once(turns, inspect):
    reply = "<Response>\u06a9</Response>".encode()
    turns.close(turns.open(sms(1)), Done(reply, b"s"))
    before = {key: inspect.get(key) for key in inspect.scan_iter()}
    for again in (sms(1), Arrival("twilio", "SM-other", PERSON, Channel.SMS, "signature 1", PERSON)):
        opened = turns.open(again)
        assert (opened.reply, opened.locked) == (reply, False)
        assert not turns.close(opened, Done(b"<other/>", b"other"))
    assert turns.open(Arrival("twilio", "SM1", "+4412345678", Channel.SMS)).reply == reply
    assert {key: inspect.get(key) for key in inspect.scan_iter()} == before
    assert turns.open(Arrival("other", "SM1", PERSON, Channel.SMS)).reply is None


def test_the_first_reply_stays(turns):
    first, second = turns.open(step(1)), turns.open(step(1))
    turns.close(second, Done(b"<second/>", None))
    turns.close(first, Done(b"<first/>", None))
    assert turns.open(step(1)).reply == b"<second/>"


def test_sessions_and_replies_expire_and_every_key_does(turns, inspect):
    turns.close(turns.open(sms(1)), Done(b"<a/>", b"s", "1", "answer", True))
    turns.close(turns.open(step(1)), Done(b"<a/>", b"s"))
    turns.open(sms(2))
    lives = sorted(inspect.pttl(key) // 1000 for key in inspect.scan_iter())
    assert all(life >= 0 for life in lives)
    near = [min((abs(life - due), due) for due in (15, 300, 600, 14_400, 86_400))[1] for life in lives]
    assert near == [15, 300, 600, 14_400, 14_400, 86_400, 86_400, 86_400]


def test_a_call_and_an_sms_of_one_person_do_not_share_a_conversation(turns):
    turns.close(turns.open(step(1)), Done(b"", b"call"))
    text = turns.open(sms(1))
    assert text.session is None
    turns.close(text, Done(b"", b"sms"))
    assert turns.open(step(2)).session == b"call"


def test_a_busy_thread_is_waited_for(turns, watch):
    first = turns.open(sms(1))
    watch.during.extend([lambda: None, lambda: turns.close(first, Done(b"", b"done"))])
    second = turns.open(sms(2))
    assert (second.session, second.locked) == (b"done", True)
    assert 0 < watch.slept < 0.1


def test_after_two_seconds_the_turn_goes_on_without_its_session(turns, watch):
    first = turns.open(sms(1))
    second = turns.open(sms(2))
    assert (second.session, second.locked, second.down) == (None, False, False)
    assert WAIT_SECONDS <= watch.slept < WAIT_SECONDS + 0.11
    assert not turns.close(second, Done(b"<late/>", b"must not be kept"))
    assert turns.close(first, Done(b"", b"kept"))
    assert turns.open(sms(2)).reply == b"<late/>"
    assert turns.open(sms(3)).session == b"kept"


def test_a_clock_that_jumps_back_does_not_make_anybody_wait_for_ever(client, watch):
    turns = Turns(client, VAULT, watch, lambda seconds: None)
    turns.open(sms(1))
    assert not turns.open(sms(2)).locked


def test_the_retry_of_a_message_under_way_waits_for_its_reply(turns, watch):
    first = turns.open(sms(1))
    watch.during.append(lambda: turns.close(first, Done(b"<a/>", b"s")))
    assert turns.open(sms(1)).reply == b"<a/>"


def test_a_turn_that_was_overtaken_neither_saves_nor_unlocks(turns, inspect):
    slow = turns.open(sms(1))
    lock = slow.keys.lock
    assert LOCK_SECONDS - 1 <= inspect.ttl(lock) <= LOCK_SECONDS
    inspect.delete(lock)
    fast = turns.open(sms(2))
    assert not turns.close(slow, Done(b"", b"old"))
    turns.abandon(slow)
    assert inspect.get(lock) == fast.token
    assert turns.close(fast, Done(b"", b"new"))
    assert not turns.close(slow, Done(b"", b"old"))
    assert turns.open(sms(3)).session == b"new"


def test_a_turn_that_failed_gives_the_lock_back_and_leaves_the_session(turns):
    turns.close(turns.open(sms(1)), Done(b"", b"kept"))
    turns.abandon(turns.open(sms(2)))
    assert turns.open(sms(2)).session == b"kept"


def test_the_turns_of_one_person_follow_one_another_in_all_threads(server, inspect):
    client = connect(server.url, time.monotonic)
    turns = Turns(client, VAULT, time.time, lambda seconds: time.sleep(seconds / 100))
    counted, lost = [], []

    def speak(name):
        done = 0
        while done < 25:
            opened = turns.open(Arrival("twilio", f"{name}-{done}-{len(lost)}", PERSON, Channel.SMS))
            if not opened.locked:
                lost.append(name)
                continue
            count = int(opened.session or b"0") + 1
            counted.append(count)
            assert turns.close(opened, Done(b"", str(count).encode()))
            done += 1

    threads = [threading.Thread(target=speak, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == list(range(1, 101))
    client.close()


def test_no_number_no_text_and_no_session_is_readable_in_redis(turns, inspect):
    done = Done(
        b"<Message>Chiragh Travels</Message>", b'{"at": "licence.which"}', "check 4859", "Chiragh Travels", True
    )
    turns.close(turns.open(sms(1)), done)
    turns.open(sms(2))
    kept = b"".join(key + inspect.dump(key) + (inspect.get(key) or b"") for key in inspect.scan_iter())
    for secret in (b"923001234567", b"3001234567", b"Chiragh", b"licence", b"4859", b"SM1", b"signature"):
        assert secret not in kept


def test_a_value_that_was_changed_or_moved_is_forgotten(turns, inspect):
    other = sms(9, "+923119999999")
    turns.close(turns.open(sms(1)), Done(b"<a/>", b"mine"))
    theirs = turns.open(other)
    turns.close(theirs, Done(b"<b/>", b"theirs"))
    mine = turns.open(sms(2))
    turns.abandon(mine)
    inspect.set(theirs.keys.sessions[0], inspect.get(mine.keys.sessions[0]))
    inspect.set(theirs.keys.replies[0], b"rubbish")
    inspect.delete(theirs.keys.replies[1])
    again = turns.open(other)
    assert (again.reply, again.session, again.locked) == (None, None, True)


def test_a_new_data_key_loses_no_conversation_and_no_reply(client, watch):
    before = Turns(client, Vault({1: OLD}), watch, watch.sleep)
    both = Turns(client, Vault({2: NEW, 1: OLD}), watch, watch.sleep)
    after = Turns(client, Vault({2: NEW}), watch, watch.sleep)
    before.close(before.open(sms(1)), Done(b"<a/>", b"one"))
    assert both.open(sms(1)).reply == b"<a/>"
    turn = both.open(sms(2))
    assert turn.session == b"one"
    assert not before.open(sms(3)).locked
    assert both.close(turn, Done(b"<b/>", b"two"))
    assert after.open(sms(2)).reply == b"<b/>"
    assert after.open(sms(4)).session == b"two"
    assert before.open(sms(5)).session is None


def test_the_21st_message_in_five_minutes_gets_one_notice_and_the_rest_silence(turns, inspect):
    verdicts = []
    for number in range(30):
        opened = turns.open(sms(number))
        verdicts.append(opened.verdict)
        turns.close(opened, Done(b"", None))
    assert verdicts == [Verdict.OK] * 20 + [Verdict.NOTICE] + [Verdict.SILENT] * 9
    assert turns.open(sms(99, "+923119999999")).verdict is Verdict.OK
    assert [turns.open(step(number)).verdict for number in range(30)] == [Verdict.OK] * 30
    inspect.delete(opened.keys.flood)
    assert turns.open(sms(100)).verdict is Verdict.OK


def test_a_message_that_waits_is_counted_once(turns, inspect):
    turns.open(sms(1))
    waited = turns.open(sms(2))
    assert inspect.get(waited.keys.flood) == b"2"


def converse(turns, said, answers, advanced):
    """One person says the same again and again; how many of the answers were sent."""
    sent = 0
    for number, answer in enumerate(answers):
        opened = turns.open(sms(number))
        silent = opened.verdict is Verdict.SILENT
        text = said(sent, answers) if callable(said) else said
        turns.close(opened, Done(b"", b"s", text, "" if silent else answer, advanced))
        sent += not silent
    return sent


def test_a_machine_that_answers_each_answer_is_muted_for_ten_minutes(turns, watch):
    assert converse(turns, "I am driving.", ["Not understood. 1 Licence"] * 10, False) == 3
    watch.now += 599
    assert turns.open(sms(50)).verdict is Verdict.SILENT
    watch.now += 2
    assert turns.open(sms(51)).verdict is Verdict.OK


def test_an_echo_of_our_own_texts_is_muted_though_every_one_opens_a_menu(turns):
    def echo(sent, answers):
        return answers[sent - 1].upper() if sent else "hello"

    assert converse(turns, echo, [f"Menu {number % 2}: 1 Check a licence" for number in range(20)], True) <= 6


def test_a_person_who_answers_1_in_menu_after_menu_is_not_muted(turns):
    assert converse(turns, "1", [f"Menu {number}" for number in range(15)], True) == 15


def test_without_redis_a_turn_goes_on_and_this_process_counts(tmp_path, watch):
    client = connect(f"unix://{tmp_path}/nobody", time.monotonic)
    turns = Turns(client, VAULT, watch, watch.sleep)
    opened = [turns.open(sms(number)) for number in range(25)]
    assert all(one.down and not one.locked and one.session is None for one in opened)
    assert [one.verdict for one in opened] == [Verdict.OK] * 20 + [Verdict.NOTICE] + [Verdict.SILENT] * 4
    assert not turns.close(opened[0], Done(b"<a/>", b"s"))
    assert turns.open(step(1)).verdict is Verdict.OK
    assert watch.slept == 0


def test_redis_may_go_in_the_middle_of_a_turn(server, inspect, tmp_path_factory, watch):
    with Wire(tmp_path_factory.mktemp("w") / "s", server.socket) as wire:
        client = connect(wire.url, time.monotonic)
        turns = Turns(client, VAULT, watch, watch.sleep)
        opened, failed = turns.open(sms(1)), turns.open(sms(1, "+923119999999"))
    assert not turns.close(opened, Done(b"<a/>", b"s"))
    turns.abandon(failed)
    client.close()


def test_forgetting_a_person_leaves_nothing_that_is_found_by_the_number(turns, inspect):
    turns.close(turns.open(sms(1)), Done(b"<a/>", b"s", "1", "answer", True))
    turns.forget(sms(1))
    names = turns.open(sms(2)).keys
    assert inspect.exists(*names.sessions, names.loop) == 0
    assert inspect.get(names.flood) == b"1"
