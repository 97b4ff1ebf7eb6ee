"""Topics of the operators' forum, edits of customers' messages, albums, and operators on duty."""

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("inbound_event", sa.Column("message_id", sa.String(), nullable=True))
    op.add_column("inbound_event", sa.Column("album", sa.String(), nullable=True))
    op.add_column("inbound_event", sa.Column("earlier", sa.JSON(), nullable=True))
    op.create_index("ix_inbound_event_message", "inbound_event", ["bot_id", "chat_id", "message_id"], unique=False)
    op.create_index(
        "ix_inbound_event_album",
        "inbound_event",
        ["bot_id", "chat_id", "album"],
        unique=False,
        sqlite_where=sa.text("album IS NOT NULL"),
        postgresql_where=sa.text("album IS NOT NULL"),
    )
    op.add_column("staff_account", sa.Column("is_on_duty", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "desk_topic",
        sa.Column("bot_id", sa.String(), nullable=False),
        sa.Column("chat_id", sa.String(), nullable=False),
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("created_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_desk_topic_customer_id_customer")),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "thread_id", name=op.f("pk_desk_topic")),
    )
    op.create_index(op.f("ix_desk_topic_customer_id"), "desk_topic", ["customer_id"], unique=False)
    op.create_index(
        "uq_desk_topic_current",
        "desk_topic",
        ["bot_id", "chat_id", "customer_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )


def downgrade() -> None:
    op.drop_table("desk_topic")
    op.drop_column("staff_account", "is_on_duty")
    op.drop_index("ix_inbound_event_album", table_name="inbound_event")
    op.drop_index("ix_inbound_event_message", table_name="inbound_event")
    op.drop_column("inbound_event", "earlier")
    op.drop_column("inbound_event", "album")
    op.drop_column("inbound_event", "message_id")
