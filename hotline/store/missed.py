"""Which of the provider's messages never came to us, and up to when we have asked it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from hotline.store.database import Database
from hotline.store.schema import about, inbound

BATCH = 500
_MARK = "caught_up"
_KNOWN = select(inbound.c.external_id).where(
    inbound.c.provider == bindparam("provider"), inbound.c.external_id.in_(bindparam("ids", expanding=True))
)
_LAST = (
    select(inbound.c.thread_index, func.max(inbound.c.at).label("at"))
    .where(inbound.c.thread_index.in_(bindparam("threads", expanding=True)))
    .group_by(inbound.c.thread_index)
)
_ASKED = select(about.c.value).where(about.c.key == _MARK)
_SQLITE, _POSTGRESQL = sqlite.insert(about), postgresql.insert(about)
_MOVE = {
    "sqlite": _SQLITE.on_conflict_do_update(index_elements=["key"], set_={"value": _SQLITE.excluded.value}),
    "postgresql": _POSTGRESQL.on_conflict_do_update(index_elements=["key"], set_={"value": _POSTGRESQL.excluded.value}),
}


def unknown(database: Database, provider: str, ids: Collection[str]) -> set[str]:
    """Those of a provider's ids that were never kept. Raises StoreDown."""
    asked = sorted(ids)
    left = set(asked)
    with database.reading() as connection:
        for start in range(0, len(asked), BATCH):
            values = {"provider": provider, "ids": asked[start : start + BATCH]}
            left.difference_update(connection.execute(_KNOWN, values).scalars())
    return left


def last_heard(database: Database, threads: Collection[bytes]) -> dict[bytes, datetime]:
    """When each conversation was last heard of; nothing for one that is new. Raises StoreDown."""
    asked, found = sorted(threads), dict[bytes, datetime]()
    with database.reading() as connection:
        for start in range(0, len(asked), BATCH):
            rows = connection.execute(_LAST, {"threads": asked[start : start + BATCH]}).all()
            found |= {row.thread_index: row.at for row in rows}
    return found


def asked_until(database: Database) -> datetime | None:
    """Up to when the provider was asked what came in; None before the first time. Raises StoreDown."""
    with database.reading() as connection:
        value = connection.execute(_ASKED).scalar()
    return datetime.fromisoformat(value) if value else None


def ask_from(database: Database, at: datetime) -> None:
    """The next time there is only to be asked for what came in after this. Raises StoreDown."""
    with database.writing() as connection:
        connection.execute(_MOVE[connection.dialect.name], {"key": _MARK, "value": at.isoformat()})
