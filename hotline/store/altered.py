"""Two lists side by side: which licences the newer one changes, and in which districts somebody wants to hear of it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, or_, select

from hotline.domain.agency import Licence
from hotline.domain.consent import Topic
from hotline.store.agencies import RegisterList
from hotline.store.database import Database
from hotline.store.own import subscriptions
from hotline.store.schema import agencies


def altered(database: Database, lists: tuple[RegisterList, RegisterList], day: date) -> tuple[Licence, ...]:
    """The licences of the first list that the second has not, or otherwise, or whose date is over since."""
    old, new = lists
    now = agencies.alias("now")
    same = and_(now.c.version == new.version, now.c.serial == agencies.c.serial, now.c.region == agencies.c.region)
    changed = or_(
        now.c.serial.is_(None),
        now.c.status.is_distinct_from(agencies.c.status),
        now.c.expiry.is_distinct_from(agencies.c.expiry),
        and_(agencies.c.expiry >= old.date, agencies.c.expiry < day),
    )
    asked = select(agencies.c.serial, agencies.c.region).select_from(agencies.outerjoin(now, same))
    with database.reading() as connection:
        rows = connection.execute(asked.where(agencies.c.version == old.version, changed)).all()
    return tuple(Licence(row.serial, row.region) for row in rows)


def places(database: Database) -> frozenset[str]:
    """The districts somebody takes the alerts of; "" is all of them."""
    with database.reading() as connection:
        asked = select(subscriptions.c.detail).where(subscriptions.c.topic == Topic.ALERTS).distinct()
        return frozenset(connection.execute(asked).scalars())
