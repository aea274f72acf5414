"""Messages of which we do not know enough: leases that ran out, unknown ones to look for, sent ones without news."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, String, bindparam, case, literal_column, select, union_all, update

from hotline.domain.delivery import Next, Reason, Row, State
from hotline.frozen import frozen
from hotline.store.database import Database
from hotline.store.reach import broadcasts, deliveries
from hotline.store.schema import Instant, people

_IN_OPEN = deliveries.c.state.in_([literal_column("'sending'"), literal_column("'unknown'")])
_LOOK = (
    select(deliveries, people.c.number_index, people.c.number_sealed, people.c.key_sealed, broadcasts.c.texts)
    .join_from(deliveries, people, people.c.id == deliveries.c.person_id, isouter=True)
    .join(broadcasts, broadcasts.c.id == deliveries.c.broadcast, isouter=True)
    .where(
        _IN_OPEN,
        deliveries.c.state == State.UNKNOWN,
        deliveries.c.lease_until <= bindparam("now", type_=Instant),
    )
    .order_by(deliveries.c.lease_until)
    .limit(bindparam("limit"))
    .with_for_update(of=deliveries, skip_locked=True)
)
_SILENT = (
    select(deliveries.c.id, deliveries.c.attempt, deliveries.c.provider_id)
    .where(
        deliveries.c.state == literal_column("'sent'"),
        deliveries.c.changed_at <= bindparam("before", type_=Instant),
        deliveries.c.changed_at > bindparam("after", type_=Instant),
        deliveries.c.attempted_at > bindparam("after", type_=Instant),
        deliveries.c.provider_id.is_not(None),
    )
    .order_by(deliveries.c.changed_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_FATE = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("of"),
        deliveries.c.attempt == bindparam("try"),
        deliveries.c.state == State.UNKNOWN,
    )
    .values(
        state=bindparam("after", type_=String), reason=bindparam("why"), looks=bindparam("seen"),
        lease_until=bindparam("look", type_=Instant),
        # Another look is no change: else nothing would ever be old enough to be forgotten.
        changed_at=case(
            (bindparam("after", type_=String) == State.UNKNOWN, deliveries.c.changed_at),
            else_=bindparam("now", type_=Instant),
        ),
    )
)  # fmt: skip


@frozen
class Unsure:
    """A message that may have been sent at `attempted_at`; `text` is "" and `number_sealed` None where they are gone.

    `text_sealed` is as in a claim.
    """

    id: str
    person_id: str
    number_index: bytes | None
    number_sealed: bytes | None
    key_sealed: bytes | None
    sender: str
    text_sealed: bytes | None
    text: str
    attempted_at: datetime
    looks: int
    row: Row


@frozen
class Fate:
    """What a look came to: after `looks` of them, `next`, or None for another look, not sooner than after `wait`."""

    id: str
    attempt: int
    looks: int
    next: Next | None
    reason: Reason = Reason.UNSURE
    wait: timedelta = timedelta(0)


@frozen
class Silent:
    """A message the provider has, and of which nothing was heard since."""

    id: str
    attempt: int
    provider_id: str


def expire(database: Database, now: datetime, look_after: timedelta) -> int:
    """Of a message whose worker did not report within its lease nobody knows what became; how many there were."""
    wanted = (
        update(deliveries)
        .where(_IN_OPEN, deliveries.c.state == State.SENDING, deliveries.c.lease_until <= now)
        .values(state=State.UNKNOWN, reason=Reason.LEASE, looks=0, lease_until=now + look_after, changed_at=now)
    )
    with database.reading() as connection:
        over = select(deliveries.c.id).where(
            _IN_OPEN, deliveries.c.state == State.SENDING, deliveries.c.lease_until <= now
        )
        if connection.execute(over.limit(1)).first() is None:
            return 0
    with database.writing() as connection:
        return connection.execute(wanted).rowcount


def to_look_for(database: Database, now: datetime, hold: timedelta, limit: int) -> tuple[Unsure, ...]:
    """Unknown messages whose next look is due; for `hold` nobody else is given them."""
    with database.writing() as connection:
        rows = connection.execute(_LOOK, {"now": now, "limit": limit}).all()
        _touch(connection, [row.id for row in rows], {"lease_until": now + hold})
    return tuple(
        Unsure(
            id=row.id,
            person_id=row.person_id,
            number_index=row.number_index,
            number_sealed=row.number_sealed,
            key_sealed=row.key_sealed,
            sender=row.sender,
            text_sealed=row.text_sealed,
            text="" if row.texts is None else json.loads(row.texts).get(row.locale, ""),
            attempted_at=row.attempted_at,
            looks=row.looks,
            row=Row(State.UNKNOWN, row.attempt, row.provider_id or "", row.again, row.deadline_at),
        )
        for row in rows
    )


def is_open(database: Database, now: datetime) -> bool:
    """Whether a look is due."""
    with database.reading() as connection:
        return (
            connection.execute(_LOOK.with_only_columns(deliveries.c.id), {"now": now, "limit": 1}).first() is not None
        )


def decide(database: Database, fates: Iterable[Fate], second_look: timedelta, now: datetime) -> None:
    """Keep what looks came to; what has become known meanwhile is let be."""
    values = [
        {
            "of": fate.id,
            "try": fate.attempt,
            "after": fate.next.state if fate.next else State.UNKNOWN,
            "why": fate.next.reason if fate.next else fate.reason,
            "seen": fate.looks,
            "look": None if fate.next else now + max(second_look, fate.wait),
            "now": now,
        }
        for fate in fates
    ]
    if values:
        with database.writing() as connection:
            connection.execute(_FATE, values)


def leave(database: Database, ids: Sequence[str], now: datetime) -> None:
    """Let others look for these at once: there was no time for them."""
    with database.writing() as connection:
        still = deliveries.c.id.in_(ids), deliveries.c.state == State.UNKNOWN
        connection.execute(update(deliveries).where(*still).values(lease_until=now))


def known(database: Database, provider_ids: Sequence[str]) -> frozenset[str]:
    """Those of the provider's ids that belong to a message already."""
    found: set[str] = set()
    with database.reading() as connection:
        for start in range(0, len(provider_ids), 500):
            some = provider_ids[start : start + 500]
            wanted = select(deliveries.c.provider_id).where(deliveries.c.provider_id.in_(some))
            found.update(connection.execute(wanted).scalars())
    return frozenset(found)


