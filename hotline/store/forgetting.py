"""How long each class of data is kept besides what was said, and how it goes: in batches, a transaction each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, null, or_, select, update

from hotline.domain.claiming import ANSWER
from hotline.domain.report import GUESSES_COUNT
from hotline.frozen import frozen
from hotline.store.database import Database
from hotline.store.numbers import LOG_DAYS, SETTLED, delete_old
from hotline.store.own import EVERYTHING, consents, erasures, reminders
from hotline.store.reach import case_tries, deliveries, occurrences
from hotline.store.schema import cases

LETTER_DAYS = 30
"""Days the text of a message is kept after it was settled."""
ANSWER_DAYS = 7
"""Days of one that somebody asked for in a call: it may tell of their case, and can be had again."""
CONSENT_YEARS = 3
"""Years a consent is kept after what was agreed to has ended."""
CASE_DAYS = 365
"""Days after its end in which a case can still be read. Then its key is destroyed, in every backup too."""
OCCURRENCE_DAYS = 400
ERASURE_DAYS = 30
"""Days it is known that somebody asked to be erased, as a keyed hash: what arrives late is not kept."""
BATCH = 500


@frozen
class Gone:
    """How many rows went, or lost what they held."""

    letters: int
    deliveries: int
    reminders: int
    consents: int
    cases: int
    occurrences: int
    erasures: int
    guesses: int


def forget(database: Database, now: datetime, zone: tzinfo) -> Gone:
    """Drop everything whose time is over; what is counted by day is by those of `zone`. Raises StoreDown."""

    def before(**time: float) -> datetime:
        return now - timedelta(**time)

    settled = deliveries.c.state.in_(SETTLED)
    old = or_(
        deliveries.c.changed_at < before(days=LETTER_DAYS),
        and_(deliveries.c.topic == ANSWER, deliveries.c.changed_at < before(days=ANSWER_DAYS)),
    )
    letters = and_(settled, deliveries.c.text_sealed.is_not(None), old)
    planned = and_(reminders.c.state != "waiting", reminders.c.due_at < before(days=LOG_DAYS))
    return Gone(
        letters=sum(_cleared(database, letters)),
        deliveries=sum(delete_old(database, now, zone)),
        reminders=_reminders(database, planned),
        consents=sum(_deleted(database, consents, _ended(before(days=365 * CONSENT_YEARS)))),
        cases=sum(_cases(database, before(days=CASE_DAYS))),
        occurrences=_occurrences(database, before(days=OCCURRENCE_DAYS)),
        erasures=sum(_deleted(database, erasures, erasures.c.done_at < before(days=ERASURE_DAYS))),
        guesses=sum(_deleted(database, case_tries, case_tries.c.at <= now - GUESSES_COUNT)),
    )


def _ended(before: datetime) -> ColumnElement[bool]:
    """Rows of the ledger whose subscription ended before a moment; what was agreed to anew after that stays.

    The proof of a STOP or START stays for ever.
    """
    end = consents.alias()
    ended = exists().where(
        end.c.number_index == consents.c.number_index,
        end.c.topic == consents.c.topic,
        end.c.detail == consents.c.detail,
        end.c.given.is_(False),
        end.c.at < before,
        end.c.at >= consents.c.at,
    )
    return and_(consents.c.topic != EVERYTHING, ended)


def _deleted(database: Database, table: Table, which: ColumnElement[bool]) -> Iterator[int]:
    some = select(table.c.id).where(which).limit(BATCH)
    while True:
        with database.writing() as connection:
            gone = connection.execute(delete(table).where(table.c.id.in_(some))).rowcount
        yield gone
        if gone < BATCH:
            return


def _cleared(database: Database, which: ColumnElement[bool]) -> Iterator[int]:
    some = select(deliveries.c.id).where(which).limit(BATCH)
    while True:
        with database.writing() as connection:
            gone = connection.execute(
                update(deliveries).where(deliveries.c.id.in_(some)).values(text_sealed=null())
            ).rowcount
        yield gone
        if gone < BATCH:
            return


def _reminders(database: Database, which: ColumnElement[bool]) -> int:
    with database.writing() as connection:
        return connection.execute(delete(reminders).where(which)).rowcount


def _occurrences(database: Database, before: datetime) -> int:
    with database.writing() as connection:
        return connection.execute(delete(occurrences).where(occurrences.c.at < before)).rowcount


def _cases(database: Database, before: datetime) -> Iterator[int]:
    """Cases closed before a moment, unless the law holds them: the key goes, and with it contact and detail."""
    over = and_(cases.c.closed_at < before, cases.c.held.is_(False), cases.c.key_sealed.is_not(None))
    some = select(cases.c.id).where(over).limit(BATCH)
    while True:
        with database.writing() as connection:
            gone = connection.execute(some).scalars().all()
            for case in gone:
                _shred(connection, case)
        yield len(gone)
        if len(gone) < BATCH:
            return


def _shred(connection: Connection, case: str) -> None:
    connection.execute(
        update(cases)
        .where(cases.c.id == case)
        .values(
            # `once` may be made of the number.
            key_sealed=null(),
            number_index=os.urandom(32),
            number_sealed=b"",
            detail_sealed=b"",
            pin=None,
            once=f"over:{case}",
        )
    )
