"""When a human is needed: cases, all that happened to them, and the tools of who answers them."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import CaseCause, CaseEventKind, CaseOrigin, Urgency
from storage.models.row import Row


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
        Index(
            "ix_support_case_recovery",
            "recovery_due_at",
            sqlite_where=text("recovery_due_at IS NOT NULL"),
            postgresql_where=text("recovery_due_at IS NOT NULL"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: int = Field(
        default=0, unique=True, description="what a customer is told and staff say; `Cases.add` gives it"
    )
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    bot_id: str = Field(description="where the customer wrote last; answers go there")
    chat_id: str
    urgency: Urgency = Field(sa_type=stored(Urgency))
    origin: CaseOrigin = Field(sa_type=stored(CaseOrigin))
    summary: str = Field(description="the words that opened it")
    branch: str = Field(default="", description="whose hours and people it goes by; '' is the business's own")
    service: str = ""
    run_id: UUID | None = Field(default=None, description="the survey run whose answer opened it")
    is_key: bool = Field(default=False, description="a key customer's: it has promises of its own")
    opened_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime, description="the first human answer is promised by then")
    waiting_since: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="the customer's first word that no human has answered"
    )
    next_due_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="the answer to that word is promised by then"
    )
    resolve_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    warned_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="staff heard that a promise runs out"
    )
    breached_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="the first promise broken")
    assigned_to: UUID | None = Field(default=None, foreign_key="staff.id", description="whose work it is")
    assigned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    taken_by: UUID | None = Field(default=None, foreign_key="staff.id", description="who said that they answer it")
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replied_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="the first human answer")
    replied_by: UUID | None = Field(default=None, foreign_key="staff.id", description="who answered last")
    unread: int = Field(default=1, description="messages of the customer since staff last looked")
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: UUID | None = Field(default=None, foreign_key="staff.id")
    cause: CaseCause | None = Field(default=None, sa_type=stored(CaseCause))
    action: str = Field(default="", description="what was done about it")
    is_spam: bool = False
    asks_survey: bool = Field(default=True, description="false: resolved without a survey (feature CS4)")
    reopened: int = 0
    recovery_due_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="when the customer is asked whether all is well again"
    )
    is_recovered: bool | None = Field(default=None, description="what they answered")


class CaseEvent(Row, table=True):
    """What happened to a case, who did it and why. Statistics count these rows."""

    __table_args__ = (Index(None, "case_id", "at"), Index(None, "kind", "at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = Field(foreign_key="support_case.id")
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    kind: CaseEventKind = Field(sa_type=stored(CaseEventKind))
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id", description="who did it; nobody: the program")
    to_staff_id: UUID | None = Field(default=None, foreign_key="staff.id", description="who got it")
    text: str = Field(default="", description="a note's words, or the reason")
    at: datetime = Field(sa_type=UtcDateTime)


class CaseLabel(Row, table=True):
    case_id: UUID = Field(primary_key=True, foreign_key="support_case.id")
    label: str = Field(primary_key=True)
    added_by: UUID | None = Field(default=None, foreign_key="staff.id")
    added_at: datetime = Field(sa_type=UtcDateTime)


class CannedReply(Row, table=True):
    """A ready answer with variables, in both languages."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    shortcut: str = Field(unique=True, description="what an operator types to find it")
    text_ru: str
    text_en: str
    is_archived: bool = False
    changed_at: datetime = Field(sa_type=UtcDateTime)


class DialogueReview(Row, table=True):
    """A supervisor's score card of one case, for who answered it (feature C11)."""

    __table_args__ = (UniqueConstraint("case_id", "operator_id"), Index(None, "operator_id", "sampled_at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = Field(foreign_key="support_case.id")
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    operator_id: UUID = Field(foreign_key="staff.id")
    sampled_at: datetime = Field(sa_type=UtcDateTime, description="drawn for review")
    reviewer_id: UUID | None = Field(default=None, foreign_key="staff.id")
    marks: dict[str, Any] | None = Field(default=None, sa_type=JSON, description="criterion -> 1..5")
    comment: str = ""
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
