"""What is remembered between two turns of a conversation, and who may speak: two exchanges with Redis a turn."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hotline.errors import MemoryDown, SealBroken
from hotline.flow.model import Channel
from hotline.memory.client import Client, Reply, Script, Word
from hotline.memory.limits import FLOOD_SECONDS, MUTE_SECONDS, Cap, Loop, Verdict, flood, normal
from hotline.sealing import Vault

KEPT_SECONDS = {Channel.SMS: 86_400, Channel.VOICE: 14_400}
LOCK_SECONDS = 15
"""A turn that takes longer has lost its reader: Twilio waits 15 s."""
WAIT_SECONDS = 2.0
PAUSES = (0.01, 0.02, 0.03, 0.05, *(0.1,) * 19)

_OPEN = Script.of("""
local kept = 3 + tonumber(ARGV[5])
for place = 4, kept do
  local reply = redis.call('GET', KEYS[place])
  if reply then return {place, reply} end
end
local count, loop = 0, false
if ARGV[4] ~= '0' then
  loop = redis.call('GET', KEYS[3])
  if ARGV[4] == '1' then
    count = redis.call('INCR', KEYS[2])
    if count == 1 then redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
  end
end
local mine = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) or redis.call('GET', KEYS[1]) == ARGV[1]
if not mine then return {0, 0, count, loop} end
for place = kept + 1, #KEYS do
  local session = redis.call('GET', KEYS[place])
  if session then return {0, 1, count, loop, place, session} end
end
return {0, 1, count, loop}
""")

# A session is saved only by who holds the lock: a turn that was overtaken must not put an older state over a newer one.
_CLOSE = Script.of("""
local sessions = tonumber(ARGV[6])
local mine = redis.call('GET', KEYS[1]) == ARGV[1]
if mine then
  for place = 3, 2 + sessions do
    if place == 3 and ARGV[2] ~= '' then
      redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
    else
      redis.call('DEL', KEYS[place])
    end
  end
  redis.call('DEL', KEYS[1])
end
if ARGV[4] ~= '' then redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5]) end
for place = 3 + sessions, #KEYS do
  redis.call('SET', KEYS[place], ARGV[place + 4 - sessions], 'NX', 'PX', ARGV[3])
