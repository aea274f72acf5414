"""How much one person is answered: the flood limit (R22), the loop guard (R23), and what holds while Redis is down.

A limit silences us, it does not deafen us: what was sent is kept, and STOP is obeyed, whatever the verdict.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import field
from enum import IntEnum
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

from hotline.frozen import frozen

FLOOD_MESSAGES, FLOOD_SECONDS = 20, 300
LOOP_SAME, LOOP_SENDS, LOOP_SECONDS = 3, 5, 60
"""With the notice after them, six messages at most reach a machine that answers us."""
MUTE_SECONDS = 600
CAP_PEOPLE = 10_000
DIGEST_BYTES = 6
_COUNT, _SENT = struct.Struct(">LQQ?"), struct.Struct(f">{DIGEST_BYTES}s{DIGEST_BYTES}sQ?")
_SIGNS = re.compile(r"[\W_]+")
_ASCII = {code: chr(code) if chr(code).isalnum() else None for code in range(128)}
"""What becomes of a character where all of them are ASCII."""


class Verdict(IntEnum):
    """What is answered: everything, one notice of a loop or of a flood, or nothing. The greater of two holds."""

    OK = 0
    LOOP = 1
    FLOOD = 2
    SILENT = 3


def flood(count: int) -> Verdict:
    """The verdict on the `count`-th message of one sender within FLOOD_SECONDS: 20 answers, one notice, then silence.

    Who has no record, while Redis is down or the thread is busy, is counted by this process alone: see Cap.
    """
    if count <= FLOOD_MESSAGES:
        return Verdict.OK
    return Verdict.FLOOD if count == FLOOD_MESSAGES + 1 else Verdict.SILENT


class Sent(NamedTuple):
    """One answer of ours: digests of it and of what it answered, when (epoch seconds), and whether things moved on."""

    answer: bytes
    said: bytes
    at: int
    fresh: bool


@frozen
class Loop:
    """The last answers to one person, until when we are silent, and whether that was said.

    Muted for MUTE_SECONDS: the same answer 3 times in a row, or 5 answers within 60 s, none after the first of which
    was to a fresh message. Fresh is a menu that went on or a new question; our own answer sent back is never fresh,
    nor is a text that gets the same answer as before. A mute begins with one notice, and ends at once for who sends
    something else that is understood. While Redis is down there is no loop guard; Cap bounds the harm.
    """

    sent: tuple[Sent, ...] = ()
    muted_until: int = 0
    noticed: bool = False

    def verdict(self, now: float) -> Verdict:
        """LOOP, then SILENT while muted, else OK."""
        if now >= self.muted_until:
            return Verdict.OK
        return Verdict.SILENT if self.noticed else Verdict.LOOP

    def leaves(self, said: bytes) -> bool:
        """Whether an understood text ends a mute: nothing that made the loop, and nothing we sent, does."""
        return all(said != one.answer and (one.fresh or said != one.said) for one in self.sent)

    def after(self, said: bytes, answer: bytes, now: float, *, advanced: bool) -> Loop:
        """The state once `answer` is sent; `said` and `answer` are digests. In a mute what advances ends it."""
        muted = now < self.muted_until
        if muted and advanced and self.leaves(said):
            return Loop((Sent(answer, said, int(now), True),))
        last = self.sent[-1] if self.sent else Sent(b"", b"", 0, True)
        echo = said in [one.answer for one in self.sent]
        fresh = advanced and not echo and (said, answer) != (last.said, last.answer)
        recent = [one for one in self.sent if now - one.at < MUTE_SECONDS]
        sent = (*recent, Sent(answer, said, int(now), fresh))[-LOOP_SENDS - 1 :]
        if muted:
            return Loop(sent, self.muted_until, noticed=True)
        return Loop(sent, int(now) + MUTE_SECONDS if _same(sent) or _many(sent, now) else 0)


@frozen
class Count:
    """How much one person wrote in the window of FLOOD_SECONDS that began at `since` (epoch seconds), and the loop."""

    messages: int = 0
    since: int = 0
    loop: Loop = field(default_factory=Loop)

    def one_more(self, now: float) -> Count:
        """Another message came. A clock that was set back begins a new window too."""
        if 0 <= now - self.since < FLOOD_SECONDS:
            return Count(self.messages + 1, self.since, self.loop)
        return Count(1, int(now), self.loop)

    def verdict(self, now: float) -> Verdict:
        """What the message counted last is answered with, as long as nobody knows whether it can be understood."""
        return max(flood(self.messages), self.loop.verdict(now))

    def write(self) -> bytes:
        """At most 150 octets."""
        head = _COUNT.pack(self.messages, self.since, self.loop.muted_until, self.loop.noticed)
        return b"".join([head, *[_SENT.pack(*one) for one in self.loop.sent]])

    @classmethod
    def read(cls, octets: bytes) -> Count:
        """What `write` wrote. Raises struct.error for what cannot be."""
        messages, since, until, noticed = _COUNT.unpack_from(octets)
        sent = [Sent(*one) for one in _SENT.iter_unpack(octets[_COUNT.size :])]
        return cls(messages, since, Loop(tuple(sent), until, noticed))


def digest(text: str) -> bytes:
    """What is remembered of a text, and only under seal: DIGEST_BYTES of a hash of its normal form."""
    return blake2b(normal(text).encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def normal(text: str) -> str:
    """A text as the loop guard compares it: letters and digits only, in one case (Unicode NFKC)."""
    if text.isascii():
        return text.lower().translate(_ASCII)
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


class Cap:
    """The flood limit of one process, for turns without memory: the same numbers, counted here for each sender.

    With n processes a sender may get n times as much. At most CAP_PEOPLE senders are remembered; the one that began
    longest ago is forgotten first.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` counts seconds."""
        self._clock = clock
        self._lock = Lock()
        self._counts: OrderedDict[bytes, tuple[float, int]] = OrderedDict()

    def verdict(self, sender: bytes) -> Verdict:
        """Count one message of `sender`, and the verdict on it."""
        with self._lock:
            now = self._clock()
            began, count = self._counts.get(sender, (now, 0))
            if now - began >= FLOOD_SECONDS:
                self._counts.pop(sender, None)
                began, count = now, 0
            self._counts[sender] = began, count + 1
            if len(self._counts) > CAP_PEOPLE:
                self._counts.popitem(last=False)
        return flood(count + 1)


def _same(sent: tuple[Sent, ...]) -> bool:
    last = sent[-LOOP_SAME:]
    if len(last) < LOOP_SAME or last[-1].fresh:
        return False
    return len({one.answer for one in last}) == 1 and not any(one.fresh for one in last[1:])


def _many(sent: tuple[Sent, ...], now: float) -> bool:
    last = sent[-LOOP_SENDS:]
    if len(last) < LOOP_SENDS or last[-1].fresh:
        return False
    return now - last[0].at <= LOOP_SECONDS and not any(one.fresh for one in last[1:])
