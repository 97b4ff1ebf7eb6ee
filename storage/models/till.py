"""The till: returns, what a customer has to confirm, codes on screens, what a cashier typed so far, and alerts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import AlertKind, DecisionState, SpendState
from storage.models.row import Row


class PurchaseReturn(Row, table=True):
    """Goods that came back, whole or in part. `purchase.returned_minor` is the sum of these and of what files told."""

    __table_args__ = (
        CheckConstraint("amount_minor >= 0 AND points_back >= 0 AND points_taken >= 0", name="gives_back"),
        Index(None, "customer_id", "at"),
    )
    key: str = Field(primary_key=True, description="of the request: sent again, it is the same return")
    purchase_id: UUID = Field(foreign_key="purchase.id", index=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    amount_minor: int = Field(sa_type=BigInteger, description="money given back")
    points_back: int = Field(default=0, description="spent on the purchase, and the customer's again")
    points_taken: int = Field(default=0, description="earned by it, and taken back")
    reason: str = ""
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=UtcDateTime)


class ReturnRequest(Row, table=True):
    """A customer wants to give something back; points move when staff confirm it (task A8)."""

    __table_args__ = (Index(None, "customer_id"), Index(None, "state", "asked_at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    purchase_id: UUID = Field(foreign_key="purchase.id", index=True)
    case_id: UUID | None = Field(default=None, foreign_key="support_case.id")
    words: str = Field(default="", description="why, as the customer said it")
    state: DecisionState = Field(default=DecisionState.OPEN, sa_type=stored(DecisionState))
    asked_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: UUID | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SpendRequest(Row, table=True):
    """A sale that waits for the customer's own yes in their chat, because points pay a part of it."""

    __table_args__ = (Index(None, "customer_id", "asked_at"), Index(None, "state", "expires_at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True, description="of the till's request, and of the sale that follows")
    customer_id: UUID = Field(foreign_key="customer.id")
    sale: dict[str, Any] = Field(sa_type=JSON, description="what was entered: loyalty.purchases.Sale without people")
    points: int
    state: SpendState = Field(default=SpendState.ASKED, sa_type=stored(SpendState))
    staff_id: UUID = Field(foreign_key="staff.id")
    bot_id: str | None = Field(default=None, description="the cashier's chat; none: they wait in the console")
    user_id: str | None = None
    asked_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    purchase_id: UUID | None = Field(
        default=None,
        foreign_key="purchase.id",
        index=True,
        description="what it became; where it was not confirmed, the sale in money that was made instead",
    )


class CardScan(Row, table=True):
    """A code that a customer's screen shows for a minute, by its hash. Used once, it proves for some minutes more that
    the customer stood there: one sale may be paid with points by it."""

    code_hash: str = Field(primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True, description="shown")
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id", description="who scanned or typed it")
    sale_key: str | None = Field(default=None, description="the sale that was paid with points by it")


class TillForm(Row, table=True):
    """What a cashier has typed in a messenger so far."""

    bot_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id", index=True)
    step: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class TillAlert(Row, table=True):
    """Something at the till that an owner should look at: never a verdict (features LO12, LO14)."""

    __table_args__ = (UniqueConstraint("kind", "staff_id", "customer_id", "day"), Index(None, "seen_at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: AlertKind = Field(sa_type=stored(AlertKind))
    staff_id: UUID = Field(foreign_key="staff.id")
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id", index=True)
    day: int = Field(description="date.toordinal() in the business's zone")
    details: dict[str, Any] = Field(sa_type=JSON, description="numbers")
    at: datetime = Field(sa_type=UtcDateTime)
    seen_by: UUID | None = Field(default=None, foreign_key="staff.id")
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
