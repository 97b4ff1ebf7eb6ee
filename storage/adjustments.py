"""Queries: points that staff want to give or take by hand, and what became of it (feature LO14)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from storage.columns import Queries, table_of
from storage.kinds import DecisionState
from storage.models import PointsAdjustment

_ADJUSTMENT = table_of(PointsAdjustment)


class Adjustments(Queries):
    def add(self, adjustment: PointsAdjustment) -> None:
        self._insert(adjustment)

    def get(self, adjustment_id: UUID) -> PointsAdjustment | None:
        return self._one(PointsAdjustment, select(_ADJUSTMENT).where(_ADJUSTMENT.c.id == adjustment_id))

    def decide(self, adjustment_id: UUID, state: DecisionState, by: UUID, now: datetime) -> bool:
        """False where somebody decided before: the statement itself tells, on both engines."""
        waiting = update(_ADJUSTMENT).where(
            _ADJUSTMENT.c.id == adjustment_id, _ADJUSTMENT.c.state == DecisionState.OPEN
        )
        decided = waiting.values(state=state, decided_by=by, decided_at=now)
        return self._connection.execute(decided).rowcount == 1

    def asked_since(self, customer_id: UUID, staff_id: UUID, since: datetime) -> int:
        """Points that this person has given and taken, or wants to, on this card since then, in all."""
        theirs = select(func.coalesce(func.sum(func.abs(_ADJUSTMENT.c.points)), 0)).where(
            _ADJUSTMENT.c.customer_id == customer_id,
            _ADJUSTMENT.c.asked_by == staff_id,
            _ADJUSTMENT.c.asked_at >= since,
            _ADJUSTMENT.c.state != DecisionState.REFUSED,
        )
        return int(self._connection.execute(theirs).scalar_one())

    def open(self) -> list[PointsAdjustment]:
        """Those that wait, the oldest first."""
        waiting = select(_ADJUSTMENT).where(_ADJUSTMENT.c.state == DecisionState.OPEN)
        return self._all(PointsAdjustment, waiting.order_by(_ADJUSTMENT.c.asked_at, _ADJUSTMENT.c.id))

    def decided(self, limit: int) -> list[PointsAdjustment]:
        """The newest `limit` that were decided, newest first."""
        done = select(_ADJUSTMENT).where(_ADJUSTMENT.c.state != DecisionState.OPEN)
        return self._all(
            PointsAdjustment, done.order_by(_ADJUSTMENT.c.decided_at.desc(), _ADJUSTMENT.c.id.desc()).limit(limit)
        )
