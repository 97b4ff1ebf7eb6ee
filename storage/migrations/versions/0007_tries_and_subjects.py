"""Tries of link codes, and of whom the operators and their desk speak."""

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "link_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_link_attempt_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_attempt")),
    )
    op.create_index(op.f("ix_link_attempt_customer_id"), "link_attempt", ["customer_id"], unique=False)
    op.create_index(op.f("ix_link_attempt_at"), "link_attempt", ["at"], unique=False)
    for table in ("inbound_event", "outbox_message"):
        op.add_column(table, sa.Column("about_id", sa.Uuid(), nullable=True))
        op.create_index(
            f"ix_{table}_about",
            table,
            ["about_id"],
            unique=False,
            sqlite_where=sa.text("about_id IS NOT NULL"),
            postgresql_where=sa.text("about_id IS NOT NULL"),
        )


def downgrade() -> None:
    for table in ("outbox_message", "inbound_event"):
        op.drop_index(f"ix_{table}_about", table_name=table)
        op.drop_column(table, "about_id")
    op.drop_table("link_attempt")
