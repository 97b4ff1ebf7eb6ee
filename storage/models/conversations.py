"""What comes in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id
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
        Index(
            "ix_inbound_event_file",
            "file_id",
            sqlite_where=text("file_id IS NOT NULL"),
            postgresql_where=text("file_id IS NOT NULL"),
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
    file_id: str | None = Field(default=None, description="the picture or voice that came with it, in media")
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
