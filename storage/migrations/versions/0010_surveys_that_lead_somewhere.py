"""Surveys as data with their answers, cases with promises and owners, feedback of every source, review links."""

import sqlalchemy as sa
from alembic import op

import storage.columns

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("media", sa.Column("bot_id", sa.String(), nullable=True))
    op.add_column("media", sa.Column("source", sa.String(), nullable=True))
    op.add_column("media", sa.Column("due_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
    op.add_column("media", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "media",
        sa.Column(
            "trouble",
            sa.Enum("gone", "too_large", "wrong_type", "unreachable", name="filetrouble", native_enum=False, length=32),
            nullable=True,
        ),
    )
    op.create_index(
        "ix_media_unfetched",
        "media",
        ["due_at"],
        sqlite_where=sa.text("bot_id IS NOT NULL"),
        postgresql_where=sa.text("bot_id IS NOT NULL"),
    )
    op.add_column("inbound_event", sa.Column("file_id", sa.String(), nullable=True))
    op.create_index(
        "ix_inbound_event_file",
        "inbound_event",
        ["file_id"],
        sqlite_where=sa.text("file_id IS NOT NULL"),
        postgresql_where=sa.text("file_id IS NOT NULL"),
    )
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shortcut", sa.String(), nullable=False),
        sa.Column("text_ru", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("changed_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
        sa.UniqueConstraint("shortcut", name=op.f("uq_canned_reply_shortcut")),
    )
    op.create_table(
        "review_site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column(
            "place",
            sa.Enum("yandex", "two_gis", "google", "vk", "other", name="reviewplace", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("created_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_site")),
    )
    op.create_table(
        "survey",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("nps", "csat", "ces", "own", name="surveykind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cadence", sa.JSON(), nullable=False),
        sa.Column("created_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_survey")),
    )
    op.create_table(
        "survey_tally",
        sa.Column("survey", sa.String(), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum(
                "whole",
                "seller",
                "channel",
                "touchpoint",
                "language",
                "version",
                "topic",
                name="tallydimension",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("asked", "heard", "undelivered", "quick", "peak", *(f"score_{score}" for score in range(11)))
        ),
        sa.PrimaryKeyConstraint("survey", "dimension", "day", "branch", "value", name=op.f("pk_survey_tally")),
    )
    op.create_table(
        "review_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("clicked_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("said_left_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_review_request_customer_id_customer")),
        sa.ForeignKeyConstraint(["site_id"], ["review_site.id"], name=op.f("fk_review_request_site_id_review_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_request")),
    )
    with op.batch_alter_table("review_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_request_customer_id_site_id_at"), ["customer_id", "site_id", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_review_request_site_id_at"), ["site_id", "at"], unique=False)

    op.create_table(
        "survey_version",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_survey_version_created_by_staff")),
        sa.ForeignKeyConstraint(["slug"], ["survey.slug"], name=op.f("fk_survey_version_slug_survey")),
        sa.PrimaryKeyConstraint("slug", "version", name=op.f("pk_survey_version")),
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "assigned",
                "taken",
                "replied",
                "transferred",
                "returned",
                "warned",
                "breached",
                "note",
                "closed",
                "reopened",
                name="caseeventkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("to_staff_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name=op.f("fk_case_event_case_id_support_case")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_event_staff_id_staff")),
        sa.ForeignKeyConstraint(["to_staff_id"], ["staff.id"], name=op.f("fk_case_event_to_staff_id_staff")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_case_event_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    op.create_index(op.f("ix_case_event_customer_id"), "case_event", ["customer_id"])
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_event_case_id_at"), ["case_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_event_kind_at"), ["kind", "at"], unique=False)

    op.create_table(
        "case_label",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["staff.id"], name=op.f("fk_case_label_added_by_staff")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name=op.f("fk_case_label_case_id_support_case")),
        sa.PrimaryKeyConstraint("case_id", "label", name=op.f("pk_case_label")),
    )
    op.create_table(
        "dialogue_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("sampled_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("marks", sa.JSON(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("reviewed_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name=op.f("fk_dialogue_review_case_id_support_case")),
        sa.ForeignKeyConstraint(["operator_id"], ["staff.id"], name=op.f("fk_dialogue_review_operator_id_staff")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["staff.id"], name=op.f("fk_dialogue_review_reviewer_id_staff")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_dialogue_review_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_review")),
        sa.UniqueConstraint("case_id", "operator_id", name=op.f("uq_dialogue_review_case_id_operator_id")),
    )
    op.create_index(op.f("ix_dialogue_review_customer_id"), "dialogue_review", ["customer_id"])
    with op.batch_alter_table("dialogue_review", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dialogue_review_operator_id_sampled_at"), ["operator_id", "sampled_at"], unique=False
        )

    op.create_table(
        "feedback_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "menu",
                "anonymous",
                "wall",
                "board",
                "mention",
                "review",
                name="feedbacksource",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum("complaint", "praise", "question", "review", name="feedbackkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.Enum("ru", "en", name="language", native_enum=False, length=32), nullable=False),
        sa.Column("media_ids", sa.JSON(none_as_null=True), nullable=True),
        sa.Column(
            "sentiment",
            sa.Enum("negative", "neutral", "positive", "mixed", name="sentiment", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("topics", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column(
            "place",
            sa.Enum("yandex", "two_gis", "google", "vk", "other", name="reviewplace", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("gone_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["staff.id"], name=op.f("fk_feedback_item_answered_by_staff")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name=op.f("fk_feedback_item_case_id_support_case")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_feedback_item_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_item")),
        sa.UniqueConstraint("key", name=op.f("uq_feedback_item_key")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("feedback_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_item_branch_at"), ["branch", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_item_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_item_source_at"), ["source", "at"], unique=False)

    op.create_table(
        "nameless_mark",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_nameless_mark")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_nameless_mark_day"), "nameless_mark", ["day"])
    op.create_index(
        "ix_outbox_message_nameless",
        "outbox_message",
        ["created_at"],
        sqlite_where=sa.text("kind = 'nameless'"),
        postgresql_where=sa.text("kind = 'nameless'"),
    )

    op.create_table(
        "survey_answer",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("earlier", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("shown_at", storage.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", storage.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["survey_run.id"], name=op.f("fk_survey_answer_run_id_survey_run")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_survey_answer_customer_id_customer")),
        sa.PrimaryKeyConstraint("run_id", "question", name=op.f("pk_survey_answer")),
    )
    op.create_index(op.f("ix_survey_answer_customer_id"), "survey_answer", ["customer_id"])
    with op.batch_alter_table("support_case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("branch", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("service", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("run_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("is_key", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("waiting_since", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("next_due_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("resolve_due_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("warned_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("breached_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("assigned_to", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("assigned_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("replied_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("is_spam", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("asks_survey", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("recovery_due_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("is_recovered", sa.Boolean(), nullable=True))
        batch_op.create_index(
            "ix_support_case_recovery",
            ["recovery_due_at"],
            unique=False,
            sqlite_where=sa.text("recovery_due_at IS NOT NULL"),
            postgresql_where=sa.text("recovery_due_at IS NOT NULL"),
        )
        batch_op.create_foreign_key(batch_op.f("fk_support_case_replied_by_staff"), "staff", ["replied_by"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_support_case_assigned_to_staff"), "staff", ["assigned_to"], ["id"])

    with op.batch_alter_table("survey_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("survey", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(
            sa.Column(
                "touchpoint",
                sa.Enum(
                    "relation",
                    "visit",
                    "delivery",
                    "case",
                    "recovery",
                    "menu",
                    name="touchpoint",
                    native_enum=False,
                    length=32,
                ),
                nullable=False,
                server_default="menu",
            )
        )
        batch_op.add_column(
            sa.Column(
                "language",
                sa.Enum("ru", "en", name="language", native_enum=False, length=32),
                nullable=False,
                server_default="ru",
            )
        )
        batch_op.add_column(sa.Column("case_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("branch", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("seller", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("staff_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("outbox_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("step", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("first_score", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("changed_at", storage.columns.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("topics", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "ending",
                sa.Enum("finished", "expired", "cancelled", "replaced", name="runending", native_enum=False, length=32),
                nullable=True,
            )
        )
        batch_op.create_index(
            "ix_survey_run_case",
            ["case_id"],
            unique=False,
            sqlite_where=sa.text("case_id IS NOT NULL"),
            postgresql_where=sa.text("case_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_survey_run_expires",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_survey_run_survey_asked_at"), ["survey", "asked_at"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_survey_run_staff_id_staff"), "staff", ["staff_id"], ["id"])
        batch_op.create_index(
            "ix_survey_run_said",
            ["survey", "asked_at"],
            unique=False,
            sqlite_where=sa.text("comment IS NOT NULL"),
            postgresql_where=sa.text("comment IS NOT NULL"),
        )
    op.add_column("occasion", sa.Column("survey", sa.String(), nullable=True))
    op.execute("UPDATE occasion SET survey = 'csat' WHERE journey = 'csat_after_purchase'")
    op.create_index(
        "ix_occasion_skipped",
        "occasion",
        ["survey", "at", "reason"],
        sqlite_where=sa.text("outcome = 'skipped'"),
        postgresql_where=sa.text("outcome = 'skipped'"),
    )

    # A new question ends the older ones, and two that were put at the same moment did not see each other.
    op.execute(
        "UPDATE survey_run SET closed_at = COALESCE(answered_at, asked_at) FROM (SELECT id, row_number() OVER "
        "(PARTITION BY customer_id ORDER BY asked_at DESC, id DESC) AS place FROM survey_run WHERE closed_at IS NULL) "
        "AS waiting WHERE waiting.id = survey_run.id AND waiting.place > 1"
    )
    op.execute(
        "UPDATE survey_run SET survey = kind, touchpoint = CASE WHEN purchase_id IS NULL THEN 'menu' ELSE 'visit' END, "
        "ending = CASE WHEN closed_at IS NULL THEN NULL WHEN answered_at IS NULL THEN 'replaced' ELSE 'finished' END"
    )
    for name in ("branch", "seller"):
        op.execute(
            f"UPDATE survey_run SET {name} = purchase.{name} FROM purchase WHERE purchase.id = survey_run.purchase_id"  # noqa: S608  # our own two names
        )
    # The oldest case is number 1.
    op.execute(
        "UPDATE support_case SET number = numbered.place FROM (SELECT id, row_number() OVER (ORDER BY opened_at, id) "
        "AS place FROM support_case) AS numbered WHERE numbered.id = support_case.id"
    )
    # What waits for the words behind a score goes on waiting for them: the built-in questions are named by the groups.
    op.execute("UPDATE survey_run SET step = score_group WHERE closed_at IS NULL AND score_group IS NOT NULL")
    # Who took an open case has it; whoever waits for the first answer goes on waiting for it.
    op.execute("UPDATE support_case SET assigned_to = taken_by, assigned_at = taken_at")
    op.execute(
        "UPDATE support_case SET waiting_since = opened_at, next_due_at = due_at "
        "WHERE closed_at IS NULL AND replied_at IS NULL"
    )
    with op.batch_alter_table("support_case", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=sa.Integer(), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_support_case_number"), ["number"])
        for name in ("branch", "service", "is_key", "is_spam", "asks_survey", "reopened"):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("survey_run", schema=None) as batch_op:
        for name in ("survey", "version", "touchpoint", "language", "branch", "seller", "step"):
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    op.drop_index(
        "ix_occasion_skipped",
        "occasion",
        sqlite_where=sa.text("outcome = 'skipped'"),
        postgresql_where=sa.text("outcome = 'skipped'"),
    )
    op.drop_column("occasion", "survey")
    with op.batch_alter_table("survey_run", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_survey_run_staff_id_staff"), type_="foreignkey")
        batch_op.drop_index(
            "ix_survey_run_said",
            sqlite_where=sa.text("comment IS NOT NULL"),
            postgresql_where=sa.text("comment IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_survey_run_survey_asked_at"))
        batch_op.drop_index(
            "ix_survey_run_expires",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_survey_run_case",
            sqlite_where=sa.text("case_id IS NOT NULL"),
            postgresql_where=sa.text("case_id IS NOT NULL"),
        )
        batch_op.drop_column("ending")
        batch_op.drop_column("topics")
        batch_op.drop_column("changed_at")
        batch_op.drop_column("first_score")
        batch_op.drop_column("step")
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("outbox_id")
        batch_op.drop_column("staff_id")
        batch_op.drop_column("seller")
        batch_op.drop_column("branch")
        batch_op.drop_column("case_id")
        batch_op.drop_column("language")
        batch_op.drop_column("touchpoint")
        batch_op.drop_column("version")
        batch_op.drop_column("survey")

    with op.batch_alter_table("support_case", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_support_case_assigned_to_staff"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_support_case_replied_by_staff"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_support_case_number"), type_="unique")
        batch_op.drop_index(
            "ix_support_case_recovery",
            sqlite_where=sa.text("recovery_due_at IS NOT NULL"),
            postgresql_where=sa.text("recovery_due_at IS NOT NULL"),
        )
        batch_op.drop_column("is_recovered")
        batch_op.drop_column("recovery_due_at")
        batch_op.drop_column("reopened")
        batch_op.drop_column("asks_survey")
        batch_op.drop_column("is_spam")
        batch_op.drop_column("replied_by")
        batch_op.drop_column("assigned_at")
        batch_op.drop_column("assigned_to")
        batch_op.drop_column("breached_at")
        batch_op.drop_column("warned_at")
        batch_op.drop_column("resolve_due_at")
        batch_op.drop_column("next_due_at")
        batch_op.drop_column("waiting_since")
        batch_op.drop_column("is_key")
        batch_op.drop_column("run_id")
        batch_op.drop_column("service")
        batch_op.drop_column("branch")
        batch_op.drop_column("number")

    op.drop_table("survey_answer")
    op.execute("DELETE FROM outbox_message WHERE kind = 'nameless'")
    op.drop_index(
        "ix_outbox_message_nameless",
        "outbox_message",
        sqlite_where=sa.text("kind = 'nameless'"),
        postgresql_where=sa.text("kind = 'nameless'"),
    )
    op.drop_index(op.f("ix_nameless_mark_day"), "nameless_mark")
    op.drop_table("nameless_mark")
    with op.batch_alter_table("feedback_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_item_source_at"))
        batch_op.drop_index(batch_op.f("ix_feedback_item_customer_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_item_branch_at"))

    op.drop_table("feedback_item")
    with op.batch_alter_table("dialogue_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dialogue_review_operator_id_sampled_at"))

    op.drop_table("dialogue_review")
    op.drop_table("case_label")
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_event_kind_at"))
        batch_op.drop_index(batch_op.f("ix_case_event_case_id_at"))

    op.drop_table("case_event")
    op.drop_table("survey_version")
    with op.batch_alter_table("review_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_request_site_id_at"))
        batch_op.drop_index(batch_op.f("ix_review_request_customer_id_site_id_at"))

    op.drop_table("review_request")
    op.drop_table("survey_tally")
    op.drop_table("survey")
    op.drop_table("review_site")
    op.drop_table("canned_reply")
    op.drop_index("ix_inbound_event_file", "inbound_event")
    op.drop_column("inbound_event", "file_id")
    op.drop_index("ix_media_unfetched", "media")
    op.drop_column("media", "trouble")
    op.drop_column("media", "attempts")
    op.drop_column("media", "due_at")
    op.drop_column("media", "source")
    op.drop_column("media", "bot_id")
