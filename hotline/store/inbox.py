"""The durable row of every inbound event, and the one transaction in which it and its effects are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Null, Select, and_, bindparam, literal_column, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.keeping import Earlier, Kept, KeptSession
from hotline.frozen import frozen
from hotline.store import effects, erasing, people, unread
from hotline.store.database import Database
from hotline.store.schema import inbound

WORDS_DAYS, SENSITIVE_DAYS = 30, 7
"""Days what was said and answered is kept; and in a flow marked `sensitive`."""
SESSION_HOURS = {"sms": 24, "voice": 4}
"""Hours a conversation lasts after its last event."""
BATCH = 500

# Asked for the new row's id, or without the option, PostgreSQL's driver does not say whether a row was inserted.
_COUNTED = {"preserve_rowcount": True}
_INSERT = {
    "sqlite": sqlite.insert(inbound).on_conflict_do_nothing().inline().execution_options(**_COUNTED),
    "postgresql": postgresql.insert(inbound).on_conflict_do_nothing().inline().execution_options(**_COUNTED),
}
_KEPT = {column.name: bindparam(column.name, type_=column.type) for column in inbound.c if column.name != "id"}
_INSERT_ALONE = {
    "sqlite": sqlite.insert(inbound).values(_KEPT).on_conflict_do_nothing().inline(),
    "postgresql": postgresql.insert(inbound).values(_KEPT).on_conflict_do_nothing().inline(),
}
_EARLIER = (
    select(inbound.c.external_id, inbound.c.reply_sealed)
    .where(
        or_(
            and_(inbound.c.provider == bindparam("provider"), inbound.c.external_id == bindparam("external_id")),
            inbound.c.proof == bindparam("proof"),
        )
    )
    .limit(1)
)
_NEWEST = (
    select(inbound.c.provider, inbound.c.external_id, inbound.c.channel, inbound.c.at, inbound.c.session_sealed)
    .where(
        inbound.c.thread_index.in_(bindparam("threads", expanding=True)),
        inbound.c.at > bindparam("since", type_=inbound.c.at.type),
        # Every event has an answer; said here so that the index of rows that still hold words is used.
        or_(inbound.c.text_sealed.is_not(None), inbound.c.reply_sealed.is_not(None)),
    )
    .order_by(inbound.c.at.desc(), inbound.c.id.desc())
    .limit(1)
)

_END = ":end"
"""How the id of a hang-up ends."""
_NEWEST_CALL = (
    select(inbound.c.provider, inbound.c.external_id, inbound.c.session_sealed)
    .where(
        inbound.c.person_index.in_(bindparam("indexes", expanding=True)),
        # Written out: with a bound value SQLite would not use the index of calls.
        inbound.c.channel == literal_column("'voice'"),
        inbound.c.at >= bindparam("since", type_=inbound.c.at.type),
    )
    .order_by(inbound.c.at.desc(), inbound.c.id.desc())
    .limit(1)
)


@frozen
class Forgotten:
    """How many rows lost what they had kept."""

    words: int
    sessions: int
    not_understood: int


def keep(database: Database, kept: Kept) -> Earlier | None:
    """Keep an event and its effects, all or nothing. None when it was new; else the answer it already got.

    An event is known by its provider's id or by its proof; then nothing of this call is kept. One statement for a new
    event without effects. Raises StoreDown.
    """
    if not kept.effects:
        made = database.insert(_INSERT_ALONE[database.dialect], _values(kept))
        return None if made else earlier(database, kept.provider, kept.external_id, kept.proof)
    with database.writing() as connection:
        if not connection.execute(_INSERT[database.dialect], _values(kept)).rowcount:
            values = {"provider": kept.provider, "external_id": kept.external_id, "proof": kept.proof}
            known = connection.execute(_EARLIER, values).one()
            return Earlier(known.external_id, known.reply_sealed)
        if kept.older:
            people.move(connection, kept.older, kept.person_index)
        for effect in kept.effects:
            effects.apply(connection, effect, kept.at)
    return None


def earlier(database: Database, provider: str, external_id: str, proof: bytes | None = None) -> Earlier | None:
    """The answer an event already got, without keeping anything: for when the memory of replies is gone."""
    values = {"provider": provider, "external_id": external_id, "proof": proof}
    with database.reading() as connection:
        found = connection.execute(_EARLIER, values).first()
    return Earlier(found.external_id, found.reply_sealed) if found else None


def last_session(database: Database, threads: Sequence[bytes], now: datetime) -> KeptSession | None:
    """Where a conversation stood after its newest event; None when that ended it or its time is over.

    `threads` are its indexes under every live key.
    """
    since = now - timedelta(hours=max(SESSION_HOURS.values()))
    with database.reading() as connection:
        newest = connection.execute(_NEWEST, {"threads": list(threads), "since": since}).first()
    if newest is None or newest.session_sealed is None:
        return None
    if newest.at <= now - timedelta(hours=SESSION_HOURS[newest.channel]):
        return None
    return KeptSession(newest.provider, newest.external_id, newest.session_sealed)


def cut_off(database: Database, indexes: Sequence[bytes], since: datetime) -> KeptSession | None:
    """Where the person's newest call since a moment stood; None when it ended by itself, or there was none."""
    with database.reading() as connection:
        newest = connection.execute(_NEWEST_CALL, {"indexes": list(indexes), "since": since}).first()
    if newest is None or newest.session_sealed is None or not newest.external_id.endswith(_END):
        return None
    return KeptSession(newest.provider, newest.external_id, newest.session_sealed)


