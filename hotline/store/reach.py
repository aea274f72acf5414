"""The tables of reaching out: broadcasts and deliveries, reports, alarms, staff, and what the clocks found due."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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
    UniqueConstraint,
    false,
    text,
)

from hotline.store.own import metadata as metadata
from hotline.store.schema import Instant

_QUEUED = text("state = 'queued'")
_SENT = text("state = 'sent'")
_MANY = text("broadcast <> ''")
_OPEN = text("state IN ('sending', 'unknown')")
_KNOWN = text("provider_id IS NOT NULL")
_UNWEIGHED = text("weighed_at IS NULL")
_TRIED = text("attempted_at IS NOT NULL AND broadcast <> ''")


broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("topic", String(20), nullable=False),
    Column("detail", String(60), nullable=False),
    Column("title", Text, nullable=False),
    Column("centre", String(40), nullable=False),
    Column("sender", String(20), nullable=False),
    Column("audience", Text, nullable=False),
    Column("texts", Text, nullable=False),
    Column("starts_local", String(16), nullable=False),
    Column("zone", String(40), nullable=False),
    Column("repeats", String(10), nullable=False),
    Column("repeats_until", Date),
    Column("hours_to_live", Integer, nullable=False),
    Column("starts_at", Instant),
    Column("deadline_at", Instant),
    Column("state", String(12), nullable=False),
    Column("why", Text, nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("edited_by", String(40), nullable=False),
    Column("submitted_by", String(40), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("approved_at", Instant),
    Column("heads", Integer, nullable=False),
    Column("canary", Integer, nullable=False),
    Column("cursor", String(100), nullable=False),
    Column("planned_at", Instant),
    Column("code", String(10)),
    Column("serial", Integer),
    Column("region", String(4)),
    Column("parent", String(32), nullable=False),
    Column("editors", Text, nullable=False, server_default=""),
    Column("edits", Integer, nullable=False, server_default="0"),
    Column("stops", Integer, nullable=False, server_default="0"),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    Column("moved_at", Instant),
    Column("paused_from", String(12), nullable=False, server_default=""),
    Column("news", String(40), nullable=False, server_default=""),
    UniqueConstraint("code"),
    Index("ix_broadcasts_state", "state"),
)
"""What is said to many: drafts, alerts and corrections too. `texts` and `audience` are JSON, `editors` names.

`cursor`, while it is planned: up to which lane and person; afterwards: up to which person all is over.
"""

approvals = Table(
    "approvals",
    metadata,
    Column("broadcast", String(32), ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    Column("staff", String(40), primary_key=True),
    Column("at", Instant, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("part_of", String(80), nullable=False),
    Column("person_id", String(32), nullable=False),
    Column("broadcast", String(32), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("topic", String(20), nullable=False),
    Column("detail", String(60), nullable=False),
    Column("locale", String(8), nullable=False),
    Column("sender", String(20), nullable=False),
    Column("text_sealed", LargeBinary),
    Column("parts", SmallInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("deadline_at", Instant, nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("attempted_at", Instant),
    Column("lease_until", Instant),
    Column("provider_id", String(64)),
    Column("looks", SmallInteger, nullable=False),
    Column("again", SmallInteger, nullable=False, server_default="0"),
    Column("made_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("country", String(2), nullable=False, server_default=""),
    UniqueConstraint("part_of", "person_id"),
    # By broadcast first: else a paused one would be read through with every claim of another.
    Index("ix_deliveries_due", "priority", "broadcast", "due_at", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
    Index("ix_deliveries_open", "lease_until", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_deliveries_provider", "provider_id", unique=True, sqlite_where=_KNOWN, postgresql_where=_KNOWN),
    Index("ix_deliveries_sent", "changed_at", sqlite_where=_SENT, postgresql_where=_SENT),
    Index("ix_deliveries_progress", "broadcast", "state", "reason", sqlite_where=_MANY, postgresql_where=_MANY),
    Index("ix_deliveries_person", "person_id", "made_at"),
    # Without it the last hundred outcomes of a broadcast are found by reading all of it, every five seconds.
    Index("ix_deliveries_tried", "broadcast", "attempted_at", sqlite_where=_TRIED, postgresql_where=_TRIED),
)
"""The outbox: one row per person and broadcast, or per single message. The row is the truth, the queue is a bell.

`lease_until` is, while `sending`, until when one worker alone may send it; while `unknown`, when to look for it next.
`looks` counts looks that did not find it, `again` new tries after a telephone did not take it. `country` is where the
person was when it was made.
"""

daily_counts = Table(
    "daily_counts",
    metadata,
    Column("day", Date, primary_key=True),
    Column("centre", String(40), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("country", String(2), primary_key=True),
    Column("state", String(10), primary_key=True),
    Column("reason", String(40), primary_key=True),
    Column("messages", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
)
"""What is left of messages that were deleted: so many of a day that came to this, and nobody's name."""

reports = Table(
    "reports",
    metadata,
    Column("case_id", String(40), primary_key=True),
    Column("reporter", LargeBinary(32), nullable=False),
    Column("licence", String(12), nullable=False),
    Column("agency", String(60), nullable=False),
    Column("centre", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("weighed_at", Instant),
    Index("ix_reports_agency", "agency", "at"),
    Index("ix_reports_unweighed", "at", sqlite_where=_UNWEIGHED, postgresql_where=_UNWEIGHED),
)
"""Reports of fraud or overcharging, without what was told: that is sealed in the case.

`agency` is the licence or a keyed hash of a name; `reporter` a keyed hash that only tells one reporter from another.
"""

case_tries = Table(
    "case_tries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("sender", LargeBinary(32), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_case_tries_sender", "sender", "at"),
    Index("ix_case_tries_at", "at"),
)
"""Wrong guesses at cases of the last day, by sender."""

alarms = Table(
    "alarms",
    metadata,
    Column("once", String(120), primary_key=True),
    Column("subject", String(80), nullable=False),
    Column("text", String(20), nullable=False),
    Column("made_by", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("code", String(6), nullable=False),
    Column("broadcast", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("code"),
    Index("ix_alarms_at", "at"),
)
"""Drafts of alerts a rule asked for, each once: the reason for staff, and the draft it became ("" until then)."""

staff = Table(
    "staff",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("roles", String(200), nullable=False),
    Column("centre", String(40), nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Instant),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("schedule", String(64), primary_key=True),
    Column("occurrence", String(32), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("state", String(6), nullable=False),
)
"""What the clocks have found due, `begun` or `missed`: of any number of clocks the one that inserts the row acts."""

breakers = Table(
    "breakers",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("errors", Integer, nullable=False, server_default="0"),
)
"""Senders and providers that are given a rest, and why."""

spending = Table(
    "spending",
    metadata,
    Column("centre", String(40), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("parts", Integer, nullable=False),
    Column("paisa", BigInteger, nullable=False),
)
"""What each centre's messages cost a day, as far as the price list of config/countries.toml says; 100 paisa a rupee."""
