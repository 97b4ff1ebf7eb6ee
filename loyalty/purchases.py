"""Record a purchase as it happens: the code and the points it uses, the points it earns, and what that ends."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty import ledger, referrals, tier_moves
from loyalty.accrual import CAME_BY_THEMSELVES, accrue
from loyalty.points import MINOR_PER_POINT, most_payable
from loyalty.programme import rules_now
from loyalty.promo_codes import Order, Redeemed, confirm, release, reserve
from loyalty.promo_refusals import Refusal
from loyalty.receipts import tell_of_sale
from loyalty.services import service_key
from loyalty.standing import after_purchase
from storage.kinds import Journey, PointsKind, PurchaseSource
from storage.models import Customer, Purchase
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Sale:
    """What staff enter. `key` names the request: the same one sent twice is one purchase.

    `amount_minor`: the full price, before the code and the points take their part. `code` may be empty.
    """

    key: str
    customer: Customer
    amount_minor: int
    source: PurchaseSource
    currency: str = "RUB"
    product: str = ""
    code: str = ""
    staff_id: UUID | None = None
    branch: str = ""
    points: int = 0
    earns: bool = True
    """Whether it earns points at all: beyond a cashier's limits it is recorded without (feature LO12)."""


class NoPoints(StrEnum):
    """Why points cannot pay so much of a sale."""

    NO_CARD = "no_card"
    NOT_HERE = "not_here"
    TOO_MUCH = "too_much"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True)
class Recorded:
    """It is written. `points`: what it earned (0 for who is no member), from when they can be spent; `spent`: what
    paid for it."""

    purchase: Purchase
    points: int
    redeemed: Redeemed | None = None
    spent: int = 0
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownAlready:
    """This very request was carried out before."""

    purchase: Purchase


def record(store: Store, sale: Sale, now: datetime, zone: ZoneInfo) -> Recorded | KnownAlready | Refusal | NoPoints:
    """One purchase with everything that follows. Whatever cannot be used refuses it all: nothing is written.

    The code takes its part of the price first, then points pay a part of what is left; the rest is paid in money, and
    only that earns (feature LO3). `zone` is the business's own: a visit is one of its days.
    """
    customer_id = sale.customer.id
    store.purchases.lock(customer_id)
    if known := store.purchases.by_key(sale.key):
        return KnownAlready(known)
    store.points.lock(customer_id)
    code = _hold_code(store, sale, now, zone) if sale.code.strip() else None
    if isinstance(code, Refusal):
        return code
    discount = code.discount_minor if code else 0
    if sale.points and (refusal := _unpayable(store, sale, sale.amount_minor - discount, now)):
        if code and not code.is_repeat:
            release(store, sale.key, now)
        return refusal
    purchase = _purchase(sale, discount, now)
    if not store.purchases.add(purchase):  # another customer's, of the same key and at the same moment
        if code and not code.is_repeat:
            release(store, sale.key, now)
        known = store.purchases.by_key(sale.key)
        assert known is not None
        return KnownAlready(known)
    redeemed = confirm(store, sale.key, purchase.id, now) if code else None
    if isinstance(redeemed, Refusal):
        raise RuntimeError("a code was let go in the unit that held it")
    _pay(store, sale, purchase, now)
    given = accrue(store, [purchase], zone, now) if sale.earns else []
    after_purchase(store, purchase, zone)
    referrals.after_purchase(store, purchase, now)
    store.outbox.cancel_journey([customer_id], Journey.WIN_BACK, CAME_BY_THEMSELVES)
    earned, opens_at = (given[0].points, given[0].opens_at) if given else (0, None)
    recorded = Recorded(purchase, earned, redeemed, sale.points, opens_at)
    tell_of_sale(store, sale.customer, recorded.points, recorded.spent, recorded.opens_at, now, zone)
    tier_moves.after_purchase(store, customer_id, rules_now(store), now, zone)
    return recorded


def _hold_code(store: Store, sale: Sale, now: datetime, zone: ZoneInfo) -> Redeemed | Refusal:
    """The code is this sale's from here on, but not used before the sale stands; one that is held already stays so."""
    order = Order(sale.customer.id, sale.amount_minor, now, sale.product, sale.branch)
    return reserve(store, sale.code, sale.key, order, zone, staff_id=sale.staff_id)


def most_points(store: Store, customer_id: UUID, price_minor: int, product: str, now: datetime) -> int | NoPoints:
    """How many points may pay a part of this price, what a code takes off being off already; reads only."""
    if customer_id not in store.points.joined_at([customer_id]):
        return NoPoints.NO_CARD
    category = store.services.categories([service_key(product)]).get(service_key(product), "")
    available = store.points.balance(customer_id, now).available
    return most_payable(rules_now(store), price_minor, available, service=product, category=category)


def _unpayable(store: Store, sale: Sale, price_minor: int, now: datetime) -> NoPoints | None:
    ledger.settle(store, sale.customer.id, now)
    return unpayable(store, sale.customer.id, sale.points, price_minor, sale.product, now)


def unpayable(
    store: Store, customer_id: UUID, points: int, price_minor: int, product: str, now: datetime
) -> NoPoints | None:
    """Why so many points cannot pay a part of this price, what a code takes off being off already; reads only."""
    if points < 0:
        return NoPoints.TOO_MUCH
    most = most_points(store, customer_id, price_minor, product, now)
    if isinstance(most, NoPoints):
        return most
    if points <= most:
        return None
    if store.points.balance(customer_id, now).available < points:
        return NoPoints.NOT_ENOUGH
    return NoPoints.TOO_MUCH if most else NoPoints.NOT_HERE


def _purchase(sale: Sale, discount: int, now: datetime) -> Purchase:
    points_minor = sale.points * MINOR_PER_POINT
    return Purchase(
        customer_id=sale.customer.id,
        at=now,
        amount_minor=sale.amount_minor - discount - points_minor,
        discount_minor=discount,
        points_minor=points_minor,
        currency=sale.currency,
        product=sale.product,
        branch=sale.branch,
        source=sale.source,
        key=sale.key,
        recorded_by=sale.staff_id,
    )


def _pay(store: Store, sale: Sale, purchase: Purchase, now: datetime) -> None:
    cause = ledger.Cause(
        key=f"paid:{purchase.id.hex}",
        customer_id=purchase.customer_id,
        kind=PointsKind.REDEMPTION,
        purchase_id=purchase.id,
        staff_id=sale.staff_id,
    )
    if isinstance(ledger.spend(store, cause, sale.points, now), ledger.NotEnough):
        raise RuntimeError("points went while their customer was held")
