"""Queries: what the business owes in points, where it came from and went, and what a month's purchases were."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select

from storage.columns import Queries, table_of
from storage.kinds import BatchState, PointsAccount
from storage.models import (
    Customer,
    CustomerStats,
    Membership,
    PointsBatch,
    PointsDebt,
    PointsOperation,
    PointsTransfer,
    Purchase,
)

_MEMBER = table_of(Membership)
_CUSTOMER = table_of(Customer)
_STATS = table_of(CustomerStats)
_PURCHASE = table_of(Purchase)
_OPERATION = table_of(PointsOperation)
_TRANSFER = table_of(PointsTransfer)
_BATCH = table_of(PointsBatch)
_DEBT = table_of(PointsDebt)
_KEPT = _PURCHASE.c.amount_minor - _PURCHASE.c.returned_minor


class Outstanding(NamedTuple):
    """Points of all customers: to be spent now, to open later, and owed to the business; `holders` have any."""

    available: int
    pending: int
    owed: int
    holders: int


class Flow(NamedTuple):
    """Points that went from one account to another; `period` is the place of the moment it began with."""

    period: int
    source: PointsAccount
    target: PointsAccount
    points: int


class Holder(NamedTuple):
    customer_id: UUID
    name: str
    points: int


class Paid(NamedTuple):
    """A member's purchase, and the member as they are today."""

    customer_id: UUID
    at: datetime
    kept_minor: int
    product: str
    tier: str
    year_revenue_minor: int
    year_visits: int


