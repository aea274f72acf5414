"""The tables: what is kept, under which key, and which columns only the holder of DATA_KEYS can read (`*_sealed`)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

HEAD = "0003"
"""The newest revision in migrations/versions. A test compares them."""


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone: without this, what is read back could not be compared with `now`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Any aware moment → UTC. A naive one raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the driver gives → aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)
# SQLite numbers rows only in a column of type INTEGER.
identity = BigInteger().with_variant(Integer(), "sqlite")
# Hardly a text has a proof, and of a text nobody asks where the person was cut off: each index costs one a page.
_PROVEN = text("proof IS NOT NULL")
_CALLS = text("channel = 'voice'")
_WORDS_KEPT = text("text_sealed IS NOT NULL OR reply_sealed IS NOT NULL")
_SENSITIVE_KEPT = text("sensitive AND (text_sealed IS NOT NULL OR reply_sealed IS NOT NULL)")

about = Table("about", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False))
"""What this database is: the key `demo` marks a demo's."""

register_lists = Table(
    "register_lists",
    metadata,
    Column("version", identity, primary_key=True, autoincrement=True),
    Column("list_date", Date, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("published_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
"""Published lists. The greatest version is the one in force; the one before it is kept for undo."""

agencies = Table(
    "agencies",
    metadata,
    Column("version", identity, ForeignKey("register_lists.version", ondelete="CASCADE"), primary_key=True),
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("region", String(4), primary_key=True),
    Column("name", Text, nullable=False),
    Column("status", String(12)),
    Column("expiry", Date),
    Column("city", String(12), nullable=False),
    Column("proprietor", Text, nullable=False),
    Column("office", Text, nullable=False),
    sqlite_with_rowid=False,
)

notices = Table(
    "notices",
    metadata,
    Column("id", identity, primary_key=True, autoincrement=True),
    Column("serial", Integer, nullable=False),
    Column("region", String(4), nullable=False),
    Column("title", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Index("ix_notices_licence", "serial", "region"),
)
"""Open and closed notices of the bureau. They belong to a licence, so they outlive every list."""

spoken_names = Table(
    "spoken_names",
    metadata,
    Column("clip", String(64), primary_key=True),
    Column("name", Text, nullable=False),
)
"""The clip's name → the agency's English name it speaks."""

people = Table(
    "people",
    metadata,
    Column("number_index", LargeBinary(32), primary_key=True),
    Column("number_sealed", LargeBinary, nullable=False),
    Column("key_sealed", LargeBinary),
    Column("locale", String(8), nullable=False),
    Column("chosen", Boolean, nullable=False, default=False),
    Column("centre", String(40), nullable=False),
    Column("since", Instant, nullable=False),
    Column("id", String(32), nullable=False, default=lambda: uuid.uuid4().hex),
    Column("country", String(2), nullable=False, server_default="PK"),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    Column("voice_only", Boolean, nullable=False, server_default=false()),
    Column("shared", Boolean, nullable=False, server_default=false()),
    Column("safe_from", SmallInteger),
    Column("safe_until", SmallInteger),
    Column("strikes", SmallInteger, nullable=False, server_default="0"),
    UniqueConstraint("id"),
    # All a broadcast asks of a person: without it each of a million people is a page read at another place.
    Index("ix_people_reach", "id", "locale", "country", "centre", "hidden", "voice_only", "strikes", "number_index"),
)
"""Who we have met. `id` is what other tables know the person by, so that a new data key changes one row.

`number_sealed` opens with the person's own key only (own_keys.py), which is `key_sealed`: a backup holds none, and
NULL is one that was destroyed. `country` is where the person is (ISO 3166), `safe_*` minutes of their day, `strikes`
how often the number was bad.
"""

suppressions = Table(
    "suppressions",
    metadata,
    Column("number_index", LargeBinary(32), primary_key=True),
    Column("stopped", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
"""Who must not be written to. Kept for ever, a keyed hash only: erasing a person leaves it."""

inbound = Table(
    "inbound",
    metadata,
    Column("id", identity, primary_key=True, autoincrement=True),
    Column("provider", String(20), nullable=False),
    Column("external_id", String(100), nullable=False),
    Column("proof", LargeBinary(32)),
    Column("channel", String(8), nullable=False),
    Column("centre", String(40), nullable=False),
    Column("person_index", LargeBinary(32), nullable=False),
    Column("thread_index", LargeBinary(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("text_sealed", LargeBinary),
    Column("reply_sealed", LargeBinary),
    Column("session_sealed", LargeBinary),
    Column("sensitive", Boolean, nullable=False, server_default=false()),
    Column("told_valid", String(12)),
    UniqueConstraint("provider", "external_id"),
    Index("uq_inbound_proof", "proof", unique=True, sqlite_where=_PROVEN, postgresql_where=_PROVEN),
    Index("ix_inbound_calls", "person_index", "at", sqlite_where=_CALLS, postgresql_where=_CALLS),
    # Only a turn without Redis looks for its thread. It reads a day of this index for that; one that began with the
    # thread would cost every text another page.
    Index("ix_inbound_words", "at", "thread_index", sqlite_where=_WORDS_KEPT, postgresql_where=_WORDS_KEPT),
    Index("ix_inbound_sensitive", "at", sqlite_where=_SENSITIVE_KEPT, postgresql_where=_SENSITIVE_KEPT),
)
"""One row an event. Ids stay for ever, so that a replay after any time is known; what was said does not.

`told_valid` is the licence (`0008/RWP`) of which the answer said that it is valid, for 30 days.
"""

cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("once", Text, nullable=False),
    Column("centre", String(40), nullable=False),
    Column("number_index", LargeBinary(32), nullable=False),
    Column("number_sealed", LargeBinary, nullable=False),
    Column("detail_sealed", LargeBinary, nullable=False),
    Column("key_sealed", LargeBinary),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("code", String(7)),
    Column("pin", LargeBinary(32)),
    Column("wrong_pins", SmallInteger, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("status", String(20), nullable=False, server_default="open"),
    Column("held", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("once"),
    UniqueConstraint("code"),
    Index("ix_cases_due", "due_at"),
    Index("ix_cases_number", "number_index"),
)
"""What waits for staff. `key_sealed` is the case's own key, as a person's: contact and detail open with it only."""

not_understood = Table(
    "not_understood",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("centre", String(40), nullable=False),
    Column("locale", String(8), nullable=False),
    Column("reason_sealed", LargeBinary, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_not_understood_at", "at"),
)
