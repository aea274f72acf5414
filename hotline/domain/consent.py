"""What people agreed to be written to about: the topics, and what is kept of each yes and each end."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from hotline.frozen import frozen


class Topic(StrEnum):
    """What somebody may subscribe to; a detail narrows it.

    REMINDERS: the person's own journey, no detail. ALERTS: alerts and news of a district (its folded English name),
    "" of all. WATCH: one agency (its licence, `0008/RWP`). CASE: the person's own case.
    """

    REMINDERS = "reminders"
    ALERTS = "alerts"
    WATCH = "watch"
    CASE = "case"


@frozen
class Asked:
    """How a person was asked: the question's words in their language as they read or heard it, and the flow's version.

    Both are "" where nobody asked: an end by STOP needs no question.
    """

    locale: str
    channel: str
    words: str = ""
    version: str = ""


@frozen
class Subscribe:
    """The person said yes: a row of the ledger, and the subscription. Said twice, it is kept twice and holds once."""

    number_index: bytes
    topic: Topic
    detail: str
    asked: Asked
    at: datetime


@frozen
class Unsubscribe:
    """The person ends one subscription. Nothing happens where there is none."""

    number_index: bytes
    topic: Topic
    detail: str
    asked: Asked
    at: datetime
