"""Queries: a customer's statement: each operation of the ledger with what it moved, and the balance through it."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select

from storage.columns import Queries, table_of
from storage.kinds import PointsAccount
from storage.models import Charity, PointsBatch, PointsOperation, PointsTransfer, Purchase

_OPERATION = table_of(PointsOperation)
_TRANSFER = table_of(PointsTransfer)
_BATCH = table_of(PointsBatch)
_PURCHASE = table_of(Purchase)
_CHARITY = table_of(Charity)


class Change(NamedTuple):
    """Of what can be spent, what waits, and what is owed."""

    available: int
    pending: int
    owed: int


class Movement(NamedTuple):
    """One operation and what it moved. `opens_at`: of the batch that it gave; `product`, `charity`: names, or empty."""

    operation: PointsOperation
    change: Change
    product: str
    charity: str
    opens_at: datetime | None


class Statements(Queries):
    def movements(self, customer_id: UUID, limit: int, before: UUID | None = None) -> list[Movement]:
        """The newest `limit` operations of a customer, or those before one of them; newest first."""
        moved = select(_TRANSFER.c.operation_id, *_NET).group_by(_TRANSFER.c.operation_id)
        theirs = _OPERATION.c.customer_id == customer_id
        if before is not None:
            theirs &= _OPERATION.c.id < before
        page = select(_OPERATION.c.id).where(theirs).order_by(_OPERATION.c.id.desc()).limit(limit)
        sums = moved.where(_TRANSFER.c.operation_id.in_(page)).subquery()
        opens_at = select(func.min(_BATCH.c.opens_at)).where(_BATCH.c.operation_id == _OPERATION.c.id).scalar_subquery()
        rows = (
            select(
                *_OPERATION.c,
                *(sums.c[name] for name in Change._fields),
                func.coalesce(_PURCHASE.c.product, "").label("product"),
                func.coalesce(_CHARITY.c.name, "").label("charity_name"),
                opens_at.label("opens_at"),
            )
            .join(sums, sums.c.operation_id == _OPERATION.c.id)
            .outerjoin(_PURCHASE, _PURCHASE.c.id == _OPERATION.c.purchase_id)
            .outerjoin(_CHARITY, _CHARITY.c.slug == _OPERATION.c.charity)
            .order_by(_OPERATION.c.id.desc())
        )
        return [
            Movement(
                PointsOperation(**{column.name: row[column.name] for column in _OPERATION.c}),
                Change(*(int(row[name]) for name in Change._fields)),
                row["product"],
                row["charity_name"],
                row["opens_at"],
            )
            for row in self._connection.execute(rows).mappings()
        ]

    def balance_through(self, customer_id: UUID, operation_id: UUID) -> Change:
        """What all of a customer's transfers up to this operation add up to, itself included."""
        sums = (
            select(*_NET)
            .join(_OPERATION, _OPERATION.c.id == _TRANSFER.c.operation_id)
            .where(_OPERATION.c.customer_id == customer_id, _OPERATION.c.id <= operation_id)
        )
        return Change(*(int(value or 0) for value in self._connection.execute(sums).one()))


def _net(account: PointsAccount, sign: int = 1) -> ColumnElement[Any]:
    into = case((_TRANSFER.c.target == account, _TRANSFER.c.points), else_=0)
    out_of = case((_TRANSFER.c.source == account, _TRANSFER.c.points), else_=0)
    return func.sum(sign * (into - out_of)).label(account.value)


# Owing is an account below nothing; people say how much it is.
_NET = (_net(PointsAccount.AVAILABLE), _net(PointsAccount.PENDING), _net(PointsAccount.OWED, -1))
