"""What each effect of a turn does to the tables, in the transaction of the event that led to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hotline.domain.consent import Subscribe, Unsubscribe
from hotline.domain.delivery import QueueText
from hotline.domain.journey import EndJourney, SetJourney
from hotline.domain.keeping import (
    Effect,
    Erase,
    MeetPerson,
    NotUnderstood,
    OpenCase,
    SetLocale,
    SetReach,
    Start,
    Stop,
)
from hotline.domain.report import CaseTried, FileReport
from hotline.store import cases, consents, deliveries, erasing, journeys, people, reports, unread

_AT_ITS_TIME: Mapping[type[Effect], Callable[[Connection, Any, datetime], object]] = {
    MeetPerson: people.meet,
    QueueText: deliveries.queue,
}
"""Effects that take the event's time from the event."""
_BY_ITSELF: Mapping[type[Effect], Callable[[Connection, Any], object]] = {
    SetLocale: people.set_locale,
    SetReach: people.set_reach,
    Stop: consents.stop_or_start,
    Start: consents.stop_or_start,
    Subscribe: consents.subscribe,
    Unsubscribe: consents.unsubscribe,
    Erase: erasing.ask,
    OpenCase: cases.open_case,
    NotUnderstood: unread.add,
    SetJourney: journeys.set_journey,
    EndJourney: journeys.end_journey,
    FileReport: reports.file,
    CaseTried: cases.tried,
}


def apply(connection: Connection, effect: Effect, at: datetime) -> None:
    """Do it; `at` is the event's time. At most two statements more than the event itself for most of them."""
    kind = type(effect)
    if kind in _AT_ITS_TIME:
        _AT_ITS_TIME[kind](connection, effect, at)
    else:
        _BY_ITSELF[kind](connection, effect)
