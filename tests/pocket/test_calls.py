"""A call follows the hotline's documents as Twilio does: sounds, keys, silence, and every way it can end."""

from __future__ import annotations

from hotline.pocket.calls import Call
from hotline.pocket.carrier import Carrier

from .conftest import AKRAM, NASREEN, NUMBER, Clock, FakeHotline

VOICE, STEP, ENDED = "/twilio/voice", "/twilio/voice/step", "/twilio/status/call"
MENU = '<Gather action="/twilio/voice/step?s=1" numDigits="1" finishOnKey="" timeout="6" actionOnEmptyResult="true">'
NUMBER_ENTRY = '<Gather action="/twilio/voice/step" finishOnKey="#" numDigits="5" timeout="8">'


def twiml(*verbs: str) -> str:
    return f"<Response>{''.join(verbs)}</Response>"


def kinds(call: Call) -> list[tuple[str, str]]:
    return [(sound.kind, sound.url.rpartition("/")[2] or sound.words) for sound in call.heard]


def test_a_call_plays_its_menu_and_a_key_goes_to_the_action_at_once(carrier: Carrier, hotline: FakeHotline) -> None:
    hotline.answers |= {
        VOICE: twiml("<Play>/audio/hello.wav</Play>", MENU, "<Play>/audio/menu.wav</Play>", "</Gather><Hangup/>"),
        STEP: twiml("<Say>You pressed one</Say>"),
    }
    call = carrier.call(NASREEN)
    [first] = hotline.at(VOICE)
    assert first.trusted
    assert {name: first.form[name] for name in ("From", "To", "Caller", "Called", "CallStatus", "Direction")} == {
        "From": NASREEN, "To": NUMBER, "Caller": NASREEN, "Called": NUMBER,
        "CallStatus": "ringing", "Direction": "inbound",
    }  # fmt: skip
    assert (first.form["CallSid"], first.form["FromCountry"]) == (call.sid, "PK")
    call.press("1")
    [step] = hotline.at(STEP)
    assert (step.trusted, step.form["Digits"], step.form["s"], step.form["CallStatus"]) == (
        True,
        "1",
        "1",
        "in-progress",
    )
    assert kinds(call) == [("clip", "hello.wav"), ("clip", "menu.wav"), ("keys", "1"), ("say", "You pressed one")]
    assert call.heard[0].url == f"{hotline.url}/audio/hello.wav"
    assert call.status == "completed"


def test_the_end_of_the_document_hangs_up_and_the_duration_is_told(
    carrier: Carrier, hotline: FakeHotline, clock: Clock
) -> None:
    hotline.answers[VOICE] = twiml(MENU, "</Gather>")
    call = carrier.call(NASREEN)
    clock.forward(41.2)
    call.hang_up()
    assert carrier.settle()
    [told] = hotline.at(ENDED)
    assert told.trusted
    assert (told.form["CallSid"], told.form["CallStatus"], told.form["CallDuration"]) == (call.sid, "completed", "42")
    call.hang_up()
    call.press("1")
    assert carrier.settle()
    assert len(hotline.at(ENDED)) == 1


