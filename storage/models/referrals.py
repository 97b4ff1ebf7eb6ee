"""How people come to us: entry links with their QR codes, friends who were invited, and what customers like."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from storage.columns import UtcDateTime, stored
from storage.kinds import EntryPurpose, FieldOrigin, ReferralState, SurveyKind
from storage.models.row import Row


class EntryLink(Row, table=True):
    """What a deep link's payload means, printed as a QR code or not (features ON1, ON2)."""

    code: str = Field(primary_key=True)
    source: str
    survey: SurveyKind | None = Field(default=None, sa_type=stored(SurveyKind))
    purpose: EntryPurpose = Field(default=EntryPurpose.JOIN, sa_type=stored(EntryPurpose))
    branch: str = ""
    promo_code: str | None = Field(default=None, description="what it gives, normalised")
    is_archived: bool = False
    created_by: UUID | None = None
    created_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EntryScan(Row, table=True):
    """How often one entry link was opened on one day (`date.toordinal()`, the business's zone)."""

    code: str = Field(primary_key=True, foreign_key="entry_link.code")
    day: int = Field(primary_key=True)
    scans: int


class EntryJoin(Row, table=True):
    """By which entry link somebody came first."""

    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    code: str = Field(foreign_key="entry_link.code", index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class ReferralCode(Row, table=True):
    """A customer's own code to invite friends with: in a link, or said aloud. It survives every change of channel."""

    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    code: str = Field(unique=True, description="normalised as promo codes are")
    created_at: datetime = Field(sa_type=UtcDateTime)


class Referral(Row, table=True):
    """One friend who came by an advocate's code, and what became of it (features RE1 to RE7)."""

    __table_args__ = (Index(None, "advocate_id", "joined_at"), Index(None, "state", "due_at"))
    friend_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    advocate_id: UUID = Field(foreign_key="customer.id")
    state: ReferralState = Field(default=ReferralState.JOINED, sa_type=stored(ReferralState))
    reason: str = Field(default="", description="why it is invalid or held")
    signals: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, description="what looked wrong, in numbers")
    joined_at: datetime = Field(sa_type=UtcDateTime)
    purchase_id: UUID | None = Field(
        default=None, foreign_key="purchase.id", index=True, description="their first paid order"
    )
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="after the return window")
    rewarded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: UUID | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PreferenceTag(Row, table=True):
    """Something a customer may like, as the business words it; those of one group are asked together (task D6)."""

    slug: str = Field(primary_key=True)
    label: str
    question: str = Field(description="the group, as the bot asks it: «Что вам ближе?»")
    position: int = 0
    is_archived: bool = False


class CustomerTag(Row, table=True):
    """What one customer likes, and who said so."""

    __table_args__ = (Index(None, "slug"),)
    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    slug: str = Field(primary_key=True, foreign_key="preference_tag.slug")
    origin: FieldOrigin = Field(sa_type=stored(FieldOrigin))
    at: datetime = Field(sa_type=UtcDateTime)
