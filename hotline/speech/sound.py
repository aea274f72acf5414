"""How a sound is made fit for the telephone: 8,000 samples a second, evened out, a short silence at its end."""

from __future__ import annotations

import math
from array import array
from operator import mul

TELEPHONE_RATE = 8000
TAPS = 48
FULL = 32768
FRAME = TELEPHONE_RATE // 50
"""Loudness is judged in frames of 20 ms."""
QUIET = 0.01
"""A frame whose RMS is below this share of full scale is silence."""
WANTED_RMS, MOST_GAIN, LEAST_GAIN, MOST_PEAK = 0.12, 4.0, 0.5, 0.9
LEAD_SECONDS = 0.03


def telephone(samples: array[int], rate: int, pause: float) -> array[int]:
    """16-bit mono samples at `rate` → at 8 kHz, level evened, own silence replaced by `pause` seconds at the end."""
    voiced = trimmed(resampled(samples, rate, TELEPHONE_RATE))
    lead, tail = (array("h", bytes(2 * int(seconds * TELEPHONE_RATE))) for seconds in (LEAD_SECONDS, pause))
    return lead + evened(voiced) + tail


def resampled(samples: array[int], rate: int, wanted: int) -> array[int]:
    """The same sound at `wanted` samples a second, by a polyphase windowed-sinc low-pass (Hann window, 48 taps)."""
    if rate == wanted:
        return samples
    common = math.gcd(rate, wanted)
    phases, step = wanted // common, rate // common
    rows = _kernel(phases, step, min(1.0, wanted / rate) * 0.92)
    edge = [0.0] * (TAPS // 2)
    padded = [*edge, *map(float, samples), *edge]
    made = array("h")
    for index in range(len(samples) * phases // step):
        start = index * step // phases + 1
        value = round(sum(map(mul, rows[index % phases], padded[start : start + TAPS])))
        made.append(max(-32768, min(32767, value)))
    return made


def _kernel(phases: int, step: int, cut: float) -> list[list[float]]:
    """One row of taps for each position an output sample can have between two input samples; each row sums to 1."""
    half = TAPS // 2
    rows = []
    for phase in range(phases):
        between = phase * step % phases / phases
        row = []
        for tap in range(1 - half, half + 1):
            at = tap - between
            sinc = math.sin(math.pi * cut * at) / (math.pi * at) if at else cut
            row.append(sinc * (0.5 + 0.5 * math.cos(math.pi * at / half)))
        total = sum(row)
        rows.append([value / total for value in row])
    return rows


def trimmed(samples: array[int]) -> array[int]:
    """Without the silence before the first and after the last frame that can be heard."""
    heard = [index for index, loud in enumerate(frames(samples)) if loud >= QUIET]
    return samples[heard[0] * FRAME : (heard[-1] + 1) * FRAME] if heard else samples[:0]


def evened(samples: array[int]) -> array[int]:
    """Louder or softer as a whole, at most fourfold or by half: clips of one call sound alike, and none is cut off."""
    loudness = voiced_rms(samples)
    if not loudness:
        return samples
    gain = max(LEAST_GAIN, min(MOST_GAIN, WANTED_RMS / loudness))
    gain = min(gain, MOST_PEAK / peak(samples))
    return array("h", [round(value * gain) for value in samples])


def peak(samples: array[int]) -> float:
    """The farthest sample from silence, as a share of full scale."""
    highest, lowest = max(samples, default=0), min(samples, default=0)
    return max(highest, -lowest) / FULL


def frames(samples: array[int]) -> list[float]:
    """The RMS of each 20 ms, as a share of full scale."""
    made = []
    for start in range(0, len(samples), FRAME):
        frame = samples[start : start + FRAME]
        made.append(math.sqrt(sum(map(mul, frame, frame)) / len(frame)) / FULL)
    return made


def voiced_rms(samples: array[int]) -> float:
    """The RMS over the frames that can be heard, as a share of full scale; 0.0 for silence."""
    heard = [loud for loud in frames(samples) if loud >= QUIET]
    return math.sqrt(sum(loud * loud for loud in heard) / len(heard)) if heard else 0.0
