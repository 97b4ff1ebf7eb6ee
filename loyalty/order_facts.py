"""What the rules of a campaign need to know of one order, read when it is asked for and not before."""

from datetime import datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.campaigns import terms_of
from loyalty.promo_conditions import Facts, least_order, local, misfit
from loyalty.promo_refusals import Refusal
from loyalty.services import service_key
from messaging import saved_segments
from messaging.messages import Address
from storage.kinds import Channel
from storage.models import PromoCampaign, Purchase
from storage.segments.fields import Moment
from storage.store import Store

LOOKED_AT = 300
"""Lines of purchases of one customer, the newest: their median check is of these."""


class Order(Protocol):
    """`promo_codes.Order`."""

    @property
    def customer_id(self) -> UUID | None: ...
    @property
    def price_minor(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def service(self) -> str: ...
    @property
    def branch(self) -> str: ...


def misfit_of(store: Store, campaign: PromoCampaign, order: Order, zone: ZoneInfo) -> Refusal | None:
    """Why this order is not one the campaign is for; None: it is. `zone` is the business's own."""
    customer_id, bought = order.customer_id, list[Purchase]()
    if customer_id and (campaign.min_order_percent is not None or campaign.is_first_order_only):
        bought = store.purchases.of_customer(customer_id, LOOKED_AT)
    is_in = campaign.segment_id is None
    if customer_id and campaign.segment_id is not None:
        is_in = is_in_segment(store, campaign.segment_id, customer_id, order.at, zone)
    facts = Facts(
        price_minor=order.price_minor,
        at=order.at,
        local_at=local(order.at, zone),
        service=order.service,
        category=_category(store, campaign, order.service),
        branch=order.branch,
        has_customer=customer_id is not None,
        channels=_channels(store, customer_id) if customer_id and campaign.channel else (),
        has_bought=bool(bought),
        checks=checks_of(bought),
        is_in_segment=is_in,
    )
    return misfit(terms_of(campaign), facts)


def minimum_for(store: Store, campaign: PromoCampaign, customer_id: UUID | None) -> int:
    """The least order this customer has to make for the campaign, minor units (task B5)."""
    bought = store.purchases.of_customer(customer_id, LOOKED_AT) if customer_id else []
    return least_order(terms_of(campaign), checks_of(bought))


def checks_of(purchases: list[Purchase]) -> list[int]:
    """What somebody paid for each order, after returns, minor units; orders that came back whole are none."""
    orders: dict[object, int] = {}
    for line in purchases:
        place = line.order_key or line.id
        orders[place] = orders.get(place, 0) + line.amount_minor - line.returned_minor
    return [paid for paid in orders.values() if paid > 0]


def is_in_segment(store: Store, segment_id: UUID, customer_id: UUID, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the newest version of a saved segment finds this customer now. Rules nobody understands find nobody."""
    rules = saved_segments.rules_now(store, segment_id)
    return rules is not None and store.segments.is_in(customer_id, rules, Moment(now, zone))


def _category(store: Store, campaign: PromoCampaign, service: str) -> str:
    if not service or not (campaign.only_services or campaign.not_services or campaign.gift):
        return ""
    known = store.services.one(service_key(service))
    return known.category if known else ""


def _channels(store: Store, customer_id: UUID) -> set[Channel]:
    return {Address(one.bot_id, one.user_id).channel for one in store.customers.identities_of(customer_id)}
