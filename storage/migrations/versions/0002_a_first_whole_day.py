"""Purchases with their source, the profile, points, promo codes, occasions, flags, and how jobs fare."""

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("ran_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failed_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("handled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_run")),
    )
    op.create_table(
        "promo_campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind", sa.Enum("percent", "fixed", "gift", name="promokind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("code_prefix", sa.String(), nullable=False),
        sa.Column("code_lives_days", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_campaign")),
        sa.UniqueConstraint("slug", name=op.f("uq_promo_campaign_slug")),
    )
    op.create_table(
        "customer_key",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_key_customer_id_customer")),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_customer_key")),
    )
    with op.batch_alter_table("customer_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_key_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "flag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("advocate", "toxic", name="flagkind", native_enum=False, length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum("candidate", "confirmed", "dismissed", name="flagstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("found_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("expires_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_flag_customer_id_customer")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_flag_decided_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_flag_state_kind"), ["state", "kind"], unique=False)
        batch_op.create_index(
            "uq_flag_open",
            ["customer_id", "kind"],
            unique=True,
            sqlite_where=sa.text("state <> 'dismissed'"),
            postgresql_where=sa.text("state <> 'dismissed'"),
        )

    op.create_table(
        "membership",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("card_number", sa.String(), nullable=False),
        sa.Column("joined_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_membership_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_membership")),
        sa.UniqueConstraint("card_number", name=op.f("uq_membership_card_number")),
    )
    op.create_table(
        "occasion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "journey",
            sa.Enum("csat_after_purchase", "birthday", "win_back", name="journey", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("queued", "skipped", name="occasionoutcome", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.Uuid(), nullable=True),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_occasion_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occasion")),
        sa.UniqueConstraint(
            "journey", "customer_id", "occurrence", name=op.f("uq_occasion_journey_customer_id_occurrence")
        ),
    )
    with op.batch_alter_table("occasion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_occasion_customer_id_at"), ["customer_id", "at"], unique=False)

    op.create_table(
        "profile_question",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "field",
            sa.Enum("name", "birthday", "phone", "city", name="profilefield", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "answer",
            sa.Enum("open", "given", "skipped", name="profileanswer", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("asked_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_profile_question_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", "field", name=op.f("pk_profile_question")),
    )
    with op.batch_alter_table("profile_question", schema=None) as batch_op:
        batch_op.create_index(
            "uq_profile_question_open",
            ["customer_id"],
            unique=True,
            sqlite_where=sa.text("answer = 'open'"),
            postgresql_where=sa.text("answer = 'open'"),
        )

    op.create_table(
        "promo_code",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("issue_key", sa.String(), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("issued_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("used <= max_uses", name=op.f("ck_promo_code_used_at_most")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["promo_campaign.id"], name=op.f("fk_promo_code_campaign_id_promo_campaign")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_promo_code_customer_id_customer")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_promo_code")),
        sa.UniqueConstraint("issue_key", name=op.f("uq_promo_code_issue_key")),
    )
    with op.batch_alter_table("promo_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promo_code_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_promo_code_customer_id_issued_at"), ["customer_id", "issued_at"], unique=False
        )

    op.create_table(
        "topic_choice",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "topic", sa.Enum("offers", "points", "surveys", name="topic", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "channel",
            sa.Enum("telegram", "vk", "webchat", name="channel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_topic_choice_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", "topic", "channel", name=op.f("pk_topic_choice")),
    )
    op.create_table(
        "points_entry",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("accrual", name="pointskind", native_enum=False, length=32), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_points_entry_customer_id_customer")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_points_entry_purchase_id_purchase")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_points_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_points_entry_id")),
    )
    with op.batch_alter_table("points_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_entry_customer_id_id"), ["customer_id", "id"], unique=False)

    op.create_table(
        "redemption",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["promo_code.code"], name=op.f("fk_redemption_code_promo_code")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_redemption_customer_id_customer")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_redemption_purchase_id_purchase")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_redemption_staff_id_staff")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_redemption")),
    )
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redemption_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_redemption_customer_id_at"), ["customer_id", "at"], unique=False)

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("birthday_month", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("birthday_day", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("birth_year", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("birthday_set_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("birthday_changes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("city", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("time_zone", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("quiet_from", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("quiet_until", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("paused_until", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_customer_phone"), ["phone"], unique=False)

    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "journey",
                sa.Enum("csat_after_purchase", "birthday", "win_back", name="journey", native_enum=False, length=32),
                nullable=True,
            )
        )

    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "source",
                sa.Enum("import", "console", "demo", name="purchasesource", native_enum=False, length=32),
                nullable=False,
                server_default="import",
            )
        )
        batch_op.add_column(sa.Column("key", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("recorded_by", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_purchase_at"), ["at"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_purchase_key"), ["key"])
        batch_op.alter_column("amount_minor", existing_type=sa.Integer(), type_=sa.BigInteger(), nullable=False)
        batch_op.create_foreign_key(batch_op.f("fk_purchase_recorded_by_staff"), "staff", ["recorded_by"], ["id"])

    with op.batch_alter_table("survey_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purchase_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("survey_run", schema=None) as batch_op:
        batch_op.drop_column("purchase_id")

    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_purchase_recorded_by_staff"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_purchase_key"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_purchase_at"))
        batch_op.alter_column("amount_minor", existing_type=sa.BigInteger(), type_=sa.Integer(), nullable=False)
        batch_op.drop_column("recorded_by")
        batch_op.drop_column("key")
        batch_op.drop_column("source")

    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_column("journey")

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_phone"))
        batch_op.drop_column("paused_until")
        batch_op.drop_column("quiet_until")
        batch_op.drop_column("quiet_from")
        batch_op.drop_column("time_zone")
        batch_op.drop_column("city")
        batch_op.drop_column("birthday_changes")
        batch_op.drop_column("birthday_set_at")
        batch_op.drop_column("birth_year")
        batch_op.drop_column("birthday_day")
        batch_op.drop_column("birthday_month")

    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redemption_customer_id_at"))
        batch_op.drop_index(batch_op.f("ix_redemption_code"))

    op.drop_table("redemption")
    with op.batch_alter_table("points_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_entry_customer_id_id"))

    op.drop_table("points_entry")
    op.drop_table("topic_choice")
    with op.batch_alter_table("promo_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promo_code_customer_id_issued_at"))
        batch_op.drop_index(batch_op.f("ix_promo_code_campaign_id"))

    op.drop_table("promo_code")
    with op.batch_alter_table("profile_question", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_profile_question_open",
            sqlite_where=sa.text("answer = 'open'"),
            postgresql_where=sa.text("answer = 'open'"),
        )

    op.drop_table("profile_question")
    with op.batch_alter_table("occasion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_occasion_customer_id_at"))

    op.drop_table("occasion")
    op.drop_table("membership")
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_flag_open",
            sqlite_where=sa.text("state <> 'dismissed'"),
            postgresql_where=sa.text("state <> 'dismissed'"),
        )
        batch_op.drop_index(batch_op.f("ix_flag_state_kind"))
        batch_op.drop_index(batch_op.f("ix_flag_customer_id"))

    op.drop_table("flag")
    with op.batch_alter_table("customer_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_key_customer_id"))

    op.drop_table("customer_key")
    op.drop_table("promo_campaign")
    op.drop_table("job_run")
