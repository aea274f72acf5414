"""The first tables: the register, people and their stops, inbound events, cases, and what was not understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "about",
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_about"),
    )
    _register()
    _lists_beside_the_register()
    _people()
    _inbound()
    _for_staff()


def downgrade() -> None:
    """Back to nothing."""
    for table in (
        "not_understood", "cases", "inbound", "suppressions", "people", "spoken_names", "notices",
        "agencies", "register_lists", "about",
    ):  # fmt: skip
        op.drop_table(table)


def _register() -> None:
    op.create_table(
        "register_lists",
        sa.Column("version", _ID, autoincrement=True, nullable=False),
        sa.Column("list_date", sa.Date(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_register_lists"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "agencies",
        sa.Column("version", _ID, nullable=False),
        sa.Column("serial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("region", sa.String(4), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(12), nullable=True),
        sa.Column("expiry", sa.Date(), nullable=True),
        sa.Column("city", sa.String(12), nullable=False),
        sa.Column("proprietor", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", "serial", "region", name="pk_agencies"),
        sa.ForeignKeyConstraint(
            ["version"], ["register_lists.version"], ondelete="CASCADE", name="fk_agencies_version"
        ),
        sqlite_with_rowid=False,
    )


def _lists_beside_the_register() -> None:
    op.create_table(
        "notices",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(4), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("noted_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_licence", "notices", ["serial", "region"])
    op.create_table(
        "spoken_names",
        sa.Column("clip", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clip", name="pk_spoken_names"),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("number_index", sa.LargeBinary(32), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("centre", sa.String(40), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("country", sa.String(2), server_default="PK", nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("voice_only", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("safe_from", sa.SmallInteger(), nullable=True),
        sa.Column("safe_until", sa.SmallInteger(), nullable=True),
        sa.Column("strikes", sa.SmallInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("number_index", name="pk_people"),
        sa.UniqueConstraint("id", name="uq_people_id"),
    )
    asked = ["id", "locale", "country", "centre", "hidden", "voice_only", "strikes", "number_index"]
    op.create_index("ix_people_reach", "people", asked)
    op.create_table(
        "suppressions",
        sa.Column("number_index", sa.LargeBinary(32), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number_index", name="pk_suppressions"),
    )


def _inbound() -> None:
    op.create_table(
        "inbound",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("external_id", sa.String(100), nullable=False),
        sa.Column("proof", sa.LargeBinary(32), nullable=True),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("centre", sa.String(40), nullable=False),
        sa.Column("person_index", sa.LargeBinary(32), nullable=False),
        sa.Column("thread_index", sa.LargeBinary(32), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reply_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("session_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told_valid", sa.String(12), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbound"),
        sa.UniqueConstraint("provider", "external_id", name="uq_inbound_provider_external_id"),
    )
    proven = sa.text("proof IS NOT NULL")
    op.create_index("uq_inbound_proof", "inbound", ["proof"], unique=True, sqlite_where=proven, postgresql_where=proven)
    calls = sa.text("channel = 'voice'")
    op.create_index("ix_inbound_calls", "inbound", ["person_index", "at"], sqlite_where=calls, postgresql_where=calls)
    with_words = sa.text("text_sealed IS NOT NULL OR reply_sealed IS NOT NULL")
    op.create_index(
        "ix_inbound_words", "inbound", ["at", "thread_index"], sqlite_where=with_words, postgresql_where=with_words
    )
    soon = sa.text("sensitive AND (text_sealed IS NOT NULL OR reply_sealed IS NOT NULL)")
    op.create_index("ix_inbound_sensitive", "inbound", ["at"], sqlite_where=soon, postgresql_where=soon)


def _for_staff() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("centre", sa.String(40), nullable=False),
        sa.Column("number_index", sa.LargeBinary(32), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("detail_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("code", sa.String(7), nullable=True),
        sa.Column("pin", sa.LargeBinary(32), nullable=True),
        sa.Column("wrong_pins", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("locked_until", _MOMENT, nullable=True),
        sa.Column("status", sa.String(20), server_default="open", nullable=False),
        sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("once", name="uq_cases_once"),
        sa.UniqueConstraint("code", name="uq_cases_code"),
    )
    op.create_index("ix_cases_due", "cases", ["due_at"])
    op.create_index("ix_cases_number", "cases", ["number_index"])
    op.create_table(
        "not_understood",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("centre", sa.String(40), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_not_understood"),
    )
    op.create_index("ix_not_understood_at", "not_understood", ["at"])
