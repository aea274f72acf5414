"""The stand-in voice: eSpeak NG at arm's length, a process for each clip, so that equal words give equal bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import Protocol

import hotline
from hotline.errors import SpeechError
from hotline.speech.espeak_worker import NOT_INSTALLED
from hotline.text.clipname import STAND_IN_VOICES, plain_words

WORDS_A_MINUTE = 145
SECONDS_ALLOWED = 20
SENTENCE_PAUSE, PIECE_PAUSE = 0.35, 0.06
"""Silence after a whole sentence, and after a piece of one, which the next clip carries on (seconds)."""
SENTENCE_ENDS = (".", "?", "!", "\u06d4", "\u061f")
READABLE = str.maketrans(
    {
        "\u0768": "\u0646",  # noon with small tah: the Urdu voice would spell the whole word
        "\u06bb": "\u0646",  # rnoon, likewise
        "\u08c7": "\u0644",  # lam with small tah: it would be left out
        **{chr(first + digit): str(digit) for first in (0x06F0, 0x0660) for digit in range(10)},
    }
)
"""What the Urdu voice cannot read → what it can."""
PASSED_ON = ("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")
"""The environment the voice engine sees: no key, token or database address is its business."""
MISSING = (
    "The stand-in voice (eSpeak NG) is not installed. In production every text has a recording: "
    "`hotline prompts missing` lists those without one. `./run demo` installs the stand-in voice."
)


class Engine(Protocol):
    """Whatever can speak a text."""

    def say(self, locale: str, text: str) -> bytes:
        """A WAV file, 8 kHz mono, of `text` in a spoken language (`en`, `ur`, `pa_Arab`). Raises SpeechError."""
        ...


class EspeakEngine:
    """eSpeak NG. Its synthesiser carries state over from one clip into the next, by which equal words sound unequal: so
    each clip has a process of its own, at most `at_once` of them, that making clips may not starve the webhooks.
    """

    def __init__(
        self, at_once: int = 2, command: Sequence[str] = (sys.executable, "-m", "hotline.speech.espeak_worker")
    ) -> None:
        self._places = BoundedSemaphore(at_once)
        self._command = tuple(command)

    def say(self, locale: str, text: str) -> bytes:
        """A mu-law WAV file of 8 kHz: about 0.3 s of work for a sentence. Raises SpeechError, also without engine."""
        words = plain_words(text).translate(READABLE)
        pause = SENTENCE_PAUSE if words.endswith(SENTENCE_ENDS) else PIECE_PAUSE
        command = (*self._command, STAND_IN_VOICES[locale], str(WORDS_A_MINUTE), str(pause))
        with self._places:
            done = _run(command, words.encode())
        if done.returncode == NOT_INSTALLED:
            raise SpeechError(MISSING)
        if done.returncode != 0:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = lines[-1] if lines else f"exit {done.returncode}"
            raise SpeechError(f"The stand-in voice failed ({locale}): {reason}")
        return done.stdout


def _run(command: Sequence[str], words: bytes) -> subprocess.CompletedProcess[bytes]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = str(Path(hotline.__file__).parent.parent)
    try:
        return subprocess.run(  # noqa: S603  the words go in by stdin, never into the command
            command, input=words, capture_output=True, env=environment, timeout=SECONDS_ALLOWED, check=False
        )
    except subprocess.TimeoutExpired:
        raise SpeechError(f"The stand-in voice did not finish in {SECONDS_ALLOWED} s") from None
    except OSError as problem:
        raise SpeechError(f"The stand-in voice cannot be started: {problem}") from problem
