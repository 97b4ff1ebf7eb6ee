"""What the clock did."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import Journey, OccasionOutcome
from storage.models.row import Row


class Occasion(Row, table=True):
    """One due moment of a journey for one customer, with what came of it and why; there is never a second (I10)."""

    __table_args__ = (
        UniqueConstraint("journey", "customer_id", "occurrence"),
        Index(None, "customer_id", "at"),
        Index(
            "ix_occasion_skipped",
            "survey",
            "at",
            "reason",
            sqlite_where=text("outcome = 'skipped'"),
            postgresql_where=text("outcome = 'skipped'"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    journey: Journey = Field(sa_type=stored(Journey))
    customer_id: UUID = Field(foreign_key="customer.id")
    occurrence: str = Field(description="«2026» for a birthday, «after:<purchase>» for a win-back")
    outcome: OccasionOutcome = Field(sa_type=stored(OccasionOutcome))
    reason: str = Field(description="why it is due, or why it was skipped")
    outbox_id: UUID | None = None
    survey: str | None = Field(default=None, description="whose question it was or would have been: its slug")
    at: datetime = Field(sa_type=UtcDateTime)


class JobRun(Row, table=True):
    """How one job of the timetable fares: its last run, its last success and its last failure."""

    job: str = Field(primary_key=True)
    ran_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    succeeded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str = ""
    handled: int = Field(default=0, description="what its last run dealt with")
    seconds: float = Field(default=0.0, description="that the last run took")
    failures: int = Field(default=0, description="runs in a row that failed")
