"""Queries: what a promo campaign brought: codes, uses, and the orders beside which its own are looked at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, String, case, cast, func, select

from storage.columns import Queries, table_of
from storage.kinds import RedemptionState
from storage.models import Customer, PromoCode, Purchase, Redemption

_CODE = table_of(PromoCode)
_REDEMPTION = table_of(Redemption)
_PURCHASE = table_of(Purchase)
_CUSTOMER = table_of(Customer)
_ORDER = func.coalesce(_PURCHASE.c.order_key, cast(_PURCHASE.c.id, String))
_NET = _PURCHASE.c.amount_minor - _PURCHASE.c.returned_minor


class Counts(NamedTuple):
    """Codes of a campaign, and its uses by what became of them."""

    issued: int
    seen: int
    redeemed: int
    reserved: int
    rolled_back: int


class Sold(NamedTuple):
    """One purchase with a code of the campaign. Minor units; `price` is before any discount, `net` after returns."""

    product: str
    price_minor: int
    net_minor: int
    amount_minor: int
    discount_minor: int
    points_minor: int


class PromoReports(Queries):
    def counts(self, campaign_ids: Sequence[UUID]) -> dict[UUID, Counts]:
        """Of each of these campaigns."""
        found = {one: {"issued": 0, "seen": 0} for one in campaign_ids}
        codes = select(_CODE.c.campaign_id, func.count(), func.count(_CODE.c.seen_at))
        for campaign_id, issued, seen in self._connection.execute(
            codes.where(_CODE.c.campaign_id.in_(campaign_ids)).group_by(_CODE.c.campaign_id)
        ):
            found[campaign_id] |= {"issued": issued, "seen": seen}
        uses = select(_REDEMPTION.c.campaign_id, _REDEMPTION.c.state, func.count())
        for campaign_id, state, number in self._connection.execute(
            uses.where(_REDEMPTION.c.campaign_id.in_(campaign_ids)).group_by(
                _REDEMPTION.c.campaign_id, _REDEMPTION.c.state
            )
        ):
            found[campaign_id][state.value] = number
        return {
            one: Counts(
                counts["issued"],
                counts["seen"],
                counts.get(RedemptionState.REDEEMED.value, 0),
                counts.get(RedemptionState.RESERVED.value, 0),
                counts.get(RedemptionState.ROLLED_BACK.value, 0),
            )
            for one, counts in found.items()
        }

    def revenue(self, campaign_ids: Sequence[UUID]) -> dict[UUID, int]:
        """What was paid with codes of each, after returns, minor units."""
        uses = (
            select(_REDEMPTION.c.campaign_id, _REDEMPTION.c.purchase_id)
            .where(_REDEMPTION.c.campaign_id.in_(campaign_ids), _REDEMPTION.c.state == RedemptionState.REDEEMED)
            .distinct()
            .subquery()
        )
        sums = select(uses.c.campaign_id, func.sum(_NET)).join(_PURCHASE, _PURCHASE.c.id == uses.c.purchase_id)
        rows = self._connection.execute(sums.group_by(uses.c.campaign_id))
        return {campaign_id: int(total) for campaign_id, total in rows}

    def sold(self, campaign_id: UUID) -> list[Sold]:
        """Every purchase with a code of the campaign that still counts."""
        whole = _PURCHASE.c.amount_minor + _PURCHASE.c.discount_minor + _PURCHASE.c.points_minor
        bought = select(
            _PURCHASE.c.product,
            whole,
            _NET,
            _PURCHASE.c.amount_minor,
            _PURCHASE.c.discount_minor,
            _PURCHASE.c.points_minor,
        ).where(_PURCHASE.c.id.in_(_used(campaign_id)))
        return [Sold(*row) for row in self._connection.execute(bought)]

    def others(self, campaign_id: UUID, since: datetime) -> list[int]:
        """What the same customers paid for their orders without a code of the campaign since then, after returns."""
        own = (
            select(_REDEMPTION.c.customer_id)
            .where(_REDEMPTION.c.campaign_id == campaign_id, _REDEMPTION.c.customer_id.is_not(None))
            .union(
                select(_CODE.c.customer_id).where(_CODE.c.campaign_id == campaign_id, _CODE.c.customer_id.is_not(None))
            )
        )
        orders = (
            select(func.sum(_NET).label("paid"))
            .where(
                _PURCHASE.c.at >= since,
                _PURCHASE.c.customer_id.in_(own),
                _PURCHASE.c.id.not_in(_used(campaign_id)),
            )
            .group_by(_PURCHASE.c.customer_id, _ORDER)
            .subquery()
        )
        paid = self._connection.execute(select(orders.c.paid).where(orders.c.paid > 0)).scalars()
        return [int(one) for one in paid]

    def average_checks(self, since: datetime) -> list[tuple[UUID, float]]:
        """(customer, what they paid on average for an order since then, after returns), without who was erased."""
        orders = (
            select(_PURCHASE.c.customer_id, func.sum(_NET).label("paid"))
            .join(_CUSTOMER, _CUSTOMER.c.id == _PURCHASE.c.customer_id)
            .where(_PURCHASE.c.at >= since, _CUSTOMER.c.erased_at.is_(None))
            .group_by(_PURCHASE.c.customer_id, _ORDER)
            .subquery()
        )
        is_order = case((orders.c.paid > 0, 1))
        paid = case((orders.c.paid > 0, orders.c.paid))
        means = select(orders.c.customer_id, func.sum(paid), func.count(is_order)).group_by(orders.c.customer_id)
        return [(who, int(total) / number) for who, total, number in self._connection.execute(means) if number]


def _used(campaign_id: UUID) -> Select[Any]:
    return select(_REDEMPTION.c.purchase_id).where(
        _REDEMPTION.c.campaign_id == campaign_id,
        _REDEMPTION.c.state == RedemptionState.REDEEMED,
        _REDEMPTION.c.purchase_id.is_not(None),
    )
