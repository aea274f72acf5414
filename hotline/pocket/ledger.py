"""The carrier's book: every event in order, never changed; the one truth about what was sent, received and rung."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from datetime import datetime
from enum import StrEnum

from hotline.frozen import frozen
from hotline.pocket.account import Clock


class What(StrEnum):
    """What an entry says happened."""

    TEXT = "text"
    CALL = "call"
    ASKED = "asked"
    ANSWERED = "answered"
    FAILED = "failed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    STATUS = "status"
    LANDED = "landed"
    RECEIPT = "receipt"
    RECEIPT_LOST = "receipt lost"
    SOUND = "sound"
    KEYS = "keys"
    FAULT = "fault"


@frozen
class Entry:
    """One event: its place in the book (from 1), when, what, which message or call, which handset, and a detail."""

    place: int
    at: datetime
    what: What
    sid: str
    number: str
    detail: str


class Ledger:
    """Append-only and safe to share. Writing, counting and finding one sid's entries cost the same at any length."""

    def __init__(self, clock: Clock) -> None:
        """`clock` stamps the entries."""
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._of_sid: defaultdict[str, list[Entry]] = defaultdict(list)
        self._last_of: dict[str, int] = {}
        self._counts: Counter[What] = Counter()

    def write(self, what: What, sid: str, number: str, detail: str = "") -> Entry:
        """Add an entry at the end."""
        with self._lock:
            entry = Entry(len(self._entries) + 1, self._clock(), what, sid, number, detail)
            self._entries.append(entry)
            self._of_sid[sid].append(entry)
            self._last_of[number] = entry.place
            self._counts[what] += 1
            return entry

    def since(self, place: int = 0) -> tuple[Entry, ...]:
        """All entries after a place, oldest first."""
        with self._lock:
            return tuple(self._entries[place:])

    def of(self, sid: str, what: What | None = None) -> tuple[Entry, ...]:
        """The entries about one message or call, oldest first."""
        with self._lock:
            return tuple(entry for entry in self._of_sid.get(sid, ()) if what is None or entry.what is what)

    def last_of(self, number: str) -> int:
        """The place of the newest entry about a handset, 0 if there is none: the page's sign that something changed."""
        with self._lock:
            return self._last_of.get(number, 0)

    def count(self, what: What) -> int:
        """How many entries of one kind there are."""
        with self._lock:
            return self._counts[what]
