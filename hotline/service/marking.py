"""Named points on the way of a message: counted while it runs in earnest, and where a fault test ends the process."""

from __future__ import annotations

from typing import Protocol


class Mark(Protocol):
    """Told the name of every point that is passed."""

    def __call__(self, name: str) -> None: ...


CLAIMED, BEFORE_POST, AFTER_POST, BEFORE_MARK, MARKED = "claimed", "before_post", "after_post", "before_mark", "marked"
LOOKED, DECIDED, HEARD = "looked", "decided", "heard"
POINTS = (CLAIMED, BEFORE_POST, AFTER_POST, BEFORE_MARK, MARKED, LOOKED, DECIDED, HEARD)
