"""`hotline prompts`: what a person sees who records the clips, or makes the stand-ins before the first call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli.prompts import prompts
from hotline.errors import SpeechError
from hotline.speech.clips import ClipStore
from hotline.speech.recordings import Recording, Recordings
from hotline.text.clipname import recording_name, text_hash

CLIPS = (("ur", "کون سی ایجنسی؟"), ("en", "Which agency?"), ("pa_Arab", "کہڑی ایجنسی؟"), ("en", "Which agency?"))
NAME = recording_name(b"RIFF which")


class Loud:
    """A voice of one byte."""

    def say(self, locale: str, text: str) -> bytes:
        return b"x"


class Mute:
    """No voice."""

    def say(self, locale: str, text: str) -> bytes:
        raise SpeechError("not installed: ./run demo installs it")


@dataclass
class Desk:
    sound: ClipStore
    recordings: Recordings

    def clips(self) -> Iterable[tuple[str, str]]:
        return CLIPS


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    sound = tmp_path / "which.wav"
    sound.write_bytes(b"RIFF which")
    rows = (
        Recording("en", text_hash("Which agency?"), "which.wav", "Nasreen", dt.date(2026, 11, 20), 1),
        Recording("ur", text_hash("کون؟"), "old.wav", "Nasreen", dt.date(2026, 11, 2), 8),
    )
    recordings = Recordings(rows, {("en", text_hash("Which agency?")): NAME}, {NAME: sound})
    return Desk(ClipStore(tmp_path / "clips", Loud(), recordings), recordings)


def told(desk: Desk, *arguments: str) -> str:
    done = CliRunner().invoke(prompts, arguments, obj=desk, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_list_shows_every_clip_once_with_who_speaks_it(desk: Desk) -> None:
    assert told(desk, "list").splitlines() == [
        "en      recorded  Which agency?",
        "ur      stand-in  کون سی ایجنسی؟",
        "pa_Arab stand-in  کہڑی ایجنسی؟",
    ]
    assert told(desk, "list", "--locale", "pa_Arab").splitlines() == ["pa_Arab stand-in  کہڑی ایجنسی؟"]


def test_missing_names_texts_without_recording_and_recordings_without_text(desk: Desk) -> None:
    assert told(desk, "missing").splitlines() == [
        f"ur      {text_hash('کون سی ایجنسی؟')}  کون سی ایجنسی؟",
        f"pa_Arab {text_hash('کہڑی ایجنسی؟')}  کہڑی ایجنسی؟",
        "ur      old.wav (line 8) speaks words no flow says any more: record it again",
        "2 of 3 texts have no recording; 1 recordings are out of date.",
    ]
    assert told(desk, "missing", "--locale", "en") == "0 of 1 texts have no recording; 0 recordings are out of date.\n"


def test_build_makes_what_is_neither_recorded_nor_made(desk: Desk) -> None:
    assert told(desk, "build", "--locale", "ur").splitlines()[-1] == "1 clips made; the others were there."
    assert told(desk, "build").splitlines()[-1] == "1 clips made; the others were there."
    assert desk.sound.bytes_of(desk.sound.voices.name("ur", "کون سی ایجنسی؟"), lambda _: None) == b"x"


def test_build_without_a_voice_says_what_to_do(desk: Desk, tmp_path: Path) -> None:
    desk.sound = ClipStore(tmp_path / "other", Mute(), desk.recordings)
    done = CliRunner().invoke(prompts, ["build"], obj=desk)
    assert done.exit_code == 1
    assert "Error: not installed: ./run demo installs it" in done.output


def test_roman_urdu_is_no_language_to_record(desk: Desk) -> None:
    assert CliRunner().invoke(prompts, ["list", "--locale", "ur_Latn"], obj=desk).exit_code == 2