end
return mine and 1 or 0
""")

_RELEASE = Script.of("if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event of a provider: its id there, the thread it belongs to, and whom the limits count ("" is nobody).

    `proof` is another mark by which the same message is known, "" where there is none.
    """

    provider: str
    id: str
    thread: str
    channel: Channel
    proof: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """Names in Redis under every generation of the data keys, newest first: no number is readable in them."""

    lock: bytes
    flood: bytes
    loop: bytes
    replies: tuple[bytes, ...]
    sessions: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found. With a `reply` this event was answered before: give it again, and nothing else.

    `locked` False means another turn of this thread is still under way, or Redis is `down`: there is no session, and
    none will be saved. `keys`, `token` and `loop` are for `close`.
    """

    arrival: Arrival
    keys: Keys
    verdict: Verdict = Verdict.OK
    reply: bytes | None = None
    session: bytes | None = None
    locked: bool = False
    down: bool = False
    token: bytes = b""
    loop: Loop = field(default_factory=Loop)


@dataclass(frozen=True, slots=True)
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
        """Find the remembered reply, else take the thread's lock and load its session: one exchange when it is free.

        A busy lock is waited for, at most WAIT_SECONDS.
        """
        opened = Opened(arrival, self._keys(arrival), token=os.urandom(16))
        try:
            return self._wait(opened)
        except MemoryDown:
            verdict = self._cap.verdict(arrival.sender) if arrival.sender else Verdict.OK
            return replace(opened, verdict=verdict, down=True)

    def close(self, opened: Opened, done: Done) -> bool:
        """Remember the reply, save the session and give the lock back: one exchange. Whether the session was saved."""
        if opened.down or opened.reply is not None:
            return False
        keys, generations = opened.keys, len(opened.keys.sessions)
        session = b"" if done.session is None else self._vault.seal("session", done.session, keys.sessions[0])
        newest = keys.replies[::generations]
        replies = [self._vault.seal("reply", done.reply, name) for name in newest]
        kept = KEPT_SECONDS[opened.arrival.channel] * 1000
        loop = self._loop(opened, done) if opened.arrival.sender and done.answer else ""
        args: list[Word] = [opened.token, session, kept, loop, MUTE_SECONDS * 1000, generations, *replies]
        try:
            return self._client.run(_CLOSE, [keys.lock, keys.loop, *keys.sessions, *newest], args) == 1
        except MemoryDown:
            return False

    def abandon(self, opened: Opened) -> None:
        """Give the lock back and keep the session as it was: for a turn that failed."""
        if opened.locked:
            try:
                self._client.run(_RELEASE, [opened.keys.lock], [opened.token])
            except MemoryDown:
                return

    def forget(self, arrival: Arrival) -> None:
        """Remove the session of a thread and the counts of its sender. Raises MemoryDown: an erasure is tried again."""
        keys = self._keys(arrival)
        self._client.call(b"DEL", keys.flood, keys.loop, *keys.sessions)

    def _wait(self, opened: Opened) -> Opened:
        deadline = self._clock() + WAIT_SECONDS
        opened = self._ask(opened, count=True)
        for pause in PAUSES:
            if opened.locked or opened.reply is not None or self._clock() >= deadline:
                break
            self._sleep(pause)
            opened = self._ask(opened, count=False)
        return opened

    def _ask(self, opened: Opened, *, count: bool) -> Opened:
        keys = opened.keys
        limited = (1 if count else 2) if opened.arrival.sender else 0
        names = [keys.lock, keys.flood, keys.loop, *keys.replies, *keys.sessions]
        args: list[Word] = [opened.token, LOCK_SECONDS * 1000, FLOOD_SECONDS * 1000, limited, len(keys.replies)]
        place, *found = _list(self._client.run(_OPEN, names, args))
        if place:
            name = names[_int(place) - 1]
            reply = self._unsealed("reply", found[0], name)
            if reply is not None:
                return replace(opened, reply=reply)
            # No key opens it any more: as good as forgotten, and the database still knows the message.
            self._client.call(b"DEL", name)
            return self._ask(opened, count=count)
        locked, counted, line, *session = found
        loop = Loop.read(line.decode("ascii", "replace")) if isinstance(line, bytes) else Loop()
        return Opened(
            opened.arrival,
            keys,
            token=opened.token,
            verdict=max(opened.verdict, flood(_int(counted)), loop.verdict(self._clock())),
            session=self._unsealed("session", session[1], names[_int(session[0]) - 1]) if session else None,
            locked=locked == 1,
            loop=loop,
        )

    def _unsealed(self, purpose: str, sealed: Reply, name: bytes) -> bytes | None:
        try:
            return self._vault.open(purpose, sealed, name) if isinstance(sealed, bytes) else None
        except SealBroken:
            return None

    def _loop(self, opened: Opened, done: Done) -> str:
        said, answer = self._digest(done.said), self._digest(done.answer)
        return opened.loop.after(said, answer, self._clock(), advanced=done.advanced).write()

    def _digest(self, text: str) -> str:
        return self._vault.index("loop", normal(text))[:6].hex()

    def _keys(self, arrival: Arrival) -> Keys:
        messages = self._names(f"id|{arrival.provider}|{arrival.id}")
        if arrival.proof:
            messages += self._names(f"proof|{arrival.provider}|{arrival.proof}")
        threads = self._names(f"thread|{arrival.thread}")
        sender = thread = threads[-1]
        if arrival.sender and arrival.sender != arrival.thread:
            sender = self._names(f"thread|{arrival.sender}")[-1]
        # While keys rotate, processes that know the new one and processes that do not must meet at the same lock.
        return Keys(
            lock=thread + b"lock",
            flood=sender + b"flood",
            loop=sender + b"loop",
            replies=tuple([message + b"reply" for message in messages]),
            sessions=tuple([thread + b"session" for thread in threads]),
        )

    def _names(self, value: str) -> tuple[bytes, ...]:
        """How the keys of a thread or message begin, under every generation, newest first."""
        return tuple([b"turn:%b:" % index.hex().encode() for index in self._vault.indexes("turn", value)])


def _list(reply: Reply) -> list[Reply]:
    if not isinstance(reply, list):
        raise MemoryDown("reply")
    return reply


def _int(reply: Reply) -> int:
    if not isinstance(reply, int):
        raise MemoryDown("reply")
    return reply