def forget_old(database: Database, now: datetime) -> Forgotten:
    """Drop what was said after 30 days, in sensitive flows after 7, and conversations after theirs.

    Ids stay, so that a replay is always known; of nobody, from then on. In batches of 500, a transaction each, so that
    nobody waits for it.
    """
    before = now - timedelta(days=WORDS_DAYS)
    words = erasing.FORGOTTEN
    still_said = or_(inbound.c.text_sealed.is_not(None), inbound.c.reply_sealed.is_not(None))
    said = and_(inbound.c.at < before, still_said)
    over = and_(
        # By this the rows are found in the index of rows that still hold words: none of their own is worth its writing.
        still_said,
        inbound.c.session_sealed.is_not(None),
        or_(
            *(
                and_(inbound.c.channel == channel, inbound.c.at <= now - timedelta(hours=hours))
                for channel, hours in SESSION_HOURS.items()
            )
        ),
    )
    sensitive = and_(inbound.c.at < now - timedelta(days=SENSITIVE_DAYS), literal_column("sensitive"), still_said)
    return Forgotten(
        words=sum(_clear(database, said, words)) + sum(_clear(database, sensitive, words, staff=True)),
        sessions=sum(_clear(database, over, {"session_sealed": null()})),
        not_understood=sum(unread.forget(database, before, BATCH)),
    )


def _clear(
    database: Database, which: ColumnElement[bool], values: Mapping[str, Null | bytes], *, staff: bool = False
) -> Iterator[int]:
    """`staff`: what staff were to read of these goes with them."""
    some = select(inbound.c.id).where(which).limit(BATCH)
    named = select(inbound.c.id, inbound.c.provider, inbound.c.external_id).where(which).limit(BATCH)
    while True:
        with database.writing() as connection:
            chosen: Select[tuple[int]] | list[int] = some
            if staff:
                rows = connection.execute(named).all()
                chosen = [row.id for row in rows]
                unread.remove(connection, [unread.id_of(row.provider, row.external_id) for row in rows])
            cleared = connection.execute(update(inbound).where(inbound.c.id.in_(chosen)).values(values)).rowcount
        yield cleared
        if cleared < BATCH:
            return


def _values(kept: Kept) -> dict[str, str | bytes | bool | datetime | None]:
    return {
        "provider": kept.provider,
        "external_id": kept.external_id,
        "proof": kept.proof,
        "channel": kept.channel,
        "centre": kept.centre,
        "person_index": kept.person_index,
        "thread_index": kept.thread_index,
        "at": kept.at,
        "text_sealed": kept.text,
        "reply_sealed": kept.reply,
        "session_sealed": kept.session,
        "sensitive": kept.sensitive,
        "told_valid": kept.told_valid,
    }
