"""What comes in, what we ask, and when a human is needed."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import CaseCause, CaseOrigin, ScoreGroup, SurveyKind, Urgency
from storage.models.row import Row


class InboundEvent(Row, table=True):
    """One incoming event, stored before the platform hears that we have it; unanswered until its unit ran."""

    __table_args__ = (
        UniqueConstraint("bot_id", "event_id"),
        Index(None, "customer_id", "id"),
        Index(
            "ix_inbound_event_unanswered",
            "due_at",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
        Index("ix_inbound_event_message", "bot_id", "chat_id", "message_id"),
        Index(
            "ix_inbound_event_album",
            "bot_id",
            "chat_id",
            "album",
            sqlite_where=text("album IS NOT NULL"),
            postgresql_where=text("album IS NOT NULL"),
        ),
        Index(
            "ix_inbound_event_about",
            "about_id",
            sqlite_where=text("about_id IS NOT NULL"),
            postgresql_where=text("about_id IS NOT NULL"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    bot_id: str
    event_id: str
    chat_id: str
    message_id: str | None = Field(default=None, description="the platform's id of it, by which an edit names it")
    album: str | None = Field(default=None, description="what the parts of one album, or of one forwarding, share")
    customer_id: UUID | None = None
    about_id: UUID | None = Field(default=None, description="the customer whom the staff spoke of here, for erasure")
    text: str = Field(description="what the customer said, or the label they pressed; after an edit the new words")
    earlier: list[str] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="its words before each edit, oldest first"
    )
    incoming: dict[str, Any] = Field(sa_type=JSON, description="the whole event, to answer it later")
    classification: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    received_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime, description="when the sweep may try it again")
    attempts: int = 0


class ButtonPress(Row, table=True):
    """One button takes effect once, however often the platform repeats the tap (invariant I12)."""

    nonce: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    pressed_at: datetime = Field(sa_type=UtcDateTime)


class SurveyRun(Row, table=True):
    """One question put to one customer. Open until `closed_at`: first the score, then perhaps a comment."""

    __table_args__ = (
        Index(None, "customer_id", "asked_at"),
        Index(None, "kind", "answered_at"),
        Index(
            "ix_survey_run_open",
            "customer_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    kind: SurveyKind = Field(sa_type=stored(SurveyKind))
    bot_id: str
    purchase_id: UUID | None = Field(default=None, description="the visit it asks about")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    score: int | None = None
    score_group: ScoreGroup | None = Field(default=None, sa_type=stored(ScoreGroup))
    comment: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Case(Row, table=True):
    """An escalation, from opening to resolution; a customer has one open case at the most."""

    __tablename__: ClassVar[str] = "support_case"  # "case" is a word of SQL
    __table_args__ = (
        Index(
            "uq_support_case_open",
            "customer_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(None, "closed_at", "due_at"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    bot_id: str = Field(description="where the customer wrote last; answers go there")
    chat_id: str
    urgency: Urgency = Field(sa_type=stored(Urgency))
    origin: CaseOrigin = Field(sa_type=stored(CaseOrigin))
    summary: str = Field(description="the words that opened it")
    opened_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime, description="the first human answer is promised by then")
    taken_by: UUID | None = Field(default=None, foreign_key="staff.id")
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replied_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="the first human answer")
    unread: int = Field(default=1, description="messages of the customer since staff last looked")
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: UUID | None = Field(default=None, foreign_key="staff.id")
    cause: CaseCause | None = Field(default=None, sa_type=stored(CaseCause))
    action: str = Field(default="", description="what was done about it")
