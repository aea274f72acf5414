"""WAV files: written as RIFF and G.711 want them, measured whoever saved them, refused in words."""

from __future__ import annotations

import io
import struct
import wave as standard
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import BadFile
from hotline.speech.wave import Sound, decoded, encoded, faults, inspect, written

pytestmark = pytest.mark.fast

EVERY_SAMPLE = array("h", range(-32768, 32768))


def pcm(samples: array[int], rate: int = 8000, channels: int = 1) -> bytes:
    """A PCM16 file as the standard library writes it."""
    held = io.BytesIO()
    with standard.open(held, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return held.getvalue()


def g711(sample: int) -> int:
    """One mu-law code by the segments of ITU-T G.711, the slow way."""
    magnitude = min(((~sample if sample < 0 else sample) >> 2) + 33, 0x1FFF)
    segment = (magnitude >> 6).bit_length()
    interval = magnitude >> segment + 1 & 0x0F
    code = 0x7F - (segment << 4 | interval)
    return code if sample < 0 else code | 0x80


def test_every_sample_has_the_code_of_g711() -> None:
    assert list(encoded(EVERY_SAMPLE)) == [g711(sample) for sample in EVERY_SAMPLE]
    assert encoded(array("h", [0, -1, 32767, -32768])) == bytes([0xFF, 0x7F, 0x80, 0x00])


def test_every_code_reads_back_as_itself() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is minus nought, which reads back as nought
    assert encoded(decoded(codes)) == codes
    assert list(decoded(b"\x7f\xff\x00\x80")) == [0, 0, -32124, 32124]


def test_the_header_is_what_riff_wants_of_mu_law() -> None:
    content = written(array("h", [0, 1000, -1000]))
    riff, size, kind = struct.unpack_from("<4sI4s", content)
    assert (riff, size, kind) == (b"RIFF", len(content) - 8, b"WAVE")
    name, length, code, channels, rate, per_second, block, bits, extra = struct.unpack_from("<4sIHHIIHHH", content, 12)
    assert (name, length, code, channels, rate) == (b"fmt ", 18, 7, 1, 8000)
    assert (per_second, block, bits, extra) == (8000, 1, 8, 0)
    assert struct.unpack_from("<4sII", content, 38) == (b"fact", 4, 3)
    assert struct.unpack_from("<4sI", content, 50) == (b"data", 3)
    assert content[58:61] == encoded(array("h", [0, 1000, -1000]))
    assert content[61:] == b"\0"


def test_what_was_written_is_measured_as_written() -> None:
    sound = inspect(written(array("h", [16384, -16384] * 4000)))
    assert sound._replace(peak=0.0, rms=0.0) == Sound(1.0, 0.0, 0.0, 8000, 1, "mulaw")
    assert sound.peak == pytest.approx(0.5, abs=0.02)
    assert sound.rms == pytest.approx(0.5, abs=0.02)
    assert faults(sound) == ("too loud: loudness 0.512 of full scale, at most 0.35",)


def test_a_recorders_pcm_file_is_measured() -> None:
    sound = inspect(pcm(array("h", [4000, -4000] * 4000)))
    assert sound.encoding == "pcm16"
    assert sound.rms == pytest.approx(4000 / 32768)
    assert faults(sound) == ()


def test_chunks_of_other_programs_are_stepped_over() -> None:
    content = pcm(array("h", [4000, -4000] * 4000))
    body = content[12:36] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + content[36:]
    assert inspect(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body) == inspect(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pcm(array("h", [4000, -4000] * 8000), 44100, 2), "44100 Hz, 2 channels"),
        (pcm(array("h", [4000, -4000] * 100)), "only 0.03 s long"),
        (pcm(array("h", [4000, -4000] * 90000)), "22.5 s long"),
        (pcm(array("h", [400, -400] * 4000)), "too quiet"),
        (pcm(array("h", [4000, -4000] * 4000 + [32767])), "cut off at the peaks"),
    ],
)
def test_a_recording_that_cannot_be_played_is_told_why(content: bytes, words: str) -> None:
    assert words in " / ".join(faults(inspect(content)))


def test_files_that_are_no_sound_are_refused_with_the_remedy() -> None:
    good = written(array("h", range(1000)))
    eight_bits = bytearray(pcm(array("h", [0] * 100)))
    eight_bits[34:36] = struct.pack("<H", 8)
    for content in (b"", b"ID3\x04", good[:12], good[:38], bytes(eight_bits), good[:12] + good[50:]):
        with pytest.raises(BadFile, match="save it as WAV, 8,000 Hz"):
            inspect(content)
    with pytest.raises(BadFile, match="cut short"):
        inspect(good[:-10])


@given(st.binary(max_size=200), st.integers(0, 70))
def test_no_torn_or_tampered_file_breaks_more_than_itself(noise: bytes, at: int) -> None:
    good = written(array("h", range(0, 8000, 10)))
    try:
        sound = inspect(good[:at] + noise + good[at + len(noise) :])
    except BadFile:
        return
    assert sound.seconds >= 0
