"""Queries: whom points may be given to, and how many were."""

from typing import NamedTuple

from sqlalchemy import func, select

from storage.columns import Queries, table_of
from storage.kinds import PointsAccount
from storage.models import Charity, PointsOperation, PointsTransfer

_CHARITY = table_of(Charity)
_OPERATION = table_of(PointsOperation)
_TRANSFER = table_of(PointsTransfer)


class Given(NamedTuple):
    """What one charity was given so far, by how many customers."""

    points: int = 0
    givers: int = 0


class Charities(Queries):
    def add(self, charity: Charity) -> bool:
        """False when the slug is taken."""
        return self._insert_new(charity) == 1

    def get(self, slug: str) -> Charity | None:
        return self._one(Charity, select(_CHARITY).where(_CHARITY.c.slug == slug))

    def save(self, charity: Charity) -> None:
        self._save(charity)

    def all(self) -> list[Charity]:
        """Those that one can give to first, then the oldest first."""
        return self._all(
            Charity, select(_CHARITY).order_by(_CHARITY.c.is_active.desc(), _CHARITY.c.created_at, _CHARITY.c.slug)
        )

    def active(self, limit: int) -> list[Charity]:
        """Those that one can give to, the oldest first."""
        open_ = select(_CHARITY).where(_CHARITY.c.is_active).order_by(_CHARITY.c.created_at, _CHARITY.c.slug)
        return self._all(Charity, open_.limit(limit))

    def has_active(self) -> bool:
        return (
            self._connection.execute(select(_CHARITY.c.slug).where(_CHARITY.c.is_active).limit(1)).first() is not None
        )

    def given(self) -> dict[str, Given]:
        """By charity; one that was given nothing yet is missing."""
        totals = (
            select(
                _OPERATION.c.charity,
                func.sum(_TRANSFER.c.points),
                func.count(_OPERATION.c.customer_id.distinct()),
            )
            .join(_TRANSFER, _TRANSFER.c.operation_id == _OPERATION.c.id)
            .where(_OPERATION.c.charity.is_not(None), _TRANSFER.c.target == PointsAccount.CHARITY)
            .group_by(_OPERATION.c.charity)
        )
        return {row[0]: Given(int(row[1]), int(row[2])) for row in self._connection.execute(totals)}
