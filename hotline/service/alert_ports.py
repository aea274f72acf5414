"""The ports of alerts and of watching, over the database and the register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial

from hotline.domain.consent import Topic
from hotline.domain.office import Directory
from hotline.flow.book import Book
from hotline.service.agencies import Agencies
from hotline.service.asking import asked_with
from hotline.service.ports.alerts import AgreeToAlerts, AlertPort, DistrictPort, NoMoreAlerts
from hotline.service.ports.base import Ports
from hotline.service.ports.watch import Watch, Watched, unwatch
from hotline.store import alarm, consents
from hotline.store.database import Database


def alert_ports(book: Book, database: Database, places: Directory, register: Agencies, zone: tzinfo) -> Ports:
    """What flows may find and do about alerts, by name."""

    def stopped(index: bytes) -> bool:
        return consents.standing(database, (index,), Topic.ALERTS, "").stopped

    def subscribed(topic: Topic) -> Callable[[bytes], tuple[str, ...]]:
        return lambda index: consents.details(database, (index,), topic)

    return {
        "alert": AlertPort(partial(alarm.sent, database), zone),
        "district": DistrictPort(places),
        "alerts_here": AgreeToAlerts(asked_with(book, "alerts.here"), stopped),
        "alerts_everywhere": AgreeToAlerts(asked_with(book, "alerts.everywhere"), stopped),
        "no_more_alerts": NoMoreAlerts(subscribed(Topic.ALERTS)),
        "watch": Watch(asked_with(book, "watch.offer"), stopped),
        "watched": Watched(subscribed(Topic.WATCH), register),
        "unwatch": unwatch,
    }
