"""A turn costs two exchanges, one person's turns never overlap, and nothing in Redis can be read or moved."""

from __future__ import annotations

import threading
import time
from collections import deque

import pytest

from hotline.flow.model import Channel
from hotline.memory.client import connect
from hotline.memory.limits import FLOOD_SECONDS, Verdict
from hotline.memory.line import Line
from hotline.memory.turns import LOCK_SECONDS, WAIT_SECONDS, Arrival, Done, Turns
from hotline.sealing import Vault
from tests.memory.wires import Wire

PERSON = "+923001234567"
OLD, NEW = bytes(range(32)), bytes(range(32, 64))
VAULT = Vault({1: OLD})
NOON = 1_800_000_000.0


def sms(number=1, sender=PERSON, vault=VAULT):
    return Arrival("twilio", f"SM{number}", vault.indexes("thread", sender), Channel.SMS, counted=True)


def step(number, call="CA1"):
    return Arrival("twilio", f"{call}:{number}", VAULT.indexes("thread", call), Channel.VOICE)


def take(turns, arrival, session=b"s"):
    """A whole turn."""
    turns.close(turns.open(arrival), Done(b"<a/>", session))


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
    turns.close(first, Done(b"<a/>", b"where"))
    second = turns.open(sms(2))
    assert (second.session, second.reply, second.locked) == (b"where", None, True)
    turns.close(second, Done(b"<b/>", None))
    assert turns.open(sms(3)).session is None


def test_a_turn_is_two_exchanges(turns, inspect, monkeypatch):
    said = []
    for how in ("ask", "tell"):
        whole = getattr(Line, how)
        monkeypatch.setattr(Line, how, lambda *words, how=how, whole=whole: said.append(how) or whole(*words))
    for number in range(4):
        turns.close(turns.open(sms(number)), Done(b"<a/>", b"s", "1", f"answer {number}", True))
        turns.close(turns.open(step(number)), Done(b"<a/>", b"s"))
    assert said == ["ask", "tell"] * 8
    assert turns.open(sms(3)).reply == b"<a/>"
    assert said == ["ask", "tell"] * 9


def test_the_same_message_gets_the_same_bytes_and_changes_nothing(turns, client, inspect):
    reply = "<Response>\u06a9</Response>".encode()
    turns.close(turns.open(sms(1)), Done(reply, b"s"))
    client.call("PING")
    before = {key: inspect.get(key) for key in inspect.scan_iter()}
    for _ in range(30):
        opened = turns.open(sms(1))
        assert (opened.reply, opened.locked, opened.verdict) == (reply, False, Verdict.OK)
        turns.close(opened, Done(b"<other/>", b"other"))
    client.call("PING")
    assert {key: inspect.get(key) for key in inspect.scan_iter()} == before
    others = (Arrival("other", "SM1", sms().thread, Channel.SMS), sms(1, "+4412345678"))
    assert [turns.open(other).reply for other in others] == [None, None]


def test_only_the_latest_message_of_a_thread_is_remembered(turns):
    """An older one is known by its row in the database; until that is asked, it is a message like any other."""
    take(turns, sms(1))
    take(turns, sms(2), b"later")
    assert turns.open(sms(2)).reply == b"<a/>"
    older = turns.open(sms(1))
    assert (older.reply, older.session, older.locked) == (None, b"later", True)
    turns.abandon(older)
    assert turns.open(sms(2)).reply == b"<a/>"


def test_an_id_no_provider_would_give_is_no_message_we_remember(turns):
    strange = Arrival("twilio", "x" * 300, sms().thread, Channel.SMS)
    take(turns, strange, b"kept")
    nameless = Arrival("twilio", "", sms().thread, Channel.SMS)
    assert (turns.open(strange).reply, turns.open(nameless).reply) == (None, None)


