"""Erasing a person: who asked for it, what goes in one transaction, and the copies the provider is still to delete."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Null, and_, delete, literal_column, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from hotline.domain.delivery import State
from hotline.domain.keeping import NOBODY, Erase, Stop
from hotline.frozen import frozen
from hotline.store import consents, unread
from hotline.store.database import Database
from hotline.store.own import erasures, provider_copies
from hotline.store.reach import deliveries
from hotline.store.schema import cases, inbound, people
from hotline.store.several import among

REASON = "erased"
"""Why a delivery to somebody who was erased failed, and the status of their cases."""
COPY_HOURS = 24
"""Hours for which the provider is asked to delete its copies."""
SMALL = 64 << 20
"""Octets up to which a file of SQLite is written anew after an erasure: well under a second in which nobody writes."""
_OF_A_PROVIDER = ("SM", "MM")
"""How the provider's ids of messages begin; a call's can be found in its own records only."""
FORGOTTEN: Mapping[str, Null | bytes] = {
    "person_index": NOBODY, "thread_index": NOBODY, "text_sealed": null(), "reply_sealed": null(),
    "session_sealed": null(), "told_valid": null(),
}  # fmt: skip
"""What is left of an event besides id, channel, centre and time: nothing."""
_NOBODYS = f"{REASON}:"
"""How the person of a message to somebody who was erased is called."""
_ASK = {
    "sqlite": sqlite.insert(erasures).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(erasures).on_conflict_do_nothing(),
}
_COPY = {
    "sqlite": sqlite.insert(provider_copies).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(provider_copies).on_conflict_do_nothing(),
}


@frozen
class Erasure:
    """One person's wish. `erased_at` is set once the database holds nothing; `names` still stand in Redis."""

    id: str
    number_index: bytes
    asked_at: datetime
    erased_at: datetime | None
    names: tuple[bytes, ...]


@frozen
class Traces:
    """By what a person's rows are found: indexes of the number and of its texts' thread, under every live key."""

    indexes: tuple[bytes, ...]
    threads: tuple[bytes, ...]


@frozen
class Event:
    """An inbound event of the person whose words or session are still kept."""

    provider: str
    external_id: str
    channel: str


@frozen
class Resealed:
    """What stays of a case under legal hold: its detail under a new key, since the old one opens the contact too."""

    case: str
    key_sealed: bytes
    detail_sealed: bytes


def ask(connection: Connection, effect: Erase) -> None:
    """Remember the wish; the same event again asks once. One statement."""
    connection.execute(
        _ASK[connection.dialect.name],
        {"id": effect.id, "number_index": effect.number_index, "asked_at": effect.at},
    )


def waiting(database: Database) -> tuple[Erasure, ...]:
    """Who waits to be erased, the oldest first."""
    wanted = select(erasures).where(erasures.c.done_at.is_(None)).order_by(erasures.c.asked_at, erasures.c.id)
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
    return tuple(Erasure(row.id, row.number_index, row.asked_at, row.erased_at, _names(row.names)) for row in rows)


def asked_since(database: Database, indexes: Sequence[bytes], at: datetime) -> bool:
    """Whether the person asked to be erased after a moment: what came before it and arrives late is not kept."""
    wanted = select(erasures.c.id).where(erasures.c.number_index.in_(list(indexes)), erasures.c.asked_at >= at)
    with database.reading() as connection:
        return connection.execute(wanted.limit(1)).first() is not None


def events(database: Database, traces: Traces, since: datetime) -> tuple[Event, ...]:
    """The person's events since a moment that still hold words or a session."""
    wanted = select(inbound.c.provider, inbound.c.external_id, inbound.c.channel)
    with database.reading() as connection:
        return tuple(
            Event(*row)
            for mine in _mine(traces)
            for row in connection.execute(wanted.where(mine, inbound.c.at >= since))
        )


