"""The ports of alerts and of watching, over the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from functools import partial

from hotline.domain.consent import Topic
from hotline.domain.office import Directory
from hotline.flow.book import Book
from hotline.service.asking import asked_with
from hotline.service.ports.alerts import AgreeToAlerts, AlertPort, DistrictPort, NoMoreAlerts
from hotline.service.ports.base import Ports
from hotline.service.ports.watch import Watch, Watched, unwatch
from hotline.store import agencies, alarm, consents, people
from hotline.store.database import Database


def alert_ports(book: Book, database: Database, places: Directory, zone: tzinfo) -> Ports:
    """What flows may find and do about alerts, by name."""

    def details(indexes: Sequence[bytes]) -> tuple[str, ...]:
        return consents.details(database, indexes, Topic.ALERTS)

    wished = partial(people.wishes, database)
    return {
        "alert": AlertPort(partial(alarm.sent, database), zone),
        "district": DistrictPort(places),
        "alerts_here": AgreeToAlerts(asked_with(book, "alerts.here"), wished),
        "alerts_everywhere": AgreeToAlerts(asked_with(book, "alerts.everywhere"), wished),
        "no_more_alerts": NoMoreAlerts(details),
        "watch": Watch(asked_with(book, "watch.offer"), wished),
        "watched": Watched(partial(agencies.watched, database)),
        "unwatch": unwatch,
    }