class Liability(Queries):
    def outstanding(self, now: datetime) -> Outstanding:
        is_open = or_(_BATCH.c.state == BatchState.OPEN, _BATCH.c.opens_at <= now)
        is_alive = or_(_BATCH.c.expires_at.is_(None), _BATCH.c.expires_at > now)
        held = select(
            func.coalesce(func.sum(case((is_open, _BATCH.c.points_left), else_=0)), 0),
            func.coalesce(func.sum(case((is_open, 0), else_=_BATCH.c.points_left)), 0),
            func.count(_BATCH.c.customer_id.distinct()),
        ).where(_BATCH.c.points_left > 0, _BATCH.c.state.in_((BatchState.OPEN, BatchState.PENDING)), is_alive)
        available, pending, holders = self._connection.execute(held).one()
        owed = select(func.coalesce(func.sum(_DEBT.c.points_left), 0)).where(_DEBT.c.points_left > 0)
        return Outstanding(int(available), int(pending), int(self._connection.execute(owed).scalar_one()), int(holders))

    def expiring(self, now: datetime, until: datetime) -> list[tuple[datetime, int]]:
        """(when, points) of what would be gone before `until` if nobody spent any more, by moment."""
        ending = (
            select(_BATCH.c.expires_at, func.sum(_BATCH.c.points_left))
            .where(
                _BATCH.c.points_left > 0,
                _BATCH.c.state.in_((BatchState.OPEN, BatchState.PENDING)),
                _BATCH.c.expires_at > now,
                _BATCH.c.expires_at < until,
            )
            .group_by(_BATCH.c.expires_at)
            .order_by(_BATCH.c.expires_at)
        )
        return [(at, int(points)) for at, points in self._connection.execute(ending)]

    def flows(self, begins: Sequence[datetime], until: datetime) -> list[Flow]:
        """What moved from the first of these moments on, by the period it fell into; one look at the ledger."""
        period = case(
            *((_OPERATION.c.at < end, place) for place, end in enumerate(begins[1:])), else_=len(begins) - 1
        ).label("period")
        moved = (
            select(period, _TRANSFER.c.source, _TRANSFER.c.target, func.sum(_TRANSFER.c.points))
            .join(_OPERATION, _OPERATION.c.id == _TRANSFER.c.operation_id)
            .where(_OPERATION.c.at >= begins[0], _OPERATION.c.at < until)
            .group_by(period, _TRANSFER.c.source, _TRANSFER.c.target)
        )
        return [Flow(place, source, target, int(n)) for place, source, target, n in self._connection.execute(moved)]

    def fates(self, since: datetime, until: datetime) -> list[tuple[int, int]]:
        """(spent, expired) of each customer whose points were spent, given away or gone in this time.

        What a return brought back was not spent after all.
        """
        ended = (PointsAccount.REDEEMED, PointsAccount.CHARITY)
        spent = func.sum(
            case(
                (_TRANSFER.c.target.in_(ended), _TRANSFER.c.points),
                (_TRANSFER.c.source.in_(ended), -_TRANSFER.c.points),
                else_=0,
            )
        )
        expired = func.sum(case((_TRANSFER.c.target == PointsAccount.EXPIRED, _TRANSFER.c.points), else_=0))
        wanted = (*ended, PointsAccount.EXPIRED)
        by_customer = (
            select(spent, expired)
            .select_from(_TRANSFER)
            .join(_OPERATION, _OPERATION.c.id == _TRANSFER.c.operation_id)
            .where(
                _OPERATION.c.at >= since,
                _OPERATION.c.at < until,
                or_(_TRANSFER.c.target.in_(wanted), _TRANSFER.c.source.in_(ended)),
            )
            .group_by(_OPERATION.c.customer_id)
        )
        return [(max(int(gone), 0), int(lost)) for gone, lost in self._connection.execute(by_customer)]

    def biggest(self, now: datetime, limit: int) -> list[Holder]:
        """Who holds most that can be spent now."""
        usable = and_(
            _BATCH.c.points_left > 0,
            or_(
                _BATCH.c.state == BatchState.OPEN,
                and_(_BATCH.c.state == BatchState.PENDING, _BATCH.c.opens_at <= now),
            ),
            or_(_BATCH.c.expires_at.is_(None), _BATCH.c.expires_at > now),
        )
        points = func.sum(_BATCH.c.points_left).label("points")
        held = (
            select(_BATCH.c.customer_id, _CUSTOMER.c.name, points)
            .join(_CUSTOMER, _CUSTOMER.c.id == _BATCH.c.customer_id)
            .where(usable)
            .group_by(_BATCH.c.customer_id, _CUSTOMER.c.name)
            .order_by(points.desc(), _BATCH.c.customer_id)
            .limit(limit)
        )
        return [Holder(one, name, int(sum_)) for one, name, sum_ in self._connection.execute(held)]

    # --- the programme in short

    def count_members(self) -> int:
        members = (
            select(func.count())
            .select_from(_MEMBER)
            .join(_CUSTOMER, _CUSTOMER.c.id == _MEMBER.c.customer_id)
            .where(_CUSTOMER.c.erased_at.is_(None))
        )
        return int(self._connection.execute(members).scalar_one())

    def count_active(self, since_day: int) -> int:
        """Members who bought something on that day (an ordinal) or later."""
        active = (
            select(func.count())
            .select_from(_MEMBER)
            .join(_STATS, _STATS.c.customer_id == _MEMBER.c.customer_id)
            .join(_CUSTOMER, _CUSTOMER.c.id == _MEMBER.c.customer_id)
            .where(_STATS.c.last_day >= since_day, _CUSTOMER.c.erased_at.is_(None))
        )
        return int(self._connection.execute(active).scalar_one())

    def count_joined(self, since: datetime, until: datetime) -> int:
        """Of those who are members today."""
        joined = select(func.count()).where(_MEMBER.c.joined_at >= since, _MEMBER.c.joined_at < until)
        return int(self._connection.execute(joined).scalar_one())

    def count_birthdays(self, month: int, joined_before: datetime) -> int:
        """Members of then who keep their birthday in that month."""
        born = (
            select(func.count())
            .select_from(_MEMBER)
            .join(_CUSTOMER, _CUSTOMER.c.id == _MEMBER.c.customer_id)
            .where(_CUSTOMER.c.birthday_month == month, _MEMBER.c.joined_at < joined_before)
        )
        return int(self._connection.execute(born).scalar_one())

    def revenue(self, since: datetime, until: datetime) -> int:
        """Of everybody, in minor units, after returns."""
        kept = select(func.coalesce(func.sum(_KEPT), 0)).where(_PURCHASE.c.at >= since, _PURCHASE.c.at < until)
        return int(self._connection.execute(kept).scalar_one())

    def first_purchase(self) -> datetime | None:
        return self._connection.execute(select(func.min(_PURCHASE.c.at))).scalar_one_or_none()

    def paid_by_members(self, since: datetime, until: datetime) -> Iterator[Paid]:
        """What members bought since they joined, in no order."""
        bought = (
            select(
                _PURCHASE.c.customer_id,
                _PURCHASE.c.at,
                _KEPT,
                _PURCHASE.c.product,
                _MEMBER.c.tier,
                func.coalesce(_STATS.c.year_revenue_minor, 0),
                func.coalesce(_STATS.c.year_visits, 0),
            )
            .join(_MEMBER, _MEMBER.c.customer_id == _PURCHASE.c.customer_id)
            .outerjoin(_STATS, _STATS.c.customer_id == _PURCHASE.c.customer_id)
            .where(_PURCHASE.c.at >= since, _PURCHASE.c.at < until, _PURCHASE.c.at >= _MEMBER.c.joined_at)
        )
        for row in self._connection.execute(bought):
            yield Paid(*row)
