"""Queries: what customers want to give back, until staff decide it (task A8)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from storage.columns import Queries, table_of
from storage.kinds import DecisionState
from storage.models import Purchase, PurchaseReturn, ReturnRequest

_REQUEST = table_of(ReturnRequest)
_PURCHASE = table_of(Purchase)
_RETURN = table_of(PurchaseReturn)


class ReturnRequests(Queries):
    def add(self, request: ReturnRequest) -> None:
        self._insert(request)

    def get(self, request_id: UUID) -> ReturnRequest | None:
        return self._one(ReturnRequest, select(_REQUEST).where(_REQUEST.c.id == request_id))

    def open_of_purchase(self, purchase_id: UUID) -> ReturnRequest | None:
        waiting = select(_REQUEST).where(_REQUEST.c.purchase_id == purchase_id, _REQUEST.c.state == DecisionState.OPEN)
        return self._one(ReturnRequest, waiting.order_by(_REQUEST.c.id).limit(1))

    def was_refused(self, purchase_id: UUID) -> bool:
        refused = _REQUEST.c.state == DecisionState.REFUSED
        return self._count(select(func.count()).where(_REQUEST.c.purchase_id == purchase_id, refused)) > 0

    def has_open(self, customer_id: UUID) -> bool:
        waiting = _REQUEST.c.state == DecisionState.OPEN
        return self._count(select(func.count()).where(_REQUEST.c.customer_id == customer_id, waiting)) > 0

    def of_case(self, case_id: UUID) -> list[ReturnRequest]:
        """Oldest first."""
        return self._all(ReturnRequest, select(_REQUEST).where(_REQUEST.c.case_id == case_id).order_by(_REQUEST.c.id))

    def open(self, limit: int) -> list[ReturnRequest]:
        """Those that wait, the oldest first."""
        waiting = select(_REQUEST).where(_REQUEST.c.state == DecisionState.OPEN)
        return self._all(ReturnRequest, waiting.order_by(_REQUEST.c.asked_at, _REQUEST.c.id).limit(limit))

    def decide(self, request_id: UUID, state: DecisionState, staff_id: UUID, now: datetime) -> bool:
        """True for the one decision that counts."""
        waiting = update(_REQUEST).where(_REQUEST.c.id == request_id, _REQUEST.c.state == DecisionState.OPEN)
        decided = waiting.values(state=state, decided_by=staff_id, decided_at=now)
        return self._connection.execute(decided).rowcount == 1

    def returnable(self, customer_id: UUID, since: datetime, limit: int) -> list[Purchase]:
        """A customer's purchases since then of which something is left to give back, newest first."""
        kept = select(_PURCHASE).where(
            _PURCHASE.c.customer_id == customer_id,
            _PURCHASE.c.at >= since,
            _has_something_left(),
        )
        return self._all(Purchase, kept.order_by(_PURCHASE.c.at.desc(), _PURCHASE.c.id.desc()).limit(limit))

    def is_returnable(self, purchase_id: UUID) -> bool:
        """Whether something of a purchase is left to give back."""
        return self._count(select(func.count()).where(_PURCHASE.c.id == purchase_id, _has_something_left())) > 0


def _has_something_left() -> ColumnElement[bool]:
    """Money that was not given back; what points alone paid for comes back once and whole."""
    came_back = exists().where(_RETURN.c.purchase_id == _PURCHASE.c.id)
    by_points = and_(_PURCHASE.c.amount_minor == 0, _PURCHASE.c.points_minor > 0, ~came_back)
    return or_(_PURCHASE.c.amount_minor > _PURCHASE.c.returned_minor, by_points)
