"""A person who wrote or rang: found by a blind index, known by what they chose, never by name."""

from __future__ import annotations

from datetime import datetime

from hotline.frozen import frozen


@frozen
class Person:
    """What is remembered of a number, kept under the blind index `index`.

    `chosen` means that the language was their choice, not our guess; `stopped` means no pushes at all.
    """

    index: bytes
    locale: str
    centre: str
    since: datetime
    chosen: bool = False
    stopped: bool = False
