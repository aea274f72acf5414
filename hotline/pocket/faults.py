"""How the carrier misbehaves on demand: by odds drawn from a seed, or by a list of what the next requests will meet."""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Iterable
from enum import StrEnum

from hotline.frozen import frozen


class Fault(StrEnum):
    """What can befall one request to the REST API. Before accepting: busy, down. After: broken, cut, hang."""

    BUSY = "busy"
    DOWN = "down"
    BROKEN = "broken"
    CUT = "cut"
    HANG = "hang"


BEFORE = frozenset({Fault.BUSY, Fault.DOWN})


@frozen
class Odds:
    """Chances from 0 to 1, each drawn alone; `list_lag` and `hang_seconds` are seconds.

    Nothing accepted: `busy` 429, `down` 503. Accepted all the same: `broken` 500, `cut` line drops, `hang` no answer.
    Receipts may be doubled, shuffled and lost; a webhook may be posted twice, or an older one posted again after it.
    """

    busy: float = 0.0
    down: float = 0.0
    broken: float = 0.0
    cut: float = 0.0
    hang: float = 0.0
    hang_seconds: float = 30.0
    list_lag: float = 0.0
    receipt_doubled: float = 0.0
    receipts_shuffled: float = 0.0
    receipt_lost: float = 0.0
    webhook_doubled: float = 0.0
    webhook_replayed: float = 0.0


class Faults:
    """Draws faults. Equal seeds draw equal faults for equal requests in equal order; `met` counts what was drawn."""

    def __init__(self, odds: Odds | None = None, seed: int = 0) -> None:
        """Without odds nothing goes wrong until `next` says so."""
        self.odds = odds or Odds()
        self.met: Counter[str] = Counter()
        self._random = random.Random(seed)  # noqa: S311  repeatable on purpose
        self._lock = threading.Lock()
        self._forced: deque[Fault | None] = deque()

    def next(self, *faults: Fault | None) -> None:
        """Force what the next creating requests meet, in order; None lets one pass."""
        with self._lock:
            self._forced.extend(faults)

    def on_create(self) -> Fault | None:
        """What befalls a request that creates a message or a call."""
        with self._lock:
            drawn = self._forced.popleft() if self._forced else self._draw()
            if drawn is not None:
                self.met[drawn] += 1
            return drawn

    def receipts(self, statuses: Iterable[str]) -> tuple[tuple[str, bool], ...]:
        """The order in which receipts are posted; False marks one that is lost on the way."""
        with self._lock:
            plan = list[tuple[str, bool]]()
            for status in statuses:
                plan.append((status, not self._happens("receipt_lost", self.odds.receipt_lost)))
                if self._happens("receipt_doubled", self.odds.receipt_doubled):
                    plan.append((status, True))
            if self._happens("receipts_shuffled", self.odds.receipts_shuffled):
                self._random.shuffle(plan)
            return tuple(plan)

    def webhook_doubled(self) -> bool:
        """Whether this webhook is posted twice."""
        with self._lock:
            return self._happens("webhook_doubled", self.odds.webhook_doubled)

    def webhook_replayed(self) -> bool:
        """Whether the webhook before this one is posted again."""
        with self._lock:
            return self._happens("webhook_replayed", self.odds.webhook_replayed)

    def _draw(self) -> Fault | None:
        chances = (self.odds.busy, self.odds.down, self.odds.broken, self.odds.cut, self.odds.hang)
        for fault, chance in zip(Fault, chances, strict=True):
            if chance and self._random.random() < chance:
                return fault
        return None

    def _happens(self, name: str, chance: float) -> bool:
        if not chance or self._random.random() >= chance:
            return False
        self.met[name] += 1
        return True