def held_cases(database: Database, indexes: Sequence[bytes]) -> Sequence[tuple[str, bytes, bytes]]:
    """The person's cases under legal hold that still have a contact: id, sealed key, sealed detail."""
    wanted = select(cases.c.id, cases.c.key_sealed, cases.c.detail_sealed).where(
        cases.c.number_index.in_(list(indexes)), cases.c.held, cases.c.key_sealed.is_not(None)
    )
    with database.reading() as connection:
        return [(row.id, row.key_sealed, row.detail_sealed) for row in connection.execute(wanted)]


def erase(database: Database, erasure: Erasure, traces: Traces, held: Sequence[Resealed], now: datetime) -> None:
    """Remove the person, all in one transaction; done twice it finds nothing more. Stops stay, as keyed hashes.

    `erasure.names` are kept with the wish until `forgotten`: the number that leads to them is gone after this.
    """
    with database.writing() as connection:
        _words(connection, traces, now)
        _cases(connection, traces, held, now)
        for index in traces.indexes:
            consents.end_all(connection, Stop(index, REASON, now, REASON))
        of = select(people.c.id).where(people.c.number_index.in_(traces.indexes))
        for person in connection.execute(of).scalars().all():
            _deliveries(connection, person, now)
            # The key goes with the row, and so do subscriptions, journeys and reminders.
            connection.execute(delete(people).where(people.c.id == person))
        names = "\n".join(name.hex() for name in erasure.names).encode()
        connection.execute(update(erasures).where(erasures.c.id == erasure.id).values(erased_at=now, names=names))


def forgotten(database: Database, erasure: str) -> None:
    """Redis holds nothing of the person any more either."""
    with database.writing() as connection:
        connection.execute(update(erasures).where(erasures.c.id == erasure).values(names=None))


def done(database: Database, now: datetime) -> None:
    """The log was cleared: the wish of everybody of whom nothing else was left is fulfilled."""
    over = erasures.c.erased_at.is_not(None), erasures.c.names.is_(None), erasures.c.done_at.is_(None)
    with database.writing() as connection:
        connection.execute(update(erasures).where(*over).values(done_at=now))


def due_copies(database: Database, now: datetime, limit: int = 50) -> tuple[tuple[str, datetime, int], ...]:
    """Messages the provider is to delete now: its id, until when it is tried, and how often it was."""
    wanted = select(provider_copies).where(provider_copies.c.due_at <= now).order_by(provider_copies.c.due_at)
    with database.reading() as connection:
        rows = connection.execute(wanted.limit(limit)).all()
    return tuple((row.provider_id, row.until, row.tries) for row in rows)


def is_nobodys(person_id: str) -> bool:
    """Whether a message went to somebody who was erased."""
    return person_id.startswith(_NOBODYS)


def copies_of(connection: Connection, messages: Sequence[str], now: datetime) -> None:
    """Have the provider delete its copies of those messages that went to people who were erased meanwhile."""
    mine = among(deliveries.c.id, "messages"), deliveries.c.person_id.startswith(_NOBODYS)
    taken = select(deliveries.c.provider_id).where(*mine, deliveries.c.provider_id.is_not(None))
    _copies(connection, connection.execute(taken, {"messages": messages}).scalars().all(), now)


def copy_of(connection: Connection, provider_id: str, now: datetime) -> None:
    """Have the provider delete its copy of a message to somebody who was erased, now that its id is known."""
    _copies(connection, [provider_id], now)


def copy_gone(database: Database, provider_id: str) -> None:
    """The provider has it no more, or is not asked any longer."""
    with database.writing() as connection:
        connection.execute(delete(provider_copies).where(provider_copies.c.provider_id == provider_id))


def copy_again(database: Database, provider_id: str, due_at: datetime) -> None:
    """The provider did not delete it; it is asked again."""
    with database.writing() as connection:
        connection.execute(
            update(provider_copies)
            .where(provider_copies.c.provider_id == provider_id)
            .values(due_at=due_at, tries=provider_copies.c.tries + 1)
        )


