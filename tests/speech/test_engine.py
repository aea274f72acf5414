"""The stand-in voice really speaks: every language, the same bytes for the same words, nothing but sound out of it."""

from __future__ import annotations

import importlib.util
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hotline.errors import SpeechError
from hotline.speech import espeak_worker
from hotline.speech.engine import EspeakEngine
from hotline.speech.wave import faults, inspect

SENTENCES = [
    ("en", "Which agency? Key in the licence number, then press hash."),
    ("ur", "کون سی ایجنسی؟ لائسنس نمبر لکھیں۔"),
    ("pa_Arab", "کہڑی ایجنسی؟ لائسنس دا نمبر لکھو۔"),
]


@pytest.mark.parametrize(("locale", "text"), SENTENCES)
def test_every_spoken_language_gives_a_clip_a_telephone_can_play(engine: EspeakEngine, locale: str, text: str) -> None:
    sound = inspect(engine.say(locale, text))
    assert (sound.rate, sound.channels, sound.encoding) == (8000, 1, "mulaw")
    assert sound.seconds > 1.0
    assert faults(sound) == ()


def test_the_same_words_give_the_same_bytes_whatever_was_said_before(engine: EspeakEngine) -> None:
    first = engine.say(*SENTENCES[0])
    engine.say(*SENTENCES[1])
    assert EspeakEngine().say(*SENTENCES[0]) == first


def test_several_threads_may_speak_at_once(engine: EspeakEngine) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda clip: engine.say(*clip), SENTENCES * 2))
    assert made[:3] == made[3:]
    assert len(set(made)) == 3


@pytest.mark.parametrize(
    ("written", "readable"),
    [("پاݨی", "پانی"), ("ناࣇ", "نال"), ("۵", "5"), ("٥", "5")],
)
def test_letters_the_urdu_voice_cannot_read_are_spoken_as_their_neighbours(
    engine: EspeakEngine, written: str, readable: str
) -> None:
    assert engine.say("pa_Arab", written) == engine.say("pa_Arab", readable)


def test_a_piece_of_a_sentence_ends_sooner_than_a_sentence(engine: EspeakEngine) -> None:
    piece, sentence = (inspect(engine.say("ur", text)).seconds for text in ("درست", "درست۔"))
    assert sentence - piece > 0.2


def test_markup_and_dashes_are_words_not_commands(engine: EspeakEngine) -> None:
    for text in ("--version", "<audio src='x'/> one", "[[h@l'oU]]", "-f /etc/passwd; $(id) `id`"):
        assert inspect(engine.say("en", text)).rms > 0


def test_without_an_engine_the_remedy_is_named() -> None:
    engine = EspeakEngine(command=(sys.executable, "-S", "-m", "hotline.speech.espeak_worker"))
    with pytest.raises(SpeechError, match=r"not installed.*hotline prompts missing.*\./run demo"):
        engine.say("en", "Which agency?")


def test_a_program_that_fails_says_why() -> None:
    engine = EspeakEngine(command=(sys.executable, "-c", "raise SystemExit('no such voice')"))
    with pytest.raises(SpeechError, match=r"failed \(en\): no such voice"):
        engine.say("en", "Which agency?")
    with pytest.raises(SpeechError, match="cannot be started"):
        EspeakEngine(command=("/nowhere/voice",)).say("en", "Which agency?")


def test_the_voice_engine_sees_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_KEYS", "k1:secret")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "secret")
    engine = EspeakEngine(command=(sys.executable, "-c", "import os; raise SystemExit(' '.join(sorted(os.environ)))"))
    with pytest.raises(SpeechError) as told:
        engine.say("en", "Which agency?")
    assert "PYTHONPATH" in str(told.value)
    assert "DATA_KEYS" not in str(told.value)
    assert "TWILIO" not in str(told.value)


def test_a_deep_installation_still_finds_its_voices(engine: EspeakEngine, tmp_path: Path) -> None:
    loader = importlib.util.find_spec("espeakng_loader")
    assert loader is not None
    deep = tmp_path / ("d" * 120) / ("e" * 120)
    deep.mkdir(parents=True)
    (deep / "espeakng_loader").symlink_to(Path(loader.origin or "").parent)
    program = (
        f"import sys; sys.path.insert(0, {os.fspath(deep)!r}); import espeakng_loader as e; "
        "assert len(e.get_data_path()) > 240; from hotline.speech import espeak_worker as w; "
        "sys.exit(w.main(sys.argv[1:]))"
    )
    assert EspeakEngine(command=(sys.executable, "-c", program)).say("ur", "درست") == engine.say("ur", "درست")


def test_an_unknown_voice_is_named() -> None:
    engine = EspeakEngine(
        command=(sys.executable, "-c", f"from {espeak_worker.__name__} import main; main(['xx', '145', '0'])")
    )
    with pytest.raises(SpeechError, match="no voice xx"):
        engine.say("en", "Which agency?")
