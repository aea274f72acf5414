"""clips.toml: read strictly, complained about by file and line, stale when the words changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from hotline.errors import FlowError
from hotline.speech.recordings import Recording, parse_recordings, read_recordings, stale
from hotline.text.clipname import Voices, recording_name, text_hash

pytestmark = pytest.mark.fast

WORDS = "کون سی ایجنسی؟"
ROW = f"""\
[[clip]]
text = "{text_hash(WORDS)}"
words = "{WORDS}"
file = "licence-which.wav"
speaker = "Nasreen, Lahore"
date = 2026-11-20
"""


def test_a_row_says_which_text_is_spoken_by_whom_and_when() -> None:
    assert parse_recordings("ur/clips.toml", "ur", "# ours\n\n" + ROW) == (
        Recording("ur", text_hash(WORDS), "licence-which.wav", "Nasreen, Lahore", dt.date(2026, 11, 20), 3),
    )
    assert parse_recordings("ur/clips.toml", "ur", "") == ()


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("2026-11-20", '"yesterday"'), 1, "the day it was recorded"),
        (("2026-11-20", "2026-11-20T10:00:00"), 1, "the day it was recorded"),
        (("licence-which.wav", "../secret.wav"), 1, "file: a name such as"),
        (("licence-which.wav", "licence.mp3"), 1, "file: a name such as"),
        (("Nasreen, Lahore", " "), 1, "say who speaks"),
        ((text_hash(WORDS), "abc"), 1, "64 hex digits"),
        (("speaker =", "spoken_by ="), 1, "unknown key spoken_by"),
        (("date = 2026-11-20", "date ="), 6, "Invalid value"),
        (("[[clip]]", "[[clips]]"), 1, r"only \[\[clip\]\] tables"),
        (("[[clip]]", "[clip]"), 1, r"only \[\[clip\]\] tables"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(change: tuple[str, str], line: int, words: str) -> None:
    with pytest.raises(FlowError, match=words) as told:
        parse_recordings("ur/clips.toml", "ur", ROW.replace(*change))
    assert (told.value.file, told.value.line) == ("ur/clips.toml", line)


def test_two_recordings_of_one_text_are_refused() -> None:
    with pytest.raises(FlowError, match="already, in line 1") as told:
        parse_recordings("ur/clips.toml", "ur", ROW + "\n" + ROW)
    assert told.value.line == 8


def test_recordings_written_as_one_list_are_read_too() -> None:
    text = f'clip = [{{text = "{text_hash(WORDS)}", file = "a.wav", speaker = "N", date = 2026-11-20}}]'
    assert [row.file for row in parse_recordings("ur/clips.toml", "ur", text)] == ["a.wav"]


def test_recordings_are_found_by_their_bytes_and_played_instead_of_the_stand_in(tmp_path: Path) -> None:
    (tmp_path / "ur" / "audio").mkdir(parents=True)
    (tmp_path / "ur" / "clips.toml").write_text(ROW, "utf-8")
    sound = tmp_path / "ur" / "audio" / "licence-which.wav"
    sound.write_bytes(b"RIFF")
    found = read_recordings(tmp_path, ("en", "ur", "pa_Arab"))
    assert found.files == {recording_name(b"RIFF"): sound}
    assert Voices(found.names).name("ur", WORDS) == recording_name(b"RIFF")


def test_a_listed_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "ur").mkdir()
    (tmp_path / "ur" / "clips.toml").write_text(ROW, "utf-8")
    with pytest.raises(FlowError, match=r"1: audio/licence-which\.wav is not there"):
        read_recordings(tmp_path, ("ur",))


def test_a_recording_whose_text_changed_is_stale() -> None:
    rows = parse_recordings("ur/clips.toml", "ur", ROW)
    assert stale(rows, [("ur", f" {WORDS}\n")]) == ()
    assert stale(rows, [("ur", WORDS + " #"), ("pa_Arab", WORDS)]) == rows