def silent(database: Database, now: datetime, after: timedelta, give_up: timedelta) -> tuple[Silent, ...]:
    """Sent messages without a final receipt for `after`, asked about at most once in that time, until `give_up`."""
    with database.writing() as connection:
        values = {"before": now - after, "after": now - give_up, "limit": 100}
        rows = connection.execute(_SILENT, values).all()
        _touch(connection, [row.id for row in rows], {"changed_at": now})
    return tuple(Silent(row.id, row.attempt, row.provider_id) for row in rows)


def unverified(database: Database, since: datetime, limit: int = 50) -> tuple[str, ...]:
    """Messages nobody can tell about, for staff: those tried since a moment. They are never sent again by themselves.

    Given up, they have failed; a receipt may still say better.
    """
    untold = deliveries.c.reason.in_((Reason.UNVERIFIED, Reason.RESTORED))
    open_ones = _IN_OPEN, deliveries.c.state == State.UNKNOWN
    given_up = deliveries.c.state == State.FAILED, deliveries.c.attempted_at >= since
    wanted = select(deliveries.c.id, deliveries.c.attempted_at).where(untold)
    found = union_all(wanted.where(*open_ones), wanted.where(*given_up)).subquery()
    with database.reading() as connection:
        return tuple(connection.execute(select(found.c.id).order_by(found.c.attempted_at).limit(limit)).scalars())


def _touch(connection: Connection, ids: Sequence[str], values: Mapping[str, datetime]) -> None:
    if ids:
        connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**values))
