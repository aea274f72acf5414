"""What Alembic runs: the revisions, on the connection and in the transaction that store/migrating.py hands over."""

from __future__ import annotations

from alembic import context

from hotline.store.reach import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