def test_digits_end_with_the_finish_key_which_is_not_sent_or_with_the_last_digit(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    hotline.answers |= {VOICE: twiml(NUMBER_ENTRY, "</Gather>"), STEP: twiml(NUMBER_ENTRY, "</Gather>")}
    call = carrier.call(NASREEN)
    call.press("4859#")
    call.press("25671")
    call.press("#")
    assert [asked.form["Digits"] for asked in hotline.at(STEP)] == ["4859", "25671", ""]
    assert [asked.form.get("FinishedOnKey") for asked in hotline.at(STEP)] == ["#", None, "#"]
    assert [sound.words for sound in call.heard] == ["4859#", "25671", "#"]


def test_with_no_finish_key_hash_and_star_are_keys_like_any_other(carrier: Carrier, hotline: FakeHotline) -> None:
    hotline.answers |= {VOICE: twiml(MENU, "</Gather>"), STEP: twiml(MENU, "</Gather>")}
    call = carrier.call(NASREEN)
    call.press("#*0")
    assert [asked.form["Digits"] for asked in hotline.at(STEP)] == ["#", "*", "0"]


def test_silence_is_posted_where_the_document_wants_it_after_its_time_and_not_before(
    carrier: Carrier, hotline: FakeHotline, clock: Clock
) -> None:
    hotline.answers |= {VOICE: twiml(MENU, "</Gather>"), STEP: twiml("<Hangup/>")}
    call = carrier.call(NASREEN)
    clock.forward(5.9)
    carrier.tick()
    assert hotline.at(STEP) == []
    clock.forward(0.1)
    carrier.tick()
    assert [asked.form["Digits"] for asked in hotline.at(STEP)] == [""]
    assert (call.status, kinds(call)) == ("completed", [("silence", "")])


def test_silence_goes_on_with_the_document_where_no_empty_result_is_wanted(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    hotline.answers[VOICE] = twiml(NUMBER_ENTRY, "</Gather><Redirect>/twilio/voice/again</Redirect>")
    call = carrier.call(NASREEN)
    call.silence()
    assert len(hotline.at("/twilio/voice/again")) == 1
    assert hotline.at(STEP) == []
    assert call.status == "completed"


def test_digits_that_were_begun_are_sent_when_the_person_stops(
    carrier: Carrier, hotline: FakeHotline, clock: Clock
) -> None:
    hotline.answers[VOICE] = twiml(NUMBER_ENTRY, "</Gather>")
    call = carrier.call(NASREEN)
    call.press("48")
    clock.forward(7)
    call.press("5")
    clock.forward(7)
    carrier.tick()
    assert hotline.at(STEP) == []
    clock.forward(1)
    carrier.tick()
    assert [asked.form["Digits"] for asked in hotline.at(STEP)] == ["485"]


def test_in_a_live_call_the_wait_begins_when_the_sound_has_ended(
    carrier: Carrier, hotline: FakeHotline, clock: Clock
) -> None:
    hotline.answers |= {
        VOICE: twiml(MENU, "<Play>/a.wav</Play><Play>/b.wav</Play></Gather>"),
        STEP: twiml("<Play>/c.wav</Play><Redirect>/twilio/voice/next</Redirect>"),
    }
    call = carrier.call(NASREEN, live=True)
    clock.forward(60)
    carrier.tick()
    call.played(1)
    clock.forward(60)
    carrier.tick()
    assert hotline.at(STEP) == []
    call.played(2)
    clock.forward(6)
    carrier.tick()
    assert len(hotline.at(STEP)) == 1
    assert hotline.at("/twilio/voice/next") == []
    call.played()
    assert len(hotline.at("/twilio/voice/next")) == 1


def test_a_key_cuts_the_sound_unless_the_document_forbids_it(carrier: Carrier, hotline: FakeHotline) -> None:
    deaf = MENU.replace("<Gather", '<Gather bargeIn="false"')
    hotline.answers |= {VOICE: twiml(MENU, "<Play>/a.wav</Play></Gather>"), STEP: twiml(deaf, "<Say>b</Say></Gather>")}
    call = carrier.call(NASREEN, live=True)
    call.press("1")
    call.press("2")
    assert [asked.form["Digits"] for asked in hotline.at(STEP)] == ["1"]
    call.played()
    call.press("3")
    assert [asked.form["Digits"] for asked in hotline.at(STEP)] == ["1", "3"]


def test_a_page_that_was_closed_does_not_hold_a_call_open(carrier: Carrier, hotline: FakeHotline, clock: Clock) -> None:
    hotline.answers[VOICE] = twiml(MENU, "<Play>/a.wav</Play></Gather>")
    call = carrier.call(NASREEN, live=True)
    clock.forward(300)
    carrier.tick()
    assert call.status == "completed"


def test_a_number_that_calls_back_rejects_and_the_missed_call_costs_nothing(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    hotline.answers[VOICE] = twiml('<Reject reason="busy"/>')
    call = carrier.missed_call(NASREEN)
    assert (call.status, call.seconds, kinds(call)) == ("busy", 0, [("reject", "busy")])
    assert carrier.settle()
    assert [asked.form["CallStatus"] for asked in hotline.at(ENDED)] == ["busy"]


def test_a_missed_call_to_a_number_that_answers_is_a_call_hung_up_at_once(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    hotline.answers[VOICE] = twiml("<Play>/a.wav</Play><Redirect>/twilio/voice/next</Redirect>")
    call = carrier.missed_call(NASREEN)
    assert call.status == "completed"
    assert hotline.at("/twilio/voice/next") == []


def test_a_recording_is_posted_to_its_action_and_told_to_its_callback(
    carrier: Carrier, hotline: FakeHotline, clock: Clock
) -> None:
    record = '<Record action="/twilio/voice/said" recordingStatusCallback="/twilio/status/rec" maxLength="60"/>'
    hotline.answers[VOICE] = twiml("<Say>Speak</Say>", record)
    call = carrier.call(NASREEN)
    clock.forward(7)
    call.press("#")
    [said] = hotline.at("/twilio/voice/said")
    assert (said.form["RecordingDuration"], said.form["Digits"]) == ("7", "#")
    assert said.form["RecordingUrl"].endswith(said.form["RecordingSid"])
    assert carrier.settle()
    [told] = hotline.at("/twilio/status/rec")
    assert (told.trusted, told.form["RecordingStatus"], told.form["RecordingSid"]) == (
        True, "completed", said.form["RecordingSid"],
    )  # fmt: skip


def test_hanging_up_in_a_recording_keeps_it_and_the_answer_is_not_followed(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    hotline.answers |= {
        VOICE: twiml('<Record action="/twilio/voice/said"/>'),
        "/twilio/voice/said": twiml("<Redirect>/twilio/voice/next</Redirect>"),
    }
    call = carrier.call(NASREEN)
    call.hang_up()
    [said] = hotline.at("/twilio/voice/said")
    assert said.form["Digits"] == "hangup"
    assert (call.status, hotline.at("/twilio/voice/next")) == ("completed", [])


def test_a_dialled_desk_reports_what_became_of_it(carrier: Carrier, hotline: FakeHotline) -> None:
    hotline.answers[VOICE] = twiml('<Dial action="/twilio/voice/desk" timeout="25">+924299000000</Dial>')
    call = carrier.call(NASREEN)
    assert kinds(call) == [("dial", "+924299000000")]
    call.silence()
    [desk] = hotline.at("/twilio/voice/desk")
    assert desk.form["DialCallStatus"] == "no-answer"


def test_an_error_goes_to_the_fallback_and_where_that_fails_too_the_call_ends_in_trouble(
    carrier: Carrier, hotline: FakeHotline
) -> None:
    hotline.answers |= {VOICE: ("", 500), "/twilio/fallback": twiml("<Play>/audio/sorry.wav</Play>")}
    assert kinds(carrier.call(NASREEN)) == [("clip", "sorry.wav")]
    [asked] = hotline.at("/twilio/fallback")
    assert (asked.trusted, asked.form["ErrorCode"], asked.form["ErrorUrl"]) == (True, "11200", f"{hotline.url}{VOICE}")
    hotline.answers["/twilio/fallback"] = ("", 500)
    call = carrier.call(AKRAM)
    assert (call.status, kinds(call)) == ("completed", [("trouble", "11200")])


def test_a_hotline_that_only_redirects_is_left_after_fifty_documents(carrier: Carrier, hotline: FakeHotline) -> None:
    hotline.answers[VOICE] = twiml("<Redirect>/twilio/voice</Redirect>")
    call = carrier.call(NASREEN)
    assert (len(hotline.at(VOICE)), kinds(call)) == (50, [("trouble", "loop")])


def test_a_call_step_can_be_replayed_byte_for_byte(carrier: Carrier, hotline: FakeHotline) -> None:
    hotline.answers |= {VOICE: twiml(MENU, "</Gather>"), STEP: twiml(MENU, "</Gather>")}
    call = carrier.call(NASREEN)
    call.press("3")
    carrier.replay(f"{call.sid}:2")
    first, again = hotline.at(STEP)
    assert first == again
