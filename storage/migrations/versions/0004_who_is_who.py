"""Merges that can be undone, erasure with its tombstones, and an audit that only grows."""

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = "0004"
down_revision = "0003"

_REFUSAL = "the audit is append-only"


def upgrade() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", storage.columns.UtcDateTime(timezone=True), nullable=True))

    op.create_table(
        "customer_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("undo_until", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_customer_merge_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merge")),
    )
    with op.batch_alter_table("customer_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_merge_gone_id"), ["gone_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_merge_kept_id"), ["kept_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_merge_undo_until"), ["undo_until"], unique=False)

    op.create_table(
        "tombstone",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tombstone")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "actor",
            sa.Enum("staff", "customer", "system", name="auditactor", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column(
            "action",
            sa.Enum(
                "merged",
                "unmerged",
                "erased",
                "exported",
                "flag_confirmed",
                "flag_dismissed",
                name="auditaction",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_entry_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_subject_id_id"), ["subject_id", "id"], unique=False)
    _close_the_audit()


def _close_the_audit() -> None:
    """From here on the database refuses what no query of ours does. (SQLite drops triggers with their table only:
    a migration that rebuilds `audit_entry` must make them again.)"""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stays()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entry_no_{event.lower()} BEFORE {event} ON audit_entry "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def downgrade() -> None:
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entry_stays()")
    op.drop_table("tombstone")
    op.drop_table("customer_merge")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_column("erased_at")
