"""Reaching out: broadcasts and their deliveries, reports, alarms, staff, and what the clocks found due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Beside what is people's own."""
    _broadcasts()
    _deliveries()
    _reports()
    _about_staff()
    _alarms()


def downgrade() -> None:
    """Without reaching out."""
    for table in (
        "spending", "breakers", "occurrences", "staff", "case_tries", "alarms", "reports", "daily_counts",
        "deliveries", "approvals", "broadcasts",
    ):  # fmt: skip
        op.drop_table(table)


def _broadcasts() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("detail", sa.String(60), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("centre", sa.String(40), nullable=False),
        sa.Column("sender", sa.String(20), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("starts_local", sa.String(16), nullable=False),
        sa.Column("zone", sa.String(40), nullable=False),
        sa.Column("repeats", sa.String(10), nullable=False),
        sa.Column("repeats_until", sa.Date(), nullable=True),
        sa.Column("hours_to_live", sa.Integer(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=True),
        sa.Column("deadline_at", _MOMENT, nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("edited_by", sa.String(40), nullable=False),
        sa.Column("submitted_by", sa.String(40), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("approved_at", _MOMENT, nullable=True),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("canary", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.String(100), nullable=False),
        sa.Column("planned_at", _MOMENT, nullable=True),
        sa.Column("code", sa.String(10), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("region", sa.String(4), nullable=True),
        sa.Column("parent", sa.String(32), nullable=False),
        sa.Column("editors", sa.Text(), nullable=False, server_default=""),
        sa.Column("edits", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("stops", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("moved_at", _MOMENT, nullable=True),
        sa.Column("paused_from", sa.String(12), nullable=False, server_default=""),
        sa.Column("news", sa.String(40), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
        sa.UniqueConstraint("code", name="uq_broadcasts_code"),
    )
    op.create_index("ix_broadcasts_state", "broadcasts", ["state"])
    _approvals()


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("staff", sa.String(40), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["broadcast"], ["broadcasts.id"], name="fk_approvals_broadcast", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("broadcast", "fingerprint", "staff", name="pk_approvals"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("part_of", sa.String(80), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("detail", sa.String(60), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("sender", sa.String(20), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("deadline_at", _MOMENT, nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("attempted_at", _MOMENT, nullable=True),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("provider_id", sa.String(64), nullable=True),
        sa.Column("looks", sa.SmallInteger(), nullable=False),
        sa.Column("again", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("country", sa.String(2), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("part_of", "person_id", name="uq_deliveries_part_of_person_id"),
    )
    _find_deliveries()
    op.create_table(
        "daily_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("centre", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "centre", "kind", "country", "state", "reason", name="pk_daily_counts"),
    )


def _find_deliveries() -> None:
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["priority", "broadcast", "due_at"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["lease_until"],
        sqlite_where=sa.text("state IN ('sending', 'unknown')"),
        postgresql_where=sa.text("state IN ('sending', 'unknown')"),
    )
    op.create_index(
        "ix_deliveries_sent",
        "deliveries",
        ["changed_at"],
        sqlite_where=sa.text("state = 'sent'"),
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_index(
        "ix_deliveries_progress",
        "deliveries",
        ["broadcast", "state", "reason"],
        sqlite_where=sa.text("broadcast <> ''"),
        postgresql_where=sa.text("broadcast <> ''"),
    )
    op.create_index("ix_deliveries_person", "deliveries", ["person_id", "made_at"])
    tried = sa.text("attempted_at IS NOT NULL AND broadcast <> ''")
    op.create_index(
        "ix_deliveries_tried",
        "deliveries",
        ["broadcast", "attempted_at"],
        sqlite_where=tried,
        postgresql_where=tried,
    )
    op.create_index(
        "ix_deliveries_provider",
        "deliveries",
        ["provider_id"],
        unique=True,
        sqlite_where=sa.text("provider_id IS NOT NULL"),
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("reporter", sa.LargeBinary(32), nullable=False),
        sa.Column("licence", sa.String(12), nullable=False),
        sa.Column("agency", sa.String(60), nullable=False),
        sa.Column("centre", sa.String(40), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("weighed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("case_id", name="pk_reports"),
    )
    op.create_index("ix_reports_agency", "reports", ["agency", "at"])
    unweighed = sa.text("weighed_at IS NULL")
    op.create_index("ix_reports_unweighed", "reports", ["at"], sqlite_where=unweighed, postgresql_where=unweighed)
    op.create_table(
        "case_tries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("sender", sa.LargeBinary(32), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_tries"),
    )
    op.create_index("ix_case_tries_sender", "case_tries", ["sender", "at"])
    op.create_index("ix_case_tries_at", "case_tries", ["at"])


def _about_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("roles", sa.String(200), nullable=False),
        sa.Column("centre", sa.String(40), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("disabled_at", _MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_staff"),
    )
    op.create_table(
        "occurrences",
        sa.Column("schedule", sa.String(64), nullable=False),
        sa.Column("occurrence", sa.String(32), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(6), nullable=False),
        sa.PrimaryKeyConstraint("schedule", "occurrence", name="pk_occurrences"),
    )
    op.create_table(
        "breakers",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("name", name="pk_breakers"),
    )
    op.create_table(
        "spending",
        sa.Column("centre", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("paisa", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("centre", "day", name="pk_spending"),
    )


def _alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("once", sa.String(120), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("text", sa.String(20), nullable=False),
        sa.Column("made_by", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("code", sa.String(6), nullable=False),
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("once", name="pk_alarms"),
        sa.UniqueConstraint("code", name="uq_alarms_code"),
    )
    op.create_index("ix_alarms_at", "alarms", ["at"])
