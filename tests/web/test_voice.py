"""Calls, from the first ring to the end: what is heard, in which language, and that nobody falls off in silence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import redis

from hotline.flow.model import SPOKEN
from hotline.flow.render import fragments
from hotline.pocket.calls import Call
from hotline.store import cases, people
from hotline.store.schema import inbound, suppressions
from tests.channels.twiml_subset import check, meaning
from tests.people_met import number_of_case
from tests.web.running import Answer, Running, call

PUNJABI, URDU, ENGLISH = "2", "1", "3"


class Ear:
    """What is heard in a call since one listened last."""

    def __init__(self, hotline: Running, ringing: Call) -> None:
        self.hotline, self.call, self.place = hotline, ringing, 0

    def words(self) -> tuple[str, ...]:
        """The words of every clip that was new, in order."""
        new = self.call.heard[self.place :]
        self.place = len(self.call.heard)
        assert not [sound for sound in new if sound.kind in ("trouble", "say")]
        return tuple(sound.words for sound in new if sound.kind == "clip")

    def hears(self, key: str, locale: str) -> bool:
        """Whether what was new begins with this sentence of the catalogue, or it stands somewhere in it."""
        return told(self.hotline, self.words(), key, locale)


def told(hotline: Running, words: Sequence[str], key: str, locale: str) -> bool:
    """Whether every piece of a sentence of the catalogue is among these clips, in its order."""
    rest = iter(words)
    return all(piece in rest for piece in fragments(hotline.house.book.texts[SPOKEN[locale]][key]))


def choose(hotline: Running, person: str, language: str) -> None:
    """Ring, choose a language and hang up: from now on the person is known."""
    hotline.hang_up(hotline.ring(person, language))


def test_a_first_caller_is_asked_for_the_language_in_each_language(hotline: Running, person: str) -> None:
    words = Ear(hotline, hotline.ring(person)).words()
    for key, locale in (("1", "ur"), ("2", "pa_Arab"), ("3", "en")):
        label = hotline.house.book.texts[locale][f"welcome.choose.{key}#voice"]
        (piece,) = fragments(label)
        assert any(piece in clip for clip in words), key


def test_who_presses_2_hears_punjabi_from_then_on_in_every_call(hotline: Running, person: str) -> None:
    first = hotline.ring(person)
    ear = Ear(hotline, first)
    ear.words()
    first.press(PUNJABI)
    assert ear.hears("main.menu#menu", "pa_Arab")
    hotline.hang_up(first)
    known = people.find(hotline.house.database, hotline.house.vault.indexes("number", person))
    assert known is not None
    assert (known.locale, known.chosen) == ("pa_Arab", True)
    assert told(hotline, Ear(hotline, hotline.ring(person)).words(), "main.menu#menu", "pa_Arab")


def test_the_verdict_is_heard_number_by_number(hotline: Running, person: str) -> None:
    choose(hotline, person, PUNJABI)
    ringing = hotline.ring(person, "1")
    ear = Ear(hotline, ringing)
    assert ear.hears("licence.which#voice", "pa_Arab")
    ringing.press("4859#")
    words = ear.words()
    assert told(hotline, words, "licence.verdict.valid#voice", "pa_Arab")
    assert "Chiragh Overseas Employment" in words
    assert told(hotline, words, "licence.next#voice", "pa_Arab")


@pytest.mark.parametrize(
    ("keys", "entry", "heard"),
    [
        (("1",), "04859#", ("licence.verdict.valid#voice", "licence.next#voice")),
        (("5", "2", "2"), "123457#", ("alerts.ours.unknown#say", "alerts.after#menu")),
        (("3", "2", "4821935#"), "0417#", ("case.status.wrong#voice", "case.next#voice")),
        (("5", "5", "4", "2", "17#"), "21#", ("mydata.hours_kept#say",)),
    ],
    ids=["licence", "alert", "case", "hours"],
)
def test_the_hash_that_ends_a_full_number_is_no_key_of_what_follows(
    hotline: Running, person: str, keys: tuple[str, ...], entry: str, heard: tuple[str, ...]
) -> None:
    choose(hotline, person, ENGLISH)
    ear = Ear(hotline, hotline.ring(person, *keys))
    ear.words()
    ear.call.press(entry)
    words = ear.words()
    assert all(told(hotline, words, key, "en") for key in heard), words
    assert [sound.words for sound in ear.call.heard if sound.kind == "keys"][-1] == entry
    if len(heard) > 1:
        assert not told(hotline, words, "main.menu#menu", "en")


@pytest.mark.parametrize("keys", [("1",), ("3", "1")], ids=["check", "report"])
@pytest.mark.parametrize("entry", ["03001234567#", "00923001234567#", "3520212345671#", "04235761234#"])
def test_a_telephone_or_identity_card_number_is_told_apart_from_a_licence(
    hotline: Running, person: str, keys: tuple[str, ...], entry: str
) -> None:
    choose(hotline, person, ENGLISH)
    ear = Ear(hotline, hotline.ring(person, *keys))
    ear.words()
    ear.call.press(entry)
    words = ear.words()
    again = "licence.which.again#voice" if keys == ("1",) else "report.which.again#voice"
    assert told(hotline, words, "always.telephone#say", "en")
    assert told(hotline, words, again, "en")
    ear.call.press("4859#")
    assert "Chiragh Overseas Employment" in ear.words()


def test_a_number_that_is_a_digit_too_long_is_no_telephone_number(hotline: Running, person: str) -> None:
    choose(hotline, person, ENGLISH)
    words = Ear(hotline, hotline.ring(person, "1", "485900#")).words()
    assert told(hotline, words, "licence.which.again#voice", "en")
    assert not told(hotline, words, "always.telephone#say", "en")


def test_who_does_not_press_hash_is_heard_when_the_time_is_up(hotline: Running, person: str) -> None:
    choose(hotline, person, ENGLISH)
    ear = Ear(hotline, hotline.ring(person, "1", "04859"))
    assert not told(hotline, ear.words(), "licence.verdict.valid#voice", "en")
    ear.call.silence()
    assert ear.hears("licence.verdict.valid#voice", "en")


@pytest.mark.parametrize("keys", ["2" * 40 + "#", "2" * 100])
def test_a_key_that_sticks_ends_no_call(hotline: Running, person: str, keys: str) -> None:
    choose(hotline, person, ENGLISH)
    ringing = hotline.ring(person, "1", keys)
    assert ringing.status == "in-progress"


@pytest.mark.parametrize(
    ("number", "verdict"),
    [("1111", "barred"), ("3333", "cautioned"), ("7777", "unknown_number"), ("2567", "several")],
)
def test_each_verdict_is_heard(hotline: Running, person: str, number: str, verdict: str) -> None:
    choose(hotline, person, URDU)
    ringing = hotline.ring(person, "1", f"{number}#")
    assert told(hotline, Ear(hotline, ringing).words(), f"licence.verdict.{verdict}#voice", "ur")


def test_who_only_texted_is_still_asked_at_the_first_call(hotline: Running, person: str) -> None:
    hotline.text(person, "CHECK 4859")
    ringing = hotline.ring(person)
    ear = Ear(hotline, ringing)
    assert ear.hears("welcome.choose#menu", "en")
    ringing.press(PUNJABI)
    assert ear.hears("main.menu#menu", "pa_Arab")
    assert hotline.shows(hotline.text(person, "menu please"), "main.menu#menu", "en")
    hotline.hang_up(ringing)


def test_a_language_chosen_in_a_text_is_the_one_heard(hotline: Running, person: str) -> None:
    hotline.text(person, "ENGLISH")
    assert Ear(hotline, hotline.ring(person)).hears("main.menu#menu", "en")


def test_roman_urdu_is_a_way_of_writing_and_is_heard_as_urdu(hotline: Running, person: str) -> None:
    hotline.text(person, "ROMAN")
    assert Ear(hotline, hotline.ring(person)).hears("main.menu#menu", "ur")


def test_a_wrong_key_is_told_and_the_second_offers_a_hand(hotline: Running, person: str) -> None:
    choose(hotline, person, URDU)
    ringing = hotline.ring(person, "8")
    ear = Ear(hotline, ringing)
    words = ear.words()
    assert told(hotline, words, "always.wrong_key#say", "ur")
    assert told(hotline, words, "main.menu#menu", "ur")
    ringing.press("7")
    assert ear.hears("help.stuck#menu", "ur")


def test_who_never_presses_a_key_is_let_go_after_a_few_silences(hotline: Running, person: str) -> None:
    ringing = hotline.ring(person)
    silences = 0
    while ringing.status == "in-progress":
        ringing.silence()
        silences += 1
        assert silences <= 6
    assert ringing.status == "completed"
    assert told(hotline, Ear(hotline, ringing).words(), "always.goodbye#say", "ur")
    assert not people.find(hotline.house.database, hotline.house.vault.indexes("number", person))


def test_the_hand_that_is_offered_leads_to_one_call_back(hotline: Running, person: str) -> None:
    choose(hotline, person, ENGLISH)
    ringing = hotline.ring(person, "0")
    ear = Ear(hotline, ringing)
    assert ear.hears("counsellor.offer#menu", "en")
    ringing.press("1")
    assert ear.hears("counsellor.leave.done#say", "en")
    ringing.press("01")
    assert ear.hears("counsellor.leave.already#say", "en")
    (case,) = cases.open_cases(hotline.house.database)
    number = number_of_case(hotline.house.vault, case)
    assert number == person


def test_messages_are_stopped_and_started_by_keys(hotline: Running, person: str) -> None:
    choose(hotline, person, ENGLISH)
    hotline.hang_up(hotline.ring(person, "5", "5", "2"))
    assert [row.stopped for row in hotline.rows(suppressions)] == [True]
    hotline.hang_up(hotline.ring(person, "5", "5", "3"))
    assert [row.stopped for row in hotline.rows(suppressions)] == [False]


def test_a_withheld_number_is_helped_and_not_remembered(hotline: Running) -> None:
    ringing = hotline.ring("anonymous", ENGLISH, "1", "4859#")
    ear = Ear(hotline, ringing)
    assert ear.hears("licence.verdict.valid#voice", "en")
    ringing.press("01")
    assert ear.hears("counsellor.leave.no_number#say", "en")
    assert not cases.open_cases(hotline.house.database)
    assert Ear(hotline, hotline.ring("anonymous")).hears("welcome.choose#menu", "ur")


def test_a_dropped_call_can_be_gone_on_with_for_half_an_hour(hotline: Running, person: str) -> None:
    choose(hotline, person, ENGLISH)
    hotline.hang_up(hotline.ring(person, "1"))
    again = hotline.ring(person)
    ear = Ear(hotline, again)
    assert ear.hears("welcome.cut_off#menu", "en")
    again.press("1")
    assert ear.hears("licence.which#voice", "en")
    hotline.hang_up(again)
    hotline.clock.forward(minutes=31)
    assert Ear(hotline, hotline.ring(person)).hears("main.menu#menu", "en")


# --- the documents themselves ---


def test_every_step_has_an_address_of_its_own_and_says_where_to_go_on(hotline: Running, person: str) -> None:
    sid = "CA" + "7" * 32
    answer = hotline.post("/twilio/voice", call(person, sid))
    for step, keys in enumerate((ENGLISH, "1", "4859", "0", ""), 1):
        document = check(answer.body)
        action = f"{hotline.url}/twilio/voice/{step}"
        (gather,) = document.iter("Gather")
        assert gather.get("action") == action
        assert [one.text for one in document.iter("Redirect")] == [action]
        answer = hotline.post(f"/twilio/voice/{step}", call(person, sid, Digits=keys))
        assert answer.status == 200


def test_a_step_that_is_asked_again_is_answered_with_the_same_bytes(
    hotline: Running, redis_inside: redis.Redis, person: str
) -> None:
    sid = "CA" + "8" * 32
    steps: list[tuple[str, dict[str, str]]] = [("/twilio/voice", {})]
    steps += [(f"/twilio/voice/{step}", {"Digits": keys}) for step, keys in enumerate((ENGLISH, "0", "1"), 1)]
    first = [hotline.post(path, call(person, sid, **more)).body for path, more in steps]
    again = [hotline.post(path, call(person, sid, **more)).body for path, more in steps]
    # Other keys at a step that is over change nothing: the step is the event.
    other = [hotline.post(path, call(person, sid, **{**more, "Digits": "9"})).body for path, more in steps]
    redis_inside.flushall()
    late = [hotline.post(path, call(person, sid, **more)).body for path, more in steps]
    assert first == again == other == late
    assert len(hotline.rows(inbound)) == len(steps)
    assert len(cases.open_cases(hotline.house.database)) == 1


def test_a_call_goes_on_where_it_was_when_memory_is_lost(
    hotline: Running, redis_inside: redis.Redis, person: str
) -> None:
    ringing = hotline.ring(person, PUNJABI, "1")
    redis_inside.flushall()
    ear = Ear(hotline, ringing)
    ear.words()
    ringing.press("4859#")
    assert ear.hears("licence.verdict.valid#voice", "pa_Arab")
    redis_inside.flushall()
    ringing.press("1")
    assert ear.hears("licence.which#voice", "pa_Arab")


def test_the_end_of_a_call_is_told_nothing_and_leaves_no_session(
    hotline: Running, redis_inside: redis.Redis, person: str
) -> None:
    ringing = hotline.ring(person, PUNJABI)
    ended = hotline.post("/twilio/status/call", call(person, ringing.sid, CallStatus="completed"))
    assert (ended.status, ended.body) == (204, b"")
    assert not redis_inside.keys("*session")


@pytest.mark.parametrize("status", ["queued", "ringing", "in-progress"])
def test_a_receipt_of_a_call_under_way_is_taken_and_nothing_else(hotline: Running, person: str, status: str) -> None:
    assert hotline.post("/twilio/status/call", call(person, CallStatus=status)).status == 204
    assert not hotline.rows(inbound)


def test_a_call_whose_webhook_failed_is_answered_at_the_fallback_as_the_same_event(
    hotline: Running, person: str
) -> None:
    sid = "CA" + "9" * 32
    form = {"ErrorCode": "11200", "ErrorUrl": f"{hotline.url}/twilio/voice"}
    fallback = hotline.post("/twilio/fallback", call(person, sid, **form))
    assert meaning(fallback.body) == meaning(hotline.post("/twilio/voice", call(person, sid)).body)
    assert len(hotline.rows(inbound)) == 1


def _is_hangup(answer: Answer) -> bool:
    return [verb.tag for verb in check(answer.body)][-1] == "Hangup"


def test_the_last_document_hangs_up(hotline: Running, person: str) -> None:
    sid = "CA" + "6" * 32
    answer = hotline.post("/twilio/voice", call(person, sid))
    step = 1
    while not _is_hangup(answer):
        answer = hotline.post(f"/twilio/voice/{step}", call(person, sid, Digits=""))
        step += 1
        assert step <= 7