def clear_log(database: Database) -> bool:
    """Overwrite what the database still holds of rows that are gone. False where others are at it: try again.

    SQLite zeroes what is deleted (PRAGMA secure_delete), but its log has the pages as they were before until it is
    written back and cut, and a page may keep the copy of a row that grew and moved to another: a small file is written
    anew. PostgreSQL reuses its log by itself; there all versions of rows that held a key are vacuumed.
    """
    if database.dialect != "sqlite":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM people, cases")
            connection.exec_driver_sql("RESET statement_timeout")
        return True
    with database.engine.connect() as connection:
        asked = ("PRAGMA page_count", "PRAGMA page_size")
        pages, octets = (connection.exec_driver_sql(one).scalar_one() for one in asked)
        try:
            if pages * octets <= SMALL:
                connection.exec_driver_sql("VACUUM")
        except OperationalError:
            return False
        busy: int = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    return not busy


def _names(kept: bytes | None) -> tuple[bytes, ...]:
    """In hexadecimal: a name in Redis may hold any octet, also those that end a line."""
    return tuple(bytes.fromhex(name) for name in (kept or b"").decode().split())


def _mine(traces: Traces) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The person's texts, and their calls: two conditions, an index each."""
    words = or_(inbound.c.text_sealed.is_not(None), inbound.c.reply_sealed.is_not(None))
    calls = and_(
        inbound.c.person_index.in_(traces.indexes),
        # Written out: with a bound value SQLite would not use the index of calls.
        inbound.c.channel == literal_column("'voice'"),
    )
    # The thread of somebody we do not know is not known either: then all that was said lately is looked through.
    texts = inbound.c.thread_index.in_(traces.threads) if traces.threads else inbound.c.person_index.in_(traces.indexes)
    return and_(words, texts), and_(words, calls)


def _words(connection: Connection, traces: Traces, now: datetime) -> None:
    """What was said and answered; the events' ids and times stay, of nobody any more, so that a replay is known."""
    gone = select(inbound.c.provider, inbound.c.external_id, inbound.c.channel)
    for mine in _mine(traces):
        found = connection.execute(gone.where(mine)).all()
        unread.remove(connection, [unread.id_of(row.provider, row.external_id) for row in found])
        _copies(connection, [row.external_id for row in found], now)
        connection.execute(update(inbound).where(mine).values(FORGOTTEN))


def _cases(connection: Connection, traces: Traces, held: Sequence[Resealed], now: datetime) -> None:
    mine = cases.c.number_index.in_(traces.indexes)
    kept = {one.case: one for one in held}
    for case in connection.execute(select(cases.c.id).where(mine)).scalars().all():
        nobody: dict[str, object] = {
            "number_index": os.urandom(32), "number_sealed": b"", "pin": None, "status": REASON,
            # It may be made of the number.
            "once": f"{REASON}:{case}",
        }  # fmt: skip
        if one := kept.get(case):
            nobody |= {"key_sealed": one.key_sealed, "detail_sealed": one.detail_sealed}
        else:
            # Nobody can be called back any more.
            nobody |= {"key_sealed": None, "detail_sealed": b"", "closed_at": now}
        connection.execute(update(cases).where(cases.c.id == case).values(**nobody))


def _deliveries(connection: Connection, person: str, now: datetime) -> None:
    """Nothing more is sent; of what was, only that something was stays, of nobody."""
    mine = deliveries.c.person_id == person
    sent = connection.execute(select(deliveries.c.provider_id).where(mine, deliveries.c.provider_id.is_not(None)))
    _copies(connection, sent.scalars().all(), now)
    connection.execute(
        update(deliveries)
        .where(mine, deliveries.c.state.in_([State.QUEUED, State.UNKNOWN]))
        .values(state=State.FAILED, reason=REASON, changed_at=now)
    )
    nobody = f"{_NOBODYS}{uuid.uuid4().hex[len(_NOBODYS) :]}"
    connection.execute(update(deliveries).where(mine).values(person_id=nobody, text_sealed=null()))


def _copies(connection: Connection, provider_ids: Sequence[str], now: datetime) -> None:
    rows = [
        {"provider_id": one, "due_at": now, "until": now + timedelta(hours=COPY_HOURS), "tries": 0}
        for one in provider_ids
        if one.startswith(_OF_A_PROVIDER)
    ]
    if rows:
        connection.execute(_COPY[connection.dialect.name], rows)
