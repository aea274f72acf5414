"""Every text the carrier has taken or delivered, as the REST API and the handsets show it."""

from __future__ import annotations

import bisect
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from hotline.frozen import frozen
from hotline.text.parts import Length

SENT = frozenset({"sent", "delivered", "undelivered"})


@frozen
class Text:
    """One SMS. `place` is its order of acceptance; `kept` is when the carrier took it by its own, unmoved clock."""

    sid: str
    place: int
    direction: str
    sender: str
    to: str
    body: str
    length: Length
    status: str
    created: datetime
    updated: datetime
    kept: datetime
    sent: datetime | None = None
    error: int = 0
    callback: str = ""
    valid: int = 36_000


@frozen
class Wanted:
    """A filter on the list: numbers, days, and only what was accepted before `below` and kept no later than `until`."""

    to: str = ""
    sender: str = ""
    since: datetime | None = None
    before: datetime | None = None
    day: date | None = None
    below: int = 0
    until: datetime | None = None


class Messages:
    """Texts by sid, by number and by handset; each operation costs the same at any size."""

    def __init__(self) -> None:
        """An empty store."""
        self._lock = threading.Lock()
        self._texts: dict[str, Text] = {}
        self._all: list[str] = []
        self._to: defaultdict[str, list[str]] = defaultdict(list)
        self._from: defaultdict[str, list[str]] = defaultdict(list)
        self._handset: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, text: Text) -> Text:
        """Take a text, numbering it."""
        with self._lock:
            text = replace(text, place=len(self._all) + 1)
            self._texts[text.sid] = text
            self._all.append(text.sid)
            self._to[text.to].append(text.sid)
            self._from[text.sender].append(text.sid)
            if text.direction == "inbound":
                self._handset[text.sender].append(text.sid)
            return text

    def get(self, sid: str) -> Text | None:
        """One text, as it stands now."""
        with self._lock:
            return self._texts.get(sid)

    def move(self, sid: str, status: str, now: datetime, error: int = 0) -> Text:
        """Give a text its next status."""
        with self._lock:
            text = self._texts[sid]
            sent = text.sent or (now if status in SENT else None)
            self._texts[sid] = text = replace(text, status=status, updated=now, sent=sent, error=error)
            return text

    def land(self, sid: str) -> None:
        """Put a text into the inbox of the handset it is for."""
        with self._lock:
            self._handset[self._texts[sid].to].append(sid)

    def conversation(self, number: str, limit: int = 0) -> tuple[Text, ...]:
        """What a handset wrote and received, oldest first; the last `limit` where it is not 0."""
        with self._lock:
            return tuple(self._texts[sid] for sid in self._handset.get(number, [])[-limit:])

    def newest(self, wanted: Wanted) -> Iterator[Text]:
        """Texts that fit, newest first. Only the shortest fitting index is walked."""
        with self._lock:
            rows = [self._all]
            if wanted.to:
                rows.append(self._to.get(wanted.to, []))
            if wanted.sender:
                rows.append(self._from.get(wanted.sender, []))
            row = min(rows, key=len)
            end = (
                bisect.bisect_left(row, wanted.below, key=lambda sid: self._texts[sid].place)
                if wanted.below
                else len(row)
            )
        for at in range(end - 1, -1, -1):
            text = self._texts[row[at]]
            if _fits(text, wanted):
                yield text


def _fits(text: Text, wanted: Wanted) -> bool:
    stamp = text.sent or text.created
    return (
        (not wanted.to or text.to == wanted.to)
        and (not wanted.sender or text.sender == wanted.sender)
        and (wanted.since is None or stamp >= wanted.since)
        and (wanted.before is None or stamp < wanted.before)
        and (wanted.day is None or stamp.date() == wanted.day)
        and (wanted.until is None or text.kept <= wanted.until)
    )
