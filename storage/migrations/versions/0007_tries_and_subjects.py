"""Tries of link codes."""

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


def downgrade() -> None:
    op.drop_table("link_attempt")
