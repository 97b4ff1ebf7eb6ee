"""A sale at the till: with points only by the customer's own yes, within a cashier's limits, recorded once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.programme import rules_now
from loyalty.promo_codes import Order, quote
from loyalty.promo_refusals import Refusal
from loyalty.purchases import KnownAlready, NoPoints, Recorded, Sale, record, unpayable
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
QUESTION_LIVES: Final = timedelta(minutes=10)
"""How long after a customer was asked about points that very sale can still be recorded, in money."""


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
    """Points are the customer's: they say yes in their own chat. `chat`: where they can be asked; None: nowhere, and no
    scan shows that they stand here."""

    chat: Address | None


Outcome = Sold | KnownAlready | Refusal | NoPoints | Unproven


def most_points(store: Store, basket: Basket, now: datetime, zone: ZoneInfo) -> int:
    """How many points may pay this basket at this moment, its code counted in; 0 where none may."""
    price = price_after_code(store, basket, now, zone)
    if isinstance(price, Refusal):
        price = basket.price_minor
    most = most_of_price(store, basket.customer.id, price, basket.product, now)
    return 0 if isinstance(most, NoPoints) else most


def price_after_code(store: Store, basket: Basket, now: datetime, zone: ZoneInfo) -> int | Refusal:
    """What the basket costs with its code, before points; reads only."""
    if not basket.code.strip():
        return basket.price_minor
    offer = quote(store, basket.code, order_of(basket, now), zone)
    return offer if isinstance(offer, Refusal) else basket.price_minor - offer.discount_minor


def order_of(basket: Basket, now: datetime) -> Order:
    """What a promo code is asked about."""
    return Order(
        customer_id=basket.customer.id,
        price_minor=basket.price_minor,
        at=now,
        service=basket.product,
        branch=basket.staff.branch,
    )


def hold(store: Store, staff_id: UUID, customer_id: UUID) -> None:
    """Until this unit ends this cashier sells nothing else, and nobody else sells to this customer: limits of both are
    counted, and counting must not race.

    The one order of everything that a sale or a return holds: the cashier, the customer's purchases, their points
    (`purchases.record`), a question to them or the uses of a code.
    """
    store.till.lock(staff_id)
    store.purchases.lock(customer_id)


def check_out(store: Store, basket: Basket, now: datetime, zone: ZoneInfo) -> Outcome:
    """Record the sale. Points are Unproven until the customer confirms them in their chat; for who has none, a code
    from their screen that this cashier scanned suffices: nobody else could show it, and nobody could be asked.

    The same key again is the same sale. `zone` is the business's own: its days count for the limits. A scan is used
    up by the sale alone: an attempt that sold nothing leaves it good. What points cannot pay, nobody is asked about.
    """
    hold(store, basket.staff.id, basket.customer.id)  # of two sales by one scan, the second sees that it is used
    if known := store.purchases.by_key(basket.key):
        return KnownAlready(known)
    scan = (basket.scan, basket.customer.id, basket.staff.id, now - PROVEN_FOR)
    is_scanned = bool(basket.scan) and store.cards.is_scan_good(*scan)
    chat = chat_of(store, basket.customer.id, now) if basket.points else None
    if basket.points and (chat is not None or not is_scanned):
        return _refusal(store, basket, now, zone) or Unproven(chat)
    outcome = sell(store, basket, now, zone)
    if is_scanned and isinstance(outcome, Sold):
        store.cards.spend_scan(*scan, sale_key=basket.key)
    return outcome


def _refusal(store: Store, basket: Basket, now: datetime, zone: ZoneInfo) -> Refusal | NoPoints | None:
    """Why the basket cannot be sold with these points, whoever confirms it."""
    price = price_after_code(store, basket, now, zone)
    if isinstance(price, Refusal):
        return price
    return unpayable(store, basket.customer.id, basket.points, price, basket.product, now)


def sell(store: Store, basket: Basket, now: datetime, zone: ZoneInfo) -> Sold | KnownAlready | Refusal | NoPoints:
    """Record what needs no proof, or has it. Whatever else this cashier asked the customer about is over by it: the
    same coffee is not sold once more by a late yes."""
    hold(store, basket.staff.id, basket.customer.id)
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
    store.till.settle_questions(outcome.purchase, now - QUESTION_LIVES, now)
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