def test_sessions_and_replies_expire_and_every_key_does(turns, inspect):
    turns.close(turns.open(sms(1)), Done(b"<a/>", b"s", "1", "answer", True))
    turns.close(turns.open(step(1)), Done(b"<a/>", b"s"))
    turns.open(sms(2))
    lives = sorted(inspect.pttl(key) // 1000 for key in inspect.scan_iter())
    assert all(life >= 0 for life in lives)
    near = [min((abs(life - due), due) for due in (15, 14_400, 86_400))[1] for life in lives]
    assert near == [15, 14_400, 86_400]


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
    turns.close(second, Done(b"<late/>", b"must not be kept"))
    turns.close(first, Done(b"<a/>", b"kept"))
    assert turns.open(sms(1)).reply == b"<a/>"
    assert turns.open(sms(3)).session == b"kept"


def test_a_clock_that_jumps_back_does_not_make_anybody_wait_for_ever(client, watch):
    turns = Turns(client, VAULT, watch, lambda seconds: None)
    turns.open(sms(1))
    assert not turns.open(sms(2)).locked


def test_the_retry_of_a_message_under_way_waits_for_its_reply(turns, watch):
    first = turns.open(sms(1))
    watch.during.append(lambda: turns.close(first, Done(b"<a/>", b"s")))
    assert turns.open(sms(1)).reply == b"<a/>"


def test_a_turn_that_was_overtaken_neither_saves_nor_unlocks(turns, client, inspect):
    slow = turns.open(sms(1))
    lock = slow.keys.lock
    assert LOCK_SECONDS - 1 <= inspect.ttl(lock) <= LOCK_SECONDS
    inspect.delete(lock)
    fast = turns.open(sms(2))
    turns.close(slow, Done(b"", b"old"))
    turns.abandon(slow)
    client.call("PING")
    assert (inspect.get(lock), inspect.exists(*slow.keys.records)) == (fast.token, 0)
    turns.close(fast, Done(b"", b"new"))
    turns.close(slow, Done(b"", b"old"))
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
            opened = turns.open(Arrival("twilio", f"{name}-{done}-{len(lost)}", sms().thread, Channel.SMS))
            if not opened.locked:
                lost.append(name)
                continue
            count = int(opened.session or b"0") + 1
            counted.append(count)
            turns.close(opened, Done(b"", str(count).encode()))
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


def test_a_value_that_was_changed_or_moved_is_forgotten(turns, client, inspect):
    mine, theirs = sms(1), sms(9, "+923119999999")
    for spoilt in (lambda kept: kept, lambda kept: b"rubbish", lambda kept: kept[:-1] + bytes([kept[-1] ^ 1])):
        take(turns, mine, b"mine")
        take(turns, theirs, b"theirs")
        names = [turns.open(one).keys.records[0] for one in (mine, theirs)]
        inspect.set(names[1], spoilt(inspect.get(names[0])))
        again = turns.open(theirs)
        assert (again.reply, again.session, again.locked) == (None, None, True)
        turns.abandon(again)
        assert turns.open(mine).reply == b"<a/>"


def test_a_new_data_key_loses_no_conversation_and_no_reply(client, watch):
    vaults = Vault({1: OLD}), Vault({2: NEW, 1: OLD}), Vault({2: NEW})
    before, both, after = (Turns(client, vault, watch, watch.sleep) for vault in vaults)

    def texts(number):
        return [sms(number, vault=vault) for vault in vaults]

    take(before, texts(1)[0], b"one")
    assert both.open(texts(1)[1]).reply == b"<a/>"
    turn = both.open(texts(2)[1])
    assert turn.session == b"one"
    assert not before.open(texts(3)[0]).locked
    both.close(turn, Done(b"<b/>", b"two"))
    assert after.open(texts(2)[2]).reply == b"<b/>"
    assert after.open(texts(4)[2]).session == b"two"
    assert before.open(texts(5)[0]).session is None


def test_the_21st_message_in_five_minutes_gets_one_notice_and_the_rest_silence(turns, watch):
    verdicts = []
    for number in range(30):
        opened = turns.open(sms(number))
        verdicts.append(opened.verdict)
        turns.close(opened, Done(b"", None))
    assert verdicts == [Verdict.OK] * 20 + [Verdict.FLOOD] + [Verdict.SILENT] * 9
    assert turns.open(sms(99, "+923119999999")).verdict is Verdict.OK
    for number in range(30):
        opened = turns.open(step(number))
        assert (opened.verdict, opened.locked) == (Verdict.OK, True)
        turns.close(opened, Done(b"", None))
    watch.now += FLOOD_SECONDS
    assert turns.open(sms(100)).verdict is Verdict.OK


def test_a_message_that_waits_is_counted_once(turns, watch):
    first = turns.open(sms(1))
    watch.during.extend([lambda: None, lambda: turns.close(first, Done(b"", None))])
    assert turns.open(sms(2)).count.messages == 2


def test_copies_that_never_get_the_lock_are_counted_by_this_process_and_not_for_all(turns, watch):
    first = turns.open(sms(1))
    verdicts = [turns.open(sms(2)).verdict for _ in range(23)]
    assert verdicts == [Verdict.OK] * 20 + [Verdict.FLOOD] + [Verdict.SILENT] * 2
    turns.close(first, Done(b"", None))
    opened = turns.open(sms(3))
    assert (opened.verdict, opened.count.messages) == (Verdict.OK, 2)


def converse(turns, said, answers, advanced):
    """One person says the same again and again; all that was sent to them: answers, and notices."""
    sent = []
    for number, answer in enumerate(answers):
        opened = turns.open(sms(number))
        text = said(sent) if callable(said) else said
        verdict = opened.verdict_on(text) if advanced else opened.verdict
        told = {Verdict.OK: answer, Verdict.SILENT: ""}.get(verdict, verdict.name)
        turns.close(opened, Done(b"", b"s", text, told, advanced and verdict is Verdict.OK))
        sent += [told] if told else []
    return sent


def test_a_machine_that_answers_each_answer_is_muted_for_ten_minutes(turns, watch):
    answer = "Not understood. 1 Licence"
    assert converse(turns, "I am driving.", [answer] * 10, False) == [answer] * 3 + ["LOOP"]
    watch.now += 599
    assert turns.open(sms(50)).verdict is Verdict.SILENT
    watch.now += 2
    assert turns.open(sms(51)).verdict is Verdict.OK


def test_an_echo_of_our_own_texts_is_muted_though_every_one_opens_a_menu(turns):
    def echo(sent):
        return sent[-1].upper() if sent else "hello"

    sent = converse(turns, echo, [f"Menu {number % 2}: 1 Check a licence" for number in range(20)], True)
    assert len(sent) <= 6
    assert sent.count("LOOP") == 1


def test_a_person_muted_for_a_loop_is_heard_again_with_the_first_text_that_is_understood(turns):
    converse(turns, "blah", ["Not understood."] * 6, False)
    opened = turns.open(sms(50))
    assert opened.verdict_on("blah") is Verdict.SILENT
    assert opened.verdict_on("MENU") is Verdict.OK
    turns.close(opened, Done(b"", b"s", "MENU", "1 Check a licence", True))
    assert turns.open(sms(51)).verdict is Verdict.OK


def test_what_is_understood_does_not_end_the_silence_after_a_flood(turns):
    for number in range(22):
        turns.close(turns.open(sms(number)), Done(b"", None))
    assert turns.open(sms(22)).verdict_on("MENU") is Verdict.SILENT


def test_a_person_who_answers_1_in_menu_after_menu_is_not_muted(turns):
    assert converse(turns, "1", [f"Menu {number}" for number in range(15)], True) == [
        f"Menu {number}" for number in range(15)
    ]


def test_without_redis_a_turn_goes_on_and_this_process_counts(tmp_path, watch):
    client = connect(f"unix://{tmp_path}/nobody", time.monotonic)
    turns = Turns(client, VAULT, watch, watch.sleep)
    opened = [turns.open(sms(number)) for number in range(25)]
    assert all(one.down and not one.locked and one.session is None for one in opened)
    assert [one.verdict for one in opened] == [Verdict.OK] * 20 + [Verdict.FLOOD] + [Verdict.SILENT] * 4
    turns.close(opened[0], Done(b"<a/>", b"s"))
    assert turns.open(step(1)).verdict is Verdict.OK
    assert watch.slept == 0


def test_redis_may_go_in_the_middle_of_a_turn(server, inspect, tmp_path_factory, watch):
    with Wire(tmp_path_factory.mktemp("w") / "s", server.socket) as wire:
        client = connect(wire.url, time.monotonic)
        turns = Turns(client, VAULT, watch, watch.sleep)
        opened, failed = turns.open(sms(1)), turns.open(sms(1, "+923119999999"))
    turns.close(opened, Done(b"<a/>", b"s"))
    turns.abandon(failed)
    client.close()
    assert inspect.exists(*opened.keys.records) == 0


def test_a_turn_does_not_wait_for_redis_to_say_that_it_was_saved(server, inspect, tmp_path_factory, watch):
    with Wire(tmp_path_factory.mktemp("w") / "s", server.socket) as wire:
        client = connect(wire.url, time.monotonic)
        turns = Turns(client, VAULT, watch, watch.sleep)
        opened = turns.open(sms(1))
        wire.held = True
        turns.close(opened, Done(b"<a/>", b"s"))
        client.close()


def test_a_redis_that_began_anew_saves_the_next_turn_too(turns, client, inspect):
    take(turns, sms(1))
    client.call("PING")
    inspect.flushall()
    inspect.script_flush()
    take(turns, sms(2), b"kept")
    assert turns.open(sms(3)).session == b"kept"


def test_a_redis_that_refuses_to_save_is_no_error_of_the_next_turn(turns, client, inspect):
    take(turns, sms(1), b"first")
    opened = turns.open(sms(2))
    inspect.delete(opened.keys.lock)
    inspect.lpush(opened.keys.lock, "no lock of ours")
    turns.close(opened, Done(b"<b/>", b"second"))
    inspect.delete(opened.keys.lock)
    again = turns.open(sms(3))
    assert (again.session, again.down) == (b"first", False)


def test_forgetting_a_person_leaves_nothing_that_is_found_by_the_number(turns, inspect):
    turns.close(turns.open(sms(1)), Done(b"<a/>", b"s", "1", "answer", True))
    turns.forget(sms(1))
    assert list(inspect.scan_iter()) == []
    again = turns.open(sms(2))
    assert (again.session, again.count.messages) == (None, 1)
