"""Every document we answer with parses, stays in the common subset, and means what the SDK's own would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather as SdkGather
from twilio.twiml.voice_response import VoiceResponse

from hotline.channels.base import Clip, Gather, Spoken, Written
from hotline.channels.twilio import twiml
from hotline.errors import Refused
from tests.channels.twiml_subset import check, meaning

BASE = "https://hotline.example.org/a&b"
STEP = BASE + "/twilio/voice/7"
names = st.text(st.sampled_from("0123456789abcdef"), min_size=1, max_size=64)
clips = st.lists(st.builds(Clip, names, st.sampled_from(["en", "ur", "pa_Arab"]), st.text(max_size=9)), max_size=6).map(
    tuple
)
gathers = st.builds(Gather, st.integers(1, 20), st.sampled_from(["", "#"]), st.integers(1, 60))


@given(st.text(max_size=200))
def test_an_sms_says_its_text_and_nothing_xml_forbids(text):
    root = check(twiml.written(Written(text)))
    if text:
        said = root[0].text or ""
        legal = [sign for sign in text.replace("\r\n", "\n").replace("\r", "\n") if sign in "\t\n" or sign >= " "]
        assert said == "".join(sign for sign in legal if sign not in "\ufffe\uffff")


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=200))
def test_an_sms_means_what_the_sdk_would_write(text):
    sdk = MessagingResponse()
    sdk.message(text)
    assert meaning(twiml.written(Written(text))) == meaning(str(sdk))


def test_a_lone_surrogate_is_left_out():
    assert check(twiml.written(Written("a\ud800b")))[0].text == "ab"


def test_no_text_is_no_message():
    assert twiml.written(Written("")) == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
    assert len(check(twiml.EMPTY)) == 0


@given(clips, gathers)
def test_a_question_means_what_the_sdk_would_write(heard, gather):
    sdk = VoiceResponse()
    asked = SdkGather(
        input="dtmf",
        num_digits=gather.keys,
        finish_on_key=gather.finish,
        timeout=gather.seconds,
        action_on_empty_result=True,
        barge_in=True,
        action=STEP,
        method="POST",
    )
    for clip in heard:
        asked.play(f"{BASE}/audio/{clip.name}.wav")
    sdk.append(asked)
    sdk.redirect(STEP, method="POST")
    document = twiml.spoken(Spoken(heard, gather, step=7), BASE)
    check(document)
    assert meaning(document) == meaning(str(sdk))


def test_clips_without_a_question_end_the_call():
    sdk = VoiceResponse()
    sdk.play(f"{BASE}/audio/ab.wav")
    sdk.hangup()
    document = twiml.spoken(Spoken((Clip("ab", "ur", "x"),), step=7), BASE + "/")
    check(document)
    assert meaning(document) == meaning(str(sdk))
    assert [verb.tag for verb in check(twiml.spoken(Spoken(()), BASE))] == ["Hangup"]


def test_a_recording_goes_to_its_step_and_so_does_silence():
    sdk = VoiceResponse()
    sdk.play(f"{BASE}/audio/notice.wav")
    sdk.record(action=STEP, method="POST", max_length=60, timeout=5, finish_on_key="#", play_beep=True)
    sdk.redirect(STEP, method="POST")
    document = twiml.spoken(Spoken((Clip("notice.wav", "ur", "x"),), record=60, step=7), BASE)
    check(document)
    assert meaning(document) == meaning(str(sdk))


@pytest.mark.parametrize("reason", ["busy", "rejected"])
def test_a_call_is_rejected_by_the_first_verb(reason):
    sdk = VoiceResponse()
    sdk.reject(reason=reason)
    assert meaning(twiml.reject(reason)) == meaning(str(sdk))
    check(twiml.reject(reason))


def test_without_a_clip_only_english_is_said():
    spoken = Spoken((Clip("", "en", 'Say "no" & <go>'), Clip("", "ur", "x"), Clip("", "en", "")), Gather(), step=1)
    (said,) = check(twiml.spoken(spoken, BASE))[0]
    assert (said.tag, said.get("language"), said.text) == ("Say", "en-US", 'Say "no" & <go>')


@pytest.mark.parametrize(
    "spoken",
    [
        Spoken((Clip("../x", "en", ""),)),
        Spoken((Clip("a b", "en", ""),)),
        Spoken((), Gather(keys=0), step=1),
        Spoken((), Gather(seconds=0), step=1),
        Spoken((), Gather(finish='"'), step=1),
        Spoken((), Gather(), step=0),
        Spoken((), record=5, step=0),
        Spoken((Clip("a" * 64, "en", ""),) * 700, Gather(), step=1),
    ],
)
def test_what_no_telephone_could_follow_is_refused(spoken):
    with pytest.raises(Refused):
        twiml.spoken(spoken, BASE)


def test_a_document_over_64_kilobytes_is_refused():
    check(twiml.written(Written("a" * 65_400)))
    with pytest.raises(Refused, match="64 kB"):
        twiml.written(Written("ا" * 40_000))
