"""When a broadcast must stop by itself: too much of what was sent failed, among the last hundred or the first few."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hotline.frozen import frozen

LAST = 100
FEWEST = 20
"""Of fewer outcomes nothing is concluded, else the first bad number would stop a broadcast."""


@frozen
class Tried:
    """What became of one message that was handed to the provider: `state` of domain.delivery; `taken` by it."""

    state: str
    taken: bool


def failing(tried: Sequence[Tried], stop: float, fewest: int = FEWEST) -> str:
    """Why a broadcast must stop, or "": too many of the last hundred failed. `tried` is newest first.

    Looked at twice: of all that have a result, and of those the provider took and has told the end of; else the many
    that are merely on their way would hide that none arrives.
    """
    refused = [one.state for one in tried if one.state in ("sent", "delivered", "failed")][:LAST]
    lost = [one.state for one in tried if one.taken and one.state in ("delivered", "failed")][:LAST]
    for states, what in ((refused, "failed"), (lost, "did not arrive")):
        failed = states.count("failed")
        if len(states) >= max(fewest, 1) and failed > stop * len(states):
            return f"{failed} of the last {len(states)} messages {what}"
    return ""


@frozen
class Canary:
    """What became of one of the first people's messages: `state` of domain.delivery, when it was last tried."""

    state: str
    taken: bool
    tried_at: datetime | None


def canary_waits(first: Sequence[Canary], now: datetime, patience: timedelta) -> bool:
    """Whether it is too early to judge the first batch: half of it still to be tried, or its receipts may still come.

    Who ended without a try, because of a STOP meanwhile, say, is waited for by nobody.

    In the quiet hours nothing is tried: whoever waited by the clock alone would judge before anybody got anything.
    """
    tries = [one for one in first if one.tried_at is not None]
    open_ones = [one for one in first if one.state not in ("delivered", "failed")]
    if not open_ones:
        return False
    if len(tries) < sum(one.tried_at is None for one in open_ones):
        return True
    newest = max(one.tried_at for one in tries if one.tried_at)
    return now < newest + patience


def canary_failing(first: Sequence[Canary], stop: float) -> str:
    """Why the first batch speaks against the rest, or "". Whoever was never tried says nothing."""
    return failing([Tried(one.state, one.taken) for one in first if one.tried_at is not None], stop, 1)
