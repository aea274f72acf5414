"""What is each person's own: consents, journey and reminders, and the wish to be erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Beside the first tables."""
    _about_people()
    _erasing()


def downgrade() -> None:
    """The first tables only."""
    for table in ("reminders", "journeys", "subscriptions", "consents", "provider_copies", "erasures"):
        op.drop_table(table)


def _about_people() -> None:
    op.create_table(
        "consents",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("number_index", sa.LargeBinary(32), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("detail", sa.String(60), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_number", "consents", ["number_index"])
    op.create_table(
        "subscriptions",
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("detail", sa.String(60), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_subscriptions_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("topic", "detail", "person_id", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_person", "subscriptions", ["person_id"])
    _journeys()


def _journeys() -> None:
    op.create_table(
        "journeys",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("route", sa.String(12), nullable=False),
        sa.Column("departs_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("abroad", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_journeys_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name="pk_journeys"),
    )
    op.create_index("ix_journeys_abroad", "journeys", ["abroad", "departs_on"])
    op.create_table(
        "reminders",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("once", sa.String(60), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("deadline_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_reminders_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "version", "step", name="pk_reminders"),
    )
    op.create_index(
        "ix_reminders_due",
        "reminders",
        ["due_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _erasing() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("number_index", sa.LargeBinary(32), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=True),
        sa.Column("names", sa.LargeBinary(), nullable=True),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_number", "erasures", ["number_index"])
    op.create_table(
        "provider_copies",
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", name="pk_provider_copies"),
    )
