"""Broadcasts as rows: drafts and what became of them, approvals, and what became of their messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.agency import Licence
from hotline.domain.broadcast import SENDING, Approval, Audience, Broadcast, Draft, Kind, Stage, paused, sent_back
from hotline.errors import NotFound, Refused
from hotline.frozen import frozen
from hotline.store.database import Database
from hotline.store.reach import approvals, broadcasts, staff
from hotline.store.schema import Instant

_UNDER_WAY = (Stage.APPROVED, Stage.SCHEDULED, *sorted(SENDING))
_GOES_ON = (Stage.CANARY.value, Stage.RUNNING.value, Stage.PAUSED.value, Stage.DONE.value)
_APPROVE_SQLITE, _APPROVE_POSTGRESQL = sqlite.insert(approvals), postgresql.insert(approvals)
_KEY = ["broadcast", "fingerprint", "staff"]
_APPROVE = {
    # Given anew after it expired, it counts from now.
    "sqlite": _APPROVE_SQLITE.on_conflict_do_update(index_elements=_KEY, set_={"at": _APPROVE_SQLITE.excluded.at}),
    "postgresql": _APPROVE_POSTGRESQL.on_conflict_do_update(
        index_elements=_KEY, set_={"at": _APPROVE_POSTGRESQL.excluded.at}
    ),
}
# Without these PostgreSQL's driver does not say whether a row was inserted.
_CREATE = {
    dialect: new.on_conflict_do_nothing(index_elements=["id"]).inline().execution_options(preserve_rowcount=True)
    for dialect, new in (("sqlite", sqlite.insert(broadcasts)), ("postgresql", postgresql.insert(broadcasts)))
}


@frozen
class Held:
    """A broadcast nobody else can change until this transaction ends."""

    connection: Connection
    broadcast: Broadcast

    def save(self, changed: Broadcast) -> Broadcast:
        """Keep it as it is now."""
        statement = update(broadcasts).where(broadcasts.c.id == changed.id).values(_values(changed))
        self.connection.execute(statement)
        return changed

    def approve(self, given: Approval) -> None:
        """Keep an approval; given anew it is the newer one."""
        self.connection.execute(
            _APPROVE[self.connection.dialect.name],
            {"broadcast": self.broadcast.id, "staff": given.staff, "fingerprint": given.fingerprint, "at": given.at},
        )

    def approvals(self, fingerprint: str = "") -> tuple[Approval, ...]:
        """Given for it, or for the series it is a day of, by people who still work here; of one fingerprint."""
        ids = [self.broadcast.id, self.broadcast.parent] if self.broadcast.is_repeat else [self.broadcast.id]
        rows = self.connection.execute(
            select(approvals.c.staff, approvals.c.fingerprint, approvals.c.at)
            .join(staff, staff.c.name == approvals.c.staff)
            .where(
                approvals.c.broadcast.in_(ids),
                approvals.c.fingerprint == (fingerprint or self.broadcast.fingerprint),
                staff.c.disabled_at.is_(None),
            )
            .order_by(approvals.c.at, approvals.c.staff)
        )
        return tuple(Approval(row.staff, row.fingerprint, row.at) for row in rows)


def create(database: Database, broadcast: Broadcast) -> bool:
    """Keep a new one; False when there is one of this id. Raises Refused when its short code is taken."""
    with database.writing() as connection:
        if (
            broadcast.code
            and connection.execute(
                select(broadcasts.c.id).where(broadcasts.c.code == broadcast.code, broadcasts.c.id != broadcast.id)
            ).scalar()
        ):
            raise Refused(f"another broadcast has the code {broadcast.code}")
        made = connection.execute(_CREATE[database.dialect], {"id": broadcast.id, **_values(broadcast)})
        return made.rowcount == 1


@contextmanager
def held(database: Database, id: str) -> Iterator[Held]:
    """Read one for changing it: who comes second waits. Raises NotFound."""
    with database.writing() as connection:
        yield hold(connection, id)


def stop(connection: Connection, id: str, now: datetime, why: str) -> None:
    """Pause it in the transaction of what speaks against it; one that is not being sent stays as it is."""
    # Looked for first: most messages are refused after the first one was, and results must be kept whatever else holds.
    going = select(broadcasts.c.id).where(broadcasts.c.id == id, broadcasts.c.state.in_(SENDING)).with_for_update()
    if connection.execute(going).first() is not None:
        held = hold(connection, id)
        held.save(paused(held.broadcast, now, why))


def stop_all(connection: Connection, now: datetime, why: str) -> None:
    """Nothing more leaves before people decide: what is being sent is paused, what waits for its start is a draft."""
    under_way = select(broadcasts.c.id).where(broadcasts.c.state.in_(_UNDER_WAY)).order_by(broadcasts.c.id)
    for id in connection.execute(under_way).scalars().all():
        held = hold(connection, id)
        if held.broadcast.stage in SENDING:
            held.save(paused(held.broadcast, now, why))
        else:
            held.save(sent_back(held.broadcast, Stage.DRAFT, 0, now, why))


def find(database: Database, id: str) -> Broadcast:
    """One broadcast. Raises NotFound."""
    with database.reading() as connection:
        return _broadcast(_found(connection.execute(select(broadcasts).where(broadcasts.c.id == id)).first(), id))


def in_stages(database: Database, *stages: Stage) -> tuple[Broadcast, ...]:
    """All in these stages, or in any, the oldest first."""
    chosen = select(broadcasts).order_by(broadcasts.c.made_at, broadcasts.c.id)
    if stages:
        chosen = chosen.where(broadcasts.c.state.in_(stages))
    with database.reading() as connection:
        return tuple(_broadcast(row) for row in connection.execute(chosen))


def approvals_of(database: Database, broadcast: Broadcast, fingerprint: str = "") -> tuple[Approval, ...]:
    """As Held.approvals, for looking only."""
    with database.reading() as connection:
        return Held(connection, broadcast).approvals(fingerprint)


def wait_again(connection: Connection, id: str, person: str, now: datetime) -> bool:
    """One of its messages is to go again; False where it was given up, and nothing of it goes.

    In the transaction that moves the message. One that was done goes on; and nobody looks behind its cursor.
    """
    done = broadcasts.c.state == Stage.DONE.value
    behind = and_(broadcasts.c.planned_at.is_not(None), broadcasts.c.cursor > person)
    goes_on = (
        update(broadcasts)
        .where(broadcasts.c.id == id, broadcasts.c.state.in_(_GOES_ON))
        .values(
            state=case((done, Stage.RUNNING.value), else_=broadcasts.c.state),
            moved_at=case((done, literal(now, Instant)), else_=broadcasts.c.moved_at),
            cursor=case((behind, person), else_=broadcasts.c.cursor),
        )
    )
    return connection.execute(goes_on).rowcount == 1


def hold(connection: Connection, id: str) -> Held:
    """As `held`, in a transaction that does more. Raises NotFound."""
    row = connection.execute(select(broadcasts).where(broadcasts.c.id == id).with_for_update()).first()
    return Held(connection, _broadcast(_found(row, id)))


def _found(row: Row[Any] | None, id: str) -> Row[Any]:
    if row is None:
        raise NotFound(f"there is no broadcast {id}")
    return row


def _values(broadcast: Broadcast) -> dict[str, object]:
    """Everything but the id, as columns."""
    draft = broadcast.draft
    licence = Licence.parse(draft.licence) if draft.licence else None
    plain = {name: getattr(broadcast, name) for name in _PLAIN}
    return plain | {
        "kind": draft.kind.value,
        "topic": draft.audience.topic,
        "detail": draft.audience.details[0] if len(draft.audience.details) == 1 else "",
        "title": draft.title,
        "centre": draft.centre,
        "sender": draft.sender,
        "audience": json.dumps(asdict(draft.audience)),
        "texts": texts_of(draft),
        "starts_local": draft.starts,
        "zone": draft.zone,
        "repeats": draft.repeats,
        "repeats_until": date.fromisoformat(draft.repeats_until) if draft.repeats_until else None,
        "hours_to_live": draft.hours_to_live,
        "made_by": draft.made_by,
        "urgent": draft.urgent,
        "news": draft.news,
        "serial": licence.serial if licence else None,
        "region": licence.region if licence else None,
        "state": broadcast.stage.value,
        "edited_by": broadcast.editors[-1] if broadcast.editors else "",
        "editors": " ".join(broadcast.editors),
        "fingerprint": broadcast.fingerprint,
        "code": broadcast.code or None,
    }


def texts_of(draft: Draft) -> str:
    """Its texts as they stand in their column: the same texts are the same letters."""
    return json.dumps(dict(draft.texts), ensure_ascii=False, sort_keys=True)


_OTHERWISE = frozenset({"id", "draft", "stage", "editors", "code"})
_PLAIN = tuple(field.name for field in fields(Broadcast) if field.name not in _OTHERWISE)
"""What is kept in a column of its own name."""


def _broadcast(row: Row[Any]) -> Broadcast:
    audience: dict[str, Any] = {
        name: tuple(kept) if isinstance(kept, list) else kept for name, kept in json.loads(row.audience).items()
    }
    draft = Draft(
        kind=Kind(row.kind),
        title=row.title,
        centre=row.centre,
        sender=row.sender,
        audience=Audience(**audience),
        texts=json.loads(row.texts),
        made_by=row.made_by,
        starts=row.starts_local,
        zone=row.zone,
        hours_to_live=row.hours_to_live,
        licence=str(Licence(row.serial, row.region)) if row.serial else "",
        repeats=row.repeats,
        repeats_until=row.repeats_until.isoformat() if row.repeats_until else "",
        urgent=row.urgent,
        news=row.news,
    )
    return Broadcast(
        id=row.id,
        draft=draft,
        made_at=row.made_at,
        moved_at=row.moved_at or row.made_at,
        stage=Stage(row.state),
        editors=tuple(row.editors.split()),
        code=row.code or "",
        **{name: getattr(row, name) for name in _PLAIN if name not in ("made_at", "moved_at")},
    )
