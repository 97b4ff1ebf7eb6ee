"""The staff: who they are, how they come in, what they set, and what they did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import AuditAction, AuditActor, Language, LinkPurpose, Role
from storage.models.row import Row


class Staff(Row, table=True):
    id: UUID = Field(default_factory=new_id, primary_key=True)
    login: str = Field(unique=True)
    name: str
    role: Role = Field(sa_type=stored(Role))
    language: Language = Field(default=Language.RU, sa_type=stored(Language))
    password_hash: str | None = None
    branch: str = Field(default="", description="where they stand at the till")
    is_active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class StaffSession(Row, table=True):
    """A signed-in browser; only the hash of its cookie is kept."""

    id_hash: str = Field(primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class StaffAccount(Row, table=True):
    """A staff member's own account in a messenger."""

    bot_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    display_name: str = ""
    linked_at: datetime = Field(sa_type=UtcDateTime)
    is_on_duty: bool = Field(default=False, description="alerts come to the private chat with this account")


class DeskTopic(Row, table=True):
    """A customer's topic in an operators' forum. One is written to; a lost one stays known, for who writes there."""

    __table_args__ = (
        Index(
            "uq_desk_topic_current",
            "bot_id",
            "chat_id",
            "customer_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )
    bot_id: str = Field(primary_key=True)
    chat_id: str = Field(primary_key=True)
    thread_id: str = Field(primary_key=True, description="the platform's number of the topic")
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    title: str
    is_current: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class OneTimeLink(Row, table=True):
    """A link that works once; only the hash of its token is kept."""

    token_hash: str = Field(primary_key=True)
    purpose: LinkPurpose = Field(sa_type=stored(LinkPurpose))
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInFailure(Row, table=True):
    """A wrong password; too many from one place or for one login close the door for a while."""

    __table_args__ = (Index(None, "key", "at"),)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str
    at: datetime = Field(sa_type=UtcDateTime)


class BusinessSetting(Row, table=True):
    """One version of one business setting; the highest version counts."""

    key: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    value: Any = Field(sa_type=JSON)
    changed_by: UUID | None = Field(default=None, foreign_key="staff.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)


class AuditEntry(Row, table=True):
    """Who did what to whom. Append-only: the database itself refuses to change or delete a row."""

    __table_args__ = (Index(None, "subject_id", "id"),)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: AuditActor = Field(sa_type=stored(AuditActor))
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    action: AuditAction = Field(sa_type=stored(AuditAction))
    subject_id: UUID | None = Field(default=None, description="the customer, who may be gone or nameless by now")
    details: dict[str, Any] = Field(sa_type=JSON, description="ids and numbers, never a person's data")
