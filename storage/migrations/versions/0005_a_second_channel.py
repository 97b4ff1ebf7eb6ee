"""A customer's way into a second channel: one-time links with their codes."""

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "second_channel",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("invited_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.String(), nullable=True),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("bot_id", sa.String(), nullable=True),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("expires_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_second_channel_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_second_channel")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_second_channel_offer_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_second_channel_token_hash")),
    )
    with op.batch_alter_table("second_channel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_second_channel_code_hash"), ["code_hash"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("second_channel", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_second_channel_code_hash"))
    op.drop_table("second_channel")
