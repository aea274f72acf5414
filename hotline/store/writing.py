"""Who asks for an answer as SMS, as a claim will see them, and how many answers they had of late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, func, select

from hotline.domain.claiming import ANSWER, Local, Reader
from hotline.frozen import frozen
from hotline.store.claims import Asked, Had, reader_of
from hotline.store.database import Database
from hotline.store.reach import deliveries
from hotline.store.schema import Instant, people, suppressions

_INDEXES: BindParameter[bytes] = bindparam("indexes", expanding=True)
_ASKS = (
    select(
        people,
        select(suppressions.c.stopped)
        .where(suppressions.c.number_index.in_(_INDEXES))
        .order_by(suppressions.c.changed_at.desc(), suppressions.c.stopped.desc())
        .limit(1)
        .scalar_subquery()
        .label("stopped"),
        select(func.count())
        .where(
            deliveries.c.person_id == people.c.id,
            deliveries.c.topic == ANSWER,
            deliveries.c.made_at > bindparam("since", type_=Instant),
        )
        .scalar_subquery()
        .label("had"),
    )
    .where(people.c.number_index.in_(_INDEXES))
    .order_by(people.c.since)
    .limit(1)
)


@frozen
class Asking:
    """Somebody who asks for an answer as SMS: how they may be written to, and how many answers they had since."""

    reader: Reader
    shared: bool
    had: int


def asking(
    database: Database, indexes: Sequence[bytes], locals_: Mapping[str, Local], since: datetime
) -> Asking | None:
    """Who has this number, as a claim would see them; None where nobody knows them. One statement. Raises StoreDown."""
    with database.reading() as connection:
        person = connection.execute(_ASKS, {"indexes": list(indexes), "since": since}).first()
    if person is None:
        return None
    reader = reader_of(person, locals_, Asked(subscribed=False, stopped=bool(person.stopped)), Had())
    return Asking(reader, person.shared, person.had)
