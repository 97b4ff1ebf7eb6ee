"""What goes out: messages, whose turn it is, how fast, and pictures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Index, LargeBinary, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import DeliveryState, FileTrouble, Journey, MessageKind
from storage.models.row import Row


class OutboxMessage(Row, table=True):
    """One message to deliver; its states and transitions are in docs/delivery.md."""

    __table_args__ = (
        Index(
            "ix_outbox_message_due",
            "bot_id",
            "priority",
            "not_before",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_outbox_message_chat",
            "bot_id",
            "user_id",
            "id",
            sqlite_where=text("state IN ('queued', 'claimed', 'sending')"),
            postgresql_where=text("state IN ('queued', 'claimed', 'sending')"),
        ),
        Index(
            "ix_outbox_message_leased",
            "lease_until",
            sqlite_where=text("state IN ('claimed', 'sending')"),
            postgresql_where=text("state IN ('claimed', 'sending')"),
        ),
        Index(None, "customer_id", "id"),
        Index("ix_outbox_message_provider", "bot_id", "user_id", "provider_id"),
        Index(
            "ix_outbox_message_call",
            "bot_id",
            "random_id",
            sqlite_where=text("state = 'queued' AND random_id IS NOT NULL"),
            postgresql_where=text("state = 'queued' AND random_id IS NOT NULL"),
        ),
        Index(
            "ix_outbox_message_nameless",
            "created_at",
            sqlite_where=text("kind = 'nameless'"),
            postgresql_where=text("kind = 'nameless'"),
        ),
        Index(
            "ix_outbox_message_about",
            "about_id",
            sqlite_where=text("about_id IS NOT NULL"),
            postgresql_where=text("about_id IS NOT NULL"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    bot_id: str
    user_id: str = Field(description="the chat it goes to")
    customer_id: UUID | None = None
    about_id: UUID | None = Field(default=None, description="whom the operators' desk reads about here, for erasure")
    kind: MessageKind = Field(sa_type=stored(MessageKind))
    priority: int
    body: dict[str, Any] = Field(sa_type=JSON)
    nonce: str = Field(unique=True, description="what its buttons carry back")
    dedupe_key: str | None = Field(default=None, unique=True)
    state: DeliveryState = Field(default=DeliveryState.QUEUED, sa_type=stored(DeliveryState))
    not_before: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    first_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    token: UUID | None = Field(default=None, description="of the claim that holds it")
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_epoch: int | None = None
    random_id: int | None = Field(default=None, description="VK's idempotency key; rows of one call share it")
    random_id_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="VK forgets it an hour later")
    provider_id: str | None = Field(default=None, description="the platform's id of the delivered message")
    is_possible_duplicate: bool = False
    reason: str | None = Field(default=None, description="why it failed, was cancelled, or is unknown")
    survey_run_id: UUID | None = None
    case_id: UUID | None = None
    staff_id: UUID | None = None
    journey: Journey | None = Field(default=None, sa_type=stored(Journey))
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ChatPace(Row, table=True):
    """When one chat may be written to again."""

    bot_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    next_at: float = Field(description="Unix seconds")


class RateLimit(Row, table=True):
    """A GCRA row: the moment the next send of one bucket may begin (decision D7)."""

    bot_id: str = Field(primary_key=True)
    bucket: str = Field(primary_key=True)
    next_at: float = Field(description="Unix seconds")


class BotLease(Row, table=True):
    """Who delivers for one bot. A new owner gets a higher epoch, and the old one's writes no longer match."""

    bot_id: str = Field(primary_key=True)
    owner: str
    epoch: int
    until: float = Field(description="Unix seconds")


class Media(Row, table=True):
    """A picture or a file of at most 10 MB, kept once by its SHA-256. What a customer sent is fetched a moment later:
    its `hash` is that of its `source`, and until then there is no content. What nobody owns was sent without a name:
    it knows no moment but the day, and once it is here nothing but its bytes."""

    __table_args__ = (
        Index(
            "ix_media_unfetched",
            "due_at",
            sqlite_where=text("bot_id IS NOT NULL"),
            postgresql_where=text("bot_id IS NOT NULL"),
        ),
    )
    hash: str = Field(primary_key=True)
    bot_id: str | None = Field(default=None, description="which bot is to fetch it; none: it is here, or in trouble")
    source: str | None = Field(default=None, description="by what the channel gives it")
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="when it is tried next")
    attempts: int = 0
    trouble: FileTrouble | None = Field(
        default=None, sa_type=stored(FileTrouble), description="why it will never be here"
    )
    content_type: str
    size: int
    owner_id: UUID | None = Field(default=None, index=True, description="the customer it is about, for erasure")
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
