"""Texts nobody's words explain, sealed, until staff have read them or their time is over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from hotline.domain.keeping import NotUnderstood
from hotline.store.database import Database
from hotline.store.schema import not_understood

_PAGE = 50


def id_of(provider: str, external_id: str) -> str:
    """The id of what staff are to read of an event that was not understood."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{provider}|{external_id}").hex


def count(database: Database, *, centre: str = "") -> int:
    """How many texts wait to be read."""
    counted = select(func.count()).select_from(not_understood)
    if centre:
        counted = counted.where(not_understood.c.centre == centre)
    with database.reading() as connection:
        return connection.execute(counted).scalar_one()


def page_of(database: Database, *, centre: str = "", page: int = 1) -> tuple[NotUnderstood, ...]:
    """Texts that wait to be read, newest first, 50 a page; pages count from 1."""
    wanted = select(not_understood).order_by(not_understood.c.at.desc(), not_understood.c.id)
    if centre:
        wanted = wanted.where(not_understood.c.centre == centre)
    with database.reading() as connection:
        rows = connection.execute(wanted.limit(_PAGE).offset(_PAGE * (page - 1))).all()
    return tuple(
        NotUnderstood(
            id=row.id,
            centre=row.centre,
            locale=row.locale,
            reason_sealed=row.reason_sealed,
            text_sealed=row.text_sealed,
            at=row.at,
        )
        for row in rows
    )


def add(connection: Connection, effect: NotUnderstood) -> None:
    """One statement."""
    connection.execute(
        not_understood.insert(),
        {
            "id": effect.id,
            "centre": effect.centre,
            "locale": effect.locale,
            "reason_sealed": effect.reason_sealed,
            "text_sealed": effect.text_sealed,
            "at": effect.at,
        },
    )


def remove(connection: Connection, ids: Sequence[str]) -> None:
    """These are not to be read any more."""
    for start in range(0, len(ids), 500):
        connection.execute(delete(not_understood).where(not_understood.c.id.in_(ids[start : start + 500])))


def forget(database: Database, before: datetime, batch: int) -> Iterator[int]:
    """Delete texts older than `before`, a transaction a batch; yields how many each deleted."""
    old = select(not_understood.c.id).where(not_understood.c.at < before).limit(batch)
    while True:
        with database.writing() as connection:
            gone = connection.execute(delete(not_understood).where(not_understood.c.id.in_(old))).rowcount
        yield gone
        if gone < batch:
            return
