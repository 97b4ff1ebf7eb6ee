"""VK: the key of a call is kept with the rows that went in it."""

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = "0003"
down_revision = "0002"

_RETURNED = "state = 'queued' AND random_id IS NOT NULL"


def upgrade() -> None:
    op.add_column("bot", sa.Column("random_ids", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column(
        "outbox_message", sa.Column("random_id_at", storage.columns.UtcDateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_outbox_message_call",
        "outbox_message",
        ["bot_id", "random_id"],
        sqlite_where=sa.text(_RETURNED),
        postgresql_where=sa.text(_RETURNED),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_message_call", "outbox_message")
    op.drop_column("outbox_message", "random_id_at")
    op.drop_column("bot", "random_ids")
