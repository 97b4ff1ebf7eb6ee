"""Queries: what a week brought, and which key customers are late."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import distinct, exists, func, select

from storage.columns import Queries, table_of
from storage.kinds import LifecycleStage
from storage.models import Customer, CustomerStats, Purchase

_PURCHASE = table_of(Purchase)
_EARLIER = _PURCHASE.alias("earlier")
_STATS = table_of(CustomerStats)
_CUSTOMER = table_of(Customer)


class WeekSums(NamedTuple):
    """`orders` were begun with a positive amount; `newcomers` bought for the first time."""

    revenue_minor: int
    orders: int
    newcomers: int


class Week(Queries):
    def sums(self, since: datetime, until: datetime) -> WeekSums:
        here = (_PURCHASE.c.at >= since, _PURCHASE.c.at < until)
        net = func.coalesce(func.sum(_PURCHASE.c.amount_minor - _PURCHASE.c.returned_minor), 0)
        revenue = self._connection.execute(select(net).where(*here)).scalar_one()
        alone = select(func.count()).where(*here, _PURCHASE.c.order_key.is_(None), _PURCHASE.c.amount_minor > 0)
        keyed = (
            select(_PURCHASE.c.customer_id, _PURCHASE.c.order_key)
            .where(*here, _PURCHASE.c.order_key.is_not(None), _PURCHASE.c.amount_minor > 0)
            .distinct()
            .subquery()
        )
        came_before = exists().where(
            _EARLIER.c.customer_id == _PURCHASE.c.customer_id, _EARLIER.c.at < since, _EARLIER.c.amount_minor > 0
        )
        newcomers = select(func.count(distinct(_PURCHASE.c.customer_id))).where(
            *here, _PURCHASE.c.amount_minor > 0, ~came_before
        )
        orders = self._count(alone) + self._count(select(func.count()).select_from(keyed))
        return WeekSums(int(revenue), orders, self._count(newcomers))

    def key_late(self) -> int:
        """How many key customers are at risk now, without who asked to be forgotten."""
        late = select(func.count()).select_from(_STATS).join(_CUSTOMER, _CUSTOMER.c.id == _STATS.c.customer_id)
        is_late = (_STATS.c.is_key, _STATS.c.stage == LifecycleStage.AT_RISK, _CUSTOMER.c.erased_at.is_(None))
        return self._count(late.where(*is_late))
