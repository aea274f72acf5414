"""From the voice engine's sound to the telephone's: rate, loudness, silences."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.speech.sound import evened, resampled, telephone, trimmed, voiced_rms

pytestmark = pytest.mark.fast


def tone(hertz: float, rate: int, seconds: float, loud: float = 0.3) -> array[int]:
    return array(
        "h", [round(loud * 32767 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(int(rate * seconds))]
    )


def share(samples: array[int], hertz: float, rate: int) -> float:
    """How much of one pitch is in the sound: its amplitude, as a share of full scale."""
    turns = [2 * math.pi * hertz * n / rate for n in range(len(samples))]
    cos = sum(value * math.cos(turn) for value, turn in zip(samples, turns, strict=True))
    sin = sum(value * math.sin(turn) for value, turn in zip(samples, turns, strict=True))
    return 2 * math.hypot(cos, sin) / len(samples) / 32767


@pytest.mark.parametrize("rate", [22050, 16000, 44100, 11025])
def test_resampling_keeps_length_pitch_and_loudness_of_a_voice(rate: int) -> None:
    made = resampled(tone(700, rate, 0.5), rate, 8000)
    assert abs(len(made) - 4000) <= 1
    assert share(made[400:3600], 700, 8000) == pytest.approx(0.3, rel=0.02)


def test_what_a_telephone_cannot_carry_does_not_fold_back_into_the_voice() -> None:
    made = resampled(tone(6000, 22050, 0.5), 22050, 8000)
    assert share(made[400:3600], 2000, 8000) < 0.003


def test_sound_at_the_right_rate_is_left_alone() -> None:
    samples = tone(500, 8000, 0.1)
    assert resampled(samples, 8000, 8000) == samples


@given(st.lists(st.sampled_from([-32768, 32767]), min_size=1, max_size=600))
def test_the_loudest_sound_there_can_be_is_cut_not_wrapped(samples: list[int]) -> None:
    made = resampled(array("h", samples), 22050, 8000)
    assert len(made) == len(samples) * 160 // 441


def test_silence_at_both_ends_is_taken_off_and_silence_within_is_kept() -> None:
    silence, word = array("h", bytes(3200)), tone(500, 8000, 0.2)
    assert trimmed(silence + word + silence + word + silence) == word + silence + word
    assert trimmed(silence) == array("h")


@pytest.mark.parametrize("loud", [0.05, 0.2, 0.8])
def test_clips_of_one_call_sound_alike(loud: float) -> None:
    made = evened(tone(500, 8000, 0.5, loud))
    assert 0.1 < voiced_rms(made) < 0.3
    assert max(made) < 0.91 * 32768


def test_a_clip_ends_with_its_pause() -> None:
    made = telephone(tone(500, 22050, 0.5), 22050, 0.25)
    assert not any(made[-2000:])
    assert any(made[-2300:-2000])


def test_silence_stays_silence() -> None:
    assert not any(telephone(array("h", bytes(2000)), 22050, 0.1))
    assert voiced_rms(array("h")) == 0.0
