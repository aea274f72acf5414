"""The WAV file a telephone network plays: 8 kHz mono mu-law written, PCM16 or mu-law read and measured.

Sources: RIFF/WAVE (Multimedia Programming Interface and Data Specifications 1.0; format 7 with a fact chunk, RFC 2361),
mu-law of ITU-T G.711.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from typing import NamedTuple

from hotline.errors import BadFile
from hotline.speech.sound import FULL, TELEPHONE_RATE, peak, voiced_rms

PCM, MULAW = 1, 7
PCM16_NAME, MULAW_NAME = "pcm16", "mulaw"
LONGEST_SECONDS, SHORTEST_SECONDS = 20.0, 0.1
RMS_RANGE = (0.03, 0.35)
MOST_PEAK = 0.975
REMEDY = "save it as WAV, 8,000 Hz, mono, 16-bit PCM or mu-law"


def _codes() -> tuple[bytes, array[int]]:
    """(sample → code for indexes 0…32767 and, from the end, -1…-32768; code → sample), from the segments of G.711."""
    codes, samples = bytearray(), array("h")
    for segment in range(8):
        for interval in range(16):
            codes += bytes([segment << 4 | interval]) * (8 << segment)
            samples.append((132 + 8 * interval << segment) - 132)
    # the first interval begins at 0, its lower half being the negative zero's; the last one goes on to full scale
    codes = codes[4:] + codes[-1:] * (FULL + 4 - len(codes))
    upside_down = bytes(range(0xFF, -1, -1))
    table = bytes(codes).translate(upside_down) + bytes(reversed(codes)).translate(upside_down[0x80:] * 2)
    return table, array("h", [-value for value in reversed(samples)]) + array("h", reversed(samples))


_TO_CODE, _TO_SAMPLE = _codes()


class Sound(NamedTuple):
    """What a WAV file holds. `peak` and `rms` are shares of full scale; `rms` counts only what can be heard."""

    seconds: float
    peak: float
    rms: float
    rate: int
    channels: int
    encoding: str


class _Format(NamedTuple):
    code: int
    channels: int
    rate: int
    bits: int


def written(samples: array[int]) -> bytes:
    """A whole mu-law WAV file of 8 kHz mono samples of 16 bits."""
    data = encoded(samples)
    form = struct.pack("<HHIIHHH", MULAW, 1, TELEPHONE_RATE, TELEPHONE_RATE, 1, 8, 0)
    chunks = _chunk(b"fmt ", form) + _chunk(b"fact", struct.pack("<I", len(data))) + _chunk(b"data", data)
    return _chunk(b"RIFF", b"WAVE" + chunks)


def encoded(samples: array[int]) -> bytes:
    """One mu-law byte a sample (16 bits; a negative sample indexes the table from its end)."""
    return bytes(map(_TO_CODE.__getitem__, samples))


def decoded(codes: bytes) -> array[int]:
    """Samples of 16 bits, one a mu-law byte."""
    return array("h", map(_TO_SAMPLE.__getitem__, codes))


def inspect(content: bytes) -> Sound:
    """Measure a WAV file of any rate and channels. Raises BadFile where it is torn, or neither PCM16 nor mu-law."""
    form, data = _read(content)
    samples = decoded(data) if form.code == MULAW else _pcm16(data)
    seconds = len(samples) / form.channels / form.rate
    encoding = MULAW_NAME if form.code == MULAW else PCM16_NAME
    return Sound(seconds, peak(samples), voiced_rms(samples), form.rate, form.channels, encoding)


def faults(sound: Sound) -> tuple[str, ...]:
    """Why a recording cannot be played as a clip, a phrase each; empty where it can."""
    low, high = RMS_RANGE
    checks = (
        (sound.rate == TELEPHONE_RATE and sound.channels == 1, f"{sound.rate} Hz, {sound.channels} channels: {REMEDY}"),
        (sound.seconds >= SHORTEST_SECONDS, f"only {sound.seconds:.2f} s long"),
        (sound.seconds <= LONGEST_SECONDS, f"{sound.seconds:.1f} s long: {LONGEST_SECONDS:.0f} s is the most"),
        (sound.rms >= low, f"too quiet: loudness {sound.rms:.3f} of full scale, at least {low}"),
        (sound.rms <= high, f"too loud: loudness {sound.rms:.3f} of full scale, at most {high}"),
        (sound.peak <= MOST_PEAK, f"cut off at the peaks ({sound.peak:.2f} of full scale): record it softer"),
    )
    return tuple(fault for good, fault in checks if not good)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _read(content: bytes) -> tuple[_Format, bytes]:
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise BadFile(f"not a WAV file: {REMEDY}")
    form: _Format | None = None
    for name, body in _chunks(content):
        if name == b"fmt ":
            form = _format(body)
        elif name == b"data":
            if form is None:
                raise BadFile(f"WAV file without a format before its sound: {REMEDY}")
            return form, body[: len(body) - len(body) % (form.channels * form.bits // 8)]
    raise BadFile(f"WAV file without sound: {REMEDY}")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(content):
        name, (size,) = content[at : at + 4], struct.unpack_from("<I", content, at + 4)
        if at + 8 + size > len(content):
            raise BadFile("WAV file cut short: save or copy it again")
        yield name, content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _format(body: bytes) -> _Format:
    if len(body) < 16:
        raise BadFile(f"WAV file with a broken format: {REMEDY}")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if (code, bits) not in ((PCM, 16), (MULAW, 8)) or not channels or not rate:
        raise BadFile(f"WAV format {code}, {bits} bits, {rate} Hz, {channels} channels: {REMEDY}")
    return _Format(code, channels, rate, bits)


def _pcm16(data: bytes) -> array[int]:
    samples = array("h", data)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
