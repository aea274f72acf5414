"""Clips by name: a recording, a kept stand-in, or one made now; made once however many ask at the same moment."""

from __future__ import annotations

import hashlib
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import pytest

from hotline.errors import SpeechError
from hotline.speech.clips import ClipStore
from hotline.speech.engine import EspeakEngine
from hotline.speech.recordings import Recordings
from hotline.speech.wave import inspect
from hotline.text.clipname import Voices, recording_name, text_hash

CLIP = ("ur", "کون سی ایجنسی؟ لائسنس نمبر لکھیں۔")
NAME = Voices().name(*CLIP)


class Tally:
    """The real voice engine, counting what it is asked."""

    def __init__(self, engine: EspeakEngine) -> None:
        self._engine, self.asked = engine, 0

    def say(self, locale: str, text: str) -> bytes:
        self.asked += 1
        return self._engine.say(locale, text)


def book(name: str) -> tuple[str, str] | None:
    return CLIP if name == NAME else None


def nobody(_name: str) -> tuple[str, str] | None:
    raise AssertionError("nobody was to be asked")


def test_a_clip_is_made_at_its_first_request_and_kept(tmp_path: Path, engine: EspeakEngine) -> None:
    tally = Tally(engine)
    store = ClipStore(tmp_path / "clips", tally, Recordings())
    content = store.bytes_of(NAME, book)
    assert content is not None
    assert inspect(content).seconds > 1
    assert store.bytes_of(NAME, nobody) == content
    assert tally.asked == 1


def test_a_name_no_flow_speaks_is_not_found(tmp_path: Path, engine: EspeakEngine) -> None:
    store = ClipStore(tmp_path, engine, Recordings())
    assert store.bytes_of("0" * 64, book) is None


@pytest.mark.parametrize("name", ["", "../../etc/passwd", NAME.upper(), NAME + ".wav", NAME[:-1], NAME + "\n"])
def test_what_is_not_a_clips_name_touches_no_file_and_asks_nobody(
    tmp_path: Path, engine: EspeakEngine, name: str
) -> None:
    assert ClipStore(tmp_path, engine, Recordings()).bytes_of(name, nobody) is None


def test_a_name_is_never_given_to_other_words(tmp_path: Path, engine: EspeakEngine) -> None:
    store = ClipStore(tmp_path, engine, Recordings())
    assert store.bytes_of(NAME, lambda _: ("ur", "کچھ اور")) is None
    assert list(tmp_path.glob("*.wav")) == []


def test_a_recording_is_played_as_it_is(tmp_path: Path, engine: EspeakEngine) -> None:
    sound = tmp_path / "which.wav"
    sound.write_bytes(b"RIFF recorded")
    name = recording_name(b"RIFF recorded")
    store = ClipStore(tmp_path / "clips", engine, Recordings((), {("ur", text_hash(CLIP[1])): name}, {name: sound}))
    assert store.voices.name(*CLIP) == name
    assert store.recorded(*CLIP)
    assert not store.recorded("pa_Arab", CLIP[1])
    assert store.bytes_of(name, nobody) == b"RIFF recorded"


def test_two_processes_and_their_threads_make_one_clip_once(tmp_path: Path, engine: EspeakEngine) -> None:
    spawn = multiprocessing.get_context("spawn")
    start, made = spawn.Barrier(2), spawn.Queue()
    processes = [spawn.Process(target=_ask, args=(tmp_path, start, made)) for _ in range(2)]
    for process in processes:
        process.start()
    told = [made.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(30)
    assert sum(asked for asked, _ in told) == 1
    assert {digest for _, digests in told for digest in digests} == {
        hashlib.sha256((tmp_path / f"{NAME}.wav").read_bytes()).hexdigest()
    }
    assert list(tmp_path.glob("*.part")) == []


def _ask(folder: Path, start: Barrier, made: multiprocessing.Queue[tuple[int, list[str]]]) -> None:
    tally = Tally(EspeakEngine())
    store = ClipStore(folder, tally, Recordings())
    start.wait(30)
    with ThreadPoolExecutor(3) as threads:
        contents = list(threads.map(lambda _: store.bytes_of(NAME, book) or b"", range(3)))
    made.put((tally.asked, [hashlib.sha256(content).hexdigest() for content in contents]))


def test_a_clip_is_never_seen_half_written(tmp_path: Path) -> None:
    whole, half_said, seen_half = b"RIFF" + b"x" * 2_000_000, threading.Event(), []

    class Slow:
        def say(self, locale: str, text: str) -> bytes:
            half_said.set()
            return whole

    store = ClipStore(tmp_path, Slow(), Recordings())
    with ThreadPoolExecutor(1) as threads:
        making = threads.submit(store.bytes_of, NAME, book)
        assert half_said.wait(30)
        while not making.done():
            found = tmp_path / f"{NAME}.wav"
            if found.exists() and found.read_bytes() != whole:
                seen_half.append(found.stat().st_size)
    assert making.result() == whole
    assert seen_half == []


def test_a_maker_that_was_killed_leaves_nothing_in_the_way(tmp_path: Path, engine: EspeakEngine) -> None:
    spawn = multiprocessing.get_context("spawn")
    speaking = spawn.Event()
    killed = spawn.Process(target=_die_speaking, args=(tmp_path, speaking))
    killed.start()
    assert speaking.wait(60)
    killed.kill()
    killed.join(30)
    (tmp_path / f"{NAME}.part").write_bytes(b"RIFF torn")
    content = ClipStore(tmp_path, engine, Recordings()).bytes_of(NAME, book)
    assert content is not None
    assert inspect(content).seconds > 1


def _die_speaking(folder: Path, speaking: Event) -> None:
    class Endless:
        def say(self, locale: str, text: str) -> bytes:
            speaking.set()
            threading.Event().wait()
            return b""

    ClipStore(folder, Endless(), Recordings()).bytes_of(NAME, book)


def test_a_clip_that_cannot_be_made_is_asked_for_anew_next_time(tmp_path: Path, engine: EspeakEngine) -> None:
    class Broken:
        def say(self, locale: str, text: str) -> bytes:
            raise SpeechError("no voice today")

    with pytest.raises(SpeechError, match="no voice today"):
        ClipStore(tmp_path, Broken(), Recordings()).bytes_of(NAME, book)
    assert ClipStore(tmp_path, engine, Recordings()).bytes_of(NAME, book) is not None


def test_building_makes_what_is_lacking_once_and_tells_how_far_it_is(tmp_path: Path, engine: EspeakEngine) -> None:
    tally, told = Tally(engine), []
    store = ClipStore(tmp_path, tally, Recordings())
    clips = [("en", "four"), ("en", "eight"), CLIP, ("en", "four")]
    assert store.build(clips, lambda done, of: told.append((done, of))) == 3
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert store.build([*clips, ("en", "five")], lambda done, of: None) == 1
    assert tally.asked == 4
    assert {path.stem for path in tmp_path.glob("*.wav")} == {Voices().name(*clip) for clip in [*clips, ("en", "five")]}


def test_building_stops_at_the_first_clip_that_cannot_be_made(tmp_path: Path) -> None:
    class Broken:
        def say(self, locale: str, text: str) -> bytes:
            raise SpeechError("no voice today")

    with pytest.raises(SpeechError, match="no voice today"):
        ClipStore(tmp_path, Broken(), Recordings()).build([("en", str(n)) for n in range(50)], lambda done, of: None)
