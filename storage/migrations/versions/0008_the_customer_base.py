"""The customer base: lines of orders, services, own rhythm and stages, imports that can be undone, segments."""

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "base_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("prior", sa.JSON(), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_report")),
    )
    with op.batch_alter_table("base_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_base_report_made_at"), ["made_at"], unique=False)

    op.create_table(
        "column_mapping",
        sa.Column(
            "kind",
            sa.Enum("purchases", "customers", "services", name="importkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("header_hash", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("saved_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "header_hash", name=op.f("pk_column_mapping")),
    )
    op.create_table(
        "service",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("margin_percent", sa.Float(), nullable=True),
        sa.Column("usual_interval_days", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("changed_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_service")),
    )
    op.create_table(
        "customer_field",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("customer", "staff", "import", "messenger", name="fieldorigin", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_field_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", "field", name=op.f("pk_customer_field")),
    )
    op.create_table(
        "customer_stats",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=True),
        sa.Column("last_day", sa.Integer(), nullable=True),
        sa.Column("last_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sum_ln_gap", sa.Float(), nullable=False),
        sa.Column("sum_ln_gap_sq", sa.Float(), nullable=False),
        sa.Column("last_product", sa.String(), nullable=False),
        sa.Column("last_branch", sa.String(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("year_visits", sa.Integer(), nullable=False),
        sa.Column("year_orders", sa.Integer(), nullable=False),
        sa.Column("year_revenue_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "potential",
                "new",
                "regular",
                "loyal",
                "at_risk",
                "lost",
                name="lifecyclestage",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stage_reason", sa.JSON(), nullable=False),
        sa.Column("stage_since", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("typical_days", sa.Float(), nullable=True),
        sa.Column("expected_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("late_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lost_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("recency_score", sa.Integer(), nullable=True),
        sa.Column("frequency_score", sa.Integer(), nullable=True),
        sa.Column("monetary_score", sa.Integer(), nullable=True),
        sa.Column(
            "rfm",
            sa.Enum(
                "champions",
                "loyal",
                "potential_loyalist",
                "new",
                "promising",
                "need_attention",
                "about_to_sleep",
                "at_risk",
                "cant_lose",
                "lost",
                name="rfmsegment",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("key_score", sa.Float(), nullable=True),
        sa.Column("key_parts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_key", sa.Boolean(), nullable=False),
        sa.Column("rated_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_stats_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_stats")),
    )
    with op.batch_alter_table("customer_stats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_stats_expected_at"), ["expected_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_stats_last_at"), ["last_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_stats_rfm"), ["rfm"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_stats_stage_late_at"), ["stage", "late_at"], unique=False)
        batch_op.create_index(
            "ix_customer_stats_stale",
            ["customer_id"],
            unique=False,
            sqlite_where=sa.text("is_stale"),
            postgresql_where=sa.text("is_stale"),
        )

    op.create_table(
        "duplicate_pair",
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "different", name="pairstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("found_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_duplicate_pair_decided_by_staff")),
        sa.ForeignKeyConstraint(["first_id"], ["customer.id"], name=op.f("fk_duplicate_pair_first_id_customer")),
        sa.ForeignKeyConstraint(["second_id"], ["customer.id"], name=op.f("fk_duplicate_pair_second_id_customer")),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_duplicate_pair")),
    )
    with op.batch_alter_table("duplicate_pair", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duplicate_pair_second_id"), ["second_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duplicate_pair_state"), ["state"], unique=False)

    op.create_table(
        "goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("started_from", sa.Float(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("since", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deadline", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("responsible_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["responsible_id"], ["staff.id"], name=op.f("fk_goal_responsible_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("purchases", "customers", "services", name="importkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "prepared", "running", "done", "failed", "undone", name="importstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("started_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("seen_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("undo_until", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_import_run_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_run_started_at"), ["started_at"], unique=False)

    op.create_table(
        "segment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["staff.id"], name=op.f("fk_segment_changed_by_staff")),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_segment")),
    )
    op.create_table(
        "status_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", sa.Enum("stage", "rfm", "key", name="movekind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_status_move_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_move")),
    )
    with op.batch_alter_table("status_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_status_move_customer_id_at"), ["customer_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_status_move_kind_at"), ["kind", "at"], unique=False)

    op.create_table(
        "today_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("worth_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "done", "dismissed", name="actionstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_today_action_customer_id_customer")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_today_action_decided_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_today_action")),
        sa.UniqueConstraint("customer_id", "day", name=op.f("uq_today_action_customer_id_day")),
    )
    with op.batch_alter_table("today_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_today_action_day"), ["day"], unique=False)

    op.create_table(
        "import_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("changed_table", sa.String(), nullable=False),
        sa.Column("row_key", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_import_change_customer_id_customer")),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_import_change_import_id_import_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_change")),
    )
    with op.batch_alter_table("import_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_change_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_change_import_id_id"), ["import_id", "id"], unique=False)

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(), nullable=True))
        batch_op.add_column(
            sa.Column("gender", sa.Enum("female", "male", name="gender", native_enum=False, length=32), nullable=True)
        )
        batch_op.add_column(sa.Column("import_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("review_asked_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_customer_email"), ["email"], unique=False)

    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seconds", sa.Float(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0")))

    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.add_column(sa.Column("returned_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(
            sa.Column("quantity_milli", sa.BigInteger(), nullable=False, server_default=sa.text("1000"))
        )
        batch_op.add_column(sa.Column("order_key", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("branch", sa.String(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("seller", sa.String(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("import_id", sa.Uuid(), nullable=True))
    for column in ("product", "branch"):
        op.create_index(
            f"ix_purchase_kept_{column}",
            "purchase",
            [column, "customer_id", "at"],
            sqlite_where=sa.text("amount_minor > returned_minor"),
            postgresql_where=sa.text("amount_minor > returned_minor"),
        )

    for table in ("points_entry", "redemption"):
        op.create_index(op.f(f"ix_{table}_purchase_id"), table, ["purchase_id"])

    op.execute(
        sa.text(
            "INSERT INTO customer_stats (customer_id, visits, orders, revenue_minor, returned_minor, sum_ln_gap,"
            " sum_ln_gap_sq, last_product, last_branch, is_stale, year_visits, year_orders, year_revenue_minor, stage,"
            " stage_reason, is_key)"
            " SELECT customer_id, 0, 0, 0, 0, 0.0, 0.0, '', '', true, 0, 0, 0, 'potential', '{}', false"
            " FROM (SELECT DISTINCT customer_id FROM purchase) AS buyers"
        )
    )


def downgrade() -> None:
    for table in ("redemption", "points_entry"):
        op.drop_index(op.f(f"ix_{table}_purchase_id"), table)
    for column in ("branch", "product"):
        op.drop_index(f"ix_purchase_kept_{column}", "purchase")
    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.drop_column("import_id")
        batch_op.drop_column("seller")
        batch_op.drop_column("branch")
        batch_op.drop_column("order_key")
        batch_op.drop_column("quantity_milli")
        batch_op.drop_column("returned_minor")

    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.drop_column("failures")
        batch_op.drop_column("seconds")

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_email"))
        batch_op.drop_column("review_asked_at")
        batch_op.drop_column("import_id")
        batch_op.drop_column("gender")
        batch_op.drop_column("email")

    op.drop_table("import_change")
    op.drop_table("today_action")
    op.drop_table("status_move")
    op.drop_table("segment")
    op.drop_table("import_run")
    op.drop_table("goal")
    op.drop_table("duplicate_pair")
    op.drop_table("customer_stats")
    op.drop_table("customer_field")
    op.drop_table("service")
    op.drop_table("column_mapping")
    op.drop_table("base_report")
