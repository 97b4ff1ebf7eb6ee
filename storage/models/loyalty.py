"""What we give: cards and tiers, and the points ledger. Promo codes, referrals and the till have pages of their own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import BatchState, DecisionState, PointsAccount, PointsKind
from storage.models.row import Row


class Membership(Row, table=True):
    """A customer in the loyalty programme."""

    __table_args__ = (Index(None, "tier"),)
    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    card_number: str = Field(unique=True)
    joined_at: datetime = Field(sa_type=UtcDateTime)
    tier: str = Field(default="", description="of loyalty.tiers; empty: the lowest, which has no name")
    tier_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tier_until: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="when it may be lowered again; never before (feature LO8)"
    )


# --- the points ledger (decision D8)


class PointsOperation(Row, table=True):
    """Why points moved: one row a cause. Its transfers are written with it, in one unit, and never changed."""

    __table_args__ = (Index(None, "customer_id", "id"), Index(None, "purchase_id"), Index(None, "kind", "at"))
    key: str = Field(primary_key=True, description="the cause; the same one has its effect once")
    id: UUID = Field(default_factory=new_id, unique=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    kind: PointsKind = Field(sa_type=stored(PointsKind))
    reason: str = Field(default="", description="of a gift its name, of staff their words")
    charity: str | None = Field(default=None, foreign_key="charity.slug", index=True, description="of a donation")
    purchase_id: UUID | None = Field(default=None, foreign_key="purchase.id")
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id", description="none: the programme's own rules")
    at: datetime = Field(sa_type=UtcDateTime)


class PointsTransfer(Row, table=True):
    """Points that went from one account to another: both sides in one row, so all accounts always add up to nothing.

    Append-only. `available`, `pending` and `owed` are the customer's own accounts, by way of the batch or the debt.
    """

    __table_args__ = (CheckConstraint("points > 0", name="points_go_one_way"), Index(None, "batch_id"))
    operation_id: UUID = Field(primary_key=True, foreign_key="points_operation.id")
    position: int = Field(primary_key=True)
    batch_id: UUID | None = Field(default=None, foreign_key="points_batch.id")
    debt_id: UUID | None = Field(default=None, foreign_key="points_debt.id", index=True)
    source: PointsAccount = Field(sa_type=stored(PointsAccount))
    target: PointsAccount = Field(sa_type=stored(PointsAccount))
    points: int = Field(sa_type=BigInteger)


class PointsBatch(Row, table=True):
    """Points that were given together and expire together. A balance is what is left of the open ones (feature LO1)."""

    __table_args__ = (
        CheckConstraint("points_left >= 0", name="never_negative"),
        CheckConstraint("points_left <= granted", name="never_more_than_granted"),
        Index(
            "ix_points_batch_open",
            "customer_id",
            "expires_at",
            sqlite_where=text("points_left > 0"),
            postgresql_where=text("points_left > 0"),
        ),
        Index(
            "ix_points_batch_expiring",
            "expires_at",
            sqlite_where=text("points_left > 0"),
            postgresql_where=text("points_left > 0"),
        ),
        Index(
            "ix_points_batch_pending",
            "opens_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    operation_id: UUID = Field(foreign_key="points_operation.id", index=True, description="what gave them")
    purchase_id: UUID | None = Field(default=None, foreign_key="purchase.id", index=True)
    state: BatchState = Field(sa_type=stored(BatchState))
    granted: int = Field(sa_type=BigInteger)
    points_left: int = Field(sa_type=BigInteger)
    opens_at: datetime = Field(sa_type=UtcDateTime, description="pending until then (feature LO4)")
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PointsDebt(Row, table=True):
    """Points that were spent before the purchase they came from was returned: the next ones pay them (feature LO5)."""

    __table_args__ = (
        CheckConstraint("points_left >= 0 AND points_left <= owed", name="between_nothing_and_owed"),
        Index(
            "ix_points_debt_open",
            "customer_id",
            sqlite_where=text("points_left > 0"),
            postgresql_where=text("points_left > 0"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    operation_id: UUID = Field(foreign_key="points_operation.id")
    owed: int = Field(sa_type=BigInteger)
    points_left: int = Field(sa_type=BigInteger)


class PointsAdjustment(Row, table=True):
    """Points that staff want to give or take by hand; above a limit a second person has to say yes (feature LO14)."""

    __table_args__ = (Index(None, "state", "asked_at"),)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    points: int = Field(sa_type=BigInteger, description="below nothing: taken")
    reason: str
    state: DecisionState = Field(default=DecisionState.OPEN, sa_type=stored(DecisionState))
    asked_by: UUID = Field(foreign_key="staff.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: UUID | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Charity(Row, table=True):
    """Whom customers may give their points to: an account of the ledger, with a public total (task C16)."""

    slug: str = Field(primary_key=True)
    name: str
    about: str = ""
    is_active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
