"""The tables of what is each person's own: consents, journey and reminders, and the wish to be erased."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from hotline.store.schema import Instant, identity
from hotline.store.schema import metadata as metadata

EVERYTHING = ""
"""The topic of a STOP and a START."""


def _person() -> ForeignKey:
    return ForeignKey("people.id", ondelete="CASCADE")


erasures = Table(
    "erasures",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number_index", LargeBinary(32), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("erased_at", Instant),
    Column("names", LargeBinary),
    Column("done_at", Instant),
    Index("ix_erasures_number", "number_index"),
)
"""Who asked to be erased, as a keyed hash. `names` are those in Redis still to be removed, in hex, one a line."""

provider_copies = Table(
    "provider_copies",
    metadata,
    Column("provider_id", String(64), primary_key=True),
    Column("due_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("tries", SmallInteger, nullable=False),
)
"""Messages of erased people that the provider still has: to be deleted there, tried until a moment."""

consents = Table(
    "consents",
    metadata,
    Column("id", identity, primary_key=True, autoincrement=True),
    Column("number_index", LargeBinary(32), nullable=False),
    Column("topic", String(20), nullable=False),
    Column("detail", String(60), nullable=False),
    Column("given", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Column("channel", String(8), nullable=False),
    Column("locale", String(8), nullable=False),
    Column("asked", Text, nullable=False),
    Column("version", String(16), nullable=False),
    Index("ix_consents_number", "number_index"),
)
"""The ledger: what somebody agreed to or ended, when and how, and the words they were asked with.

A STOP or START is a row about EVERYTHING, whose detail is the word: the proof of it, and kept for ever.
"""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("topic", String(20), primary_key=True),
    Column("detail", String(60), primary_key=True),
    Column("person_id", String(32), _person(), primary_key=True),
    Column("since", Instant, nullable=False),
    Index("ix_subscriptions_person", "person_id"),
)
"""What the ledger comes to now: who may be written to about what."""

journeys = Table(
    "journeys",
    metadata,
    Column("person_id", String(32), _person(), primary_key=True),
    Column("country", String(2), nullable=False),
    Column("route", String(12), nullable=False),
    Column("departs_on", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("abroad", Boolean),
    Index("ix_journeys_abroad", "abroad", "departs_on"),
)
"""Where people go and when; `abroad` once their clock has been moved to the country, NULL before it was looked at.

A new plan has another version: reminders of the one before are void.
"""

reminders = Table(
    "reminders",
    metadata,
    Column("person_id", String(32), _person(), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("step", String(40), primary_key=True),
    Column("once", String(60), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("deadline_at", Instant, nullable=False),
    Column("state", String(10), nullable=False),
    Index(
        "ix_reminders_due", "due_at", sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")
    ),
)
"""The plan of each journey: `waiting`, then `queued` (it has a delivery), `late`, `dropped` or `no_text` (unwritable).

`once` is what is told only once: a step that was told under an earlier version of the journey is not planned again.
"""
