"""The names of clips: known before the sound exists, the same in every process, new when anything audible changes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hotline.text.clipname import Voices, recording_name, stand_in_name, text_hash

pytestmark = pytest.mark.fast


def test_a_stand_in_is_named_by_language_voice_engine_and_words() -> None:
    name = stand_in_name("ur", "ur", "e1", "نمبر؟")
    others = {
        stand_in_name("pa_Arab", "ur", "e1", "نمبر؟"),
        stand_in_name("ur", "en", "e1", "نمبر؟"),
        stand_in_name("ur", "ur", "e2", "نمبر؟"),
        stand_in_name("ur", "ur", "e1", "نمبر"),
    }
    assert len(name) == 64
    assert int(name, 16)
    assert name not in others
    assert len(others) == 4


def test_words_cannot_slip_from_one_part_of_the_name_into_another() -> None:
    assert stand_in_name("en", "a", "bc", "d") != stand_in_name("en", "ab", "c", "d")


def test_wrapping_a_text_anew_changes_no_name() -> None:
    assert Voices().name("en", "Which agency? Press hash.") == Voices().name("en", "Which agency?\n  Press hash.\n")
    assert text_hash("\u0627\u0653") == text_hash("\u0622")


def test_urdu_and_punjabi_of_the_same_words_are_two_clips() -> None:
    assert Voices().name("ur", "ایجنسی") != Voices().name("pa_Arab", "ایجنسی")


def test_a_recording_is_named_by_its_bytes_and_goes_before_the_stand_in() -> None:
    name = recording_name(b"RIFF...")
    voices = Voices({("ur", text_hash("ایجنسی")): name})
    assert voices.name("ur", "ایجنسی") == name
    assert voices.name("ur", "نمبر") == voices.stand_in("ur", "نمبر")
    assert voices.name("pa_Arab", "ایجنسی") == voices.stand_in("pa_Arab", "ایجنسی")


def test_another_process_gives_the_same_name() -> None:
    program = "from hotline.text.clipname import Voices; print(Voices().name('ur', '\\u0646\\u0645\\u0628\\u0631'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == Voices().name("ur", "نمبر")


def test_roman_urdu_is_not_spoken() -> None:
    with pytest.raises(KeyError):
        Voices().name("ur_Latn", "kaun si agency?")
