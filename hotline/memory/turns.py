"""What is remembered between two turns of a conversation, and who may speak: two exchanges with Redis a turn."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import field, replace

from hotline.errors import MemoryDown, SealBroken
from hotline.flow.model import Channel
from hotline.frozen import frozen
from hotline.memory.client import Client
from hotline.memory.limits import Cap, Count, Verdict, digest, flood
from hotline.memory.line import Reply, Word
from hotline.memory.record import Record
from hotline.sealing import Vault

KEPT_SECONDS = {Channel.SMS: 86_400, Channel.VOICE: 14_400}
LOCK_SECONDS = 15
"""A turn that takes longer has lost its reader: Twilio waits 15 s."""
WAIT_SECONDS = 2.0
PAUSES = (0.01, 0.02, 0.03, 0.05, *(0.1,) * 19)

# A record is saved only by who holds the lock: a turn that was overtaken must not put an older state over a newer one.
_CLOSE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[1], unpack(KEYS, 3))
return 1
"""

_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@frozen
class Arrival:
    """One event of a provider: its id there, the thread it belongs to, and whether the limits count it.

    `thread` is its blind index under every generation of the data keys, newest first: no number is readable in Redis.
    """

    provider: str
    id: str
    thread: tuple[bytes, ...]
    channel: Channel
    counted: bool = False


@frozen
class Keys:
    """Names in Redis; `records` under every generation of the data keys, newest first."""

    lock: bytes
    records: tuple[bytes, ...]


@frozen
class Opened:
    """What was found. With a `reply` this event was answered just before: give it again, and nothing else.

    `locked` False means another turn of this thread is still under way, or Redis is `down`: there is no session, and
    none will be saved. `keys`, `token` and `count` are for `close`.
    """

    arrival: Arrival
    keys: Keys
    verdict: Verdict = Verdict.OK
    reply: bytes | None = None
    session: bytes | None = None
    locked: bool = False
    down: bool = False
    token: bytes = b""
    count: Count = field(default_factory=Count)

    def verdict_on(self, said: str) -> Verdict:
        """The verdict on a text that was understood: that may end the silence after a loop, and no other."""
        if self.verdict is Verdict.OK or not self.locked or not self.count.loop.leaves(digest(said)):
            return self.verdict
        return flood(self.count.messages)


@frozen
class Done:
    """How a turn ended: the bytes that were answered, and the session to keep (None forgets it).

    `said` and `answer` are the texts the loop guard compares, "" where nothing was sent; `advanced` says that a menu
    went on or a new question was asked.
    """

    reply: bytes
    session: bytes | None
    said: str = ""
    answer: str = ""
    advanced: bool = False


class Turns:
    """Opens and closes turns. Nothing here raises MemoryDown: without Redis a turn goes on without memory."""

    def __init__(
        self, client: Client, vault: Vault, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        """`clock` is epoch seconds; `sleep` is how a busy thread is waited for."""
        self._client = client
        self._vault = vault
        self._clock = clock
        self._sleep = sleep
        self._cap = Cap(clock)

    def open(self, arrival: Arrival) -> Opened:
        """Take the thread's lock and load what is remembered of it: one exchange when it is free.

        A busy lock is waited for, at most WAIT_SECONDS. Who has none is counted by this process alone.
        """
        opened = Opened(arrival, _keys(arrival), token=os.urandom(16))
        try:
            opened = self._wait(opened)
        except MemoryDown:
            opened = replace(opened, down=True)
        if opened.locked or opened.reply is not None or not arrival.counted:
            return opened
        return replace(opened, verdict=self._cap.verdict(arrival.thread[0]))

    def close(self, opened: Opened, done: Done) -> None:
        """Remember the answer, save the session and give the lock back, without waiting for Redis to say so.

        Nothing is saved by who has no lock, has no longer, or reaches no Redis: then the record stays as it was.
        """
        if not opened.locked:
            return
        keys, arrival, count = opened.keys, opened.arrival, opened.count
        if arrival.counted and done.answer:
            said, answer = digest(done.said), digest(done.answer)
            loop = count.loop.after(said, answer, self._clock(), advanced=done.advanced)
            count = Count(count.messages, count.since, loop)
        record = Record(arrival.provider, arrival.id, done.reply, done.session, count)
        sealed = self._vault.seal("turn", record.write(), keys.records[0])
        names, kept = (keys.lock, *keys.records), KEPT_SECONDS[arrival.channel] * 1000
        self._tell(b"EVAL", _CLOSE, len(names), *names, opened.token, sealed, kept)

    def abandon(self, opened: Opened) -> None:
        """Give the lock back and keep the record as it was: for a turn that failed."""
        if opened.locked:
            self._tell(b"EVAL", _RELEASE, 1, opened.keys.lock, opened.token)

    def forget(self, arrival: Arrival) -> None:
        """Remove all that is remembered of a thread. Raises MemoryDown: an erasure is tried again."""
        self.remove(self.names(arrival))

    def names(self, arrival: Arrival) -> tuple[bytes, ...]:
        """Under which names anything is remembered of a thread; no number is readable in them."""
        return _keys(arrival).records

    def remove(self, names: Sequence[bytes]) -> None:
        """Remove what stands under these names. Raises MemoryDown."""
        for start in range(0, len(names), 500):
            self._client.call(b"DEL", *names[start : start + 500])

    def _tell(self, *words: Word) -> None:
        """A script goes as its text: nobody would hear that a Redis that began anew does not know it by its name."""
        try:
            self._client.tell(*words)
        except MemoryDown:
            return

    def _wait(self, opened: Opened) -> Opened:
        deadline = self._clock() + WAIT_SECONDS
        found = self._ask(opened)
        for pause in PAUSES:
            if found is not None or self._clock() >= deadline:
                break
            self._sleep(pause)
            found = self._ask(opened)
        return found or opened

    def _ask(self, opened: Opened) -> Opened | None:
        """What is remembered, once the lock is ours; None while another turn has it."""
        keys, arrival = opened.keys, opened.arrival
        lock = (b"SET", keys.lock, opened.token, b"NX", b"PX", LOCK_SECONDS * 1000)
        mine, records = self._client.calls(lock, (b"MGET", *keys.records))
        if mine is None:
            return None
        record = self._record(keys, records)
        if (record.provider, record.id) == (arrival.provider, arrival.id):
            self.abandon(replace(opened, locked=True))
            return replace(opened, reply=record.reply)
        now, count, verdict = self._clock(), record.count, Verdict.OK
        if arrival.counted:
            count = count.one_more(now)
            verdict = count.verdict(now)
        return Opened(arrival, keys, verdict, None, record.session, True, False, opened.token, count)

    def _record(self, keys: Keys, found: Reply) -> Record:
        """The newest record that opens: what no key opens any more is as good as forgotten."""
        for name, sealed in zip(keys.records, found if isinstance(found, list) else (), strict=True):
            if isinstance(sealed, bytes):
                try:
                    return Record.read(self._vault.open("turn", sealed, name))
                except (SealBroken, ValueError):
                    continue
        return Record()


def _keys(arrival: Arrival) -> Keys:
    # While keys rotate, processes that know the new one and processes that do not must meet at the same lock.
    return Keys(b"lock:" + arrival.thread[-1], tuple([b"turn:" + index for index in arrival.thread]))
