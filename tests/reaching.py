"""People who subscribed, staff who may approve, and the verbs of broadcasts, for tests that reach many."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, insert, select, update

from hotline.domain.broadcast import Audience, Broadcast, Draft, Kind
from hotline.domain.staff import Member, Role
from hotline.service.broadcast import Broadcasts
from hotline.service.dry_run import Reach
from hotline.service.fan_out import FanOut
from hotline.settings import Settings
from hotline.store import staff as accounts
from hotline.store.alarm import told_valid_people
from hotline.store.database import Database
from hotline.store.own import subscriptions
from hotline.store.reach import deliveries
from hotline.store.schema import people, suppressions
from hotline.text.names import NameIndex

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""A Monday, 11 o'clock in Lahore."""
SENDER = "+924238000000"
ENGLISH = "A day of free advice: Monday, 10 to 4, at the centre."
AUTHOR = "bilal"
APPROVERS = ("asma", "danish", "nadia")


@dataclass(frozen=True)
class Office:
    """The verbs, and what a worker does between them."""

    database: Database
    reach: Reach
    broadcasts: Broadcasts
    stages: list[tuple[str, str, str]]

    def fan_out(self, now: datetime = NOW, chunk: int = 20_000) -> None:
        FanOut(self.reach, lambda *told: self.stages.append(told), chunk).run(now)

    def fan(self) -> FanOut:
        return FanOut(self.reach, lambda *told: self.stages.append(told))

    def approved(self, wished: Draft, now: datetime = NOW, **given: str) -> Broadcast:
        """Drafted and submitted by its maker, and approved by as many as it takes."""
        one = self.broadcasts.draft(wished, now, **given)
        one = self.broadcasts.submit(one.id, wished.made_by, now)
        for name in APPROVERS:
            if one.stage == "submitted":
                one = self.broadcasts.approve(one.id, approver(name), one.fingerprint, now)
        return one

    def rows(self, id: str) -> list[tuple[str, str, str]]:
        """(person, state, reason) of every message of a broadcast."""
        chosen = select(deliveries.c.person_id, deliveries.c.state, deliveries.c.reason)
        with self.database.reading() as connection:
            return [tuple(row) for row in connection.execute(chosen.where(deliveries.c.part_of == id))]

    def came_to(self, id: str, state: str, at: datetime, most: int = 10**9, reason: str = "") -> None:
        """What a worker would write of queued messages: that they were tried, and what became of them."""
        with self.database.writing() as connection:
            some = (
                select(deliveries.c.id)
                .where(deliveries.c.part_of == id, deliveries.c.state == "queued")
                .order_by(deliveries.c.person_id)
                .limit(most)
            )
            chosen = [row.id for row in connection.execute(some)]
            for at_once in range(0, len(chosen), 500):
                batch = deliveries.c.id.in_(chosen[at_once : at_once + 500])
                connection.execute(
                    update(deliveries)
                    .where(batch)
                    .values(state=state, reason=reason, attempt=1, attempted_at=at, changed_at=at)
                )


def office(settings: Settings, database: Database, names: Iterable[str] = ()) -> Office:
    for name, role in ((AUTHOR, Role.BROADCASTER), *((name, Role.APPROVER) for name in APPROVERS)):
        accounts.add(database, Member(name, frozenset({role}), "lahore"), "no password", NOW)
    index = NameIndex((name, name) for name in names)
    reach = Reach(settings, database, lambda: index, told_valid_people)
    return Office(database, reach, Broadcasts(reach), [])


def approver(name: str = "asma", centre: str = "lahore") -> Member:
    return Member(name, frozenset({Role.APPROVER}), centre)


def draft(**changed: object) -> Draft:
    wished = Draft(
        kind=Kind.BULK,
        title="A day of advice",
        centre="lahore",
        sender=SENDER,
        audience=Audience("alerts", ("lahore",)),
        texts={"en": ENGLISH},
        made_by=AUTHOR,
    )
    return replace(wished, **changed)  # type: ignore[arg-type]


def alert(**changed: object) -> Draft:
    return draft(kind=Kind.ALERT, title="Do not pay", licence="0008/RWP", **changed)


def enrol(
    database: Database, count: int, topic: str = "alerts", detail: str = "lahore", **about: object
) -> tuple[str, ...]:
    """People who subscribed; `about` are columns of people, all of them in English and in Pakistan otherwise."""
    ids = tuple(uuid.uuid4().hex for _ in range(count))
    usual = {"locale": "en", "centre": "lahore", "since": NOW - timedelta(days=90), "number_sealed": b"sealed"}
    rows = [usual | {"id": one, "number_index": sha256(one.encode()).digest()} | about for one in ids]
    with database.writing() as connection:
        if rows:
            connection.execute(insert(people), rows)
    subscribe(database, ids, topic, detail)
    return ids


def subscribe(database: Database, ids: Iterable[str], topic: str, detail: str) -> None:
    rows = [{"topic": topic, "detail": detail, "person_id": one, "since": NOW} for one in ids]
    with database.writing() as connection:
        if rows:
            connection.execute(insert(subscriptions), rows)


def say_stop(database: Database, ids: Iterable[str]) -> None:
    rows = [{"number_index": sha256(one.encode()).digest(), "stopped": True, "changed_at": NOW} for one in ids]
    with database.writing() as connection:
        connection.execute(insert(suppressions), rows)


def messages(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(deliveries)).scalar_one()
