"""Queries: members by tier, what they bought in a year, and the points of all of them together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from storage.columns import Queries, table_of
from storage.models import Customer, CustomerStats, Membership, Purchase

_MEMBER = table_of(Membership)
_STATS = table_of(CustomerStats)
_CUSTOMER = table_of(Customer)
_PURCHASE = table_of(Purchase)
_YEAR_REVENUE = func.coalesce(_STATS.c.year_revenue_minor, 0)
_YEAR_VISITS = func.coalesce(_STATS.c.year_visits, 0)
_MEMBER_COLUMNS: Sequence[ColumnElement[Any]] = (
    *(_MEMBER.c[name] for name in ("customer_id", "tier", "tier_since", "tier_until")),
    _YEAR_REVENUE,
    _YEAR_VISITS,
)


class Member(NamedTuple):
    """A member's tier, and their last 365 days as the last night counted them."""

    customer_id: UUID
    tier: str
    tier_since: datetime | None
    tier_until: datetime | None
    year_revenue_minor: int
    year_visits: int


class Bought(NamedTuple):
    """One purchase: when, and what was kept of it."""

    at: datetime
    kept_minor: int


class Members(Queries):
    def page(self, after: UUID | None, limit: int) -> list[Member]:
        """Members by customer's id, without those who were erased."""
        members = (
            select(*_MEMBER_COLUMNS)
            .join(_CUSTOMER, _CUSTOMER.c.id == _MEMBER.c.customer_id)
            .outerjoin(_STATS, _STATS.c.customer_id == _MEMBER.c.customer_id)
            .where(_CUSTOMER.c.erased_at.is_(None))
            .order_by(_MEMBER.c.customer_id)
            .limit(limit)
        )
        if after is not None:
            members = members.where(_MEMBER.c.customer_id > after)
        return [Member(*row) for row in self._connection.execute(members)]

    def bought(self, customer_id: UUID, since: datetime, until: datetime) -> list[Bought]:
        """Between these moments, both included, in the order of time."""
        lines = (
            select(_PURCHASE.c.at, _PURCHASE.c.amount_minor - _PURCHASE.c.returned_minor)
            .where(_PURCHASE.c.customer_id == customer_id, _PURCHASE.c.at >= since, _PURCHASE.c.at <= until)
            .order_by(_PURCHASE.c.at, _PURCHASE.c.id)
        )
        return [Bought(at, int(kept)) for at, kept in self._connection.execute(lines)]

    def set_tier(self, customer_id: UUID, tier: str, since: datetime, until: datetime | None) -> None:
        theirs = update(_MEMBER).where(_MEMBER.c.customer_id == customer_id)
        self._connection.execute(theirs.values(tier=tier, tier_since=since, tier_until=until))

    def prolong(self, customer_id: UUID, until: datetime) -> None:
        """The same tier for longer."""
        theirs = update(_MEMBER).where(_MEMBER.c.customer_id == customer_id)
        self._connection.execute(theirs.values(tier_until=until))

    # --- how many

    def count_by_tier(self) -> dict[str, int]:
        """Members of each tier, by its slug; "" is the lowest."""
        by_tier = (
            select(_MEMBER.c.tier, func.count())
            .join(_CUSTOMER, _CUSTOMER.c.id == _MEMBER.c.customer_id)
            .where(_CUSTOMER.c.erased_at.is_(None))
            .group_by(_MEMBER.c.tier)
        )
        return {tier: int(count) for tier, count in self._connection.execute(by_tier)}

    def count_from(self, thresholds: Sequence[int], *, of_visits: bool) -> list[int]:
        """How many members' last year is at least each of these: of visits, or of minor units."""
        bought = _YEAR_VISITS if of_visits else _YEAR_REVENUE
        counts = [func.count().filter(bought >= threshold) for threshold in thresholds]
        found = (
            select(func.count(), *counts)
            .select_from(_MEMBER)
            .join(_CUSTOMER, _CUSTOMER.c.id == _MEMBER.c.customer_id)
            .outerjoin(_STATS, _STATS.c.customer_id == _MEMBER.c.customer_id)
            .where(_CUSTOMER.c.erased_at.is_(None))
        )
        return [int(count) for count in self._connection.execute(found).one()[1:]]
