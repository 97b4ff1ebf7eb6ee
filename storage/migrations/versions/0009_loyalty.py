"""The loyalty programme whole: a ledger in double entry, tiers, promo campaigns with limits, the till, referrals."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "charity",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_charity")),
    )
    op.create_table(
        "preference_tag",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_preference_tag")),
    )
    op.create_table(
        "card_scan",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("sale_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_card_scan_customer_id_customer")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_card_scan_staff_id_staff")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_card_scan")),
    )
    with op.batch_alter_table("card_scan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_scan_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_scan_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "code_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("telegram", "vk", "webchat", name="channel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_code_attempt_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_attempt")),
    )
    with op.batch_alter_table("code_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_attempt_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_code_attempt_customer_id_at"), ["customer_id", "at"], unique=False)

    op.create_table(
        "code_generation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("running", "done", "failed", name="generationstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("started_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_code_generation_by_staff")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["promo_campaign.id"], name=op.f("fk_code_generation_campaign_id_promo_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_generation")),
    )
    with op.batch_alter_table("code_generation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_generation_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "customer_tag",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("customer", "staff", "import", "messenger", name="fieldorigin", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_tag_customer_id_customer")),
        sa.ForeignKeyConstraint(["slug"], ["preference_tag.slug"], name=op.f("fk_customer_tag_slug_preference_tag")),
        sa.PrimaryKeyConstraint("customer_id", "slug", name=op.f("pk_customer_tag")),
    )
    with op.batch_alter_table("customer_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_tag_slug"), ["slug"], unique=False)

    op.create_table(
        "entry_join",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["entry_link.code"], name=op.f("fk_entry_join_code_entry_link")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_entry_join_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_entry_join")),
    )
    with op.batch_alter_table("entry_join", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_join_code"), ["code"], unique=False)

    op.create_table(
        "entry_scan",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["entry_link.code"], name=op.f("fk_entry_scan_code_entry_link")),
        sa.PrimaryKeyConstraint("code", "day", name=op.f("pk_entry_scan")),
    )
    op.create_table(
        "points_adjustment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "confirmed", "refused", name="decisionstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_points_adjustment_asked_by_staff")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_points_adjustment_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_points_adjustment_decided_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_adjustment")),
    )
    with op.batch_alter_table("points_adjustment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_adjustment_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_adjustment_state_asked_at"), ["state", "asked_at"], unique=False)

    op.create_table(
        "promo_counter",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_promo_counter_used_at_least")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["promo_campaign.id"], name=op.f("fk_promo_counter_campaign_id_promo_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "scope", name=op.f("pk_promo_counter")),
    )
    op.create_table(
        "referral_code",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("created_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_referral_code_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_referral_code")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_code_code")),
    )
    op.create_table(
        "till_alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "many_sales", "much_money", "same_card", "many_returns", name="alertkind", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_till_alert_customer_id_customer")),
        sa.ForeignKeyConstraint(["seen_by"], ["staff.id"], name=op.f("fk_till_alert_seen_by_staff")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_till_alert_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_alert")),
        sa.UniqueConstraint(
            "kind", "staff_id", "customer_id", "day", name=op.f("uq_till_alert_kind_staff_id_customer_id_day")
        ),
    )
    with op.batch_alter_table("till_alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_till_alert_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_till_alert_seen_at"), ["seen_at"], unique=False)

    op.create_table(
        "till_form",
        sa.Column("bot_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("expires_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_till_form_customer_id_customer")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_till_form_staff_id_staff")),
        sa.PrimaryKeyConstraint("bot_id", "user_id", name=op.f("pk_till_form")),
    )
    with op.batch_alter_table("till_form", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_till_form_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_till_form_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "points_operation",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "accrual",
                "gift",
                "promo",
                "referral",
                "adjustment",
                "opening",
                "redemption",
                "return",
                "expiry",
                "donation",
                "withdrawal",
                name="pointskind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("charity", sa.String(), nullable=True),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["charity"], ["charity.slug"], name=op.f("fk_points_operation_charity_charity")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_points_operation_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_points_operation_purchase_id_purchase")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_points_operation_staff_id_staff")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_points_operation")),
        sa.UniqueConstraint("id", name=op.f("uq_points_operation_id")),
    )
    with op.batch_alter_table("points_operation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_operation_charity"), ["charity"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_operation_customer_id_id"), ["customer_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_operation_kind_at"), ["kind", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_operation_purchase_id"), ["purchase_id"], unique=False)

    op.create_table(
        "purchase_return",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("points_back", sa.Integer(), nullable=False),
        sa.Column("points_taken", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_minor >= 0 AND points_back >= 0 AND points_taken >= 0", name=op.f("ck_purchase_return_gives_back")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_purchase_return_customer_id_customer")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_purchase_return_purchase_id_purchase")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_purchase_return_staff_id_staff")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_purchase_return")),
    )
    with op.batch_alter_table("purchase_return", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_return_customer_id_at"), ["customer_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_return_purchase_id"), ["purchase_id"], unique=False)

    op.create_table(
        "referral",
        sa.Column("friend_id", sa.Uuid(), nullable=False),
        sa.Column("advocate_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "joined",
                "invalid",
                "earned",
                "held",
                "rewarded",
                "reversed",
                name="referralstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("joined_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("rewarded_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["advocate_id"], ["customer.id"], name=op.f("fk_referral_advocate_id_customer")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_referral_decided_by_staff")),
        sa.ForeignKeyConstraint(["friend_id"], ["customer.id"], name=op.f("fk_referral_friend_id_customer")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_referral_purchase_id_purchase")),
        sa.PrimaryKeyConstraint("friend_id", name=op.f("pk_referral")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_purchase_id"), ["purchase_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_referral_advocate_id_joined_at"), ["advocate_id", "joined_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_referral_state_due_at"), ["state", "due_at"], unique=False)

    op.create_table(
        "return_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "confirmed", "refused", name="decisionstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("asked_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name=op.f("fk_return_request_case_id_support_case")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_return_request_customer_id_customer")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_return_request_decided_by_staff")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_return_request_purchase_id_purchase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_request")),
    )
    with op.batch_alter_table("return_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_return_request_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_return_request_purchase_id"), ["purchase_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_return_request_state_asked_at"), ["state", "asked_at"], unique=False)

    op.create_table(
        "spend_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("sale", sa.JSON(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked", "confirmed", "refused", "expired", "failed", name="spendstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("bot_id", sa.String(), nullable=True),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("asked_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_spend_request_customer_id_customer")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_spend_request_purchase_id_purchase")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_spend_request_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend_request")),
        sa.UniqueConstraint("key", name=op.f("uq_spend_request_key")),
    )
    with op.batch_alter_table("spend_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spend_request_purchase_id"), ["purchase_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_spend_request_customer_id_asked_at"), ["customer_id", "asked_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_spend_request_state_expires_at"), ["state", "expires_at"], unique=False)

    op.create_table(
        "points_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("pending", "open", "expired", "cancelled", name="batchstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("points_left", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("points_left <= granted", name=op.f("ck_points_batch_never_more_than_granted")),
        sa.CheckConstraint("points_left >= 0", name=op.f("ck_points_batch_never_negative")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_points_batch_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["points_operation.id"], name=op.f("fk_points_batch_operation_id_points_operation")
        ),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_points_batch_purchase_id_purchase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_batch")),
    )
    with op.batch_alter_table("points_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_batch_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(
            "ix_points_batch_expiring",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("points_left > 0"),
            postgresql_where=sa.text("points_left > 0"),
        )
        batch_op.create_index(
            "ix_points_batch_open",
            ["customer_id", "expires_at"],
            unique=False,
            sqlite_where=sa.text("points_left > 0"),
            postgresql_where=sa.text("points_left > 0"),
        )
        batch_op.create_index(batch_op.f("ix_points_batch_operation_id"), ["operation_id"], unique=False)
        batch_op.create_index(
            "ix_points_batch_pending",
            ["opens_at"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(batch_op.f("ix_points_batch_purchase_id"), ["purchase_id"], unique=False)

    op.create_table(
        "points_debt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("points_left", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "points_left >= 0 AND points_left <= owed", name=op.f("ck_points_debt_between_nothing_and_owed")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_points_debt_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["points_operation.id"], name=op.f("fk_points_debt_operation_id_points_operation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_debt")),
    )
    with op.batch_alter_table("points_debt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_debt_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(
            "ix_points_debt_open",
            ["customer_id"],
            unique=False,
            sqlite_where=sa.text("points_left > 0"),
            postgresql_where=sa.text("points_left > 0"),
        )

    op.create_table(
        "promo_rollback",
        sa.Column("redemption_key", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["redemption_key"], ["redemption.key"], name=op.f("fk_promo_rollback_redemption_key_redemption")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_promo_rollback_staff_id_staff")),
        sa.PrimaryKeyConstraint("redemption_key", name=op.f("pk_promo_rollback")),
    )
    op.create_table(
        "points_transfer",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("debt_id", sa.Uuid(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "available",
                "pending",
                "owed",
                "issued",
                "redeemed",
                "expired",
                "charity",
                name="pointsaccount",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "target",
            sa.Enum(
                "available",
                "pending",
                "owed",
                "issued",
                "redeemed",
                "expired",
                "charity",
                name="pointsaccount",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_transfer_points_go_one_way")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["points_batch.id"], name=op.f("fk_points_transfer_batch_id_points_batch")
        ),
        sa.ForeignKeyConstraint(["debt_id"], ["points_debt.id"], name=op.f("fk_points_transfer_debt_id_points_debt")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["points_operation.id"], name=op.f("fk_points_transfer_operation_id_points_operation")
        ),
        sa.PrimaryKeyConstraint("operation_id", "position", name=op.f("pk_points_transfer")),
    )
    with op.batch_alter_table("points_transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_transfer_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_transfer_debt_id"), ["debt_id"], unique=False)

    _convert_points()
    op.drop_table("points_entry")
    _widen_old_tables()
    _guard_the_ledger()


def _convert_points() -> None:
    """Each entry becomes an operation with a batch that is open and never expires: so they were promised."""
    op.execute(
        "INSERT INTO points_operation (key, id, customer_id, kind, reason, purchase_id, at) "
        "SELECT key, id, customer_id, kind, '', purchase_id, at FROM points_entry"
    )
    op.execute(
        "INSERT INTO points_batch "
        "(id, customer_id, operation_id, purchase_id, state, granted, points_left, opens_at, expires_at) "
        "SELECT id, customer_id, id, purchase_id, 'open', points, points, at, NULL FROM points_entry"
    )
    op.execute(
        "INSERT INTO points_transfer (operation_id, position, batch_id, source, target, points) "
        "SELECT id, 0, id, 'issued', 'available', points FROM points_entry"
    )


def _widen_old_tables() -> None:
    op.add_column("entry_link", _text("purpose", "join", 32))
    op.add_column("entry_link", _text("branch"))
    op.add_column("entry_link", sa.Column("promo_code", sa.String(), nullable=True))
    op.add_column("entry_link", _no("is_archived"))
    op.add_column("entry_link", sa.Column("created_by", sa.Uuid(), nullable=True))
    op.add_column("entry_link", _moment("created_at"))

    op.add_column("membership", _text("tier"))
    op.add_column("membership", _moment("tier_since"))
    op.add_column("membership", _moment("tier_until"))
    op.create_index("ix_membership_tier", "membership", ["tier"])

    for column in (
        _text("gift"),
        sa.Column("max_discount_minor", sa.BigInteger(), nullable=True),
        _text("code_pattern"),
        _moment("starts_at"),
        _moment("ends_at"),
        sa.Column("weekdays", sa.Integer(), nullable=False, server_default=sa.text("127")),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("until_minute", sa.Integer(), nullable=True),
        _number("min_order_minor", sa.BigInteger()),
        sa.Column("min_order_percent", sa.Integer(), nullable=True),
        _list("only_services"),
        _list("not_services"),
        _list("branches"),
        sa.Column("channel", sa.String(32), nullable=True),
        sa.Column("segment_id", sa.Uuid(), nullable=True),
        _no("is_first_order_only"),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("max_per_customer", sa.Integer(), nullable=True),
        sa.Column("max_per_day", sa.Integer(), nullable=True),
        sa.Column("max_per_branch", sa.Integer(), nullable=True),
        _text("exclusive_group"),
        _number("holdout_percent", sa.Integer()),
        _no("is_guarded"),
        _moment("stopped_at"),
        sa.Column("stopped_because", sa.JSON(none_as_null=True), nullable=True),
        _moment("archived_at"),
        sa.Column("created_by", sa.Uuid(), nullable=True),
    ):
        op.add_column("promo_campaign", column)

    with op.batch_alter_table("promo_code") as codes:
        codes.add_column(sa.Column("generation_id", sa.Uuid(), nullable=True))
        codes.add_column(sa.Column("journey", sa.String(32), nullable=True))
        codes.add_column(sa.Column("advocate_id", sa.Uuid(), nullable=True))
        codes.add_column(_moment("seen_at"))
        codes.create_check_constraint(op.f("ck_promo_code_used_at_least"), "used >= 0")

    op.add_column("purchase", _number("discount_minor", sa.BigInteger()))
    op.add_column("purchase", _number("points_minor", sa.BigInteger()))
    op.create_index(
        "ix_purchase_recorded",
        "purchase",
        ["recorded_by", "at"],
        sqlite_where=sa.text("recorded_by IS NOT NULL"),
        postgresql_where=sa.text("recorded_by IS NOT NULL"),
    )

    op.add_column("redemption", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE redemption SET campaign_id = "
        "(SELECT promo_code.campaign_id FROM promo_code WHERE promo_code.code = redemption.code)"
    )
    with op.batch_alter_table("redemption") as uses:
        uses.alter_column("campaign_id", existing_type=sa.Uuid(), nullable=False)
        uses.create_foreign_key(
            op.f("fk_redemption_campaign_id_promo_campaign"), "promo_campaign", ["campaign_id"], ["id"]
        )
        uses.add_column(_text("state", "redeemed", 32))
        uses.add_column(_list("scopes"))
        uses.add_column(sa.Column("order_minor", sa.BigInteger(), nullable=True))
        uses.add_column(_number("discount_minor", sa.BigInteger()))
        uses.add_column(_text("branch"))
        uses.add_column(_moment("expires_at"))
    op.create_index("ix_redemption_campaign_id_at", "redemption", ["campaign_id", "at"])
    op.create_index(
        "ix_redemption_reserved",
        "redemption",
        ["expires_at"],
        sqlite_where=sa.text("state = 'reserved'"),
        postgresql_where=sa.text("state = 'reserved'"),
    )

    _count_uses()

    op.add_column("staff", _text("branch"))


def _count_uses() -> None:
    """What was used until now counts in the limits that are new; of which business day it was nobody knows."""
    names = ("campaign_id", "customer_id", "scopes")
    redemption = sa.table("redemption", *(sa.column(name) for name in names))
    counter = sa.table("promo_counter", *(sa.column(name) for name in ("campaign_id", "scope", "used")))
    everybody: sa.ColumnElement[str] = sa.literal_column("'all'")
    own: sa.ColumnElement[str] = sa.literal_column("'customer:' || REPLACE(CAST(customer_id AS TEXT), '-', '')")
    as_list = sa.func.json_build_array if op.get_bind().dialect.name == "postgresql" else sa.func.json_array
    has_customer = redemption.c.customer_id.is_not(None)
    scopes = sa.case((has_customer, as_list(everybody, own)), else_=as_list(everybody))
    op.execute(redemption.update().values(scopes=scopes))
    campaign = redemption.c.campaign_id
    of_all = sa.select(campaign, everybody, sa.func.count()).group_by(campaign)
    of_each = sa.select(campaign, own, sa.func.count()).where(has_customer)
    of_each = of_each.group_by(campaign, redemption.c.customer_id)
    for uses in (of_all, of_each):
        op.execute(counter.insert().from_select(["campaign_id", "scope", "used"], uses))


def _text(name: str, default: str = "", length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default=default)


def _number(name: str, kind: sa.types.TypeEngine[int]) -> sa.Column[int]:
    return sa.Column(name, kind, nullable=False, server_default=sa.text("0"))


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _list(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default="[]")


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, storage.columns.UtcDateTime(timezone=True), nullable=True)


def _guard_the_ledger() -> None:
    """From here on the database refuses to change what has moved. (A batch is a running total, and may.)"""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION points_transfer_stays() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the points ledger is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER points_transfer_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON points_transfer "
            "FOR EACH STATEMENT EXECUTE FUNCTION points_transfer_stays()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER points_transfer_no_{event.lower()} BEFORE {event} ON points_transfer "
            "BEGIN SELECT RAISE(ABORT, 'the points ledger is append-only'); END"
        )


def downgrade() -> None:
    op.drop_column("staff", "branch")
    op.drop_index("ix_redemption_reserved", table_name="redemption")
    op.drop_index("ix_redemption_campaign_id_at", table_name="redemption")
    with op.batch_alter_table("redemption") as uses:
        uses.drop_constraint(op.f("fk_redemption_campaign_id_promo_campaign"), type_="foreignkey")
        for name in ("expires_at", "branch", "discount_minor", "order_minor", "scopes", "state", "campaign_id"):
            uses.drop_column(name)
    op.drop_index("ix_purchase_recorded", table_name="purchase")
    op.drop_column("purchase", "points_minor")
    op.drop_column("purchase", "discount_minor")
    with op.batch_alter_table("promo_code") as codes:
        codes.drop_constraint(op.f("ck_promo_code_used_at_least"), type_="check")
        for name in ("seen_at", "advocate_id", "journey", "generation_id"):
            codes.drop_column(name)
    for name in (
        "created_by",
        "archived_at",
        "stopped_because",
        "stopped_at",
        "is_guarded",
        "holdout_percent",
        "exclusive_group",
        "max_per_branch",
        "max_per_day",
        "max_per_customer",
        "max_uses",
        "is_first_order_only",
        "segment_id",
        "channel",
        "branches",
        "not_services",
        "only_services",
        "min_order_percent",
        "min_order_minor",
        "until_minute",
        "from_minute",
        "weekdays",
        "ends_at",
        "starts_at",
        "code_pattern",
        "max_discount_minor",
        "gift",
    ):
        op.drop_column("promo_campaign", name)
    op.drop_index("ix_membership_tier", table_name="membership")
    for name in ("tier_until", "tier_since", "tier"):
        op.drop_column("membership", name)
    for name in ("created_at", "created_by", "is_archived", "promo_code", "branch", "purpose"):
        op.drop_column("entry_link", name)
    _points_as_before()
    _drop_new_tables()


def _points_as_before() -> None:
    """One entry an operation: what it added to what the customer has, or took from it."""
    op.create_table(
        "points_entry",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=True),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_points_entry_customer_id_customer")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_points_entry_purchase_id_purchase")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_points_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_points_entry_id")),
    )
    with op.batch_alter_table("points_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_entry_purchase_id"), ["purchase_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_entry_customer_id_id"), ["customer_id", "id"], unique=False)
    op.execute(
        "INSERT INTO points_entry (key, id, customer_id, kind, points, purchase_id, at) "
        "SELECT o.key, o.id, o.customer_id, 'accrual', SUM("
        "CASE WHEN t.target IN ('available', 'pending', 'owed') THEN t.points ELSE 0 END - "
        "CASE WHEN t.source IN ('available', 'pending', 'owed') THEN t.points ELSE 0 END"
        "), o.purchase_id, o.at FROM points_operation o JOIN points_transfer t ON t.operation_id = o.id "
        "GROUP BY o.key, o.id, o.customer_id, o.purchase_id, o.at"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER points_transfer_stays ON points_transfer")
        op.execute("DROP FUNCTION points_transfer_stays()")


def _drop_new_tables() -> None:
    for table in (
        "points_transfer",
        "promo_rollback",
        "points_debt",
        "points_batch",
        "spend_request",
        "return_request",
        "referral",
        "purchase_return",
        "points_operation",
        "till_form",
        "till_alert",
        "referral_code",
        "promo_counter",
        "points_adjustment",
        "entry_scan",
        "entry_join",
        "customer_tag",
        "code_generation",
        "code_attempt",
        "card_scan",
        "preference_tag",
        "charity",
    ):
        op.drop_table(table)
