"""The program that speaks one text: words on stdin, WAV file on stdout, in a process of its own.

Run as `python -m hotline.speech.espeak_worker VOICE WORDS_A_MINUTE PAUSE_SECONDS`. Exit 3: eSpeak NG is not installed;
any other but 0: the last line on stderr says why. eSpeak NG is GPL-3: it is linked in this program and nowhere else.
"""

from __future__ import annotations

import ctypes
import os
import sys
from array import array
from pathlib import Path

from hotline.speech.sound import telephone
from hotline.speech.wave import written

NOT_INSTALLED = 3
SYNCHRONOUS, DONT_EXIT, UTF8, RATE = 2, 0x8000, 1, 1
"""Of speak_lib.h: AUDIO_OUTPUT_SYNCHRONOUS, espeakINITIALIZE_DONT_EXIT, espeakCHARS_UTF8, espeakRATE."""
ON_SAMPLES = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def main(arguments: list[str]) -> int:
    """Speak stdin with `voice words_a_minute pause`; returns the exit code."""
    voice, words_a_minute, pause = arguments
    try:
        import espeakng_loader  # noqa: PLC0415  only a demo installs it
    except ImportError:
        return NOT_INSTALLED
    text = sys.stdin.buffer.read().decode()
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    # eSpeak NG keeps the path of its data in 160 bytes and dies without a word where it is longer: so from within, "."
    os.chdir(Path(espeakng_loader.get_data_path()).parent)
    samples, rate = speak(library, (voice, int(words_a_minute)), text)
    sys.stdout.buffer.write(written(telephone(samples, rate, float(pause))))
    return 0


def speak(library: ctypes.CDLL, voice: tuple[str, int], text: str) -> tuple[array[int], int]:
    """The spoken text as 16-bit mono samples, and their rate. `voice` is its name and its words a minute."""
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, b".", DONT_EXIT)
    if rate <= 0:
        sys.exit(f"eSpeak NG cannot read its data in {os.getcwd()}")
    samples = array("h")

    def keep(address: int | None, count: int, _events: int) -> int:
        if address and count > 0:
            samples.frombytes(ctypes.string_at(address, count * 2))
        return 0

    heard = ON_SAMPLES(keep)
    library.espeak_SetSynthCallback(heard)
    name, words_a_minute = voice
    if library.espeak_SetVoiceByName(name.encode()) != 0:
        sys.exit(f"eSpeak NG has no voice {name}")
    library.espeak_SetParameter(RATE, words_a_minute, 0)
    words = text.encode() + b"\0"
    if library.espeak_Synth(words, ctypes.c_size_t(len(words)), 0, 1, 0, UTF8, None, None) != 0:
        sys.exit("eSpeak NG did not speak")
    library.espeak_Synchronize()
    return samples, rate


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
