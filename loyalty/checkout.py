"""A sale at the till: with points only by the customer's own proof, within a cashier's limits, recorded once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.programme import rules_now
from loyalty.promo_codes import Order, Refusal, quote
from loyalty.purchases import KnownAlready, NoPoints, Recorded, Sale, record
from loyalty.purchases import most_points as most_of_price
from loyalty.till import PROVEN_FOR, chat_of
from loyalty.till_alerts import day_starts, note
from loyalty.till_rules import WEEK, Beyond, Served, beyond, suspicions
from messaging.messages import Address
from storage.kinds import PurchaseSource
from storage.models import Customer, Staff
from storage.store import Store

CURRENCY: Final = "RUB"
"""What a till takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What a cashier enters. `price_minor` is the whole price; `points` pay a part of it; `scan` is the hash of the
    code that was scanned from the customer's screen, if one was."""

    key: str
    customer: Customer
    price_minor: int
    staff: Staff
    product: str = ""
    code: str = ""
    points: int = 0
    currency: str = CURRENCY
    scan: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """It is written. `passed`: the limit beyond which it earned nothing."""

    recorded: Recorded
    passed: Beyond | None = None


@dataclass(frozen=True, slots=True)
class Unproven:
    """Points are the customer's: nobody spends them by a number that is printed. `chat`: where they can be asked."""

    chat: Address | None


Outcome = Sold | KnownAlready | Refusal | NoPoints | Unproven


def most_points(store: Store, basket: Basket, now: datetime, zone: ZoneInfo) -> int:
    """How many points may pay this basket at this moment, its code counted in; 0 where none may."""
    price = basket.price_minor
    if basket.code:
        offer = quote(store, basket.code, order_of(basket, now), zone)
        if not isinstance(offer, Refusal):
            price -= offer.discount_minor
    most = most_of_price(store, basket.customer.id, price, basket.product, now)
    return 0 if isinstance(most, NoPoints) else most


def order_of(basket: Basket, now: datetime) -> Order:
    """What a promo code is asked about."""
    return Order(
        customer_id=basket.customer.id,
        price_minor=basket.price_minor,
        at=now,
        service=basket.product,
        branch=basket.staff.branch,
    )


def check_out(store: Store, basket: Basket, now: datetime, zone: ZoneInfo) -> Outcome:
    """Record the sale. Points need a code from the customer's screen that this cashier scanned; else it is Unproven.

    The same key again is the same sale. `zone` is the business's own: its days count for the limits.
    """
    if known := store.purchases.by_key(basket.key):
        return KnownAlready(known)
    is_proven = basket.scan and store.cards.spend_scan(
        basket.scan, basket.key, basket.customer.id, basket.staff.id, now - PROVEN_FOR
    )
    if basket.points and not is_proven:
        return Unproven(chat_of(store, basket.customer.id, now))
    return sell(store, basket, now, zone)


def sell(store: Store, basket: Basket, now: datetime, zone: ZoneInfo) -> Sold | KnownAlready | Refusal | NoPoints:
    """Record what needs no proof, or has it."""
    store.till.lock(basket.staff.id)
    served = _served(store, basket.staff.id, basket.customer.id, now, zone)
    passed = beyond(rules_now(store), served, basket.price_minor)
    sale = Sale(
        key=basket.key,
        customer=basket.customer,
        amount_minor=basket.price_minor,
        source=PurchaseSource.CONSOLE,
        currency=basket.currency,
        product=basket.product,
        branch=basket.staff.branch,
        code=basket.code,
        points=basket.points,
        staff_id=basket.staff.id,
        earns=passed is None,
    )
    outcome = record(store, sale, now, zone)
    if not isinstance(outcome, Recorded):
        return outcome
    for one in suspicions(served, passed, basket.price_minor):
        note(store, one, basket.staff.id, basket.customer.id, now, zone)
    return Sold(outcome, passed)


def _served(store: Store, staff_id: UUID, customer_id: UUID, now: datetime, zone: ZoneInfo) -> Served:
    today = day_starts(now, zone)
    own = store.till.recorded_by(staff_id, today)
    return Served(
        own.sales,
        own.sum_minor,
        store.till.recorded_of(customer_id, today),
        store.till.recorded_by(staff_id, today, customer_id).sales,
        store.till.recorded_by(staff_id, now - WEEK, customer_id).sales,
    )
