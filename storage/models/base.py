"""What follows from the purchases: each customer's sums and stage, reports, whom to write to, segments, goals."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import ActionState, LifecycleStage, MoveKind, RfmSegment
from storage.models.row import Row


class CustomerStats(Row, table=True):
    """A customer's purchases in sums, and what the night made of them (decision D9).

    The sums change with each purchase, in its transaction; an import marks them stale and they are counted again. A
    visit is a day, in the business's zone, with something bought. Gaps are days between visits.
    """

    __tablename__: ClassVar[str] = "customer_stats"
    __table_args__ = (
        Index(
            "ix_customer_stats_stale",
            "customer_id",
            sqlite_where=text("is_stale"),
            postgresql_where=text("is_stale"),
        ),
        Index(None, "stage", "late_at"),
    )
    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    visits: int = 0
    orders: int = 0
    revenue_minor: int = Field(default=0, sa_type=BigInteger, description="after returns")
    returned_minor: int = Field(default=0, sa_type=BigInteger)
    first_day: int | None = Field(default=None, description="days are proleptic ordinals: date.toordinal()")
    last_day: int | None = None
    last_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    sum_ln_gap: float = 0.0
    sum_ln_gap_sq: float = 0.0
    last_product: str = ""
    last_branch: str = ""
    is_stale: bool = False
    year_visits: int = Field(default=0, description="in the last 365 days, as of rated_at")
    year_orders: int = 0
    year_revenue_minor: int = Field(default=0, sa_type=BigInteger)
    stage: LifecycleStage = Field(default=LifecycleStage.POTENTIAL, sa_type=stored(LifecycleStage))
    stage_reason: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, description="insights.lifecycle.Reason without its days, which grow nightly"
    )
    stage_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    typical_days: float | None = Field(default=None, description="own rhythm: see insights.purchase_interval")
    expected_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    late_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="from then on at risk")
    lost_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recency_score: int | None = Field(default=None, description="1 to 5, as the other two")
    frequency_score: int | None = None
    monetary_score: int | None = None
    rfm: RfmSegment | None = Field(default=None, sa_type=stored(RfmSegment), index=True)
    key_score: float | None = Field(default=None, description="0 to 1: see insights.key_customers")
    key_parts: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="by part: [0 to 1, its weight]"
    )
    is_key: bool = False
    rated_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="when a night last changed anything here"
    )


class StatusMove(Row, table=True):
    """A customer went from one stage, RFM segment or list to another."""

    __table_args__ = (Index(None, "customer_id", "at"), Index(None, "kind", "at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    kind: MoveKind = Field(sa_type=stored(MoveKind))
    before: str = ""
    after: str
    reason: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class BaseReport(Row, table=True):
    """What one night found in the whole base; pages show the newest."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    made_at: datetime = Field(sa_type=UtcDateTime, index=True)
    data: dict[str, Any] = Field(sa_type=JSON, description="insights.audit and its sisters, as JSON; ids, no names")
    prior: dict[str, Any] = Field(sa_type=JSON, description="of the rhythm: insights.purchase_interval.Prior")
    purchases: int
    seconds: float
    engine: str


class TodayAction(Row, table=True):
    """One customer worth a word today, and why (feature A19)."""

    __table_args__ = (UniqueConstraint("customer_id", "day"), Index(None, "day"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    day: int = Field(description="date.toordinal() in the business's zone")
    kind: str
    reason: dict[str, Any] = Field(sa_type=JSON)
    worth_minor: int = Field(default=0, sa_type=BigInteger)
    state: ActionState = Field(default=ActionState.OPEN, sa_type=stored(ActionState))
    decided_by: UUID | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Segment(Row, table=True):
    """One version of a named set of customers; the highest counts."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = Field(primary_key=True)
    name: str
    rules: dict[str, Any] = Field(sa_type=JSON, description="see messaging.segments")
    is_archived: bool = False
    changed_by: UUID | None = Field(default=None, foreign_key="staff.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Goal(Row, table=True):
    """What a number shall be by a day, and who sees to it (feature AN15)."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    metric: str = Field(description="a key of insights.base_metrics")
    started_from: float
    target: float
    since: datetime = Field(sa_type=UtcDateTime)
    deadline: datetime = Field(sa_type=UtcDateTime)
    responsible_id: UUID | None = Field(default=None, foreign_key="staff.id")
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
